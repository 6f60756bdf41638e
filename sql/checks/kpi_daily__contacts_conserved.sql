-- Guards: a contact that is in no day and segment, or in two
-- Table: kpi_daily
-- Group: reconciliation
-- Expected: contacts of all days = contacts
with totals as (
    select
        (select count(*) from int_contacts) as expected,
        (select coalesce(sum(contacts), 0) from kpi_daily) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

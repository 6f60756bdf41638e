-- Guards: a leg that is in no contact, or in two
-- Table: int_contacts
-- Group: reconciliation
-- Expected: legs of all contacts = legs staged
with totals as (
    select
        (select coalesce(sum(legs), 0) from int_contacts) as expected,
        (select count(*) from stg_contacts) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

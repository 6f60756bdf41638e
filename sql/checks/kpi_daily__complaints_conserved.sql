-- Guards: a complaint that is in no day and segment, or in two
-- Table: kpi_daily
-- Group: reconciliation
-- Expected: complaints of all days = complaints
with totals as (
    select
        (select count(*) from complaints) as expected,
        (select coalesce(sum(complaints), 0) from kpi_daily) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

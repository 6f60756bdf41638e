-- Guards: an outcome that is in no day and segment, or in two
-- Table: kpi_daily
-- Group: reconciliation
-- Expected: eligible of all days = outcomes
with totals as (
    select
        (select count(*) from contact_outcomes) as expected,
        (select coalesce(sum(eligible), 0) from kpi_daily) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

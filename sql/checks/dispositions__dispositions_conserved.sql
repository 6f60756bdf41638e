-- Guards: a reviewer's verdict that is lost, or found on two flags
-- Table: dispositions
-- Group: reconciliation
-- Expected: one row for each staged verdict
with totals as (
    select
        (select count(*) from stg_dispositions) as expected,
        (select count(*) from dispositions) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

-- Guards: a complaint that linking loses, or links to two contacts
-- Table: complaints
-- Group: reconciliation
-- Expected: one row for each staged complaint
with totals as (
    select
        (select count(*) from stg_complaints) as expected,
        (select count(*) from complaints) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

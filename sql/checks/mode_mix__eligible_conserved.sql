-- Guards: an eligible contact that the mix of modes leaves out or counts twice
-- Table: mode_mix
-- Group: reconciliation
-- Expected: eligible of all days = eligible contacts
with totals as (
    select
        (select count(*) from int_contacts where is_eligible) as expected,
        (select coalesce(sum(eligible), 0) from mode_mix) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

-- Guards: an eligible contact that a join loses or doubles on its way to its outcome
-- Table: contact_outcomes
-- Group: reconciliation
-- Expected: one outcome for each eligible contact
with totals as (
    select
        (select count(*) from int_contacts where is_eligible) as expected,
        (select count(*) from contact_outcomes) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

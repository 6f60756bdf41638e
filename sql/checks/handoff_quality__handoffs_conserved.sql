-- Guards: a handoff without a contact, or one that a join doubles
-- Table: handoff_quality
-- Group: reconciliation
-- Expected: one row for each handoff from an AI to a person
with totals as (
    select
        (select count(*) from int_ai_handoffs) as expected,
        (select count(*) from handoff_quality) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

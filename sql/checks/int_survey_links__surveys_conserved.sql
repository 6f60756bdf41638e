-- Guards: a survey response that linking loses, or links to two contacts
-- Table: int_survey_links
-- Group: reconciliation
-- Expected: one link for each staged response
with totals as (
    select
        (select count(*) from stg_surveys) as expected,
        (select count(*) from int_survey_links) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

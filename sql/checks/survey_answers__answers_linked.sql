-- Guards: surveys whose contact or customer ids are written in another way than those of the contacts, one row a reason
-- Table: survey_answers
-- Group: survey_links
-- Expected: every finished survey answer is about an eligible contact
-- Says: {responses:,} of {of_all:,} survey answers are {why}
select
    fate,
    responses,
    $survey_fates[fate] as why,
    (select cast(sum(responses) as bigint) from survey_answers where fate <> 'unfinished') as of_all
from survey_answers
where list_contains($unlinked_fates, fate)

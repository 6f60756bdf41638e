-- What became of survey responses: how many count for a contact, and why the others do not.
-- Grain: fate (those that occur). Metrics: M7. Refresh: whole.
select
    fate,
    fate in ('counted', 'later_response') as is_linked,
    count(*) as responses
from int_survey_links
group by fate

-- How many contacts were led by AI, people, or both, by day, hour and workflow.
-- Grain: day, hour_of_day, workflow, mode. Metrics: M14. Refresh: whole.
-- Counts add up; shares are computed when read.
select
    day,
    hour_of_day,
    workflow,
    mode,
    count(*) as contacts,
    count(*) filter (where is_eligible) as eligible
from int_contacts
where is_served
    and is_inbound
    and not is_phantom
group by day, hour_of_day, workflow, mode

-- Survey answers by ISO week, whether or not they are about a contact that is known.
-- Grain: week (its Monday). Metrics: M7. Refresh: whole.
-- A response without rating, recommendation or words is unfinished and no answer.
with answers as (
    select
        cast(
            date_trunc('week', response.responded_at at time zone 'UTC' at time zone $time_zone) as date
        ) as week,
        response.csat,
        -- To the nearest whole point, halves up: ratings of other scales fall between.
        floor(response.csat + 0.5) as points,
        response.nps,
        response.verbatim,
        link.contact_id
    from stg_surveys as response
    inner join int_survey_links as link
        on response.system = link.system
        and response.response_id = link.response_id
    where link.link_rule <> 'unfinished'
)

select
    week,
    count(*) as responses,
    count(contact_id) as linked,
    count(csat) as rated,
    coalesce(sum(cast(csat as double)), 0.0) as rating_sum,
    count(case when points = 1 then 1 end) as rated_1,
    count(case when points = 2 then 1 end) as rated_2,
    count(case when points = 3 then 1 end) as rated_3,
    count(case when points = 4 then 1 end) as rated_4,
    count(case when points = 5 then 1 end) as rated_5,
    count(nps) as recommended,
    count(case when nps >= 9 then 1 end) as promoters,
    count(case when nps <= 6 then 1 end) as detractors,
    count(verbatim) as with_words
from answers
group by week

-- Contacts of agents and queues over the latest days whose windows have all closed, and how many of them ended badly.
-- Grain: kind, name, measure. Metrics: M18. Refresh: whole.
with contacts as (
    select
        outcome.queue,
        outcome.agent_id,
        -- The first day that holds a contact: what is looked at does not begin before the data does.
        min(compared.day) over () as first_day,
        compared.last_day,
        compared.repeat,
        compared.false_resolution,
        compared.complaint,
        compared.post_call_sentiment,
        compared.sentiment_source
    from input_divergence_contacts as compared
    inner join contact_outcomes as outcome
        on compared.system = outcome.system
        and compared.contact_id = outcome.contact_id
),

named as (
    select 'agent_id' as kind, agent_id as name, contacts.*
    from contacts
    where agent_id is not null
    union all
    select 'queue' as kind, queue as name, contacts.*
    from contacts
    where queue is not null
)

select
    kind,
    name,
    'repeat_any_30d' as measure,
    count(*) filter (where repeat) as numerator,
    count(*) as n,
    min(first_day) as first_day,
    max(last_day) as last_day
from named
group by kind, name
union all
select
    kind,
    name,
    'false_resolution' as measure,
    count(*) filter (where false_resolution) as numerator,
    count(*) as n,
    min(first_day) as first_day,
    max(last_day) as last_day
from named
where false_resolution is not null
group by kind, name
union all
select
    kind,
    name,
    'complaints_per_1000' as measure,
    count(*) filter (where complaint) as numerator,
    count(*) as n,
    min(first_day) as first_day,
    max(last_day) as last_day
from named
where complaint is not null
group by kind, name
union all
select
    kind,
    name,
    'negative_survey_csat' as measure,
    count(*) filter (where post_call_sentiment <= -0.25) as numerator,
    count(*) as n,
    min(first_day) as first_day,
    max(last_day) as last_day
from named
where sentiment_source = 'survey_csat'
group by kind, name

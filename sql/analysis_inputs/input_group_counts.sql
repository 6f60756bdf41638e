-- Contacts of agents and queues over the latest days whose windows have all closed, how many of them ended badly, and how customers share them.
-- Grain: kind, name, measure. Metrics: M18. Refresh: whole.
with contacts as (
    select
        outcome.queue,
        outcome.agent_id,
        compared.customer,
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
),

-- By customer, with the contacts that count in each measure and those of them that ended badly.
clients as (
    select
        kind,
        name,
        min(first_day) as first_day,
        max(last_day) as last_day,
        [
            struct_pack(measure := 'repeat_any_30d', n := count(*), y := count(*) filter (where repeat)),
            struct_pack(measure := 'false_resolution', n := count(false_resolution), y := count(*) filter (where false_resolution)),
            struct_pack(measure := 'complaints_per_1000', n := count(complaint), y := count(*) filter (where complaint)),
            struct_pack(
                measure := 'negative_survey_csat',
                n := count(*) filter (where sentiment_source = 'survey_csat'),
                y := count(*) filter (where sentiment_source = 'survey_csat' and post_call_sentiment <= -0.25)
            )
        ] as rates
    from named
    group by kind, name, customer
),

measured as (
    select
        kind,
        name,
        first_day,
        last_day,
        unnest(rates) as rate
    from clients
)

select
    kind,
    name,
    rate.measure as measure,
    cast(sum(rate.y) as bigint) as numerator,
    cast(sum(rate.n) as bigint) as n,
    cast(sum(rate.n * rate.n) as bigint) as sum_squares,
    min(first_day) as first_day,
    max(last_day) as last_day
from measured
where rate.n > 0
group by kind, name, rate.measure

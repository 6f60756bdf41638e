-- How each value of a segment dimension is shown: its most frequent spelling among the records that count.
-- Grain: dimension, key. Metrics: M1. Refresh: whole.
-- One pass a table: each set of columns is one dimension, and every other column is null in its rows.
with of_contacts as (
    select
        case
            when grouping(channel) = 0 then 'channel'
            when grouping(queue) = 0 then 'queue'
            when grouping(workflow) = 0 then 'workflow'
            when grouping(issue) = 0 then 'issue'
            when grouping(product) = 0 then 'product'
            when grouping(region) = 0 then 'region'
            when grouping(language) = 0 then 'language'
            when grouping(ai_model) = 0 then 'ai_model'
        end as dimension,
        coalesce(channel, queue, workflow, issue, product, region, language, ai_model) as key,
        coalesce(channel_spelling, queue_spelling, workflow_spelling, issue_spelling, product_spelling, region_spelling, language_spelling, ai_model_spelling) as spelling,
        count(*) as records
    from stg_contacts
    group by grouping sets (
        (channel, channel_spelling),
        (queue, queue_spelling),
        (workflow, workflow_spelling),
        (issue, issue_spelling),
        (product, product_spelling),
        (region, region_spelling),
        (language, language_spelling),
        (ai_model, ai_model_spelling)
    )
),

of_complaints as (
    select
        case
            when grouping(product) = 0 then 'product'
            when grouping(issue) = 0 then 'issue'
            when grouping(region) = 0 then 'region'
        end as dimension,
        coalesce(product, issue, region) as key,
        coalesce(product_spelling, issue_spelling, region_spelling) as spelling,
        count(*) as records
    from stg_complaints
    group by grouping sets (
        (product, product_spelling),
        (issue, issue_spelling),
        (region, region_spelling)
    )
),

of_crm_events as (
    select
        'issue' as dimension,
        issue as key,
        issue_spelling as spelling,
        count(*) as records
    from stg_crm_events
    group by
        issue,
        issue_spelling
),

spelt as (
    select * from of_contacts
    union all
    select * from of_complaints
    union all
    select * from of_crm_events
),

counted as (
    select
        dimension,
        key,
        spelling,
        sum(records) as records
    from spelt
    where key is not null
    group by
        dimension,
        key,
        spelling
),

ranked as (
    select
        dimension,
        key,
        spelling,
        row_number() over (
            partition by dimension, key
            order by records desc, spelling
        ) as place
    from counted
)

select
    dimension,
    key,
    spelling as label
from ranked
where place = 1

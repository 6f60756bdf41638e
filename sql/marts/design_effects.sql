-- Design effect of each rate from customer clusters, overall and pooled within each dimension.
-- Grain: metric, dimension. Metrics: conventions of intervals. Refresh: whole.
-- Within a segment with rate p, clusters c of n_c contacts and y_c successes:
--   deff = C / (C - 1) * sum_c (y_c - p n_c)^2 / (n p (1 - p)), the linearised cluster variance over the binomial one;
-- over the segments of a dimension both sums are pooled. At least 1; 1 where nothing varies.
-- From at most 200,000 customers, those of the least pseudonyms: a keyed hash, so a random sample that stays the same
-- from night to night. It settles an effect to about one per cent; below that number every customer counts.
with customers as (
    select
        customer_key,
        row_number() over (order by customer_key) as customer
    from contact_outcomes
    group by customer_key
    qualify customer <= 200000
),

contacts as (
    select
        outcome.*,
        customers.customer,
        outcome.resolved_claimed is not null and outcome.resolved_outcome is not null as in_cohort
    from contact_outcomes as outcome
    inner join customers
        on outcome.customer_key = customers.customer_key
),

-- One row a customer, and one a customer and value of each dimension: of each rate, the contacts that count and those of them with a yes.
clusters as (
    select
        case
            when grouping(mode) = 0 then 'mode'
            when grouping(channel) = 0 then 'channel'
            when grouping(queue) = 0 then 'queue'
            when grouping(workflow) = 0 then 'workflow'
            when grouping(issue) = 0 then 'issue'
            when grouping(product) = 0 then 'product'
            when grouping(region) = 0 then 'region'
            when grouping(language) = 0 then 'language'
            when grouping(ai_model) = 0 then 'ai_model'
            else 'all'
        end as dimension,
        coalesce(mode, channel, queue, workflow, issue, product, region, language, ai_model) as segment,
        [
            struct_pack(metric := 'repeat_any_1d', n := count(*) filter (where mature_1d), y := count(*) filter (where repeat_any_1d)),
            struct_pack(metric := 'repeat_any_7d', n := count(*) filter (where mature_7d), y := count(*) filter (where repeat_any_7d)),
            struct_pack(metric := 'repeat_any_30d', n := count(*) filter (where mature_30d), y := count(*) filter (where repeat_any_30d)),
            struct_pack(metric := 'repeat_issue_1d', n := count(*) filter (where repeat_issue_1d is not null), y := count(*) filter (where repeat_issue_1d)),
            struct_pack(metric := 'repeat_issue_7d', n := count(*) filter (where repeat_issue_7d is not null), y := count(*) filter (where repeat_issue_7d)),
            struct_pack(metric := 'repeat_issue_30d', n := count(*) filter (where repeat_issue_30d is not null), y := count(*) filter (where repeat_issue_30d)),
            struct_pack(metric := 'fcr_claimed', n := count(*) filter (where in_cohort), y := count(*) filter (where in_cohort and resolved_claimed)),
            struct_pack(metric := 'fcr_outcome', n := count(*) filter (where in_cohort), y := count(*) filter (where in_cohort and resolved_outcome)),
            struct_pack(metric := 'false_resolution', n := count(*) filter (where resolved_claimed and resolved_outcome is not null), y := count(*) filter (where resolved_claimed and not resolved_outcome)),
            struct_pack(metric := 'containment', n := count(*) filter (where contained is not null), y := count(*) filter (where contained)),
            struct_pack(metric := 'contained_outcome', n := count(*) filter (where contained and resolved_outcome is not null), y := count(*) filter (where contained and resolved_outcome)),
            struct_pack(metric := 'negative_survey_csat', n := count(*) filter (where sentiment_source = 'survey_csat'), y := count(*) filter (where sentiment_source = 'survey_csat' and post_call_sentiment <= -0.25)),
            struct_pack(metric := 'negative_survey_verbatim', n := count(*) filter (where sentiment_source = 'survey_verbatim'), y := count(*) filter (where sentiment_source = 'survey_verbatim' and post_call_sentiment <= -0.25)),
            struct_pack(metric := 'negative_closing_turns', n := count(*) filter (where sentiment_source = 'closing_turns'), y := count(*) filter (where sentiment_source = 'closing_turns' and post_call_sentiment <= -0.25))
        ] as rates
    from contacts
    group by
        grouping sets (
            (customer),
            (customer, mode),
            (customer, channel),
            (customer, queue),
            (customer, workflow),
            (customer, issue),
            (customer, product),
            (customer, region),
            (customer, language),
            (customer, ai_model)
        )
),

rates as (
    select
        dimension,
        segment,
        unnest(rates) as rate
    from clusters
    where dimension = 'all' or segment is not null
),

moments as (
    select
        rate.metric as metric,
        dimension,
        segment,
        count(*) as c,
        cast(sum(rate.n) as double) as n,
        cast(sum(rate.y) as double) as y,
        cast(sum(rate.y * rate.y) as double) as yy,
        cast(sum(rate.y * rate.n) as double) as yn,
        cast(sum(rate.n * rate.n) as double) as nn
    from rates
    where rate.n > 0
    group by rate.metric, dimension, segment
),

segments as (
    select
        metric,
        dimension,
        segment,
        c,
        n,
        case when c > 1 then (yy - 2.0 * y / n * yn + (y / n) * (y / n) * nn) * c / (c - 1.0) else 0 end as clustered,
        case when c > 1 then n * (y / n) * (1 - y / n) else 0 end as binomial
    from moments
)

select
    metric,
    dimension,
    cast(sum(n) as bigint) as n,
    cast(sum(c) as bigint) as clusters,
    -- In the order of segments, so that the same contacts give the same number to its last digit.
    case
        when sum(binomial) > 0
            then greatest(1.0, sum(clustered order by segment) / sum(binomial order by segment))
        else 1.0
    end as deff
from segments
group by metric, dimension

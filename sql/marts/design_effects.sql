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

-- One row a customer, and one a customer and value of each dimension: contacts that count, and those of them with a yes.
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
        cast(count(*) filter (where mature_1d) as double) as repeat_any_1d_n,
        cast(count(*) filter (where repeat_any_1d) as double) as repeat_any_1d_y,
        cast(count(*) filter (where mature_7d) as double) as repeat_any_7d_n,
        cast(count(*) filter (where repeat_any_7d) as double) as repeat_any_7d_y,
        cast(count(*) filter (where mature_30d) as double) as repeat_any_30d_n,
        cast(count(*) filter (where repeat_any_30d) as double) as repeat_any_30d_y,
        cast(count(*) filter (where repeat_issue_1d is not null) as double) as repeat_issue_1d_n,
        cast(count(*) filter (where repeat_issue_1d) as double) as repeat_issue_1d_y,
        cast(count(*) filter (where repeat_issue_7d is not null) as double) as repeat_issue_7d_n,
        cast(count(*) filter (where repeat_issue_7d) as double) as repeat_issue_7d_y,
        cast(count(*) filter (where repeat_issue_30d is not null) as double) as repeat_issue_30d_n,
        cast(count(*) filter (where repeat_issue_30d) as double) as repeat_issue_30d_y,
        cast(count(*) filter (where in_cohort) as double) as fcr_claimed_n,
        cast(count(*) filter (where in_cohort and resolved_claimed) as double) as fcr_claimed_y,
        cast(count(*) filter (where in_cohort) as double) as fcr_outcome_n,
        cast(count(*) filter (where in_cohort and resolved_outcome) as double) as fcr_outcome_y,
        cast(count(*) filter (where resolved_claimed and resolved_outcome is not null) as double) as false_resolution_n,
        cast(count(*) filter (where resolved_claimed and not resolved_outcome) as double) as false_resolution_y,
        cast(count(*) filter (where contained is not null) as double) as containment_n,
        cast(count(*) filter (where contained) as double) as containment_y,
        cast(count(*) filter (where contained and resolved_outcome is not null) as double) as contained_outcome_n,
        cast(count(*) filter (where contained and resolved_outcome) as double) as contained_outcome_y,
        cast(count(*) filter (where sentiment_source = 'survey_csat') as double) as negative_survey_csat_n,
        cast(count(*) filter (where sentiment_source = 'survey_csat' and post_call_sentiment <= -0.25) as double) as negative_survey_csat_y,
        cast(count(*) filter (where sentiment_source = 'survey_verbatim') as double) as negative_survey_verbatim_n,
        cast(count(*) filter (where sentiment_source = 'survey_verbatim' and post_call_sentiment <= -0.25) as double) as negative_survey_verbatim_y,
        cast(count(*) filter (where sentiment_source = 'closing_turns') as double) as negative_closing_turns_n,
        cast(count(*) filter (where sentiment_source = 'closing_turns' and post_call_sentiment <= -0.25) as double) as negative_closing_turns_y
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

moments as (
    select
        dimension,
        segment,
        count(*) filter (where repeat_any_1d_n > 0) as repeat_any_1d_c,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_1d_y * repeat_any_1d_y) as repeat_any_1d_yy,
        sum(repeat_any_1d_y * repeat_any_1d_n) as repeat_any_1d_yn,
        sum(repeat_any_1d_n * repeat_any_1d_n) as repeat_any_1d_nn,
        count(*) filter (where repeat_any_7d_n > 0) as repeat_any_7d_c,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_7d_y * repeat_any_7d_y) as repeat_any_7d_yy,
        sum(repeat_any_7d_y * repeat_any_7d_n) as repeat_any_7d_yn,
        sum(repeat_any_7d_n * repeat_any_7d_n) as repeat_any_7d_nn,
        count(*) filter (where repeat_any_30d_n > 0) as repeat_any_30d_c,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_any_30d_y * repeat_any_30d_y) as repeat_any_30d_yy,
        sum(repeat_any_30d_y * repeat_any_30d_n) as repeat_any_30d_yn,
        sum(repeat_any_30d_n * repeat_any_30d_n) as repeat_any_30d_nn,
        count(*) filter (where repeat_issue_1d_n > 0) as repeat_issue_1d_c,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_1d_y * repeat_issue_1d_y) as repeat_issue_1d_yy,
        sum(repeat_issue_1d_y * repeat_issue_1d_n) as repeat_issue_1d_yn,
        sum(repeat_issue_1d_n * repeat_issue_1d_n) as repeat_issue_1d_nn,
        count(*) filter (where repeat_issue_7d_n > 0) as repeat_issue_7d_c,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_7d_y * repeat_issue_7d_y) as repeat_issue_7d_yy,
        sum(repeat_issue_7d_y * repeat_issue_7d_n) as repeat_issue_7d_yn,
        sum(repeat_issue_7d_n * repeat_issue_7d_n) as repeat_issue_7d_nn,
        count(*) filter (where repeat_issue_30d_n > 0) as repeat_issue_30d_c,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(repeat_issue_30d_y * repeat_issue_30d_y) as repeat_issue_30d_yy,
        sum(repeat_issue_30d_y * repeat_issue_30d_n) as repeat_issue_30d_yn,
        sum(repeat_issue_30d_n * repeat_issue_30d_n) as repeat_issue_30d_nn,
        count(*) filter (where fcr_claimed_n > 0) as fcr_claimed_c,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_claimed_y * fcr_claimed_y) as fcr_claimed_yy,
        sum(fcr_claimed_y * fcr_claimed_n) as fcr_claimed_yn,
        sum(fcr_claimed_n * fcr_claimed_n) as fcr_claimed_nn,
        count(*) filter (where fcr_outcome_n > 0) as fcr_outcome_c,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(fcr_outcome_y * fcr_outcome_y) as fcr_outcome_yy,
        sum(fcr_outcome_y * fcr_outcome_n) as fcr_outcome_yn,
        sum(fcr_outcome_n * fcr_outcome_n) as fcr_outcome_nn,
        count(*) filter (where false_resolution_n > 0) as false_resolution_c,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(false_resolution_y * false_resolution_y) as false_resolution_yy,
        sum(false_resolution_y * false_resolution_n) as false_resolution_yn,
        sum(false_resolution_n * false_resolution_n) as false_resolution_nn,
        count(*) filter (where containment_n > 0) as containment_c,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(containment_y * containment_y) as containment_yy,
        sum(containment_y * containment_n) as containment_yn,
        sum(containment_n * containment_n) as containment_nn,
        count(*) filter (where contained_outcome_n > 0) as contained_outcome_c,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y,
        sum(contained_outcome_y * contained_outcome_y) as contained_outcome_yy,
        sum(contained_outcome_y * contained_outcome_n) as contained_outcome_yn,
        sum(contained_outcome_n * contained_outcome_n) as contained_outcome_nn,
        count(*) filter (where negative_survey_csat_n > 0) as negative_survey_csat_c,
        sum(negative_survey_csat_n) as negative_survey_csat_n,
        sum(negative_survey_csat_y) as negative_survey_csat_y,
        sum(negative_survey_csat_y * negative_survey_csat_y) as negative_survey_csat_yy,
        sum(negative_survey_csat_y * negative_survey_csat_n) as negative_survey_csat_yn,
        sum(negative_survey_csat_n * negative_survey_csat_n) as negative_survey_csat_nn,
        count(*) filter (where negative_survey_verbatim_n > 0) as negative_survey_verbatim_c,
        sum(negative_survey_verbatim_n) as negative_survey_verbatim_n,
        sum(negative_survey_verbatim_y) as negative_survey_verbatim_y,
        sum(negative_survey_verbatim_y * negative_survey_verbatim_y) as negative_survey_verbatim_yy,
        sum(negative_survey_verbatim_y * negative_survey_verbatim_n) as negative_survey_verbatim_yn,
        sum(negative_survey_verbatim_n * negative_survey_verbatim_n) as negative_survey_verbatim_nn,
        count(*) filter (where negative_closing_turns_n > 0) as negative_closing_turns_c,
        sum(negative_closing_turns_n) as negative_closing_turns_n,
        sum(negative_closing_turns_y) as negative_closing_turns_y,
        sum(negative_closing_turns_y * negative_closing_turns_y) as negative_closing_turns_yy,
        sum(negative_closing_turns_y * negative_closing_turns_n) as negative_closing_turns_yn,
        sum(negative_closing_turns_n * negative_closing_turns_n) as negative_closing_turns_nn
    from clusters
    where dimension = 'all' or segment is not null
    group by dimension, segment
),

stacked as (
    select 'repeat_any_1d' as metric, dimension, repeat_any_1d_c as c, repeat_any_1d_n as n, repeat_any_1d_y as y, repeat_any_1d_yy as yy, repeat_any_1d_yn as yn, repeat_any_1d_nn as nn from moments
    union all
    select 'repeat_any_7d' as metric, dimension, repeat_any_7d_c as c, repeat_any_7d_n as n, repeat_any_7d_y as y, repeat_any_7d_yy as yy, repeat_any_7d_yn as yn, repeat_any_7d_nn as nn from moments
    union all
    select 'repeat_any_30d' as metric, dimension, repeat_any_30d_c as c, repeat_any_30d_n as n, repeat_any_30d_y as y, repeat_any_30d_yy as yy, repeat_any_30d_yn as yn, repeat_any_30d_nn as nn from moments
    union all
    select 'repeat_issue_1d' as metric, dimension, repeat_issue_1d_c as c, repeat_issue_1d_n as n, repeat_issue_1d_y as y, repeat_issue_1d_yy as yy, repeat_issue_1d_yn as yn, repeat_issue_1d_nn as nn from moments
    union all
    select 'repeat_issue_7d' as metric, dimension, repeat_issue_7d_c as c, repeat_issue_7d_n as n, repeat_issue_7d_y as y, repeat_issue_7d_yy as yy, repeat_issue_7d_yn as yn, repeat_issue_7d_nn as nn from moments
    union all
    select 'repeat_issue_30d' as metric, dimension, repeat_issue_30d_c as c, repeat_issue_30d_n as n, repeat_issue_30d_y as y, repeat_issue_30d_yy as yy, repeat_issue_30d_yn as yn, repeat_issue_30d_nn as nn from moments
    union all
    select 'fcr_claimed' as metric, dimension, fcr_claimed_c as c, fcr_claimed_n as n, fcr_claimed_y as y, fcr_claimed_yy as yy, fcr_claimed_yn as yn, fcr_claimed_nn as nn from moments
    union all
    select 'fcr_outcome' as metric, dimension, fcr_outcome_c as c, fcr_outcome_n as n, fcr_outcome_y as y, fcr_outcome_yy as yy, fcr_outcome_yn as yn, fcr_outcome_nn as nn from moments
    union all
    select 'false_resolution' as metric, dimension, false_resolution_c as c, false_resolution_n as n, false_resolution_y as y, false_resolution_yy as yy, false_resolution_yn as yn, false_resolution_nn as nn from moments
    union all
    select 'containment' as metric, dimension, containment_c as c, containment_n as n, containment_y as y, containment_yy as yy, containment_yn as yn, containment_nn as nn from moments
    union all
    select 'contained_outcome' as metric, dimension, contained_outcome_c as c, contained_outcome_n as n, contained_outcome_y as y, contained_outcome_yy as yy, contained_outcome_yn as yn, contained_outcome_nn as nn from moments
    union all
    select 'negative_survey_csat' as metric, dimension, negative_survey_csat_c as c, negative_survey_csat_n as n, negative_survey_csat_y as y, negative_survey_csat_yy as yy, negative_survey_csat_yn as yn, negative_survey_csat_nn as nn from moments
    union all
    select 'negative_survey_verbatim' as metric, dimension, negative_survey_verbatim_c as c, negative_survey_verbatim_n as n, negative_survey_verbatim_y as y, negative_survey_verbatim_yy as yy, negative_survey_verbatim_yn as yn, negative_survey_verbatim_nn as nn from moments
    union all
    select 'negative_closing_turns' as metric, dimension, negative_closing_turns_c as c, negative_closing_turns_n as n, negative_closing_turns_y as y, negative_closing_turns_yy as yy, negative_closing_turns_yn as yn, negative_closing_turns_nn as nn from moments
),

segments as (
    select
        metric,
        dimension,
        c,
        n,
        case
            when c > 1 then (yy - 2.0 * y / n * yn + (1.0 * y / n) * (1.0 * y / n) * nn) * c / (c - 1.0)
            else 0
        end as clustered,
        case when c > 1 then n * (1.0 * y / n) * (1 - 1.0 * y / n) else 0 end as binomial
    from stacked
    where n > 0
)

select
    metric,
    dimension,
    cast(sum(n) as bigint) as n,
    cast(sum(c) as bigint) as clusters,
    case when sum(binomial) > 0 then greatest(1.0, sum(clustered) / sum(binomial)) else 1.0 end as deff
from segments
group by metric, dimension

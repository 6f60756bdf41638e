-- Of each slice that pages and report read (a week, and a week of one value of a dimension), by rate: how its contacts are shared among customers.
-- Grain: week, dimension, segment, metric. Metrics: conventions of intervals, M2, M5, M7. Refresh: whole.
-- Sums of squares do not add up over weeks or segments: a customer with one contact in each of two slices has two in both together.
-- n contacts that count, x of them with a yes (of fcr_gap: claimed less outcome, from -1 to 1 a contact), q the sum of their squares; by customer
-- n_c and x_c. A customer with one contact in the week adds 1 to each sum over customers, so only the others are grouped one by one:
--   sum n_c^2 = n + sum over those with several contacts in the week of (n_c^2 - n_c), and so on.
with contacts as (
    select
        outcome.*,
        cast(date_trunc('week', day) as date) as week,
        resolved_claimed is not null and resolved_outcome is not null as in_cohort
    from contact_outcomes as outcome
),

-- A number in place of week and pseudonym, which would be hashed once for every dimension.
several as (
    select
        week,
        customer_key,
        row_number() over (order by week, customer_key) as client
    from contacts
    group by week, customer_key
    having count(*) > 1
),

clients as (
    select
        contacts.*,
        several.client
    from contacts
    inner join several
        on contacts.week = several.week
        and contacts.customer_key = several.customer_key
),

of_clients as (
    select
        week,
        case
            when grouping(mode) = 0 then 'mode'
            when grouping(queue) = 0 then 'queue'
            when grouping(workflow) = 0 then 'workflow'
            when grouping(issue) = 0 then 'issue'
            when grouping(region) = 0 then 'region'
            when grouping(language) = 0 then 'language'
            when grouping(ai_model) = 0 then 'ai_model'
            else 'all'
        end as dimension,
        coalesce(mode, queue, workflow, issue, region, language, ai_model) as segment,
        [
            struct_pack(metric := 'repeat_any_1d', n := count(*) filter (where mature_1d), x := count(*) filter (where repeat_any_1d), q := count(*) filter (where repeat_any_1d)),
            struct_pack(metric := 'repeat_any_7d', n := count(*) filter (where mature_7d), x := count(*) filter (where repeat_any_7d), q := count(*) filter (where repeat_any_7d)),
            struct_pack(metric := 'repeat_any_30d', n := count(*) filter (where mature_30d), x := count(*) filter (where repeat_any_30d), q := count(*) filter (where repeat_any_30d)),
            struct_pack(metric := 'repeat_issue_1d', n := count(*) filter (where repeat_issue_1d is not null), x := count(*) filter (where repeat_issue_1d), q := count(*) filter (where repeat_issue_1d)),
            struct_pack(metric := 'repeat_issue_7d', n := count(*) filter (where repeat_issue_7d is not null), x := count(*) filter (where repeat_issue_7d), q := count(*) filter (where repeat_issue_7d)),
            struct_pack(metric := 'repeat_issue_30d', n := count(*) filter (where repeat_issue_30d is not null), x := count(*) filter (where repeat_issue_30d), q := count(*) filter (where repeat_issue_30d)),
            struct_pack(metric := 'claimed_so_far', n := count(*) filter (where resolved_claimed is not null), x := count(*) filter (where resolved_claimed), q := count(*) filter (where resolved_claimed)),
            struct_pack(metric := 'fcr_claimed', n := count(*) filter (where in_cohort), x := count(*) filter (where in_cohort and resolved_claimed), q := count(*) filter (where in_cohort and resolved_claimed)),
            struct_pack(metric := 'fcr_outcome', n := count(*) filter (where in_cohort), x := count(*) filter (where in_cohort and resolved_outcome), q := count(*) filter (where in_cohort and resolved_outcome)),
            struct_pack(
                metric := 'fcr_gap',
                n := count(*) filter (where in_cohort),
                x := count(*) filter (where in_cohort and resolved_claimed) - count(*) filter (where in_cohort and resolved_outcome),
                q := count(*) filter (where in_cohort and resolved_claimed <> resolved_outcome)
            ),
            struct_pack(metric := 'false_resolution', n := count(*) filter (where in_cohort and resolved_claimed), x := count(*) filter (where in_cohort and resolved_claimed and not resolved_outcome), q := count(*) filter (where in_cohort and resolved_claimed and not resolved_outcome)),
            struct_pack(metric := 'containment', n := count(*) filter (where contained is not null), x := count(*) filter (where contained), q := count(*) filter (where contained)),
            struct_pack(metric := 'contained_outcome', n := count(*) filter (where contained and resolved_outcome is not null), x := count(*) filter (where contained and resolved_outcome), q := count(*) filter (where contained and resolved_outcome)),
            struct_pack(metric := 'survey_response', n := count(*), x := count(*) filter (where has_survey), q := count(*) filter (where has_survey)),
            struct_pack(metric := 'scored', n := count(*), x := count(*) filter (where transcript_scoring = 'scored'), q := count(*) filter (where transcript_scoring = 'scored')),
            struct_pack(metric := 'negative_survey_csat', n := count(*) filter (where sentiment_source = 'survey_csat'), x := count(*) filter (where sentiment_source = 'survey_csat' and post_call_sentiment <= -0.25), q := count(*) filter (where sentiment_source = 'survey_csat' and post_call_sentiment <= -0.25)),
            struct_pack(metric := 'negative_survey_verbatim', n := count(*) filter (where sentiment_source = 'survey_verbatim'), x := count(*) filter (where sentiment_source = 'survey_verbatim' and post_call_sentiment <= -0.25), q := count(*) filter (where sentiment_source = 'survey_verbatim' and post_call_sentiment <= -0.25)),
            struct_pack(metric := 'negative_closing_turns', n := count(*) filter (where sentiment_source = 'closing_turns'), x := count(*) filter (where sentiment_source = 'closing_turns' and post_call_sentiment <= -0.25), q := count(*) filter (where sentiment_source = 'closing_turns' and post_call_sentiment <= -0.25))
        ] as rates
    from clients
    group by
        grouping sets (
            (week, client),
            (week, client, mode),
            (week, client, queue),
            (week, client, workflow),
            (week, client, issue),
            (week, client, region),
            (week, client, language),
            (week, client, ai_model)
        )
),

of_slices as (
    select
        week,
        case
            when grouping(mode) = 0 then 'mode'
            when grouping(queue) = 0 then 'queue'
            when grouping(workflow) = 0 then 'workflow'
            when grouping(issue) = 0 then 'issue'
            when grouping(region) = 0 then 'region'
            when grouping(language) = 0 then 'language'
            when grouping(ai_model) = 0 then 'ai_model'
            else 'all'
        end as dimension,
        coalesce(mode, queue, workflow, issue, region, language, ai_model) as segment,
        [
            struct_pack(metric := 'repeat_any_1d', n := sum(mature_1d), x := sum(repeat_any_1d), q := sum(repeat_any_1d)),
            struct_pack(metric := 'repeat_any_7d', n := sum(mature_7d), x := sum(repeat_any_7d), q := sum(repeat_any_7d)),
            struct_pack(metric := 'repeat_any_30d', n := sum(mature_30d), x := sum(repeat_any_30d), q := sum(repeat_any_30d)),
            struct_pack(metric := 'repeat_issue_1d', n := sum(mature_with_issue_1d), x := sum(repeat_issue_1d), q := sum(repeat_issue_1d)),
            struct_pack(metric := 'repeat_issue_7d', n := sum(mature_with_issue_7d), x := sum(repeat_issue_7d), q := sum(repeat_issue_7d)),
            struct_pack(metric := 'repeat_issue_30d', n := sum(mature_with_issue_30d), x := sum(repeat_issue_30d), q := sum(repeat_issue_30d)),
            struct_pack(metric := 'claimed_so_far', n := sum(claimed_n), x := sum(claimed_yes), q := sum(claimed_yes)),
            struct_pack(metric := 'fcr_claimed', n := sum(cohort_n), x := sum(cohort_claimed_yes), q := sum(cohort_claimed_yes)),
            struct_pack(metric := 'fcr_outcome', n := sum(cohort_n), x := sum(cohort_outcome_yes), q := sum(cohort_outcome_yes)),
            struct_pack(
                metric := 'fcr_gap',
                n := sum(cohort_n),
                x := sum(cohort_claimed_yes) - sum(cohort_outcome_yes),
                -- Claimed only, and outcome only: outcome yes = both + outcome only, both = claimed yes - claimed only.
                q := sum(2 * cohort_claimed_yes_outcome_no + cohort_outcome_yes - cohort_claimed_yes)
            ),
            struct_pack(metric := 'false_resolution', n := sum(cohort_claimed_yes), x := sum(cohort_claimed_yes_outcome_no), q := sum(cohort_claimed_yes_outcome_no)),
            struct_pack(metric := 'containment', n := sum(ai_contacts), x := sum(contained), q := sum(contained)),
            struct_pack(metric := 'contained_outcome', n := sum(contained_outcome_n), x := sum(contained_outcome_yes), q := sum(contained_outcome_yes)),
            struct_pack(metric := 'survey_response', n := sum(eligible), x := sum(surveys), q := sum(surveys)),
            struct_pack(metric := 'scored', n := sum(eligible), x := sum(transcripts_scored), q := sum(transcripts_scored)),
            struct_pack(metric := 'negative_survey_csat', n := sum(sentiment_survey_csat_n), x := sum(sentiment_survey_csat_negative), q := sum(sentiment_survey_csat_negative)),
            struct_pack(metric := 'negative_survey_verbatim', n := sum(sentiment_survey_verbatim_n), x := sum(sentiment_survey_verbatim_negative), q := sum(sentiment_survey_verbatim_negative)),
            struct_pack(metric := 'negative_closing_turns', n := sum(sentiment_closing_turns_n), x := sum(sentiment_closing_turns_negative), q := sum(sentiment_closing_turns_negative))
        ] as rates
    from kpi_weekly
    group by
        grouping sets (
            (week),
            (week, mode),
            (week, queue),
            (week, workflow),
            (week, issue),
            (week, region),
            (week, language),
            (week, ai_model)
        )
),

by_client as (
    select week, dimension, segment, unnest(rates) as rate
    from of_clients
),

by_slice as (
    select week, dimension, segment, unnest(rates) as rate
    from of_slices
),

-- Every contact as if of a customer of its own, and what customers with several contacts change in that.
parts as (
    select
        rate.metric as metric,
        dimension,
        segment,
        week,
        rate.n as n,
        rate.x as x,
        rate.q as q,
        rate.n as customers,
        rate.n as nn,
        rate.n as nnn,
        rate.x as xn,
        rate.q as xx,
        1 as largest
    from by_slice
    where rate.n > 0
    union all
    select
        rate.metric as metric,
        dimension,
        segment,
        week,
        0 as n,
        0 as x,
        0 as q,
        1 - rate.n as customers,
        rate.n * rate.n - rate.n as nn,
        rate.n * rate.n * rate.n - rate.n as nnn,
        rate.x * rate.n - rate.x as xn,
        rate.x * rate.x - rate.q as xx,
        rate.n as largest
    from by_client
    where rate.n > 0
)

select
    week,
    dimension,
    segment,
    metric,
    cast(sum(n) as bigint) as n,
    cast(sum(customers) as bigint) as customers,
    cast(sum(nn) as bigint) as sum_squares,
    cast(max(largest) as bigint) as largest,
    cast(sum(x) as double) as successes,
    cast(sum(q) as double) as success_squares,
    cast(sum(nnn) as double) as sum_cubes,
    cast(sum(xn) as double) as sum_products,
    cast(sum(xx) as double) as sum_success_squares
from parts
group by week, dimension, segment, metric

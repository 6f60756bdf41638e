-- Cases in which a claim of resolution and what happened afterwards part ways.
-- Grain: system, contact_id, rule. Metrics: M15 (D1, D2, D3). Refresh: whole.
-- A flag is raised as soon as the contradiction is seen; it need not wait for the window to close.
-- D1 severity: 3 back within 24 h, 2 within 7 days, else 1. D2 severity: 3 when the sentiment is at most -0.75, 2 at most -0.5, else 1. D3 severity: 3 when disputed, late answered or within 7 days, else 2.
with came_back as (
    select
        outcome.*,
        date_diff('microsecond', outcome.ended_at, outcome.next_same_issue_at) / 3600000000.0 as hours_until
    from contact_outcomes as outcome
    where outcome.resolved_claimed
        and outcome.next_same_issue_at is not null
),

d1 as (
    select
        came_back.*,
        'claimed_resolved_came_back' as rule,
        'D1' as code,
        case when hours_until <= 24 then 3 when hours_until <= 168 then 2 else 1 end as severity,
        to_json(
            struct_pack(
                claimed_resolved := true,
                issue := issue,
                ended_at := strftime(ended_at, '%Y-%m-%dT%H:%M:%SZ'),
                next_contact_id := next_same_issue_id,
                next_contact_at := strftime(next_same_issue_at, '%Y-%m-%dT%H:%M:%SZ'),
                hours_until_next := round(hours_until, 2)
            )
        ) as evidence,
        concat(
            'Claimed resolved, yet the customer came back about "', issue, '" ',
            case
                when hours_until < 0 then 'before this contact had ended'
                when hours_until < 48 then concat(cast(cast(ceil(hours_until) as bigint) as varchar), ' h later')
                else concat(cast(cast(floor(hours_until / 24) as bigint) as varchar), ' days later')
            end,
            ' (contact ', next_same_issue_id, ').'
        ) as sentence
    from came_back
),

-- Fast for its kind: at most the lower quartile of the 28 days before, where these hold enough contacts to say so.
fast as (
    select
        outcome.*,
        baseline.contacts as baseline_contacts,
        baseline.handle_seconds_p25
    from contact_outcomes as outcome
    inner join int_handle_time_baselines as baseline
        on outcome.day = baseline.day
        and outcome.workflow is not distinct from baseline.workflow
        and outcome.channel is not distinct from baseline.channel
        and outcome.mode is not distinct from baseline.mode
    where outcome.post_call_sentiment <= -0.25
        and outcome.handle_seconds <= baseline.handle_seconds_p25
        and baseline.contacts >= $min_n
),

d2 as (
    select
        fast.*,
        'fast_but_unhappy' as rule,
        'D2' as code,
        case when post_call_sentiment <= -0.75 then 3 when post_call_sentiment <= -0.5 then 2 else 1 end as severity,
        to_json(
            struct_pack(
                handle_seconds := handle_seconds,
                baseline_p25_seconds := handle_seconds_p25,
                baseline_contacts := baseline_contacts,
                post_call_sentiment := round(post_call_sentiment, 3),
                sentiment_source := sentiment_source,
                csat := csat
            )
        ) as evidence,
        concat(
            'Handled in ', cast(cast(round(handle_seconds) as bigint) as varchar), ' s (of contacts like it a quarter take at most ',
            cast(cast(round(handle_seconds_p25) as bigint) as varchar), ' s), yet ',
            case sentiment_source
                when 'survey_csat' then concat('the customer rated it ', cast(csat as varchar), ' of 5.')
                when 'survey_verbatim' then 'the customer''s words in the survey were negative.'
                else 'the customer''s last words were negative.'
            end
        ) as sentence
    from fast
),

complained as (
    select
        outcome.*,
        complaint.complaint_id,
        complaint.regulator,
        complaint.received_at,
        complaint.link_rule,
        complaint.issue as complaint_issue,
        complaint.disputed,
        complaint.timely,
        complaint.days_to_complaint,
        row_number() over (
            partition by outcome.system, outcome.contact_id
            order by complaint.received_at, complaint.complaint_id, complaint.system
        ) as place,
        count(*) over (partition by outcome.system, outcome.contact_id) as complaint_count
    from contact_outcomes as outcome
    inner join complaints as complaint
        on outcome.system = complaint.contact_system
        and outcome.contact_id = complaint.contact_id
    where outcome.resolved_claimed
        and complaint.within_30d
),

d3 as (
    select
        complained.*,
        'claimed_resolved_complained' as rule,
        'D3' as code,
        case
            when coalesce(disputed, false) or not coalesce(timely, true) or days_to_complaint <= 7 then 3
            else 2
        end as severity,
        to_json(
            struct_pack(
                claimed_resolved := true,
                ended_at := strftime(ended_at, '%Y-%m-%dT%H:%M:%SZ'),
                complaint_id := complaint_id,
                complaint_count := complaint_count,
                regulator := regulator,
                received_at := strftime(received_at, '%Y-%m-%dT%H:%M:%SZ'),
                days_to_complaint := round(days_to_complaint, 2),
                link_rule := link_rule,
                complaint_issue := complaint_issue
            )
        ) as evidence,
        concat(
            'Claimed resolved, yet the customer complained to ', regulator, ' ',
            cast(cast(floor(days_to_complaint) as bigint) as varchar), ' days later (complaint ', complaint_id,
            case when link_rule = 'contact_id' then ', names this contact).' else concat(', linked by ', replace(link_rule, '_', ' '), ').') end
        ) as sentence
    from complained
    where place = 1
),

flags as (
    select system, contact_id, rule, code, severity, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d1
    union all
    select system, contact_id, rule, code, severity, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d2
    union all
    select system, contact_id, rule, code, severity, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d3
)

select
    system,
    contact_id,
    rule,
    code,
    cast(severity as bigint) as severity,
    day,
    customer_key,
    mode,
    channel,
    queue,
    workflow,
    issue,
    product,
    region,
    language,
    ai_model,
    agent_id,
    cast(evidence as varchar) as evidence,
    sentence
from flags
where day between $from_day and $to_day

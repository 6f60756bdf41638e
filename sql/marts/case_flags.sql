-- Cases in which a claim of resolution and what happened afterwards part ways.
-- Grain: system, contact_id, rule. Metrics: M15 (D1 to D8). Refresh: whole.
-- A flag is raised as soon as the contradiction is seen, and says what has happened whatever window is still open; D1 to D3 need not wait for the window to close, D4 and D6 rest on resolved_outcome, which does.
-- known_at is when the last of the facts that raise the flag was known, by what the records say: the return (D1), the survey (D2), the complaint (D3), the end of the window that
-- settles resolved_outcome (D4, D6), of the promise's due date with its grace (D5), of the contact (D7, D8). When a run saw it does not matter.
-- D1 severity: 3 back within 24 h, 2 within 7 days, else 1. D2 severity: 3 when the sentiment is at most -0.75, 2 at most -0.5, else 1. D3 severity: 3 when disputed, late answered or within 7 days, else 2.
-- D4 severity: 3 when the confidence is at least 0.95 and the AI claimed it resolved, 2 when either, else 1. D6 severity: always 1, for nothing went wrong.
-- D5 severity: 3 when the customer came back about the same issue or complained, 2 when money was promised, else 1. D7 severity: 3 when neither summary nor transcript is known to have arrived, 1 when all four parts did, else 2.
-- D8 severity: 3 when two or more of the three signs are there, 2 when the customer asked for a human, else 1.
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
        greatest(ended_at, next_same_issue_at) as known_at,
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
        sentiment.sentiment_at,
        baseline.contacts as baseline_contacts,
        baseline.handle_seconds_p25
    from contact_outcomes as outcome
    inner join int_contact_sentiment as sentiment
        on outcome.system = sentiment.system
        and outcome.contact_id = sentiment.contact_id
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
        greatest(ended_at, coalesce(sentiment_at, ended_at)) as known_at,
        case when post_call_sentiment <= -0.75 then 3 when post_call_sentiment <= -0.5 then 2 else 1 end as severity,
        to_json(
            struct_pack(
                handle_seconds := handle_seconds,
                baseline_p25_seconds := handle_seconds_p25,
                baseline_contacts := baseline_contacts,
                post_call_sentiment := round(post_call_sentiment, 3),
                sentiment_source := sentiment_source,
                csat := round(csat, 3)
            )
        ) as evidence,
        concat(
            'Handled in ', cast(cast(round(handle_seconds) as bigint) as varchar), ' s (of contacts like it a quarter take at most ',
            cast(cast(round(handle_seconds_p25) as bigint) as varchar), ' s), yet ',
            case sentiment_source
                when 'survey_csat' then concat('the customer rated it ', regexp_replace(cast(round(csat, 2) as varchar), '\.0$', ''), ' of 5.')
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
        greatest(ended_at, received_at) as known_at,
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

-- A silent failure: nobody took over, and the AI was sure.
d4 as (
    select
        outcome.*,
        'confident_and_wrong' as rule,
        'D4' as code,
        outcome.ended_at + interval 720 hour + $lag_days * interval 24 hour as known_at,
        1
        + case when ai_confidence >= 0.95 then 1 else 0 end
        + case when resolved_claimed then 1 else 0 end as severity,
        to_json(
            struct_pack(
                ai_confidence := round(ai_confidence, 3),
                ai_model := ai_model,
                claimed_resolved := resolved_claimed,
                next_contact_id := case when resolution_scope = 'any' then next_contact_id else next_same_issue_id end,
                complaint_within_30d := complaint_within_30d,
                reopened_within_30d := reopened_within_30d
            )
        ) as evidence,
        concat(
            'The AI was ', cast(cast(floor(100 * ai_confidence + 1e-9) as bigint) as varchar),
            ' % sure and nobody took over, yet it did not hold: ',
            case
                when repeat_issue_30d or (resolution_scope = 'any' and repeat_any_30d) then 'the customer came back'
                when complaint_within_30d then 'the customer complained'
                else 'the case was reopened'
            end,
            ' within 30 days.'
        ) as sentence
    from contact_outcomes as outcome
    where outcome.ai_confidence >= 0.8
        and outcome.contained
        and not outcome.resolved_outcome
),

-- Slow for its kind, and worth it: what a target on handle time would have cut short.
d6 as (
    select
        outcome.*,
        'slow_but_good' as rule,
        'D6' as code,
        greatest(
            outcome.ended_at + interval 720 hour + $lag_days * interval 24 hour,
            coalesce(sentiment.sentiment_at, outcome.ended_at)
        ) as known_at,
        1 as severity,
        to_json(
            struct_pack(
                handle_seconds := outcome.handle_seconds,
                baseline_p90_seconds := baseline.handle_seconds_p90,
                baseline_contacts := baseline.contacts,
                resolved_outcome := true,
                post_call_sentiment := round(outcome.post_call_sentiment, 3),
                sentiment_source := outcome.sentiment_source
            )
        ) as evidence,
        concat(
            'Took ', cast(cast(round(outcome.handle_seconds) as bigint) as varchar), ' s (of contacts like it nine in ten take at most ',
            cast(cast(round(baseline.handle_seconds_p90) as bigint) as varchar), ' s), and it held',
            case
                when outcome.post_call_sentiment >= 0.25 then ', and the customer was content.'
                when outcome.post_call_sentiment is null then ', though how the customer felt is not known.'
                else ', and the customer was not unhappy.'
            end
        ) as sentence
    from contact_outcomes as outcome
    inner join int_handle_time_baselines as baseline
        on outcome.day = baseline.day
        and outcome.workflow is not distinct from baseline.workflow
        and outcome.channel is not distinct from baseline.channel
        and outcome.mode is not distinct from baseline.mode
    left join int_contact_sentiment as sentiment
        on outcome.system = sentiment.system
        and outcome.contact_id = sentiment.contact_id
    where outcome.resolved_outcome
        and outcome.handle_seconds >= baseline.handle_seconds_p90
        and coalesce(outcome.post_call_sentiment > -0.25, true)
        and baseline.contacts >= $min_n
),

broken_promises as (
    select
        outcome.*,
        promise.commitment_id,
        promise.source,
        promise.made_by,
        promise.kind,
        promise.amount,
        promise.currency,
        promise.due_at,
        promise.is_due_by_default,
        -- Who has complained has complained, though the column waits until the window has closed.
        coalesce(after_it.has_complaint, false) or coalesce(outcome.complaint_within_30d, false) as has_complained,
        row_number() over (
            partition by outcome.system, outcome.contact_id
            order by promise.amount desc nulls last, promise.due_at, promise.commitment_id
        ) as place,
        count(*) over (partition by outcome.system, outcome.contact_id) as promise_count
    from contact_outcomes as outcome
    inner join commitments as promise
        on outcome.system = promise.system
        and outcome.contact_id = promise.contact_id
    left join int_after_contact as after_it
        on outcome.system = after_it.system
        and outcome.contact_id = after_it.contact_id
    where promise.status = 'broken'
),

d5 as (
    select
        broken_promises.*,
        'promise_broken' as rule,
        'D5' as code,
        greatest(ended_at, due_at + $promise_grace_days * interval 24 hour) as known_at,
        case
            when next_same_issue_at is not null or has_complained then 3
            when amount is not null then 2
            else 1
        end as severity,
        to_json(
            struct_pack(
                commitment_id := commitment_id,
                "source" := source,
                made_by := made_by,
                kind := kind,
                amount := amount,
                currency := currency,
                due_at := strftime(due_at, '%Y-%m-%dT%H:%M:%SZ'),
                is_due_by_default := is_due_by_default,
                broken_promises := promise_count,
                next_same_issue_id := next_same_issue_id,
                complaint_within_30d := case when has_complained then true else complaint_within_30d end
            )
        ) as evidence,
        concat(
            case made_by when 'ai' then 'The AI' when 'agent' then 'The agent' else 'The company' end,
            ' promised a ', replace(kind, '_', ' '),
            case when amount is null then '' else concat(' of ', printf('%.2f', amount), ' ', currency) end,
            ', due ', strftime((due_at - interval 1 second) at time zone 'UTC' at time zone $time_zone, '%Y-%m-%d'),
            case when is_due_by_default then ' (no date was given)' else '' end,
            ', and nothing in the CRM shows that it was kept',
            case
                when next_same_issue_at is not null then '. The customer came back about the same issue.'
                when has_complained then '. The customer complained.'
                else '.'
            end
        ) as sentence
    from broken_promises
    where place = 1
),

said_again as (
    select
        outcome.*,
        handoff.handoff_id,
        handoff.occurred_at,
        handoff.trigger,
        handoff.missing_parts,
        handoff.parts_recorded,
        handoff.has_summary,
        handoff.has_transcript,
        handoff.repeated_basis,
        handoff.similarity,
        handoff.said_again_in,
        handoff.said_again_at_turn,
        handoff.seconds_to_human,
        row_number() over (
            partition by outcome.system, outcome.contact_id
            order by handoff.occurred_at, handoff.handoff_id
        ) as place,
        count(*) over (partition by outcome.system, outcome.contact_id) as handoff_count
    from contact_outcomes as outcome
    inner join handoff_quality as handoff
        on outcome.system = handoff.system
        and outcome.contact_id = handoff.contact_id
    where handoff.customer_repeated
),

d7 as (
    select
        said_again.*,
        'handoff_amnesia' as rule,
        'D7' as code,
        greatest(ended_at, occurred_at) as known_at,
        case
            when not coalesce(has_summary, false) and not coalesce(has_transcript, false) then 3
            when parts_recorded = 4 and missing_parts = '' then 1
            else 2
        end as severity,
        to_json(
            struct_pack(
                handoff_id := handoff_id,
                "trigger" := trigger,
                missing_parts := missing_parts,
                parts_recorded := parts_recorded,
                basis := repeated_basis,
                similarity := round(similarity, 3),
                said_again_in := said_again_in,
                said_again_at_turn := said_again_at_turn,
                seconds_to_human := round(seconds_to_human),
                handoffs_with_repetition := handoff_count
            )
        ) as evidence,
        concat(
            'After the AI handed over, the customer had to say it again',
            case repeated_basis
                when 'recorded' then ' (so recorded)'
                when 'words' then ' (and said so)'
                else ' (the words before and after are alike)'
            end,
            case
                when coalesce(parts_recorded, 0) = 0 then ' (what reached the person is not recorded).'
                when missing_parts = '' and parts_recorded = 4 then ', although everything had reached the person.'
                when missing_parts = '' then ', though nothing is recorded as missing.'
                else concat('. What did not reach the person: ', replace(missing_parts, '_', ' '), '.')
            end
        ) as sentence
    from said_again
    where place = 1
),

stuck as (
    select
        outcome.*,
        sign.asked_for_human,
        sign.hung_up_unresolved,
        sign.was_misunderstood,
        sign.misunderstandings,
        sign.disconnect_reason,
        cast(coalesce(sign.asked_for_human, false) as bigint)
        + cast(coalesce(sign.hung_up_unresolved, false) as bigint)
        + cast(coalesce(sign.was_misunderstood, false) as bigint) as signs
    from contact_outcomes as outcome
    inner join int_ai_only_signals as sign
        on outcome.system = sign.system
        and outcome.contact_id = sign.contact_id
),

d8 as (
    select
        stuck.*,
        'stuck_with_ai' as rule,
        'D8' as code,
        ended_at as known_at,
        case when signs >= 2 then 3 when asked_for_human then 2 else 1 end as severity,
        to_json(
            struct_pack(
                asked_for_human := asked_for_human,
                hung_up_unresolved := hung_up_unresolved,
                misunderstandings := misunderstandings,
                disconnect_reason := disconnect_reason,
                claimed_resolved := resolved_claimed,
                next_contact_id := next_contact_id
            )
        ) as evidence,
        concat(
            'No person took part, and it counts as contained, yet the customer ',
            concat_ws(
                ' and ',
                case when asked_for_human then 'asked for a human' end,
                case when was_misunderstood then concat('was misunderstood ', cast(misunderstandings as varchar), ' times') end,
                case when hung_up_unresolved then 'hung up with nothing resolved' end
            ),
            '.'
        ) as sentence
    from stuck
    where signs > 0
),

flags as (
    select system, contact_id, rule, code, severity, known_at, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d1
    union all
    select system, contact_id, rule, code, severity, known_at, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d2
    union all
    select system, contact_id, rule, code, severity, known_at, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d3
    union all
    select system, contact_id, rule, code, severity, known_at, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d4
    union all
    select system, contact_id, rule, code, severity, known_at, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d6
    union all
    select system, contact_id, rule, code, severity, known_at, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d5
    union all
    select system, contact_id, rule, code, severity, known_at, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d7
    union all
    select system, contact_id, rule, code, severity, known_at, day, customer_key, mode, channel, queue, workflow, issue, product, region, language, ai_model, agent_id, evidence, sentence from d8
)

select
    system,
    contact_id,
    rule,
    code,
    cast(severity as bigint) as severity,
    known_at,
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
    -- A reviewer's verdict can name the evidence that it was given on.
    left(sha256(cast(evidence as varchar)), 16) as evidence_hash,
    sentence
from flags
where day between $from_day and $to_day

-- What happened after each eligible contact.
-- Grain: system, contact_id. Metrics: M1, M2, M3, M5, M6, M7, M8, M12. Refresh: whole.
-- Window lengths stand in the column names, so they stand in the text too.
with eligible as (
    select
        contact.*,
        contact.ended_at + interval 24 hour <= $as_of as is_mature_1d,
        contact.ended_at + interval 168 hour <= $as_of as is_mature_7d,
        contact.ended_at + interval 720 hour <= $as_of as is_mature_30d,
        contact.ended_at + interval 720 hour + $lag_days * interval 24 hour <= $as_of as is_settled,
        next.next_contact_at,
        next.next_contact_id,
        next.next_contact_issue,
        next.next_same_issue_at,
        next.next_same_issue_id,
        coalesce(after_it.has_complaint, false) as has_complaint,
        coalesce(after_it.has_reopening, false) as has_reopening,
        coalesce(after_it.has_closing, false) as has_closing,
        handoff.contact_id is not null as was_handed_to_human,
        sentiment.opening_sentiment,
        sentiment.closing_sentiment,
        -- The layer is a single row; its coefficients are null, and so is the result, where no layer could be fitted.
        2 / (
            1 + exp(
                -(
                    layer.intercept
                    + layer.negative * sentiment.closing_negative
                    + layer.neutral * sentiment.closing_neutral
                    + layer.positive * sentiment.closing_positive
                )
            )
        ) - 1 as closing_sentiment_calibrated,
        sentiment.post_call_sentiment,
        sentiment.sentiment_source,
        sentiment.transcript_scoring,
        coalesce(sentiment.has_response, false) as has_response,
        sentiment.csat,
        sentiment.verbatim,
        promising.is_promise_broken
    from int_contacts as contact
    left join int_next_contact as next
        on contact.contact_number = next.contact_number
    left join int_after_contact as after_it
        on contact.system = after_it.system
        and contact.contact_id = after_it.contact_id
    left join int_human_handoffs as handoff
        on contact.system = handoff.system
        and contact.contact_id = handoff.contact_id
    left join int_contact_sentiment as sentiment
        on contact.system = sentiment.system
        and contact.contact_id = sentiment.contact_id
    left join client_terms as layer
        on true
    left join int_promising_contacts as promising
        on contact.system = promising.system
        and contact.contact_id = promising.contact_id
    where contact.is_eligible
),

repeats as (
    select
        *,
        coalesce(next_contact_at <= ended_at + interval 24 hour, false) as came_back_1d,
        coalesce(next_contact_at <= ended_at + interval 168 hour, false) as came_back_7d,
        coalesce(next_contact_at <= ended_at + interval 720 hour, false) as came_back_30d,
        coalesce(next_same_issue_at <= ended_at + interval 24 hour, false) as came_back_issue_1d,
        coalesce(next_same_issue_at <= ended_at + interval 168 hour, false) as came_back_issue_7d,
        coalesce(next_same_issue_at <= ended_at + interval 720 hour, false) as came_back_issue_30d
    from eligible
)

select
    system,
    contact_id,
    customer_key,
    day,
    started_at,
    ended_at,
    hour_of_day,
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
    case_id,
    legs,
    transfer_count,
    handle_seconds,
    resolved_claimed,
    next_contact_at,
    next_contact_id,
    next_contact_issue,
    next_same_issue_at,
    next_same_issue_id,
    is_mature_1d as mature_1d,
    is_mature_7d as mature_7d,
    is_mature_30d as mature_30d,
    case when is_mature_1d then came_back_1d end as repeat_any_1d,
    case when is_mature_7d then came_back_7d end as repeat_any_7d,
    case when is_mature_30d then came_back_30d end as repeat_any_30d,
    case when is_mature_1d and issue is not null then came_back_issue_1d end as repeat_issue_1d,
    case when is_mature_7d and issue is not null then came_back_issue_7d end as repeat_issue_7d,
    case when is_mature_30d and issue is not null then came_back_issue_30d end as repeat_issue_30d,
    case when is_mature_30d and $has_complaints then has_complaint end as complaint_within_30d,
    case when is_mature_30d and $has_crm_events then has_reopening end as reopened_within_30d,
    case when is_mature_30d and $has_crm_events then has_closing end as closed_account_within_30d,
    case
        when is_settled then
            not (case when issue is not null then came_back_issue_30d else came_back_30d end)
            and not ($has_complaints and has_complaint)
            and not ($has_crm_events and has_reopening)
    end as resolved_outcome,
    case when issue is not null then 'same_issue' else 'any' end as resolution_scope,
    concat(
        'repeat',
        case when $has_complaints then '+complaint' else '' end,
        case when $has_crm_events then '+reopening' else '' end
    ) as resolution_parts,
    opening_sentiment,
    closing_sentiment,
    closing_sentiment_calibrated,
    post_call_sentiment,
    sentiment_source,
    transcript_scoring,
    case when $has_surveys then has_response end as has_survey,
    csat,
    verbatim as survey_words,
    ai_confidence,
    case
        when mode = 'ai_primary' then agent_id is null and not was_handed_to_human
        when mode = 'joint' then false
    end as contained,
    is_promise_broken as promise_broken
from repeats

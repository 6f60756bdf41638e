-- What followed each eligible contact, as the comparisons of handoffs, promises, suggestions and modes read it.
-- Grain: system, contact_id. Metrics: M11, M12, M13, M14, M19. Refresh: whole.
-- Sentiment is compared within one source: ratings with ratings, closing words with closing words.
select
    outcome.system,
    outcome.contact_id,
    coalesce(numbers.customer, -1) as customer,
    outcome.day,
    outcome.hour_of_day,
    outcome.mode,
    outcome.channel,
    outcome.queue,
    outcome.workflow,
    outcome.issue,
    outcome.product,
    outcome.region,
    outcome.language,
    outcome.ai_model,
    outcome.repeat_any_30d,
    outcome.repeat_issue_30d,
    not outcome.resolved_outcome as unresolved,
    case when outcome.resolved_claimed then not outcome.resolved_outcome end as false_resolution,
    outcome.complaint_within_30d as complaint_30d,
    outcome.closed_account_within_30d as closed_account_30d,
    case when outcome.sentiment_source = 'survey_csat' then outcome.post_call_sentiment end as survey_sentiment,
    outcome.closing_sentiment,
    outcome.handle_seconds,
    outcome.resolved_claimed as claimed,
    sign.contact_id is not null as is_ai_only,
    sign.asked_for_human,
    sign.hung_up_unresolved,
    sign.hung_up,
    sign.was_misunderstood,
    case
        when sign.asked_for_human or sign.hung_up_unresolved or sign.was_misunderstood then true
        when coalesce(sign.asked_for_human, sign.hung_up_unresolved, sign.was_misunderstood) is not null then false
    end as stuck
from contact_outcomes as outcome
left join int_customer_numbers as numbers
    on outcome.customer_key = numbers.customer_key
left join int_ai_only_signals as sign
    on outcome.system = sign.system
    and outcome.contact_id = sign.contact_id

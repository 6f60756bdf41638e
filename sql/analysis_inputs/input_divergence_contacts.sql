-- Contacts of the latest days whose windows have all closed, and of the days before them, with what M16 compares.
-- Grain: system, contact_id. Metrics: M16, M18. Refresh: view.
-- A day is closed when its last instant + 30 days + lag_days has passed at $as_of.
with closed as (
    select
        cast(
            ($as_of - interval 720 hour - $lag_days * interval 24 hour) at time zone 'UTC' at time zone $time_zone as date
        ) - 1 as last_day
)

select
    outcome.system,
    outcome.contact_id,
    numbers.customer,
    outcome.day,
    closed.last_day - cast($period_days as integer) - cast($baseline_days as integer) + 1 as first_day,
    closed.last_day,
    case when outcome.day > closed.last_day - cast($period_days as integer) then 1 else 0 end as period,
    outcome.mode,
    outcome.channel,
    outcome.queue,
    outcome.workflow,
    outcome.issue,
    outcome.product,
    outcome.region,
    outcome.language,
    outcome.ai_model,
    outcome.handle_seconds,
    outcome.resolved_claimed as claimed,
    outcome.contained,
    outcome.repeat_any_30d as repeat,
    case when outcome.resolved_claimed then not outcome.resolved_outcome end as false_resolution,
    outcome.complaint_within_30d as complaint,
    outcome.post_call_sentiment,
    outcome.sentiment_source
from contact_outcomes as outcome
inner join int_customer_numbers as numbers
    on outcome.customer_key = numbers.customer_key
cross join closed
where outcome.resolved_outcome is not null
    and outcome.day <= closed.last_day
    and outcome.day > closed.last_day - cast($period_days as integer) - cast($baseline_days as integer)

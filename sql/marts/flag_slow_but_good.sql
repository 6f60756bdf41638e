-- D6: slow for its kind, and worth it: the contact stayed resolved, and it is what a target on handle time would have cut short.
-- Grain: system, contact_id. Metrics: M15. Refresh: whole.
-- Slow: at least the 90th percentile of the 28 days before, where these hold enough contacts to say so.
-- Known when the window that settles resolved_outcome ends, or the sentiment was known. Severity: always 1, for nothing went wrong.
select
    'slow_but_good' as rule,
    'D6' as code,
    outcome.system,
    outcome.contact_id,
    1 as severity,
    greatest(
        outcome.ended_at + interval 720 hour + $lag_days * interval 24 hour,
        coalesce(sentiment.sentiment_at, outcome.ended_at)
    ) as known_at,
    to_json(
        struct_pack(
            handle_seconds := outcome.handle_seconds,
            baseline_p90_seconds := baseline.handle_seconds_p90,
            baseline_contacts := baseline.contacts,
            resolved_outcome := true,
            post_call_sentiment := round(outcome.post_call_sentiment, 3),
            sentiment_source := outcome.sentiment_source
        )
    ) as evidence
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

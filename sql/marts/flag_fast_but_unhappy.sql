-- D2: fast for its kind, and the customer was unhappy.
-- Grain: system, contact_id. Metrics: M15. Refresh: whole.
-- Fast: at most the lower quartile of the 28 days before, where these hold enough contacts to say so.
-- Known when the sentiment was. Severity: 3 when the sentiment is at most -0.75, 2 at most -0.5, else 1.
select
    'fast_but_unhappy' as rule,
    'D2' as code,
    outcome.system,
    outcome.contact_id,
    case
        when outcome.post_call_sentiment <= -0.75 then 3
        when outcome.post_call_sentiment <= -0.5 then 2
        else 1
    end as severity,
    greatest(outcome.ended_at, coalesce(sentiment.sentiment_at, outcome.ended_at)) as known_at,
    to_json(
        struct_pack(
            handle_seconds := outcome.handle_seconds,
            baseline_p25_seconds := baseline.handle_seconds_p25,
            baseline_contacts := baseline.contacts,
            post_call_sentiment := round(outcome.post_call_sentiment, 3),
            sentiment_source := outcome.sentiment_source,
            csat := round(outcome.csat, 3)
        )
    ) as evidence
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

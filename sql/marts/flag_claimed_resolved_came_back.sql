-- D1: claimed resolved, yet the customer came back about the same issue within 30 days.
-- Grain: system, contact_id. Metrics: M15. Refresh: whole.
-- Known when the customer came back. Severity: 3 back within 24 h, 2 within 7 days, else 1.
with came_back as (
    select
        system,
        contact_id,
        issue,
        ended_at,
        next_same_issue_at,
        next_same_issue_id,
        date_diff('microsecond', ended_at, next_same_issue_at) / 3600000000.0 as hours_until
    from contact_outcomes
    where resolved_claimed
        and next_same_issue_at is not null
)

select
    'claimed_resolved_came_back' as rule,
    'D1' as code,
    system,
    contact_id,
    case when hours_until <= 24 then 3 when hours_until <= 168 then 2 else 1 end as severity,
    greatest(ended_at, next_same_issue_at) as known_at,
    to_json(
        struct_pack(
            claimed_resolved := true,
            issue := issue,
            ended_at := strftime(ended_at, '%Y-%m-%dT%H:%M:%SZ'),
            next_contact_id := next_same_issue_id,
            next_contact_at := strftime(next_same_issue_at, '%Y-%m-%dT%H:%M:%SZ'),
            hours_until_next := round(hours_until, 2)
        )
    ) as evidence
from came_back

-- D4: a silent failure. The AI was sure and no person took over, yet the outcome says it was not resolved.
-- Grain: system, contact_id. Metrics: M15. Refresh: whole.
-- Known when the window that settles resolved_outcome ends. Severity: 1, and 1 more each for a confidence of at least 0.95 and for a claim of resolution.
select
    'confident_and_wrong' as rule,
    'D4' as code,
    system,
    contact_id,
    1
    + case when ai_confidence >= 0.95 then 1 else 0 end
    + case when resolved_claimed then 1 else 0 end as severity,
    ended_at + interval 720 hour + $lag_days * interval 24 hour as known_at,
    to_json(
        struct_pack(
            ai_confidence := round(ai_confidence, 3),
            ai_model := ai_model,
            claimed_resolved := resolved_claimed,
            next_contact_id := case when resolution_scope = 'any' then next_contact_id else next_same_issue_id end,
            complaint_within_30d := complaint_within_30d,
            reopened_within_30d := reopened_within_30d
        )
    ) as evidence
from contact_outcomes
where ai_confidence >= 0.8
    and contained
    and not resolved_outcome

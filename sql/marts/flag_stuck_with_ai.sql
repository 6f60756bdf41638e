-- D8: no person took part, and the customer was stuck with the AI.
-- Grain: system, contact_id. Metrics: M15. Refresh: whole.
-- Known when the contact ended. Severity: 3 when two or more of the three signs are there, 2 when the customer asked for a human, else 1.
with signs_seen as (
    select
        outcome.system,
        outcome.contact_id,
        outcome.ended_at,
        outcome.resolved_claimed,
        outcome.next_contact_id,
        sign.asked_for_human,
        sign.hung_up_unresolved,
        sign.misunderstandings,
        sign.disconnect_reason,
        cast(coalesce(sign.asked_for_human, false) as bigint)
        + cast(coalesce(sign.hung_up_unresolved, false) as bigint)
        + cast(coalesce(sign.was_misunderstood, false) as bigint) as signs
    from contact_outcomes as outcome
    inner join int_ai_only_signals as sign
        on outcome.system = sign.system
        and outcome.contact_id = sign.contact_id
)

select
    'stuck_with_ai' as rule,
    'D8' as code,
    system,
    contact_id,
    case when signs >= 2 then 3 when asked_for_human then 2 else 1 end as severity,
    ended_at as known_at,
    to_json(
        struct_pack(
            asked_for_human := asked_for_human,
            hung_up_unresolved := hung_up_unresolved,
            misunderstandings := misunderstandings,
            disconnect_reason := disconnect_reason,
            claimed_resolved := resolved_claimed,
            next_contact_id := next_contact_id
        )
    ) as evidence
from signs_seen
where signs > 0

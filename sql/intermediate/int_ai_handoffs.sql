-- Handoffs from an AI to a person, with the contact that changed hands.
-- Grain: system, handoff_id. Metrics: M11. Refresh: whole.
-- From or to nobody knows whom: from an AI if one led the contact, to a person if one had a part in it.
select
    handoff.system,
    handoff.handoff_id,
    handoff.contact_id as leg_id,
    contact.contact_id,
    contact.customer_key,
    handoff.occurred_at,
    handoff.trigger,
    handoff.ai_confidence,
    handoff.has_summary,
    handoff.has_transcript,
    handoff.has_tool_results,
    handoff.has_attempt_account,
    handoff.wait_seconds,
    handoff.misunderstandings,
    handoff.customer_repeated,
    contact.day
from stg_handoffs as handoff
inner join int_legs as leg
    on handoff.system = leg.system
    and handoff.contact_id = leg.leg_id
inner join int_contacts as contact
    on leg.system = contact.system
    and leg.contact_id = contact.contact_id
where coalesce(
        lower(handoff.from_party) in ('ai', 'bot', 'system'),
        coalesce(contact.mode in ('ai_primary', 'joint'), contact.ai_model is not null)
    )
    and coalesce(
        lower(handoff.to_party) not in ('ai', 'bot', 'system'),
        contact.mode in ('human_primary', 'joint') or contact.agent_id is not null
    )

-- Eligible contacts that an AI led alone, with the signs that the customer was stuck with it.
-- Grain: system, contact_id. Metrics: M19. Refresh: whole.
-- A sign is null where nothing was recorded that could show it.
with alone as (
    select contact.*
    from int_contacts as contact
    left join int_human_handoffs as handoff
        on contact.system = handoff.system
        and contact.contact_id = handoff.contact_id
    where contact.is_eligible
        and contact.mode = 'ai_primary'
        and contact.agent_id is null
        and handoff.contact_id is null
),

legs as (
    select
        alone.system,
        alone.contact_id,
        sum(spoken.misunderstandings) as misunderstandings,
        max_by(lower(spoken.disconnect_reason), (spoken.started_at, spoken.contact_id)) filter (where spoken.disconnect_reason is not null) as disconnect_reason
    from alone
    inner join int_legs as leg
        on alone.system = leg.system
        and alone.contact_id = leg.contact_id
    inner join stg_contacts as spoken
        on leg.system = spoken.system
        and leg.leg_id = spoken.contact_id
    group by alone.system, alone.contact_id
)

select
    alone.system,
    alone.contact_id,
    asked.asked_for_human,
    -- Every call ends with somebody hanging up: it tells something only where nobody says that it was resolved.
    case
        when legs.disconnect_reason is null or alone.resolved_claimed is null then null
        else not alone.resolved_claimed
            and legs.disconnect_reason in (select value from settings_lists where list = 'hangup_disconnect_reasons')
    end as hung_up_unresolved,
    -- No sign, for every call ends so; it stands beside them because the record that says "resolved" is what is in doubt.
    legs.disconnect_reason in (select value from settings_lists where list = 'hangup_disconnect_reasons') as hung_up,
    legs.misunderstandings >= 3 as was_misunderstood,
    cast(legs.misunderstandings as bigint) as misunderstandings,
    legs.disconnect_reason
from alone
left join legs
    on alone.system = legs.system
    and alone.contact_id = legs.contact_id
left join int_asked_for_human as asked
    on alone.system = asked.system
    and alone.contact_id = asked.contact_id

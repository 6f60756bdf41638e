-- Handoffs from an AI to a person, with what had gone wrong before them.
-- Grain: system, handoff_id. Metrics: M10 (too late). Refresh: whole.
-- Sentiment has turned negative when, of the k scored customer turns before the handoff (at least three words each), the
-- closing ones (the last min(3, k - k // 2)) are negative on average and the opening ones (the first min(3, k // 2)) are
-- not: as in M7 they never share a turn. A turn without an offset was spoken when its leg ended.
-- Handed to nobody knows whom: to a person, unless the contact counts as contained (M5).
with handed as (
    select
        handoff.system,
        handoff.handoff_id,
        handoff.occurred_at,
        handoff.misunderstandings,
        contact.contact_id,
        contact.day,
        contact.workflow,
        coalesce(handoff.ai_confidence, contact.ai_confidence) as ai_confidence,
        outcome.opening_sentiment,
        outcome.resolved_outcome is not null as is_settled
    from stg_handoffs as handoff
    inner join int_legs as leg
        on handoff.system = leg.system
        and handoff.contact_id = leg.leg_id
    inner join int_contacts as contact
        on leg.system = contact.system
        and leg.contact_id = contact.contact_id
    inner join contact_outcomes as outcome
        on contact.system = outcome.system
        and contact.contact_id = outcome.contact_id
    where outcome.contained is not null
        and coalesce(lower(handoff.from_party) in ('ai', 'bot', 'system'), true)
        and coalesce(lower(handoff.to_party) not in ('ai', 'bot', 'system'), not outcome.contained)
),

spoken as (
    select
        handed.system,
        handed.handoff_id,
        scored.score,
        row_number() over (
            partition by handed.system, handed.handoff_id
            order by scored.spoken_at, scored.owner_id, scored.position
        ) as place,
        count(*) over (partition by handed.system, handed.handoff_id) as turns
    from handed
    inner join int_text_sentiment as scored
        on scored.kind = 'turn'
        and scored.system = handed.system
        and scored.contact_id = handed.contact_id
    inner join stg_turns as turn
        on scored.system = turn.system
        and scored.owner_id = turn.contact_id
        and scored.position = turn.turn_index
    left join stg_contacts as leg
        on scored.system = leg.system
        and scored.owner_id = leg.contact_id
    where scored.score is not null
        and scored.words >= 3
        -- Offsets are compared as they are: added to an instant, one that is absurdly long would end the night.
        and case
            when turn.offset_seconds is not null
                then round(1000000 * turn.offset_seconds) <= epoch_us(handed.occurred_at) - epoch_us(scored.spoken_at)
            else coalesce(leg.ended_at, scored.spoken_at) <= handed.occurred_at
        end
),

moods as (
    select
        system,
        handoff_id,
        avg(score) filter (where place <= least(3, floor(turns / 2.0e0))) as opening_sentiment,
        avg(score) filter (where turns - place < least(3, ceil(turns / 2.0e0))) as closing_sentiment
    from spoken
    group by system, handoff_id
)

select
    handed.system,
    handed.handoff_id,
    handed.contact_id,
    handed.day,
    handed.workflow,
    handed.ai_confidence,
    handed.misunderstandings,
    handed.opening_sentiment,
    handed.is_settled,
    coalesce(moods.opening_sentiment > -0.25 and moods.closing_sentiment <= -0.25, false) as is_turned_negative
from handed
left join moods
    on handed.system = moods.system
    and handed.handoff_id = moods.handoff_id

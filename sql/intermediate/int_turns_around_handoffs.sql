-- Turns of contacts that an AI handed to a person, on the side of the handoff on which they were spoken.
-- Grain: system, handoff_id, leg_id, turn_index. Metrics: M11. Refresh: whole.
-- A leg that begins at the handoff is after it. In one that spans it, a turn with an offset has its instant; without
-- offsets, what follows the first words of a person is after it.
with spoken as (
    select
        handoff.system,
        handoff.handoff_id,
        handoff.contact_id,
        handoff.occurred_at,
        turn.leg_id,
        turn.turn_index,
        turn.speaker,
        turn.leg_started_at,
        turn.offset_seconds,
        turn.language,
        turn.text,
        turn.text_hash,
        coalesce(leg.ended_at, turn.leg_started_at) as leg_ended_at,
        min(case when turn.speaker = 'agent' then turn.turn_index end) over (
            partition by handoff.system, handoff.handoff_id, turn.leg_id
        ) as first_agent_turn
    from int_ai_handoffs as handoff
    inner join int_spoken_texts as turn
        on handoff.system = turn.system
        and handoff.contact_id = turn.contact_id
    left join stg_contacts as leg
        on turn.system = leg.system
        and turn.leg_id = leg.contact_id
),

sided as (
    select
        *,
        case
            when leg_started_at >= occurred_at then true
            -- Offsets are compared as they are: added to an instant, one that is absurdly long would end the night.
            when offset_seconds is not null
                then round(1000000 * offset_seconds) > epoch_us(occurred_at) - epoch_us(leg_started_at)
            when leg_ended_at > leg_started_at and leg_ended_at <= occurred_at then false
            else coalesce(turn_index >= first_agent_turn, false)
        end as is_after
    from spoken
)

select
    system,
    handoff_id,
    contact_id,
    leg_id,
    turn_index,
    speaker,
    case when is_after then 'after' else 'before' end as side,
    leg_started_at,
    offset_seconds,
    language,
    text,
    text_hash
from sided

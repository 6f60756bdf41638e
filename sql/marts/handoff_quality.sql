-- Every handoff from an AI to a person: what reached the human, how long it took, and whether the customer had to start again.
-- Grain: system, handoff_id. Metrics: M11. Refresh: whole.
-- What was recorded of the customer repeating themself goes before what is detected; both stand side by side. Detection
-- needs words of the customer on both sides of the handoff in a language that the patterns or the encoder know.
with again as (
    select
        turn.system,
        turn.handoff_id,
        min_by(turn.turn_index, (turn.leg_started_at, turn.leg_id, turn.turn_index)) as turn_index,
        min_by(turn.leg_id, (turn.leg_started_at, turn.leg_id, turn.turn_index)) as leg_id
    from int_turns_around_handoffs as turn
    inner join int_findings as found
        on turn.system = found.system
        and turn.leg_id = found.leg_id
        and turn.turn_index = found.turn_index
    where turn.side = 'after'
        and turn.speaker = 'customer'
        and found.topic = 'says_it_again'
    group by turn.system, turn.handoff_id
),

heard as (
    select
        system,
        handoff_id,
        count(*) filter (where side = 'before') > 0
        and count(*) filter (where side = 'after') > 0 as is_heard
    from int_handoff_turns
    where language in (select value from settings_lists where list = 'pattern_languages')
    group by system, handoff_id
),

-- Whoever of the people was there first after the handoff.
taken_over as (
    select
        handoff.system,
        handoff.handoff_id,
        min(person.started_at) as human_started_at
    from int_ai_handoffs as handoff
    inner join int_legs as leg
        on handoff.system = leg.system
        and handoff.contact_id = leg.contact_id
    inner join int_contact_legs as person
        on leg.system = person.system
        and leg.leg_id = person.contact_id
    where person.is_human
        and person.started_at >= handoff.occurred_at
    group by handoff.system, handoff.handoff_id
),

parts as (
    select
        handoff.*,
        cast(has_summary is not null as bigint) + cast(has_transcript is not null as bigint)
        + cast(has_tool_results is not null as bigint) + cast(has_attempt_account is not null as bigint) as parts_recorded,
        cast(coalesce(has_summary, false) as bigint) + cast(coalesce(has_transcript, false) as bigint)
        + cast(coalesce(has_tool_results, false) as bigint) + cast(coalesce(has_attempt_account, false) as bigint) as parts_present,
        concat_ws(
            ', ',
            case when not has_summary then 'summary' end,
            case when not has_transcript then 'transcript' end,
            case when not has_tool_results then 'tool_results' end,
            case when not has_attempt_account then 'attempt_account' end
        ) as missing_parts
    from int_ai_handoffs as handoff
),

judged as (
    select
        parts.*,
        again.leg_id as again_leg_id,
        again.turn_index as again_turn_index,
        likeness.similarity,
        case
            when again.handoff_id is not null or coalesce(likeness.is_restated, false) then true
            when likeness.similarity is not null or coalesce(heard.is_heard, false) then false
        end as repeated_detected,
        coalesce(likeness.is_restated, false) as is_restated,
        (epoch_us(taken_over.human_started_at) - epoch_us(parts.occurred_at)) / 1000000.0 as seconds_to_leg
    from parts
    left join again
        on parts.system = again.system
        and parts.handoff_id = again.handoff_id
    left join heard
        on parts.system = heard.system
        and parts.handoff_id = heard.handoff_id
    left join handoff_similarities as likeness
        on parts.system = likeness.system
        and parts.handoff_id = likeness.handoff_id
    left join taken_over
        on parts.system = taken_over.system
        and parts.handoff_id = taken_over.handoff_id
)

select
    judged.system,
    judged.handoff_id,
    judged.contact_id,
    judged.customer_key,
    contact.day,
    judged.occurred_at,
    contact.hour_of_day,
    contact.mode,
    contact.channel,
    contact.queue,
    contact.workflow,
    contact.issue,
    contact.product,
    contact.region,
    contact.language,
    contact.ai_model,
    contact.agent_id,
    judged.trigger,
    judged.ai_confidence,
    judged.misunderstandings,
    judged.has_summary,
    judged.has_transcript,
    judged.has_tool_results,
    judged.has_attempt_account,
    judged.parts_recorded,
    case when judged.parts_recorded > 0 then judged.parts_present / cast(judged.parts_recorded as double) end as completeness,
    case when judged.parts_recorded > 0 then judged.missing_parts end as missing_parts,
    coalesce(judged.wait_seconds, judged.seconds_to_leg) as seconds_to_human,
    case
        when judged.wait_seconds is not null then 'recorded'
        when judged.seconds_to_leg is not null then 'next_leg'
    end as seconds_to_human_basis,
    judged.customer_repeated as repeated_recorded,
    judged.repeated_detected,
    coalesce(judged.customer_repeated, judged.repeated_detected) as customer_repeated,
    case
        when judged.customer_repeated is not null then 'recorded'
        when judged.again_turn_index is not null then 'words'
        when judged.is_restated then 'similarity'
        when judged.repeated_detected is not null then 'nothing_found'
    end as repeated_basis,
    judged.similarity,
    judged.again_leg_id as said_again_in,
    cast(judged.again_turn_index as bigint) as said_again_at_turn
from judged
inner join int_contacts as contact
    on judged.system = contact.system
    and judged.contact_id = contact.contact_id

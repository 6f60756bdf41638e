-- D7: after a handoff from the AI the customer had to say it again.
-- Grain: system, contact_id. Metrics: M15. Refresh: whole.
-- Known when the contact ended. Of several such handoffs of a contact the first is the evidence.
-- Severity: 3 when neither summary nor transcript is known to have arrived, 1 when all four parts did, else 2.
with said_again as (
    select
        outcome.system,
        outcome.contact_id,
        outcome.ended_at,
        handoff.handoff_id,
        handoff.occurred_at,
        handoff.trigger,
        handoff.missing_parts,
        handoff.parts_recorded,
        handoff.has_summary,
        handoff.has_transcript,
        handoff.repeated_basis,
        handoff.similarity,
        handoff.said_again_in,
        handoff.said_again_at_turn,
        handoff.seconds_to_human,
        row_number() over (
            partition by outcome.system, outcome.contact_id
            order by handoff.occurred_at, handoff.handoff_id
        ) as place,
        count(*) over (partition by outcome.system, outcome.contact_id) as handoff_count
    from contact_outcomes as outcome
    inner join handoff_quality as handoff
        on outcome.system = handoff.system
        and outcome.contact_id = handoff.contact_id
    where handoff.customer_repeated
)

select
    'handoff_amnesia' as rule,
    'D7' as code,
    system,
    contact_id,
    case
        when not coalesce(has_summary, false) and not coalesce(has_transcript, false) then 3
        when parts_recorded = 4 and missing_parts = '' then 1
        else 2
    end as severity,
    greatest(ended_at, occurred_at) as known_at,
    to_json(
        struct_pack(
            handoff_id := handoff_id,
            "trigger" := trigger,
            missing_parts := missing_parts,
            parts_recorded := parts_recorded,
            basis := repeated_basis,
            similarity := round(similarity, 3),
            said_again_in := said_again_in,
            said_again_at_turn := said_again_at_turn,
            seconds_to_human := round(seconds_to_human),
            handoffs_with_repetition := handoff_count
        )
    ) as evidence
from said_again
where place = 1

-- What the customer said just before and just after a handoff from an AI to a person: the texts that similarity compares.
-- Grain: system, handoff_id, side, place. Metrics: M11. Refresh: whole.
-- Places count from the handoff outwards. What lies farther off than 40 turns before or 12 after is not compared.
with placed as (
    select
        *,
        row_number() over (
            partition by system, handoff_id, side
            order by
                case when side = 'after' then leg_started_at end,
                case when side = 'after' then leg_id end,
                case when side = 'after' then turn_index end,
                leg_started_at desc,
                leg_id desc,
                turn_index desc
        ) as place
    from int_turns_around_handoffs
    where speaker = 'customer'
)

select
    system,
    handoff_id,
    contact_id,
    side,
    cast(place as bigint) as place,
    leg_id,
    turn_index,
    text,
    text_hash,
    language,
    cast(len(regexp_extract_all(text, '[^\s\x0b\x1c-\x1f]+')) as bigint) as words
from placed
where place <= case when side = 'after' then 12 else 40 end

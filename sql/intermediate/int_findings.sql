-- What the patterns found in what was said: promises of the company, customers who ask for a human or say it again.
-- Grain: system, leg_id, turn_index, topic, place. Metrics: M11, M12, M19. Refresh: whole.
select
    turn.system,
    turn.contact_id,
    turn.leg_id,
    turn.turn_index,
    turn.speaker,
    turn.leg_started_at,
    turn.offset_seconds,
    found.topic,
    found.place,
    found.kind,
    found.amount,
    coalesce(found.currency, case when found.amount is not null then $currency end) as currency,
    found.due_count,
    found.due_unit,
    found.due_value,
    found.is_done,
    found.quote
from int_spoken_texts as turn
inner join text_findings as found
    on turn.role = found.role
    and turn.language = found.language
    and turn.text_hash = found.text_hash
where found.patterns = $patterns

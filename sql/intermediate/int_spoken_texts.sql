-- What customers, AI and agents said in contacts, each turn with its language: that of its record, else the one found for its contact.
-- Grain: system, leg_id, turn_index. Metrics: M11, M12, M19. Refresh: view.
-- Who is 'server' spoke for the company; a turn of the system is nobody's word.
with found as (
    select
        sample.system,
        sample.unit_id,
        languages.language
    from int_language_samples as sample
    inner join text_languages as languages
        on sample.text_hash = languages.text_hash
    where sample.kind = 'turn'
        and languages.detector = $language_detector
)

select
    turn.system,
    turn.contact_id,
    turn.owner_id as leg_id,
    turn.position as turn_index,
    turn.speaker,
    case when turn.speaker = 'customer' then 'customer' else 'server' end as role,
    coalesce(turn.language, found.language) as language,
    turn.spoken_at as leg_started_at,
    turn.offset_seconds,
    turn.text,
    turn.text_hash
from int_texts as turn
left join found
    on turn.language is null
    and turn.system = found.system
    and turn.contact_id = found.unit_id
where turn.kind = 'turn'
    and turn.speaker in ('customer', 'ai', 'agent')

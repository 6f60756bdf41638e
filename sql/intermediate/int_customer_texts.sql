-- Every text in a customer's own words that is to be scored, with what is known of its language.
-- Grain: kind, system, owner_id, position (a turn of a leg, a survey verbatim, a complaint's narrative). Metrics: M7. Refresh: view.
select
    kind,
    system,
    owner_id,
    position,
    contact_id,
    spoken_at,
    text,
    text_hash,
    language,
    unit_id
from int_texts
where speaker = 'customer'

-- What was said in each eligible contact, turn by turn: redacted, with the sentiment of the customer's turns.
-- Grain: system, leg_id, turn_index. Metrics: M1, M7. Refresh: view.
-- A view: the words lie in the landing area already, and are written once more only for days that are published anew.
select
    turn.system,
    outcome.contact_id,
    outcome.day,
    turn.owner_id as leg_id,
    turn.spoken_at as leg_started_at,
    turn.position as turn_index,
    turn.speaker,
    turn.offset_seconds,
    coalesce(sentiment.language, turn.language) as language,
    turn.text,
    sentiment.score as sentiment
from int_texts as turn
inner join contact_outcomes as outcome
    on turn.system = outcome.system
    and turn.contact_id = outcome.contact_id
left join int_text_sentiment as sentiment
    on sentiment.kind = 'turn'
    and turn.system = sentiment.system
    and turn.owner_id = sentiment.owner_id
    and turn.position = sentiment.position
where turn.kind = 'turn'

-- The score of every text in a customer's own words, or why it has none.
-- Grain: kind, system, owner_id, position. Metrics: M7. Refresh: whole.
-- Score = P(positive) - P(negative), by the model $text_model; a language that it does not know is never guessed at.
with languages as (
    select
        text_hash,
        language
    from text_languages
    where detector = $language_detector
),

scores as (
    select
        text_hash,
        negative,
        neutral,
        positive,
        polarity,
        reason
    from text_scores
    where model = $text_model
)

select
    text.kind,
    text.system,
    text.owner_id,
    text.position,
    text.contact_id,
    text.spoken_at,
    -- M7 counts words as people do: whatever white space sets apart, no-break and other spaces included. The pattern of
    -- Unicode classes is much slower, and most texts need none.
    cast(
        case
            when strlen(text.text) = length(text.text) then len(regexp_extract_all(text.text, '[^\s\x0b\x1c-\x1f]+'))
            else len(regexp_extract_all(text.text, '[^\s\x0b\x1c-\x1f\x{85}\p{Z}]+'))
        end as bigint
    ) as words,
    coalesce(text.language, languages.language) as language,
    text.language is null as is_detected_language,
    case when supported.value is not null then scores.polarity end as score,
    case when supported.value is not null then scores.negative end as negative,
    case when supported.value is not null then scores.neutral end as neutral,
    case when supported.value is not null then scores.positive end as positive,
    case
        when coalesce(text.language, languages.language) is null then 'unknown_language'
        when supported.value is null then 'unsupported_language'
        when scores.polarity is not null then 'scored'
        else coalesce(scores.reason, 'not_scored')
    end as status
from int_customer_texts as text
left join int_language_samples as sample
    on text.language is null
    and text.kind = sample.kind
    and text.system = sample.system
    and text.unit_id = sample.unit_id
left join languages
    on sample.text_hash = languages.text_hash
left join settings_lists as supported
    on supported.list = 'text_model_languages'
    and supported.value = coalesce(text.language, languages.language)
left join scores
    on text.text_hash = scores.text_hash

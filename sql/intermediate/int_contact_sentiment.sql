-- What a contact's customer sounded like, and said of it afterwards, where anything is known.
-- Grain: system, contact_id. Metrics: M7. Refresh: whole.
with turns as (
    select
        system,
        contact_id,
        words,
        score,
        negative,
        neutral,
        positive,
        status,
        row_number() over (
            partition by system, contact_id, words >= 3
            order by spoken_at, owner_id, position
        ) as place,
        row_number() over (
            partition by system, contact_id, words >= 3
            order by spoken_at desc, owner_id desc, position desc
        ) as place_from_end
    from int_text_sentiment
    where kind = 'turn'
),

transcripts as (
    select
        system,
        contact_id,
        avg(score) filter (where words >= 3 and place <= 3) as opening_sentiment,
        avg(score) filter (where words >= 3 and place_from_end <= 3) as closing_sentiment,
        avg(negative) filter (where words >= 3 and place_from_end <= 3) as closing_negative,
        avg(neutral) filter (where words >= 3 and place_from_end <= 3) as closing_neutral,
        avg(positive) filter (where words >= 3 and place_from_end <= 3) as closing_positive,
        case
            when count(*) filter (where words >= 3 and status = 'scored') > 0 then 'scored'
            when count(*) filter (where words >= 3) = 0 then 'too_short'
            when count(*) filter (where words >= 3 and status = 'unknown_language') > 0 then 'unknown_language'
            when count(*) filter (where words >= 3 and status = 'unsupported_language') > 0 then 'unsupported_language'
            else 'no_words'
        end as transcript_scoring
    from turns
    group by system, contact_id
),

responses as (
    select
        link.contact_system as system,
        link.contact_id,
        survey.csat,
        survey.verbatim,
        verbatim.score as verbatim_sentiment
    from int_survey_links as link
    inner join stg_surveys as survey
        on link.system = survey.system
        and link.response_id = survey.response_id
    left join int_text_sentiment as verbatim
        on verbatim.kind = 'verbatim'
        and verbatim.system = survey.system
        and verbatim.owner_id = survey.response_id
    where link.is_counted
),

heard as (
    select
        coalesce(transcripts.system, responses.system) as system,
        coalesce(transcripts.contact_id, responses.contact_id) as contact_id,
        transcripts.opening_sentiment,
        transcripts.closing_sentiment,
        transcripts.closing_negative,
        transcripts.closing_neutral,
        transcripts.closing_positive,
        transcripts.transcript_scoring,
        responses.contact_id is not null as has_response,
        responses.csat,
        responses.verbatim,
        responses.verbatim_sentiment
    from transcripts
    full outer join responses
        on transcripts.system = responses.system
        and transcripts.contact_id = responses.contact_id
)

select
    system,
    contact_id,
    opening_sentiment,
    closing_sentiment,
    closing_negative,
    closing_neutral,
    closing_positive,
    transcript_scoring,
    has_response,
    csat,
    verbatim,
    verbatim_sentiment,
    coalesce((csat - 3) / 2.0e0, verbatim_sentiment, closing_sentiment) as post_call_sentiment,
    case
        when csat is not null then 'survey_csat'
        when verbatim_sentiment is not null then 'survey_verbatim'
        when closing_sentiment is not null then 'closing_turns'
    end as sentiment_source
from heard

-- What a contact's customer sounded like, and said of it afterwards, where anything is known.
-- Grain: system, contact_id. Metrics: M7. Refresh: whole.
-- Of k qualifying turns (three words and scored) the first min(3, k // 2) are the opening and the last
-- min(3, k - k // 2) the closing: they never share a turn, and a single turn is a closing.
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
        words >= 3 and score is not null as is_qualifying,
        row_number() over (
            partition by system, contact_id, words >= 3 and score is not null
            order by spoken_at, owner_id, position
        ) as place,
        count(*) over (partition by system, contact_id, words >= 3 and score is not null) as turns
    from int_text_sentiment
    where kind = 'turn'
),

halved as (
    select
        *,
        is_qualifying and place <= least(3, floor(turns / 2.0e0)) as is_opening,
        is_qualifying and turns - place < least(3, ceil(turns / 2.0e0)) as is_closing
    from turns
),

transcripts as (
    select
        system,
        contact_id,
        avg(score) filter (where is_opening) as opening_sentiment,
        avg(score) filter (where is_closing) as closing_sentiment,
        avg(negative) filter (where is_closing) as closing_negative,
        avg(neutral) filter (where is_closing) as closing_neutral,
        avg(positive) filter (where is_closing) as closing_positive,
        case
            when count(*) filter (where words >= 3 and status = 'scored') > 0 then 'scored'
            when count(*) filter (where words >= 3) = 0 then 'too_short'
            when count(*) filter (where words >= 3 and status = 'unknown_language') > 0 then 'unknown_language'
            when count(*) filter (where words >= 3 and status = 'unsupported_language') > 0 then 'unsupported_language'
            else 'no_words'
        end as transcript_scoring
    from halved
    group by system, contact_id
),

responses as (
    select
        link.contact_system as system,
        link.contact_id,
        survey.csat,
        survey.verbatim,
        survey.responded_at,
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
        responses.responded_at,
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
    end as sentiment_source,
    -- When post_call_sentiment was said, where that was after the contact.
    case when csat is not null or verbatim_sentiment is not null then responded_at end as sentiment_at
from heard

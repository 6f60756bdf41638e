-- Every text that somebody said or wrote, with what is recorded of its language.
-- Grain: kind, system, owner_id, position (a turn of a leg, a survey verbatim, a complaint's narrative). Metrics: M7, M11, M12. Refresh: view.
with turns as (
    select
        'turn' as kind,
        turn.system,
        turn.contact_id as owner_id,
        turn.turn_index as position,
        contact.contact_id,
        coalesce(spoken.started_at, contact.started_at) as spoken_at,
        turn.speaker,
        turn.offset_seconds,
        turn.text,
        turn.language as own_language,
        contact.language as contact_language
    from stg_turns as turn
    inner join int_legs as leg
        on turn.system = leg.system
        and turn.contact_id = leg.leg_id
    inner join int_contacts as contact
        on leg.system = contact.system
        and leg.contact_id = contact.contact_id
    left join stg_contacts as spoken
        on turn.system = spoken.system
        and turn.contact_id = spoken.contact_id
),

verbatims as (
    select
        'verbatim' as kind,
        survey.system,
        survey.response_id as owner_id,
        0 as position,
        cast(null as varchar) as contact_id,
        survey.responded_at as spoken_at,
        'customer' as speaker,
        cast(null as double) as offset_seconds,
        survey.verbatim as text,
        survey.language as own_language,
        contact.language as contact_language
    from stg_surveys as survey
    inner join int_survey_links as link
        on survey.system = link.system
        and survey.response_id = link.response_id
    left join int_contacts as contact
        on link.contact_system = contact.system
        and link.contact_id = contact.contact_id
    where survey.verbatim is not null
),

narratives as (
    select
        'narrative' as kind,
        complaint.system,
        complaint.complaint_id as owner_id,
        0 as position,
        cast(null as varchar) as contact_id,
        complaint.received_at as spoken_at,
        'customer' as speaker,
        cast(null as double) as offset_seconds,
        complaint.narrative as text,
        cast(null as varchar) as own_language,
        cast(null as varchar) as contact_language
    from stg_complaints as complaint
    where complaint.narrative is not null
),

texts as (
    select * from turns
    union all
    select * from verbatims
    union all
    select * from narratives
),

-- 'en', 'en-US', 'EN_gb', 'English' and 'English (US)' are one language.
named_languages as (
    select
        kind,
        system,
        owner_id,
        position,
        contact_id,
        spoken_at,
        speaker,
        offset_seconds,
        text,
        nullif(split_part(replace(replace(lower(trim(own_language)), '_', '-'), ' ', '-'), '-', 1), '') as own_name,
        nullif(split_part(replace(replace(lower(trim(contact_language)), '_', '-'), ' ', '-'), '-', 1), '') as contact_name
    from texts
),

-- A text's own record goes first, unless it says nothing, as 'und' does; then its contact's.
recorded as (
    select
        kind,
        system,
        owner_id,
        position,
        contact_id,
        spoken_at,
        speaker,
        offset_seconds,
        text,
        case
            when own_name is null or own_name in (select value from settings_lists where list = 'no_language') then contact_name
            else own_name
        end as language_name
    from named_languages
)

select
    recorded.kind,
    recorded.system,
    recorded.owner_id,
    cast(recorded.position as bigint) as position,
    recorded.contact_id,
    recorded.spoken_at,
    recorded.speaker,
    recorded.offset_seconds,
    recorded.text,
    sha256(recorded.text) as text_hash,
    -- A name that stands in no list is kept as it is: a language, but none that the model knows.
    case when unknown.value is null then coalesce(named.code, recorded.language_name) end as language,
    -- Texts of one unit are in one language: the turns of a contact, or the text alone.
    coalesce(recorded.contact_id, recorded.owner_id) as unit_id
from recorded
left join language_names as named
    on recorded.language_name = named.name
left join settings_lists as unknown
    on unknown.list = 'no_language'
    and recorded.language_name = unknown.value

-- Suggestions to agents who led their contacts, with the agent's tenure and what followed.
-- Grain: system, suggestion_id. Metrics: M13. Refresh: whole.
-- Tenure in whole months on the day of the suggestion, from the agent's first working day as any leg of theirs gives it.
-- The number of an agent stands for them in this run only.
with agents as (
    select
        system,
        agent_id,
        row_number() over (order by system, agent_id) - 1 as agent,
        min(agent_started_on) as started_on
    from stg_contacts
    where agent_id is not null
    group by system, agent_id
),

offered as (
    select
        suggestion.system,
        suggestion.suggestion_id,
        coalesce(suggestion.agent_id, contact.agent_id) as agent_id,
        contact.contact_id,
        contact.hour_of_day,
        contact.mode,
        contact.channel,
        contact.queue,
        contact.workflow,
        contact.issue,
        contact.product,
        contact.region,
        contact.language,
        contact.ai_model,
        cast(coalesce(suggestion.offered_at, contact.started_at) at time zone 'UTC' at time zone $time_zone as date) as offered_on,
        suggestion.accepted,
        suggestion.correct
    from stg_suggestions as suggestion
    inner join int_legs as leg
        on suggestion.system = leg.system
        and suggestion.contact_id = leg.leg_id
    inner join int_contacts as contact
        on leg.system = contact.system
        and leg.contact_id = contact.contact_id
    where contact.mode = 'human_primary'
)

select
    offered.system,
    offered.suggestion_id,
    coalesce(agents.agent, -1) as agent,
    coalesce(measured.customer, -1) as customer,
    offered.hour_of_day,
    offered.mode,
    offered.channel,
    offered.queue,
    offered.workflow,
    offered.issue,
    offered.product,
    offered.region,
    offered.language,
    offered.ai_model,
    case
        when agents.started_on is null or agents.started_on > offered.offered_on then 'unknown'
        when offered.offered_on < cast(agents.started_on + interval 3 month as date) then '0-3'
        when offered.offered_on < cast(agents.started_on + interval 12 month as date) then '3-12'
        else '12+'
    end as tenure,
    offered.accepted,
    offered.correct,
    measured.repeat_any_30d,
    measured.repeat_issue_30d,
    measured.unresolved,
    measured.false_resolution,
    measured.complaint_30d,
    measured.closed_account_30d,
    measured.survey_sentiment,
    measured.closing_sentiment,
    measured.handle_seconds,
    measured.claimed
from offered
left join agents
    on offered.system = agents.system
    and offered.agent_id = agents.agent_id
left join input_contact_measures as measured
    on offered.system = measured.system
    and offered.contact_id = measured.contact_id

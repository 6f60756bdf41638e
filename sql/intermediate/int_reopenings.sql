-- Reopened cases with the eligible contact that each one calls into question.
-- Grain: system, event_id (linked reopenings only). Metrics: M5. Refresh: whole.
with reopened as (
    select
        system,
        event_id,
        occurred_at,
        contact_id,
        case_id
    from stg_crm_events
    where event_type = 'case_reopened'
),

by_contact as (
    select
        reopened.system,
        reopened.event_id,
        reopened.occurred_at,
        contact.contact_id,
        contact.ended_at
    from reopened
    inner join int_named_contacts as named
        on reopened.system = named.system
        and reopened.contact_id = named.leg_id
    inner join int_concerned_contacts as contact
        on named.system = contact.system
        and named.contact_id = contact.contact_id
),

by_case as (
    select
        reopened.system,
        reopened.event_id,
        reopened.occurred_at,
        contact.contact_id,
        contact.ended_at,
        row_number() over (
            partition by reopened.system, reopened.event_id
            order by contact.ended_at desc, contact.started_at desc, contact.contact_id desc
        ) as place
    from reopened
    inner join int_concerned_contacts as contact
        on reopened.system = contact.system
        and reopened.case_id = contact.case_id
        and contact.ended_at <= reopened.occurred_at
    where reopened.contact_id is null
)

select
    system,
    event_id,
    occurred_at,
    contact_id,
    ended_at
from by_contact
union all
select
    system,
    event_id,
    occurred_at,
    contact_id,
    ended_at
from by_case
where place = 1

-- What happened within 30 days after a contact, where anything did: complaint, reopening, closed account.
-- Grain: system, contact_id (only contacts to which something happened). Metrics: M5, M8. Refresh: whole.
with complained as (
    select distinct
        link.contact_system as system,
        link.contact_id
    from int_complaint_links as link
    inner join int_complaints as complaint
        on link.system = complaint.system
        and link.complaint_id = complaint.complaint_id
    where link.ended_at <= complaint.received_at
        and complaint.received_at <= link.ended_at + interval 720 hour
),

reopened as (
    select distinct
        system,
        contact_id
    from int_reopenings
    where ended_at <= occurred_at
        and occurred_at <= ended_at + interval 720 hour
),

closings as (
    select
        coalesce(event.customer_key, named.customer_key) as customer_key,
        event.occurred_at
    from int_crm_events as event
    left join int_named_contacts as named
        on event.system = named.system
        and event.contact_id = named.leg_id
    where event.event_type = 'account_closed'
),

closed as (
    select distinct
        contact.system,
        contact.contact_id
    from closings
    inner join int_concerned_contacts as contact
        on closings.customer_key = contact.customer_key
        and contact.ended_at <= closings.occurred_at
        and closings.occurred_at <= contact.ended_at + interval 720 hour
),

happened as (
    select system, contact_id, 1 as complaint, 0 as reopening, 0 as closing from complained
    union all
    select system, contact_id, 0, 1, 0 from reopened
    union all
    select system, contact_id, 0, 0, 1 from closed
)

select
    system,
    contact_id,
    max(complaint) = 1 as has_complaint,
    max(reopening) = 1 as has_reopening,
    max(closing) = 1 as has_closing
from happened
group by system, contact_id

-- What happened to customers and cases in the CRM, each event with the contact that it belongs to.
-- Grain: system, event_id. Metrics: M5, M12. Refresh: view.
select
    event.system,
    event.event_id,
    event.event_type,
    event.occurred_at,
    cast(event.occurred_at at time zone 'UTC' at time zone $time_zone as date) as occurred_day,
    event.customer_key,
    coalesce(leg.contact_id, event.contact_id) as contact_id,
    event.case_id,
    event.commitment_id,
    event.issue,
    event.amount,
    event.currency
from int_crm_events as event
left join int_legs as leg
    on event.system = leg.system
    and event.contact_id = leg.leg_id

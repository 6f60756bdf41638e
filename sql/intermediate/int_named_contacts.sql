-- The contacts that complaints, reopenings and closed accounts name.
-- Grain: system, leg_id (the id by which they are named). Metrics: M1. Refresh: whole.
with named as (
    select system, contact_id from stg_complaints
    union
    select system, contact_id from stg_crm_events where event_type in ('case_reopened', 'account_closed')
)

select
    leg.system,
    leg.leg_id,
    leg.contact_id,
    contact.customer_key
from int_legs as leg
inner join named
    on leg.system = named.system
    and leg.leg_id = named.contact_id
inner join int_contacts as contact
    on leg.system = contact.system
    and leg.contact_id = contact.contact_id

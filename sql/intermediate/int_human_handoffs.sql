-- Contacts that were handed to somebody who is not a machine.
-- Grain: system, contact_id. Metrics: M5 (containment). Refresh: whole.
select distinct
    leg.system,
    leg.contact_id
from stg_handoffs as handoff
inner join int_legs as leg
    on handoff.system = leg.system
    and handoff.contact_id = leg.leg_id
where handoff.to_party is not null
    and lower(handoff.to_party) not in ('ai', 'bot', 'system')

-- Contacts that were handed to somebody who is not a machine.
-- Grain: system, contact_id. Metrics: M5 (containment). Refresh: whole.
select distinct
    named.system,
    named.contact_id
from stg_handoffs as handoff
inner join int_named_contacts as named
    on handoff.system = named.system
    and handoff.contact_id = named.leg_id
where handoff.to_party is not null
    and lower(handoff.to_party) not in ('ai', 'bot', 'system')

-- Every id by which other tables may name a contact: its legs' ids, and its own where no leg carries it.
-- Grain: system, leg_id. Metrics: M1. Refresh: view.
-- A leg's id names the contact of that leg, even if further legs use it as a root.
select
    system,
    contact_id as leg_id,
    root_contact_id as contact_id
from stg_contacts
union all
select distinct
    leg.system,
    leg.root_contact_id as leg_id,
    leg.root_contact_id as contact_id
from int_several_legs as leg
left join int_several_legs as named
    on leg.system = named.system
    and leg.root_contact_id = named.contact_id
where named.contact_id is null

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
from stg_contacts as leg
where leg.root_contact_id <> leg.contact_id
    and not exists (
        select 1
        from stg_contacts as named
        where named.system = leg.system
            and named.contact_id = leg.root_contact_id
    )

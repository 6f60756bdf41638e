-- The legs of contacts of several legs, in their order; the many contacts of one leg need no merging.
-- Grain: system, contact_id (one leg). Metrics: M1. Refresh: whole.
-- Leg ids are unique in a system, so a contact of several legs has one whose root is another leg.
with roots as (
    select distinct
        system,
        root_contact_id
    from stg_contacts
    where root_contact_id <> contact_id
)

select
    leg.leg_number,
    leg.system,
    leg.contact_id,
    leg.root_contact_id,
    row_number() over (
        partition by leg.system, leg.root_contact_id
        order by leg.started_at, leg.contact_id
    ) as place
from stg_contacts as leg
inner join roots
    on leg.system = roots.system
    and leg.root_contact_id = roots.root_contact_id

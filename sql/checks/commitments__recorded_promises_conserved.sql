-- Guards: a recorded promise that matching loses or doubles
-- Table: commitments
-- Group: reconciliation
-- Expected: one row for each recorded promise of a known contact
with totals as (
    select
        (
            select count(*)
            from stg_commitments as promise
            inner join int_legs as leg
                on promise.system = leg.system
                and promise.contact_id = leg.leg_id
        ) as expected,
        (select count(*) from commitments where source = 'recorded') as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual

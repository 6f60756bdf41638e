-- Guards: a promise that counts as kept though nothing shows it, or as broken though an event kept it
-- Table: commitments
-- Group: reconciliation
-- Expected: kept if and only if an event kept it
select
    system,
    commitment_id,
    status,
    event_id
from commitments
where (status in ('kept_on_time', 'kept_late')) <> (event_id is not null)

-- Guards: matching that takes one refund for the proof of two promises
-- Table: commitments
-- Group: reconciliation
-- Expected: no event keeps two promises
select
    event_system,
    event_id,
    count(*) as promises
from commitments
where event_id is not null
group by event_system, event_id
having count(*) > 1

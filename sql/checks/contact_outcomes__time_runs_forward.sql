-- Guards: an end before the start, or a repeat contact that came first
-- Table: contact_outcomes
-- Group: reconciliation
-- Expected: started_at ≤ ended_at, and no next contact before the start
select
    system,
    contact_id,
    started_at,
    ended_at,
    next_contact_at
from contact_outcomes
where ended_at < started_at
    or next_contact_at < started_at
    or next_same_issue_at < next_contact_at

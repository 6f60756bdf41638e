-- Guards: a long window that counts as closed while a shorter one is still open
-- Table: contact_outcomes
-- Group: reconciliation
-- Expected: mature(30) ⇒ mature(7) ⇒ mature(1)
select
    system,
    contact_id
from contact_outcomes
where (mature_30d and not mature_7d)
    or (mature_7d and not mature_1d)

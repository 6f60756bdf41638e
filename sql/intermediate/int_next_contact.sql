-- The customer's next eligible contact, with any issue and with the same one, within the longest window.
-- Grain: system, contact_id of eligible contacts that have one. Metrics: M2. Refresh: whole.
with walk as (
    select
        contact_number,
        issue,
        ended_at,
        lead(started_at) over customer as next_at,
        lead(contact_id) over customer as next_id,
        lead(contact_number) over customer as next_number,
        lead(issue) over customer as next_issue,
        lead(started_at) over customer_and_issue as next_same_at,
        lead(contact_id) over customer_and_issue as next_same_id
    from int_contacts
    where is_eligible
    window
        customer as (partition by customer_key order by started_at, contact_id, system),
        customer_and_issue as (partition by customer_key, issue order by started_at, contact_id, system)
),

judged as (
    select
        *,
        coalesce(issue is not null and next_same_at <= ended_at + interval 720 hour, false) as has_same_issue
    from walk
    where next_at <= ended_at + interval 720 hour
)

-- A same-issue repeat is a repeat, so the contacts with a next one hold those with a next one of the same issue.
select
    contact_number,
    next_at as next_contact_at,
    next_id as next_contact_id,
    next_number as next_contact_number,
    next_issue as next_contact_issue,
    case when has_same_issue then next_same_at end as next_same_issue_at,
    case when has_same_issue then next_same_id end as next_same_issue_id
from judged

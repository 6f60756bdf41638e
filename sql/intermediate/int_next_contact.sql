-- The customer's next eligible contact, with any issue and with the same one, within the longest window.
-- Grain: system, contact_id of eligible contacts. Metrics: M2. Refresh: whole.
with any_issue as (
    select
        system,
        contact_id,
        ended_at,
        lead(started_at) over customer as next_at,
        lead(contact_id) over customer as next_id
    from int_contacts
    where is_eligible
    window customer as (partition by customer_key order by started_at, contact_id, system)
),

same_issue as (
    select
        system,
        contact_id,
        ended_at,
        lead(started_at) over customer as next_at,
        lead(contact_id) over customer as next_id
    from int_contacts
    where is_eligible
        and issue is not null
    window customer as (partition by customer_key, issue order by started_at, contact_id, system)
),

within_window as (
    select
        system,
        contact_id,
        next_at,
        next_id
    from any_issue
    where next_at <= ended_at + interval 720 hour
),

same_within_window as (
    select
        system,
        contact_id,
        next_at,
        next_id
    from same_issue
    where next_at <= ended_at + interval 720 hour
)

-- A same-issue repeat is a repeat, so the contacts of the first set hold those of the second.
select
    within_window.system,
    within_window.contact_id,
    within_window.next_at as next_contact_at,
    within_window.next_id as next_contact_id,
    same_within_window.next_at as next_same_issue_at,
    same_within_window.next_id as next_same_issue_id
from within_window
left join same_within_window
    on within_window.system = same_within_window.system
    and within_window.contact_id = same_within_window.contact_id

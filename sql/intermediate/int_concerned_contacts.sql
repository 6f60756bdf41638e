-- Eligible contacts that a complaint or CRM event may be about: its customer's, its case's, the one that it names.
-- Grain: system, contact_id. Metrics: M5, M8. Refresh: whole.
-- A superset, drawn in one reading of all contacts; the links themselves are found among these few.
with customers as (
    select customer_key from int_complaints
    union
    select customer_key from int_crm_events where event_type = 'account_closed'
    union
    select customer_key from int_named_contacts
),

cases as (
    select distinct case_id
    from int_crm_events
    where event_type = 'case_reopened'
)

select
    system,
    contact_id,
    customer_key,
    case_id,
    issue,
    product,
    started_at,
    ended_at
from int_contacts
where is_eligible
    and (
        customer_key in (select customer_key from customers where customer_key is not null)
        or case_id in (select case_id from cases where case_id is not null)
        or contact_id in (select contact_id from int_named_contacts)
    )

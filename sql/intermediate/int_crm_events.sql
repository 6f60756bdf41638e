-- CRM events with the customer whom they are about, aliases resolved.
-- Grain: system, event_id. Metrics: M1, M5, M12. Refresh: view.
select
    event.file_id,
    event.system,
    event.event_id,
    event.event_type,
    event.occurred_at,
    coalesce(keys.customer_key, event.customer_id) as customer_key,
    event.contact_id,
    event.case_id,
    event.commitment_id,
    event.issue,
    event.amount,
    event.currency
from stg_crm_events as event
left join int_customer_keys as keys
    on $has_identities
    and event.customer_id = keys.alias_key

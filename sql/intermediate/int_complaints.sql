-- Regulator complaints with the customer who made them, aliases resolved.
-- Grain: system, complaint_id. Metrics: M1, M8. Refresh: view.
select
    complaint.file_id,
    complaint.system,
    complaint.complaint_id,
    complaint.regulator,
    complaint.received_at,
    coalesce(keys.customer_key, complaint.customer_id) as customer_key,
    complaint.contact_id,
    complaint.company,
    complaint.product,
    complaint.issue,
    complaint.narrative,
    complaint.company_response,
    complaint.timely,
    complaint.disputed,
    complaint.region
from stg_complaints as complaint
left join int_customer_keys as keys
    on $has_identities
    and complaint.customer_id = keys.alias_key

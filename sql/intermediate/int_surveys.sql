-- Survey responses with the customer who gave them, aliases resolved.
-- Grain: system, response_id. Metrics: M1, M7. Refresh: view.
select
    survey.file_id,
    survey.system,
    survey.response_id,
    survey.responded_at,
    survey.contact_id,
    coalesce(keys.customer_key, survey.customer_id) as customer_key,
    survey.csat,
    survey.nps,
    survey.verbatim,
    survey.language
from stg_surveys as survey
left join int_customer_keys as keys
    on $has_identities
    and survey.customer_id = keys.alias_key

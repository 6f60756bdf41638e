-- Aliases of customers with an eligible contact, so that a person finds the customer by any of their ids.
-- Grain: alias_key. Metrics: M1. Refresh: whole.
select
    alias_key,
    customer_key
from int_customer_keys
where $has_identities
    and customer_key in (select customer_key from contact_outcomes)

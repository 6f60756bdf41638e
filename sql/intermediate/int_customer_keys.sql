-- The customer whom an alias stands for, for every alias that names exactly one; the only place that joins ids of a person.
-- Grain: alias_key. Metrics: M1. Refresh: whole.
-- One step: the customer is taken as the pair states it, also where that id is an alias of another customer. An alias of
-- several customers joins nobody. Customers join across systems, and so do their aliases.
select
    alias as alias_key,
    min(customer_id) as customer_key,
    -- Where systems disagree about the kind, the first by name, whichever of them came first.
    coalesce(min(kind), 'unknown') as kind
from stg_identities
group by alias
having min(customer_id) = max(customer_id)
    and min(customer_id) <> alias

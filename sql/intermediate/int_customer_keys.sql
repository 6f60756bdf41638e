-- The customer whom an alias stands for, for every alias that names exactly one; the only place that joins ids of a person.
-- Grain: alias_key. Metrics: M1. Refresh: whole.
-- Where no source fills identities the joins on it say `$has_identities` = false, and the engine leaves them out.
-- One step: the customer is taken as the pair states it, also where that id is an alias of another customer. An alias of
-- several customers joins nobody. Customers join across systems, and so do their aliases.
with aliases as (
    select
        alias as alias_key,
        min(customer_id) as customer_key
    from stg_identities
    group by alias
    having min(customer_id) = max(customer_id)
),

resolved as (
    select
        aliases.alias_key,
        -- Two ids that name each other are one person; which of them stands for both must not depend on any order.
        case
            when back.customer_key = aliases.alias_key then least(aliases.alias_key, aliases.customer_key)
            else aliases.customer_key
        end as customer_key
    from aliases
    left join aliases as back
        on aliases.customer_key = back.alias_key
)

select
    alias_key,
    customer_key
from resolved
where customer_key <> alias_key

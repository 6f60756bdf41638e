-- Aliases by kind, and how many of them join, name several customers, or are used by contacts.
-- Grain: kind (those that occur). Metrics: M1. Refresh: whole.
with aliases as (
    select
        alias as alias_key,
        min(customer_id) <> max(customer_id) as is_ambiguous,
        -- Where systems disagree about the kind, the first by name, whichever of them came first.
        coalesce(min(kind), 'unknown') as kind
    from stg_identities
    group by alias
    -- That an id is its own alias says nothing.
    having min(customer_id) <> max(customer_id)
        or min(customer_id) <> alias
),

joined as (
    select
        alias_key,
        count(*) as contacts,
        count(*) filter (where is_inbound and is_served) as served_inbound
    from int_contacts
    where alias_key is not null
    group by alias_key
)

select
    aliases.kind,
    count(*) as aliases,
    count(*) filter (where aliases.is_ambiguous) as ambiguous,
    -- The customer is an alias, too, and is not followed further.
    count(further.alias_key) as chained,
    count(joined.alias_key) as used,
    cast(coalesce(sum(joined.contacts), 0) as bigint) as contacts,
    cast(coalesce(sum(joined.served_inbound), 0) as bigint) as served_inbound
from aliases
left join int_customer_keys as own
    on aliases.alias_key = own.alias_key
left join int_customer_keys as further
    on own.customer_key = further.alias_key
left join joined
    on aliases.alias_key = joined.alias_key
group by aliases.kind

-- Contacts, their legs merged, with the verdict whether they are eligible.
-- Grain: system, contact_id (the root's id). Metrics: M1, M6. Refresh: view.
-- The number stands for the contact within this warehouse; nothing that is published holds it or depends on it.
with single as (
    select
        leg.leg_number as contact_number,
        leg.system,
        leg.root_contact_id as contact_id,
        leg.customer_key,
        leg.alias_key,
        leg.direction,
        leg.started_at,
        leg.ended_at,
        leg.handle_seconds,
        leg.mode,
        leg.channel,
        leg.queue,
        leg.workflow,
        leg.issue,
        leg.product,
        leg.region,
        leg.language,
        leg.ai_model,
        leg.agent_id,
        leg.case_id,
        leg.ai_confidence,
        leg.resolved_claimed,
        leg.is_served,
        leg.is_phantom as has_phantom_leg,
        1 as legs,
        coalesce(leg.external_transfers, 0) as transfer_count
    from int_contact_legs as leg
    where leg.leg_number not in (select leg_number from int_several_legs)
),

contacts as (
    select
        contact_number,
        system,
        contact_id,
        customer_key,
        alias_key,
        direction,
        started_at,
        ended_at,
        handle_seconds,
        mode,
        channel,
        queue,
        workflow,
        issue,
        product,
        region,
        language,
        ai_model,
        agent_id,
        case_id,
        ai_confidence,
        resolved_claimed,
        is_served,
        has_phantom_leg,
        legs,
        transfer_count
    from int_merged_contacts
    union all
    select * from single
),

test_customers as (
    select coalesce(keys.customer_key, listed.value) as customer_key
    from settings_lists as listed
    left join int_customer_keys as keys
        on listed.value = keys.alias_key
    where listed.list = 'test_customer_keys'
),

named as (
    select
        contacts.*,
        coalesce(direction, 'inbound') = 'inbound' as is_inbound,
        -- Phantom and test contacts are those that the configuration names, never by duration alone.
        has_phantom_leg
        or contact_id in (select value from settings_lists where list = 'test_contact_ids')
        or coalesce(customer_key in (select customer_key from test_customers), false) as is_phantom,
        started_at at time zone 'UTC' at time zone $time_zone as local_start
    from contacts
)

select
    contact_number,
    system,
    contact_id,
    customer_key,
    -- The id by which the customer was known here, where that is an alias of theirs.
    alias_key,
    is_inbound,
    is_served,
    is_phantom,
    is_inbound and is_served and not is_phantom and customer_key is not null as is_eligible,
    started_at,
    ended_at,
    cast(local_start as date) as day,
    cast(extract(hour from local_start) as bigint) as hour_of_day,
    handle_seconds,
    mode,
    channel,
    queue,
    workflow,
    issue,
    product,
    region,
    language,
    ai_model,
    agent_id,
    case_id,
    ai_confidence,
    resolved_claimed,
    cast(legs as bigint) as legs,
    cast(transfer_count as bigint) as transfer_count
from named

-- Pairs of a promise that no event names and an event that may have kept it.
-- Grain: system, promise_id, event_system, event_id. Metrics: M12. Refresh: whole.
-- The same customer (in any system), the kind of event that keeps such a promise, an amount within tolerance, not before
-- the contact began and no later than $promise_late_days after it fell due. An event that names another promise is that one's.
with promises as (
    select promise.*
    from int_promises as promise
    left join int_named_promise_events as named
        on promise.system = named.system
        and promise.promise_id = named.promise_id
    where named.promise_id is null
        and promise.customer_key is not null
        and promise.event_type is not null
),

events as (
    select
        event.system,
        event.event_id,
        event.event_type,
        event.occurred_at,
        coalesce(event.customer_key, contact.customer_key) as customer_key,
        event.amount,
        event.currency
    from stg_crm_events as event
    left join int_promises as known
        on event.system = known.system
        and event.commitment_id = known.promise_id
    left join int_legs as leg
        on event.system = leg.system
        and event.contact_id = leg.leg_id
    left join int_contacts as contact
        on leg.system = contact.system
        and leg.contact_id = contact.contact_id
    where known.promise_id is null
        and event.event_type in (select event_type from promise_kinds)
)

select
    promises.system,
    promises.promise_id,
    events.system as event_system,
    events.event_id,
    events.event_type,
    events.occurred_at,
    -- The order in which promises choose: those that name an amount first, for fewer events will do for them.
    dense_rank() over (
        order by promises.amount is null, promises.due_at, promises.made_at, promises.system, promises.promise_id
    ) as promise_order,
    dense_rank() over (order by events.occurred_at, events.system, events.event_id) as event_order
from promises
inner join events
    on promises.customer_key = events.customer_key
    and promises.event_type = events.event_type
    and events.occurred_at >= promises.contact_started_at
    and events.occurred_at <= promises.due_at + $promise_late_days * interval 24 hour
where (
        promises.amount is null
        or abs(events.amount - promises.amount) <= $amount_tolerance * promises.amount + 0.005
    )
    and coalesce(events.currency = promises.currency, true)

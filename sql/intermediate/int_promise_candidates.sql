-- Promises that no event names, and events that may keep one, of the customers who have both of one kind.
-- Grain: system, promise_id or event_id (one of the two). Metrics: M12. Refresh: whole.
-- They are not paired here: a customer id that thousands share would make millions of pairs. Of one candidate_group (the
-- same customer, in any system, and the kind of event that keeps such a promise) an event fits a promise if it lies between
-- first_at and last_at (not before the contact began, no later than $promise_late_days after the due date), differs by
-- amount_reach at most, and names no other currency. An event that names another promise is that one's.
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
    from int_crm_events as event
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
),

candidates as (
    select
        customer_key,
        event_type,
        system,
        promise_id,
        cast(null as varchar) as event_id,
        -- The order in which promises choose: those that name an amount first, for fewer events will do for them.
        row_number() over (order by amount is null, due_at, made_at, system, promise_id) as promise_order,
        cast(null as bigint) as event_order,
        contact_started_at as first_at,
        due_at + $promise_late_days * interval 24 hour as last_at,
        amount,
        $amount_tolerance * amount + 0.005 as amount_reach,
        currency
    from promises
    union all
    select
        customer_key,
        event_type,
        system,
        cast(null as varchar) as promise_id,
        event_id,
        cast(null as bigint) as promise_order,
        row_number() over (order by occurred_at, system, event_id) as event_order,
        occurred_at as first_at,
        occurred_at as last_at,
        amount,
        cast(null as double) as amount_reach,
        currency
    from events
    where customer_key is not null
),

counted as (
    select
        *,
        dense_rank() over (order by customer_key, event_type) as candidate_group,
        count(promise_id) over (partition by customer_key, event_type) as promises_of_group,
        count(event_id) over (partition by customer_key, event_type) as events_of_group
    from candidates
)

select
    candidate_group,
    event_type,
    system,
    promise_id,
    event_id,
    promise_order,
    event_order,
    first_at,
    last_at,
    amount,
    amount_reach,
    currency
from counted
where promises_of_group > 0
    and events_of_group > 0

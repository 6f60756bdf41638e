-- Promises that CRM events name by their id, with the instant at which what was promised had come together.
-- Grain: system, promise_id. Metrics: M12. Refresh: whole.
-- Several events may keep one promise in parts. An event of another customer keeps nobody's promise, whatever it names,
-- nor do the stages of a case; where an amount was promised, events that say theirs must add up to it.
with named as (
    select
        promise.system,
        promise.promise_id,
        promise.amount as promised,
        event.event_id,
        event.event_type,
        event.occurred_at,
        event.amount,
        sum(event.amount) over (
            partition by promise.system, promise.promise_id
            order by event.occurred_at, event.event_id
            rows between unbounded preceding and current row
        ) as paid
    from int_promises as promise
    inner join int_crm_events as event
        on promise.system = event.system
        and promise.promise_id = event.commitment_id
    where event.event_type not in ('case_opened', 'case_reopened', 'case_closed', 'account_closed')
        and coalesce(event.customer_key = promise.customer_key, true)
        and coalesce(event.currency = promise.currency, true)
)

select
    system,
    promise_id,
    min_by(event_id, (occurred_at, event_id)) as event_id,
    min_by(event_type, (occurred_at, event_id)) as event_type,
    min(occurred_at) as fulfilled_at
from named
where promised is null
    or amount is null
    or paid >= promised * (1 - $amount_tolerance) - 0.005
group by system, promise_id

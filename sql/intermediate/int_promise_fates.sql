-- What became of every promise by $as_of.
-- Grain: system, promise_id. Metrics: M12. Refresh: whole.
-- 'unverifiable': no event could have told, for there is no source of CRM events, none that keeps promises of this kind,
-- or no known customer, and none names the promise. A promise said to be kept already is judged like the others.
with fulfilled as (
    select
        system,
        promise_id,
        system as event_system,
        event_id,
        event_type,
        fulfilled_at,
        'commitment_id' as match_rule
    from int_named_promise_events
    union all
    select
        system,
        promise_id,
        event_system,
        event_id,
        event_type,
        fulfilled_at,
        'customer_kind_amount' as match_rule
    from promise_matches
),

judged as (
    select
        promise.*,
        fulfilled.event_system,
        fulfilled.event_id,
        fulfilled.event_type as fulfilled_by,
        fulfilled.fulfilled_at,
        fulfilled.match_rule,
        case
            when fulfilled.event_id is not null then null
            when not $has_crm_events then 'no_crm_events'
            when promise.event_type is null then 'kind_without_event'
            when promise.customer_key is null then 'no_customer'
        end as unverifiable_reason,
        promise.due_at + $promise_grace_days * interval 24 hour as broken_after
    from int_promises as promise
    left join fulfilled
        on promise.system = fulfilled.system
        and promise.promise_id = fulfilled.promise_id
)

select
    *,
    case
        when fulfilled_at <= broken_after then 'kept_on_time'
        when fulfilled_at is not null then 'kept_late'
        when unverifiable_reason is not null then 'unverifiable'
        when broken_after < $as_of then 'broken'
        else 'pending'
    end as status
from judged

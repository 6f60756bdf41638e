-- Every promise once: those that a system recorded, and those only spoken.
-- Grain: system, promise_id. Metrics: M12. Refresh: whole.
-- What was said is the same promise as a recorded one of its contact of the same kind unless both name different
-- amounts (credit and refund are words for one thing where the amount is the same), and the same as another thing said
-- likewise; the first time that it was said counts.
with recorded as (
    select
        promise.system,
        promise.commitment_id as promise_id,
        'recorded' as source,
        contact.contact_id,
        promise.contact_id as leg_id,
        cast(null as bigint) as turn_index,
        promise.made_by,
        promise.kind,
        promise.amount,
        coalesce(promise.currency, case when promise.amount is not null then $currency end) as currency,
        coalesce(promise.made_at, spoken.ended_at, contact.ended_at) as made_at,
        false as is_done,
        promise.text as quote,
        promise.due_at as stated_due_at
    from stg_commitments as promise
    inner join int_legs as leg
        on promise.system = leg.system
        and promise.contact_id = leg.leg_id
    inner join int_contacts as contact
        on leg.system = contact.system
        and leg.contact_id = contact.contact_id
    left join stg_contacts as spoken
        on promise.system = spoken.system
        and promise.contact_id = spoken.contact_id
),

said as (
    select
        spoken.*,
        row_number() over (
            partition by system, contact_id, kind, amount
            order by made_at, leg_id, turn_index, place
        ) as time_said,
        count(amount) over (partition by system, contact_id, kind) > 0 as has_amount_elsewhere,
        max(case when is_done then 1 else 0 end) over (partition by system, contact_id, kind, amount) = 1 as is_ever_done,
        min(stated_due_at) over (partition by system, contact_id, kind, amount) as earliest_due_at
    from int_spoken_promises as spoken
),

first_said as (
    select *
    from said
    where time_said = 1
        and not (amount is null and has_amount_elsewhere)
),

-- A record that gives no due date or amount may have them in the words.
paired as (
    select
        first_said.system,
        first_said.promise_id as said_id,
        recorded.promise_id as recorded_id,
        first_said.earliest_due_at,
        first_said.amount,
        first_said.currency
    from first_said
    inner join recorded
        on first_said.system = recorded.system
        and first_said.contact_id = recorded.contact_id
        and (
            (
                first_said.kind = recorded.kind
                and coalesce(abs(first_said.amount - recorded.amount) <= $amount_tolerance * recorded.amount + 0.005, true)
            )
            or (
                first_said.kind in ('credit', 'refund')
                and recorded.kind in ('credit', 'refund')
                and abs(first_said.amount - recorded.amount) <= $amount_tolerance * recorded.amount + 0.005
            )
        )
),

said_of_recorded as (
    select
        system,
        recorded_id,
        min(earliest_due_at) as due_at,
        case when min(amount) = max(amount) then min(amount) end as amount,
        case when min(amount) = max(amount) then min(currency) end as currency
    from paired
    group by system, recorded_id
),

promises as (
    select
        recorded.system,
        recorded.promise_id,
        recorded.source,
        recorded.contact_id,
        recorded.leg_id,
        recorded.turn_index,
        recorded.made_by,
        recorded.kind,
        coalesce(recorded.amount, said.amount) as amount,
        coalesce(recorded.currency, said.currency) as currency,
        recorded.made_at,
        recorded.is_done,
        recorded.quote,
        coalesce(recorded.stated_due_at, said.due_at) as stated_due_at
    from recorded
    left join said_of_recorded as said
        on recorded.system = said.system
        and recorded.promise_id = said.recorded_id
    union all
    select
        first_said.system,
        first_said.promise_id,
        'spoken' as source,
        first_said.contact_id,
        first_said.leg_id,
        first_said.turn_index,
        first_said.made_by,
        first_said.kind,
        first_said.amount,
        first_said.currency,
        first_said.made_at,
        first_said.is_ever_done as is_done,
        first_said.quote,
        first_said.earliest_due_at as stated_due_at
    from first_said
    left join (select distinct system, said_id from paired) as known
        on first_said.system = known.system
        and first_said.promise_id = known.said_id
    where known.said_id is null
)

select
    promises.*,
    contact.customer_key,
    contact.started_at as contact_started_at,
    kinds.event_type,
    stated_due_at is null as is_due_by_default,
    coalesce(
        stated_due_at,
        -- Taken off on the local clock and put back: where midnight comes twice in a night, the day ends with the first.
        (
            cast(
                cast(made_at at time zone 'UTC' at time zone $time_zone as date)
                + cast(case when is_done then $promise_done_days else $promise_due_days end as integer) + 1
                as timestamp
            ) - interval 1 microsecond
        ) at time zone $time_zone at time zone 'UTC' + interval 1 microsecond
    ) as due_at
from promises
inner join int_contacts as contact
    on promises.system = contact.system
    and promises.contact_id = contact.contact_id
left join promise_kinds as kinds
    on promises.kind = kinds.kind

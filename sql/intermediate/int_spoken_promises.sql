-- Promises found in what the company said, each with the day by which it said it would keep it.
-- Grain: system, promise_id (leg, turn and place in it). Metrics: M12. Refresh: whole.
-- Days are cut in the business time zone, and a day means its end (conventions). Business days are Monday to Friday;
-- "by Friday" is the next Friday, said on a Friday the one a week later; a date without a year is the next such day.
with found as (
    select
        *,
        -- Without an offset a turn was spoken, as far as anybody knows, when its leg began. An absurd one is left out.
        leg_started_at + case when offset_seconds between 0 and 864000 then to_microseconds(cast(round(1000000 * offset_seconds) as bigint)) else to_microseconds(0) end as made_at
    from int_findings
    where topic = 'promise'
),

dated as (
    select
        *,
        cast(made_at at time zone 'UTC' at time zone $time_zone as date) as made_on,
        least(greatest(cast(ceil(due_count) as bigint), 0), 3650) as due_number
    from found
),

reckoned as (
    select
        *,
        -- Said on a weekend, business days count from the Friday before.
        cast(made_on - cast(greatest(isodow(made_on) - 5, 0) as integer) as date) as business_day,
        case due_value
            when 'monday' then 1
            when 'tuesday' then 2
            when 'wednesday' then 3
            when 'thursday' then 4
            when 'friday' then 5
            when 'saturday' then 6
            when 'sunday' then 7
        end as weekday,
        -- '2026-12-04', or '--12-04' where no year was said.
        try_cast(case when due_value like '--%' then concat(cast(extract(year from made_on) as varchar), '-', substr(due_value, 3)) else due_value end as date) as said_date
    from dated
),

placed as (
    select
        *,
        case due_unit
            when 'day' then cast(made_on + cast(due_number as integer) as date)
            when 'week' then cast(made_on + cast(7 * due_number as integer) as date)
            when 'month' then cast(made_on + to_months(cast(due_number as integer)) as date)
            when 'business_day' then cast(
                business_day - cast(isodow(business_day) - 1 as integer)
                + cast(7 * ((isodow(business_day) - 1 + due_number) // 5) + (isodow(business_day) - 1 + due_number) % 5 as integer)
                as date
            )
            when 'weekday' then cast(made_on + cast((weekday - isodow(made_on) + 6) % 7 + 1 as integer) as date)
            when 'end_of' then
                case due_value
                    when 'day' then made_on
                    when 'week' then cast(made_on + cast(7 - isodow(made_on) as integer) as date)
                    when 'month' then last_day(made_on)
                end
            when 'date' then
                case
                    when due_value like '--%' and said_date < made_on then cast(said_date + to_months(12) as date)
                    else said_date
                end
        end as due_on
    from reckoned
)

select
    system,
    concat('text:', leg_id, ':', cast(turn_index as varchar), ':', cast(place as varchar)) as promise_id,
    contact_id,
    leg_id,
    turn_index,
    place,
    speaker as made_by,
    kind,
    amount,
    currency,
    made_at,
    is_done,
    quote,
    case
        when due_unit = 'hour' then made_at + to_hours(due_number)
        -- Taken off on the local clock and put back: where midnight comes twice in a night, the day ends with the first.
        when due_on is not null
            then (cast(due_on + 1 as timestamp) - interval 1 microsecond) at time zone $time_zone at time zone 'UTC' + interval 1 microsecond
    end as stated_due_at
from placed

-- Lower quartile and 90th percentile of handle time over the 28 days before a day, for like contacts.
-- Grain: workflow, channel, mode, day. Metrics: M15 (baselines), M6. Refresh: whole.
-- Nearest rank over a histogram: a handle time occurs often, so counting times per day and adding up days is the same
-- as sorting all contacts of 28 days anew for each day, and far less work.
with per_day as (
    select
        workflow,
        channel,
        mode,
        day,
        handle_seconds,
        count(*) as contacts
    from int_contacts
    where is_eligible
        and handle_seconds is not null
    group by
        workflow,
        channel,
        mode,
        day,
        handle_seconds
),

days as (
    select distinct
        workflow,
        channel,
        mode,
        day
    from int_contacts
    where is_eligible
        and handle_seconds is not null
),

histogram as (
    select
        days.workflow,
        days.channel,
        days.mode,
        days.day,
        per_day.handle_seconds,
        sum(per_day.contacts) as contacts
    from days
    inner join per_day
        on days.workflow is not distinct from per_day.workflow
        and days.channel is not distinct from per_day.channel
        and days.mode is not distinct from per_day.mode
        and per_day.day between days.day - 28 and days.day - 1
    group by
        days.workflow,
        days.channel,
        days.mode,
        days.day,
        per_day.handle_seconds
),

cumulated as (
    select
        *,
        sum(contacts) over (
            partition by workflow, channel, mode, day
            order by handle_seconds
            rows between unbounded preceding and current row
        ) as up_to,
        sum(contacts) over (partition by workflow, channel, mode, day) as total
    from histogram
)

select
    workflow,
    channel,
    mode,
    day,
    cast(max(total) as bigint) as contacts,
    min(handle_seconds) filter (where up_to >= ceil(0.25 * total)) as handle_seconds_p25,
    min(handle_seconds) filter (where up_to >= ceil(0.9 * total)) as handle_seconds_p90
from cumulated
group by
    workflow,
    channel,
    mode,
    day

-- Flags that stand, by rule and mode, and what reviewers said of them.
-- Grain: rule, mode. Metrics: M15. Refresh: whole.
-- Of every flag the latest verdict counts, unless it is stale; stale ones are counted beside.
with flags as (
    select
        rule,
        mode,
        count(*) as flags
    from case_flags
    group by rule, mode
),

verdicts as (
    select
        rule,
        mode,
        count(*) filter (where stale_reason is null) as judged,
        count(*) filter (where stale_reason is null and verdict = 'confirmed') as confirmed,
        count(*) filter (where stale_reason is null and verdict = 'explained') as explained,
        count(*) filter (where stale_reason is null and verdict = 'dismissed') as dismissed,
        count(*) filter (where stale_reason is not null) as stale
    from dispositions
    where is_latest
    group by rule, mode
)

select
    coalesce(flags.rule, verdicts.rule) as rule,
    coalesce(flags.mode, verdicts.mode) as mode,
    coalesce(flags.flags, 0) as flags,
    coalesce(verdicts.judged, 0) as judged,
    coalesce(verdicts.confirmed, 0) as confirmed,
    coalesce(verdicts.explained, 0) as explained,
    coalesce(verdicts.dismissed, 0) as dismissed,
    coalesce(verdicts.stale, 0) as stale
from flags
full join verdicts
    on flags.rule = verdicts.rule
    and flags.mode is not distinct from verdicts.mode

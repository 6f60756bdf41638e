-- Handoffs that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, handoff_id. Metrics: M5 (containment), M11. Refresh: whole.
with landed as (
    select *
    from landing_handoffs as candidate
    where not exists (
        select 1
        from landing_losers as loser
        where loser.table_name = 'handoffs'
            and loser.file_id = candidate._file_id
            and loser.row_number = candidate._row
    )
)

select
    system,
    handoff_id,
    contact_id,
    occurred_at,
    from_party,
    to_party,
    trigger,
    ai_confidence,
    has_summary,
    has_transcript,
    has_tool_results,
    has_attempt_account,
    wait_seconds,
    misunderstandings,
    customer_repeated
from landed
where deleted_at is null
    and occurred_at <= $as_of

-- Handoffs that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, handoff_id. Metrics: M5 (containment), M11. Refresh: view.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'handoffs'
),

landed as (
    select candidate.*
    from landing_handoffs as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
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

-- Suggestions to human agents that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, suggestion_id. Metrics: M13. Refresh: view.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'suggestions'
),

landed as (
    select candidate.*
    from landing_suggestions as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
)

select
    system,
    suggestion_id,
    contact_id,
    agent_id,
    offered_at,
    accepted,
    correct
from landed
where deleted_at is null
    and coalesce(offered_at <= $as_of, true)

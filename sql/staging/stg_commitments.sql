-- Promises that a system recorded and that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, commitment_id. Metrics: M12. Refresh: view.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'commitments'
),

landed as (
    select candidate.*
    from landing_commitments as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
)

select
    system,
    commitment_id,
    contact_id,
    lower(made_by) as made_by,
    lower(kind) as kind,
    amount,
    currency,
    made_at,
    due_at,
    text
from landed
where deleted_at is null
    and coalesce(made_at <= $as_of, true)

-- Promises that a system recorded and that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, commitment_id. Metrics: M12. Refresh: view.
with losers as (
    select
        file_id,
        row_number
    from landing_losers
    where table_name = 'commitments'
),

landed as (
    select candidate.*
    from landing_commitments as candidate
    left join losers
        on candidate._file_id = losers.file_id
        and candidate._row = losers.row_number
    where losers.file_id is null
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

-- Reviewers' verdicts on case flags that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, disposition_id. Metrics: M15. Refresh: view.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'dispositions'
),

landed as (
    select candidate.*
    from landing_dispositions as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
)

select
    system,
    disposition_id,
    contact_id,
    lower(trim(rule)) as rule,
    verdict,
    reason,
    decided_by,
    decided_at,
    evidence_hash,
    given_blind
from landed
where deleted_at is null
    and decided_at <= $as_of

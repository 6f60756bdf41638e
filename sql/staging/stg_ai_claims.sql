-- Statements of an AI that count: the current version of each, not withdrawn, with the verdicts known by $as_of.
-- Grain: system, claim_id. Metrics: M9, M10. Refresh: view.
-- A claim has no instant of its own: it is seen when its contact is. Its verdict comes later, and counts from then on.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'ai_claims'
),

landed as (
    select candidate.*
    from landing_ai_claims as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
)

select
    system,
    claim_id,
    contact_id,
    turn_index,
    claim_type,
    claimed_value,
    stated_confidence,
    case when coalesce(verified_at <= $as_of, true) then verified_correct end as verified_correct,
    verified_by,
    verified_at,
    verified_blind,
    review_sampling,
    updated_at
from landed
where deleted_at is null

-- Transcript turns that count: the current version of each, not withdrawn.
-- Grain: system, contact_id, turn_index. Metrics: M7. Refresh: view.
-- A turn has no instant of its own: it is seen when its contact is.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'turns'
),

landed as (
    select candidate.*
    from landing_turns as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
)

select
    system,
    contact_id,
    turn_index,
    speaker,
    offset_seconds,
    duration_seconds,
    text,
    asr_confidence,
    language
from landed
where deleted_at is null

-- Transcript turns that count: the current version of each, not withdrawn.
-- Grain: system, contact_id, turn_index. Metrics: M7. Refresh: view.
-- A turn has no instant of its own: it is seen when its contact is.
with losers as (
    select
        file_id,
        row_number
    from landing_losers
    where table_name = 'turns'
),

landed as (
    select candidate.*
    from landing_turns as candidate
    left join losers
        on candidate._file_id = losers.file_id
        and candidate._row = losers.row_number
    where losers.file_id is null
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

-- Contact legs that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, contact_id (one leg). Metrics: M1 (legs), M6 (handle time of a leg). Refresh: view.
with losers as (
    select
        file_id,
        row_number
    from landing_losers
    where table_name = 'contacts'
),

landed as (
    select candidate.*
    from landing_contacts as candidate
    left join losers
        on candidate._file_id = losers.file_id
        and candidate._row = losers.row_number
    where losers.file_id is null
)

select
    _file_id as file_id,
    -- A number of the row within this warehouse: cheaper to join and sort by than ids, and without any meaning.
    cast(_file_id as bigint) * 4294967296 + _row as leg_number,
    system,
    contact_id,
    coalesce(root_contact_id, contact_id) as root_contact_id,
    customer_id,
    direction,
    started_at,
    -- A leg without an end ends when it starts.
    coalesce(ended_at, started_at) as ended_at,
    -- Missing parts are not taken for zero: a sum of some of them would understate handle time.
    coalesce(handle_seconds, talk_seconds + hold_seconds + wrap_seconds) as handle_seconds,
    mode,
    channel,
    queue,
    workflow,
    issue,
    product,
    region,
    language,
    agent_id,
    agent_started_on,
    ai_model,
    ai_confidence,
    resolved_claimed,
    served,
    disconnect_reason,
    misunderstandings,
    case_id,
    external_transfers,
    updated_at
from landed
where deleted_at is null
    and started_at <= $as_of

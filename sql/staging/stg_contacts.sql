-- Contact legs that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, contact_id (one leg). Metrics: M1 (legs), M6 (handle time of a leg). Refresh: whole.
with landed as (
    select *
    from landing_contacts as candidate
    where not exists (
        select 1
        from landing_losers as loser
        where loser.table_name = 'contacts'
            and loser.file_id = candidate._file_id
            and loser.row_number = candidate._row
    )
)

select
    system,
    contact_id,
    coalesce(root_contact_id, contact_id) as root_contact_id,
    customer_id as customer_key,
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
    ai_model,
    ai_confidence,
    resolved_claimed,
    served,
    disconnect_reason,
    case_id,
    external_transfers
from landed
where deleted_at is null
    and started_at <= $as_of

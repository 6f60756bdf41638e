-- CRM events that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, event_id. Metrics: M5 (reopenings, closed accounts), M12. Refresh: whole.
with landed as (
    select *
    from landing_crm_events as candidate
    where not exists (
        select 1
        from landing_losers as loser
        where loser.table_name = 'crm_events'
            and loser.file_id = candidate._file_id
            and loser.row_number = candidate._row
    )
)

select
    system,
    event_id,
    event_type,
    occurred_at,
    customer_id as customer_key,
    contact_id,
    case_id,
    commitment_id,
    issue,
    amount,
    currency
from landed
where deleted_at is null
    and occurred_at <= $as_of

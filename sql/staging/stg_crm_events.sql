-- CRM events that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, event_id. Metrics: M5 (reopenings, closed accounts), M12. Refresh: view.
with losers as (
    select
        file_id,
        row_number
    from landing_losers
    where table_name = 'crm_events'
),

landed as (
    select candidate.*
    from landing_crm_events as candidate
    left join losers
        on candidate._file_id = losers.file_id
        and candidate._row = losers.row_number
    where losers.file_id is null
)

select
    _file_id as file_id,
    system,
    event_id,
    event_type,
    occurred_at,
    customer_id,
    contact_id,
    case_id,
    commitment_id,
    coalesce(issue_key.key, landed.issue) as issue,
    amount,
    currency,
    landed.issue as issue_spelling
from landed
left join segment_spellings as issue_key
    on landed.issue = issue_key.spelling
where deleted_at is null
    and occurred_at <= $as_of

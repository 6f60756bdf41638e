-- CRM events that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, event_id. Metrics: M5 (reopenings, closed accounts), M12. Refresh: view.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'crm_events'
),

landed as (
    select candidate.*
    from landing_crm_events as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
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

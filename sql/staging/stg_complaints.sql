-- Regulator complaints that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, complaint_id. Metrics: M8. Refresh: view.
with losers as (
    select
        file_id,
        row_number
    from landing_losers
    where table_name = 'complaints'
),

landed as (
    select candidate.*
    from landing_complaints as candidate
    left join losers
        on candidate._file_id = losers.file_id
        and candidate._row = losers.row_number
    where losers.file_id is null
)

select
    _file_id as file_id,
    system,
    complaint_id,
    regulator,
    received_at,
    customer_id,
    contact_id,
    company,
    product,
    issue,
    narrative,
    company_response,
    timely,
    disputed,
    region
from landed
where deleted_at is null
    and received_at <= $as_of

-- Regulator complaints that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, complaint_id. Metrics: M8. Refresh: whole.
with landed as (
    select *
    from landing_complaints as candidate
    where not exists (
        select 1
        from landing_losers as loser
        where loser.table_name = 'complaints'
            and loser.file_id = candidate._file_id
            and loser.row_number = candidate._row
    )
)

select
    system,
    complaint_id,
    regulator,
    received_at,
    customer_id as customer_key,
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

-- Regulator complaints that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, complaint_id. Metrics: M8. Refresh: view.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'complaints'
),

landed as (
    select candidate.*
    from landing_complaints as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
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
    coalesce(product_key.key, landed.product) as product,
    coalesce(issue_key.key, landed.issue) as issue,
    narrative,
    company_response,
    timely,
    disputed,
    coalesce(region_key.key, landed.region) as region,
    landed.product as product_spelling,
    landed.issue as issue_spelling,
    landed.region as region_spelling
from landed
left join segment_spellings as product_key
    on landed.product = product_key.spelling
left join segment_spellings as issue_key
    on landed.issue = issue_key.spelling
left join segment_spellings as region_key
    on landed.region = region_key.spelling
where deleted_at is null
    and received_at <= $as_of

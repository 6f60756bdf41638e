-- Survey responses that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, response_id. Metrics: M7. Refresh: view.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'surveys'
),

landed as (
    select candidate.*
    from landing_surveys as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
)

select
    _file_id as file_id,
    system,
    response_id,
    responded_at,
    contact_id,
    customer_id,
    csat,
    nps,
    verbatim,
    language
from landed
where deleted_at is null
    and responded_at <= $as_of

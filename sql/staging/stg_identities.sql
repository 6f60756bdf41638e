-- Ids that name one person: the current version of each pair, not withdrawn.
-- Grain: system, customer_id, alias. Metrics: M1. Refresh: view.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'identities'
),

landed as (
    select candidate.*
    from landing_identities as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
)

select
    system,
    customer_id,
    alias,
    lower(kind) as kind
from landed
where deleted_at is null
    -- A sentinel is nobody's id.
    and customer_id is not null
    and alias is not null

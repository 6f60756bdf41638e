-- Contact legs that count: the current version of each, not withdrawn, seen by $as_of.
-- Grain: system, contact_id (one leg). Metrics: M1 (legs), M6 (handle time of a leg). Refresh: view.
with superseded as (
    select
        file_id,
        row_number
    from superseded_versions
    where table_name = 'contacts'
),

landed as (
    select candidate.*
    from landing_contacts as candidate
    left join superseded
        on candidate._file_id = superseded.file_id
        and candidate._row = superseded.row_number
    where superseded.file_id is null
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
    -- Segment values by their keys; their spellings are counted in segment_labels.
    coalesce(channel_key.key, landed.channel) as channel,
    coalesce(queue_key.key, landed.queue) as queue,
    coalesce(workflow_key.key, landed.workflow) as workflow,
    coalesce(issue_key.key, landed.issue) as issue,
    coalesce(product_key.key, landed.product) as product,
    coalesce(region_key.key, landed.region) as region,
    coalesce(language_key.key, landed.language) as language,
    agent_id,
    agent_started_on,
    coalesce(ai_model_key.key, landed.ai_model) as ai_model,
    ai_confidence,
    resolved_claimed,
    served,
    disconnect_reason,
    misunderstandings,
    case_id,
    external_transfers,
    updated_at,
    landed.channel as channel_spelling,
    landed.queue as queue_spelling,
    landed.workflow as workflow_spelling,
    landed.issue as issue_spelling,
    landed.product as product_spelling,
    landed.region as region_spelling,
    landed.language as language_spelling,
    landed.ai_model as ai_model_spelling
from landed
-- A join each, for a scalar subquery each, shorter to write, takes several times as long.
left join segment_spellings as channel_key
    on landed.channel = channel_key.spelling
left join segment_spellings as queue_key
    on landed.queue = queue_key.spelling
left join segment_spellings as workflow_key
    on landed.workflow = workflow_key.spelling
left join segment_spellings as issue_key
    on landed.issue = issue_key.spelling
left join segment_spellings as product_key
    on landed.product = product_key.spelling
left join segment_spellings as region_key
    on landed.region = region_key.spelling
left join segment_spellings as language_key
    on landed.language = language_key.spelling
left join segment_spellings as ai_model_key
    on landed.ai_model = ai_model_key.spelling
where deleted_at is null
    and started_at <= $as_of

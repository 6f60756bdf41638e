-- Contact legs with their customer, aliases resolved, and what the configured lists and their mode say about them.
-- Grain: system, contact_id (one leg). Metrics: M1. Refresh: view.
with judged as (
    select
        leg.*,
        coalesce(keys.customer_key, leg.customer_id) as customer_key,
        keys.alias_key,
        coalesce(
            leg.served,
            not coalesce(
                lower(leg.disconnect_reason) in (select value from settings_lists where list = 'unserved_disconnect_reasons'),
                false
            )
        ) as is_served,
        coalesce(
            lower(leg.disconnect_reason) in (select value from settings_lists where list = 'phantom_disconnect_reasons'),
            false
        ) as is_phantom,
        coalesce(leg.mode = 'ai_primary', false) or (leg.ai_model is not null and leg.agent_id is null) as is_ai
    from stg_contacts as leg
    left join int_customer_keys as keys
        on $has_identities
        and leg.customer_id = keys.alias_key
)

select
    leg_number,
    file_id,
    system,
    contact_id,
    root_contact_id,
    customer_key,
    alias_key,
    direction,
    started_at,
    ended_at,
    handle_seconds,
    case
        when mode is not null then mode
        when is_ai then 'ai_primary'
        when agent_id is not null then 'human_primary'
    end as mode,
    channel,
    queue,
    workflow,
    issue,
    product,
    region,
    language,
    ai_model,
    agent_id,
    case_id,
    ai_confidence,
    resolved_claimed,
    external_transfers,
    is_served,
    is_phantom,
    is_ai,
    not is_ai and (coalesce(mode = 'human_primary', false) or agent_id is not null) as is_human
from judged

-- Contacts of several legs, their legs merged.
-- Grain: system, contact_id (the root's id). Metrics: M1, M6. Refresh: whole.
with legs as (
    select
        leg.*,
        several.place
    from int_contact_legs as leg
    inner join int_several_legs as several
        on leg.leg_number = several.leg_number
)

select
    max(case when place = 1 then leg_number end) as contact_number,
    system,
    root_contact_id as contact_id,
    min_by(customer_key, case when customer_key is not null then place end) as customer_key,
    -- A blank stands for none: whether nulls take part in min_by depends on the engine.
    nullif(min_by(coalesce(alias_key, ''), case when customer_key is not null then place end), '') as alias_key,
    max(case when place = 1 then direction end) as direction,
    min(started_at) as started_at,
    max(ended_at) as ended_at,
    sum(handle_seconds) as handle_seconds,
    case
        when min(case when is_ai then place end) < max(case when is_human then place end) then 'joint'
        else max_by(mode, case when mode is not null then place end)
    end as mode,
    max_by(channel, case when channel is not null then place end) as channel,
    max_by(queue, case when queue is not null then place end) as queue,
    max_by(workflow, case when workflow is not null then place end) as workflow,
    max_by(issue, case when issue is not null then place end) as issue,
    max_by(product, case when product is not null then place end) as product,
    max_by(region, case when region is not null then place end) as region,
    max_by(language, case when language is not null then place end) as language,
    max_by(ai_model, case when ai_model is not null then place end) as ai_model,
    max_by(agent_id, case when agent_id is not null then place end) as agent_id,
    max_by(case_id, case when case_id is not null then place end) as case_id,
    max_by(ai_confidence, case when ai_confidence is not null then place end) as ai_confidence,
    max_by(resolved_claimed, case when resolved_claimed is not null then place end) as resolved_claimed,
    max(case when is_served then 1 else 0 end) = 1 as is_served,
    max(case when is_phantom then 1 else 0 end) = 1 as has_phantom_leg,
    count(*) as legs,
    count(*) - 1 + sum(coalesce(external_transfers, 0)) as transfer_count
from legs
group by system, root_contact_id

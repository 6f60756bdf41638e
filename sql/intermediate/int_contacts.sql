-- Contacts, their legs merged, with the verdict whether they are eligible.
-- Grain: system, contact_id (the root's id). Metrics: M1, M6. Refresh: whole.
-- Most contacts have one leg and pass through; only the others are aggregated.
with legs as (
    select
        leg.*,
        coalesce(
            leg.served,
            not coalesce(
                lower(leg.disconnect_reason) in (select value from settings_lists where list = 'unserved_disconnect_reasons'),
                false
            )
        ) as leg_served,
        coalesce(
            lower(leg.disconnect_reason) in (select value from settings_lists where list = 'phantom_disconnect_reasons'),
            false
        ) as is_phantom_leg,
        coalesce(leg.mode = 'ai_primary', false) or (leg.ai_model is not null and leg.agent_id is null) as is_ai_leg
    from stg_contacts as leg
),

kinds as (
    select
        *,
        not is_ai_leg and (coalesce(mode = 'human_primary', false) or agent_id is not null) as is_human_leg,
        case
            when mode is not null then mode
            when is_ai_leg then 'ai_primary'
            when agent_id is not null then 'human_primary'
        end as leg_mode
    from legs
),

-- Leg ids are unique in a system, so a contact of several legs has one whose root is another leg.
several as (
    select distinct
        system,
        root_contact_id
    from stg_contacts
    where root_contact_id <> contact_id
),

ordered as (
    select
        leg.*,
        row_number() over (
            partition by leg.system, leg.root_contact_id
            order by leg.started_at, leg.contact_id
        ) as place
    from kinds as leg
    inner join several
        on leg.system = several.system
        and leg.root_contact_id = several.root_contact_id
),

merged as (
    select
        system,
        root_contact_id as contact_id,
        min_by(customer_key, case when customer_key is not null then place end) as customer_key,
        max(case when place = 1 then direction end) as direction,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        sum(handle_seconds) as handle_seconds,
        case
            when min(case when is_ai_leg then place end) < max(case when is_human_leg then place end) then 'joint'
            else max_by(leg_mode, case when leg_mode is not null then place end)
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
        max(case when leg_served then 1 else 0 end) = 1 as is_served,
        max(case when is_phantom_leg then 1 else 0 end) = 1 as has_phantom_leg,
        count(*) as legs,
        count(*) - 1 + sum(coalesce(external_transfers, 0)) as transfer_count
    from ordered
    group by system, root_contact_id
),

single as (
    select
        leg.system,
        leg.root_contact_id as contact_id,
        leg.customer_key,
        leg.direction,
        leg.started_at,
        leg.ended_at,
        leg.handle_seconds,
        leg.leg_mode as mode,
        leg.channel,
        leg.queue,
        leg.workflow,
        leg.issue,
        leg.product,
        leg.region,
        leg.language,
        leg.ai_model,
        leg.agent_id,
        leg.case_id,
        leg.ai_confidence,
        leg.resolved_claimed,
        leg.leg_served as is_served,
        leg.is_phantom_leg as has_phantom_leg,
        1 as legs,
        coalesce(leg.external_transfers, 0) as transfer_count
    from kinds as leg
    where not exists (
        select 1
        from several
        where several.system = leg.system
            and several.root_contact_id = leg.root_contact_id
    )
),

contacts as (
    select * from merged
    union all
    select * from single
),

named as (
    select
        contacts.*,
        coalesce(direction, 'inbound') = 'inbound' as is_inbound,
        -- Phantom and test contacts are those that the configuration names, never by duration alone.
        has_phantom_leg
        or contact_id in (select value from settings_lists where list = 'test_contact_ids')
        or coalesce(customer_key in (select value from settings_lists where list = 'test_customer_keys'), false) as is_phantom,
        started_at at time zone 'UTC' at time zone $time_zone as local_start
    from contacts
)

select
    system,
    contact_id,
    customer_key,
    is_inbound,
    is_served,
    is_phantom,
    is_inbound and is_served and not is_phantom and customer_key is not null as is_eligible,
    started_at,
    ended_at,
    cast(local_start as date) as day,
    cast(extract(hour from local_start) as bigint) as hour_of_day,
    handle_seconds,
    mode,
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
    cast(legs as bigint) as legs,
    cast(transfer_count as bigint) as transfer_count
from named

-- The contact that each complaint links to, and by which rule.
-- Grain: system, complaint_id. Metrics: M8. Refresh: whole.
-- (a) A complaint that names its contact links to that one, or to none.
with by_contact as (
    select
        complaint.system,
        complaint.complaint_id,
        eligible.system as contact_system,
        eligible.contact_id,
        eligible.ended_at,
        case when eligible.contact_id is null then 'unlinked_contact' else 'contact_id' end as link_rule
    from int_complaints as complaint
    left join int_named_contacts as named
        on complaint.system = named.system
        and complaint.contact_id = named.leg_id
    left join int_concerned_contacts as eligible
        on named.system = eligible.system
        and named.contact_id = eligible.contact_id
    where complaint.contact_id is not null
),

-- (b) Otherwise the customer's contacts of the look-back: same issue, else same product, else any; the latest.
candidates as (
    select
        complaint.system,
        complaint.complaint_id,
        eligible.system as contact_system,
        eligible.contact_id,
        eligible.started_at,
        eligible.ended_at,
        case
            when complaint.issue = eligible.issue then 1
            when complaint.product = eligible.product then 2
            else 3
        end as tier
    from int_complaints as complaint
    inner join int_concerned_contacts as eligible
        on complaint.customer_key = eligible.customer_key
        and eligible.ended_at <= complaint.received_at
        and eligible.ended_at >= complaint.received_at - $lookback_days * interval 24 hour
    where complaint.contact_id is null
),

ranked as (
    select
        *,
        row_number() over (
            partition by system, complaint_id
            order by tier, ended_at desc, started_at desc, contact_id desc, contact_system desc
        ) as place
    from candidates
),

by_customer as (
    select
        complaint.system,
        complaint.complaint_id,
        ranked.contact_system,
        ranked.contact_id,
        ranked.ended_at,
        case
            when complaint.customer_key is null then 'unlinked_no_customer'
            when ranked.tier is null then 'unlinked_no_contact'
            when ranked.tier = 1 then 'same_issue'
            when ranked.tier = 2 then 'same_product'
            else 'any'
        end as link_rule
    from int_complaints as complaint
    left join ranked
        on complaint.system = ranked.system
        and complaint.complaint_id = ranked.complaint_id
        and ranked.place = 1
    where complaint.contact_id is null
)

select
    system,
    complaint_id,
    contact_system,
    contact_id,
    ended_at,
    link_rule
from by_contact
union all
select
    system,
    complaint_id,
    contact_system,
    contact_id,
    ended_at,
    link_rule
from by_customer

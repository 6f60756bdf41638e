-- The contact that each survey response is about, by which rule, and whether it is the response that counts for it.
-- Grain: system, response_id. Metrics: M7. Refresh: whole.
-- A response without rating, recommendation or words is unfinished: it links to nothing and is no response.
with finished as (
    select
        system,
        response_id,
        responded_at,
        contact_id,
        customer_key,
        csat is not null or nps is not null or verbatim is not null as is_finished
    from stg_surveys
),

-- (a) A response that names its contact is about that one, or about none.
by_contact as (
    select
        response.system,
        response.response_id,
        response.responded_at,
        contact.system as contact_system,
        contact.contact_id,
        case
            when contact.contact_id is null then 'unlinked_contact'
            when response.responded_at < contact.ended_at then 'before_the_end'
            else 'contact_id'
        end as link_rule
    from finished as response
    left join int_legs as leg
        on response.system = leg.system
        and response.contact_id = leg.leg_id
    left join int_contacts as contact
        on leg.system = contact.system
        and leg.contact_id = contact.contact_id
    where response.is_finished
        and response.contact_id is not null
),

-- (b) Otherwise about the customer's latest contact that ended within the seven days before.
candidates as (
    select
        response.system,
        response.response_id,
        contact.system as contact_system,
        contact.contact_id,
        row_number() over (
            partition by response.system, response.response_id
            order by contact.ended_at desc, contact.started_at desc, contact.contact_id desc, contact.system desc
        ) as place
    from finished as response
    inner join int_contacts as contact
        on response.customer_key = contact.customer_key
        and contact.ended_at <= response.responded_at
        and contact.ended_at >= response.responded_at - interval 168 hour
    where response.is_finished
        and response.contact_id is null
),

by_customer as (
    select
        response.system,
        response.response_id,
        response.responded_at,
        candidates.contact_system,
        candidates.contact_id,
        case
            when response.customer_key is null then 'unlinked_no_customer'
            when candidates.contact_id is null then 'unlinked_no_contact'
            else 'customer'
        end as link_rule
    from finished as response
    left join candidates
        on response.system = candidates.system
        and response.response_id = candidates.response_id
        and candidates.place = 1
    where response.is_finished
        and response.contact_id is null
),

unfinished as (
    select
        system,
        response_id,
        responded_at,
        cast(null as varchar) as contact_system,
        cast(null as varchar) as contact_id,
        'unfinished' as link_rule
    from finished
    where not is_finished
),

links as (
    select * from by_contact
    union all
    select * from by_customer
    union all
    select * from unfinished
)

select
    system,
    response_id,
    contact_system,
    contact_id,
    link_rule,
    -- Of several responses about a contact the first one after its end counts.
    coalesce(
        link_rule in ('contact_id', 'customer')
        and row_number() over (
            partition by contact_system, contact_id, link_rule in ('contact_id', 'customer')
            order by responded_at, response_id, system
        ) = 1,
        false
    ) as is_counted
from links

-- The contact that each survey response is about, by which rule, and whether it is the response that counts for it.
-- Grain: system, response_id. Metrics: M7. Refresh: whole.
-- A response without rating, recommendation or words is unfinished: it links to nothing and is no response.
-- Clocks differ: one that came up to $survey_early_seconds before the recorded end of a contact counts as after it.
with finished as (
    select
        system,
        response_id,
        responded_at,
        contact_id,
        customer_key,
        csat is not null or nps is not null or verbatim is not null as is_finished
    from int_surveys
),

-- (a) A response that names its contact is about that one, or about none.
by_contact as (
    select
        response.system,
        response.response_id,
        response.responded_at,
        contact.system as contact_system,
        contact.contact_id,
        contact.is_eligible,
        case
            when contact.contact_id is null then 'unlinked_contact'
            when response.responded_at < contact.ended_at - $survey_early_seconds * interval 1 second then 'before_the_end'
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

-- (b) Otherwise about the customer's latest contact that ended within the seven days before, or is about to end. One
-- that was still going on says why a response links to nothing, no more.
candidates as (
    select
        response.system,
        response.response_id,
        contact.system as contact_system,
        contact.contact_id,
        contact.is_eligible,
        contact.started_at,
        contact.ended_at,
        contact.ended_at > response.responded_at + $survey_early_seconds * interval 1 second as is_going_on
    from finished as response
    inner join int_contacts as contact
        on response.customer_key = contact.customer_key
        and contact.ended_at >= response.responded_at - interval 168 hour
        and (
            contact.ended_at <= response.responded_at + $survey_early_seconds * interval 1 second
            or contact.started_at <= response.responded_at
        )
    where response.is_finished
        and response.contact_id is null
),

ranked as (
    select
        *,
        row_number() over (
            partition by system, response_id
            order by is_going_on, ended_at desc, started_at desc, contact_id desc, contact_system desc
        ) as place
    from candidates
),

by_customer as (
    select
        response.system,
        response.response_id,
        response.responded_at,
        ranked.contact_system,
        ranked.contact_id,
        ranked.is_eligible,
        case
            when response.customer_key is null then 'unlinked_no_customer'
            when ranked.contact_id is null then 'unlinked_no_contact'
            when ranked.is_going_on then 'before_the_end'
            else 'customer'
        end as link_rule
    from finished as response
    left join ranked
        on response.system = ranked.system
        and response.response_id = ranked.response_id
        and ranked.place = 1
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
        cast(null as boolean) as is_eligible,
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
),

placed as (
    select
        *,
        link_rule in ('contact_id', 'customer') as is_linked,
        -- Of several responses about a contact the first one after its end counts.
        row_number() over (
            partition by contact_system, contact_id, link_rule in ('contact_id', 'customer')
            order by responded_at, response_id, system
        ) as place
    from links
)

select
    system,
    response_id,
    contact_system,
    contact_id,
    link_rule,
    is_linked and place = 1 as is_counted,
    -- What became of it, for those who ask where the answers are.
    case
        when not is_linked and link_rule <> 'unfinished' then link_rule
        when is_linked and not is_eligible then 'not_eligible'
        when is_linked and place = 1 then 'counted'
        when is_linked then 'later_response'
        else link_rule
    end as fate
from placed

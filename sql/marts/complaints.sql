-- Regulator complaints with the contact that each links to.
-- Grain: system, complaint_id. Metrics: M7, M8. Refresh: whole.
with complaints as (
    select
        complaint.*,
        link.contact_system,
        link.contact_id as linked_contact_id,
        link.link_rule,
        link.ended_at,
        words.score as narrative_sentiment,
        cast(complaint.received_at at time zone 'UTC' at time zone $time_zone as date) as received_day
    from int_complaints as complaint
    inner join int_complaint_links as link
        on complaint.system = link.system
        and complaint.complaint_id = link.complaint_id
    left join int_text_sentiment as words
        on words.kind = 'narrative'
        and complaint.system = words.system
        and complaint.complaint_id = words.owner_id
)

select
    system,
    complaint_id,
    regulator,
    received_at,
    received_day,
    customer_key,
    contact_system,
    linked_contact_id as contact_id,
    link_rule,
    date_diff('microsecond', ended_at, received_at) / 86400000000.0 as days_to_complaint,
    case
        when linked_contact_id is not null then ended_at <= received_at and received_at <= ended_at + interval 720 hour
    end as within_30d,
    company,
    product,
    issue,
    region,
    company_response,
    timely,
    disputed,
    narrative,
    narrative_sentiment
from complaints

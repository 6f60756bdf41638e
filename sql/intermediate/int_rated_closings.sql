-- Eligible contacts with scored closing turns and a rating that came later: what the customer-rating scale is learned from.
-- Grain: system, contact_id. Metrics: M7. Refresh: view.
select
    contact.system,
    contact.contact_id,
    numbers.customer,
    epoch_us(contact.ended_at) as ended_us,
    sentiment.closing_negative,
    sentiment.closing_neutral,
    sentiment.closing_positive,
    sentiment.csat
from int_contact_sentiment as sentiment
inner join int_contacts as contact
    on sentiment.system = contact.system
    and sentiment.contact_id = contact.contact_id
inner join int_customer_numbers as numbers
    on contact.customer_key = numbers.customer_key
where contact.is_eligible
    and sentiment.csat is not null
    and sentiment.closing_sentiment is not null

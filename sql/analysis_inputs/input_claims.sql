-- What the AI claimed, how sure it was, and what is known of it: the pairs that calibration judges.
-- Grain: system, claim_id. Metrics: M9, M10. Refresh: whole.
-- The verdict of a reviewer and the outcome of the contact are two label sources that are never pooled; the outcome
-- speaks for claims about resolution only.
select
    claim.system,
    claim.claim_id,
    contact.contact_id,
    coalesce(numbers.customer, -1) as customer,
    contact.day,
    strftime(contact.day, '%Y-%m') as month,
    contact.started_at,
    contact.mode,
    contact.channel,
    contact.queue,
    contact.workflow,
    contact.issue,
    contact.product,
    contact.region,
    contact.language,
    contact.ai_model,
    contact.hour_of_day,
    lower(claim.claim_type) as claim_type,
    claim.stated_confidence,
    claim.verified_correct,
    coalesce(claim.review_sampling, 'unknown') as review_sampling,
    case when lower(claim.claim_type) = 'resolution' then outcome.resolved_outcome end as resolved_outcome,
    -- Whether the AI's answer stood (M10); null where no AI led the contact, or it is not eligible.
    outcome.contained as is_kept,
    outcome.resolved_outcome is not null as is_settled,
    outcome.opening_sentiment
from stg_ai_claims as claim
inner join int_legs as leg
    on claim.system = leg.system
    and claim.contact_id = leg.leg_id
inner join int_contacts as contact
    on leg.system = contact.system
    and leg.contact_id = contact.contact_id
left join int_customer_numbers as numbers
    on contact.customer_key = numbers.customer_key
left join contact_outcomes as outcome
    on contact.system = outcome.system
    and contact.contact_id = outcome.contact_id

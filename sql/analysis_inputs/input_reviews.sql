-- The random review sample with its verdicts, as the estimate for all claims reads it.
-- Grain: system, claim_id (of the sample). Metrics: M9. Refresh: whole.
-- A verdict that was given because a claim looked doubtful says nothing about the others, drawn or not: only random ones count.
select
    sample.system,
    sample.claim_id,
    coalesce(numbers.customer, -1) as customer,
    strftime(sample.day, '%Y-%m') as month,
    sample.claim_type,
    sample.mode,
    sample.channel,
    sample.queue,
    sample.workflow,
    sample.issue,
    sample.product,
    sample.region,
    sample.language,
    sample.ai_model,
    sample.stated_confidence,
    sample.sampling_weight,
    case when sample.review_sampling = 'random' then sample.verified_correct end as verified_correct
from review_sample as sample
inner join int_contacts as contact
    on sample.system = contact.system
    and sample.contact_id = contact.contact_id
left join int_customer_numbers as numbers
    on contact.customer_key = numbers.customer_key

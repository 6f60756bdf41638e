-- The claims of the review sample as they were delivered: a verdict is a new version of the claim, which carries all of it along.
-- Grain: system, claim_id. Metrics: M9. Refresh: whole.
select
    sample.system,
    sample.claim_id,
    sample.day,
    claim.contact_id as leg_id,
    cast(claim.turn_index as bigint) as turn_index,
    claim.claim_type,
    claim.claimed_value,
    claim.stated_confidence,
    claim.verified_correct,
    claim.verified_by,
    claim.verified_at,
    claim.verified_blind,
    claim.updated_at
from review_sample as sample
inner join stg_ai_claims as claim
    on sample.system = claim.system
    and sample.claim_id = claim.claim_id

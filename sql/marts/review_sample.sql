-- The AI's claims that are to be reviewed: of every day a random sample, so that what reviewers find stands for all claims.
-- Grain: system, claim_id. Metrics: M9 (reviewed, random), M15. Refresh: whole.
-- Systematic sampling from a list sorted by stratum (claim type, model, workflow), in random order within it, with a random
-- start (W. G. Cochran, Sampling Techniques, 3rd ed. (1977), chapter 8): every claim of a day is equally likely, and every
-- stratum is drawn in proportion. What looks random is a hash of $review_seed, so that every night draws the same again;
-- claims that arrive late may displace others, and what was reviewed by then keeps its verdict.
with claims as (
    select
        claim.system,
        claim.claim_id,
        contact.contact_id,
        contact.day,
        lower(claim.claim_type) as claim_type,
        contact.mode,
        contact.channel,
        contact.queue,
        contact.workflow,
        contact.issue,
        contact.product,
        contact.region,
        contact.language,
        contact.ai_model,
        claim.turn_index,
        claim.stated_confidence,
        claim.verified_correct,
        claim.review_sampling
    from stg_ai_claims as claim
    inner join int_legs as leg
        on claim.system = leg.system
        and claim.contact_id = leg.leg_id
    inner join int_contacts as contact
        on leg.system = contact.system
        and leg.contact_id = contact.contact_id
),

listed as (
    select
        *,
        row_number() over (
            partition by day
            order by claim_type, ai_model, workflow, sha256(concat_ws('|', $review_seed, system, claim_id)), system, claim_id
        ) as place,
        count(*) over (partition by day) as claims_of_day,
        count(*) over (partition by day, claim_type, ai_model, workflow) as claims_of_stratum,
        cast(concat('0x', substr(sha256(concat_ws('|', $review_seed, cast(day as varchar))), 1, 8)) as bigint) / 4294967296.0 as random_start
    from claims
),

drawn as (
    select
        *,
        least(1.0, $review_per_day / cast(claims_of_day as double)) as inclusion_probability
    from listed
)

select
    system,
    claim_id,
    contact_id,
    day,
    claim_type,
    mode,
    channel,
    queue,
    workflow,
    issue,
    product,
    region,
    language,
    ai_model,
    cast(turn_index as bigint) as turn_index,
    stated_confidence,
    inclusion_probability,
    1 / inclusion_probability as sampling_weight,
    claims_of_day,
    claims_of_stratum,
    verified_correct,
    review_sampling
from drawn
where floor(place * inclusion_probability + random_start) > floor((place - 1) * inclusion_probability + random_start)

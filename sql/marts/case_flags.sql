-- Cases in which a claim of resolution and what happened afterwards contradict each other: the flags of all rules, one file a rule (flag_<rule>.sql).
-- Grain: system, contact_id, rule. Metrics: M15 (D1 to D8). Refresh: whole.
-- A flag is raised as soon as the contradiction is seen, and says what has happened whatever window is still open; D1 to D3 need not wait for the window to close, D4 and D6 rest on resolved_outcome, which does.
-- known_at is when the last of the facts that raise the flag was known, by what the records say. When a run saw it does not matter.
-- Adding a rule: a file with rule, code, system, contact_id, severity, known_at and evidence; a line here; its name and number in CASE_RULES; its sentence in dashboards/wording/flags.py.
with flags as (
    select * from flag_claimed_resolved_came_back
    union all by name
    select * from flag_fast_but_unhappy
    union all by name
    select * from flag_claimed_resolved_complained
    union all by name
    select * from flag_confident_and_wrong
    union all by name
    select * from flag_promise_broken
    union all by name
    select * from flag_slow_but_good
    union all by name
    select * from flag_handoff_amnesia
    union all by name
    select * from flag_stuck_with_ai
)

select
    flag.system,
    flag.contact_id,
    flag.rule,
    flag.code,
    cast(flag.severity as bigint) as severity,
    flag.known_at,
    outcome.day,
    outcome.customer_key,
    outcome.mode,
    outcome.channel,
    outcome.queue,
    outcome.workflow,
    outcome.issue,
    outcome.product,
    outcome.region,
    outcome.language,
    outcome.ai_model,
    outcome.agent_id,
    cast(flag.evidence as varchar) as evidence,
    -- A reviewer's verdict can name the evidence that it was given on.
    left(sha256(cast(flag.evidence as varchar)), 16) as evidence_hash
from flags as flag
inner join contact_outcomes as outcome
    on flag.system = outcome.system
    and flag.contact_id = outcome.contact_id

-- Reviewers' verdicts on case flags, each with the flag that it is about, or why that no longer stands as it was judged.
-- Grain: system, disposition_id. Metrics: M15. Refresh: whole.
-- A rule may be named by its name or its code. Of several verdicts on one flag the latest counts. Stale: the flag is no
-- longer raised, its evidence is another than the reviewer named, or a leg of its contact was changed afterwards.
with named as (
    select
        verdict.system,
        verdict.disposition_id,
        coalesce(leg.contact_id, verdict.contact_id) as contact_id,
        leg.contact_id is not null as is_known_contact,
        coalesce(rules.rule, verdict.rule) as rule,
        verdict.verdict,
        verdict.reason,
        verdict.decided_by,
        verdict.decided_at,
        verdict.evidence_hash,
        verdict.given_blind
    from stg_dispositions as verdict
    left join int_legs as leg
        on verdict.system = leg.system
        and verdict.contact_id = leg.leg_id
    left join flag_rules as rules
        on verdict.rule in (lower(rules.code), rules.rule)
),

changed as (
    select
        leg.system,
        leg.contact_id,
        max(record.updated_at) as updated_at
    from int_legs as leg
    inner join stg_contacts as record
        on leg.system = record.system
        and leg.leg_id = record.contact_id
    where record.updated_at is not null
    group by leg.system, leg.contact_id
),

placed as (
    select
        named.*,
        row_number() over (
            partition by system, contact_id, rule
            order by decided_at desc, disposition_id desc
        ) as place
    from named
)

select
    placed.system,
    placed.disposition_id,
    placed.contact_id,
    placed.rule,
    flag.code,
    flag.day,
    flag.mode,
    placed.verdict,
    placed.reason,
    placed.decided_by,
    placed.decided_at,
    placed.given_blind,
    placed.place = 1 as is_latest,
    case
        when not placed.is_known_contact then 'unknown_contact'
        when flag.rule is null then 'no_longer_flagged'
        when placed.evidence_hash <> flag.evidence_hash then 'evidence_changed'
        when changed.updated_at > placed.decided_at then 'contact_changed'
    end as stale_reason
from placed
left join case_flags as flag
    on placed.system = flag.system
    and placed.contact_id = flag.contact_id
    and placed.rule = flag.rule
left join changed
    on placed.system = changed.system
    and placed.contact_id = changed.contact_id

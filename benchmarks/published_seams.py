"""Handoffs, promises, modes, people and the review sample of the benchmark's snapshot: `published_world` takes them from here.

Tables of cases grow with the contacts (a handoff in every contact that began with the AI and ended with a person, a promise
in one of six); tables of statistics have a row for each measure of each group, as a night writes them.
"""

#: Groups of a dimension each, besides those of published_world: what handoffs, promises and stuck contacts are cut by.
SEAM_GROUPS = """with groups as (
    select '{}' as "grouping"
    union all select distinct json_object('mode', mode)::varchar from contacts
    union all select distinct json_object('channel', channel)::varchar from contacts
    union all select distinct json_object('workflow', workflow)::varchar from contacts
    union all select distinct json_object('queue', queue)::varchar from contacts
    union all select distinct json_object('issue', issue)::varchar from contacts where issue is not null
    union all select distinct json_object('region', region)::varchar from contacts
    union all select json_object('hour_of_day', hour)::varchar from range(24) as h(hour)
    union all select json_object('trigger', value)::varchar from (values ('sentiment'), ('keyword'), ('low_confidence')) as t(value)
    union all select json_object('kind', value)::varchar from (values ('refund'), ('credit'), ('callback')) as t(value)
    union all select json_object('made_by', value)::varchar from (values ('ai'), ('agent')) as t(value)
)"""

_SHARE = {"numerator": "300", "n": "1000", "value": "0.3", "lower": "0.27", "upper": "0.33"}


def _rates(*measures: str) -> str:
    values = ", ".join(f"('{name}')" for name in measures)
    return f"""({SEAM_GROUPS} select "grouping", measure from groups, (values {values}) as m(measure))"""


_PARTS = ("complete", "summary_arrived", "transcript_arrived", "tool_results_arrived", "attempt_account_arrived")
_PEOPLE = """(select kind, kind || '_' || i::varchar as name, i, measure from range(400) as r(i),
    (values ('agent_id'), ('queue')) as k(kind),
    (values ('repeat_any_30d'), ('false_resolution'), ('negative_survey_csat'), ('complaints_per_1000')) as m(measure)
    where kind = 'agent_id' or i < 16)"""

#: Table → (where its rows come from, column → expression); columns of the same name come from ``contacts``.
SEAMS: dict[str, tuple[str, dict[str, str]]] = {
    "handoff_quality": (
        "contacts where mode = 'joint'",
        {
            "system": "'default'",
            "handoff_id": "'H' || contact_id",
            "customer_key": "md5(contact_id)",
            "occurred_at": "day + interval 9 hour",
            "hour_of_day": "place",
            "trigger": "['sentiment', 'keyword', 'low_confidence'][1 + place % 3]",
            "has_summary": "place % 2 = 0",
            "has_transcript": "place % 3 = 0",
            "has_tool_results": "place % 5 = 0",
            "has_attempt_account": "place % 7 = 0",
            "parts_recorded": "4",
            "completeness": "(place % 5) / 4.0",
            "seconds_to_human": "seconds / 10",
            "customer_repeated": "came_back",
            "repeated_basis": "'recorded'",
        },
    ),
    "commitments": (
        "contacts where place < 3",
        {
            "system": "'default'",
            "commitment_id": "'P' || contact_id",
            "customer_key": "md5(contact_id)",
            "hour_of_day": "9",
            "source": "case when place = 0 then 'spoken' else 'recorded' end",
            "made_by": "case when mode = 'human_primary' then 'agent' else 'ai' end",
            "kind": "['refund', 'credit', 'callback'][1 + place]",
            "amount": "case when place < 2 then seconds / 8 end",
            "currency": "case when place < 2 then 'USD' end",
            "made_at": "day + interval 10 hour",
            "due_at": "day + interval 5 day",
            "status": "['kept_on_time', 'kept_late', 'broken', 'pending'][1 + (seconds % 4)::integer]",
        },
    ),
    "mode_mix": (
        "(select day, workflow, mode, place, count(*) as number from contacts group by all)",
        {
            "day": "day", "workflow": "workflow", "mode": "mode", "hour_of_day": "place", "contacts": "number",
            "eligible": "number",
        },
    ),
    "review_sample": (
        "contacts where ai_model is not null and hash(contact_id) % 50 = 0",
        {
            "system": "'default'",
            "claim_id": "'L' || contact_id",
            "claim_type": "'resolution'",
            "stated_confidence": "0.8",
            "inclusion_probability": "0.02",
            "sampling_weight": "50",
            "verified_correct": "case when mature then not same_issue end",
        },
    ),
    "review_claims": (
        "contacts where ai_model is not null and hash(contact_id) % 50 = 0",
        {
            "system": "'default'",
            "claim_id": "'L' || contact_id",
            "leg_id": "contact_id",
            "claim_type": "'resolution'",
            "claimed_value": "'resolved'",
            "stated_confidence": "0.8",
        },
    ),
    "handoff_rates": (
        _rates(*_PARTS, "customer_repeated", "median_seconds_to_human", "p90_seconds_to_human"),
        {"grouping": '"grouping"', "measure": "measure", **_SHARE},
    ),
    "promise_rates": (
        _rates("kept_on_time", "kept_late", "broken"),
        {"grouping": '"grouping"', "measure": "measure", **_SHARE},
    ),
    "stuck": (
        _rates("observable", "stuck", "hung_up_unresolved", "was_misunderstood", "asked_for_human"),
        {"grouping": '"grouping"', "measure": "measure", **_SHARE},
    ),
    "suggestion_reliance": (
        f"(select * from {_rates('accepted_wrong', 'rejected_right')}, (values ('0-3'), ('3-12'), ('12+'), (null)) as t(tenure))",
        {"grouping": '"grouping"', "tenure": "tenure", "measure": "measure", **_SHARE},
    ),
    "small_segments": (
        _PEOPLE,
        {
            "kind": "kind", "name": "name", "measure": "measure", "period": "'2026-07-06/2026-09-27'", "numerator": "30",
            "n": "100", "raw": "0.3", "shrunk": "0.2 + i / 4000.0", "lower": "0.15", "upper": "0.4", "weight": "0.8",
            "rank": "i + 1", "groups": "400", "prior_mean": "0.3", "prior_concentration": "40",
        },
    ),
    "outcomes_compared": (
        """(select subject, factor, level, measure from (values ('handoff', 'summary', 'missing'), ('handoff', 'completeness', '0 of 4'),
        ('promise', 'status', 'broken'), ('stuck', 'stuck', 'yes')) as s(subject, factor, level),
        (values ('repeat_any_30d'), ('unresolved'), ('closing_sentiment'), ('next_asked_for_human')) as m(measure))""",
        {
            "subject": "subject", "factor": "factor", "level": "level", "reference": "'the other'", "measure": "measure", "unit": "'share'",
            "n": "9000", "n_reference": "9000", "customers": "15000", "value": "0.3", "reference_value": "0.25",
            "adjusted": "0.3", "reference_adjusted": "0.25", "difference": "0.05", "lower": "0.03", "upper": "0.07",
            "covered": "1", "p": "0.001", "q": "0.002",
        },
    ),
    "escalation_cost": (
        """(select workflow, mood, step from (select distinct workflow from contacts),
        (values ('negative'), ('not_negative'), ('unknown')) as m(mood), range(101) as s(step))""",
        {
            "workflow": "workflow", "mood": "mood", "confidence_kind": "'raw'", "threshold": "step / 100.0",
            "cost": "9000 + abs(step - 60) * 50", "lower": "8500 + abs(step - 60) * 50", "upper": "9500 + abs(step - 60) * 50",
            "kept": "1000 - 10 * step", "kept_wrong": "300 - 3 * step", "handed_off": "10 * step",
        },
    ),
    "escalation_policy": (
        """(select workflow, mood from (select distinct workflow from contacts),
        (values ('negative'), ('not_negative'), ('unknown')) as m(mood))""",
        {
            "workflow": "workflow", "mood": "mood", "confidence_kind": "'raw'", "claims": "9000", "labelled": "8000",
            "cost_wrong": "25", "cost_handoff": "6", "threshold": "0.6", "cost": "9000", "in_force": "9400",
            "regret": "400", "regret_lower": "200", "regret_upper": "600",
        },
    ),
}  # fmt: skip

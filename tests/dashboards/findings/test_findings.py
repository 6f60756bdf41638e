"""Headlines of the statistics by hand: calibration, escalation, divergence, validity, small segments, and their absence."""

import json
import math
from typing import Any

import pytest
from builders.season import HOSTILE
from builders.snapshots import table_frame
from builders.statistics_tables import COMPLAINED, SHORTER, curve, histogram, policy, segment, summary

from dashboards.findings.calibration import CalibrationFindings, calibration
from dashboards.findings.divergence import DivergenceFindings, basis, divergence, read_issues
from dashboards.findings.escalation import Escalation, escalation, said_threshold
from dashboards.findings.small_segments import standing_out
from dashboards.findings.validity import validity
from dashboards.panels.findings import reliability_panel
from dashboards.snapshot.groups import ALL, Group, of_mode, read_group, read_names
from dashboards.wording.calibration import NO_CLAIMS
from dashboards.wording.dates import describe_days
from dashboards.wording.divergence import MeasureChange
from dashboards.wording.validity import NONE, MonthValue

Rows = list[dict[str, Any]]


def calibrated(rows: Rows, curves: Rows = (), bars: Rows = (), group: Group = ALL) -> CalibrationFindings:  # type: ignore[assignment]
    return calibration(
        table_frame("calibration_summary", rows).lazy(),
        table_frame("calibration_curve", curves).lazy(),
        table_frame("confidence_histogram", bars).lazy(),
        group,
    )


def diverged(*rows: dict[str, Any]) -> DivergenceFindings:
    return divergence(table_frame("segment_divergence", rows).lazy())


def judged(*rows: dict[str, Any]) -> Escalation:
    return escalation(table_frame("escalation_policy", rows).lazy(), "INR")


# Names of groups


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "all contacts"),
        (None, "all contacts"),
        ('{"workflow": "billing", "ai_model": "v2"}', "billing contacts with AI model v2"),
        ('{"hour_of_day": 9}', "contacts at 09:00"),
        ('{"mode": null}', "contacts without a recorded mode"),
        ('{"mode": "ai_primary", "queue": "billing"}', "AI-led contacts in queue billing"),
        ('{"mode": "ai_primary_2"}', "ai_primary_2 contacts"),
        (json.dumps({"queue": "q" * 161}), f"contacts in queue {'q' * 159}…"),
        ('{"queue": "\u202eb\u2066a"}', "contacts in queue ba"),
        ('{"queue": {"a": [1]}}', 'contacts in queue {"a": [1]}'),
        ("[1]", "[1]"),
        ("no json", "no json"),
        ("[" * 100_000, "[" * 159 + "…"),
        (json.dumps({"queue": HOSTILE}), f"contacts in queue {HOSTILE}"),
    ],
)
def test_groups_are_read_with_no_trust(text: str | None, words: str) -> None:
    assert read_group(text).words == words


def test_only_an_empty_object_is_all_contacts() -> None:
    assert read_group(" { } ") == ALL
    assert read_group("[]") != ALL
    assert read_group("") != ALL


def test_other_names_of_a_segment() -> None:
    assert read_names('[{"queue": "a"}, "{\\"queue\\": \\"b\\"}", "c"]') == (
        "contacts in queue a",
        "contacts in queue b",
        "c",
    )
    assert read_names("no json") == ("no json",)
    assert read_names(None) == read_names("[]") == ()


def test_spans_of_days() -> None:
    assert describe_days("2026-08-04/2026-08-31") == "4–31 Aug 2026"
    assert describe_days("2026-12-28/2027-01-03") == "28 Dec 2026 – 3 Jan 2027"
    assert describe_days("some day") == "some day"


# Calibration


def test_label_sources_stand_apart_and_only_headlines_are_quoted() -> None:
    found = calibrated(
        [
            summary("{}", "reviewed", review_sampling="random", accuracy=0.5),
            summary("{}", "reviewed", is_headline=False, n=3000),
            summary("{}", "outcome", n=900),
            summary("{}", "outcome", period="2026-10", n=100),
            summary('{"mode": "joint"}', "outcome", n=200),
        ]
    )
    assert [(s.label_source, s.name, s.n, s.accuracy) for s in found.sources] == [
        ("outcome", "judged by outcomes", 900, None),
        ("reviewed", "judged by reviewers, random sample", 500, 0.5),
    ]
    assert [s.furthest + s.drift for s in found.sources] == ["", ""]


def test_the_group_furthest_off_is_sure_and_one_dimension_or_model_with_workflow() -> None:
    told = {"lower": 0.1, "upper": 0.3, "q_value": 0.05}
    found = calibrated(
        [
            summary("{}", "outcome", bias=0.9, q_value=0.0),
            summary('{"region": "north"}', "outcome", bias=0.8, q_value=0.06),
            summary('{"region": "n", "queue": "q"}', "outcome", bias=0.7, q_value=0.0),
            summary('{"queue": "other"}', "reviewed", bias=0.6, q_value=0.0),
            summary('{"queue": "x"}', "outcome", bias=0.6, q_value=0.0, is_headline=False),
            summary('{"queue": "month"}', "outcome", period="2026-10", bias=0.6, q_value=0.0),
            summary('{"ai_model": "v2", "workflow": "billing"}', "outcome", n=1240, bias=0.2, **told),
            summary('{"claim_type": "fact"}', "outcome", n=300, bias=-0.25, lower=-0.31, upper=-0.2, q_value=0.001),
        ]
    )
    (source,) = found.sources
    assert source.furthest == "Fact claims: underconfident by 25.0 points (20.0 to 31.0), n\u00a0=\u00a0300."


def test_drift_is_that_of_the_latest_month_that_has_one() -> None:
    def month(group: str, period: str, drift: float, q: float) -> dict[str, Any]:
        bounds = {"drift_lower": drift - 0.05, "drift_upper": drift + 0.05}
        return summary(group, "outcome", period=period, previous_period="2026-08", drift=drift, drift_q=q, **bounds)

    found = calibrated(
        [
            summary("{}", "outcome"),
            month('{"queue": "a"}', "2026-08", 0.5, 0.0),
            month('{"queue": "b"}', "2026-09", -0.04, 0.05),
            month('{"queue": "c"}', "2026-09", 0.03, 0.05),
            month('{"queue": "d"}', "2026-10", 0.5, 0.06),
        ]
    )
    assert found.sources[0].drift == (
        "Contacts in queue b: 4.0 points (−1.0 to 9.0) more underconfident in Sep 2026 than in Aug 2026."
    )


def test_a_mode_has_its_own_headline_and_curve() -> None:
    cut = '{"mode":"joint"}'
    rows = [
        summary("{}", "outcome"),
        summary(
            cut, "outcome", n=333, mean_confidence=0.8, accuracy=0.7, bias=0.1, lower=0.05, upper=0.15, q_value=0.01
        ),
        summary('{"queue": "a"}', "outcome", bias=0.6, q_value=0.0),
    ]
    curves = curve("outcome", None, 0.6, "{}") + curve("outcome", None, 0.6, cut)[:3]
    found = calibrated(rows, curves, histogram("outcome", None, 100, cut), of_mode("joint"))
    (source,) = found.sources
    assert (source.n, source.accuracy, len(source.curve), source.furthest) == (333, 0.7, 3, "")
    assert source.sentence.startswith("Joint contacts: the AI is overconfident by 10.0 points")
    assert (len(source.histogram), source.is_compared) == (20, False)
    none = calibrated(rows, group=of_mode("human_primary"))
    assert none.sentence.startswith("No calibration for human-led contacts: ")


def test_the_diagram_shows_curve_both_bands_and_claims() -> None:
    points = [
        {"confidence": 0.62, "estimate": 0.4, "lower": 0.3, "upper": 0.5, "consistency_lower": 0.6, "consistency_upper": 0.7},
        {"confidence": 0.9, "estimate": 0.7, "lower": 0.6, "upper": 0.8, "consistency_lower": 0.85, "consistency_upper": 0.95},
    ]  # fmt: skip
    curves = [{"grouping": "{}", "label_source": "outcome", **point} for point in points]
    bars = [
        {"grouping": "{}", "label_source": "outcome", "bar_from": start, "bar_to": start + 0.05, "claims": claims}
        for start, claims in ((0.0, 0), (0.6, 40), (0.9, 60))
    ]
    found = calibrated([summary("{}", "outcome", n=100, reason="one customer: no interval")], curves, bars)
    panel = reliability_panel(found.sources[0])
    named = {trace.name: trace for trace in panel.figure.data}
    assert list(named["how often right"].x) == pytest.approx([62.0, 90.0])
    assert list(named["how often right"].y) == pytest.approx([40.0, 70.0])
    assert list(named["90% bootstrap band"].y) == pytest.approx([50.0, 80.0, 60.0, 30.0])
    assert list(named["calibrated model, 90% band"].y) == pytest.approx([70.0, 95.0, 85.0, 60.0])
    # The axis begins at the least stated confidence, rounded down.
    assert list(named["stated = right"].x) == [60.0, 100]
    assert list(named["claims"].y) == [0, 40, 60]
    assert (panel.sentence, panel.title.text) == (
        "One customer: no interval.",
        "Stated confidence, judged by outcomes",
    )
    assert panel.title.subtitle.startswith("M9 · n = 100 claims")
    assert panel.table.rows[0] == ("62.0%", "40.0%", "30.0–50.0%", "60.0–70.0%")
    assert panel.more is not None
    assert panel.more.rows == (("60–65%", "40"), ("90–95%", "60"))


def test_no_claims_are_said_to_be_none() -> None:
    found = calibrated([])
    assert (found.sources, found.sentence) == ((), NO_CLAIMS)


# Escalation


def test_the_policies_that_cost_most_are_named_once_each() -> None:
    billing = {"regret": 2000.0, "regret_lower": 500.0, "regret_upper": 3500.0}
    found = judged(
        policy("billing", "negative", **billing, confidence_kind="raw", regret_total=9000.0),
        policy("billing", "negative", **billing, regret_total=1800.0, threshold=0.8, cost=9.0, reason="it stops"),
        policy("cards", "negative", **billing, confidence_kind="raw", regret_total=700.0),
        policy("cards", "negative", reason="no map"),
        policy("delivery", "unknown", **billing, regret_total=650.0),
        policy("chance", "unknown", regret_lower=-1.0, regret_upper=9.0, regret_total=4000.0),
        policy("other", "unknown", regret_lower=-9.0, regret_upper=-1.0, regret_total=-3.0),
        policy("none", "unknown", reason="insufficient"),
    )
    assert [(p.workflow, p.confidence_kind, p.excess_total) for p in found.policies] == [
        ("billing", "recalibrated", 1800.0),
        ("cards", "raw", 700.0),
    ]
    assert (found.policies[0].excess, found.policies[0].excess_lower, found.policies[0].threshold) == (2000, 500, 0.8)
    assert found.policies[0].basis == "Judged on 900 claims of 15 Sep – 22 Oct 2026."
    # 1,800 + 700 + 650: one kind of confidence each, and nothing of what may be chance or cost less.
    assert found.excess == 3150.0
    assert [p.stops for p in found.policies] == ["It stops.", ""]
    assert (found.judged, found.looked_at) == (5, 6)


def test_a_reason_that_the_sentence_gives_is_not_given_twice() -> None:
    found = judged(policy("a", "unknown", regret_lower=0.1, regret_upper=2.0, regret_total=1.0, reason="it stops"))
    assert (found.policies[0].stops, found.policies[0].sentence.count("it stops")) == ("", 1)


def test_without_costs_without_verdict_and_without_regret() -> None:
    assert "[costs] in the configuration" in judged().sentence
    none = judged(policy("a", "unknown", claims=5, reason="few"), policy("b", "unknown", claims=9, reason="no label"))
    assert (none.judged, none.looked_at) == (0, 2)
    assert none.sentence.endswith(": no label.")
    fine = judged(policy("a", "unknown", regret_total=0.0))
    assert (fine.judged, fine.excess, fine.policies) == (1, 0.0, ())


# Divergence


def test_what_another_row_explains_is_folded_into_it() -> None:
    pair = json.dumps({"workflow": "billing", "ai_model": "v2"})
    found = diverged(
        segment("diverging", ai_model="v2") | {"customers": 900, "cause_segment": pair},
        segment("diverging", ai_model="v2", workflow="billing") | {"customers": 100},
        segment("diverging", ai_model="v2", language="en") | {"customers": 800, "within_segment": '{"ai_model": "v2"}'},
        segment("diverging", region="n") | {"customers": 50, "cause_segment": '{"region": "n", "queue": "q"}'},
        segment("aligned", queue="a"),
        segment("insufficient", queue="b"),
    )
    # The wide one goes into its cause, and with it what only repeats the wide one.
    assert [(s.group.parts, s.folded) for s in found.shown] == [
        ((("ai_model", "v2"), ("workflow", "billing")), 2),
        ((("region", "n"),), 0),
    ]
    assert [basis(s) for s in found.shown] == ["explains 2 other segments", ""]
    assert (found.looked_at, found.diverging, found.undervalued, found.aligned, found.insufficient) == (6, 4, 0, 1, 1)
    assert (found.period, found.baseline) == ("22 Sep – 19 Oct 2026", "30 Jun – 21 Sep 2026")
    assert (found.more, found.hidden) == (0, None)


def test_causes_that_name_each_other_do_not_hide_both() -> None:
    found = diverged(
        segment("diverging", queue="a") | {"cause_segment": '{"queue": "b"}'},
        segment("diverging", queue="b") | {"cause_segment": '{"queue": "a"}'},
    )
    assert {s.group.parts for s in found.shown} == {(("queue", "a"),), (("queue", "b"),)}


def test_the_order_is_q_then_money_then_customers() -> None:
    def row(name: str, verdict: str = "diverging", **given: Any) -> dict[str, Any]:
        return segment(verdict, queue=name) | given

    found = diverged(
        row("sure", customers=5, q=0.001),
        row("unsure", customers=5, q=0.02),
        row("many", customers=500, q=0.04),
        row("dear", customers=1, q=0.04, money=10.0),
        row("small saving", "undervalued", customers=900, money=-1.0),
        row("saving", "undervalued", customers=9, money=-70.0, money_lower=-90.0, money_upper=-50.0, q=0.0004),
    )
    assert [dict(s.group.parts)["queue"] for s in found.shown] == ["sure", "unsure", "dear"]
    assert found.more == 1
    assert found.hidden is not None
    assert dict(found.hidden.group.parts)["queue"] == "saving"
    assert basis(found.hidden) == "false-alarm rate below 0.1%"


def test_no_divergence_is_said_with_how_many_were_looked_at() -> None:
    found = diverged(segment("aligned", queue="a"), segment("undervalued", queue="b"))
    assert found.headline == "No segment diverges of the 2 compared."
    assert (found.looked_at, found.undervalued, found.aligned) == (2, 1, 1)
    assert diverged().headline == "No segment can be judged yet."


def test_a_verdict_that_rests_on_recoded_issues_leaves_the_headline_and_keeps_its_place() -> None:
    recoded = {"is_sensitive_to_issue_coding": True, "moved_issues": '["refund", null]', "q": 0.001}
    found = diverged(
        segment("diverging", queue="a") | recoded,
        segment("undervalued", queue="b") | recoded | {"q": 0.0002},
        segment("diverging", queue="c") | {"is_sensitive_to_issue_coding": False, "q": 0.01},
        segment("diverging", queue="a", region="n") | {"within_segment": '{"queue": "a"}', "q": 0.02},
        segment("aligned", queue="d"),
    )
    # What only repeated the one that left stands for itself.
    assert [each.group.words for each in found.shown] == ["contacts in queue c", "contacts in queue a in region N"]
    assert (found.diverging, found.undervalued, found.hidden, found.looked_at) == (2, 0, None, 5)
    assert [each.group.words for each in found.sensitive] == ["contacts in queue b", "contacts in queue a"]
    assert found.headline == "Reported figures improved and outcomes worsened in 2 of 5 segments."
    assert found.detail.endswith("2 more verdicts rest on how issues are coded and do not count.")
    assert basis(found.sensitive[1]).startswith(
        "tested without these issues, whose share of the contacts moved: refund and no issue recorded"
    )
    assert [read_issues(text) for text in (None, "[", '{"a": 1}', "[" * 100_000)] == [()] * 4


def test_a_segment_has_the_changes_that_carry_its_verdict() -> None:
    (found,) = diverged(segment("diverging", SHORTER, COMPLAINED, queue="a") | {"customers": 392, "q": 0.0002}).shown
    assert found.proxy == MeasureChange("handle_seconds", 412.0, 371.0, -41.0, -58.0, -24.0)
    assert found.outcome is not None
    assert (found.outcome.measure, found.outcome.lower, found.outcome.upper) == ("complaint", 0.0019, 0.0075)
    assert found.sentence == (
        "Contacts in queue a got 41\u202fs shorter, and complaints rose from 9.1 to 13.8 per 1,000 (392 customers)."
    )
    assert basis(found).startswith("handle time −41\u202fs (−58 to −24), complaints +4.7 per 1,000 (")


# Validity and small segments


def test_significant_lines_lead_and_of_these_the_plainest_measure() -> None:
    rows = [
        {"segment": "{}", "measure": "sensitivity", "q": 0.2, "denominator": 5},
        {
            "segment": "{}",
            "measure": "specificity",
            "q": 0.01,
            "denominator": 5,
            "value": 0.1,
            "lower": 0.05,
            "upper": 0.15,
        },
        {"segment": "{}", "measure": "false_resolution_rate", "denominator": 2, "reason": "2 of 3 months"},
        {"segment": "{}", "measure": "moved_together", "q": 0.0},
        {"segment": "{}", "measure": "sensitivity", "period": "2026-10", "value": 0.7},
        {"segment": "{}", "measure": "specificity", "period": "2026-08", "value": 0.3},
        {"segment": "{}", "measure": "specificity", "period": "2026-09"},
        {"segment": "{}", "measure": "specificity", "period": "2026-10", "value": 0.5},
        {"segment": '{"queue": "a"}', "measure": "sensitivity", "q": 0.0},
    ]
    found = validity(table_frame("proxy_validity", rows).lazy())
    assert [line.measure for line in found.lines] == ["specificity", "sensitivity", "false_resolution_rate"]
    assert [line.is_significant for line in found.lines] == [True, False, False]
    first = found.lines[0]
    # A month without a value is no end of the line.
    assert (first.first, first.last) == (MonthValue("2026-08", 0.3), MonthValue("2026-10", 0.5))
    assert found.sentence == first.sentence
    assert "rose from 30% in Aug 2026 to 50% in Oct 2026" in first.sentence
    sure = [row | {"q": 0.05} if row["measure"] == "sensitivity" and "period" not in row else row for row in rows]
    lines = validity(table_frame("proxy_validity", sure).lazy()).lines
    assert [line.measure for line in lines] == ["sensitivity", "specificity", "false_resolution_rate"]
    assert validity(table_frame("proxy_validity", []).lazy()).sentence == NONE


def test_small_segments_are_counted_by_their_shrunk_interval() -> None:
    def row(kind: str, name: str, lower: float | None, **given: Any) -> dict[str, Any]:
        shrunk = None if lower is None else lower + 0.05
        rates = {"raw": 0.99, "shrunk": shrunk, "lower": lower, "prior_mean": 0.3}
        return {"kind": kind, "name": name, "measure": "repeat_any_30d", "period": "p", **rates} | given

    rows = [
        row("agent_id", "above", 0.31),
        row("agent_id", "equal", 0.3),
        *(row("agent_id", f"below {i}", 0.2) for i in range(3)),
        row("agent_id", "not shrunk", None),
        row("agent_id", "other", 0.5, measure="false_resolution"),
        row("queue", "q", 0.1),
    ]
    shown = standing_out(table_frame("small_segments", rows).lazy())
    assert "1 of 5 agents (usual rate 30.0%) and 0 of 1 queue (usual rate 30.0%)." in shown
    # Of four agents the number that stands out would be a verdict on people who can be told.
    few = standing_out(table_frame("small_segments", rows[1:]).lazy())
    assert ": 0 of 1 queue (usual rate 30.0%)." in few
    assert "agent" not in few
    assert standing_out(table_frame("small_segments", rows[5:7]).lazy()) == ""


@pytest.mark.parametrize(
    ("cost", "lower", "upper", "share", "said"),
    [
        # Every claim handed off: 1,000 × (6 + .1 × 25), and nothing in it is chance.
        (8_500.0, 8_500.0, 8_500.0, 0.1, math.inf),
        (8_500.0, 8_100.0, 8_900.0, 0.1, 0.87),
        (8_400.0, 8_400.0, 8_400.0, 0.1, 0.87),
        (8_500.0, 8_500.0, 8_500.0, None, 0.87),
        (None, None, None, 0.1, 0.87),
    ],
)
def test_a_threshold_that_keeps_nobody_is_said_to_hand_everybody_over(
    cost: float | None, lower: float | None, upper: float | None, share: float | None, said: float
) -> None:
    row = {"threshold": 0.87, "cost_handoff": 6.0, "cost_wrong": 25.0, "human_wrong_share": share}
    row |= {"cost": cost, "cost_lower": lower, "cost_upper": upper}
    assert said_threshold(row) == said

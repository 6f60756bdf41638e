"""Escalation by workflow and mood: which labels count, what they cost, and which handoffs came at the wrong time."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from builders.analysis_inputs import NOON, empty, frame, only, rated, times

from pipelines.analyses.escalation import EscalationTables, escalation_tables
from pipelines.config.costs import Costs, EscalationCosts

LATER = NOON + timedelta(days=1)
UNREMARKABLE = {"workflow": "w", "is_settled": True, "is_turned_negative": False}
COSTS = Costs(wrong_answer=10.0, handoff=2.0, human_wrong_share=0.1)


def tables(
    claims: list[dict[str, Any]], handoffs: list[dict[str, Any]] | None = None, costs: Costs = COSTS, **shared: Any
) -> EscalationTables:
    return escalation_tables(
        frame("input_claims", claims, **{"workflow": "w", "is_kept": True, **shared}),
        frame("input_handoffs", handoffs or [], **UNREMARKABLE),
        costs,
    )


def halves(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """The same rows in the earlier half and in the later."""
    return [row | {"started_at": start} for start in (NOON, LATER) for row in rows]


def two_confidences() -> list[dict[str, Any]]:
    """100 claims at .3 of which 40 are right, 100 at .8 of which 90 are."""
    return halves(
        *rated(100, 40, "resolved_outcome", stated_confidence=0.3),
        *rated(100, 90, "resolved_outcome", stated_confidence=0.8),
    )


def test_the_curve_and_the_verdict_by_hand() -> None:
    # A handoff costs 2 + .1 × 10 = 3. Keep all: 70 wrong × 10 = 700 of 200 claims, 3,500 per 1,000. Keep .8: 10 wrong and
    # 100 handed off, 400, so 2,000. Keep none: 600, so 3,000. The policy in force keeps all: regret 1,500, 300 in all.
    found = tables(two_confidences())
    curve = found.cost.filter(pl.col("confidence_kind") == "raw").sort("threshold")
    assert curve["threshold"].to_list() == [number / 100 for number in range(102)]
    expected = [3500.0 if t <= 0.3 else 2000.0 if t <= 0.8 else 3000.0 for t in curve["threshold"]]
    assert curve["cost"].to_list() == pytest.approx(expected)
    assert curve["kept"].to_list() == [1000.0 if t <= 0.3 else 500.0 if t <= 0.8 else 0.0 for t in curve["threshold"]]
    assert curve["kept_wrong"].to_list() == [
        350.0 if t <= 0.3 else 50.0 if t <= 0.8 else 0.0 for t in curve["threshold"]
    ]
    assert (curve["kept"] + curve["handed_off"]).to_list() == pytest.approx([1000.0] * 102)
    row = only(found.policy, confidence_kind="raw")
    expected_row = {
        "workflow": "w",
        "mood": "unknown",
        "earlier": "2026-01-01/2026-01-01",
        "later": "2026-01-02/2026-01-02",
        "claims": 200,
        "labelled": 200,
        "handed_off": 0,
        "cost_wrong": 10.0,
        "cost_handoff": 2.0,
        "human_wrong_share": 0.1,
        "closed_form_threshold": pytest.approx(0.7),
        "stops_at": 0.0,
        "threshold": 0.31,
        "cost": pytest.approx(2000.0),
        "in_force": pytest.approx(3500.0),
        "regret": pytest.approx(1500.0),
        "regret_total": pytest.approx(300.0),
        "reason": None,
    }
    assert {name: row[name] for name in expected_row} == expected_row
    for name in ("cost", "in_force", "regret"):
        assert row[f"{name}_lower"] < row[name] < row[f"{name}_upper"]


def test_costs_are_those_of_the_first_entry_that_fits() -> None:
    def entry(money: float, workflow: str | None, mood: Any) -> EscalationCosts:
        return EscalationCosts(workflow=workflow, mood=mood, wrong_answer=money, handoff=1.0)

    listed = (entry(11, "w", "negative"), entry(12, "w", None), entry(13, None, "negative"), entry(14, "w", "negative"))
    rows = [
        {"workflow": workflow, "opening_sentiment": opening, "stated_confidence": 0.5, "resolved_outcome": True}
        for workflow in ("w", "x", None)
        for opening in (-0.25, -0.24, None)
    ]

    def costs(settings: Costs) -> dict[tuple[str | None, str], float]:
        policy = tables(rows, costs=settings).policy.filter(pl.col("confidence_kind") == "raw")
        return {(w, mood): money for w, mood, money in policy.select("workflow", "mood", "cost_wrong").iter_rows()}

    only_listed = {
        ("w", "negative"): 11,
        ("w", "not_negative"): 12,
        ("w", "unknown"): 12,
        ("x", "negative"): 13,
        (None, "negative"): 13,
    }
    assert costs(Costs(escalation=listed)) == only_listed
    others = {(w, mood): 99 for w in ("x", None) for mood in ("not_negative", "unknown")}
    assert costs(Costs(wrong_answer=99, handoff=1, escalation=listed)) == only_listed | others


def test_an_entry_without_a_share_that_humans_get_wrong_has_the_one_of_all() -> None:
    plain = {"workflow": "w", "wrong_answer": 10.0, "handoff": 1.0}
    settings = Costs.model_validate({"human_wrong_share": 0.2, "escalation": [plain]})
    assert only(tables(two_confidences(), costs=settings).policy, confidence_kind="raw")["human_wrong_share"] == 0.2
    settings = Costs.model_validate({"human_wrong_share": 0.2, "escalation": [plain | {"human_wrong_share": 0.0}]})
    assert only(tables(two_confidences(), costs=settings).policy, confidence_kind="raw")["human_wrong_share"] == 0.0


def test_without_costs_there_is_no_policy() -> None:
    found = tables(two_confidences(), costs=Costs(repeat_contact=7.0, complaint=250.0))
    assert (found.cost.height, found.policy.height) == (0, 0)
    found = tables(
        two_confidences(), costs=Costs(escalation=(EscalationCosts(workflow="x", wrong_answer=1, handoff=1),))
    )
    assert (found.cost.height, found.policy.height) == (0, 0)


def test_no_claim_no_policy() -> None:
    found = escalation_tables(empty("input_claims"), empty("input_handoffs"), COSTS)
    assert (found.cost.height, found.policy.height) == (0, 0)
    lonely = frame("input_handoffs", times(2, workflow="w", is_settled=True, day=NOON.date()))
    assert escalation_tables(empty("input_claims"), lonely, COSTS).policy.height == 0


@pytest.mark.parametrize(
    "cells",
    [
        {"claim_type": "balance"},
        {"is_kept": None},
        {"is_settled": False, "resolved_outcome": None},
        {"stated_confidence": None},
    ],
)
def test_only_claims_of_resolution_in_settled_contacts_that_an_ai_led_count(cells: dict[str, Any]) -> None:
    others = times(50, stated_confidence=0.8, resolved_outcome=False, started_at=LATER) + times(
        50, stated_confidence=0.8, resolved_outcome=False
    )
    found = tables([*two_confidences(), *({**row, **cells} for row in others)])
    row = only(found.policy, confidence_kind="raw")
    assert (row["claims"], row["labelled"], row["cost"]) == (200, 200, pytest.approx(2000.0))


def labelled(*reviews: dict[str, Any]) -> int:
    """Labels among the later claims: those of 10 kept ones, and whatever the ``reviews`` of handed-off ones give."""
    rows = [
        *times(10, resolved_outcome=True, verified_correct=None),
        # The contact of a handed-off claim was resolved, by a person: no label of the AI's.
        *times(5, is_kept=False, resolved_outcome=True),
        *(review | {"is_kept": False, "resolved_outcome": True} for review in reviews),
    ]
    later = [row | {"started_at": LATER} for row in rows]
    return int(only(tables([*times(10), *later], stated_confidence=0.5).policy, confidence_kind="raw")["labelled"])


def test_below_the_policy_in_force_only_the_right_verdicts_are_labels() -> None:
    random, targeted, unknown = (
        times(number, verified_correct=True, review_sampling=how)
        for number, how in ((3, "random"), (40, "targeted"), (6, "unknown"))
    )
    assert labelled() == 10
    assert labelled(*random) == 13
    assert labelled(*targeted) == 10
    assert labelled(*unknown) == 16
    assert labelled(*random, *unknown, *targeted) == 13
    assert labelled(*unknown, *targeted) == 16
    # A claim that was drawn at random and has no verdict yet is no sample.
    assert labelled(*times(4, review_sampling="random"), *unknown) == 16


def test_of_a_kept_claim_the_outcome_counts_and_not_the_reviewer() -> None:
    rows = [row | {"verified_correct": not row["resolved_outcome"]} for row in two_confidences()]
    assert only(tables(rows, review_sampling="random").policy, confidence_kind="raw")["cost"] == pytest.approx(2000.0)


def test_the_curve_stops_where_labels_do() -> None:
    # 100 kept at .8, 60 handed off at .4 of which 29, or 30, have a verdict: 15 of them right.
    def found(reviewed: int) -> tuple[Any, Any, list[float]]:
        handed = rated(reviewed, 15, "verified_correct", is_kept=False, stated_confidence=0.4, review_sampling="random")
        unknown = times(60 - reviewed, is_kept=False, stated_confidence=0.4)
        kept = rated(100, 80, "resolved_outcome", stated_confidence=0.8)
        made = tables(halves(*kept, *handed, *unknown))
        curve = made.cost.filter(pl.col("confidence_kind") == "raw").sort("threshold")
        row = only(made.policy, confidence_kind="raw")
        return row["stops_at"], row["reason"], curve.filter(pl.col("cost").is_not_null())["threshold"].to_list()

    stops_at, reason, known = found(29)
    assert stops_at == known[0] == 0.41
    assert "29 reviewed labels are fewer than 30" in reason
    stops_at, reason, known = found(30)
    assert (stops_at, reason, known[0]) == (0.0, None, 0.0)


def test_a_reviewed_claim_weighs_as_many_as_it_stands_for() -> None:
    # Earlier: 100 kept, 50 right; 300 handed off, of which 30 were drawn at random, 6 right. Each of these stands for
    # ten, so P = (50 + 60) / 400 = .275 at the one confidence (with Platt's targets still .275). Unweighted: 56 / 130.
    handed = rated(30, 6, "verified_correct", is_kept=False, review_sampling="random")
    rows = halves(*rated(100, 50, "resolved_outcome"), *handed, *times(270, is_kept=False))
    curve = tables(rows, stated_confidence=0.5).cost.filter(pl.col("confidence_kind") == "recalibrated")
    kept = dict(curve.select("threshold", "kept").iter_rows())
    assert (kept[0.27], kept[0.28]) == (1000.0, 0.0)


def test_the_map_is_that_of_the_earlier_claims_of_the_workflow() -> None:
    # Earlier: w right in 30 of 100, x (with too few labels of its own) right in 90 of 90, so of all 120 in 190.
    rows = [
        *rated(100, 30, "resolved_outcome"),
        *times(90, resolved_outcome=True, workflow="x"),
        *rated(100, 30, "resolved_outcome", started_at=LATER),
        *times(100, resolved_outcome=True, started_at=LATER, workflow="x"),
    ]
    curve = tables(rows, stated_confidence=0.5).cost.filter(pl.col("confidence_kind") == "recalibrated")
    last_kept = {
        workflow: part.filter(pl.col("kept") == 1000)["threshold"].max()
        for (workflow,), part in curve.partition_by("workflow", as_dict=True).items()
    }
    assert last_kept == {"w": 0.3, "x": 0.63}


def test_without_enough_labels_there_is_no_recalibrated_policy() -> None:
    found = tables(halves(*rated(60, 30, "resolved_outcome", stated_confidence=0.5)))
    row = only(found.policy, confidence_kind="recalibrated")
    assert row["reason"] == "no recalibration: fewer than 100 labelled claims in the earlier period"
    assert (row["threshold"], row["cost"], row["regret"], row["claims"]) == (None, None, None, 60)
    assert found.cost.height == 0


def test_handoffs_too_late_too_eager_and_undecided() -> None:
    # All claims at .9 are right in 90 of 100: P(.9) is about .9, above the .7 of the costs alone; P(.1) lies far below.
    claims = halves(
        *rated(100, 90, "resolved_outcome", stated_confidence=0.9),
        *rated(100, 10, "resolved_outcome", stated_confidence=0.1),
    )
    later = LATER.date()
    handoffs = [
        {"day": later, "misunderstandings": 3, "ai_confidence": 0.1},
        {"day": later, "misunderstandings": 2, "ai_confidence": 0.1},
        {"day": later, "is_turned_negative": True, "ai_confidence": 0.1},
        {"day": later, "misunderstandings": 5, "is_turned_negative": True, "ai_confidence": 0.95},
        {"day": later, "ai_confidence": None},
        # Not counted: of an earlier day, not settled, of another workflow, of another mood.
        {"day": NOON.date(), "misunderstandings": 9, "ai_confidence": 0.95},
        {"day": later, "misunderstandings": 9, "is_settled": False},
        {"day": later, "misunderstandings": 9, "workflow": "x"},
        {"day": later, "misunderstandings": 9, "opening_sentiment": -0.9},
    ]
    row = only(tables(claims, handoffs).policy, confidence_kind="recalibrated")
    assert (row["handoffs"], row["too_late"], row["too_eager"], row["undecided"]) == (5, 3, 1, 1)


def test_confidences_that_a_stale_map_makes_worse_are_not_used() -> None:
    # Says .5. Right in 30 of 100 at first, in all 200 later: the map says .3, so its gain is .25 - .49.
    rows = [*rated(100, 30, "resolved_outcome"), *times(200, resolved_outcome=True, started_at=LATER)]
    late = {"day": LATER.date(), "misunderstandings": 0, "ai_confidence": 0.9}
    found = tables(rows, [late], stated_confidence=0.5)
    row = only(found.policy, confidence_kind="recalibrated")
    assert row["recalibration_withdrawn_since"] == "2026-01"
    assert row["reason"] == "no recalibration: it has made confidences worse since 2026-01"
    assert (row["threshold"], row["verdict"], row["recommended_threshold"]) == (None, None, None)
    assert (row["handoffs"], row["too_eager"], row["undecided"]) == (1, 0, 1)
    assert only(found.policy, confidence_kind="raw")["threshold"] is not None
    assert set(found.cost["confidence_kind"]) == {"raw"}


def test_only_a_threshold_that_costs_significantly_less_is_recommended() -> None:
    found = only(tables(two_confidences()).policy, confidence_kind="raw")
    assert (found["verdict"], found["threshold"], found["recommended_threshold"]) == ("costs_less", 0.31, 0.31)
    assert (found["unlabelled"], found["cost_if_right"], found["cost_if_wrong"]) == (0, found["cost"], found["cost"])
    # Kept: all 200, of which 70 were wrong.
    assert (found["in_force_kept"], found["in_force_kept_wrong"]) == (1000.0, pytest.approx(350.0))
    # 33 wrong of 100 at .3 cost 330, handing them off 300: too near to tell apart.
    near = halves(
        *rated(100, 67, "resolved_outcome", stated_confidence=0.3),
        *rated(100, 90, "resolved_outcome", stated_confidence=0.8),
    )
    found = only(tables(near).policy, confidence_kind="raw")
    assert (found["verdict"], found["threshold"], found["recommended_threshold"]) == ("no_difference", 0.31, None)
    assert found["regret"] == pytest.approx(150.0)

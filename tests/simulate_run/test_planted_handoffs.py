"""A whole night, from landing files to published tables, against everything that was planted in it (M11 to M14, M19).

The operation is always the same one, so nothing here hangs on chance; bounds leave room for another simulator or other
patterns. Of k intervals at 95% as many may miss as happens in one of a thousand such families.
"""

import json
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from builders.handoffs_night import HandoffsNight
from builders.walk_of_the_operation import (  # noqa: F401  # of the same night: another file would make another one
    tabs,
    test_a_page_stands_and_its_points_lead_to_cases,
    test_a_page_stands_on_a_phone_and_is_filtered,
    test_a_segment_leads_to_its_series_to_its_cases_and_to_a_case,
)
from scipy.stats import binom

from pipelines.simulate.handoff_parameters import TENURES, Suggestions

_KEPT = ("kept_on_time", "kept_late")
_PARTS = ("summary", "transcript", "tool_results", "attempt_account")
_REPEATS = ("repeat_issue_30d", "repeat_any_30d")
_GRACE = timedelta(days=1)


def _most_misses(checks: int) -> int:
    return int(binom.ppf(0.999, checks, 0.05))


# --- Promises -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(night: HandoffsNight) -> pl.DataFrame:
    """Recorded promises with the truth (columns as they are) and what was published (``_found``)."""
    truth = night.truth("promises").filter("is_structured")
    found = night.tables["commitments"].filter(pl.col("source") == "recorded")
    return truth.join(found, on="commitment_id", how="full", suffix="_found", coalesce=True)


def test_every_recorded_promise_stands_once(recorded: pl.DataFrame, night: HandoffsNight) -> None:
    contacts = set(night.tables["contact_outcomes"]["contact_id"])
    strange = recorded.filter(pl.col("contact_id_found").is_null() & pl.col("contact_id").is_in(contacts))
    assert recorded.height > 2_000
    assert strange.is_empty()
    assert recorded["contact_id"].null_count() == 0
    assert recorded["commitment_id"].is_unique().all()


def test_recorded_promises_fare_as_planted(recorded: pl.DataFrame, night: HandoffsNight) -> None:
    """Apart from named reasons the status is the planted one; equal promises of one customer may swap their events."""
    known = recorded.filter(pl.col("status_found").is_not_null())
    nobody = known.filter(pl.col("status_found") == "unverifiable")
    assert set(nobody["unverifiable_reason"]) == {"no_customer"}
    judged = known.filter(pl.col("status_found") != "unverifiable")
    differ = judged.filter(pl.col("status") != pl.col("status_found"))
    # Overdue at the period's end, but not yet by more than the grace.
    in_grace = differ.filter(
        (pl.col("status") == "broken")
        & (pl.col("status_found") == "pending")
        & (pl.col("due_at") + _GRACE >= night.snapshot.manifest.as_of)
    )
    equal = differ.join(in_grace.select("commitment_id"), on="commitment_id", how="anti")
    assert equal.height <= 0.005 * judged.height
    # What differs has another promise of the customer and kind, or an event kept for another one.
    assert set(equal["status"]) <= {"broken", *_KEPT}
    kept = judged.filter(pl.col("status").is_in(_KEPT) & pl.col("event_id_found").is_not_null())
    assert (kept["event_id"] == kept["event_id_found"]).mean() >= 0.995
    decoys = judged.filter((pl.col("status") == "broken") & pl.col("amount").is_not_null())
    assert decoys.height > 150
    assert set(decoys["status_found"]) <= {"broken", "pending"}, "another amount, or another customer's, keeps nothing"


def test_promises_only_spoken_are_found(night: HandoffsNight) -> None:
    """Kind, amount and day of all that was said to customers, and few that nobody made."""
    truth = night.truth("promises").filter(~pl.col("is_structured"))
    found = night.tables["commitments"].filter(pl.col("source") == "spoken")
    told = truth.join(night.tables["commitments"].select("leg_id").unique(), on="leg_id", how="semi")
    pairs = truth.join(found, on=["leg_id", "kind"], how="inner", suffix="_found")
    right = pairs.filter(pl.col("amount").eq_missing(pl.col("amount_found")))
    assert right.height >= 0.95 * truth.height, "recall"
    assert right.height >= 0.9 * found.height, "precision"
    assert told.height >= 0.95 * truth.height
    # The words are said some minutes before or after the planted instant, and end with the day that they name.
    off = (right["due_at_found"] - right["due_at"]).dt.total_seconds().abs()
    assert (off <= 15 * 60).mean() >= 0.98
    assert not right["is_due_by_default"].any()


def test_broken_promises_cost_the_trust_in_the_ai(night: HandoffsNight) -> None:
    compared = night.tables["outcomes_compared"].filter(
        (pl.col("factor") == "status_of_ai") & (pl.col("level") == "broken")
    )
    for measure in ("next_led_by_human", "next_asked_for_human", "repeat_issue_30d"):
        (row,) = compared.filter(pl.col("measure") == measure).to_dicts()
        assert row["lower"] > 0, measure


# --- Handoffs -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def handoffs(night: HandoffsNight) -> pl.DataFrame:
    """Handoffs of eligible contacts: what was published and seen, and p_repeat_*, the chance of that."""
    seen = night.tables["contact_outcomes"].select("contact_id", "resolved_outcome", *_REPEATS)
    chances = night.truth("contacts").select("contact_id", "resolved_probability", *(f"p_{name}" for name in _REPEATS))
    causes = night.truth("handoffs").drop(
        set(night.tables["handoff_quality"].columns) - {"handoff_id"} | {"resolved_probability"}, strict=False
    )
    return (
        night.tables["handoff_quality"]
        .join(seen, on="contact_id")
        .join(chances, on="contact_id")
        .join(causes, on="handoff_id")
    )


def _within_issues(frame: pl.DataFrame, is_level: pl.Expr, value: str) -> float:
    """Difference of means within issues, an issue counting n₀n₁/(n₀ + n₁): what ``outcomes_compared`` estimates."""
    known = frame.with_columns(level=is_level, issue=pl.col("issue").fill_null("")).drop_nulls(["level", value])
    by_issue = known.group_by("issue").agg(
        n1=pl.col("level").sum(),
        n0=pl.col("level").not_().sum(),
        m1=pl.col(value).cast(pl.Float64).filter("level").mean(),
        m0=pl.col(value).cast(pl.Float64).filter(pl.col("level").not_()).mean(),
    )
    both = by_issue.filter((pl.col("n1") > 0) & (pl.col("n0") > 0))
    weight = both["n1"] * both["n0"] / (both["n1"] + both["n0"])
    return float((weight * (both["m1"] - both["m0"])).sum() / weight.sum())


def _row(night: HandoffsNight, subject: str, factor: str, level: str, measure: str) -> dict[str, Any]:
    (row,) = (
        night.tables["outcomes_compared"]
        .filter(
            (pl.col("subject") == subject)
            & (pl.col("factor") == factor)
            & (pl.col("level") == level)
            & (pl.col("measure") == measure)
        )
        .to_dicts()
    )
    return row


def test_what_follows_missing_parts_is_what_was_planted(night: HandoffsNight, handoffs: pl.DataFrame) -> None:
    """The planted chances of coming back, compared within issues as the table does, lie in its intervals.

    Not the causal effect of a part: parts are lost together, where integrations break, and the table adjusts for issues
    only. So the truth of what it estimates is a difference of chances between handoffs as they were.
    """
    comparisons: list[tuple[str, str, pl.Expr]] = [(part, "missing", ~pl.col(f"has_{part}")) for part in _PARTS]
    present = (pl.col("completeness") * 4).round()
    comparisons += [
        (
            "completeness",
            f"{number} of 4",
            pl.when(present == number).then(True).when(present == 4).then(False),
        )
        for number in range(4)
    ]
    comparisons += [("trigger", name, pl.col("trigger") == name) for name in handoffs["trigger"].unique().drop_nulls()]
    comparisons.append(("customer_repeated", "yes", pl.col("customer_repeated")))
    misses, checks = [], 0
    for factor, level, is_level in comparisons:
        for measure in _REPEATS:
            row = _row(night, "handoff", factor, level, measure)
            if row["difference"] is None:
                continue
            known = handoffs.drop_nulls(measure)
            assert row["difference"] == pytest.approx(_within_issues(known, is_level, measure), abs=1e-9)
            truth = _within_issues(known, is_level, f"p_{measure}")
            checks += 1
            if not row["lower"] <= truth <= row["upper"]:
                misses.append((factor, level, measure, truth, row["lower"], row["upper"]))
    assert checks >= 24
    assert len(misses) <= _most_misses(checks), misses


def test_the_most_costly_part_is_told_apart(night: HandoffsNight, handoffs: pl.DataFrame) -> None:
    """No account of what was tried costs most by far, in truth and as published; each part is tied to what did not hold."""
    cost = {}
    for part in _PARTS:
        missing = handoffs.filter(~pl.col(f"has_{part}"))
        cost[part] = (missing[f"resolved_probability_with_{part}"] - missing["resolved_probability"]).mean()
    rows = {part: _row(night, "handoff", part, "missing", "unresolved") for part in _PARTS}
    assert max(cost, key=lambda part: cost[part]) == "attempt_account"
    assert max(rows, key=lambda part: rows[part]["difference"]) == "attempt_account"
    for part, row in rows.items():
        assert row["lower"] > 0, part


@pytest.mark.parametrize(("language", "recall"), [("en", 0.75), ("es", 0.4)])
def test_who_repeats_is_found(night: HandoffsNight, language: str, recall: float) -> None:
    found = night.tables["handoff_quality"].filter(pl.col("language") == language)
    judged = found.join(night.truth("handoffs").select("handoff_id", "repeated"), on="handoff_id").drop_nulls(
        "repeated_detected"
    )
    detected = judged.filter("repeated_detected")
    assert judged.height >= 0.9 * found.height
    assert detected["repeated"].mean() >= 0.9
    assert judged.filter("repeated")["repeated_detected"].mean() >= recall


# --- Stuck, suggestions, modes --------------------------------------------------------------------------------------


def test_who_is_flagged_as_stuck_was(night: HandoffsNight) -> None:
    flagged = night.tables["case_flags"].filter(pl.col("rule") == "stuck_with_ai")
    stuck = flagged.join(night.truth("contacts").select("contact_id", "stuck", "asked_for_human"), on="contact_id")
    assert stuck.height == flagged.height > 500
    assert stuck["stuck"].mean() >= 0.95
    asked = stuck.filter(
        pl.col("evidence").map_elements(lambda text: json.loads(text)["asked_for_human"] is True, pl.Boolean)
    )
    assert asked.height > 200
    assert asked["asked_for_human"].mean() >= 0.95


def test_being_stuck_is_tied_to_coming_back(night: HandoffsNight) -> None:
    for factor in ("stuck", "asked_for_human"):
        assert _row(night, "stuck", factor, "yes", "repeat_issue_30d")["lower"] > 0, factor


def test_reliance_by_tenure_is_what_was_planted(night: HandoffsNight) -> None:
    planted = Suggestions()
    shares = {"accepted_wrong": planted.accepted_if_wrong, "rejected_right": planted.rejected_if_right}
    table = night.tables["suggestion_reliance"].filter(pl.col("grouping") == "{}")
    misses, checks = [], 0
    for measure, by_tenure in shares.items():
        for tenure, share in zip(TENURES, by_tenure, strict=True):
            (row,) = table.filter((pl.col("tenure") == tenure) & (pl.col("measure") == measure)).to_dicts()
            if row["value"] is not None:
                checks += 1
                misses += [] if row["lower"] <= share <= row["upper"] else [(measure, tenure, row)]
    assert checks >= 4
    assert len(misses) <= _most_misses(checks), misses


def test_modes_at_one_mix_of_issues(night: HandoffsNight) -> None:
    """The planted chances of coming back, at the mix of issues that the modes share, lie in the intervals."""
    seen = night.tables["contact_outcomes"].drop_nulls("mode")
    chances = night.truth("contacts").select("contact_id", *(f"p_{name}" for name in _REPEATS))
    contacts = seen.join(chances, on="contact_id")
    misses, checks = [], 0
    for grouping in ("{}", *(json.dumps({"workflow": name}) for name in contacts["workflow"].unique().drop_nulls())):
        workflow = json.loads(grouping).get("workflow")
        part = contacts if workflow is None else contacts.filter(pl.col("workflow") == workflow)
        for measure in _REPEATS:
            rows = night.tables["mode_outcomes"].filter(
                (pl.col("grouping") == grouping) & (pl.col("measure") == measure) & pl.col("standardised").is_not_null()
            )
            modes = rows["mode"].to_list()
            known = part.drop_nulls(measure).filter(pl.col("mode").is_in(modes)).drop_nulls("issue")
            cells = known.group_by("issue", "mode").agg(n=pl.len(), p=pl.col(f"p_{measure}").mean())
            shared = cells.filter(pl.col("n") >= 5).group_by("issue").len().filter(pl.col("len") == len(modes))["issue"]
            mix = cells.filter(pl.col("issue").is_in(shared.implode()))
            of_issue = mix.group_by("issue").agg(weight=pl.col("n").sum())
            for row in rows.iter_rows(named=True):
                own = mix.filter(pl.col("mode") == row["mode"]).join(of_issue, on="issue")
                truth = float(np.average(own["p"].to_numpy(), weights=own["weight"].to_numpy()))
                assert row["issues"] == own.height
                checks += 1
                if not row["standardised_lower"] <= truth <= row["standardised_upper"]:
                    misses.append((grouping, measure, row["mode"], truth, row["standardised"]))
    assert checks >= 12
    assert len(misses) <= _most_misses(checks), misses

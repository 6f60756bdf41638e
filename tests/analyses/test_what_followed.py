"""What followed, compared within issues (M11, M12, M13, M19), by mode (M14), and reliance on suggestions by tenure (M13)."""

# ruff: noqa: DTZ001 - instants of the warehouse are naive UTC

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from builders.analysis_warehouse import Warehouse, own

from pipelines.analyses.compared import Comparison, compared, outcomes_compared_table
from pipelines.analyses.modes import MODE_MEASURES, mode_outcomes_table
from pipelines.analyses.suggestions import suggestion_reliance_table

_DIMENSIONS = ("mode", "channel", "queue", "workflow", "product", "region", "language", "ai_model")
_MISSING = Comparison("summary", "missing", "arrived", pl.col("gone"))


def _rows(issue: str, *, gone: bool, yes: int, no: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"issue": [issue] * (yes + no), "gone": [gone] * (yes + no), "unresolved": [True] * yes + [False] * no}
    )


def test_a_shift_in_the_mix_of_issues_is_no_effect() -> None:
    """Hard issues lack the summary more often, and within each issue nothing differs: raw 20 points apart, adjusted 0."""
    frame = pl.concat(
        [
            _rows("hard", gone=True, yes=60, no=20),
            _rows("hard", gone=False, yes=30, no=10),
            _rows("easy", gone=True, yes=10, no=30),
            _rows("easy", gone=False, yes=20, no=60),
        ]
    ).with_row_index("customer")
    (row,) = compared("handoff", frame.with_columns(pl.col("customer").cast(pl.Int64)), [_MISSING], ["unresolved"], 30)
    assert (row["n"], row["n_reference"], row["customers"]) == (120, 120, 240)
    assert (row["value"], row["reference_value"]) == pytest.approx((70 / 120, 50 / 120))
    assert row["difference"] == pytest.approx(0)
    assert row["covered"] == 1.0
    assert row["lower"] < 0 < row["upper"]


def test_an_effect_within_issues_by_hand() -> None:
    """Weights n₀n₁/N: hard 80·40/120, easy 40·80/120, so the mean of +20 and +10 points is +15."""
    frame = pl.concat(
        [
            _rows("hard", gone=True, yes=64, no=16),
            _rows("hard", gone=False, yes=24, no=16),
            _rows("easy", gone=True, yes=12, no=28),
            _rows("easy", gone=False, yes=16, no=64),
        ]
    ).with_row_index("customer")
    (row,) = compared("handoff", frame.with_columns(pl.col("customer").cast(pl.Int64)), [_MISSING], ["unresolved"], 30)
    assert row["difference"] == pytest.approx(0.15)
    assert row["adjusted"] - row["reference_adjusted"] == pytest.approx(0.15)
    assert 0 < row["lower"] < 0.15 < row["upper"]
    assert (row["adjusted"], row["reference_adjusted"]) == pytest.approx((0.55, 0.4))


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (
            [_rows("a", gone=True, yes=9, no=20), _rows("a", gone=False, yes=9, no=90)],
            "29 against 99 rows; each needs 30",
        ),
        (
            [_rows("a", gone=True, yes=9, no=30), _rows("b", gone=False, yes=9, no=90)],
            "under the issues that both have there are only 0 rows; 30 are needed",
        ),
    ],
)
def test_too_few_are_not_compared(frame: list[pl.DataFrame], reason: str) -> None:
    rows = pl.concat(frame).with_row_index("customer").with_columns(pl.col("customer").cast(pl.Int64))
    (row,) = compared("handoff", rows, [_MISSING], ["unresolved"], 30)
    assert row["reason"] == reason
    assert "difference" not in row
    # The mean of either side stands only on enough of its own.
    assert [row["value"] is None, row["reference_value"] is None] == [row["n"] < 30, False]


def test_intervals_cover_a_planted_effect() -> None:
    """300 worlds with +8 points within issues, customers with a temper and the mix confounded: covered in 92% or more."""
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(300):
        customer = np.repeat(np.arange(300), 3)
        issue = rng.integers(0, 4, 900)
        gone = rng.random(900) < 0.2 + 0.15 * issue
        chance = 0.2 + 0.1 * issue + 0.08 * gone + np.repeat(rng.normal(0, 0.1, 300), 3)
        frame = pl.DataFrame(
            {
                "customer": customer,
                "issue": issue.astype(str),
                "gone": gone,
                "unresolved": rng.random(900) < np.clip(chance, 0, 1),
            }
        )
        (row,) = compared("handoff", frame, [_MISSING], ["unresolved"], 30)
        hits += row["lower"] <= 0.08 <= row["upper"]
    assert hits / 300 >= 0.92


def _measured(n: int, **more: Any) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    flags = (
        "repeat_any_30d",
        "repeat_issue_30d",
        "unresolved",
        "false_resolution",
        "complaint_30d",
        "closed_account_30d",
    )
    columns: dict[str, Any] = {name: rng.random(n) < 0.3 for name in (*flags, "claimed")}
    columns |= {"survey_sentiment": rng.random(n), "closing_sentiment": rng.random(n), "handle_seconds": rng.random(n)}
    columns |= {"customer": np.arange(n), "issue": ["x", "y"] * (n // 2), "hour_of_day": [9] * n}
    columns |= {name: ["z"] * n for name in _DIMENSIONS}
    return pl.DataFrame(columns | more)


def _four(n: int = 80) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    half = [True, False, False, True] * (n // 4)
    handoffs = _measured(
        n,
        trigger=["keyword", "other"] * (n // 2),
        parts_recorded=[4] * n,
        completeness=[1.0, 0.75] * (n // 2),
        customer_repeated=half,
        **{f"has_{part}": half for part in ("summary", "transcript", "tool_results", "attempt_account")},
    )
    promises = _measured(
        n,
        status=["broken", "kept_on_time"] * (n // 2),
        made_by=["ai"] * n,
        next_asked_for_human=half,
        next_led_by_human=half,
    )
    suggestions = _measured(n, correct=[False] * n, accepted=half)
    contacts = _measured(
        n, is_ai_only=[True] * n, stuck=half, asked_for_human=half, hung_up_unresolved=half, was_misunderstood=half
    )
    return handoffs, promises, suggestions, contacts


def test_every_subject_is_compared_and_no_order_matters() -> None:
    frames = _four()
    table = outcomes_compared_table(*frames, min_n=10)
    assert set(table["subject"]) == {"handoff", "promise", "suggestion", "stuck"}
    assert table.select("subject", "factor", "level", "measure").is_unique().all()
    known = table.drop_nulls("p")
    assert known["q"].null_count() == 0
    assert (known["q"] >= known["p"]).all()
    shuffled = (frame.sample(fraction=1, shuffle=True, seed=5) for frame in frames)
    other = outcomes_compared_table(*shuffled, min_n=10)
    keys = ["subject", "factor", "level", "measure"]
    numbers = pl.selectors.float()
    assert (
        (table.sort(keys).select(numbers).fill_null(9) - other.sort(keys).select(numbers).fill_null(9)).to_numpy() ** 2
    ).max() < 1e-18


def test_no_rows_are_no_table() -> None:
    assert outcomes_compared_table(*(frame.clear() for frame in _four()), min_n=10).is_empty()
    assert mode_outcomes_table(_four()[3].clear(), 10).is_empty()


def test_modes_at_one_mix() -> None:
    """Within each issue both modes do the same; the AI has the easy one mostly: raw 30 points apart, standardised equal."""
    parts = [
        _rows("hard", gone=False, yes=30, no=10).with_columns(mode=pl.lit("ai_primary")),
        _rows("easy", gone=False, yes=20, no=140).with_columns(mode=pl.lit("ai_primary")),
        _rows("hard", gone=False, yes=120, no=40).with_columns(mode=pl.lit("human_primary")),
        _rows("easy", gone=False, yes=5, no=35).with_columns(mode=pl.lit("human_primary")),
        _rows("rare", gone=False, yes=50, no=0).with_columns(mode=pl.lit("human_primary")),
    ]
    frame = pl.concat(parts).drop("gone")
    base = _measured(frame.height).drop("issue", "unresolved", "mode")
    found = mode_outcomes_table(pl.concat([base, frame], how="horizontal"), 30)
    rows = {
        row["mode"]: row
        for row in found.filter((pl.col("grouping") == "{}") & (pl.col("measure") == "unresolved")).iter_rows(
            named=True
        )
    }
    ai, human = rows["ai_primary"], rows["human_primary"]
    assert (ai["value"], human["value"]) == pytest.approx((50 / 200, 175 / 250))
    assert ai["standardised"] == pytest.approx(human["standardised"])
    # Both issues have 200 contacts: (0.75 + 0.125) / 2.
    assert ai["standardised"] == pytest.approx(0.4375)
    assert (ai["covered"], ai["issues"]) == (pytest.approx(400 / 450), 2)
    assert ai["lower"] < 0.25 < ai["upper"]
    assert set(found["measure"]) == set(MODE_MEASURES)


def test_reliance_by_tenure_recovers_what_was_planted() -> None:
    """New agents take 62% of wrong suggestions, seasoned ones 33%; each interval holds its truth."""
    rng = np.random.default_rng(8)
    planted = {"0-3": 0.62, "3-12": 0.48, "12+": 0.33}
    parts = []
    for place, (tenure, share) in enumerate(planted.items()):
        agent = np.repeat(np.arange(40), 25) + 100 * place
        correct = rng.random(1000) < 0.5
        accepted = rng.random(1000) < np.where(correct, 0.8, share)
        parts.append(
            pl.DataFrame({"agent": agent, "tenure": [tenure] * 1000, "correct": correct, "accepted": accepted})
        )
    frame = pl.concat(parts)
    frame = pl.concat([_measured(frame.height), frame], how="horizontal")
    table = suggestion_reliance_table(frame, 30)
    found = {
        (row["tenure"], row["measure"]): row for row in table.filter(pl.col("grouping") == "{}").iter_rows(named=True)
    }
    for tenure, share in planted.items():
        row = found[tenure, "accepted_wrong"]
        assert row["lower"] <= share <= row["upper"]
        assert found[tenure, "rejected_right"]["lower"] <= 0.2 <= found[tenure, "rejected_right"]["upper"]
    new = found["0-3", "accepted_wrong"]
    assert new["difference_lower"] <= 0.29 <= new["difference_upper"]
    assert new["difference_lower"] > 0
    # Planted is a difference in taking wrong suggestions, none in turning down right ones.
    assert new["difference_q"] < 0.001
    assert found["0-3", "rejected_right"]["difference_q"] > 0.05
    assert found["12+", "accepted_wrong"]["difference_q"] is None
    assert found[None, "accepted_wrong"]["n"] == frame.filter(pl.col("correct").not_()).height


def test_what_nobody_judged_or_answered_counts_nowhere() -> None:
    frame = _measured(40, agent=range(40), tenure=["12+"] * 40, correct=[None, False] * 20, accepted=[True, None] * 20)
    assert suggestion_reliance_table(frame.with_columns(pl.col("correct", "accepted").cast(pl.Boolean)), 1).is_empty()


def test_tenure_in_months_on_the_day_of_the_suggestion(tmp_path: Path) -> None:
    expected = {
        date(2026, 3, 1): "3-12",
        date(2026, 3, 2): "0-3",
        date(2026, 6, 1): "0-3",
        date(2025, 6, 1): "12+",
        date(2025, 6, 2): "3-12",
        date(2026, 6, 2): "unknown",
        None: "unknown",
    }
    warehouse = Warehouse(tmp_path, datetime(2026, 10, 1))
    at = datetime(2026, 6, 1, 12)
    contact = {"contact_id": "c1", "customer_id": "ann", "started_at": at, "mode": "human_primary", "agent_id": "a"}
    suggestion = {"suggestion_id": "s1", "contact_id": "c1", "agent_id": "a", "offered_at": at}
    for began in expected:
        warehouse.land("contacts", own(str(began), contact | {"agent_started_on": began}))
        warehouse.land("suggestions", own(str(began), suggestion))
    found = dict(warehouse.run("input_suggestions").select("suggestion_id", "tenure").iter_rows())
    assert found == {f"s1 {began}": tenure for began, tenure in expected.items()}


def test_suggestions_to_agents_who_did_not_lead_are_left_out(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, datetime(2026, 10, 1))
    contact = {"customer_id": "ann", "started_at": datetime(2026, 6, 1, 12), "agent_id": "a"}
    modes = ("human_primary", "joint", "ai_primary")
    warehouse.land("contacts", *(contact | {"contact_id": mode, "mode": mode} for mode in modes))
    warehouse.land("suggestions", *({"suggestion_id": mode, "contact_id": mode} for mode in modes))
    assert warehouse.run("input_suggestions")["suggestion_id"].to_list() == ["human_primary"]

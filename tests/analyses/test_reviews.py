"""Dispositions (M15), the random review sample and what it says of all claims (M9), and the mix of modes (M14)."""

# ruff: noqa: DTZ001 - instants of the warehouse are naive UTC

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders.analysis_warehouse import Warehouse, own

from pipelines.analyses.reviews import flag_precision_table, review_accuracy_table

_START = datetime(2026, 6, 1, 9, 0)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path, datetime(2026, 10, 1))


#: It carries D8: misunderstood three times.
_CONTACT = {"contact_id": "c1", "customer_id": "ann", "started_at": _START, "ended_at": _START, "mode": "ai_primary"}
_CONTACT |= {"misunderstandings": 3}


def _flagged(warehouse: Warehouse) -> dict[str, Any]:
    warehouse.land("contacts", _CONTACT)
    (flag,) = warehouse.run("case_flags").iter_rows(named=True)
    return flag


def _verdict(**more: Any) -> dict[str, Any]:
    row = {"disposition_id": "d1", "contact_id": "c1", "rule": "stuck_with_ai", "verdict": "confirmed"}
    return row | {"decided_at": datetime(2026, 7, 1)} | more


#: What else is known of the contact, what is different of the verdict, and why that is stale.
_STALE: tuple[tuple[dict[str, Any], dict[str, Any], str | None], ...] = (
    ({}, {}, None),
    ({}, {"rule": "D8"}, None),
    ({}, {"rule": "promise_broken"}, "no_longer_flagged"),
    ({}, {"contact_id": "gone"}, "unknown_contact"),
    ({"updated_at": datetime(2026, 6, 30)}, {}, None),
    ({"updated_at": datetime(2026, 7, 2)}, {}, "contact_changed"),
    ({}, {"evidence_hash": "0" * 16}, "evidence_changed"),
)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The verdict of each case."""
    warehouse = Warehouse(tmp_path_factory.mktemp("judged"), datetime(2026, 10, 1))
    for number, (contact, verdict, _) in enumerate(_STALE):
        case = str(number)
        warehouse.land("contacts", own(case, _CONTACT | contact))
        warehouse.land("dispositions", own(case, _verdict(**verdict)))
    return {row["disposition_id"]: row for row in warehouse.run("dispositions").iter_rows(named=True)}


@pytest.mark.parametrize(("number", "stale"), [(number, stale) for number, (*_, stale) in enumerate(_STALE)])
def test_a_verdict_is_stale_when_what_it_was_given_on_has_changed(
    judged: dict[str, dict[str, Any]], number: int, stale: str | None
) -> None:
    row = judged[f"d1 {number}"]
    assert row["stale_reason"] == stale
    assert row["code"] == (None if stale in {"unknown_contact", "no_longer_flagged"} else "D8")


def test_a_verdict_that_names_the_evidence_as_it_stands_is_not_stale(warehouse: Warehouse) -> None:
    flag = _flagged(warehouse)
    warehouse.land("dispositions", _verdict(evidence_hash=flag["evidence_hash"]))
    (row,) = warehouse.run("dispositions").iter_rows(named=True)
    assert row["stale_reason"] is None


def test_of_several_verdicts_the_latest_counts(warehouse: Warehouse) -> None:
    _flagged(warehouse)
    warehouse.land(
        "dispositions", _verdict(), _verdict(disposition_id="d2", decided_at=datetime(2026, 7, 3), verdict="dismissed")
    )
    rows = warehouse.run("dispositions")
    assert dict(rows.select("disposition_id", "is_latest").iter_rows()) == {"d1": False, "d2": True}
    (counted,) = warehouse.run("input_flag_verdicts").iter_rows(named=True)
    assert (counted["flags"], counted["judged"], counted["confirmed"], counted["dismissed"]) == (1, 1, 0, 1)


def test_precision_is_of_verdicts_that_stand() -> None:
    verdicts = pl.DataFrame(
        {
            "rule": ["stuck_with_ai", "stuck_with_ai", "promise_broken"],
            "mode": ["ai_primary", None, "joint"],
            "flags": [40, 10, 5],
            "judged": [6, 4, 1],
            "confirmed": [5, 2, 1],
            "explained": [1, 1, 0],
            "dismissed": [0, 1, 0],
            "stale": [2, 1, 0],
        }
    )
    found = flag_precision_table(verdicts, min_n=5)
    rows = {(row["rule"], row["grouping"]): row for row in found.iter_rows(named=True)}
    whole = rows["stuck_with_ai", "{}"]
    assert (whole["flags"], whole["judged"], whole["stale"], whole["precision"]) == (50, 10, 3, 0.7)
    assert whole["true_share"] == 0.9
    assert rows["stuck_with_ai", '{"mode": "ai_primary"}']["precision"] == pytest.approx(5 / 6)
    assert rows["promise_broken", "{}"]["reason"] == "1 verdicts, fewer than 5"
    assert len(rows) == 4


_PER_DAY = 40


def _claims(warehouse: Warehouse, days: int = 3, a_day: int = 157, more: int = 1) -> None:
    """Contacts with a claim each: on the first day of 157, on the next of 158 …, of two models and three workflows."""
    for day in range(days):
        for number in range(a_day + more * day):
            name = f"{day}-{number}"
            workflow = ("billing", "tech", None)[number * number % 7 % 3]
            start = _START + timedelta(days=day, seconds=number)
            contact = {"contact_id": name, "customer_id": f"k{number % 50}", "started_at": start, "workflow": workflow}
            warehouse.land("contacts", contact | {"ai_model": ("a", "b")[number % 5 % 2], "mode": "ai_primary"})
            claim = {"claim_id": f"q{name}", "contact_id": name, "claim_type": "Resolution", "stated_confidence": 0.8}
            warehouse.land("ai_claims", claim)


def test_the_sample_is_proportional_and_of_the_size_that_was_asked_for(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, datetime(2026, 10, 1), keys=f"[review]\nclaims_per_day = {_PER_DAY}\n")
    _claims(warehouse)
    sample = warehouse.run("review_sample")
    by_day = sample.group_by("day").agg(pl.len(), pl.col("sampling_weight").sum()).sort("day")
    assert by_day["len"].to_list() == [_PER_DAY] * 3
    assert by_day["sampling_weight"].to_list() == pytest.approx([157, 158, 159]), (
        "weights add up to the claims of the day"
    )
    drawn = sample.group_by("day", "claim_type", "ai_model", "workflow").agg(
        pl.len(), pl.col("claims_of_stratum").first(), pl.col("inclusion_probability").first()
    )
    expected = drawn["claims_of_stratum"] * drawn["inclusion_probability"]
    assert (drawn["len"] - expected).abs().max() < 1.0 + 1e-9, "no stratum is off by a whole claim"  # type: ignore[operator]


def test_the_sample_is_the_same_every_night_and_another_with_another_seed(tmp_path: Path) -> None:
    def drawn(keys: str, folder: str) -> set[str]:
        (tmp_path / folder).mkdir()
        warehouse = Warehouse(tmp_path / folder, datetime(2026, 10, 1), keys=keys)
        _claims(warehouse, days=1)
        return set(warehouse.run("review_sample")["claim_id"])

    one = drawn("", "a")
    assert drawn("", "b") == one
    other = drawn('[review]\nseed = "another"\n', "c")
    assert len(one) == len(other) == 50
    assert other != one


def test_a_day_with_few_claims_is_drawn_whole(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, datetime(2026, 10, 1))
    _claims(warehouse, days=1, a_day=7)
    sample = warehouse.run("review_sample")
    assert len(sample) == 7
    assert set(sample["sampling_weight"]) == {1.0}


def test_every_claim_is_as_likely_as_any_other(tmp_path: Path) -> None:
    """On 60 days with 5 seeds each of a day's 12 is drawn about 100 times when 4 are asked for: within 5 standard errors."""
    warehouse = Warehouse(tmp_path, datetime(2026, 10, 1), keys="[review]\nclaims_per_day = 4\n")
    _claims(warehouse, days=60, a_day=12, more=0)
    warehouse.run("review_sample")
    from pipelines.warehouse.models import all_models  # noqa: PLC0415

    (sql,) = (model.sql for model in all_models() if model.name == "review_sample")
    counts: Counter[str] = Counter()
    for seed in range(5):
        rows = warehouse.connection.execute(sql, {"review_seed": f"seed {seed}", "review_per_day": 4}).pl()
        assert set(rows.group_by("day").len()["len"]) == {4}
        assert rows["day"].n_unique() == 60
        counts.update(claim.partition("-")[2] for claim in rows["claim_id"])
    spread = 5 * (300 * (1 / 3) * (2 / 3)) ** 0.5
    assert len(counts) == 12
    assert all(abs(count - 100) < spread for count in counts.values())


def test_accuracy_is_weighted() -> None:
    """Ten claims that stand for 1 each, all wrong, and ten that stand for 9 each, all right: 90% right."""
    names = ("mode", "channel", "queue", "workflow", "issue", "product", "region", "language", "ai_model", "claim_type")
    sample = pl.DataFrame(
        {
            "customer": range(25),
            "month": ["2026-06"] * 25,
            "stated_confidence": [0.5] * 10 + [0.9] * 15,
            "sampling_weight": [1.0] * 10 + [9.0] * 15,
            "verified_correct": [False] * 10 + [True] * 10 + [None] * 5,
        }
    ).with_columns(**{name: pl.lit("x") for name in names})
    found = review_accuracy_table(sample, min_n=20)
    row = found.filter((pl.col("grouping") == "{}") & pl.col("period").is_null()).row(0, named=True)
    assert (row["claims"], row["drawn"], row["reviewed"]) == (145, 25, 20)
    assert row["accuracy"] == pytest.approx(0.9)
    assert row["mean_confidence"] == pytest.approx((10 * 0.5 + 135 * 0.9) / 145)
    assert row["bias"] == pytest.approx((10 * 0.5 + 90 * 0.9) / 100 - 0.9)
    assert row["lower"] < 0.9 < row["upper"]
    assert review_accuracy_table(sample, min_n=21)["reason"].unique().to_list() == ["20 reviewed claims, fewer than 21"]


def test_targeted_verdicts_say_nothing_of_all_claims(warehouse: Warehouse) -> None:
    warehouse.land("contacts", {"contact_id": "c1", "customer_id": "ann", "started_at": _START})
    for name, sampling in (("r", "random"), ("t", "targeted"), ("n", None)):
        claim = {"claim_id": name, "contact_id": "c1", "claim_type": "balance", "stated_confidence": 0.8}
        warehouse.land("ai_claims", claim | {"verified_correct": True, "review_sampling": sampling})
    rows = warehouse.run("input_reviews")
    assert dict(rows.select("claim_id", "verified_correct").iter_rows()) == {"r": True, "t": None, "n": None}


def test_the_mix_of_modes_adds_up(warehouse: Warehouse) -> None:
    rows = [
        {"contact_id": f"c{n}", "customer_id": None if n == 3 else "ann", "started_at": _START + timedelta(hours=n % 2)}
        | {"mode": ("ai_primary", "joint")[n % 2], "workflow": "billing", "direction": "outbound" if n == 5 else None}
        for n in range(6)
    ]
    warehouse.land("contacts", *rows)
    found = warehouse.run("mode_mix").select("hour_of_day", "mode", "contacts", "eligible")
    assert found.rows() == [(9, "ai_primary", 3, 3), (10, "joint", 2, 1)]

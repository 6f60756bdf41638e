"""Every published rate stands on at least ``min_n``: below it is null, and the row says why.

The tests are collected where the night is made (``analyses.test_a_night_of_statistics``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import pytest

from builders.simulated_night import PublishedNight
from pipelines.contract import PUBLISHED_TABLES, PublishedTable
from pipelines.contract.analyses import DIVERGENCE_MEASURES
from pipelines.snapshot import SnapshotStore

_MIN_N = 30
_BOUNDS = ("value", "lower", "upper")


@dataclass(frozen=True)
class Based:
    """Rates that rest on the number in ``on``; ``where``: the rows of which that is so."""

    rates: tuple[str, ...]
    on: str
    where: pl.Expr | None = None


_OF_CONTACTS = ("sensitivity", "specificity", "false_resolution_rate", "fcr_claimed", "fcr_outcome", "issue_changed")
#: Every table that publishes a rate with the number of rows that it is of.
_RATES: Mapping[str, tuple[Based, ...]] = {
    "repeat_survival": (Based(("repeat_probability", "lower", "upper"), "n"),),
    "calibration_summary": (
        Based(
            ("accuracy", "brier", "miscalibration", "discrimination", "uncertainty", "log_loss", "ece_debiased", "bias",
             "lower", "upper"),
            "n",
        ),
    ),
    "proxy_validity": (Based(_BOUNDS, "denominator", pl.col("measure").is_in(_OF_CONTACTS) & pl.col("period").is_not_null()),),
    "small_segments": (Based(("raw", "shrunk", "lower", "upper", "weight", "rank"), "n"),),
    "handoff_rates": (Based(_BOUNDS, "n"),),
    "promise_rates": (Based(_BOUNDS, "n"),),
    "suggestion_reliance": (Based((*_BOUNDS, "difference", "difference_lower", "difference_upper"), "n"),),
    "stuck": (Based(_BOUNDS, "n"),),
    "mode_outcomes": (Based((*_BOUNDS, "standardised", "standardised_lower", "standardised_upper"), "n"),),
    "outcomes_compared": (
        Based(("value", "adjusted", "difference", "lower", "upper", "p", "q"), "n"),
        Based(("reference_value", "reference_adjusted", "difference", "lower", "upper", "p", "q"), "n_reference"),
    ),
    "flag_precision": (Based(("precision", "lower", "upper", "true_share"), "judged"),),
    "review_accuracy": (Based(("accuracy", "lower", "upper", "bias"), "reviewed"),),
    "segment_divergence": tuple(
        Based(tuple(f"{measure}_{part}" for part in ("change", "lower", "upper", "p_rise", "p_fall", end)), f"{measure}_n_{end}")
        for measure in DIVERGENCE_MEASURES
        for end in ("period", "baseline")
    ),
}  # fmt: skip
#: Tables with a reason whose values are fits, costs and counts, or rest on numbers of their own (a hundred and more).
_NO_RATES = {
    "recalibration", "recalibration_by_month", "escalation_policy", "client_terms", "dispositions", "ingest_ledger", "quarantine",
}  # fmt: skip


def _with_a_reason() -> dict[str, PublishedTable]:
    return {name: table for name, table in PUBLISHED_TABLES.items() if "reason" in table.column_names}


def test_every_table_that_gives_reasons_is_walked() -> None:
    assert set(_RATES) | _NO_RATES == set(_with_a_reason())


@pytest.fixture(scope="module")
def snapshot_tables(night: PublishedNight) -> Mapping[str, pl.DataFrame]:
    snapshot = SnapshotStore(night.folder / "data").current()
    return {name: snapshot.scan(name).collect() for name in _RATES}


@pytest.mark.parametrize("table", _RATES)
def test_no_rate_stands_on_fewer_than_min_n(table: str, snapshot_tables: Mapping[str, pl.DataFrame]) -> None:
    rows = snapshot_tables[table]
    for based in _RATES[table]:
        few = rows.filter(pl.col(based.on) < _MIN_N, based.where if based.where is not None else pl.lit(value=True))
        given = [name for name in based.rates if few[name].null_count() < few.height]
        assert given == [], f"{table}: {given} on fewer than {_MIN_N} of {based.on}"
        if "reason" in few.columns and table != "segment_divergence":
            assert few["reason"].null_count() == 0, f"{table}: no reason where {based.on} is below {_MIN_N}"

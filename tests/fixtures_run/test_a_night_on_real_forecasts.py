"""Real forecasts of games, landed as claims of an AI: what the night publishes is what model-diagnostics computes."""

import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from model_diagnostics.scoring import SquaredError, decompose
from rich.console import Console

from pipelines.commands.run_nightly import run_nightly
from pipelines.config import load_settings
from pipelines.snapshot import SnapshotStore

_CONFIG = '[project]\ndata_dir = "data"\n' + "".join(
    f'[[sources]]\nname = "{table}"\nformat = "canonical"\ntable = "{table}"\npath = "landing/{table}.csv"\n'
    for table in ("contacts", "ai_claims")
)
_LEAGUES = ("nfl", "nba")


@pytest.fixture(scope="module")
def games(real_files: Path) -> pl.DataFrame:
    """Forecast and outcome of every game, a customer for every three of them, draws among them."""
    frames = [
        pl.read_csv(real_files / "calibration-538" / f"{league}_games.csv", infer_schema_length=None).select(
            league=pl.lit(league), stated="prob1", outcome=pl.col("prob1_outcome").cast(pl.Float64)
        )
        for league in _LEAGUES
    ]
    return pl.concat(frames).with_row_index("number")


@pytest.fixture(scope="module")
def snapshot(games: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> SnapshotStore:
    folder = tmp_path_factory.mktemp("games")
    (folder / "landing").mkdir()
    games.select(
        contact_id=pl.format("C{}", "number"),
        customer_id=pl.format("K{}", pl.col("number") // 3),
        started_at=(pl.datetime(2026, 1, 1) + pl.duration(minutes=pl.col("number"))).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        mode=pl.lit("ai_primary"),
        workflow="league",
    ).write_csv(folder / "landing" / "contacts.csv")
    # A verdict of 1 or 0; a draw stays the 0.5 that it is.
    verdict = pl.col("outcome").replace_strict({0.0: "0", 1.0: "1", 0.5: "0.5"}, return_dtype=pl.String)
    games.select(
        claim_id=pl.format("L{}", "number"),
        contact_id=pl.format("C{}", "number"),
        claim_type=pl.lit("winner"),
        stated_confidence="stated",
        verified_correct=verdict,
        review_sampling=pl.lit("random"),
    ).write_csv(folder / "landing" / "ai_claims.csv")
    config = folder / "aftercall.toml"
    config.write_text(_CONFIG, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCALL_PSEUDONYM_KEY", "a test key of at least thirty-two bytes")
        patch.delenv("DAGSTER_HOME", raising=False)
        ran = run_nightly(
            load_settings(config),
            as_of="",
            full_refresh=False,
            console=Console(file=io.StringIO()),
        )
    assert ran.exit_code == 0, ran.message
    return SnapshotStore(folder / "data")


@pytest.mark.parametrize("league", _LEAGUES)
def test_scores_are_those_of_model_diagnostics(league: str, games: pl.DataFrame, snapshot: SnapshotStore) -> None:
    judged = games.filter((pl.col("league") == league) & (pl.col("outcome") != 0.5))
    stated, outcome = judged["stated"].to_numpy(), judged["outcome"].to_numpy()
    parts = decompose(outcome, stated, scoring_function=SquaredError())
    summary = snapshot.current().scan("calibration_summary")
    whole = pl.col("period").is_null() & pl.col("is_headline") & (pl.col("label_source") == "reviewed")
    (row,) = summary.filter(whole & (pl.col("grouping") == json.dumps({"workflow": league}))).collect().to_dicts()
    assert (row["n"], row["review_sampling"]) == (judged.height, "random")
    assert row["brier"] == pytest.approx(np.mean((stated - outcome) ** 2), abs=1e-12)
    for name in ("miscalibration", "discrimination", "uncertainty"):
        assert row[name] == pytest.approx(float(parts[name][0]), abs=1e-12)
    assert row["miscalibration"] - row["discrimination"] + row["uncertainty"] == pytest.approx(row["brier"], abs=1e-12)
    assert row["bias"] == pytest.approx(stated.mean() - outcome.mean(), abs=1e-12)
    assert row["lower"] < row["bias"] < row["upper"]


def test_draws_are_refused_with_a_reason(games: pl.DataFrame, snapshot: SnapshotStore) -> None:
    draws = games.filter(pl.col("outcome") == 0.5).height
    assert draws > 0
    refused = snapshot.current().scan("quarantine").filter(pl.col("column_name") == "verified_correct").collect()
    assert refused.height == draws
    assert set(refused["scope"]) == {"value"}
    assert set(refused["reason"]) == {"verified_correct is not true or false (yes, no, 1, 0); the value is left out"}

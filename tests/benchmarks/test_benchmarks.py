"""Every benchmark at a tiny size: it runs, its contenders agree, its figures are numbers. How long anything takes is not looked at."""

import math
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from benchmarks import (
    __main__ as bench,
)
from benchmarks import (
    calibration,
    dashboards,
    divergence,
    divergence_power,
    extraction,
    mapping,
    nightly,
    sentiment,
    similarity,
    statistics_stage,
)
from benchmarks.contenders import product_counts
from benchmarks.published_world import write_snapshot
from benchmarks.results import KEY, Figure
from benchmarks.simulated_turns import benchmark_texts, simulated_turns
from benchmarks.world import write_world
from dashboards.report.chromium import find_chromium
from pipelines.config import load_settings
from pipelines.snapshot import SnapshotStore


def _whole(figures: list[Figure]) -> dict[str, Figure]:
    """The figures by name: each name once, each value a number from 0 up."""
    named = {figure.what: figure for figure in figures}
    assert len(named) == len(figures)
    assert [figure for figure in figures if not (math.isfinite(figure.value) and figure.value >= 0)] == []
    return named


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", KEY)


def test_nightly_and_its_statistics(tmp_path: Path) -> None:
    """The bare script lacked a table for months: its rows are held against the product's, as those of pandas are by itself."""
    write_world(tmp_path, 600)
    runs = {name: [nightly.contender(name, tmp_path)] for name in nightly.CONTENDERS}
    named = _whole(nightly.figures(runs))
    assert named["night less its statistics ÷ bare DuckDB script"].value > 0
    night = runs["night"][0]
    assert {"early_read", "divergence"} <= set(night["statistics"])
    shares = _whole(statistics_stage.figures(night))
    assert shares["statistics"].value == pytest.approx(sum(night["statistics"].values()))
    assert shares["statistics"].value < shares["whole night"].value
    assert set(runs["again"][0]["steps"]) < set(night["steps"]), "a night on nothing new computes nothing"
    counts = []
    for place in (tmp_path / "bare" / "bare.duckdb", tmp_path / "data" / "warehouse.duckdb"):
        with duckdb.connect(str(place), read_only=True) as connection:
            counts.append(product_counts(connection))
    assert counts[0] == counts[1]
    assert counts[0]["rows"] > 100
    for name in ("core.parquet", "pandas.parquet"):
        assert pl.read_parquet(tmp_path / name).height == counts[0]["rows"]


def test_the_operation_of_the_statistics_is_made_once(tmp_path: Path) -> None:
    config = statistics_stage.simulated(100, tmp_path)
    assert [source.table for source in load_settings(config).sources].count("ai_claims") == 1
    made = config.stat().st_mtime_ns
    assert statistics_stage.simulated(100, tmp_path) == config
    assert config.stat().st_mtime_ns == made


def test_calibration() -> None:
    """Raises SystemExit where product and contender disagree on miscalibration."""
    assert len(_whole(calibration.figures(600, 2, 1))) == 6


def test_divergence() -> None:
    assert _whole(divergence.figures(4000))["segments"].value > 100


def test_divergence_power(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest change in queues of 1,600 contacts is found in most of them."""
    monkeypatch.setattr(divergence_power, "EFFECTS", ((0.16, 0.25),))
    monkeypatch.setattr(divergence_power, "SIZES", (100, 1600))
    named = _whole(divergence_power.figures(1))
    recall = {what: figure.value for what, figure in named.items() if what.startswith("recall")}
    assert len(recall) == 2
    assert next(value for what, value in recall.items() if "1,600 contacts" in what) >= 0.5


def test_extraction() -> None:
    runs = {name: [extraction.contender(name, 300)] for name in ("stage", "engine", "loop")}
    assert _whole(extraction.figures(runs))["engine"].value > 0
    turns = simulated_turns(300)
    assert turns["text"].n_unique() == 300
    assert simulated_turns(300).equals(turns)


def test_mapping(tmp_path: Path) -> None:
    """Raises SystemExit where the mapping reads other rows than DuckDB."""
    mapping.write_files(tmp_path, 25)
    runs = {
        (name, kind): [mapping.contender(name, kind, tmp_path)]
        for name in ("mapping", "duckdb")
        for kind in mapping.FORMATS
    }
    assert runs["mapping", "nested"][0]["rows"] == {"contacts": 25, "turns": 50}
    mapping.write_small_files(tmp_path / "small", 3)
    named = _whole(mapping.figures(runs, mapping.small_files(tmp_path / "small")))
    assert named["csv: mapping ÷ DuckDB's typed read"].value > 0
    assert "3 small nested files" in named


def test_sentiment() -> None:
    texts = benchmark_texts(None, 8, "16-50")
    assert len(texts) == 8
    assert all(16 <= len(text.split()) <= 50 for text in texts)
    runs = {"embedded": [sentiment.contender("embedded", texts, 1, None)]}
    assert _whole(sentiment.figures(runs))["embedded"].value > 0


def test_similarity(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    similarity.make_warehouse(warehouse, 40)
    texts = benchmark_texts(None, 8, "6-30")
    runs = {
        name: [similarity.contender(name, texts=texts, weights=None, threads=1, warehouse=warehouse, handoffs=40)]
        for name in ("step", "loop", "embedded")
    }
    difference = similarity.largest_difference(warehouse)
    assert difference < 1e-5
    assert _whole(similarity.figures(runs, difference))["step ÷ loop"].value > 0


def test_dashboards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboards, "FILTERS", dashboards.FILTERS[:2])
    monkeypatch.setattr(dashboards, "CLICKED", dashboards.CLICKED[:2])
    data_dir = write_snapshot(tmp_path, 4000)
    named = _whole([*dashboards.pages(SnapshotStore(data_dir).current()), *dashboards.viewers(data_dir, 2, clicks=1)])
    assert {f"page {path}, all" for path in dashboards.MEASURED} <= set(named)
    if find_chromium() is not None:
        # Weights do not depend on how fast the machine is: these are what the pages may take.
        assert 300 < named["first load on the wire"].value < 1_600
        assert 1 < named["heaviest click"].value < 150


def test_one_is_run_and_written_beside_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `make bench` does, in processes of their own."""
    document = tmp_path / "benchmarks.md"
    monkeypatch.setitem(bench.SIZES, "calibration", (("1000000",), ("300", "1", "1")))
    document.write_text(bench.updated("# Old\n\n## earlier\n\nBy hand.\n", {"divergence": "As it was."}), "utf-8")
    ran = CliRunner().invoke(bench.main, ["--size", "small", "--only", "calibration", "--out", str(document)])
    assert ran.exit_code == 0, ran.output
    text = document.read_text("utf-8")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## calibration",
        "## divergence",
        "## earlier",
    ]
    assert "300 claims in 1 groups" in text
    assert "| contender ÷ product, rounded confidence |" in text
    assert f"{bench.machine()}." in text
    assert "As it was." in text
    assert "By hand." in text

"""Every figure of the statistics that page and report show is the one that stands in the published tables."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import season
from builders.snapshots import publish
from builders.texts import texts
from builders.views import all_rendered

from dashboards import wording
from dashboards.report import write_report
from pipelines.snapshot import Snapshot


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("season"), season.tables(), as_of=season.AS_OF)


@pytest.fixture(scope="module")
def page_and_document(made: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    return page_and_json(made, tmp_path_factory.mktemp("report"))


def page_and_json(snapshot: Snapshot, folder: Path) -> tuple[str, dict[str, Any]]:
    """Text of the pages, and the report's document."""
    path = write_report(snapshot, None, None, folder)
    document: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return " ".join(texts(all_rendered(snapshot))), document


def table(snapshot: Snapshot, name: str) -> pl.DataFrame:
    return snapshot.scan(name).collect()


def is_all(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all(" ", "") == "{}"


def check_early_read(snapshot: Snapshot, page: str, document: dict[str, Any]) -> int:
    rows = table(snapshot, "repeat_survival").filter(is_all("grouping"))
    weeks = document["findings"]["early_read"]["weeks"]
    latest = document["findings"]["early_read"]["complete"]
    for shown in weeks:
        year, number = shown["week"].split("-W")
        key = (pl.col("week") == date.fromisocalendar(int(year), int(number), 1)) & (pl.col("scope") == shown["scope"])
        row = rows.filter(key & (pl.col("day") == shown["day"])).row(0, named=True)
        assert (shown["value"], shown["lower"], shown["upper"]) == (
            row["repeat_probability"],
            row["lower"],
            row["upper"],
        )
        assert (shown["n"], shown["customers"], shown["window_share"]) == (
            row["n"],
            row["customers"],
            row["window_share"],
        )
        if not row["is_provisional"]:
            assert shown["mature"] == row["mature_repeated"] / row["mature_n"]
        elif latest:
            year, number = latest.split("-W")
            then = date.fromisocalendar(int(year), int(number), 1)
            same = (pl.col("week") == then) & (pl.col("day") == shown["day"]) & (pl.col("scope") == shown["scope"])
            assert shown["benchmark"] == rows.filter(same)["repeat_probability"].item()
        assert wording.percent(row["repeat_probability"]) in page
        assert wording.percent_range(row["lower"], row["upper"]) in page
    return len(weeks)


def check_calibration(snapshot: Snapshot, page: str, document: dict[str, Any]) -> int:
    summary = table(snapshot, "calibration_summary").filter("is_headline")
    sources = document["findings"]["calibration"]["sources"]
    for shown in sources:
        of_source = summary.filter(pl.col("label_source") == shown["label_source"])
        row = of_source.filter(is_all("grouping") & pl.col("period").is_null()).row(0, named=True)
        for name in ("n", "mean_confidence", "accuracy", "bias", "lower", "upper"):
            assert shown[name] == row[name], name
        assert shown["sentence"] in page
        of_all = (
            is_all("grouping")
            & (pl.col("label_source") == shown["label_source"])
            & pl.col("review_sampling").eq_missing(pl.lit(row["review_sampling"], pl.String))
            & pl.col("period").is_null()
        )
        curve = table(snapshot, "calibration_curve").filter(of_all).sort("confidence")
        for name in ("confidence", "estimate", "lower", "upper", "consistency_lower", "consistency_upper"):
            assert [point[name] for point in shown["curve"]] == curve[name].to_list()
        bars = table(snapshot, "confidence_histogram").filter(of_all).sort("bar_from")
        assert [bar["claims"] for bar in shown["histogram"]] == bars["claims"].to_list()
        said = re.search(r"(over|under)confident by ([0-9.]+) points", shown["furthest"])
        if said:
            sure = of_source.filter(pl.col("period").is_null() & (pl.col("q_value") <= 0.05) & ~is_all("grouping"))
            biases = [f"{100 * abs(bias):.1f}" for bias in sure["bias"].drop_nulls()]
            assert said[2] in biases
            assert shown["furthest"] in page
    return len(sources)


def check_divergence(snapshot: Snapshot, page: str, document: dict[str, Any]) -> int:
    rows = table(snapshot, "segment_divergence")
    found = document["findings"]["divergence"]
    assert found["looked_at"] == len(rows)
    for verdict in ("diverging", "undervalued", "aligned", "insufficient"):
        assert found[verdict] == rows.filter(pl.col("verdict") == verdict).height
    lines = [*found["shown"], *([found["hidden"]] if found["hidden"] else [])]
    for shown in lines:
        parts = dict(shown["group"]["parts"])
        (row,) = [each for each in rows.iter_rows(named=True) if json.loads(each["segment"]) == parts]
        for name in ("verdict", "customers", "q", "money", "money_lower", "money_upper"):
            assert shown[name] == row[name], name
        assert shown["contacts"] == row["contacts_period"]
        for role in ("proxy", "outcome"):
            measure = row[f"lead_{role}"]
            assert shown[role]["measure"] == measure
            for end in ("baseline", "period", "change", "lower", "upper"):
                assert shown[role][end] == row[f"{measure}_{end}"]
        assert shown["sentence"] in page
    alone = rows.filter((pl.col("verdict") == "diverging") & pl.col("within_segment").is_null())
    assert max((s["money"] or 0 for s in found["shown"]), default=0) == max(alone["money"].fill_null(0), default=0)
    return len(lines)


def check_escalation(snapshot: Snapshot, page: str, document: dict[str, Any]) -> int:
    rows = table(snapshot, "escalation_policy")
    found = document["findings"]["escalation"]
    best: dict[tuple[str, str], float] = {}
    for row in rows.sort(pl.col("confidence_kind") == "recalibrated").iter_rows(named=True):
        if row["regret_total"] is not None:
            best[row["workflow"], row["mood"]] = row["regret_total"]
    costly = sorted((regret for regret in best.values() if regret > 0), reverse=True)
    assert (found["judged"], found["excess"]) == (len(best), pytest.approx(sum(costly)))
    assert found["looked_at"] == rows.select("workflow", "mood").unique().height
    assert [each["excess_total"] for each in found["policies"]] == costly[:2]
    for shown in found["policies"]:
        of_policy = {name: shown[name] for name in ("workflow", "mood", "confidence_kind")}
        (row,) = [r for r in rows.iter_rows(named=True) if of_policy.items() <= r.items()]
        assert (shown["claims"], shown["threshold"], shown["excess"]) == (
            row["claims"],
            row["threshold"],
            row["regret"],
        )
        assert shown["sentence"] in page
    return len(best)


def check_validity(snapshot: Snapshot, page: str, document: dict[str, Any]) -> int:
    lines = document["findings"]["validity"]["lines"]
    rows = table(snapshot, "proxy_validity").filter(is_all("segment") & pl.col("period").is_null())
    for shown in lines:
        row = rows.filter(pl.col("measure") == shown["measure"]).row(0, named=True)
        assert (shown["slope"], shown["lower"], shown["upper"]) == (row["value"], row["lower"], row["upper"])
        assert shown["months"] == row["denominator"]
        values = table(snapshot, "proxy_validity").filter(
            is_all("segment") & (pl.col("measure") == shown["measure"]) & pl.col("period").is_not_null()
        )
        ends = values.drop_nulls("value").sort("period").select("period", "value").rows()
        for end, place in (("first", 0), ("last", -1)):
            assert (shown[end]["month"], shown[end]["value"]) == ends[place]
        assert shown["sentence"] in page
    return len(lines)


def check_small_segments(snapshot: Snapshot, page: str, document: dict[str, Any]) -> int:
    rows = table(snapshot, "small_segments").filter(
        (pl.col("measure") == "repeat_any_30d") & pl.col("shrunk").is_not_null()
    )
    said = document["findings"]["small_segments"]
    # The page shows one kind at a time, in words of its own.
    shown = []
    for kind, words in (("agent_id", "agent"), ("queue", "queue")):
        of_kind = rows.filter(pl.col("kind") == kind)
        if of_kind.height:
            above = of_kind.filter(pl.col("lower") > pl.col("prior_mean")).height
            usual = wording.percent(of_kind["prior_mean"][0])
            plural = "" if of_kind.height == 1 else "s"
            assert f"{above} of {of_kind.height} {words}{plural} (usual rate {usual})" in said
            shown.append(
                f"{above} of {of_kind.height} {words}{plural} are significantly above the usual {usual}" in page
            )
    assert any(shown) or not shown
    return rows.height


CHECKS = (
    check_early_read,
    check_calibration,
    check_divergence,
    check_escalation,
    check_validity,
    check_small_segments,
)


@pytest.mark.parametrize("check", CHECKS)
def test_shown_is_published(check: Any, made: Snapshot, page_and_document: tuple[str, dict[str, Any]]) -> None:
    assert check(made, *page_and_document) > 0

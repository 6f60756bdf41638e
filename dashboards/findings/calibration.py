"""Calibration (M9): what the AI's stated confidence is worth. Label sources stand beside each other, never in one number."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.snapshot.groups import ALL, Group, read_group, rows_of

#: Greatest q at which a bias or a drift is told from chance.
SIGNIFICANT = 0.05
#: What outcomes say stands first: it needs nobody to review.
_ORDER = ("outcome", "reviewed")
#: The one pair of dimensions that forms groups.
_PAIR = ("ai_model", "workflow")
_SOURCE_NAMES = {"reviewed": "judged by reviewers", "outcome": "judged by outcomes"}
_SAMPLINGS = {
    "random": "random sample",
    "targeted": "chosen for review",
    "unknown": "chosen how, unknown",
    "kept": "where the AI's answer stood",
}

NONE = "No calibration: no AI claim comes with a stated confidence and a verdict."


@dataclass(frozen=True)
class CurvePoint:
    """``estimate``: share of right claims at the stated ``confidence``; ``…_lower``, ``…_upper``: the 90% bands."""

    confidence: float
    estimate: float
    lower: float | None
    upper: float | None
    consistency_lower: float | None
    consistency_upper: float | None


@dataclass(frozen=True)
class ConfidenceBar:
    """Claims with a stated confidence from ``start`` to ``end``."""

    start: float
    end: float
    claims: int


@dataclass(frozen=True)
class Reliability:
    """One label source; ``name`` says by whom claims were judged. ``furthest`` and ``drift`` are sentences, empty where nothing can be told from chance or groups were not compared (``is_compared``)."""

    label_source: str
    name: str
    n: int
    mean_confidence: float | None
    accuracy: float | None
    bias: float | None
    lower: float | None
    upper: float | None
    sentence: str
    furthest: str
    drift: str
    curve: tuple[CurvePoint, ...]
    histogram: tuple[ConfidenceBar, ...]
    is_compared: bool
    sampling: str | None = None


@dataclass(frozen=True)
class CalibrationFindings:
    """Each label source by itself; ``sentence`` says why there is none."""

    sources: tuple[Reliability, ...]
    sentence: str

    @property
    def drawn(self) -> tuple[Reliability, ...]:
        """Sources with a curve."""
        return tuple(source for source in self.sources if source.curve)


def calibration(
    summary: pl.LazyFrame, curve: pl.LazyFrame, histogram: pl.LazyFrame, group: Group = ALL
) -> CalibrationFindings:
    """The headline of ``group`` in each label source; which group is furthest off, and drift, only of all claims."""
    headlines = summary.filter(pl.col("is_headline") & pl.col("label_source").is_in(_ORDER))
    rows = rows_of(headlines.filter(pl.col("period").is_null()), group).collect()
    by_source = {row["label_source"]: row for row in rows.iter_rows(named=True)}
    if not by_source:
        return CalibrationFindings(
            (), NONE if group == ALL else f"No calibration for {group.words}: it has no such claim."
        )
    sources = []
    for source in (each for each in _ORDER if each in by_source):
        row = by_source[source]
        groups = _groups(headlines, source) if group == ALL else []
        sources.append(
            Reliability(
                label_source=source,
                name=_name(source, row["review_sampling"]),
                n=row["n"],
                mean_confidence=row["mean_confidence"],
                accuracy=row["accuracy"],
                bias=row["bias"],
                lower=row["lower"],
                upper=row["upper"],
                sentence=wording.said(row["sentence"] or ""),
                furthest=_furthest(groups),
                drift=_drift(groups),
                curve=_curve(curve, group, row),
                histogram=_histogram(histogram, group, row),
                is_compared=group == ALL,
                sampling=row["review_sampling"],
            )
        )
    return CalibrationFindings(tuple(sources), "")


def _name(source: str, sampling: str | None) -> str:
    how = f", {_SAMPLINGS.get(sampling, 'chosen how, unknown')}" if sampling else ""
    return f"{_SOURCE_NAMES[source]}{how}"


def _groups(headlines: pl.LazyFrame, source: str) -> list[dict[str, Any]]:
    """Rows of groups with a bias or a drift that can be told from chance, each with its ``group``."""
    told = (pl.col("period").is_null() & (pl.col("q_value") <= SIGNIFICANT)) | (
        pl.col("period").is_not_null() & (pl.col("drift_q") <= SIGNIFICANT)
    )
    columns = (
        "grouping",
        "period",
        "n",
        "bias",
        "lower",
        "upper",
        "previous_period",
        "drift",
        "drift_lower",
        "drift_upper",
    )
    rows = (
        headlines.filter((pl.col("label_source") == source) & told).select(columns).sort("grouping", "period").collect()
    )
    return [row | {"group": read_group(row["grouping"])} for row in rows.iter_rows(named=True)]


def _furthest(rows: Iterable[dict[str, Any]]) -> str:
    """The one dimension, or AI model with workflow, whose bias is largest."""
    known = [
        row
        for row in rows
        if row["period"] is None
        and row["bias"] is not None
        and (len(row["group"].parts) == 1 or row["group"].dimensions == _PAIR)
    ]
    if not known:
        return ""
    row = max(known, key=lambda each: abs(each["bias"]))
    over = row["bias"] > 0
    sign = 1 if over else -1
    interval = _span(row["lower"], row["upper"], sign)
    return (
        f"{_capital(row['group'].words)}: {'over' if over else 'under'}confident by "
        f"{100 * abs(row['bias']):.1f} points{interval}, {wording.rests_on(row['n'])}."
    )


def _drift(rows: Iterable[dict[str, Any]]) -> str:
    """The largest drift of the latest month that has one."""
    known = [row for row in rows if row["period"] is not None and row["drift"] is not None]
    if not known:
        return ""
    row = max(known, key=lambda each: (each["period"], abs(each["drift"])))
    before, now = (wording.clipped(row[name] or "") for name in ("previous_period", "period"))
    over = row["drift"] > 0
    return (
        f"{_capital(row['group'].words)}: {100 * abs(row['drift']):.1f} points"
        f"{_span(row['drift_lower'], row['drift_upper'], 1 if over else -1)} further towards "
        f"{'over' if over else 'under'}confidence in {now}{f' than in {before}' if before else ''}."
    )


def _span(lower: float | None, upper: float | None, sign: int) -> str:
    """`` (13.6 to 22.8)`` of what is told without its sign; empty where a bound is missing."""
    if lower is None or upper is None:
        return ""
    return f" ({wording.points_range(*sorted((sign * lower, sign * upper))).removesuffix(' points')})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of_row(frame: pl.LazyFrame, group: Group, row: dict[str, Any]) -> pl.LazyFrame:
    return rows_of(
        frame.filter(
            (pl.col("label_source") == row["label_source"])
            & pl.col("review_sampling").eq_missing(pl.lit(row["review_sampling"], pl.String))
            & pl.col("period").is_null()
        ),
        group,
    )


def _curve(frame: pl.LazyFrame, group: Group, row: dict[str, Any]) -> tuple[CurvePoint, ...]:
    columns = ("confidence", "estimate", "lower", "upper", "consistency_lower", "consistency_upper")
    points = _of_row(frame, group, row).select(columns).sort("confidence").collect()
    return tuple(CurvePoint(*point) for point in points.rows())


def _histogram(frame: pl.LazyFrame, group: Group, row: dict[str, Any]) -> tuple[ConfidenceBar, ...]:
    bars = _of_row(frame, group, row).select("bar_from", "bar_to", "claims").sort("bar_from").collect()
    return tuple(ConfidenceBar(*bar) for bar in bars.rows())

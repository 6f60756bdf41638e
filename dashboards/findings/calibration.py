"""Calibration (M9): what the AI's stated confidence is worth. Label sources stand beside each other, never in one number."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.results.significance import SIGNIFICANT, is_significant
from dashboards.snapshot.groups import ALL, Group, read_group, rows_of
from dashboards.wording import calibration as sentences

#: What outcomes say stands first: it needs nobody to review.
_ORDER = ("outcome", "reviewed")
#: The one pair of dimensions that forms groups.
_PAIR = ("ai_model", "workflow")


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
    """One label source; ``name`` says by whom claims were judged.

    ``sentence`` says the whole, ``typical`` what a usual confidence is worth (empty where unknown). ``furthest`` and ``drift``
    are sentences, too, empty where nothing is significant or groups were not compared (``is_compared``).
    """

    label_source: str
    name: str
    n: int
    mean_confidence: float | None
    accuracy: float | None
    bias: float | None
    lower: float | None
    upper: float | None
    sentence: str
    typical: str
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
        return CalibrationFindings((), sentences.NO_CLAIMS if group == ALL else sentences.no_claims_of(group.words))
    sources = []
    for source in (each for each in _ORDER if each in by_source):
        row = by_source[source]
        groups = _groups(headlines, source) if group == ALL else []
        sources.append(
            Reliability(
                label_source=source,
                name=sentences.source_words(source, row["review_sampling"]),
                n=row["n"],
                mean_confidence=row["mean_confidence"],
                accuracy=row["accuracy"],
                bias=row["bias"],
                lower=row["lower"],
                upper=row["upper"],
                sentence=_overall(row, group),
                typical=_typical(row),
                furthest=_furthest(groups),
                drift=_drift(groups),
                curve=_curve(curve, group, row),
                histogram=_histogram(histogram, group, row),
                is_compared=group == ALL,
                sampling=row["review_sampling"],
            )
        )
    return CalibrationFindings(tuple(sources), "")


def _overall(row: dict[str, Any], group: Group) -> str:
    speaker = "the AI" if group == ALL else f"{group.words}: the AI"
    return sentences.overall(
        speaker,
        row["mean_confidence"],
        row["accuracy"],
        bias=row["bias"],
        lower=row["lower"],
        upper=row["upper"],
        is_significant=is_significant(row["q_value"]),
        reason=row["reason"] or "",
    )


def _typical(row: dict[str, Any]) -> str:
    stated, right = ("stated", "stated_from", "stated_to"), ("stated_accuracy", "stated_lower", "stated_upper")
    if any(row[name] is None for name in (*stated, *right)):
        return ""
    accuracy, lower, upper = (row[name] for name in right)
    return sentences.typical(*(row[name] for name in stated), right=accuracy, lower=lower, upper=upper)


def _groups(headlines: pl.LazyFrame, source: str) -> list[dict[str, Any]]:
    """Rows of groups with a significant bias or drift, each with its ``group``."""
    significant = (pl.col("period").is_null() & (pl.col("q_value") <= SIGNIFICANT)) | (
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
        headlines.filter((pl.col("label_source") == source) & significant)
        .select(columns)
        .sort("grouping", "period")
        .collect()
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
    return sentences.worst_group(
        row["group"].words, bias=row["bias"], lower=row["lower"], upper=row["upper"], n=row["n"]
    )


def _drift(rows: Iterable[dict[str, Any]]) -> str:
    """The largest drift of the latest month that has one."""
    known = [row for row in rows if row["period"] is not None and row["drift"] is not None]
    if not known:
        return ""
    row = max(known, key=lambda each: (each["period"], abs(each["drift"])))
    return sentences.drift(
        row["group"].words,
        change=row["drift"],
        lower=row["drift_lower"],
        upper=row["drift_upper"],
        before=row["previous_period"],
        month=row["period"],
    )


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

"""Calibration (M9) of many groups, by month, and recalibrated: rows of the published tables, chosen and typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.findings.calibration import ConfidenceBar, CurvePoint
from dashboards.results.significance import is_significant
from dashboards.snapshot.groups import ALL, Group, read_group
from dashboards.wording import calibration as sentences

#: Groups drawn; the table lists more.
DRAWN, LISTED = 12, 60
#: Groupings by their name in the address.
GROUPINGS: dict[str, tuple[str, ...]] = {
    "claim-type": ("claim_type",),
    "model": ("ai_model",),
    "model-workflow": ("ai_model", "workflow"),
    "workflow": ("workflow",),
    "queue": ("queue",),
    "issue": ("issue",),
    "mode": ("mode",),
    "region": ("region",),
    "language": ("language",),
    "product": ("product",),
    "channel": ("channel",),
    "hour": ("hour_of_day",),
}


@dataclass(frozen=True)
class ClaimGroup:
    """One group's calibration over all months. ``sampling``: which claims the numbers are of (see the contract)."""

    group: Group
    sampling: str | None
    n: int
    mean_confidence: float | None
    accuracy: float | None
    bias: float | None
    lower: float | None
    upper: float | None
    q: float | None
    ece: float | None
    ece_null_upper: float | None
    brier: float | None
    reason: str | None
    curve: tuple[CurvePoint, ...] = ()
    histogram: tuple[ConfidenceBar, ...] = ()

    @property
    def is_significant(self) -> bool:
        return is_significant(self.q)


@dataclass(frozen=True)
class Groups:
    """The largest groups first; ``left_out``: smaller ones that are not listed."""

    groups: tuple[ClaimGroup, ...]
    left_out: int
    sentence: str

    @property
    def drawn(self) -> tuple[ClaimGroup, ...]:
        return tuple(each for each in self.groups if each.curve)


@dataclass(frozen=True)
class Month:
    """One month's bias; ``drift``: its change on the month before, with its q."""

    period: str
    n: int
    mean_confidence: float | None
    accuracy: float | None
    bias: float | None
    lower: float | None
    upper: float | None
    q: float | None
    drift: float | None
    drift_q: float | None
    reason: str | None

    @property
    def is_biased(self) -> bool:
        """Whether the bias is statistically significant among all groups of the month."""
        return is_significant(self.q)

    @property
    def has_drifted(self) -> bool:
        """Whether the change on the month before is statistically significant."""
        return is_significant(self.drift_q)


@dataclass(frozen=True)
class ConfidenceMap:
    """From stated to calibrated confidence. ``points``: (stated, calibrated), linear between; empty without a map."""

    kind: str | None
    fitted_on: int
    judged_on: int
    gain: float | None
    lower: float | None
    upper: float | None
    other_gain: float | None
    helps: bool | None
    typical_stated: float | None
    typical_calibrated: float | None
    reason: str | None
    points: tuple[tuple[float, float], ...]

    @property
    def sentence(self) -> str:
        """What the map is worth; why there is none."""
        if self.kind is None or self.gain is None:
            return wording.sentence(self.reason or "no map was published")
        return sentences.recalibrated(
            self.kind,
            fitted_on=self.fitted_on,
            judged_on=self.judged_on,
            gain=self.gain,
            lower=self.lower,
            upper=self.upper,
            helps=bool(self.helps),
            stated=self.typical_stated,
            calibrated=self.typical_calibrated,
        )


def claim_groups(
    summary: pl.LazyFrame, curve: pl.LazyFrame, histogram: pl.LazyFrame, source: str, dimensions: Sequence[str]
) -> Groups:
    """Every group of ``dimensions`` as judged by ``source``, with curve and histogram of the largest."""
    rows = _headlines(summary, source).filter(pl.col("period").is_null()).sort("grouping").collect()
    found = [
        _group(group, row)
        for row in rows.iter_rows(named=True)
        if (group := read_group(row["grouping"])).dimensions == tuple(sorted(dimensions))
    ]
    found.sort(key=lambda each: (-each.n, each.group.words))
    listed = found[:LISTED]
    drawn = {each.group for each in [each for each in listed if each.bias is not None or each.reason is None][:DRAWN]}
    points = _by_group(curve, source, drawn, "confidence")
    bars = _by_group(histogram, source, drawn, "bar_from")
    whole = tuple(
        _with_curve(each, points.get((each.group, each.sampling), []), bars.get((each.group, each.sampling), []))
        for each in listed
    )
    return Groups(whole, max(0, len(found) - LISTED), _sentence(whole))


def months(summary: pl.LazyFrame, source: str, group: Group = ALL) -> tuple[Month, ...]:
    """The headline of ``group`` in every month, in order."""
    rows = _of(_headlines(summary, source).filter(pl.col("period").is_not_null()), group).sort("period").collect()
    names = (
        "period",
        "n",
        "mean_confidence",
        "accuracy",
        "bias",
        "lower",
        "upper",
        "q_value",
        "drift",
        "drift_q",
        "reason",
    )
    return tuple(Month(*row) for row in rows.select(names).rows())


def recalibration(table: pl.LazyFrame, source: str, sampling: str | None, group: Group = ALL) -> ConfidenceMap | None:
    """The map of ``group``; None where none was published."""
    rows = (
        _of(
            table.filter(
                (pl.col("label_source") == source) & pl.col("review_sampling").eq_missing(pl.lit(sampling, pl.String))
            ),
            group,
        )
        .sort("stated")
        .collect()
    )
    if rows.is_empty():
        return None
    row = rows.row(0, named=True)
    points = rows.drop_nulls(["stated", "calibrated"]).select("stated", "calibrated").rows()
    return ConfidenceMap(
        kind=row["kind"],
        fitted_on=row["fitted_on"],
        judged_on=row["judged_on"],
        gain=row["gain"],
        lower=row["lower"],
        upper=row["upper"],
        other_gain=row["other_gain"],
        helps=row["helps"],
        typical_stated=row["typical_stated"],
        typical_calibrated=row["typical_calibrated"],
        reason=row["reason"],
        points=tuple((stated, calibrated) for stated, calibrated in points),
    )


def drift_sentence(found: Sequence[Month]) -> str:
    """From the first month to the last, and the largest significant drift."""
    known = [month for month in found if month.bias is not None]
    if not known:
        return "No month has enough claims with a verdict."
    first, last = known[0], known[-1]
    ends = (last,) if first is last else (first, last)
    parts = [
        sentences.month_bias(
            each.period, bias=each.bias or 0.0, lower=each.lower, upper=each.upper, is_significant=each.is_biased
        )
        for each in ends
    ]
    drifted = [each for each in known if each.drift is not None and each.has_drifted]
    if not drifted:
        return " ".join([*parts, "No statistically significant change from one month to the next."])
    most = max(drifted, key=lambda month: abs(month.drift or 0.0))
    return " ".join([*parts, sentences.largest_drift(most.period, most.drift or 0.0)])


def _headlines(summary: pl.LazyFrame, source: str) -> pl.LazyFrame:
    return summary.filter(pl.col("is_headline") & (pl.col("label_source") == source))


def _of(rows: pl.LazyFrame, group: Group) -> pl.LazyFrame:
    """The rows of ``group``, however its JSON is spaced; only those that could be it are parsed."""
    written = rows.select(pl.col("grouping").unique()).collect()["grouping"].drop_nulls().to_list()
    return rows.filter(pl.col("grouping").is_in([text for text in written if read_group(text) == group]))


def _group(group: Group, row: dict[str, Any]) -> ClaimGroup:
    names = (
        "n",
        "mean_confidence",
        "accuracy",
        "bias",
        "lower",
        "upper",
        "q_value",
        "ece_debiased",
        "ece_null_upper",
        "brier",
        "reason",
    )
    return ClaimGroup(group, row["review_sampling"], *(row[name] for name in names))


def _by_group(
    table: pl.LazyFrame, source: str, wanted: set[Group], order: str
) -> dict[tuple[Group, str | None], list[dict[str, Any]]]:
    """Rows of the ``wanted`` groups over all months, by group and sampling; groups are told by what their JSON says."""
    rows = table.filter((pl.col("label_source") == source) & pl.col("period").is_null())
    written = rows.select(pl.col("grouping").unique()).collect()["grouping"].drop_nulls().to_list()
    groups = {text: group for text in written if (group := read_group(text)) in wanted}
    found: dict[tuple[Group, str | None], list[dict[str, Any]]] = {}
    for row in (
        rows.filter(pl.col("grouping").is_in(list(groups))).sort("grouping", order).collect().iter_rows(named=True)
    ):
        found.setdefault((groups[row["grouping"]], row["review_sampling"]), []).append(row)
    return found


def _with_curve(each: ClaimGroup, points: list[dict[str, Any]], bars: list[dict[str, Any]]) -> ClaimGroup:
    names = ("confidence", "estimate", "lower", "upper", "consistency_lower", "consistency_upper")
    values = {name: getattr(each, name) for name in each.__dataclass_fields__ if name not in ("curve", "histogram")}
    return ClaimGroup(
        **values,
        curve=tuple(CurvePoint(*(row[name] for name in names)) for row in points),
        histogram=tuple(ConfidenceBar(row["bar_from"], row["bar_to"], row["claims"]) for row in bars),
    )


def _sentence(groups: Sequence[ClaimGroup]) -> str:
    biased = [each for each in groups if each.is_significant and each.bias is not None]
    if not biased:
        return sentences.no_biased_group(len(groups))
    most = max(biased, key=lambda each: abs(each.bias or 0.0))
    return sentences.biased_groups(
        len(groups), len(biased), most.group.words, bias=most.bias or 0.0, lower=most.lower, upper=most.upper
    )

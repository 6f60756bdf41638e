"""Calibration (M9) of many groups, by month, and recalibrated: rows of the published tables, chosen and typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.findings.calibration import SIGNIFICANT, ConfidenceBar, CurvePoint
from dashboards.snapshot.groups import ALL, Group, read_group

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
    brier: float | None
    reason: str | None
    curve: tuple[CurvePoint, ...] = ()
    histogram: tuple[ConfidenceBar, ...] = ()

    @property
    def is_told_from_chance(self) -> bool:
        return self.q is not None and self.q <= SIGNIFICANT


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
    """One month's bias; ``drift``: its change on the month before, with the q of its being told from chance."""

    period: str
    n: int
    mean_confidence: float | None
    accuracy: float | None
    bias: float | None
    lower: float | None
    upper: float | None
    drift: float | None
    drift_q: float | None
    reason: str | None


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
    reason: str | None
    sentence: str
    points: tuple[tuple[float, float], ...]


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
    names = ("period", "n", "mean_confidence", "accuracy", "bias", "lower", "upper", "drift", "drift_q", "reason")
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
        reason=row["reason"],
        sentence=wording.said(row["sentence"] or ""),
        points=tuple((stated, calibrated) for stated, calibrated in points),
    )


def drift_sentence(found: Sequence[Month]) -> str:
    """From the first month to the last, and the largest drift that can be told from chance."""
    known = [month for month in found if month.bias is not None]
    if not known:
        return "No month has enough claims with a verdict."
    first, last = known[0], known[-1]
    over = _over(last.bias or 0.0)
    said = f"In {last.period} the stated confidence was {over} by {_points(last.bias)}{_range(last)}"
    if first is not last:
        said += f", in {first.period} {_over(first.bias or 0.0)} by {_points(first.bias)}"
    told = [m for m in known if m.drift is not None and m.drift_q is not None and m.drift_q <= SIGNIFICANT]
    if not told:
        return f"{said}; no month's change on the one before can be told from chance."
    most = max(told, key=lambda month: abs(month.drift or 0.0))
    way = "towards over" if (most.drift or 0.0) > 0 else "towards under"
    return f"{said}. The largest change beyond chance: {_points(most.drift)} {way}confidence in {most.period}."


def _headlines(summary: pl.LazyFrame, source: str) -> pl.LazyFrame:
    return summary.filter(pl.col("is_headline") & (pl.col("label_source") == source))


def _of(rows: pl.LazyFrame, group: Group) -> pl.LazyFrame:
    """The rows of ``group``, however its JSON is spaced; only those that could be it are parsed."""
    written = rows.select(pl.col("grouping").unique()).collect()["grouping"].drop_nulls().to_list()
    return rows.filter(pl.col("grouping").is_in([text for text in written if read_group(text) == group]))


def _group(group: Group, row: dict[str, Any]) -> ClaimGroup:
    names = ("n", "mean_confidence", "accuracy", "bias", "lower", "upper", "q_value", "ece_debiased", "brier", "reason")
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
    told = [each for each in groups if each.is_told_from_chance and each.bias is not None]
    if not groups:
        return "No group of this kind has a claim with a verdict."
    if not told:
        return f"Of {_groups(len(groups))}, none is off by more than chance (q at most .05)."
    most = max(told, key=lambda each: abs(each.bias or 0.0))
    return (
        f"{len(told)} of {_groups(len(groups))} {'is' if len(told) == 1 else 'are'} off beyond chance; "
        f"furthest {most.group.words}: {_over(most.bias or 0.0)} by {_points(most.bias)}{_range(most)}, "
        f"{wording.rests_on(most.n)}."
    )


def _groups(number: int) -> str:
    return f"{wording.count(number)} group{'' if number == 1 else 's'}"


def _over(bias: float) -> str:
    return "overconfident" if bias > 0 else "underconfident"


def _points(value: float | None) -> str:
    return wording.MISSING if value is None else f"{100 * abs(value):.1f} points"


def _range(each: ClaimGroup | Month) -> str:
    """The interval of the bias without its sign, smaller bound first."""
    if each.lower is None or each.upper is None or each.bias is None:
        return ""
    sign = 1 if each.bias > 0 else -1
    low, high = sorted((sign * each.lower, sign * each.upper))
    return f" ({wording.points_range(low, high).removesuffix(' points')})"

"""Segments one by one (M16): what moved in each, for a quadrant of proxy against outcome, and one segment in full."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.findings.divergence import baseline_words
from dashboards.snapshot.groups import Group, read_group
from dashboards.wording.weeks import describe_days
from pipelines.contract.analyses import DIVERGENCE_MEASURES

PROXIES = {"handle_seconds": "handle time", "claimed": "claimed resolution", "contained": "containment"}
OUTCOMES = {
    "repeat": "repeat contacts",
    "false_resolution": "false resolutions",
    "complaint": "complaints",
    "post_call_sentiment": "sentiment after the call",
}
MEASURES = PROXIES | OUTCOMES
#: Measures of which more is better.
MORE_IS_BETTER = frozenset({"claimed", "contained", "post_call_sentiment"})
#: The pair that is shown where no segment has a verdict.
DEFAULT = ("handle_seconds", "repeat")


@dataclass(frozen=True)
class SegmentChange:
    """A measure in the baseline and in the period at the same mix of issues, in the unit of the contract."""

    measure: str
    n_baseline: int
    n_period: int
    baseline: float | None
    period: float | None
    change: float | None
    lower: float | None
    upper: float | None

    @property
    def is_better(self) -> bool | None:
        if self.change is None or self.change == 0:
            return None
        return (self.change > 0) == (self.measure in MORE_IS_BETTER)


@dataclass(frozen=True)
class Moved:
    """One segment with one proxy and one outcome."""

    text: str
    group: Group
    verdict: str
    customers: int
    q: float | None
    proxy: SegmentChange
    outcome: SegmentChange

    @property
    def has_verdict(self) -> bool:
        return self.verdict in ("diverging", "undervalued")


@dataclass(frozen=True)
class Detail:
    """One segment in full. ``cause``: the narrower one that explains it; ``within``: the wider one that it repeats."""

    text: str
    group: Group
    verdict: str
    customers: int
    contacts: int
    q: float | None
    period: str
    baseline: str
    cause: Group | None
    within: Group | None
    money: float | None
    money_lower: float | None
    money_upper: float | None
    reason: str | None
    sentence: str
    changes: tuple[SegmentChange, ...]


def leading_pair(table: pl.LazyFrame) -> tuple[str, str]:
    """The proxy and the outcome that carry most verdicts."""
    pairs = table.filter(pl.col("lead_proxy").is_not_null() & pl.col("lead_outcome").is_not_null())
    counts = Counter(pairs.select("lead_proxy", "lead_outcome").collect().rows())
    known = {pair: n for pair, n in counts.items() if pair[0] in PROXIES and pair[1] in OUTCOMES}
    return max(known, key=lambda pair: (known[pair], pair), default=DEFAULT)


def moved(table: pl.LazyFrame, proxy: str, outcome: str) -> tuple[Moved, ...]:
    """Every segment of which both changes are known. Raises KeyError for a measure that there is not."""
    columns = [*_columns(proxy), *_columns(outcome)]
    rows = (
        table.filter(pl.col(f"{proxy}_change").is_not_null() & pl.col(f"{outcome}_change").is_not_null())
        .select("segment", "verdict", "customers", "q", *columns)
        .sort("segment")
        .collect()
    )
    return tuple(
        Moved(
            row["segment"],
            read_group(row["segment"]),
            row["verdict"],
            row["customers"],
            row["q"],
            _change(row, proxy),
            _change(row, outcome),
        )
        for row in rows.iter_rows(named=True)
    )


def within_reach(group: Group, chosen: Group) -> bool:
    """Whether contacts of ``chosen`` can be in ``group``: no dimension has another value in it."""
    wanted = dict(chosen.parts)
    return all(wanted.get(dimension, value) == value for dimension, value in group.parts)


def detail(table: pl.LazyFrame, wanted: Group) -> Detail | None:
    """The segment ``wanted``; None where none of the published ones is it."""
    texts = table.select("segment").collect()["segment"].to_list()
    text = next((each for each in texts if read_group(each) == wanted), None)
    if text is None:
        return None
    row = table.filter(pl.col("segment") == text).collect().row(0, named=True)
    return Detail(
        text=text,
        group=wanted,
        verdict=row["verdict"],
        customers=row["customers"],
        contacts=row["contacts_period"],
        q=row["q"],
        period=wording.clipped(describe_days(row["period"] or "")),
        baseline=baseline_words(row["baseline"], row["baseline_days"], row["baseline_days_with_data"]),
        cause=read_group(row["cause_segment"]) if row["cause_segment"] else None,
        within=read_group(row["within_segment"]) if row["within_segment"] else None,
        money=row["money"],
        money_lower=row["money_lower"],
        money_upper=row["money_upper"],
        reason=wording.said(row["reason"]) if row["reason"] else None,
        sentence=wording.said(row["sentence"] or ""),
        changes=tuple(_change(row, measure) for measure in MEASURES),
    )


def quadrant_sentence(found: Sequence[Moved], proxy: str, outcome: str) -> str:
    """How many segments stand where the figures got better and the outcomes worse, and how many of these are told from chance."""
    if not found:
        return f"No segment has enough contacts with {PROXIES[proxy]} and {OUTCOMES[outcome]}, now and before."
    corner = [each for each in found if each.proxy.is_better and each.outcome.is_better is False]
    told = [each for each in corner if each.verdict == "diverging"]
    return (
        f"In {wording.count(len(corner))} of {wording.count(len(found))} segments {PROXIES[proxy]} got better and "
        f"{OUTCOMES[outcome]} worse; of these {wording.count(len(told))} diverge beyond chance."
    )


def in_words(measure: str, value: float | None, *, change: bool = False) -> str:
    """A value, or a change, in the unit of its measure."""
    if value is None:
        return wording.MISSING
    if measure == "handle_seconds":
        return f"{'−' if value < 0 else '+'}{abs(value):.0f}\u202fs" if change else wording.duration(value)
    if measure == "complaint":
        per_thousand = 1000 * value
        sign = ("−" if value < 0 else "+") if change else ""
        return f"{sign}{abs(per_thousand):.1f} per 1,000"
    if DIVERGENCE_MEASURES[measure] == "share":
        return wording.points(value) if change else wording.percent(value)
    return wording.score(value)


def range_in_words(measure: str, lower: float | None, upper: float | None) -> str:
    if lower is None or upper is None:
        return wording.MISSING
    return f"{in_words(measure, lower, change=True)} to {in_words(measure, upper, change=True)}"


def _columns(measure: str) -> tuple[str, ...]:
    ends = ("n_baseline", "n_period", "baseline", "period", "change", "lower", "upper")
    if measure not in MEASURES:
        raise KeyError(measure)
    return tuple(f"{measure}_{end}" for end in ends)


def _change(row: dict[str, Any], measure: str) -> SegmentChange:
    return SegmentChange(measure, *(row[name] for name in _columns(measure)))

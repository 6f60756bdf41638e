"""Segments one by one (M16): what moved in each, for a quadrant of proxy against outcome, and one segment in full."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.findings.divergence import IS_SENSITIVE, baseline_words, read_issues
from dashboards.snapshot.groups import Group, read_group
from dashboards.wording.dates import describe_days
from dashboards.wording.divergence import (
    DIVERGING,
    MEASURES,
    OUTCOMES,
    PROXIES,
    UNDERVALUED,
    MeasureChange,
    segment_sentence,
)
from dashboards.wording.texts import capital

#: Measures of which more is better.
MORE_IS_BETTER = frozenset({"claimed", "contained", "post_call_sentiment"})
SENSITIVE_MARK = "sensitive to issue coding"
#: The pair that is shown where no segment has a verdict.
DEFAULT = ("handle_seconds", "repeat")


@dataclass(frozen=True)
class SegmentChange(MeasureChange):
    """A change with the contacts that it rests on."""

    n_baseline: int
    n_period: int
    detectable: float | None = None

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
    contacts: int
    is_sensitive: bool
    is_single: bool

    @property
    def has_verdict(self) -> bool:
        """Whether it has a verdict that counts."""
        return self.verdict in (DIVERGING, UNDERVALUED) and not self.is_sensitive

    @property
    def said(self) -> str:
        """The verdict with its mark."""
        return f"{self.verdict}\n{SENSITIVE_MARK}" if self.is_sensitive else self.verdict


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
    money_counts: str | None
    reason: str | None
    changes: tuple[SegmentChange, ...]
    lead_proxy: str | None
    lead_outcome: str | None
    is_sensitive: bool = False
    moved_issues: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        proxy, outcome = (self._change(measure) for measure in (self.lead_proxy, self.lead_outcome))
        return segment_sentence(
            self.group.words,
            self.verdict,
            proxy=proxy,
            outcome=outcome,
            customers=self.customers,
            reason=self.reason or "",
        )

    @property
    def not_compared(self) -> tuple[str, ...]:
        """Measures with too few contacts."""
        return tuple(each.measure for each in self.changes if each.change is None)

    def _change(self, measure: str | None) -> SegmentChange | None:
        return next((each for each in self.changes if each.measure == measure), None)


def leading_pair(table: pl.LazyFrame) -> tuple[str, str]:
    """The proxy and the outcome that carry most verdicts."""
    pairs = table.filter(~IS_SENSITIVE & pl.col("lead_proxy").is_not_null() & pl.col("lead_outcome").is_not_null())
    counts = Counter(pairs.select("lead_proxy", "lead_outcome").collect().rows())
    known = {pair: n for pair, n in counts.items() if pair[0] in PROXIES and pair[1] in OUTCOMES}
    return max(known, key=lambda pair: (known[pair], pair), default=DEFAULT)


def moved(table: pl.LazyFrame, proxy: str, outcome: str) -> tuple[Moved, ...]:
    """Every segment of which both changes are known. Raises KeyError for a measure that there is not."""
    columns = [*_columns(proxy), *_columns(outcome)]
    rows = (
        table.filter(pl.col(f"{proxy}_change").is_not_null() & pl.col(f"{outcome}_change").is_not_null())
        .select("segment", "verdict", "customers", "q", "contacts_period", IS_SENSITIVE.alias("is_sensitive"), *columns)
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
            row["contacts_period"],
            row["is_sensitive"],
            len(read_group(row["segment"]).parts) == 1,
        )
        for row in rows.iter_rows(named=True)
    )


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
        period=describe_days(row["period"] or ""),
        baseline=baseline_words(row["baseline"], row["baseline_days"], row["baseline_days_with_data"]),
        cause=read_group(row["cause_segment"]) if row["cause_segment"] else None,
        within=read_group(row["within_segment"]) if row["within_segment"] else None,
        money=row["money"],
        money_lower=row["money_lower"],
        money_upper=row["money_upper"],
        money_counts=row["money_counts"],
        reason=wording.clipped(row["reason"]) if row["reason"] else None,
        changes=tuple(_change(row, measure) for measure in MEASURES),
        lead_proxy=row["lead_proxy"],
        lead_outcome=row["lead_outcome"],
        is_sensitive=bool(row["is_sensitive_to_issue_coding"]),
        moved_issues=read_issues(row["moved_issues"]),
    )


def quadrant_sentence(found: Sequence[Moved], proxy: str, outcome: str) -> str:
    """In how many segments the figure improved and the outcome worsened, and how many of these diverge."""
    if not found:
        return f"No segment has enough contacts with {PROXIES[proxy]} and {OUTCOMES[outcome]}, now and in the baseline."
    corner = [each for each in found if each.proxy.is_better and each.outcome.is_better is False]
    diverging = [each for each in corner if each.verdict == DIVERGING and each.has_verdict]
    return (
        f"{capital(PROXIES[proxy])} improved and {OUTCOMES[outcome]} worsened in {wording.count(len(corner))} of "
        f"{wording.plural(len(found), 'segment')}; {wording.count(len(diverging))} of these diverge significantly."
    )


def _columns(measure: str) -> tuple[str, ...]:
    ends = ("baseline", "period", "change", "lower", "upper", "n_baseline", "n_period", "detectable")
    if measure not in MEASURES:
        raise KeyError(measure)
    return tuple(f"{measure}_{end}" for end in ends)


def _change(row: dict[str, Any], measure: str) -> SegmentChange:
    return SegmentChange(measure, *(row[name] for name in _columns(measure)))

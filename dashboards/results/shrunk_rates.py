"""Agents and queues by shrunk rates (M18), in the published order of the shrunk value and never of the raw one.

The rate of a single agent is personal data on performance: who sees no cases gets the spread of the agents alone, and that
only where no end of it is one of so few that colleagues know whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import polars.selectors as cs

from dashboards import wording
from dashboards.snapshot.queries import Queries
from dashboards.wording.dates import describe_days
from dashboards.wording.labels import shown_value

KINDS = {"queue": "queues", "agent_id": "agents"}
#: Measure → how it is called, what is counted, and what a value of 1 is in the unit shown.
MEASURES = {
    "repeat_any_30d": "repeat contacts within 30 days",
    "false_resolution": "false resolutions",
    "negative_survey_csat": "low survey ratings",
    "complaints_per_1000": "complaints per 1,000",
}
PER_THOUSAND = frozenset({"complaints_per_1000"})
#: Groups drawn; the table behind the figure has so many more.
DRAWN, LISTED = 30, 200
#: Agents from which their spread is shown to those who may not see them one by one.
SPREAD_FROM = 5


@dataclass(frozen=True)
class ShrunkRate:
    """One agent or queue. Values are fractions, complaints per 1,000; ``shrunk`` is None with a ``reason``.

    ``weight``: share of its own data in the shrunk value. ``usual``: what its kind usually does.
    """

    name: str
    period: str
    numerator: int
    n: int
    raw: float | None
    shrunk: float | None
    lower: float | None
    upper: float | None
    weight: float | None
    rank: int | None
    usual: float | None
    reason: str

    @property
    def stands_out(self) -> bool:
        """Whether the whole interval lies above what is usual."""
        return self.lower is not None and self.usual is not None and self.lower > self.usual

    @property
    def lies_below(self) -> bool:
        """Whether it lies below."""
        return self.upper is not None and self.usual is not None and self.upper < self.usual


@dataclass(frozen=True)
class Spread:
    """The agents without names: the shrunk rates of ``agents`` that have one, of ``all_agents``; None where they are too few."""

    all_agents: int
    agents: int
    lowest: float | None
    lower_quarter: float | None
    median: float | None
    upper_quarter: float | None
    highest: float | None
    usual: float | None

    @property
    def places(self) -> tuple[tuple[str, float], ...]:
        """Each place in the order of the rates with its value; none where they are too few."""
        named = (
            ("lowest", self.lowest),
            ("a quarter lie below", self.lower_quarter),
            ("median", self.median),
            ("a quarter lie above", self.upper_quarter),
            ("highest", self.highest),
        )
        return tuple((name, value) for name, value in named if value is not None)


def spread(found: Sequence[ShrunkRate]) -> Spread:
    """Quartiles are those between two agents in proportion (numpy's and polars' linear ones)."""
    rates = pl.Series([each.shrunk for each in found], dtype=pl.Float64).drop_nulls()
    enough = len(rates) >= SPREAD_FROM
    lowest, lower, middle, upper, highest = (
        rates.quantile(share, "linear") if enough else None for share in (0, 0.25, 0.5, 0.75, 1)
    )
    usual = next((each.usual for each in found if each.shrunk is not None), None)
    return Spread(len(found), len(rates), lowest, lower, middle, upper, highest, usual)


def offered(queries: Queries) -> dict[str, tuple[str, ...]]:
    """Kinds that were published → their measures, both in the order of ``KINDS`` and ``MEASURES``."""
    rows = set(queries.frame("select distinct kind, measure from small_segments").rows())
    return {
        kind: measures
        for kind in KINDS
        if (measures := tuple(measure for measure in MEASURES if (kind, measure) in rows))
    }


def shrunk(queries: Queries, kind: str, measure: str) -> tuple[ShrunkRate, ...]:
    """The groups of ``kind`` by the rank of their shrunk rate; those without one last, the largest first."""
    rows = queries.frame(
        """select name, period, numerator, n, raw, shrunk, lower, upper, weight, rank, prior_mean as usual,
        coalesce(reason, '') as reason from small_segments where kind = $kind and measure = $measure
        order by rank nulls last, n desc, name""",
        {"kind": kind, "measure": measure},
    ).with_columns(cs.float().fill_nan(None))
    return tuple(
        ShrunkRate(**{**row, "n": row["n"] or 0, "numerator": row["numerator"] or 0})
        for row in rows.iter_rows(named=True)
    )


def shrunk_name(kind: str, each: ShrunkRate) -> str:
    """The agent or queue as people call it."""
    return wording.clipped(shown_value(kind, each.name)).strip() or "(blank)"


def number(measure: str, value: float | None) -> str:
    """A value of ``measure`` as people read it."""
    return wording.per_thousand(value) if measure in PER_THOUSAND else wording.percent(value)


def span(measure: str, lower: float | None, upper: float | None) -> str:
    if lower is None or upper is None:
        return wording.MISSING
    return f"{lower:.2f}–{upper:.2f}" if measure in PER_THOUSAND else wording.percent_range(lower, upper)


def sentence(found: Sequence[ShrunkRate], kind: str, measure: str) -> str:
    """How many stand out, either way, by the whole interval."""
    known = [each for each in found if each.shrunk is not None]
    if not known:
        return f"No estimates for {KINDS[kind]}: {found[0].reason if found else 'there are none'}."
    above, below = sum(each.stands_out for each in known), sum(each.lies_below for each in known)
    usual = f"the usual {number(measure, known[0].usual)}"
    start = f"{MEASURES[measure][:1].upper()}{MEASURES[measure][1:]}: "
    if not above and not below:
        return f"{start}no significant difference from {usual} in {wording.count(len(known))} {KINDS[kind]}."
    return (
        f"{start}{wording.count(above)} of {wording.count(len(known))} {KINDS[kind]} are significantly above {usual}, "
        f"{wording.count(below)} significantly below."
    )


def sizes(found: Sequence[ShrunkRate], min_n: int) -> str:
    """On how many contacts the groups rest, and of which days."""
    if not found:
        return ""
    least, most = min(each.n for each in found), max(each.n for each in found)
    few = sum(each.n < min_n for each in found)
    small = f"; {wording.count(few)} of them on fewer than {min_n}, which say little" if few else ""
    return f"Contacts of {days(found)}; the groups rest on {wording.count(least)} to {wording.count(most)} contacts{small}."


def days(found: Sequence[ShrunkRate]) -> str:
    """Of which days the groups are; every one of a table is of the same."""
    return wording.clipped(describe_days(found[0].period)) if found else ""

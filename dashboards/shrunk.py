"""Agents and queues by shrunk rates (M18), in the published order of the shrunk value and never of the raw one."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars.selectors as cs

from dashboards import wording
from dashboards.queries import Queries
from dashboards.weeks import describe_days

KINDS = {"queue": "queues", "agent_id": "agents"}
#: Measure → how it is called, what is counted, and what a value of 1 is in the unit shown.
MEASURES = {
    "repeat_any_30d": "back within 30 days",
    "false_resolution": "claimed, did not hold",
    "negative_survey_csat": "low survey ratings",
    "complaints_per_1000": "complaints per 1,000",
}
PER_THOUSAND = frozenset({"complaints_per_1000"})
#: Groups drawn; the table behind the figure has so many more.
DRAWN, LISTED = 30, 200


@dataclass(frozen=True)
class Shrunk:
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


def offered(queries: Queries) -> dict[str, tuple[str, ...]]:
    """Kinds that were published → their measures, both in the order of ``KINDS`` and ``MEASURES``."""
    rows = set(queries.frame("select distinct kind, measure from small_segments").rows())
    return {
        kind: measures
        for kind in KINDS
        if (measures := tuple(measure for measure in MEASURES if (kind, measure) in rows))
    }


def shrunk(queries: Queries, kind: str, measure: str) -> tuple[Shrunk, ...]:
    """The groups of ``kind`` by the rank of their shrunk rate; those without one last, the largest first."""
    rows = queries.frame(
        """select name, period, numerator, n, raw, shrunk, lower, upper, weight, rank, prior_mean as usual,
        coalesce(reason, '') as reason from small_segments where kind = $kind and measure = $measure
        order by rank nulls last, n desc, name""",
        {"kind": kind, "measure": measure},
    ).with_columns(cs.float().fill_nan(None))
    return tuple(
        Shrunk(**{**row, "n": row["n"] or 0, "numerator": row["numerator"] or 0}) for row in rows.iter_rows(named=True)
    )


def number(measure: str, value: float | None) -> str:
    """A value of ``measure`` as people read it."""
    return wording.per_thousand(value) if measure in PER_THOUSAND else wording.percent(value)


def span(measure: str, lower: float | None, upper: float | None) -> str:
    if lower is None or upper is None:
        return wording.MISSING
    return f"{lower:.2f}–{upper:.2f}" if measure in PER_THOUSAND else wording.percent_range(lower, upper)


def sentence(found: Sequence[Shrunk], kind: str, measure: str) -> str:
    """How many stand out, either way, by the whole interval."""
    known = [each for each in found if each.shrunk is not None]
    if not known:
        return f"No rate of {KINDS[kind]} was shrunk: {found[0].reason if found else 'there are none'}."
    above, below = sum(each.stands_out for each in known), sum(each.lies_below for each in known)
    usual = f"the usual {number(measure, known[0].usual)}"
    start = f"{MEASURES[measure][:1].upper()}{MEASURES[measure][1:]}: "
    if not above and not below:
        return f"{start}none of {wording.count(len(known))} {KINDS[kind]} can be told apart from {usual}."
    return (
        f"{start}{wording.count(above)} of {wording.count(len(known))} {KINDS[kind]} lie wholly above {usual}, "
        f"{wording.count(below)} wholly below."
    )


def sizes(found: Sequence[Shrunk], min_n: int) -> str:
    """On how many contacts the groups rest, and of which days."""
    if not found:
        return ""
    least, most = min(each.n for each in found), max(each.n for each in found)
    few = sum(each.n < min_n for each in found)
    small = f"; {wording.count(few)} of them on fewer than {min_n}, which say little" if few else ""
    days = wording.clipped(describe_days(found[0].period))
    return f"Contacts of {days}; the groups rest on {wording.count(least)} to {wording.count(most)} contacts{small}."

"""Promises (M12) one by one, as counts: by week, open ones with their reasons, and the largest that were broken.

Rates are published (``published_rates``); what stands here are counts of the published rows of the contacts that filters leave.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import Week

STATUSES = {
    "kept_on_time": "kept on time",
    "kept_late": "kept late",
    "broken": "broken",
    "pending": "not due yet",
    "unverifiable": "cannot be verified",
}
#: Those of which it is known what became of them.
FATES = ("kept_on_time", "kept_late", "broken")
SOURCES = {"recorded": "recorded by a system", "spoken": "only spoken"}
WHY_UNVERIFIABLE = {
    "no_crm_events": "no source of events is configured",
    "kind_without_event": "nothing records whether such a promise is kept",
    "no_customer": "no customer is known",
}
MOST_LISTED = 10


@dataclass(frozen=True)
class WeekOfPromises:
    """Promises made in contacts of one week, by status."""

    week: Week
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class PromiseSources:
    source: str
    counts: dict[str, int]


@dataclass(frozen=True)
class Broken:
    """One broken promise. ``amount`` in ``currency``, both None where none was promised."""

    system: str
    day: date
    contact_id: str
    made_by: str
    kind: str
    amount: float | None
    currency: str | None
    due: date
    source: str


@dataclass(frozen=True)
class Promised:
    """Promises of the contacts from ``first`` to ``last``; ``reasons``: why some cannot be verified → how many."""

    first: date
    last: date
    weeks: tuple[WeekOfPromises, ...]
    sources: tuple[PromiseSources, ...]
    reasons: dict[str, int]

    @property
    def counts(self) -> dict[str, int]:
        return {status: sum(week.counts.get(status, 0) for week in self.weeks) for status in STATUSES}

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def open_sentence(self) -> str:
        """How many have no fate, and why."""
        counts = self.counts
        pending, blind = counts["pending"], counts["unverifiable"]
        if not self.total:
            return "No promise was made in these weeks."
        said = f"Of {wording.count(self.total)} promises {wording.count(pending)} {'is' if pending == 1 else 'are'} not due yet"
        if not blind:
            return f"{said}; all others can be verified."
        why = max(self.reasons, key=lambda reason: self.reasons[reason], default="")
        reason = f", most of them because {WHY_UNVERIFIABLE.get(why, wording.clipped(why))}" if why else ""
        return f"{said} and {wording.count(blind)} ({wording.percent(blind / self.total)}) cannot be verified{reason}."

    @property
    def weekly_sentence(self) -> str:
        known = [(week, sum(week.counts.get(fate, 0) for fate in FATES)) for week in self.weeks]
        known = [(week, number) for week, number in known if number]
        if not known:
            return "No promise of these weeks has a known result."
        first, last = known[0], known[-1]
        return (
            f"Broken: {_of(first)}; {_of(last)}. Promises that are not due yet are drawn pale."
            if first != last
            else f"Broken: {_of(first)}."
        )


def _of(found: tuple[WeekOfPromises, int]) -> str:
    week, known = found
    return f"{wording.count(week.counts.get('broken', 0))} of {wording.count(known)} known of {week.week.label}"


def promised(queries: Queries, filters: Filters, first: date, last: date) -> Promised:
    """The promises made in contacts from ``first`` to ``last`` that ``filters`` leave."""
    condition, parameters = filters.condition
    rows = queries.frame(
        f"""select cast(date_trunc('week', day) as date) as week, source, status, coalesce(unverifiable_reason, '') as why,
        count(*) as promises from {queries.days("commitments", first, last)}
        where day between $first and $last and {condition} group by all""",
        {**parameters, "first": first, "last": last},
    )
    by_week = rows.group_by("week", "status").agg(pl.col("promises").sum())
    weeks = tuple(
        WeekOfPromises(Week(monday), dict(by_week.filter(pl.col("week") == monday).select("status", "promises").rows()))
        for monday in sorted(by_week["week"].unique())
    )
    by_source = rows.group_by("source", "status").agg(pl.col("promises").sum())
    sources = tuple(
        PromiseSources(source, dict(by_source.filter(pl.col("source") == source).select("status", "promises").rows()))
        for source in sorted(by_source["source"].unique())
    )
    reasons = rows.filter(pl.col("status") == "unverifiable").group_by("why").agg(pl.col("promises").sum())
    return Promised(first, last, weeks, sources, dict(reasons.sort("promises", descending=True).rows()))


def largest_broken(queries: Queries, filters: Filters, first: date, last: date) -> tuple[Broken, ...]:
    """The broken promises of the largest amounts, of those that name one; amounts of other currencies stand apart."""
    condition, parameters = filters.condition
    rows = queries.frame(
        f"""select system, day, contact_id, coalesce(made_by, '') as made_by, kind, amount, currency,
        cast(due_at as date) as due, source from {queries.days("commitments", first, last)}
        where day between $first and $last and status = 'broken' and amount is not null and not isnan(amount) and {condition}
        order by amount desc, day desc, system, commitment_id limit {MOST_LISTED}""",
        {**parameters, "first": first, "last": last},
    )
    return tuple(_broken(row) for row in rows.iter_rows(named=True))


def _broken(row: dict[str, Any]) -> Broken:
    return Broken(**row)

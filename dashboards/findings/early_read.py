"""Early read (M4): how many customers have come back, from weeks whose windows are still open.

A week is read at the last day to which it has been followed and never beyond. Beside it stands what the latest complete
week had shown by that same day, so that like is compared with like.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.snapshot.groups import Group, rows_of
from dashboards.wording import repeats as sentences
from dashboards.wording.repeats import RepeatShare
from dashboards.wording.weeks import Week

LAST_DAY = 30
SCOPES = ("any", "same_issue")
#: Weeks shown.
WEEKS = 8


@dataclass(frozen=True)
class EarlyWeek:
    """One week and scope. ``value``: share that came back by ``day``; None when ``reason`` says why.

    ``benchmark``: share of the latest complete week that had come back by the same day. ``mature``: the mature rate
    (M3), where the week's windows have all closed.
    """

    week: Week
    scope: str
    n: int
    customers: int
    window_share: float
    is_provisional: bool
    day: int | None
    value: float | None
    lower: float | None
    upper: float | None
    benchmark: float | None
    mature: float | None
    reason: str | None

    @property
    def is_whole(self) -> bool:
        """Whether the week is known to the end of the window."""
        return self.day == LAST_DAY and self.value is not None


@dataclass(frozen=True)
class EarlyRead:
    """The last weeks in order, any issue and same issue; ``complete``: the latest week whose windows have all closed."""

    weeks: tuple[EarlyWeek, ...]
    complete: Week | None
    sentence: str

    def of(self, scope: str) -> tuple[EarlyWeek, ...]:
        return tuple(week for week in self.weeks if week.scope == scope)


def early_read(survival: pl.LazyFrame, up_to: Week, group: Group, min_n: int, *, length: int = WEEKS) -> EarlyRead:
    """The last ``length`` weeks up to ``up_to``. ``survival``: the table repeat_survival.

    A week is followed to a day when at least ``min_n`` of its contacts are at risk there, or when all its windows have
    closed and it has that many; both scopes are read at one day, the last that both reach.
    """
    rows = rows_of(survival, group).filter(
        (pl.col("week") <= up_to.monday)
        & pl.col("scope").is_in(SCOPES)
        & pl.col("repeat_probability").is_not_null()
        & pl.when("is_provisional").then(pl.col("at_risk") >= min_n).otherwise(pl.col("mature_n") >= min_n)
    )
    known = rows.sort("scope", "week", "day").collect()
    complete = known.filter(~pl.col("is_provisional") & (pl.col("day") == LAST_DAY))
    latest = complete.filter(pl.col("scope") == "any")["week"].max()
    of_latest = known.filter(pl.col("week").eq_missing(pl.lit(latest, pl.Date)))
    benchmark = {
        (scope, day): float(value)
        for scope, day, value in of_latest.select("scope", "day", "repeat_probability").rows()
    }
    ends = known.filter(pl.col("day") == pl.col("day").max().over("scope", "week").min().over("week"))
    last = {(row["scope"], row["week"]): row for row in ends.iter_rows(named=True)}
    headers = _headers(survival, group, up_to, length)
    weeks = tuple(_week(row, last.get((row["scope"], row["week"])), benchmark, min_n) for row in headers)
    found = None if latest is None else Week(latest)  # type: ignore[arg-type]  # a day column's greatest is a day
    return EarlyRead(weeks, found, _sentence(weeks, found, benchmark))


def _headers(survival: pl.LazyFrame, group: Group, up_to: Week, length: int) -> list[dict[str, Any]]:
    """One row a week and scope, whether anything is known of it or not."""
    first = up_to.plus(1 - length).monday
    rows = rows_of(survival, group).filter(
        pl.col("week").is_between(first, up_to.monday) & pl.col("scope").is_in(SCOPES)
    )
    columns = ("n", "customers", "window_share", "is_provisional", "mature_n", "mature_repeated", "reason")
    firsts = rows.group_by("week", "scope").agg(pl.col(columns).sort_by("day").first())
    return list(firsts.sort("week", "scope").collect().iter_rows(named=True))


def _week(
    row: dict[str, Any], last: dict[str, Any] | None, benchmark: dict[tuple[str, int], float], min_n: int
) -> EarlyWeek:
    closed = not row["is_provisional"] and row["mature_n"] >= min_n
    reason = None
    if last is None:
        few = f"{wording.plural(row['n'], 'contact')}, fewer than {min_n}"
        reason = few if row["n"] < min_n else row["reason"] or f"fewer than {min_n} contacts followed for a day"
    return EarlyWeek(
        week=Week(row["week"]),
        scope=row["scope"],
        n=row["n"],
        customers=row["customers"],
        window_share=row["window_share"],
        is_provisional=row["is_provisional"],
        day=last["day"] if last else None,
        value=last["repeat_probability"] if last else None,
        lower=last["lower"] if last else None,
        upper=last["upper"] if last else None,
        benchmark=benchmark.get((row["scope"], last["day"])) if last and row["is_provisional"] else None,
        mature=row["mature_repeated"] / row["mature_n"] if closed else None,
        reason=reason,
    )


def _sentence(weeks: tuple[EarlyWeek, ...], complete: Week | None, benchmark: dict[tuple[str, int], float]) -> str:
    shown = [week for week in weeks if week.scope == "any" and week.value is not None]
    same = {week.week: week for week in weeks if week.scope == "same_issue"}
    if not shown:
        reasons = [week.reason for week in weeks if week.reason]
        return sentences.no_early_read(reasons[-1] if reasons else sentences.NO_WEEK)
    label = complete.label if complete else ""
    whole = next((week for week in reversed(shown) if week.is_whole and week.is_provisional), None)
    newest = shown[-1]
    parts = []
    if whole is not None:
        parts.append(sentences.expected(_share(whole, same.get(whole.week)), window_share=whole.window_share))
        parts.append(sentences.complete_week(label, benchmark.get(("any", LAST_DAY)) if complete else None))
    if newest.is_provisional and not newest.is_whole and newest.day is not None:
        by_then = benchmark.get(("any", newest.day)) if complete else None
        parts.append(sentences.so_far(_share(newest, same.get(newest.week)), complete=label, by_then=by_then))
    if not parts:
        parts.append(sentences.within(_share(newest, same.get(newest.week)), is_provisional=newest.is_provisional))
    return " ".join(parts)


def _share(week: EarlyWeek, same: EarlyWeek | None) -> RepeatShare:
    day, value = week.day or 0, week.value or 0.0
    known = same is not None and same.day == day
    return RepeatShare(week.week.label, day, value, week.lower, week.upper, same.value if same and known else None)

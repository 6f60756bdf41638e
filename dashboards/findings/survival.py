"""Curves of repeat contact (M4): the share that had come back by each day after the contact, of one week, by group.

Every point is a published one. A curve ends where too few contacts were followed further, as in the early read.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.findings.early_read import LAST_DAY, SCOPES
from dashboards.snapshot.groups import ALL, Group, read_group
from dashboards.wording import repeats as sentences
from dashboards.wording.labels import dimension_words
from dashboards.wording.repeats import RepeatShare
from dashboards.wording.weeks import Week

#: Curves drawn side by side; more could not be told apart.
SHOWN = 5
#: Dimensions by which curves may be drawn, by their name in the address.
CUTS = {
    "all": None,
    "mode": "mode",
    "workflow": "workflow",
    "queue": "queue",
    "issue": "issue",
    "region": "region",
    "language": "language",
    "model": "ai_model",
    "channel": "channel",
    "product": "product",
}


@dataclass(frozen=True)
class RepeatPoint:
    """``value``: share that had come back by ``day``, with its 95% confidence interval (None where there is none)."""

    day: int
    value: float
    lower: float | None
    upper: float | None
    at_risk: int


@dataclass(frozen=True)
class Curve:
    """One group and scope. ``mature``: the mature rate (M3) where all windows have closed; ``reason``: why no point."""

    group: Group
    scope: str
    n: int
    customers: int
    is_provisional: bool
    mature: float | None
    points: tuple[RepeatPoint, ...]
    reason: str | None

    @property
    def last(self) -> RepeatPoint | None:
        return self.points[-1] if self.points else None


@dataclass(frozen=True)
class RepeatCurves:
    """``curves``: the largest groups, any issue before same issue; ``left_out``: groups that are not drawn."""

    week: Week | None
    weeks: tuple[Week, ...]
    curves: tuple[Curve, ...]
    left_out: int
    sentence: str

    def of(self, scope: str) -> tuple[Curve, ...]:
        return tuple(curve for curve in self.curves if curve.scope == scope)


def survival(
    table: pl.LazyFrame, up_to: Week, min_n: int, *, group: Group = ALL, by: str | None = None, week: Week | None = None
) -> RepeatCurves:
    """Curves of ``week`` (default: the latest complete one up to ``up_to``, else the latest).

    ``by``: a dimension, then one curve a value of it; else the curve of ``group``. ``table``: repeat_survival.
    """
    known = table.filter((pl.col("week") <= up_to.monday) & pl.col("scope").is_in(SCOPES))
    named = known.select(pl.col("grouping").unique()).collect()["grouping"].drop_nulls().to_list()
    groups = {text: read_group(text) for text in named}
    wanted = {
        text: each for text, each in groups.items() if (each.dimensions == (by,) if by is not None else each == group)
    }
    rows = known.filter(pl.col("grouping").is_in(list(wanted)))
    ends = rows.group_by("week").agg(
        (pl.col("is_provisional") | (pl.col("mature_n") < min_n)).all().alias("open"), pl.len()
    )
    offered = ends.sort("week").collect()
    weeks = tuple(Week(monday) for monday in offered["week"])
    if not weeks:
        whose = dimension_words(by) if by else group.words
        return RepeatCurves(None, (), (), 0, f"No curve: no week was followed up for {whose}.")
    complete = [Week(monday) for monday, is_open, _ in offered.rows() if not is_open]
    chosen = week if week in weeks else max(complete, default=weeks[-1])
    curves = _curves(rows.filter(pl.col("week") == chosen.monday), wanted, min_n)
    shown = curves[: 2 * SHOWN]
    return RepeatCurves(chosen, weeks, tuple(shown), (len(curves) - len(shown)) // 2, _sentence(shown, chosen, by))


def _curves(rows: pl.LazyFrame, groups: dict[str, Group], min_n: int) -> list[Curve]:
    """Both scopes of each group, the largest group first."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows.sort("grouping", "scope", "day").collect().iter_rows(named=True):
        found.setdefault((row["grouping"], row["scope"]), []).append(row)
    sizes = {text: max(row["n"] for row in found[text, scope]) for text, scope in found}
    order = sorted(sizes, key=lambda text: (-sizes[text], groups[text].words))
    return [_curve(groups[text], scope, found.get((text, scope), []), min_n) for text in order for scope in SCOPES]


def _curve(group: Group, scope: str, rows: list[dict[str, Any]], min_n: int) -> Curve:
    if not rows:
        return Curve(group, scope, 0, 0, is_provisional=False, mature=None, points=(), reason="not followed")
    first = rows[0]
    closed = not first["is_provisional"] and first["mature_n"] >= min_n
    points = tuple(
        RepeatPoint(row["day"], row["repeat_probability"], row["lower"], row["upper"], row["at_risk"])
        for row in rows
        if row["repeat_probability"] is not None and (closed or (first["is_provisional"] and row["at_risk"] >= min_n))
    )
    reason = None
    if not points:
        few = f"{wording.plural(first['n'], 'contact')}, fewer than {min_n}"
        reason = few if first["n"] < min_n else first["reason"] or f"fewer than {min_n} contacts followed for a day"
    return Curve(
        group,
        scope,
        first["n"],
        first["customers"],
        bool(first["is_provisional"]),
        first["mature_repeated"] / first["mature_n"] if closed else None,
        points,
        reason,
    )


def _sentence(curves: list[Curve], week: Week, by: str | None) -> str:
    whole = [(curve, last) for curve in curves if curve.scope == "any" and (last := curve.last) is not None]
    if not whole:
        reasons = [curve.reason for curve in curves if curve.reason]
        return f"No curve for {week.label}: {reasons[0] if reasons else sentences.NO_WEEK}."
    same = {curve.group: curve.last for curve in curves if curve.scope == "same_issue"}
    if by is None or len(whole) == 1:
        curve, last = whole[0]
        return sentences.one_curve(curve.group.words, _share(week, last, same.get(curve.group)), curve.n)
    ends = sorted((pair for pair in whole if pair[1].day == LAST_DAY), key=lambda pair: pair[1].value)
    if len(ends) < 2:
        return f"No two groups of {week.label} are known to day {LAST_DAY} yet; each curve ends where it is known."
    (low, least), (high, most) = ends[0], ends[-1]
    return sentences.most_and_least(
        week.label, (high.group.words, _share(week, most), high.n), (low.group.words, _share(week, least), low.n)
    )


def _share(week: Week, point: RepeatPoint, same: RepeatPoint | None = None) -> RepeatShare:
    known = same is not None and same.day == point.day
    return RepeatShare(
        week.label, point.day, point.value, point.lower, point.upper, same.value if same and known else None
    )

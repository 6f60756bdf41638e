"""The work list: contacts with flags that wait for a verdict, the most pressing first.

Pressing is the highest severity, then the age in whole days since the flags became known, then what the case costs. What
is on the list is what the night left, so that it stays as it is while people work on it; what has been judged since is
marked. One list is of what is new since the night before, the other of what is assigned to somebody.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from dashboards.casebook.case_query import CaseQuery
from dashboards.casebook.casework import NO_WORK, CaseWork, Casework
from dashboards.casebook.flags import FlaggedContact, flags_of_contacts
from dashboards.casebook.key import CaseKey
from dashboards.casebook.new_flags import KEY, new_flags
from dashboards.casebook.verdicts import Recorded
from dashboards.snapshot.queries import Queries
from pipelines.contract import SEGMENT_DIMENSIONS

#: Cases on a list: about a day's work of one person. The rest is counted, and shown when it is asked for.
CAP, MOST = 50, 500
#: What is more is no amount of money.
_MOST_MONEY = 1e15
_ORDER = ("severity", "days", "money", "system", "contact_id")


@dataclass(frozen=True)
class WorkItem:
    """A contact. ``flags``: those that it has now, with the verdicts in force; ``days``: since the eldest became known.

    ``money``: what of it is certain, in the project's currency; None where nothing is.
    """

    key: CaseKey
    severity: int
    days: int
    money: float | None
    flags: tuple[FlaggedContact, ...]
    work: CaseWork

    @property
    def is_open(self) -> bool:
        """Whether a flag of it waits for a verdict."""
        return any(flag.verdict is None for flag in self.flags)

    def dimension(self, name: str) -> str | None:
        return self.flags[0].dimension(name) if self.flags else None


@dataclass(frozen=True)
class WorkList:
    """``below``: cases that lie below the cap. ``since``: the night before (new_flags); None without one.

    ``older``: flags without a verdict that are not new, of the contacts that the filters leave.
    """

    items: tuple[WorkItem, ...]
    below: int
    since: datetime | None
    older: int

    @property
    def open(self) -> int:
        return sum(item.is_open for item in self.items)


def work_list(
    queries: Queries, data_dir: Path, asked: CaseQuery, recorded: Recorded, person: str, *, today: date
) -> WorkList:
    """The list that is asked for. ``person``: whose cases are "mine"; ``today``: what is due earlier goes first there."""
    casework = Casework(data_dir)
    works = casework.cases()
    keys, below, since, older = _keys(queries, data_dir, asked, person, casework)
    flags = flags_of_contacts(queries, recorded, [row.key for row in keys])
    items = [
        WorkItem(row.key, row.severity, row.days, row.money, flags[row.key], works.get(_id(row.key), NO_WORK))
        for row in keys
        if flags[row.key]
    ]
    if asked.work == "mine":
        items.sort(key=lambda item: item.work.due is None or item.work.due >= today)
    return WorkList(tuple(items), below, since, older)


def case_money(flags: list[tuple[str, str]], costs: Mapping[str, float], currency: str) -> float | None:
    """What the flags (rule and evidence) say for certain that the case costs; None where nothing is.

    One more contact where the customer came back and one more complaint where they complained, each once a case, as
    configured; and the amounts of broken promises in the project's currency.
    """
    came_back = complained = False
    promised = 0.0
    for rule, text in flags:
        evidence = _evidence(text)
        came_back |= any(evidence.get(name) for name in ("next_contact_id", "next_same_issue_id"))
        complained |= bool(evidence.get("complaint_id")) or evidence.get("complaint_within_30d") is True
        amount = evidence.get("amount")
        if rule != "promise_broken" or evidence.get("currency") != currency or isinstance(amount, bool):
            continue
        if isinstance(amount, int | float) and 0 < amount < _MOST_MONEY:
            promised += float(amount)
    total = promised + came_back * costs.get("repeat_contact", 0.0) + complained * costs.get("complaint", 0.0)
    return total or None


@dataclass(frozen=True)
class _Row:
    key: CaseKey
    severity: int
    days: int
    money: float | None


def _keys(
    queries: Queries, data_dir: Path, asked: CaseQuery, person: str, casework: Casework
) -> tuple[list[_Row], int, datetime | None, int]:
    """The contacts on the list in order; how many lie below the cap; since when; and how many flags wait besides."""
    if asked.work == "mine":
        mine = [{"system": system, "contact_id": contact} for system, contact in casework.assigned_to(person)]
        listed = pl.DataFrame(mine, schema={"system": pl.String(), "contact_id": pl.String()})
        rows, below, _ = _ordered(queries, asked, listed, ("system", "contact_id"))
        return rows, below, None, 0
    found = new_flags(queries, data_dir)
    key = (
        "work list",
        asked.filters,
        asked.rule,
        asked.severity,
        asked.segment,
        asked.agent,
        asked.first,
        asked.last,
        asked.uncapped,
    )
    rows, below, older = queries.remember(
        key, lambda: _ordered(queries, asked, found.keys, KEY), lambda made: 400 * len(made[0]) + 512
    )
    return rows, below, found.since, older


def _ordered(
    queries: Queries, asked: CaseQuery, listed: pl.DataFrame, by: tuple[str, ...]
) -> tuple[list[_Row], int, int]:
    """The contacts of ``listed`` flags (or contacts) that wait for a verdict as the night left them, in order."""
    frames = queries.cut(asked.filters)
    as_of = frames.manifest.as_of.astimezone(UTC)
    flags = frames.flags
    for name, value in (("rule", asked.rule), ("severity", asked.severity), *asked.segment):
        if value is not None or name in SEGMENT_DIMENSIONS:
            flags = flags.filter(pl.col(name).eq_missing(pl.lit(value)))
    if asked.agent is not None:
        flags = flags.filter(pl.col("agent_id") == asked.agent)
    if asked.first or asked.last:
        flags = flags.filter(pl.col("day").is_between(asked.first or date.min, asked.last or date.max))
    judged = frames.dispositions.filter(pl.col("is_latest") & pl.col("stale_reason").is_null()).select(KEY).unique()
    narrow = flags.select(*KEY, "severity", "known_at", "day")
    # What is assigned to somebody stays with them when it is judged: marked, and at hand for an undo.
    waiting = narrow.join(judged, on=list(KEY), how="anti") if by == KEY else narrow
    here = waiting.join(listed.lazy(), on=list(by), how="semi").collect()
    older = int(waiting.select(pl.len()).collect().item()) - here.height if by == KEY else 0
    # A flag of which it is not known when it became known is as old as its contact.
    known = pl.coalesce("known_at", pl.col("day").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    contacts = (
        here.with_columns(days=((pl.lit(as_of) - known).dt.total_hours() // 24).clip(0))
        .group_by("system", "contact_id", "day")
        .agg(pl.col("severity").max(), pl.col("days").max())
        .sort("severity", "days", descending=True)
    )
    most = MOST if asked.uncapped else CAP
    last = contacts.head(most).tail(1).select("severity", "days")
    if last.is_empty():
        return [], 0, older
    severity, days = last.row(0)
    # Whoever ties with the last one competes for its place by money.
    close = contacts.filter(
        (pl.col("severity") > severity) | ((pl.col("severity") == severity) & (pl.col("days") >= days))
    )
    rows = [
        _Row(
            CaseKey(row["system"], row["contact_id"], row["day"]),
            int(row["severity"]),
            int(row["days"]),
            row["money"],
        )
        for row in close.join(_money(queries, here, close), on=["system", "contact_id"], how="left")
        .sort(_ORDER, descending=[True, True, True, False, False], nulls_last=True)
        .iter_rows(named=True)
    ]
    return rows[:most], contacts.height - min(most, len(rows)), older


def _money(queries: Queries, flags: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """What each of ``contacts`` costs by its ``flags``: system, contact_id, money."""
    presentation = queries.snapshot.manifest.presentation
    wanted = flags.join(contacts, on=["system", "contact_id"], how="semi")
    said = (
        queries.frames.flags.filter(pl.col("day").is_in(wanted["day"].unique().implode()))
        .select(*KEY, "evidence")
        .join(wanted.select(KEY).lazy(), on=list(KEY), how="semi")
        .collect()
    )
    by_contact: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for system, contact, rule, evidence in said.sort(KEY).iter_rows():
        by_contact.setdefault((system, contact), []).append((rule, evidence))
    rows = [
        {"system": system, "contact_id": contact, "money": case_money(found, presentation.costs, presentation.currency)}
        for (system, contact), found in sorted(by_contact.items())
    ]
    return pl.DataFrame(rows, schema={"system": pl.String(), "contact_id": pl.String(), "money": pl.Float64()})


def _evidence(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _id(key: CaseKey) -> tuple[str, str]:
    return key.system, key.contact_id

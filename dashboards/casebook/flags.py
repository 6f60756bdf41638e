"""Flagged contacts in order: how many there are of each day, severity and rule, and any stretch of them.

However many contacts there are, a page costs one sum over the narrow columns (kept until the next night) and one look
into the files of the days that the stretch falls on: every order that is offered is an order of days, severities and
rules, so the sums say where it begins.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

import polars as pl

from dashboards.casebook.case_query import CaseQuery
from dashboards.casebook.key import CaseKey
from dashboards.casebook.verdicts import JOIN_SQL, JUDGED_SQL, Recorded
from dashboards.results.top_flags import queue_keys
from dashboards.snapshot.queries import Queries
from dashboards.wording.flags import flag_sentence
from pipelines.contract import SEGMENT_DIMENSIONS

PAGE_ROWS = 50
#: Columns of a cell of the sums, and whether the greatest goes first, by order.
_ORDERS: dict[str, tuple[tuple[str, bool], ...]] = {
    "severity": (("severity", True), ("day", True), ("code", False)),
    "newest": (("day", True), ("severity", True), ("code", False)),
    "oldest": (("day", False), ("severity", True), ("code", False)),
    "rule": (("code", False), ("severity", True), ("day", True)),
}
_SHOWN = (
    "system", "contact_id", "rule", "code", "severity", "known_at", "day", "customer_key", *SEGMENT_DIMENSIONS, "agent_id",
    "evidence", "evidence_hash",
)  # fmt: skip


@dataclass(frozen=True)
class FlaggedContact:
    """``verdict`` is that in force on the flag as it stands, None where there is none.

    ``known_at`` is None in snapshots from before it was published.
    """

    system: str
    contact_id: str
    rule: str
    code: str
    severity: int
    known_at: datetime | None
    day: date
    customer_key: str
    dimensions: tuple[tuple[str, str | None], ...]
    agent_id: str | None
    sentence: str
    evidence: str
    evidence_hash: str
    verdict: str | None

    @property
    def key(self) -> CaseKey:
        return CaseKey(self.system, self.contact_id, self.day)

    def dimension(self, name: str) -> str | None:
        return dict(self.dimensions)[name]


@dataclass(frozen=True)
class FlagPage:
    """``number`` of ``pages``, from 1. ``total`` and ``by_…`` count all flags that were asked for.

    ``today``: how many of them (whatever their verdict is asked to be) are to look at today, as the night left them;
    ``judged_since``: how many of these have been given a verdict since.
    """

    number: int
    pages: int
    total: int
    by_rule: tuple[tuple[str, int], ...]
    by_severity: tuple[tuple[int, int], ...]
    first: date | None
    last: date | None
    today: int
    judged_since: int
    rows: tuple[FlaggedContact, ...]


@dataclass(frozen=True)
class _Question:
    """The asked-for flags as SQL: a relation ``flag``, a condition over it and over ``judged``, and parameters."""

    relation: str
    condition: str
    parameters: dict[str, Any] = field(default_factory=dict)


def flag_page(queries: Queries, asked: CaseQuery, recorded: Recorded, number: int) -> FlagPage:
    """One page of the flags that are asked for; the last one where there are fewer pages."""
    cells = _cells(queries, asked, recorded)
    queued = _queue_rows(queries, replace(asked, today=True, verdict=None), recorded)
    total = int(cells["flags"].sum())
    pages = max(-(-total // PAGE_ROWS), 1)
    number = min(number, pages)
    rows = flag_rows(queries, asked, recorded, (number - 1) * PAGE_ROWS, PAGE_ROWS)
    by_rule = cells.group_by("code", "rule").agg(pl.col("flags").sum()).sort("code")
    by_severity = cells.group_by("severity").agg(pl.col("flags").sum()).sort("severity", descending=True)
    return FlagPage(
        number,
        pages,
        total,
        tuple((rule, int(flags)) for rule, flags in by_rule.select("rule", "flags").rows()),
        tuple((int(severity), int(flags)) for severity, flags in by_severity.rows()),
        cells["day"].min(),  # type: ignore[arg-type]
        cells["day"].max(),  # type: ignore[arg-type]
        queued.height,
        queued["verdict"].count(),
        tuple(_flagged(row, queries.frames.time_zone) for row in rows.iter_rows(named=True)),
    )


def flag_rows(queries: Queries, asked: CaseQuery, recorded: Recorded, skip: int, take: int) -> pl.DataFrame:
    """The published columns of ``take`` flags after the first ``skip`` in the asked-for order, with ``verdict``.

    Within a day, severity and rule they stand by system and contact. Those to look at today stand in the order of the
    queue, whatever order is asked for.
    """
    if asked.today:
        return _queue_rows(queries, asked, recorded).slice(skip, take)
    order = _ORDERS[asked.sort]
    cells = _cells(queries, asked, recorded).sort(
        [name for name, _ in order], descending=[falling for _, falling in order]
    )
    cells = cells.with_columns(end=pl.col("flags").cum_sum()).with_columns(start=pl.col("end") - pl.col("flags"))
    hit = cells.filter((pl.col("end") > skip) & (pl.col("start") < skip + take))
    if hit.is_empty():
        return pl.DataFrame(schema={name: pl.String() for name in (*_SHOWN, "verdict")})
    # The files are those of whole days, so counting begins with the first cell of the first day.
    leading = _before_day(asked)
    place = [*leading, "day"]
    skipped = skip - min(cells.join(hit.head(1).select(place), on=place, how="semi")["start"].to_list())
    # Cells that share what stands before the day in the order lie on neighbouring days: one look each.
    stretches = [
        list(rows) for _, rows in groupby(hit.iter_rows(named=True), key=lambda row: tuple(row[n] for n in leading))
    ]
    parts = [_stretch(queries, asked, recorded, cells, skipped + take) for cells in stretches]
    return pl.concat(parts).slice(skipped, take)


def with_sentences(rows: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """The rows of ``flag_rows`` with the column ``sentence`` before their evidence. ``time_zone``: in which days are named."""
    pairs = zip(rows["rule"], rows["evidence"], strict=True)
    said = pl.Series("sentence", [flag_sentence(rule, evidence, time_zone) for rule, evidence in pairs], pl.String)
    return rows.insert_column(rows.get_column_index("evidence"), said)


def _stretch(
    queries: Queries, asked: CaseQuery, recorded: Recorded, cells: Sequence[dict[str, Any]], most: int
) -> pl.DataFrame:
    days = [cell["day"] for cell in cells]
    leading = _before_day(asked)
    question = _question(queries, asked, recorded, (min(days), max(days)))
    fixed = "".join(f" and flag.{name} = $at_{name}" for name in leading)
    parameters = question.parameters | {f"at_{name}": cells[0][name] for name in leading}
    falls = ", ".join(f"flag.{name} {'desc' if falling else 'asc'}" for name, falling in _ORDERS[asked.sort])
    columns = ", ".join(f"flag.{name}" for name in _SHOWN)
    return queries.frame(
        f"""with {JUDGED_SQL} select {columns}, judged.verdict from {question.relation} as flag {JOIN_SQL}
        where {question.condition}{fixed}
        order by {falls}, flag.system, flag.contact_id limit {most}""",
        parameters,
    )


def _queue_rows(queries: Queries, asked: CaseQuery, recorded: Recorded) -> pl.DataFrame:
    """Those of the flags to look at today that are asked for, in the order of the queue: at most two hundred."""
    keys = queries.remember(
        ("queue", asked.filters),
        lambda: _queue(queries, asked),
        lambda frame: int(frame.estimated_size()) + 512,
    )
    if keys.is_empty():
        return pl.DataFrame(schema={name: pl.String() for name in (*_SHOWN, "verdict")})
    first, last = keys["day"].min(), keys["day"].max()
    days = (max(first, asked.first or first), min(last, asked.last or last))  # type: ignore[type-var]
    question = _question(queries, asked, recorded, days)  # type: ignore[arg-type]
    columns = ", ".join(f"flag.{name}" for name in _SHOWN)
    queue = keys.select("system", "contact_id", "rule").with_row_index("place")
    return queries.frame(
        f"""with {JUDGED_SQL}, queued as (
            select unnest(
                from_json($queue, '[{{"system":"VARCHAR","contact_id":"VARCHAR","rule":"VARCHAR","place":"BIGINT"}}]'),
                recursive := true
            )
        )
        select {columns}, judged.verdict from {question.relation} as flag
        inner join queued on flag.system = queued.system and flag.contact_id = queued.contact_id and flag.rule = queued.rule
        {JOIN_SQL} where {question.condition} order by queued.place""",
        question.parameters | {"queue": json.dumps(queue.to_dicts())},
    )


def _queue(queries: Queries, asked: CaseQuery) -> pl.DataFrame:
    frames = queries.cut(asked.filters)
    return queue_keys(frames.flags, frames.dispositions, frames.manifest.as_of)[0]


def _before_day(asked: CaseQuery) -> list[str]:
    """The columns that go before the day in the asked-for order."""
    names = [name for name, _ in _ORDERS[asked.sort]]
    return names[: names.index("day")]


def flags_of_contact(queries: Queries, key: CaseKey) -> tuple[FlaggedContact, ...]:
    """The flags of one contact, the most severe first, without verdicts."""
    columns = ", ".join(_SHOWN)
    found = queries.frame(
        f"""select {columns}, null as verdict from {queries.days("case_flags", key.day, key.day)}
        where system = $system and contact_id = $contact order by severity desc, code""",
        key.parameters,
    )
    return tuple(_flagged(row, queries.frames.time_zone) for row in found.iter_rows(named=True))


def _cells(queries: Queries, asked: CaseQuery, recorded: Recorded) -> pl.DataFrame:
    """How many of the flags that are asked for there are of each day, severity and rule."""
    if asked.today:
        rows = _queue_rows(queries, asked, recorded)
        return rows.group_by("day", "severity", "code", "rule").agg(flags=pl.len())
    question = _question(queries, asked, recorded, (asked.first, asked.last))
    judged = "judged" in question.condition
    return queries.frame(
        f"""{f"with {JUDGED_SQL}" if judged else ""}
        select flag.day, flag.severity, flag.code, flag.rule, count(*) as flags
        from {question.relation} as flag {JOIN_SQL if judged else ""}
        where {question.condition} group by all""",
        question.parameters if judged else {k: v for k, v in question.parameters.items() if k != "recorded"},
    )


def _question(
    queries: Queries, asked: CaseQuery, recorded: Recorded, days: tuple[date | None, date | None]
) -> _Question:
    """Only the files of ``days`` are opened."""
    first, last = days
    whole = first is None and last is None
    relation = "case_flags" if whole else queries.days("case_flags", first or date.min, last or date.max)
    parts: list[str] = []
    parameters: dict[str, Any] = {"recorded": recorded.json}
    if not whole:
        parts.append("flag.day between $first and $last")
        parameters |= {"first": first or date.min, "last": last or date.max}
    if asked.filters:
        filtered, chosen = asked.filters.condition_of("flag.")
        parts.append(filtered)
        parameters |= chosen
    for column, value in asked.segment:
        name = f"p{len(parameters)}"
        parts.append(f"flag.{column} is not distinct from ${name}")
        parameters[name] = value
    for column, given in (
        ("rule", asked.rule),
        ("severity", asked.severity),
        ("agent_id", asked.agent),
        ("contact_id", asked.contact),
        ("customer_key", asked.customer),
    ):
        if given is not None:
            parts.append(f"flag.{column} = ${column}")
            parameters[column] = given
    if asked.verdict == "open":
        parts.append("judged.verdict is null")
    elif asked.verdict is not None:
        parts.append("judged.verdict = $verdict")
        parameters["verdict"] = asked.verdict
    return _Question(relation, " and ".join(parts) or "true", parameters)


def _flagged(row: dict[str, Any], time_zone: str) -> FlaggedContact:
    dimensions = tuple((name, row.pop(name)) for name in SEGMENT_DIMENSIONS)
    sentence = flag_sentence(row["rule"], row["evidence"], time_zone)
    return FlaggedContact(dimensions=dimensions, sentence=sentence, **row)

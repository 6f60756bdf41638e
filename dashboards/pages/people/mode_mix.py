"""Who leads the contacts (M14): counts of mode_mix by week, day of the week, hour or workflow, and outcomes by mode."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import polars.selectors as cs

from dashboards import wording
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.groups import ALL, Group, read_group
from dashboards.snapshot.queries import Queries
from dashboards.wording.labels import shown_value
from dashboards.wording.outcomes import OUTCOMES, mode_sentence
from dashboards.wording.weeks import Week

MODES: tuple[str | None, ...] = ("ai_primary", "joint", "human_primary", None)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: A cut → its SQL; names come from here, never from a request.
CUTS = {
    "week": "cast(date_trunc('week', day) as date)",
    "weekday": "isodow(day) - 1",
    "hour": "hour_of_day",
    "workflow": "workflow",
}


@dataclass(frozen=True)
class Slice:
    """The contacts of one week, day, hour or workflow, by mode."""

    name: str
    counts: dict[str | None, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def share(self, mode: str | None) -> float | None:
        return self.counts.get(mode, 0) / self.total if self.total else None


@dataclass(frozen=True)
class Mix:
    """``slices`` in order, of contacts from ``first`` to ``last``; ``note`` says what filters do to them."""

    first: date
    last: date
    slices: tuple[Slice, ...]
    note: str

    @property
    def modes(self) -> tuple[str | None, ...]:
        """Modes that occur, AI first."""
        there = {mode for each in self.slices for mode, number in each.counts.items() if number}
        return tuple(mode for mode in MODES if mode in there) + tuple(
            sorted(mode for mode in there if mode is not None and mode not in MODES)
        )

    @property
    def sentence(self) -> str:
        total = sum(each.total for each in self.slices)
        if not total:
            return "No served inbound contact in these weeks."
        parts = [
            f"{wording.mode_name(mode)} {wording.percent(sum(each.counts.get(mode, 0) for each in self.slices) / total)}"
            for mode in self.modes
        ]
        return f"Of {wording.count(total)} contacts: {', '.join(parts)}."


def mode_mix(queries: Queries, filters: Filters, cut: str, first: date, last: date) -> Mix:
    """The mix by ``cut`` (a key of ``CUTS``). Of the filters only the workflow is known to these counts."""
    condition, parameters, note = _within(filters)
    rows = queries.frame(
        f"""select {CUTS[cut]} as cut, mode, sum(contacts)::bigint as contacts
        from {queries.days("mode_mix", first, last)} where day between $first and $last and {condition}
        group by all having sum(contacts) > 0 order by cut nulls last, mode""",
        {**parameters, "first": first, "last": last},
    )
    found: dict[Any, dict[str | None, int]] = {}
    for value, mode, contacts in rows.rows():
        found.setdefault(value, {})[mode] = contacts
    slices = [Slice(_name(cut, value), counts) for value, counts in found.items()]
    if cut == "workflow":
        slices.sort(key=lambda each: -each.total)
    return Mix(first, last, tuple(slices), note)


@dataclass(frozen=True)
class Cell:
    """Contacts of one hour of one day of the week; ``led``: of these, led by the mode asked for."""

    weekday: int
    hour: int
    contacts: int
    led: int


def by_hour_and_day(queries: Queries, filters: Filters, mode: str, first: date, last: date) -> tuple[Cell, ...]:
    """Every hour of the week in which there were contacts."""
    condition, parameters, _ = _within(filters)
    rows = queries.frame(
        f"""select isodow(day) - 1, hour_of_day, sum(contacts)::bigint as contacts,
        coalesce(sum(contacts) filter (where mode = $led), 0)::bigint as led
        from {queries.days("mode_mix", first, last)}
        where day between $first and $last and hour_of_day is not null and {condition} group by 1, 2 order by 1, 2""",
        {**parameters, "first": first, "last": last, "led": mode},
    )
    return tuple(Cell(*row) for row in rows.rows())


def _within(filters: Filters) -> tuple[str, dict[str, Any], str]:
    other = filters.without("workflow")
    note = f"These counts can be filtered by workflow only, not to {other.words}." if other else ""
    return *Filters.of({"workflow": filters.values("workflow")}).condition, note


def _name(cut: str, value: Any) -> str:
    if value is None:
        return "not recorded"
    if cut == "week":
        return Week(value).label
    if cut == "weekday":
        return DAYS[value % 7]
    return f"{value:02d}:00" if cut == "hour" else wording.clipped(shown_value(cut, value))


@dataclass(frozen=True)
class ModeOutcome:
    """One outcome of one mode, as it is and at the common mix of issues; ``standardised`` is None with a ``reason``."""

    mode: str
    unit: str
    n: int
    customers: int
    value: float | None
    lower: float | None
    upper: float | None
    standardised: float | None
    standardised_lower: float | None
    standardised_upper: float | None
    covered: float | None
    issues: int | None
    reason: str
    measure: str

    @property
    def sentence(self) -> str:
        """The outcome as it is and at the common mix of issues; empty where it is not standardised."""
        if self.value is None or self.standardised is None or self.covered is None:
            return ""
        return mode_sentence(
            self.mode,
            self.measure,
            self.unit,
            value=self.value,
            standardised=self.standardised,
            issues=self.issues or 0,
            covered=self.covered,
        )


@dataclass(frozen=True)
class ModeOutcomes:
    """Rows by outcome; ``note`` says of whom they are where filters are chosen."""

    rows: dict[str, tuple[ModeOutcome, ...]]
    note: str

    @property
    def offered(self) -> dict[str, str]:
        return {measure: name for measure, name in OUTCOMES.items() if measure in self.rows}


def mode_outcomes(queries: Queries, filters: Filters) -> ModeOutcomes:
    """Published rows of the workflow that ``filters`` name alone, else of all contacts."""
    table = queries.frame("select * from mode_outcomes").with_columns(cs.float().fill_nan(None))
    groups = {text: read_group(text) for text in table["grouping"].unique()}
    note, chosen = "", ALL
    if filters and filters.group in groups.values():
        note, chosen = f"Limited to {filters.words}.", filters.group
    elif filters:
        note = f"Outcomes by mode are published for all contacts and by workflow, not for {filters.words}."
    rows: dict[str, list[ModeOutcome]] = {}
    for row in _of(table, groups, chosen).iter_rows(named=True):
        names = ModeOutcome.__dataclass_fields__
        made = {name: row[name] for name in names}
        made |= {"reason": wording.clipped(row["reason"] or "")}
        rows.setdefault(row["measure"], []).append(ModeOutcome(**made))
    order = list(MODES)
    for found in rows.values():
        found.sort(key=lambda each: (order.index(each.mode) if each.mode in order else len(order), each.mode))
    return ModeOutcomes({measure: tuple(found) for measure, found in rows.items()}, note)


def _of(table: pl.DataFrame, groups: dict[str, Group], group: Group) -> pl.DataFrame:
    return table.filter(pl.col("grouping").is_in([text for text, each in groups.items() if each == group]))

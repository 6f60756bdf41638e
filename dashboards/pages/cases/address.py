"""Which cases a page's address asks for: the view's filters and the page's own arguments, checked one by one.

``links.cases_link`` writes these arguments; whoever changes a link by hand is told what means nothing.
"""

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl

from dashboards.casebook.case_query import (
    LONGEST_ID,
    SEVERITIES,
    SHOWN,
    SORTS,
    VERDICTS,
    WORK_LISTS,
    CaseQuery,
    is_pseudonym,
)
from dashboards.components.links import CASES
from dashboards.components.segment_address import written_segment
from dashboards.components.view import AddressError, View
from dashboards.snapshot.groups import Group
from dashboards.wording.weeks import parse_week
from pipelines.contract import CASE_RULES

#: Arguments that say which flags are meant.
_NARROWING = (
    "day", "week", "from", "to", "segment", "agent", "contact", "customer", "rule", "severity", "verdict", "sort",
)  # fmt: skip
_LONGEST_LIST = 2_000


def read_case_query(view: View) -> CaseQuery:
    """What the view's address asks for. Raises AddressError."""
    rules: dict[str, str | None] = {"": None, **{rule: rule for rule in CASE_RULES}}
    severities = {"": None, **dict.fromkeys(SEVERITIES)}
    verdicts = {"": None, **dict.fromkeys(VERDICTS)}
    severity = view.choice("severity", severities, "")
    first, last = _days(view)
    show = _show(view)
    return CaseQuery(
        filters=view.filters,
        rule=view.choice("rule", rules, "") or None,
        severity=int(severity) if severity else None,
        first=first,
        last=last,
        segment=_segment(view.selection.argument("segment")),
        verdict=view.choice("verdict", verdicts, "") or None,
        agent=_agent(view.selection.argument("agent")),
        contact=_id(view.selection.argument("contact")),
        customer=_customer(view.selection.argument("customer")),
        sort=view.choice("sort", SORTS, "severity"),
        today=show == "today",
        work=show if show in WORK_LISTS else "",
        uncapped=view.choice("cap", {"off": None, "": None}, "") == "off",
    )


def _show(view: View) -> str:
    """Which list. An address that narrows the cases down comes from a figure, and asks for all of those behind it."""
    narrowed = any(view.selection.argument(name) for name in _NARROWING)
    asked = view.selection.argument("show")
    if asked == "":  # Links of before there were work lists.
        return "all"
    return view.choice("show", SHOWN, "all" if narrowed else "new")


def list_view(view: View, text: str) -> View:
    """The view of the list whose own arguments stand in ``text``, as a query; filters are those of ``view``."""
    arguments = dict(parse_qsl(text[:_LONGEST_LIST], keep_blank_values=True))
    return replace(view, path=CASES, selection=replace(view.selection, arguments=tuple(sorted(arguments.items()))))


def _days(view: View) -> tuple[date | None, date | None]:
    """The days that ``day``, ``week``, ``from`` and ``to`` leave together."""
    firsts: list[date] = []
    lasts: list[date] = []
    day = _day(view, "day")
    if day:
        firsts.append(day)
        lasts.append(day)
    week = view.selection.argument("week")
    if week:
        try:
            found = parse_week(week)
        except ValueError as error:
            raise AddressError(f"week = {week[:60]!r} is not an ISO week; write one such as 2026-W47.") from error
        firsts.append(found.monday)
        lasts.append(found.sunday)
    start, end = _day(view, "from"), _day(view, "to")
    firsts += [start] if start else []
    lasts += [end] if end else []
    first, last = max(firsts, default=None), min(lasts, default=None)
    if first and last and last < first:
        raise AddressError(f"From {first} to {last} there is no day; the first one lies behind the last.")
    return first, last


def _day(view: View, name: str) -> date | None:
    value = view.selection.argument(name)
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise AddressError(f"{name} = {value[:60]!r} is not a day; write one such as 2026-11-22.") from error


def _segment(text: str | None) -> tuple[tuple[str, str | None], ...]:
    if not text:
        return ()
    return tuple(sorted((name, None if value == "null" else value) for name, value in written_segment(text).items()))


def segment_group(segment: tuple[tuple[str, str | None], ...]) -> Group:
    """The segment as the tables of statistics name it."""
    return Group(tuple((column, "null" if value is None else value) for column, value in segment))


def _agent(text: str | None) -> str | None:
    """An agent's id as it is published, to the last space."""
    if text and len(text) > LONGEST_ID:
        raise AddressError(f"No agent's id has {len(text):,} characters.")
    return text or None


def _id(text: str | None) -> str | None:
    found = (text or "").strip()
    if len(found) > LONGEST_ID:
        raise AddressError(f"No contact's id has {len(found):,} characters.")
    return found or None


def _customer(text: str | None) -> str | None:
    if not text:
        return None
    if not is_pseudonym(text):
        raise AddressError("A customer stands in an address by pseudonym only; search for the id above the cases.")
    return text

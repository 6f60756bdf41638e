"""Links from a figure or a row to the cases behind it. The page of cases reads what is written here."""

import json
from collections.abc import Callable
from datetime import date
from urllib.parse import quote, urlencode

import plotly.graph_objects as go

from dashboards.casebook.key import CaseKey
from dashboards.components.view import View
from dashboards.snapshot.groups import Group
from dashboards.snapshot.segment_ids import segment_id
from dashboards.wording.weeks import Week, parse_week

CASES, CASE, GLOSSARY = "/cases", "/case", "/glossary"
SEGMENTS, COMPARE = "/segments", "/compare"


def glossary_address(entry: str) -> str:
    """Where the glossary explains a metric (``M5``) or a term, by its key."""
    return f"{GLOSSARY}?entry={quote(entry)}"


def cases_link(
    view: View,
    *,
    day: date | None = None,
    week: Week | None = None,
    segment: str | None = None,
    agent: str | None = None,
    rule: str | None = None,
    today: bool = False,
    days: tuple[date, date] | None = None,
) -> str | None:
    """The address of the cases of the view's filters, and of a day, week, ``days`` (first and last), segment (JSON), agent or rule.

    ``today``: only those to look at today.

    None where the reader has no page of cases: then no link is drawn.
    """
    if CASES not in view.paths or not view.sees_cases:
        return None
    arguments = {
        "day": day.isoformat() if day else None,
        "week": week.label if week else None,
        "from": days[0].isoformat() if days else None,
        "to": days[1].isoformat() if days else None,
        "segment": segment,
        "agent": agent,
        "rule": rule,
        "show": "today" if today else None,
    }
    given = {name: value for name, value in arguments.items() if value is not None}
    return f"{CASES}{view.selection.address(given)}"


def case_link(view: View, key: CaseKey, **arguments: str | None) -> str:
    """The address of one case in full, with arguments of that page."""
    given = {"system": key.system, "contact": key.contact_id, "day": key.day.isoformat(), **arguments}
    return f"{CASE}{view.selection.address({name: value for name, value in given.items() if value is not None})}"


def segment_link(view: View, group: Group) -> str:
    """The address of the segment's own page, which says why its outcome changed."""
    return view.at(f"{SEGMENTS}/{segment_id(group)}")


def compare_link(**arguments: str) -> str:
    """The address of a comparison; the filters of the view do not hold there."""
    return f"{COMPARE}?{urlencode(sorted(arguments.items()))}" if arguments else COMPARE


def segment_text(group: Group) -> str:
    """The group as the tables write it."""
    return json.dumps(dict(group.parts), sort_keys=True, ensure_ascii=False)


def with_links_by_week(figure: go.Figure, link: Callable[[Week], str | None]) -> go.Figure:
    """``figure`` with a link as last ``customdata`` of each point whose first one names a week; a click follows it."""
    linked = go.Figure(figure)
    for trace in linked.data:
        rows = trace.customdata
        if rows is None or not len(rows) or not isinstance(rows[0], list | tuple):
            continue
        found = [(list(row), _week(row[0])) for row in rows]
        if all(week is not None for _, week in found):
            trace.customdata = [[*row, link(week) or ""] for row, week in found if week is not None]
    return linked


def _week(text: object) -> Week | None:
    try:
        return parse_week(str(text))
    except ValueError:
        return None

"""A work list as a table: what is urgent about each case, whose it is, and nothing of what its flags say until then."""

from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.casebook.case_query import CaseQuery
from dashboards.casebook.safe_text import name as plain_name
from dashboards.casebook.safe_text import shortened
from dashboards.casebook.worklist import CAP, MOST, WorkItem, WorkList
from dashboards.components.blocks import marked
from dashboards.components.forms import on_key, shown_key
from dashboards.components.links import case_link, judge_link
from dashboards.components.view import View
from dashboards.pages.cases.list_bar import list_text
from dashboards.pages.cases.reader import today
from dashboards.results.top_flags import QUEUE_DAYS
from dashboards.snapshot.filters import BY_COLUMN, value_words
from dashboards.wording.flags import rule_name

_SHOWN_DIMENSIONS = ("mode", "workflow", "queue", "issue")
_HEADERS = ("Severity", "Waiting", "Certain cost", "Case", "Whose", "Verdict")


def work_title(asked: CaseQuery, found: WorkList) -> str:
    """The list in one sentence."""
    if asked.work == "mine":
        if not found.items:
            return "No case is assigned to you."
        cases = wording.plural(len(found.items), "case")
        return f"{wording.count(found.open)} of {cases} assigned to you {_wait(found.open)}."
    if not found.items:
        return "Nothing new has come since the last night."
    new = "new case" if found.open == 1 else "new cases"
    return f"{wording.count(found.open)} {new} {_wait(found.open)}."


def _wait(number: int) -> str:
    return "waits for a verdict" if number == 1 else "wait for a verdict"


def work_detail(view: View, asked: CaseQuery, found: WorkList) -> str:
    """What is on the list, and in which order."""
    order = "the most severe, of these the oldest, then those that cost most."
    if asked.work == "mine":
        return f"What is overdue comes first, then {order}"
    order = f"First come {order}"
    if found.since is None:
        return f"No earlier night is kept to compare with, so new is what became known in the {QUEUE_DAYS} days before this one. {order}"
    since = wording.moment(found.since, view.frames.time_zone)
    return f"Flagged now and not yet in the night whose data reached {since}. {order}"


def below_line(view: View, asked: CaseQuery, found: WorkList) -> list[Component]:
    """How many lie below the cap, and what else waits."""
    parts: list[Component | str] = []
    if found.below:
        most = "" if asked.uncapped or found.below <= MOST - CAP else f" (the first {MOST} in all)"
        parts += [f"{wording.count(found.below)} more lie below the cap of {len(found.items)}"]
        way = dcc.Link(f"Show them too{most}", href=view.here({"show": asked.work, "cap": "off"}))
        parts += [". "] if asked.uncapped else [": ", way, ". "]
    if found.older:
        flags = "flag waits" if found.older == 1 else "flags wait"
        way = dcc.Link("all without a verdict", href=view.here({"show": "all", "verdict": "open", "cap": None}))
        parts += [f"{wording.count(found.older)} older {flags} besides: ", way, "."]
    return [html.P(parts, className="sub")] if parts else []


def start_line(view: View, asked: CaseQuery, found: WorkList, *, shown: bool) -> list[Component]:
    """The way into the first case that waits."""
    first = next((item for item in found.items if item.is_open), None)
    if first is None:
        return []
    link = dcc.Link("Start with the first", href=_href(view, asked, first, shown=shown), className="start")
    return [html.P(html.Span([link, *shown_key("s")], **on_key("s")), className="start-line")]


def work_table(view: View, asked: CaseQuery, found: WorkList, *, shown: bool) -> list[Component]:
    """``shown``: with what the flags say, also of cases that are not judged yet."""
    judged = view.choice("judged", {"shown": None, "": None}, "") == "shown" or asked.work == "mine"
    items = [item for item in found.items if item.is_open or judged]
    hidden = len(found.items) - len(items)
    line: list[Component] = []
    if hidden:
        text = f"{wording.plural(hidden, 'case')} of this list {'has' if hidden == 1 else 'have'} a verdict by now: "
        way = dcc.Link("show them", href=view.here({"show": asked.work, "judged": "shown"}))
        line = [html.P([text, way], className="sub")]
    if not items:
        return line
    head = html.Tr([html.Th(each, scope="col", role="columnheader") for each in _HEADERS], role="row")
    rows = [_row(view, asked, each, shown=shown) for each in items]
    caption = html.Caption(f"{wording.plural(len(items), 'case')}, the most pressing first")
    table = html.Table(
        [caption, html.Thead(head, role="rowgroup"), html.Tbody(rows, role="rowgroup")],
        className="words grid work",
        role="table",
    )
    return [html.Div(table, className="panel wide"), *line]


def _href(view: View, asked: CaseQuery, item: WorkItem, *, shown: bool) -> str:
    text = list_text(view) or f"show={asked.work}"
    link = case_link if shown else judge_link
    return link(view, item.key, list=text)


def _row(view: View, asked: CaseQuery, item: WorkItem, *, shown: bool) -> Component:
    where = [
        plain_name(value_words(BY_COLUMN[column], value), 60)
        for column in _SHOWN_DIMENSIONS
        if (value := item.dimension(column)) is not None
    ]
    told = [flag for flag in item.flags if shown or flag.verdict is not None]
    said = [
        html.P(
            [html.Strong(f"{rule_name(flag.rule)} ({flag.code}). "), shortened(flag.sentence, 400, 4)],
            dir="auto",
            className="basis",
        )
        for flag in (told if shown or not item.is_open else ())
    ]
    about = html.P(f"{item.key.day:%-d %b %Y} · {' · '.join(where) or wording.MISSING}", className="basis", dir="auto")
    name = dcc.Link(plain_name(item.key.contact_id, 60), href=_href(view, asked, item, shown=shown), className="id")
    currency = view.frames.manifest.presentation.currency
    return html.Tr(
        [
            html.Td(
                html.Span(str(item.severity), className=f"severity s{item.severity}"),
                role="cell",
                **marked(data_name="Severity"),
            ),
            html.Td(_days(item.days), role="cell", className="day", **marked(data_name="Waiting")),
            html.Td(
                wording.money(item.money, currency), role="cell", className="day", **marked(data_name="Certain cost")
            ),
            html.Th([html.P(["Contact ", name]), about, *said], scope="row", role="rowheader"),
            html.Td(_whose(view, item), role="cell", className="whose", **marked(data_name="Whose")),
            html.Td(_verdicts(item), role="cell", className="verdict", **marked(data_name="Verdict")),
        ],
        role="row",
    )


def _days(days: int) -> str:
    return "today" if days == 0 else wording.plural(days, "day")


def _whose(view: View, item: WorkItem) -> list[Component | str]:
    work = item.work
    parts: list[Component | str] = [plain_name(work.assignee, 40) if work.assignee else "nobody"]
    if work.due is not None:
        parts.append(html.P(due_words(work.due, today(view)), className="basis"))
    if work.notes:
        parts.append(html.P(wording.plural(len(work.notes), "note"), className="basis"))
    return parts


def due_words(due: date, now: date) -> str:
    """``due 4 Dec 2026``, and whether that is past."""
    return f"{'overdue since' if due < now else 'due'} {due:%-d %b %Y}"


def _verdicts(item: WorkItem) -> str:
    given = [flag.verdict for flag in item.flags if flag.verdict is not None]
    if not given:
        return "not judged"
    left = len(item.flags) - len(given)
    return wording.joined(sorted(set(given))) + (f", {left} open" if left else "")

"""Cases: flagged contacts in order, what of them is left to judge, and the way to a customer or a contact by its id."""

from collections.abc import Mapping
from dataclasses import replace

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.casebook.case_query import SEVERITIES, SHOWN, SORTS, VERDICTS, CaseQuery
from dashboards.casebook.customers import (
    DAYS_BACK,
    MOST_CONTACTS,
    WHY,
    KnownContact,
    contacts_of_customer,
    contacts_of_id,
)
from dashboards.casebook.flags import PAGE_ROWS, FlaggedContact, FlagPage, flag_page
from dashboards.casebook.safe_text import name as plain_name
from dashboards.casebook.safe_text import segment, shortened
from dashboards.casebook.verdicts import Recorded, recorded_since
from dashboards.casebook.worklist import work_list
from dashboards.components.blocks import aria_label, choices, lead_of_view, marked
from dashboards.components.forms import button, field, form
from dashboards.components.links import SEARCH, SEGMENTS, case_link, segment_link
from dashboards.components.view import CASES_GROUP, Page, View
from dashboards.pages.cases.address import read_case_query, segment_group
from dashboards.pages.cases.list_bar import LIST_KEYS, keys_line, list_text
from dashboards.pages.cases.reader import reader_name, today
from dashboards.pages.cases.saved_views import views_section
from dashboards.pages.cases.work_table import below_line, start_line, work_detail, work_table, work_title
from dashboards.results.top_flags import review_queue
from dashboards.snapshot.address import written
from dashboards.snapshot.filters import BY_COLUMN, value_words
from dashboards.wording.flags import rule_name
from pipelines.contract import CASE_RULES

#: What the flags of a work list say is held back, so that it does not lead who judges them.
_WORDING = {"": "shown after the verdict", "shown": "shown at once"}
_ELSEWHERE = "To find a case by what was said: "
EXPORT = "/cases/export.csv"
#: Arguments that say which cases are shown, with what they are called beside the way to take them back.
_NARROWING = {
    "day": "day",
    "week": "week",
    "from": "from",
    "to": "to",
    "segment": "",
    "agent": "agent",
    "contact": "contact",
    "customer": "",
}
_SHOWN_DIMENSIONS = ("mode", "workflow", "queue", "issue")


def render(view: View) -> list[Component]:
    """The page. Raises AddressError."""
    asked = read_case_query(view)
    recorded = recorded_since(view.data_dir, view.frames.manifest.as_of)
    if asked.work:
        return _work(view, asked, recorded)
    shown = flag_page(view.queries, asked, recorded, view.number("page", 1))
    here = _staying(view, "today" if asked.today else "all")
    return [
        lead_of_view(view, _title(asked, shown), _detail(shown)),
        html.P([_ELSEWHERE, dcc.Link("Search what was said", href=view.at(SEARCH)), "."], className="sub"),
        *([html.P(_queue_words(view, shown), className="sub")] if asked.is_of_all else []),
        *_refused(view),
        _search(view),
        views_section(view),
        *_narrowed(view, asked),
        *_contacts(view, asked),
        choices("Show", view, "show", SHOWN, "today" if asked.today else "all"),
        choices("Verdict", here, "verdict", {"": "all", **VERDICTS}, asked.verdict or ""),
        choices("Severity", here, "severity", {"": "all", **SEVERITIES}, str(asked.severity or "")),
        choices("Rule", here, "rule", {"": "all", **_rules(dict(shown.by_rule))}, asked.rule or ""),
        *([] if asked.today else [choices("Order", here, "sort", SORTS, asked.sort)]),
        *_grid(view, shown),
    ]


def _work(view: View, asked: CaseQuery, recorded: Recorded) -> list[Component]:
    """A work list: what waits, and the way into it."""
    found = work_list(view.queries, view.data_dir, asked, recorded, reader_name(), today=today(view))
    wording_shown = view.choice("wording", _WORDING, "") == "shown"
    here = _staying(view, asked.work)
    narrowing = [
        choices("Severity", here, "severity", {"": "all", **SEVERITIES}, str(asked.severity or "")),
        choices("Rule", here, "rule", {"": "all", **_rules({})}, asked.rule or ""),
        choices("What the flags say", here, "wording", _WORDING, "shown" if wording_shown else ""),
    ]
    is_narrowed = bool(asked.severity or asked.rule or wording_shown)
    return [
        lead_of_view(view, work_title(asked, found), work_detail(view, asked, found)),
        *_refused(view),
        *start_line(view, asked, found, shown=wording_shown),
        *below_line(view, asked, found),
        choices("Show", view, "show", SHOWN, asked.work),
        *_narrowed(view, asked),
        html.Details([html.Summary("Narrow the list down"), *narrowing], open=is_narrowed, className="narrowing"),
        views_section(view),
        keys_line(*LIST_KEYS),
        *work_table(view, asked, found, shown=wording_shown),
        html.H2("Find a case"),
        html.P([_ELSEWHERE, dcc.Link("Search what was said", href=view.at(SEARCH)), "."], className="sub"),
        _search(view),
    ]


def _refused(view: View) -> list[Component]:
    """Why a customer was not searched for."""
    refused = view.choice("search", {"": None, **WHY}, "")
    return [html.P(WHY[refused], className="alert", role="alert")] if refused else []


def _staying(view: View, show: str) -> View:
    """The view from which links lead to the same list, though the address names none."""
    arguments = tuple(sorted({**dict(view.selection.arguments), "show": show}.items()))
    return replace(view, selection=replace(view.selection, arguments=arguments))


def _title(asked: CaseQuery, shown: FlagPage) -> str:
    flags = f"{wording.count(shown.total)} flag{'' if shown.total == 1 else 's'}"
    if asked.contact is not None or asked.customer is not None:
        whose = "this customer" if asked.customer is not None else f"contact {plain_name(asked.contact, 60)}"
        return f"{flags if shown.total else 'No flag'} on {whose}."
    if not shown.total:
        return "No contact is flagged here."
    if asked.today:
        return f"{flags} to look at today."
    return f"{flags}, {wording.count(shown.today)} of them to look at today."


def _queue_words(view: View, shown: FlagPage) -> str:
    """The queue as overview and report say it, and what of it was judged since."""
    queue = view.queries.remember(("queue words", view.filters), lambda: review_queue(view.frames, limit=0).words)
    return f"{queue} Judged since: {wording.count(shown.judged_since)}." if shown.judged_since else queue


def _detail(shown: FlagPage) -> str:
    if shown.first is None or shown.last is None:
        return "Nothing that was asked for raised a flag. Flags of the last weeks come as their windows close."
    days = _day(shown.first) if shown.first == shown.last else f"{_day(shown.first)} to {_day(shown.last)}"
    return (
        f"Contacts of {days} in which the usual figures and what followed contradict each other. "
        "Open one to see what was said, what followed, and why it was flagged."
    )


def _day(day: object) -> str:
    return f"{day:%-d %b %Y}"


def _search(view: View) -> Component:
    kept: dict[str, str | list[str]] = {
        name: value
        for name, value in view.selection.arguments
        if name in ("rule", "severity", "verdict", "sort", "segment", "agent", "show", "wording")
    }
    kept |= {dimension.name: [written(value) for value in values] for dimension, values in view.filters}
    own = {name: view.selection.argument(name) or "" for name in ("contact", "from", "to")}
    return html.Section(
        [
            form(
                "/cases/find",
                [
                    field("Customer’s id", "customer", most=512),
                    button("Find customer"),
                    html.P("Compared by its hash; the id itself is not stored.", className="basis"),
                ],
                hidden={},
                post=True,
                label="Find a customer",
            ),
            form(
                view.path,
                [
                    field("Contact’s id", "contact", own["contact"], most=1_000),
                    field("From day", "from", own["from"], most=10, hint="YYYY-MM-DD", pattern=r"\d{4}-\d{2}-\d{2}"),
                    field("To day", "to", own["to"], most=10, hint="YYYY-MM-DD", pattern=r"\d{4}-\d{2}-\d{2}"),
                    button("Show"),
                ],
                hidden=kept,
                post=False,
                label="Which cases",
            ),
        ],
        className="search",
        **aria_label("Search"),
    )


def _narrowed(view: View, asked: CaseQuery) -> list[Component]:
    chips = []
    for name, title in _NARROWING.items():
        value = view.selection.argument(name)
        if not value:
            continue
        said = f"{title} {plain_name(value, 60)}".strip()
        if name == "segment":
            said = segment_group(asked.segment).words
        if name == "customer":
            said = f"customer {value[:10]}…"
        without: list[Component | str] = [
            html.Span("Without ", className="unseen"),
            said,
            html.Span(" ×", **marked(aria_hidden="true")),
        ]
        chips.append(html.Li(dcc.Link(without, href=view.here({name: None, "page": None}), className="chip")))
    if asked.segment and SEGMENTS in view.paths:
        chips.append(
            html.Li(
                dcc.Link(
                    "Why its outcome changed", href=segment_link(view, segment_group(asked.segment)), className="clear"
                )
            )
        )
    return [html.Ul(chips, className="chips", **aria_label("Only these"))] if chips else []


def _contacts(view: View, asked: CaseQuery) -> list[Component]:
    """The contacts of the customer or of the id, flagged or not: a case may be opened without a flag."""
    more: list[Component] = []
    if asked.customer is not None:
        earlier = view.choice("earlier", {"": None, "yes": None}, "") == "yes"
        found = contacts_of_customer(view.queries, asked.customer, earlier=earlier)
        what = "this customer" if earlier else f"this customer in the last {DAYS_BACK} days"
        if not earlier:
            more = [html.P(dcc.Link("Look for earlier contacts too", href=view.here({"earlier": "yes", "page": None})))]
        nothing = (
            f"No contact of {what} is known here. Check the id as your systems write it, and that the server has the key "
            "of the nightly run."
        )
    elif asked.contact is not None:
        found, what = contacts_of_id(view.queries, asked.contact), "this id"
        nothing = "No contact has this id. Ids of later legs are not searched; use that of the contact's first leg."
    else:
        return []
    if not found:
        return [html.P(nothing, className="sub"), *more]
    most = f" (the latest {MOST_CONTACTS})" if len(found) == MOST_CONTACTS else ""
    items = [html.Li(_contact(view, each)) for each in found]
    summary = f"{wording.count(len(found))} contact{'' if len(found) == 1 else 's'} of {what}{most}"
    return [html.Section([html.H2(summary), html.Ul(items, className="contacts"), *more], className="panel")]


def _contact(view: View, each: KnownContact) -> list[Component | str]:
    flags = f" · {each.flags} flag{'' if each.flags == 1 else 's'}" if each.flags else ""
    issue = segment("issue", each.issue, 60) if each.issue else "issue not recorded"
    return [
        dcc.Link(plain_name(each.contact_id, 60), href=case_link(view, each.key), className="id"),
        f" {wording.moment(each.started_at, view.frames.time_zone)} · {wording.mode_name(each.mode)} · {issue}{flags}",
    ]


def _rules(counts: Mapping[str, int]) -> Mapping[str, str]:
    return {
        rule: rule_name(rule) + (f" ({wording.count(counts[rule])})" if rule in counts else "") for rule in CASE_RULES
    }


def _grid(view: View, shown: FlagPage) -> list[Component]:
    if not shown.rows:
        return [html.P("Take a filter back to see more.", className="sub")]
    first = (shown.number - 1) * PAGE_ROWS + 1
    caption = f"{wording.count(first)} to {wording.count(first + len(shown.rows) - 1)} of {wording.count(shown.total)}"
    headers = ("Severity", "Day", "What contradicts the figures", "Where", "Verdict")
    # Roles are said, for on a phone the rows are laid out as cards, which a browser may take for no table any more.
    head = html.Tr([html.Th(each, scope="col", role="columnheader") for each in headers], role="row")
    text = list_text(view)
    rows = [_row(view, each, text, str(first - 1 + place)) for place, each in enumerate(shown.rows)]
    parts = [html.Caption(caption), html.Thead(head, role="rowgroup"), html.Tbody(rows, role="rowgroup")]
    return [
        html.Div(html.Table(parts, className="words grid", role="table"), className="panel wide"),
        html.Nav([*_pager(view, shown), *_export(view)], className="pager", **aria_label("Pages of cases")),
    ]


def _row(view: View, flag: FlaggedContact, text: str, place: str) -> Component:
    cells = [
        html.Td(
            html.Span(str(flag.severity), className=f"severity s{flag.severity}"),
            role="cell",
            **marked(data_name="Severity"),
        ),
        html.Td(_day(flag.day), className="day", role="cell"),
        html.Th(
            [
                html.P(shortened(flag.sentence, 400, 4), dir="auto"),
                html.P(
                    [
                        f"{rule_name(flag.rule)} ({flag.code}) · contact ",
                        dcc.Link(
                            plain_name(flag.contact_id, 60),
                            href=case_link(view, flag.key, list=text, place=place),
                            className="id",
                        ),
                    ],
                    className="basis",
                ),
            ],
            scope="row",
            role="rowheader",
        ),
    ]
    where = [
        plain_name(value_words(BY_COLUMN[column], value), 60)
        for column in _SHOWN_DIMENSIONS
        if (value := flag.dimension(column)) is not None
    ]
    cells.append(html.Td(" · ".join(where) or wording.MISSING, role="cell", className="where"))
    cells.append(html.Td(flag.verdict or "not judged", role="cell", className="verdict", **marked(data_name="Verdict")))
    return html.Tr(cells, role="row")


def _pager(view: View, shown: FlagPage) -> list[Component | str]:
    links: list[Component | str] = []
    if shown.number > 1:
        links.append(dcc.Link("Previous page", href=view.here({"page": str(shown.number - 1)})))
    links.append(html.Span(f"Page {wording.count(shown.number)} of {wording.count(shown.pages)}"))
    if shown.number < shown.pages:
        links.append(dcc.Link("Next page", href=view.here({"page": str(shown.number + 1)})))
    return links


def _export(view: View) -> list[Component]:
    kept = dict(view.selection.arguments)
    kept.pop("page", None)
    return [html.A("Download as CSV", href=f"{EXPORT}{view.selection.address(kept)}", download="cases.csv")]


PAGE = Page(
    "/cases",
    "Cases",
    "Which contacts should somebody look at, and what happened in them?",
    render,
    audience="analyst",
    weekly=False,
    keep=False,
    group=CASES_GROUP,
)

"""What stands around every page: banner, navigation, filters, and messages where there is no page.

Filters are menus of boxes to tick, with a search; what is ticked becomes an address, as every choice does, so that a view
can be sent. ``assets/shell.js`` writes that address, searches the lists and closes the menus.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.access.registry import page_path
from dashboards.components.blocks import aria_label, marked
from dashboards.components.view import GROUPS, Page, View
from dashboards.results.data_quality import freshness
from dashboards.snapshot.address import Selection, written
from dashboards.snapshot.filters import DIMENSIONS, Dimension, Values, value_words
from dashboards.snapshot.period import PRESETS, last_weeks
from dashboards.wording.scopes import nothing_left as no_contacts

#: Values listed in one menu; what is beyond is reached by its address. Of a few no search is offered.
MOST_LISTED, FEW = 500, 3
#: Values of one filter that stand one by one beside the way to take them back.
MOST_CHIPS = 6


def banner(view: View, now: datetime, stale_run_hours: float) -> Component:
    """Whose numbers these are and how fresh; a warning where the last run did not end well, or none has for so many hours."""
    manifest = view.queries.snapshot.manifest
    fresh = freshness(manifest, view.status, now, stale_run_hours)
    name = html.P([html.Strong("aftercall"), f" · {wording.clipped(manifest.presentation.name)}"], className="brand")
    if view.queries.snapshot.notice:
        text = "The latest snapshot is damaged, so these numbers are those of an earlier one. The next run of `aftercall run` repairs it; its log names the files."
        return html.Header(
            [name, html.Div([html.Strong(f"{fresh.headline}. "), text], className="alert", role="status")]
        )
    if fresh.state == "warning":
        return html.Header(
            [name, html.Div([html.Strong(f"{fresh.headline}. "), fresh.detail], className="alert", role="status")]
        )
    warning = manifest.checks.warnings + manifest.checks.failures
    checks = f" · {wording.plural(warning, 'check')} warn{'s' if warning == 1 else ''}" if warning else ""
    about = html.Details([html.Summary(f"{fresh.headline}{checks}"), html.P(fresh.detail)], className="fresh")
    return html.Header(html.Div([name, about], className="bar"))


def navigation(view: View, pages: Mapping[str, Page]) -> Component:
    """The pages that the reader may open, in their groups; filters go along. A group's name leads to its first page."""
    here = pages.get(page_path(view.path))
    groups = []
    for name in GROUPS:
        listed = [page for page in pages.values() if page.group == name and page.path in view.paths and not page.under]
        if not listed:
            continue
        is_here = here is not None and here.group == name
        title = dcc.Link(name, href=view.at(listed[0].path), className="group-name")
        entries = html.Ul([_entry(page, view, here) for page in listed], className="group-pages")
        groups.append(html.Li([title, entries], className="group current" if is_here else "group"))
    return html.Nav(html.Ul(groups, className="groups"), className="pages", **aria_label("Pages"))


def _entry(page: Page, view: View, here: Page | None) -> Component:
    if page.path == view.path:
        return html.Li(html.Span(page.name, className="here", **marked(aria_current="page")))
    within = "within" if here is not None and page.path == here.under else ""
    return html.Li(dcc.Link(page.name, href=view.at(page.path), title=page.question, className=within))


def filter_bar(page: Page, view: View) -> Component:
    """Menus of what can be chosen, and what was chosen with a way to take it back."""
    if not page.filtered:
        return html.Div(className="filters none")
    menus = [_periods(view)] if page.has_period(view) else []
    for dimension in DIMENSIONS:
        values = view.offered[dimension.column]
        if len(values) > 1 or view.filters.values(dimension.column):
            menus.append(_menu(dimension, values, view))
    return html.Div(
        [html.Nav(menus, className="menus", **aria_label("Filters")), *_chips(view.selection, view)],
        className="filters",
    )


def nothing_left(page: Page, view: View) -> Component:
    """Of a filter that leaves no contact: one sentence, and the way back."""
    back = dcc.Link("Show all contacts", href=f"{view.path}{view.selection.of_all.query}")
    return html.Main(
        [html.H1(no_contacts(view.filters.words)), html.P(back)],
        id="main",
        tabIndex="-1",
        className="message",
        **marked(data_title=page.name),
    )


def unknown_choices(view: View) -> Component:
    """The address names what this snapshot does not have: no number is shown, and each fault has a way out."""
    items = [
        html.Li([each.text, " ", dcc.Link("Leave it out", href=f"{view.path}{each.without}")])
        for each in view.selection.unknown
    ]
    return html.Main(
        [
            html.H1("This view asks for what is not there"),
            html.P("Nothing is shown, so that no number is taken for another."),
            html.Ul(items),
            html.P(dcc.Link("The page without any filter", href=view.path)),
        ],
        className="message",
    )


def message(title: str, text: str, more: Component | str) -> Component:
    return html.Main([html.H1(title), html.P(text[:1].upper() + text[1:]), html.P(more)], className="message")


def _periods(view: View) -> Component:
    period = view.selection.period
    links = [
        _option(each.words, view.selection.over(each), each == period, view)
        for each in (last_weeks(weeks) for weeks in PRESETS)
    ]
    first, last = (day.isoformat() if day else "" for day in (period.first, period.last))
    days = html.Fieldset(
        [
            html.Legend("From one day to another"),
            _day("From", "since", first),
            _day("To", "until", last),
            html.P("Figures are by week: whole weeks are shown.", className="basis"),
            _apply(),
        ],
        className="days",
    )
    return _details("Period", period.words, [html.Ul(links), days], active=period.is_range)


def _day(title: str, name: str, value: str) -> Component:
    # Dash lists no such type and passes it on: the browser shows its own calendar.
    given: dict[str, Any] = {"type": "date"}
    line = dcc.Input(id=f"period-{name}", name=name, value=value, **given)
    return html.Label([html.Span(title), line], className="field")


def _menu(dimension: Dimension, values: Values, view: View) -> Component:
    chosen = view.filters.values(dimension.column)
    listed = (*values[:MOST_LISTED], *(each for each in chosen if each in values[MOST_LISTED:]))
    boxes = dcc.Checklist(
        id=f"filter-{dimension.name}",
        options=[{"label": value_words(dimension, value), "value": written(value)} for value in listed],
        value=[written(value) for value in chosen],
        className="boxes",
    )
    title = dimension.title if dimension.title.startswith("AI") else dimension.title.lower()
    more = len(values) - len(listed)
    body = html.Fieldset(
        [
            html.Legend(dimension.title, className="unseen"),
            *([_search(title)] if len(listed) > FEW else []),
            boxes,
            *([html.P(f"and {wording.count(more)} more, by address", className="rest")] if more > 0 else []),
            html.P("Nothing of that name.", className="rest unmatched", hidden=True),
            html.Div([_apply(), *_all(dimension, view)], className="choose"),
        ],
        **marked(data_filter=dimension.name),
    )
    shown = "all"
    if chosen:
        shown = value_words(dimension, chosen[0]) if len(chosen) == 1 else f"{len(chosen)} chosen"
    return _details(dimension.title, shown, [body], active=bool(chosen))


def _search(title: str) -> Component:
    line = dcc.Input(type="search", placeholder="Search", id=f"search-{title.replace(' ', '-')}")
    return html.Label([html.Span(f"Search {title}", className="unseen"), line], className="field search-line")


def _apply() -> Component:
    return html.Button("Show", type="button", className="apply", disable_n_clicks=True)


def _all(dimension: Dimension, view: View) -> list[Component]:
    if not view.filters.values(dimension.column):
        return []
    everything = view.selection.unfiltered(dimension.column).query
    return [dcc.Link(dimension.everything, href=f"{view.path}{everything}")]


def _details(title: str, shown: str, body: list[Component], *, active: bool) -> Component:
    summary = html.Summary([html.Span(f"{title} ", className="menu-name"), html.Span(shown, className="menu-value")])
    return html.Details([summary, html.Div(body, className="menu-body")], className="menu chosen" if active else "menu")


def _option(text: str, selection: Selection, active: bool, view: View) -> Component:
    text = wording.capital(text)
    if active:
        return html.Li(html.Span(text, className="chosen", **marked(aria_current="true")))
    return html.Li(dcc.Link(text, href=f"{view.path}{selection.query}"))


def _chips(chosen: Selection, view: View) -> list[Component]:
    if not chosen.filters:
        return []
    chips = []
    for dimension, values in chosen.filters:
        if len(values) > MOST_CHIPS:
            name = f"{len(values)} {dimension.title if dimension.title.startswith('AI') else dimension.title.lower()}s"
            chips.append(_chip(name, chosen.unfiltered(dimension.column), view))
            continue
        chips += [
            _chip(value_words(dimension, value, named=True), chosen.without_value(dimension.column, value), view)
            for value in values
        ]
    if len(chips) > 1:
        chips.append(html.Li(dcc.Link("Clear all", href=f"{view.path}{chosen.of_all.query}", className="clear")))
    return [html.Ul(chips, className="chips", **aria_label("Chosen"))]


def _chip(words: str, without: Selection, view: View) -> Component:
    said: list[Component | str] = [
        html.Span("Without the filter ", className="unseen"),
        words,
        html.Span(" ×", **marked(aria_hidden="true")),
    ]
    return html.Li(dcc.Link(said, href=f"{view.path}{without.query}", className="chip"))

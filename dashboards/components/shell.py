"""What stands around every page: banner, navigation by question, filters, and messages where there is no page.

Filters are menus of links: a choice is an address, so it works by keyboard, on a phone and in a mail. ``assets/shell.js``
closes a menu when another one opens, and nothing more depends on it.
"""

from collections.abc import Mapping
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.access.registry import page_path
from dashboards.components.blocks import aria_label, marked
from dashboards.components.view import Page, View
from dashboards.results.data_quality import freshness
from dashboards.snapshot.address import PERIODS, Selection
from dashboards.snapshot.filters import DIMENSIONS, Dimension, value_words

#: Values listed in one menu. What is beyond is reached by its address.
MOST_LISTED = 200


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
    failed = manifest.checks.warnings + manifest.checks.failures
    checks = f" · {wording.plural(failed, 'check')} failed" if failed else ""
    about = html.Details([html.Summary(f"{fresh.headline}{checks}"), html.P(fresh.detail)], className="fresh")
    return html.Header(html.Div([name, about], className="bar"))


def navigation(view: View, pages: Mapping[str, Page]) -> Component:
    """The pages that the reader may open, by question; filters go along."""
    here = pages[page_path(view.path)].under if page_path(view.path) in pages else ""
    entries = [
        html.Li(
            html.Span(page.name, className="here", **marked(aria_current="page"))
            if page.path == view.path
            else dcc.Link(
                page.name, href=view.at(page.path), title=page.question, className="within" if page.path == here else ""
            )
        )
        for page in pages.values()
        if page.path in view.paths and not page.under
    ]
    return html.Nav(html.Ul(entries), className="pages", **aria_label("Pages"))


def filter_bar(page: Page, view: View) -> Component:
    """Menus of what can be chosen, and what was chosen with a way to take it back."""
    if not page.filtered:
        return html.Div(className="filters none")
    chosen, offered = view.selection, view.offered
    menus = [_periods(view)] if page.weekly else []
    for dimension in DIMENSIONS:
        values = offered[dimension.column]
        if len(values) > 1 or dimension.column in chosen.filters.columns:
            menus.append(_menu(dimension, values, view))
    return html.Div(
        [html.Nav(menus, className="menus", **aria_label("Filters")), *_chips(chosen, view)], className="filters"
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
    links = [
        _option(f"{weeks} weeks", view.selection.over(weeks), weeks == view.selection.weeks, view, "Period")
        for weeks in PERIODS
    ]
    return _details("Period", f"{view.selection.weeks} weeks", links, active=False)


def _menu(dimension: Dimension, values: tuple[str | None, ...], view: View) -> Component:
    filters = view.selection.filters
    active = dimension.column in filters.columns
    current = dict(filters.chosen).get(dimension.column)
    links = [
        _option(dimension.everything, view.selection.unfiltered(dimension.column), not active, view, dimension.title)
    ]
    links += [
        _option(
            value_words(dimension, value),
            view.selection.filtered(dimension.column, value),
            active and value == current,
            view,
            dimension.title,
        )
        for value in values[:MOST_LISTED]
    ]
    if len(values) > MOST_LISTED:
        links.append(html.Li(f"and {wording.count(len(values) - MOST_LISTED)} more", className="rest"))
    shown = value_words(dimension, current) if active else "all"
    return _details(dimension.title, shown, links, active=active)


def _details(title: str, shown: str, links: list[Component], *, active: bool) -> Component:
    summary = html.Summary([html.Span(f"{title} ", className="menu-name"), html.Span(shown, className="menu-value")])
    return html.Details([summary, html.Ul(links)], className="menu chosen" if active else "menu")


def _option(text: str, selection: Selection, active: bool, view: View, name: str) -> Component:
    if active:
        return html.Li(html.Span(text, className="chosen", **marked(aria_current="true")))
    return html.Li(dcc.Link(text, href=f"{view.path}{selection.query}", title=f"{name}: {text}"))


def _chips(chosen: Selection, view: View) -> list[Component]:
    if not chosen.filters:
        return []
    chips = [
        html.Li(
            dcc.Link(
                [
                    html.Span("Without the filter ", className="unseen"),
                    value_words(dimension, value, named=True),
                    html.Span(" ×", **marked(aria_hidden="true")),
                ],
                href=f"{view.path}{chosen.unfiltered(dimension.column).query}",
                className="chip",
            )
        )
        for dimension, value in chosen.filters
    ]
    if len(chips) > 1:
        everything = Selection(weeks=chosen.weeks).query
        chips.append(html.Li(dcc.Link("Clear all", href=f"{view.path}{everything}", className="clear")))
    return [html.Ul(chips, className="chips", **aria_label("Chosen"))]

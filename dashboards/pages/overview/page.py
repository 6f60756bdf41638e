"""Overview, on two screens: six figures, the findings that matter, one trend, what is provisional, and where the rest stands."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.components.blocks import lead_of_view, meaning
from dashboards.components.links import cases_link
from dashboards.components.view import Page, View
from dashboards.components.weekly_panel import event_lines, weekly_panel
from dashboards.findings import find
from dashboards.pages.overview.key_figures import LINE_WEEKS, KeyFigure, key_figures
from dashboards.pages.overview.sparkline import sparkline
from dashboards.pages.overview.what_matters import Finding, WhatMatters, what_matters
from dashboards.pages.without_contacts.page import overview_without_contacts
from dashboards.panels.kpis import resolution_panel, volume_panel
from dashboards.panels.panel import Panel
from dashboards.results.caveats import provisional_in_short
from dashboards.results.headline import headline
from dashboards.results.top_flags import review_queue
from dashboards.results.weekly_results import Results
from dashboards.wording import plural
from dashboards.wording.divergence import SEGMENTS_OF_FILTERS

#: The longest wait for an outcome, in weeks: so much further back the small lines begin.
_WAIT = 6
#: Page → what stands there, as the overview says it.
_ELSEWHERE = (
    ("/resolution", "Resolution", "reported and judged, targets, modes"),
    ("/repeats", "Repeats", "how soon, and about what"),
    ("/sentiment", "Sentiment", "what customers rated and said"),
    ("/calibration", "Calibration", "is the AI as right as it says?"),
    ("/handoffs", "Handoffs", "what arrives, and what it costs"),
    ("/promises", "Promises", "kept and broken"),
    ("/data-quality", "Data quality", "records, checks, caveats"),
)


def render(view: View) -> list[Component]:
    """The page; without contacts, of what there is."""
    if not view.frames.has_contacts:
        return overview_without_contacts(view)
    frames, results = view.frames, view.results
    said = headline(results, frames.outcome_parts)
    found = find(frames, results.week.week, view.divergence)
    week = results.week.week
    return [
        lead_of_view(view, said.text, said.detail),
        html.Section(
            [_tile(each, week.label) for each in key_figures(results, view.results_over(LINE_WEEKS + _WAIT))],
            className="tiles six key",
        ),
        *_matters(view, what_matters(view, found)),
        html.Div(
            [
                html.Div([*event_lines(view), weekly_panel(view, _trend(results))]),
                html.Div([_provisional(provisional_in_short(results, frames)), _elsewhere(view)]),
            ],
            className="trend-and-notes",
        ),
    ]


def _trend(results: Results) -> Panel:
    """Claimed and judged; the volume where nothing can be judged yet."""
    judged = any(kpis.outcome_known and kpis.fcr_gap.value is not None for kpis in results.trend)
    return resolution_panel(results) if judged else volume_panel(results)


def _tile(figure: KeyFigure, shown_week: str) -> Component:
    tile = figure.tile
    heading = html.Div([html.H3(tile.name), meaning(tile.metric)], className="tile-head")
    body: list[Component]
    if tile.missing:
        body = [html.P("not shown", className="value missing"), html.P(tile.interval, className="interval")]
    else:
        line = [sparkline([each.value for each in figure.line], figure.says)] if figure.line else []
        body = [html.Div([html.P(tile.value, className="value"), *line], className="value-line")]
        body += [html.P(figure.change, className="change")] if figure.change else []
        body += [html.P(_rests_on(figure), className="basis")]
    if tile.week and tile.week != shown_week:
        body.append(html.P(f"week {tile.week}, the latest that is complete", className="when"))
    return html.Div([heading, *body], className=f"tile {figure.kind}")


def _rests_on(figure: KeyFigure) -> str:
    """The interval in short, and n; of figures without one what they rest on."""
    interval = figure.tile.interval.removeprefix("95% confidence interval ")
    if interval == figure.tile.interval:
        return figure.tile.basis
    return f"95% interval {interval} · {figure.tile.basis}"


def _matters(view: View, found: WhatMatters) -> list[Component]:
    scope = [html.P(SEGMENTS_OF_FILTERS, className="sub")] if view.filters else []
    more: list[Component] = []
    if "/divergence" in view.paths:
        words = f"{found.more} that diverge" if found.more else "All segments compared"
        more = [html.P(dcc.Link(words, href=view.at("/divergence")), className="sub after")]
    if not found.findings:
        none = html.P("No segment diverges significantly.", className="sub")
        return [html.H2("What matters"), *scope, none, *more]
    return [
        html.H2("What matters"),
        *scope,
        html.Ol([_finding(each) for each in found.findings], className="lines panel"),
        *more,
    ]


def _finding(each: Finding) -> Component:
    links: list[Component | str] = []
    for text, href in (("Details", each.details), ("Cases", each.cases)):
        if href:
            links += [*([" · "] if links else []), dcc.Link(text, href=href)]
    return html.Li(
        [
            html.Span(each.label, className=f"kind {each.label}"),
            html.Div(
                [
                    html.P(each.sentence),
                    html.P([each.basis, *([" · "] if each.basis and links else []), *links], className="basis"),
                ]
            ),
        ]
    )


def _provisional(said: Sequence[str]) -> Component:
    body: Component = html.P("Nothing: all follow-up windows of this week have closed.")
    if said:
        body = html.Ul([html.Li(line) for line in said])
    return html.Section([html.H2("What is provisional"), body])


def _elsewhere(view: View) -> Component:
    """Where the rest stands, and how many flags wait."""
    items = [
        html.Li([dcc.Link(name, href=view.at(path)), f": {what}"])
        for path, name, what in _ELSEWHERE
        if path in view.paths
    ]
    todays = cases_link(view, today=True)
    if todays:
        queue = review_queue(view.frames, limit=0)
        items.append(html.Li([dcc.Link("Cases", href=todays), f": {plural(queue.total, 'flag')} to look at today"]))
    return html.Section([html.H2("Where to look next"), html.Ul(items)], className="elsewhere")


PAGE = Page("/", "Overview", "How the week stands, what matters, and what is not known yet", render)

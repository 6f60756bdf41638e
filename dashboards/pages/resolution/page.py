"""Resolution: what is reported beside what outcomes say, against the targets, by mode, and what a claim is worth."""

from dash import html
from dash.development.base_component import Component

from dashboards.components.blocks import lead_of_view, meaning, panel, statement, table, tile
from dashboards.components.view import Page, View
from dashboards.components.weekly_panel import event_lines, weekly_panel
from dashboards.findings.statements import validity_statement
from dashboards.findings.validity import validity
from dashboards.panels import kpis
from dashboards.panels.panel import Panel, Table
from dashboards.panels.tiles import pairs
from dashboards.results.caveats import provisional
from dashboards.results.headline import headline
from dashboards.results.targets import Against, against_targets
from dashboards.results.weekly_results import Results


def render(view: View) -> list[Component]:
    """The page."""
    frames, results = view.frames, view.results
    said = headline(results, frames.outcome_parts)

    def drawn(content: Panel) -> Component:
        return weekly_panel(view, content)

    return [
        lead_of_view(view, said.text, said.detail),
        _pairs(results),
        *_targets(against_targets(results, frames.manifest.presentation.targets)),
        html.H2("Week by week"),
        *event_lines(view),
        html.Div([drawn(kpis.resolution_panel(results)), drawn(kpis.volume_panel(results))], className="pair"),
        *_modes(results),
        *_worth(view),
        *_provisional(provisional(results, frames)),
    ]


def _pairs(results: Results) -> Component:
    shown = results.week.week
    week = f"Week {shown.label} ({shown.span})" + ("" if results.week.over else ", not over yet")
    rows = [
        html.Div(
            [tile(pair.reported, "claim", shown.label), tile(pair.afterwards, "held", shown.label)], className="row"
        )
        for pair in pairs(results)
    ]
    headings = html.Div([html.H2("As reported"), html.H2("What happened afterwards")], className="row headings")
    note = html.P(f"{week}; a figure that needs a closed window names its own week.", className="sub")
    return html.Section([headings, note, html.Div(rows, className="rows")], className="reported-and-outcomes")


def _targets(found: tuple[Against, ...]) -> list[Component]:
    if not found:
        return []
    rows = tuple(
        (
            each.name,
            each.week,
            f"{each.value}\n{each.interval}" if each.interval else each.value,
            each.target,
            each.state,
        )
        for each in found
    )
    content = Table(("Figure", "Week", "Value, 95% confidence interval", "Target", "State"), rows)
    return [html.H2("Against the targets"), html.Div(table(content), className="panel wide")]


def _modes(results: Results) -> list[Component]:
    if len(results.by_mode) < 2:
        return []
    return [
        html.H2("By mode"),
        panel(kpis.modes_panel(results), with_table=False),
        html.Div(table(kpis.mode_table(results)), className="panel wide"),
    ]


def _worth(view: View) -> list[Component]:
    """What a claim of resolution is worth (M17): of all contacts, and said to be so."""
    content = validity_statement(validity(view.frames.analyses.proxy_validity))
    scope = [html.P("Of all contacts: these lines are published for all together.", className="sub")]
    return [html.H2("Over the months"), *(scope if view.filters else []), statement(content)]


def _provisional(said: tuple[str, ...]) -> list[Component]:
    head = html.Div([html.H2("What is provisional"), meaning("M3")], className="tile-head")
    if not said:
        return [head, html.P("All follow-up windows of this week have closed.", className="sub")]
    lines = html.Ul([html.Li(line) for line in said], className="notes")
    return [head, html.Details([html.Summary("Window by window, from when on each is known"), lines])]


PAGE = Page("/resolution", "Resolution", "What was claimed resolved, and what happened afterwards?", render)

"""Building blocks that pages share. Text from data is passed as children, which Dash shows as text, never as markup."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.chart_tools import chart_id, chart_tools
from dashboards.components.view import View
from dashboards.panels.panel import Panel, Table
from dashboards.panels.tiles import Tile
from dashboards.results.top_flags import Flag
from pipelines.contract.metrics import definition


def table(content: Table, *, words: bool = False) -> Component:
    """A table; ``words`` for one whose cells are text rather than numbers."""
    head = html.Thead(html.Tr([html.Th(header, scope="col") for header in content.headers]))
    rows = [html.Tr([html.Th(row[0], scope="row"), *(_cell(cell) for cell in row[1:])]) for row in content.rows]
    caption = [html.Caption(content.caption)] if content.caption else []
    return html.Div(
        html.Table([*caption, head, html.Tbody(rows)], className="words" if words else ""),
        className="scroll",
        tabIndex="0",
    )


def _cell(text: str) -> Component:
    first, _, small = text.partition("\n")
    return html.Td([first, html.Small(small)] if small else first)


def aria_label(text: str) -> dict[str, Any]:
    """The attribute that tells a screen reader what it stands before; Dash takes it by keyword only."""
    return {"aria-label": text}


def marked(**attributes: str) -> dict[str, Any]:
    """``aria_current="page"`` as the attribute ``aria-current``, for Dash takes such names by keyword only."""
    return {name.replace("_", "-"): value for name, value in attributes.items()}


def lead(title: str, detail: str = "") -> Component:
    """The page's one sentence, and what else must be known. A heading that is heard and not seen opens what follows."""
    return html.Div(
        [
            html.Section([html.H1(title), *([html.P(detail)] if detail else [])], className="lead"),
            html.H2("At a glance", className="unseen"),
        ]
    )


def choices(title: str, view: View, name: str, options: Mapping[str, str], current: str) -> Component:
    """Links that set the page's own argument ``name``; ``options``: value → words. The chosen one is no link."""
    links = [
        html.Span(text, className="chosen", **marked(aria_current="true"))
        if value == current
        else dcc.Link(text, href=view.here({name: value, "page": None}), title=f"{title}: {text}")
        for value, text in options.items()
    ]
    return html.Nav(
        [html.Span(title, className="choice-name"), html.Div(links, className="choice")],
        className="filter",
        **aria_label(title),
    )


def meaning(number: str) -> Component:
    """The metric number; one click opens its definition."""
    entry = definition(number)
    return html.Details(
        [html.Summary(number, title=f"What {entry.name} means"), html.P([html.Strong(f"{entry.name}. "), entry.text])],
        className="meaning",
    )


def tile(content: Tile, kind: str, shown_week: str) -> Component:
    """One figure. Its week is named where it is another than the page's."""
    heading = html.Div([html.H3(content.name), meaning(content.metric)], className="tile-head")
    if content.missing:
        body = [html.P("not shown", className="value missing"), html.P(content.interval, className="interval")]
    else:
        body = [html.P(content.value, className="value")]
        body += [html.P(content.interval, className="interval")] if content.interval else []
        body += [html.P(content.note, className="note")] if content.note else []
        body += [html.P(content.basis, className="basis")]
    if content.week and content.week != shown_week:
        body.append(html.P(f"week {content.week}, the latest whose window has closed", className="when"))
    return html.Div([heading, *body], className=f"tile {kind}".strip())


def panel(content: Panel, *, with_table: bool = True) -> Component:
    """A figure with heading, sentence and the table behind it; the table is there for its CSV alone if not ``with_table``."""
    name = f"{content.title.text}. {content.sentence}"
    graph = dcc.Graph(
        id=f"figure-{content.name}",
        figure=content.figure,
        config={"displayModeBar": False, "responsive": True},
        style={"height": f"{content.figure.layout.height}px"},
    )
    tables = [table(each) for each in (content.table, content.more) if each]
    shown = (
        html.Details([html.Summary("Table behind the chart"), *tables]) if with_table else html.Div(tables, hidden=True)
    )
    metrics = [meaning(number.strip()) for number in content.title.subtitle.split("·")[0].split(",")]
    return html.Section(
        [
            html.Div([html.H3(content.title.text), chart_tools(content.title.text), *metrics], className="tile-head"),
            html.P(content.sentence, className="sentence"),
            html.Div(graph, className="figure", role="img", **aria_label(name)),
            html.P(content.title.subtitle, className="subtitle"),
            shown,
        ],
        id=chart_id(content.name),
        className="panel",
        tabIndex="-1",
        disable_n_clicks=True,
    )


def flag(content: Flag) -> Component:
    """One flagged contact with its evidence."""
    about = f"{content.code} · {content.day} · {wording.mode_name(content.mode)}"
    about += f" · {content.issue}" if content.issue else ""
    evidence = [part for e in content.evidence for part in (html.Dt(e.name.replace("_", " ")), html.Dd(e.value))]
    return html.Li(
        [
            html.Span(f"severity {content.severity}", className=f"severity s{content.severity}"),
            html.Div(
                [
                    html.P(content.sentence, className="sentence"),
                    html.P([about, " · contact ", html.Span(content.contact_id, className="id")], className="basis"),
                    *([html.Details([html.Summary("Evidence"), html.Dl(evidence)])] if evidence else []),
                ]
            ),
        ]
    )

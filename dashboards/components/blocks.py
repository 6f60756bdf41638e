"""Building blocks that pages share. Text from data is passed as children, which Dash shows as text, never as markup."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.links import glossary_address
from dashboards.components.view import View
from dashboards.findings.statements import CaseLine, Statement
from dashboards.panels.panel import Panel, Table
from dashboards.panels.tiles import Tile
from dashboards.results.top_flags import Flag
from dashboards.wording.scopes import not_given, of_contacts
from pipelines.contract.metrics import definition
from pipelines.contract.terms import BY_PLAIN


def table(content: Table, *, words: bool = False) -> Component:
    """A table; ``words`` for one whose cells are text rather than numbers."""
    head = html.Thead(html.Tr([html.Th(_header(header), scope="col") for header in content.headers]))
    rows = [
        html.Tr([html.Th(_header(row[0]), scope="row"), *(_cell(cell) for cell in row[1:])]) for row in content.rows
    ]
    caption = [html.Caption(content.caption)] if content.caption else []
    return html.Div(
        html.Table([*caption, head, html.Tbody(rows)], className="words" if words else ""),
        className="scroll",
        tabIndex="0",
    )


def _header(text: str) -> Component | str:
    """A heading; one that is the plain name of a statistical term leads to it, and says it when pointed at."""
    plain, mark, rest = text.partition(",")
    found = BY_PLAIN.get(plain.partition(" (")[0].removeprefix("Gain in ").capitalize())
    if found is None or not found.term:
        return text
    shown = plain.partition(" (")[0]
    link = dcc.Link(shown, href=glossary_address(found.key), title=f"{found.term}: {found.text}", className="term")
    return html.Span([link, f"{plain.removeprefix(shown)}{mark}{rest}"])


def _cell(text: str) -> Component:
    first, _, small = text.partition("\n")
    return html.Td([first, html.Small(small)] if small else first)


def aria_label(text: str) -> dict[str, Any]:
    """The attribute that tells a screen reader what it stands before; Dash takes it by keyword only."""
    return {"aria-label": text}


def marked(**attributes: str) -> dict[str, Any]:
    """``aria_current="page"`` as the attribute ``aria-current``, for Dash takes such names by keyword only."""
    return {name.replace("_", "-"): value for name, value in attributes.items()}


def lead(title: str, detail: str = "", *more: Component) -> Component:
    """The page's one sentence, and what else must be known. A heading that is heard and not seen opens what follows."""
    return html.Div(
        [
            html.Section([html.H1(title), *([html.P(detail)] if detail else []), *more], className="lead"),
            html.H2("At a glance", className="unseen"),
        ]
    )


def lead_of_view(view: View, title: str, detail: str = "") -> Component:
    """The same where ``title`` is of the contacts that the filters leave: it names them."""
    words = view.filters.words
    return lead(title if words.lower() in title.lower() else of_contacts(words, title), detail)


def lead_of_others(view: View, what: str, why: str) -> Component:
    """Instead of a headline where ``what`` is not known of the contacts that the filters leave, with the way to all."""
    way = dcc.Link("Show all contacts", href=f"{view.path}{view.selection.of_all.query}")
    return lead(not_given(what, view.filters.words), why, html.P(way))


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
    glossary = dcc.Link("In the glossary", href=glossary_address(number))
    return html.Details(
        [
            html.Summary(number, title=f"What {entry.name} means"),
            html.P([html.Strong(f"{entry.name}. "), entry.text, " ", glossary]),
        ],
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
    """A figure with heading, sentence and the table behind it."""
    name = f"{content.title.text}. {content.sentence}"
    graph = dcc.Graph(
        id=f"figure-{content.name}",
        figure=content.figure,
        config={"displayModeBar": False, "responsive": True},
        style={"height": f"{content.figure.layout.height}px"},
    )
    tables = [table(each) for each in (content.table, content.more) if each]
    # How a figure is drawn is said where its numbers stand: one click away.
    drawn = html.P(content.title.subtitle, className="subtitle")
    behind = [html.Details([html.Summary("Table behind the chart"), drawn, *tables])] if with_table else [drawn]
    metrics = [meaning(number.strip()) for number in content.title.subtitle.split("·")[0].split(",")]
    return html.Section(
        [
            html.Div([html.H3(content.title.text), *metrics], className="tile-head"),
            html.P(content.sentence, className="sentence"),
            html.Div(graph, className="figure", role="img", **aria_label(name)),
            *behind,
        ],
        className="panel",
    )


def statement(content: Statement, *, folded: str = "") -> Component:
    """A finding: what was found, and the cases behind it; these under the words of ``folded``, if any, one click away."""
    lines: list[Component] = []
    if content.lines:
        lines = [html.Ul([_line(each) for each in content.lines], className="lines")]
    if lines and folded:
        lines = [html.Details([html.Summary(folded), *lines])]
    return html.Section(
        [
            html.Div([html.H3(content.title), meaning(content.metric)], className="tile-head"),
            html.P(content.sentence, className="sentence"),
            *lines,
        ],
        className="panel statement",
    )


def _line(content: CaseLine) -> Component:
    body = [html.P(content.text)] + ([html.P(content.basis, className="basis")] if content.basis else [])
    label = [html.Span(content.label, className=f"kind {content.label}")] if content.label else []
    return html.Li([*label, html.Div(body)])


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

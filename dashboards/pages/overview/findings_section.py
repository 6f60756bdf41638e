"""The section on where reported figures mislead: statements, and the figures behind them."""

from dash import html
from dash.development.base_component import Component

from dashboards.components.blocks import meaning, panel
from dashboards.findings import Findings
from dashboards.findings.statements import CaseLine, Statement, divergence_statement, notes, other_statements, scope
from dashboards.panels.findings import findings_panels


def findings_section(found: Findings, cut: str | None, *, parts: int = 1) -> list[Component]:
    """``cut``: the name of the cut, None for all contacts; ``parts``: filters that it consists of."""
    return [
        html.H2("Where reported figures mislead"),
        html.P(scope(cut, parts=parts), className="sub"),
        _statement(divergence_statement(found)),
        *(html.P(line, className="sub after") for line in notes(found)),
        *_figures(found),
        html.Div([_statement(each) for each in other_statements(found)], className="statements"),
    ]


def _figures(found: Findings) -> list[Component]:
    drawn = [panel(each) for each in findings_panels(found)]
    return [
        html.Div(drawn[start : start + 2], className="pair") if len(drawn) > start + 1 else drawn[start]
        for start in range(0, len(drawn), 2)
    ]


def _statement(content: Statement) -> Component:
    lines = [_line(each) for each in content.lines]
    return html.Section(
        [
            html.Div([html.H3(content.title), meaning(content.metric)], className="tile-head"),
            html.P(content.sentence, className="sentence"),
            *([html.Ul(lines, className="lines")] if lines else []),
        ],
        className="panel statement",
    )


def _line(content: CaseLine) -> Component:
    body = [html.P(content.text)] + ([html.P(content.basis, className="basis")] if content.basis else [])
    label = [html.Span(content.label, className=f"kind {content.label}")] if content.label else []
    return html.Li([*label, html.Div(body)])

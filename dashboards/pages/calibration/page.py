"""Calibration: whether the AI is right as often as it says, for whom not, since when, and what a map would make of it."""

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.components.blocks import (
    aria_label,
    choices,
    lead,
    lead_of_others,
    lead_of_view,
    meaning,
    panel,
    statement,
    table,
)
from dashboards.components.links import cases_link, segment_text
from dashboards.components.view import AI_AND_PEOPLE, Page, View
from dashboards.figures.template import take_title
from dashboards.findings.calibration import calibration
from dashboards.findings.statements import group_statement
from dashboards.pages.calibration.groups import GROUPINGS, ClaimGroup, claim_groups, months, recalibration
from dashboards.pages.calibration.panels import (
    drift_panel,
    groups_table,
    map_months_table,
    recalibration_panel,
    small_figure,
)
from dashboards.panels.findings import reliability_panel
from dashboards.wording import MISSING, capital, whole_percent
from dashboards.wording.calibration import SOURCES_DIFFER
from dashboards.wording.scopes import ONE_AT_A_TIME

_NAMES = {"model": "AI model", "model-workflow": "model and workflow", "claim-type": "claim type"}
_BY: Mapping[str, str] = {name: _NAMES.get(name, name) for name in GROUPINGS}
_SOURCES: Mapping[str, str] = {"outcome": "judged by outcomes", "reviewed": "judged by reviewers"}


def render(view: View) -> list[Component]:
    """The page. Raises AddressError for a grouping or a source that there is not."""
    tables, group = view.frames.analyses, view.filters.group
    by = view.choice("by", _BY, "model")
    found = calibration(tables.calibration_summary, tables.calibration_curve, tables.confidence_histogram, group)
    if not found.sources:
        if view.filters:
            return [lead_of_others(view, "calibration", f"{found.sentence} {ONE_AT_A_TIME}")]
        return [lead("No calibration yet", found.sentence)]
    first = found.sources[0]
    source = view.choice("source", _SOURCES, first.label_source)
    chosen = next((each for each in found.sources if each.label_source == source), first)
    groups = claim_groups(
        tables.calibration_summary,
        tables.calibration_curve,
        tables.confidence_histogram,
        chosen.label_source,
        GROUPINGS[by],
    )
    by_month = months(tables.calibration_summary, chosen.label_source, group)
    mapped = recalibration(
        tables.recalibration, tables.recalibration_by_month, chosen.label_source, chosen.sampling, group
    )
    drawn = [panel(reliability_panel(each)) for each in found.drawn]
    undrawn = [f"{capital(each.name)}: {each.sentence}" for each in found.sources if not each.curve]
    return [
        lead_of_view(view, first.sentence, SOURCES_DIFFER if len(found.sources) > 1 else ""),
        *([html.Div(drawn, className="pair") if len(drawn) > 1 else drawn[0]] if drawn else []),
        *(html.P(text, className="sub after") for text in undrawn),
        *([statement(group_statement(found))] if any(each.is_compared for each in found.sources) else []),
        html.H2("Over the months, and recalibrated"),
        choices("Claims", view, "source", _SOURCES, chosen.label_source),
        html.Div(
            [
                panel(drift_panel(by_month)),
                *([panel(recalibration_panel(mapped))] if mapped else []),
            ],
            className="pair" if mapped else "",
        ),
        *(
            [html.Div(table(map_months_table(mapped)), className="panel wide below")]
            if mapped and mapped.months
            else []
        ),
        *(
            []
            if mapped
            else [
                html.P(
                    "No map from stated to calibrated confidence was published for these claims.", className="sub after"
                )
            ]
        ),
        html.Div([html.H2("Group by group"), meaning("M9")], className="tile-head"),
        choices("By", view, "by", _BY, by),
        html.P(f"{groups.sentence} {_SCOPE if view.filters else ''}".rstrip(), className="sub"),
        html.Div([_small(each, view) for each in groups.drawn], className="multiples"),
        html.Div(table(groups_table(groups)), className="panel wide below"),
    ]


_SCOPE = "Groups cover all contacts, regardless of filters."


def _small(each: ClaimGroup, view: View) -> Component:
    figure = small_figure(each)
    title = take_title(figure)
    figure.update_layout(margin={"t": 8})
    link = cases_link(view, segment=segment_text(each.group))
    words = capital(each.group.words)
    name = html.H3(dcc.Link(words, href=link) if link else words)
    certainty = "significant bias" if each.is_significant else "no significant bias"
    said = f"stated {_percent(each.mean_confidence)}, right {_percent(each.accuracy)}, {certainty}"
    graph = dcc.Graph(
        figure=figure,
        config={"displayModeBar": False, "responsive": True},
        style={"height": f"{figure.layout.height}px"},
    )
    box = html.Div(graph, className="figure", role="img", **aria_label(f"{each.group.words}: {said}"))
    return html.Section(
        [name, html.P(said, className="basis"), box, html.P(title.subtitle, className="subtitle")],
        className="panel small",
    )


def _percent(value: float | None) -> str:
    return MISSING if value is None else whole_percent(value)


PAGE = Page(
    "/calibration", "Calibration", "Is the AI right as often as it says?", render, weekly=False, group=AI_AND_PEOPLE
)

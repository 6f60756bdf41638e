"""Sentiment: what customers rated, wrote and said last, each source by itself, with how many of them are heard."""

from collections.abc import Mapping
from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import choices, lead, lead_of_others, lead_of_view, panel, table, tile
from dashboards.components.links import cases_link
from dashboards.components.view import Page, View
from dashboards.components.weekly_panel import event_lines, weekly_panel
from dashboards.findings.csat import rating_scale
from dashboards.pages.sentiment.closing_weeks import closing_by_week
from dashboards.pages.sentiment.csat_panels import closing_panel, negatives_by_panel, scale_panel, worth_table
from dashboards.pages.sentiment.customers import shared_by_group
from dashboards.pages.without_contacts.page import answers_section, answers_without_contacts
from dashboards.panels import tiles
from dashboards.panels.sentiment import sentiment_mode_table, sentiment_panels
from dashboards.results import feedback_sentences
from dashboards.results.clustering import Clustering
from dashboards.results.group_rates import rates_by
from dashboards.results.linkage import survey_answers, unlinked_sentence
from dashboards.results.received import received
from dashboards.results.weekly_results import Results
from dashboards.snapshot.filters import DIMENSIONS
from pipelines.contract.published import SENTIMENT_SOURCES
from pipelines.statistics import Rate, proportion

_BY: Mapping[str, str] = {each.name: each.title for each in DIMENSIONS}
_COLUMNS = {each.name: each.column for each in DIMENSIONS}
_SOURCES: Mapping[str, str] = {source: wording.source_name(source) for source in SENTIMENT_SOURCES}


def render(view: View) -> list[Component]:
    """The page. Raises AddressError for a source or a cut that there is not."""
    by = view.choice("by", _BY, "mode")
    if not view.frames.has_contacts:
        return answers_without_contacts(view)
    results = view.results
    answers = received(view.frames, results.trend[-1].week, view.selection.weeks).answers
    if not (results.has_surveys or results.has_transcripts):
        nothing = " ".join(feedback_sentences.feedback(results))
        if answers is None:
            return [lead("No customer feedback yet", nothing)]
        if view.filters:
            return [lead_of_others(view, "survey answers", nothing), *answers_section(answers, whole=True)]
        return [lead(answers.sentence, nothing), *answers_section(answers)]
    source = view.choice("source", _SOURCES, "survey_csat" if results.has_surveys else "closing_turns")
    first, *rest = feedback_sentences.feedback(results)
    unlinked = unlinked_sentence(survey_answers(view.frames.survey_answers))
    drawn = [weekly_panel(view, each) for each in sentiment_panels(results)]
    modes = sentiment_mode_table(results)
    return [
        lead_of_view(view, first, " ".join(filter(None, (*rest, feedback_sentences.caution(results))))),
        *([html.P(unlinked, className="sub")] if unlinked else []),
        html.Section(
            html.Div([tile(each, "", results.week.week.label) for each in tiles.heard(results)], className="tiles six")
        ),
        html.H2("Week by week"),
        *event_lines(view),
        html.Div(drawn, className="pair") if len(drawn) > 1 else drawn[0],
        *_rating_scale(view, results),
        html.H2("By group"),
        choices("Source", view, "source", _SOURCES, source),
        choices("By", view, "by", _BY, by),
        *_by(view, results, source, _COLUMNS[by]),
        *(answers_section(answers, whole=bool(view.filters)) if answers else []),
        *(
            [html.H2("By mode, every source"), html.Div(table(modes), className="panel wide")]
            if modes and len(results.by_mode) > 1
            else []
        ),
    ]


def _rating_scale(view: View, results: Results) -> list[Component]:
    tables = view.frames.analyses
    found = rating_scale(tables.client_terms, tables.client_terms_curve)
    title = html.H2("On the customer-rating scale")
    if found is None:
        return [
            title,
            html.P(
                "No customer-rating scale: it needs contacts with scored words and a later rating.", className="sub"
            ),
        ]
    weeks = closing_by_week(
        view.queries, view.filters, results.trend[0].week.monday, results.trend[-1].week.sunday, view.frames.min_n
    )
    scope = ["The scale is of all contacts; the line by week is of this view."] if view.filters else []
    drawn = [panel(scale_panel(found))] if found.curve else []
    drawn += [weekly_panel(view, closing_panel(weeks))] if any(each.raw is not None for each in weeks) else []
    if not drawn:
        return [title, html.P(found.sentence, className="sub")]
    return [
        title,
        *(html.P(text, className="sub") for text in scope),
        html.Div(drawn, className="pair") if len(drawn) > 1 else drawn[0],
        *([] if not found.curve else [html.Div(table(worth_table(found)), className="panel wide below")]),
    ]


def _by(view: View, results: Results, source: str, column: str) -> list[Component]:
    known = [kpis.week for kpis in results.trend if kpis.answers_complete]
    if not known:
        return [html.P("No week of those shown has all its answers yet.", className="sub")]
    weeks = (known[0], known[-1])
    frames = view.frames
    clustering = Clustering(frames.design_effects)
    shared = shared_by_group(view.queries, view.filters, column, source, weeks)

    def rate(value: str | None, negative: float, n: float) -> Rate:
        squares, own = shared.get(value, (None, None))
        deff = clustering.of_squares(f"negative_{source}", n, squares, (column, *view.filters.columns), own)
        rows = f"contacts judged by {wording.source_name(source)}"
        return proportion(negative, n, deff=deff, min_n=frames.min_n, rows=rows)

    found = rates_by(
        view.queries,
        view.filters,
        column,
        numerator=f"sentiment_{source}_negative",
        denominator=f"sentiment_{source}_n",
        weeks=weeks,
        rate=rate,
    )
    links = {
        each.value: cases_link(replace(view, selection=view.selection.filtered(column, each.value)))
        for each in found.groups
    }
    span = f"Weeks {weeks[0].label} to {weeks[1].label}, whose answers are all in."
    return [html.P(span, className="sub"), panel(negatives_by_panel(found, source, links))]


PAGE = Page("/sentiment", "Sentiment", "What did customers say, and how many answered?", render)

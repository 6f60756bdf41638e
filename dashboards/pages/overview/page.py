"""Overview: reported figures next to what happened afterwards."""

from collections.abc import Callable

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import flag, panel, table, tile
from dashboards.components.links import cases_link
from dashboards.components.view import Page, View
from dashboards.components.weekly_panel import event_lines, weekly_panel
from dashboards.findings import Findings, find
from dashboards.findings.statements import clause
from dashboards.pages.overview.findings_section import findings_section
from dashboards.pages.without_contacts.page import overview_without_contacts
from dashboards.panels import kpis
from dashboards.panels.panel import Panel, Table
from dashboards.panels.sentiment import sentiment_mode_table, sentiment_panels
from dashboards.panels.tiles import pairs
from dashboards.results import feedback_sentences
from dashboards.results.caveats import caveats, provisional
from dashboards.results.data_quality import DataQuality, data_quality
from dashboards.results.headline import headline
from dashboards.results.targets import Against, against_targets
from dashboards.results.top_flags import ReviewQueue, review_queue
from dashboards.results.weekly_results import Results


def render(view: View) -> list[Component]:
    """The page; without contacts, of what there is."""
    if not view.frames.has_contacts:
        return overview_without_contacts(view)
    frames, results = view.frames, view.results
    flags = review_queue(frames) if view.sees_cases else None
    quality = data_quality(frames.manifest, frames.checks, frames.ledger)
    found = find(frames, results.week.week, view.divergence)
    said = headline(results, frames.outcome_parts, clause(found, view.filters.group, cut=bool(view.filters)))

    def drawn(content: Panel) -> Component:
        return weekly_panel(view, content)

    return [
        html.Section([html.H1(said.text), html.P(said.detail)], className="lead"),
        _pairs(results),
        *_targets(against_targets(results, frames.manifest.presentation.targets)),
        *findings_section(found, results.cut, parts=len(view.filters.chosen)),
        html.H2("Over the weeks"),
        *event_lines(view),
        drawn(kpis.resolution_panel(results)),
        html.Div([panel(kpis.repeats_panel(results)), drawn(kpis.complaints_panel(results))], className="pair"),
        *_said(results, found, drawn),
        *_modes(results, drawn),
        *(_flags(flags, view) if flags else ()),
        html.Div(
            [
                _sentences(
                    "What is provisional",
                    provisional(results, frames),
                    "All follow-up windows of this week have closed.",
                ),
                _sentences("About the data", caveats(results, frames, quality), "No caveats."),
            ],
            className="pair notes",
        ),
        *_quality(quality, view),
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


def _said(results: Results, found: Findings, drawn: Callable[[Panel], Component]) -> list[Component]:
    shown = [drawn(each) for each in sentiment_panels(results)]
    said = (
        " ".join(feedback_sentences.feedback(results)),
        *(
            (feedback_sentences.caution(results), found.rating_scale.sentence if found.rating_scale else "")
            if shown
            else ()
        ),
    )
    return [
        html.H2("What customers said"),
        *(html.P(text, className="sub") for text in said if text),
        *([html.Div(shown, className="pair") if len(shown) > 1 else shown[0]] if shown else []),
    ]


def _modes(results: Results, drawn: Callable[[Panel], Component]) -> list[Component]:
    said = sentiment_mode_table(results)
    if len(results.by_mode) < 2:
        return [html.Div(drawn(kpis.volume_panel(results)), className="below")]
    return [
        html.H2("By mode"),
        html.Div(
            [panel(kpis.modes_panel(results), with_table=False), drawn(kpis.volume_panel(results))],
            className="pair",
        ),
        html.Div(table(kpis.mode_table(results)), className="panel wide"),
        *([html.Div(table(said), className="panel wide")] if said else []),
    ]


def _flags(queue: ReviewQueue, view: View) -> list[Component]:
    said: list[Component | str] = [queue.words]
    todays = cases_link(view, today=True)
    if queue.total and todays:
        said += [" ", dcc.Link("Look at them", href=todays)]
    listed = [html.Ol([flag(each) for each in queue.top], className="flags")] if queue.top else []
    return [html.H2("Cases to look at"), html.P(said, className="sub"), *listed]


def _sentences(title: str, said: tuple[str, ...], otherwise: str) -> Component:
    body = html.Ul([html.Li(line) for line in said]) if said else html.P(otherwise)
    return html.Section([html.H2(title), body])


def _quality(quality: DataQuality, view: View) -> list[Component]:
    ledger = quality.ledger
    total = (
        f"{wording.count(ledger.rows_in)} records in {wording.count(ledger.files)} files: "
        f"{wording.count(ledger.accepted)} accepted, {wording.count(ledger.duplicates)} duplicates, "
        f"{wording.count(ledger.superseded)} superseded, {wording.count(ledger.quarantined)} quarantined{wording.left_out_by_filter(ledger.filtered)}."
    )
    failed = len(quality.failed)
    checks = f"{wording.plural(failed, 'check')} failed." if failed else "All checks passed."
    said: list[Component | str] = [f"{total} {checks} "]
    said += [dcc.Link("More of it", href=view.at("/data-quality"))] if "/data-quality" in view.paths else []
    return [html.H2("Data quality"), html.P(said, className="sub")]


PAGE = Page("/", "Overview", "The figures as usually shown, and what happened afterwards", render)

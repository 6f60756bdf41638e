"""Overview: the figures as they are usually shown, beside what happened afterwards."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import panels, voice, wording
from dashboards.cases import FlagList, top_flags
from dashboards.caveats import caveats, provisional
from dashboards.evidence import Findings, find
from dashboards.evidence.statements import clause
from dashboards.frames import Frames
from dashboards.headline import headline
from dashboards.measures import modes_of
from dashboards.pages.components import aria_label, flag, panel, table, tile
from dashboards.pages.evidence import evidence_section
from dashboards.panels import Table
from dashboards.quality import DataQuality, data_quality
from dashboards.results import Results, compute_results
from dashboards.selection import NO_MODE, PERIODS, Selection, read_selection
from dashboards.sentiment_panels import sentiment_mode_table, sentiment_panels
from dashboards.tiles import pairs


def render(frames: Frames, query: str | None) -> list[Component]:
    """The page for the selection in ``query``. Raises ReportError if the snapshot has no contacts."""
    modes = modes_of(frames.weekly)
    chosen = read_selection(query, modes)
    cut, mode = chosen.mode is not None, chosen.published_mode
    results = compute_results(frames, mode=mode, cut=cut, length=chosen.weeks)
    flags = top_flags(frames.flags, results.week.week, mode=mode, cut=cut)
    quality = data_quality(frames.manifest, frames.checks, frames.ledger)
    found = find(frames, results.week.week, mode=mode, cut=cut)
    said = headline(results, frames.outcome_parts, clause(found, mode, cut=cut))
    return [
        _filters(chosen, modes),
        html.Section([html.H1(said.text), html.P(said.detail)], className="lead"),
        _pairs(results),
        *evidence_section(found, results.mode),
        html.H2("Over the weeks"),
        panel(panels.resolution_panel(results)),
        html.Div([panel(panels.repeats_panel(results)), panel(panels.complaints_panel(results))], className="pair"),
        *_said(results, found),
        *_modes(results),
        *_flags(flags, results),
        html.Div(
            [
                _sentences(
                    "What is provisional", provisional(results, frames), "Every window of this week has closed."
                ),
                _sentences("About the data", caveats(results, frames, quality), "No caveat."),
            ],
            className="pair notes",
        ),
        *_quality(quality),
    ]


def _filters(chosen: Selection, modes: list[str | None]) -> Component:
    named = [("All modes", None), *((wording.mode_name(mode), NO_MODE if mode is None else mode) for mode in modes)]
    return html.Nav(
        [
            _choice("Mode", [(name, Selection(value, chosen.weeks), value == chosen.mode) for name, value in named]),
            _choice(
                "Period",
                [(f"{weeks} weeks", Selection(chosen.mode, weeks), weeks == chosen.weeks) for weeks in PERIODS],
            ),
        ],
        className="filters",
        **aria_label("Filters"),
    )


def _choice(name: str, options: list[tuple[str, Selection, bool]]) -> Component:
    links = [
        dcc.Link(
            text,
            href=selection.query,
            className="chosen" if active else "",
            title=f"{name}: {text}{', chosen' if active else ''}",
        )
        for text, selection, active in options
    ]
    return html.Div([html.Span(name, className="choice-name"), html.Div(links, className="choice")], className="filter")


def _pairs(results: Results) -> Component:
    shown = results.week.week
    week = f"Week {shown.label} ({shown.span})" + ("" if results.week.over else ", not over yet")
    rows = [
        html.Div([tile(pair.usual, "claim", shown.label), tile(pair.afterwards, "held", shown.label)], className="row")
        for pair in pairs(results)
    ]
    headings = html.Div([html.H2("As usually shown"), html.H2("What happened afterwards")], className="row headings")
    note = html.P(f"{week}; a figure that needs a closed window names its own week.", className="sub")
    return html.Section([headings, note, html.Div(rows, className="rows")], className="beside")


def _said(results: Results, found: Findings) -> list[Component]:
    drawn = [panel(each) for each in sentiment_panels(results)]
    said = (voice.said(results), *((voice.caution(results), found.client_terms) if drawn else ()))
    return [
        html.H2("What customers said"),
        *(html.P(text, className="sub") for text in said if text),
        *([html.Div(drawn, className="pair") if len(drawn) > 1 else drawn[0]] if drawn else []),
    ]


def _modes(results: Results) -> list[Component]:
    said = sentiment_mode_table(results)
    if len(results.by_mode) < 2:
        return [html.Div(panel(panels.volume_panel(results)), className="below")]
    return [
        html.H2("By mode"),
        html.Div(
            [panel(panels.modes_panel(results), with_table=False), panel(panels.volume_panel(results))],
            className="pair",
        ),
        html.Div(table(panels.mode_table(results)), className="panel wide"),
        *([html.Div(table(said), className="panel wide")] if said else []),
    ]


def _flags(flags: FlagList, results: Results) -> list[Component]:
    if flags.total == 0:
        text = f"No contact up to the end of {results.week.week.label} carries a flag."
        return [html.H2("Cases to look at"), html.P(text, className="sub")]
    kinds = "; ".join(f"{c.code} {c.rule.replace('_', ' ')} {wording.count(c.flags)}" for c in flags.counts)
    number = f"{wording.count(flags.total)} flag{'' if flags.total == 1 else 's'}"
    text = (
        f"{number} on contacts of {flags.first} to {flags.last} (the 28 days up to the latest flagged one): {kinds}. "
        "The most severe and most recent:"
    )
    return [
        html.H2("Cases to look at"),
        html.P(text, className="sub"),
        html.Ol([flag(each) for each in flags.top], className="flags"),
    ]


def _sentences(title: str, said: tuple[str, ...], otherwise: str) -> Component:
    body = html.Ul([html.Li(line) for line in said]) if said else html.P(otherwise)
    return html.Section([html.H2(title), body])


def _quality(quality: DataQuality) -> list[Component]:
    sources = Table(
        ("Source", "Files", "Refused", "Records", "Accepted", "Duplicates", "Superseded", "Quarantined", "Bad values"),
        tuple(
            (
                each.source,
                *(
                    wording.count(number)
                    for number in (
                        each.files,
                        each.refused_files,
                        each.rows_in,
                        each.accepted,
                        each.duplicates,
                        each.superseded,
                        each.quarantined,
                        each.bad_values,
                    )
                ),
            )
            for each in quality.sources
        ),
    )
    failed = Table(
        ("Table", "Check", "Severity", "Expected", "Found", "Rows"),
        tuple(
            (
                each.table,
                each.check,
                each.severity,
                each.expected or wording.MISSING,
                each.actual or wording.MISSING,
                wording.MISSING if each.unexpected is None else wording.count(each.unexpected),
            )
            for each in quality.failed
        ),
    )
    ledger = quality.ledger
    total = (
        f"{wording.count(ledger.rows_in)} records in {wording.count(ledger.files)} files: "
        f"{wording.count(ledger.accepted)} accepted, {wording.count(ledger.duplicates)} duplicates, "
        f"{wording.count(ledger.superseded)} superseded, {wording.count(ledger.quarantined)} quarantined."
    )
    checks = f"{wording.count(len(quality.failed))} check(s) did not hold:" if quality.failed else "Every check held."
    return [
        html.H2("Data quality"),
        html.P(total, className="sub"),
        *([html.Div(table(sources), className="panel wide")] if quality.sources else []),
        html.P(checks, className="sub after"),
        *([html.Div(table(failed, words=True), className="panel wide")] if quality.failed else []),
    ]

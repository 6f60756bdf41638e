"""Segments: why the outcome of one changed between baseline and current period, what it goes with, and since when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import choices, lead, meaning, panel
from dashboards.components.event_lines import EventMark, mark_events, with_events
from dashboards.components.explained import goes_with, link_line, made_of, moved_lines
from dashboards.components.links import cases_link, compare_link, segment_link, segment_text
from dashboards.components.view import Page, View
from dashboards.findings.explained_change import ExplainedChange
from dashboards.findings.known_segments import KnownSegment, find_segment, frequent_words
from dashboards.findings.side_by_side import SideBySide, side_by_side
from dashboards.panels.explained import began_days, models_panel, weeks_panel
from dashboards.panels.panel import Panel
from dashboards.report.diverging_segments import owner_of
from dashboards.snapshot.address import Selection
from dashboards.wording import explained as sentences
from dashboards.wording.dates import span
from dashboards.wording.divergence import MEASURES, OUTCOMES, q_words

PATH = "/segments"
#: What the two sides are called.
_SIDES = ("before", "now")
#: Days about the interval of the beginning in which an event is named.
_NEAR = timedelta(days=7)
#: Words that are named.
_WORDS = 8


def render(view: View) -> list[Component]:
    """The page of the segment in the path, or the list of segments with a verdict."""
    text = view.path.removeprefix(PATH).strip("/")
    if not text:
        return _index(view, "Why did it change?", "Each segment with a verdict, and what its change goes with.")
    known = find_segment(view.queries, text)
    if known is None:
        return _index(
            view, "This snapshot has no such segment.", "It is no longer compared, or the address is cut short."
        )
    measure = view.choice("outcome", OUTCOMES, known.lead_outcome or "false_resolution")
    found = side_by_side(view.queries, known.sides, measure, known.cause)
    return [
        *link_line(_ways(view, known)),
        *_lead(view, known, measure, found.change),
        choices("Outcome", view, "outcome", OUTCOMES, measure),
        *(_why(view, known, found) if found.change is not None else []),
    ]


def _contacts(view: View) -> str:
    known = find_segment(view.queries, view.path.removeprefix(PATH).strip("/"))
    return known.group.words if known is not None else ""


def _index(view: View, title: str, detail: str) -> list[Component]:
    seen = view.divergence
    listed = [each.segment for each in (*seen.entries, *seen.reversed_entries)]
    items = [
        html.Li(
            [
                html.Span(each.verdict, className=f"kind {each.verdict}"),
                html.Div(dcc.Link(each.sentence, href=segment_link(view, each.group))),
            ]
        )
        for each in listed
    ]
    none = [html.P("No segment diverges or is undervalued in this snapshot.", className="sub")]
    ways = [("All segments by proxy and outcome", view.at("/divergence")), ("Compare any two", compare_link())]
    return [lead(title, detail), *link_line(ways), *([html.Ol(items, className="lines panel")] if items else none)]


def _ways(view: View, known: KnownSegment) -> list[tuple[str, str | None]]:
    """Where to go from here."""
    unfiltered = replace(view, selection=Selection(period=view.selection.period))
    segment = segment_text(known.group)
    days = {
        f"{name}_{end}": day.isoformat()
        for name, pair in (("a", known.baseline), ("b", known.period))
        for end, day in zip(("from", "to"), pair, strict=True)
    }
    return [
        ("All segments", view.at("/divergence")),
        (
            "All its figures",
            f"{view.at('/divergence')}{'&' if '?' in view.at('/divergence') else '?'}{_query(segment)}",
        ),
        ("Its cases of the current period", cases_link(unfiltered, segment=segment, days=known.period)),
        ("Compare with other days or another segment", compare_link(a=segment, b=segment, **days)),
    ]


def _query(segment: str) -> str:
    return Selection(arguments=(("segment", segment),)).query.removeprefix("?")


def _lead(view: View, known: KnownSegment, measure: str, found: ExplainedChange | None) -> list[Component]:
    days = (span(*known.period), span(*known.baseline))
    said = [f"Verdict: {known.verdict}{', ' if known.q is not None else ''}{q_words(known.q)}."]
    owner = owner_of(known.group, view.frames.manifest.presentation.owners)
    said += [f"Owner: {owner}."] if owner else []
    if found is None:
        title = f"{wording.capital(known.group.words)}: {MEASURES[measure]} cannot be taken apart."
        return [lead(title, " ".join([sentences.too_few(measure, view.frames.min_n), *said]))]
    change = found.whole.change
    basis = sentences.change_basis(
        measure,
        (change.value, change.lower, change.upper),
        contacts=found.whole.contacts,
        customers=found.customers,
        days=days,
        source=found.source,
    )
    title = sentences.change_headline(
        known.group.words, measure, found.whole.means, is_significant=found.is_significant
    )
    return [lead(title, " ".join([basis, *said, sentences.FIXED_MIX]))]


def _why(view: View, known: KnownSegment, found: SideBySide) -> list[Component]:
    change = found.change
    if change is None:
        return []
    events = _events(view, change)
    cause = known.cause if change.is_significant else None
    narrower = (
        [link_line([(f"The narrower segment: {known.cause.words}", segment_link(view, cause))])]
        if cause and known.cause
        else []
    )
    return [
        html.Div([html.H2("What the change goes with"), meaning("M16")], className="tile-head"),
        *goes_with(change),
        *(each for line in narrower for each in line),
        html.H2("When it began"),
        html.Div(
            [_drawn(weeks_panel(change, _began(change, events)), events), *_models(change, events)], className="pair"
        ),
        *_legend(events),
        html.H2("What else moved in these contacts"),
        *moved_lines(found.moved, found.compared, view.frames.manifest.presentation.currency),
        *_words(view, known),
        *made_of(change, view.frames.min_n, _SIDES),
    ]


def _words(view: View, known: KnownSegment) -> list[Component]:
    """What customers say more often when they come back; nothing where no word is known to."""
    found = frequent_words(view.queries, known)
    if not found:
        return []
    said = sentences.words_sentence([(each.word, each.now, each.before) for each in found[:_WORDS]])
    return [html.H2("What customers say when they come back"), html.P(said, className="sentence")]


def _began(change: ExplainedChange, events: Sequence[EventMark]) -> str:
    """When it began, and the events of those days."""
    step, days = change.began, began_days(change)
    if step is None or days is None:
        if not change.is_significant:
            return sentences.no_change_to_explain()
        reason = (
            "short"
            if change.step is None
            else "gradual"
            if change.step.is_gradual and change.step.p <= 0.05
            else "none"
        )
        return sentences.no_week(reason)
    at, between = days
    said = [sentences.began_sentence(change.measure, at, between, (step.before, step.after))]
    near = [(each.day, each.label) for each in events if between[0] - _NEAR <= each.day <= between[1]]
    return " ".join([*said, *([sentences.events_then(near)] if near else [])])


def _models(change: ExplainedChange, events: Sequence[EventMark]) -> list[Component]:
    """The models by week, where there is more than one."""
    if sum(model is not None for model in change.models) < 2:
        return []
    first, last = (
        max(week.models.items(), key=lambda each: each[1])[0] for week in (change.weeks[0], change.weeks[-1])
    )
    return [_drawn(models_panel(change, sentences.models_sentence(first, last)), events)]


def _drawn(content: Panel, events: Sequence[EventMark]) -> Component:
    return panel(replace(content, figure=with_events(content.figure, events)))


def _events(view: View, change: ExplainedChange) -> tuple[EventMark, ...]:
    if not change.weeks:
        return ()
    between: tuple[date, date] = (change.weeks[0].first, change.weeks[-1].last)
    return mark_events(view.frames.manifest.presentation.events, *between)


def _legend(events: Sequence[EventMark]) -> list[Component]:
    return [html.P(" · ".join(each.words for each in events), className="sub after")] if events else []


PAGE = Page(
    PATH,
    "Why",
    "Why did the outcome of a segment change, and since when?",
    render,
    weekly=False,
    filtered=False,
    contacts=_contacts,
    under="/divergence",
)

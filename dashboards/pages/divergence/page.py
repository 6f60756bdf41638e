"""Divergence: in which segments reported figures improved while outcomes worsened, and one of them in full."""

from collections.abc import Mapping, Sequence

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import choices, lead, meaning, panel, table
from dashboards.components.explained import link_line
from dashboards.components.links import COMPARE, cases_link, compare_link, segment_link, segment_text
from dashboards.components.view import AddressError, Page, View
from dashboards.components.weekly_panel import weekly_panel
from dashboards.findings.divergence import IS_SENSITIVE, Entry, Segment, basis
from dashboards.pages.divergence.panels import changes_table, quadrant_panel, silence_sentence, smallest_panel_table
from dashboards.pages.divergence.segments import (
    Detail,
    Moved,
    detail,
    leading_pair,
    moved,
)
from dashboards.panels import kpis
from dashboards.panels.panel import Panel
from dashboards.panels.repeats import repeats_by_week_panel
from dashboards.report.diverging_segments import owner_of
from dashboards.snapshot.filters import BY_COLUMN, Filters
from dashboards.snapshot.groups import Group, read_group
from dashboards.wording.divergence import (
    DIVERGING,
    INSUFFICIENT,
    OUTCOMES,
    PROXIES,
    SEGMENTS_OF_FILTERS,
    SENSITIVE,
    UNDERVALUED,
    money_sentence,
    moved_issues,
    not_compared,
    q_words,
    segments_of_filters,
    whole_days_compared,
)
from dashboards.wording.labels import dimension_words

_PROXIES: Mapping[str, str] = PROXIES
_OUTCOMES: Mapping[str, str] = OUTCOMES
#: Entries of a verdict that are listed, and of these those that stand open.
_LISTED, _OPEN = 25, 3
#: Other names that stand in the line of an entry; all of them stand below it.
_NAMED = 4


def render(view: View) -> list[Component]:
    """The page, or one segment. Raises AddressError for a segment or a measure that there is not."""
    segments = view.frames.analyses.segment_divergence
    text = view.selection.argument("segment")
    if text is not None:
        found = detail(segments, read_group(text))
        if found is None:
            raise AddressError(f"No segment of {read_group(text).words} was compared in this snapshot.")
        return _one(view, found)
    proxy, outcome = leading_pair(segments)
    proxy, outcome = view.choice("proxy", _PROXIES, proxy), view.choice("outcome", _OUTCOMES, outcome)
    seen = view.divergence
    points = [each for each in moved(segments, proxy, outcome) if view.filters.may_hold(each.group)]
    return [
        _lead(view, segments),
        choices("Figure", view, "proxy", _PROXIES, proxy),
        choices("Outcome", view, "outcome", _OUTCOMES, outcome),
        panel(quadrant_panel(points, proxy, outcome, lambda each: _address(view, each))),
        *link_line(
            [("Compare any two segments, periods or snapshots", compare_link())] if COMPARE in view.paths else []
        ),
        *_ranked(
            view, seen.entries, "Diverging: figures improved, outcomes worsened", "No segment of this view diverges."
        ),
        *_ranked(
            view,
            seen.reversed_entries,
            "Undervalued: figures worsened, outcomes improved",
            "No segment of this view is undervalued.",
        ),
        *_sensitive(view),
        *_smallest(points, proxy, outcome),
    ]


def _lead(view: View, segments: pl.LazyFrame) -> Component:
    seen = view.divergence
    if not view.filters:
        return lead(seen.headline, seen.detail)
    # Counted as without filters: every row, the folded ones too.
    rows = segments.select("segment", is_diverging=(pl.col("verdict") == DIVERGING) & ~IS_SENSITIVE).collect().rows()
    there = [is_diverging for text, is_diverging in rows if view.filters.may_hold(read_group(text))]
    title = segments_of_filters(sum(there), len(there), view.filters.words)
    return lead(title, f"{SEGMENTS_OF_FILTERS} {whole_days_compared(seen.period, seen.baseline)}")


def _address(view: View, each: Moved) -> str:
    return view.here({"segment": each.text})


def _ranked(view: View, entries: Sequence[Entry], title: str, otherwise: str) -> list[Component]:
    found = [entry for each in entries if (entry := _within_reach(each, view)) is not None]
    head = html.Div([html.H2(title), meaning("M16")], className="tile-head")
    if not found:
        return [head, html.P(otherwise, className="sub")]
    listed = found[:_LISTED]
    return [
        head,
        html.P(_about_list(sum(len(each.names) for each in found), listed), className="sub"),
        *_listed([_item(view, each.segment, each.also) for each in listed]),
    ]


def _listed(items: list[Component], *, is_open: bool = True) -> list[Component]:
    """The first ones, where the list ``is_open``, and the others one click away."""
    first, others = (items[:_OPEN], items[_OPEN:]) if is_open else ([], items)
    more = html.Summary(wording.plural(len(others), "more segment" if first else "segment"))
    return [
        *([html.Ol(first, className="lines panel")] if first else []),
        *([html.Details([more, html.Ol(others, className="lines panel")])] if others else []),
    ]


def _sensitive(view: View) -> list[Component]:
    """Verdicts that rest on how issues are coded; no component without such verdicts."""
    found = [each for each in view.divergence.sensitive if view.filters.may_hold(each.group)]
    if not found:
        return []
    more = f" {wording.count(len(found) - _LISTED)} more are not listed." if len(found) > _LISTED else ""
    return [
        html.Div([html.H2("Sensitive to issue coding"), meaning("M16")], className="tile-head"),
        html.P(f"{SENSITIVE}{more}", className="sub"),
        *_listed([_item(view, each) for each in found[:_LISTED]], is_open=False),
    ]


def _smallest(points: Sequence[Moved], proxy: str, outcome: str) -> list[Component]:
    """The smallest changes that would be found, so that silence is read rightly."""
    said = silence_sentence(points, proxy, outcome)
    if not said:
        return []
    return [
        html.H2("What would be found"),
        html.P(said, className="sub"),
        html.Div(table(smallest_panel_table(points, proxy, outcome)), className="panel wide below"),
    ]


def _within_reach(entry: Entry, view: View) -> Entry | None:
    """The entry with those of its names in which contacts of the view can be; None without such a name."""
    names = [each for each in entry.names if view.filters.may_hold(each.group)]
    return Entry(names[0], tuple(names[1:])) if names else None


def _about_list(number: int, listed: Sequence[Entry]) -> str:
    """How the list is ordered, and where each of the ``number`` segments is that no entry is of."""
    said = ["Strongest evidence first. Wide segments that a narrower one explains are listed under it."]
    folded = sum(len(each.also) for each in listed)
    if folded:
        said.append(
            f"{wording.count(folded)} of {wording.plural(number, 'segment')} "
            f"{'covers' if folded == 1 else 'cover'} nearly the same contacts as another and "
            f"{'is' if folded == 1 else 'are'} listed under it."
        )
    more = number - len(listed) - folded
    said += [f"{wording.count(more)} more {'is' if more == 1 else 'are'} not listed."] if more else []
    return " ".join(said)


def _item(view: View, each: Segment, also: Sequence[Segment] = ()) -> Component:
    text = segment_text(each.group)
    owner = owner_of(each.group, view.frames.manifest.presentation.owners)
    said = " · ".join(filter(None, (basis(each), f"owner: {owner}" if owner else "")))
    links: list[Component | str] = [
        dcc.Link("Why", href=segment_link(view, each.group)),
        " · ",
        dcc.Link("Details", href=view.here({"segment": text})),
    ]
    cases = cases_link(view, segment=text)
    links += [" · ", dcc.Link("Cases", href=cases)] if cases else []
    return html.Li(
        [
            html.Span(each.verdict, className=f"kind {each.verdict if each.verdict in _VERDICTS else ''}".rstrip()),
            html.Div(
                [
                    html.P(each.sentence),
                    html.P(said, className="basis"),
                    html.P(links, className="basis"),
                    *_other_names(view, also),
                ]
            ),
        ]
    )


def _other_names(view: View, also: Sequence[Segment]) -> list[Component]:
    """The segments of the same contacts, named in one line that opens to each of them in full."""
    if not also:
        return []
    names = [wording.clipped(each.group.words, 80) for each in also[:_NAMED]]
    names += [f"{wording.count(len(also) - _NAMED)} more"] if len(also) > _NAMED else []
    items = [_item(view, each) for each in also]
    return [html.Details([html.Summary(f"Also: {wording.joined(names)}"), html.Ol(items, className="lines")])]


_VERDICTS = (DIVERGING, UNDERVALUED)


def _one(view: View, found: Detail) -> list[Component]:
    cases = cases_link(view, segment=found.text)
    links: list[Component | str] = [
        dcc.Link("All segments", href=view.here({"segment": None})),
        " · ",
        dcc.Link("Why it changed", href=segment_link(view, found.group)),
    ]
    links += [" · ", dcc.Link("The cases of this segment", href=cases)] if cases else []
    return [
        html.P(links, className="sub crumbs"),
        lead(f"{wording.capital(found.group.words)}: {found.verdict}", found.sentence),
        *(html.P(text, className="sub after") for text in _about(view, found)),
        html.Div([html.H2("What changed"), meaning("M16")], className="tile-head"),
        html.Div(table(changes_table(found)), className="panel wide"),
        *_series(view, found.group),
    ]


def _about(view: View, found: Detail) -> list[str]:
    counts = f"{wording.plural(found.customers, 'customer')}, {wording.plural(found.contacts, 'contact')} in the current period"
    said = [f"{', '.join(filter(None, (counts, q_words(found.q))))}."]
    owner = owner_of(found.group, view.frames.manifest.presentation.owners)
    if owner:
        said.append(f"Owner: {owner}.")
    if found.cause is not None:
        said.append(f"Explained by a narrower segment: {found.cause.words}.")
    if found.is_sensitive:
        said.append(f"Sensitive to issue coding: {SENSITIVE}")
    if found.moved_issues:
        said.append(f"{wording.capital(moved_issues(found.moved_issues))}.")
    if found.within is not None:
        said.append(f"Repeats the finding on {found.within.words}.")
    if found.money is not None:
        currency = view.frames.manifest.presentation.currency
        bounds = (found.money_lower, found.money_upper)
        said.append(money_sentence(found.money_counts, found.money, *bounds, currency))
    if found.verdict != INSUFFICIENT and found.not_compared:
        said.append(not_compared(found.not_compared))
    return [" ".join(said)]


def _series(view: View, group: Group) -> list[Component]:
    """The segment's weeks, where its dimensions are those of kpi_weekly."""
    title = html.H2("Week by week")
    if not set(group.dimensions) <= BY_COLUMN.keys():
        other = wording.joined([dimension_words(each) for each in group.dimensions if each not in BY_COLUMN])
        return [title, html.P(f"No series: weeks are not counted by {other}.", className="sub")]
    filters = Filters.of(dict(group.parts))
    results = view.results_of(view.queries.cut(filters))

    def drawn(content: Panel) -> Component:
        return weekly_panel(view, content, segment=segment_text(group))

    return [
        title,
        html.Div([drawn(kpis.resolution_panel(results)), drawn(repeats_by_week_panel(results, 30))], className="pair"),
        html.Div([drawn(kpis.volume_panel(results)), drawn(kpis.complaints_panel(results))], className="pair"),
    ]


PAGE = Page(
    "/divergence",
    "Divergence",
    "Where do reported figures improve while outcomes worsen?",
    render,
    # Segments are compared over days of their own; the lines of one segment are of the period.
    weekly=lambda view: view.selection.argument("segment") is not None,
)

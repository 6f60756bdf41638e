"""Divergence: in which segments the usual figures improved while the outcomes worsened, and one of them in full."""

from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import choices, first_sentence, lead, meaning, panel, table
from dashboards.components.links import cases_link, segment_text
from dashboards.components.view import AddressError, Page, View
from dashboards.components.weekly_panel import weekly_panel
from dashboards.findings.divergence import Entry, Segment, basis
from dashboards.pages.divergence.panels import changes_table, quadrant_panel
from dashboards.pages.divergence.segments import (
    OUTCOMES,
    PROXIES,
    Detail,
    Moved,
    detail,
    leading_pair,
    moved,
    within_reach,
)
from dashboards.panels import kpis
from dashboards.panels.panel import Panel
from dashboards.panels.repeats import repeats_by_week_panel
from dashboards.report.diverging_segments import owner_of
from dashboards.results.weekly_results import compute_results
from dashboards.snapshot.filters import BY_COLUMN, Filters
from dashboards.snapshot.groups import Group, read_group

_PROXIES: Mapping[str, str] = PROXIES
_OUTCOMES: Mapping[str, str] = OUTCOMES
#: Entries of a verdict that are listed.
_LISTED = 25
#: Other names that stand in the line of an entry; all of them stand below it.
_NAMED = 4


def render(view: View) -> list[Component]:
    """The page, or one segment. Raises AddressError for a segment or a measure that there is not."""
    segments = view.frames.evidence.segment_divergence
    text = view.selection.argument("segment")
    if text is not None:
        found = detail(segments, read_group(text))
        if found is None:
            raise AddressError(f"No segment {read_group(text).words} was compared in this snapshot.")
        return _one(view, found)
    proxy, outcome = leading_pair(segments)
    proxy, outcome = view.choice("proxy", _PROXIES, proxy), view.choice("outcome", _OUTCOMES, outcome)
    seen = view.divergence
    points = [each for each in moved(segments, proxy, outcome) if within_reach(each.group, view.filters.group)]
    first, rest = first_sentence(seen.sentence)
    scope = f"Of these, the page shows those in which contacts of {view.filters.words} can be." if view.filters else ""
    return [
        lead(first, f"{rest} {scope}".strip()),
        choices("Figure", view, "proxy", _PROXIES, proxy),
        choices("Outcome", view, "outcome", _OUTCOMES, outcome),
        panel(quadrant_panel(points, proxy, outcome, lambda each: _address(view, each))),
        *_ranked(
            view, seen.entries, "Where figures improved and outcomes worsened", "No segment of this view was seen to."
        ),
        *_ranked(
            view,
            seen.reversed_entries,
            "The reverse: better than the figures say",
            "No segment of this view was seen to be.",
        ),
    ]


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
        html.Ol([_item(view, each.segment, each.also) for each in listed], className="lines panel"),
    ]


def _within_reach(entry: Entry, view: View) -> Entry | None:
    """The entry with those of its names in which contacts of the view can be; None where there is none."""
    names = [each for each in entry.names if within_reach(each.group, view.filters.group)]
    return Entry(names[0], tuple(names[1:])) if names else None


def _about_list(number: int, listed: Sequence[Entry]) -> str:
    """How the list is ordered, and where each of the ``number`` segments is that no entry is of."""
    said = ["The strongest evidence first; what a narrower segment explains is folded into it."]
    folded = sum(len(each.also) for each in listed)
    if folded:
        said.append(
            f"{wording.count(folded)} of {wording.count(number)} "
            f"{'is another name' if folded == 1 else 'are other names'} of nearly the same contacts, or of some of them, and "
            f"{'stands' if folded == 1 else 'stand'} below the one that holds them."
        )
    more = number - len(listed) - folded
    said += [f"{wording.count(more)} more {'is' if more == 1 else 'are'} not listed."] if more else []
    return " ".join(said)


def _item(view: View, each: Segment, also: Sequence[Segment] = ()) -> Component:
    text = segment_text(each.group)
    owner = owner_of(each.group, view.frames.manifest.presentation.owners)
    said = " · ".join(filter(None, (basis(each), f"owner: {owner}" if owner else "")))
    links: list[Component | str] = [dcc.Link("How it went", href=view.here({"segment": text}))]
    cases = cases_link(view, segment=text)
    links += [" · ", dcc.Link("Its cases", href=cases)] if cases else []
    return html.Li(
        [
            html.Span(each.verdict, className=f"kind {_CLASS.get(each.verdict, '')}"),
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
    return [html.Details([html.Summary(f"Also seen as {wording.joined(names)}"), html.Ol(items, className="lines")])]


_CLASS = {"diverging": "diverges", "undervalued": "undervalued"}


def _one(view: View, found: Detail) -> list[Component]:
    cases = cases_link(view, segment=found.text)
    links: list[Component | str] = [dcc.Link("All segments", href=view.here({"segment": None}))]
    links += [" · ", dcc.Link("The cases of this segment", href=cases)] if cases else []
    return [
        html.P(links, className="sub crumbs"),
        lead(f"{found.group.words[:1].upper()}{found.group.words[1:]}: {found.verdict}", found.sentence),
        *(html.P(text, className="sub after") for text in _about(view, found)),
        html.Div([html.H2("What moved"), meaning("M16")], className="tile-head"),
        html.Div(table(changes_table(found)), className="panel wide"),
        *_series(view, found.group),
    ]


def _about(view: View, found: Detail) -> list[str]:
    said = [f"{wording.count(found.customers)} customers, {wording.count(found.contacts)} contacts in the period."]
    if found.q is not None:
        said.append(f"Of all segments, q\u00a0=\u00a0{found.q:.3f}." if found.q >= 0.001 else "q\u00a0<\u00a00.001.")
    owner = owner_of(found.group, view.frames.manifest.presentation.owners)
    if owner:
        said.append(f"Owner: {owner}.")
    if found.cause is not None:
        said.append(f"Explained by the narrower {found.cause.words}.")
    if found.within is not None:
        said.append(f"It only repeats what {found.within.words} shows.")
    if found.money is not None:
        currency = view.frames.manifest.presentation.currency
        low, high = wording.money(found.money_lower, currency), wording.money(found.money_upper, currency)
        said.append(f"In money, at the configured costs: {wording.money(found.money, currency)} ({low} to {high}).")
    if found.reason:
        said.append(f"{found.reason[:1].upper()}{found.reason[1:].rstrip('.')}.")
    return [" ".join(said)]


def _series(view: View, group: Group) -> list[Component]:
    """The segment's weeks, where its dimensions are those of kpi_weekly."""
    title = html.H2("Week by week")
    if not set(group.dimensions) <= BY_COLUMN.keys():
        other = wording.joined([each.replace("_", " ") for each in group.dimensions if each not in BY_COLUMN])
        return [title, html.P(f"No series: weeks are not counted by {other}.", className="sub")]
    filters = Filters.of(dict(group.parts))
    results = compute_results(view.queries.cut(filters), length=view.selection.weeks)

    def drawn(content: Panel) -> Component:
        return weekly_panel(view, content, segment=segment_text(group))

    return [
        title,
        html.Div([drawn(kpis.resolution_panel(results)), drawn(repeats_by_week_panel(results, 30))], className="pair"),
        html.Div([drawn(kpis.volume_panel(results)), drawn(kpis.complaints_panel(results))], className="pair"),
    ]


PAGE = Page("/divergence", "Divergence", "Where do the figures improve while the outcomes worsen?", render)

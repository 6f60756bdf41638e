"""Complaints: how many reached the regulator, how long after the contact, and which link to one."""

from collections.abc import Mapping
from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import choices, lead, lead_of_view, panel, table, tile
from dashboards.components.links import cases_link
from dashboards.components.view import Page, View
from dashboards.components.weekly_panel import event_lines, weekly_panel
from dashboards.pages.complaints.panels import complaints_by_panel, link_table, time_panel
from dashboards.pages.without_contacts.page import complaints_without_contacts
from dashboards.panels import kpis, tiles
from dashboards.panels.complaints import named_table
from dashboards.results.complaints import ComplaintsReceived, received
from dashboards.results.group_rates import rates_by
from dashboards.results.weekly_rates import WeekKpis
from dashboards.results.weekly_results import NO_COMPLAINTS_SOURCE, Results
from dashboards.snapshot.filters import DIMENSIONS
from dashboards.wording.dates import span
from dashboards.wording.weeks import Week
from pipelines.statistics import Rate, events_per_thousand

_BY: Mapping[str, str] = {each.name: each.title for each in DIMENSIONS}
_COLUMNS = {each.name: each.column for each in DIMENSIONS}


def render(view: View) -> list[Component]:
    """The page. Raises AddressError for a cut that there is not."""
    by = view.choice("by", _BY, "issue")
    if not view.frames.has_contacts:
        return complaints_without_contacts(view)
    results = view.results
    if not results.has_complaints:
        return [lead("No complaints are known here", f"{NO_COMPLAINTS_SOURCE.capitalize()}.")]
    first, last = results.trend[0].week, results.trend[-1].week
    found = received(view.queries, view.filters, first.monday, last.sunday)
    weekly = kpis.complaints_panel(results)
    return [
        lead_of_view(view, _headline(results), found.link_sentence),
        html.Section(
            html.Div(
                html.Div(
                    [
                        tile(tiles.complaints(results), "", results.week.week.label),
                        tile(tiles.identity_coverage(results), "", results.week.week.label),
                    ],
                    className="row",
                ),
                className="rows",
            )
        ),
        html.H2("Week by week, and how long after the contact"),
        *event_lines(view),
        html.Div(
            [weekly_panel(view, weekly, rule="claimed_resolved_complained"), panel(time_panel(found))], className="pair"
        ),
        html.H2("Linked and not linked"),
        html.P(_where(found, view), className="sub"),
        html.Div(table(link_table(found), words=True), className="panel wide"),
        html.H2("By group"),
        choices("By", view, "by", _BY, by),
        *_by(view, results, _COLUMNS[by]),
        html.H2("What they are about"),
        html.P(
            "As the complaint says, in the weeks shown; a disputed answer is one that the customer did not accept.",
            className="sub",
        ),
        html.Div(
            [
                html.Div(table(named_table("Product", found.products)), className="panel wide"),
                html.Div(table(named_table("Issue", found.issues)), className="panel wide"),
            ],
            className="pair notes",
        ),
    ]


def _headline(results: Results) -> str:
    kpis = results.longest.kpis
    if kpis is None or kpis.complaints.value is None:
        return f"No rate of complaints yet: {results.longest.reason or (kpis.complaints.reason if kpis else '')}."
    rate, linked = kpis.complaints, "linked " if results.cut else ""
    noun = f"{linked}complaint{'' if rate.numerator == 1 else 's'} reached the regulator"
    per = f"{wording.per_thousand(rate.value)} per 1,000 contacts ({wording.thousand_interval(rate)})"
    return f"In {kpis.week.label}, {wording.count(rate.numerator)} {noun}: {per}."


def _where(found: ComplaintsReceived, view: View) -> str:
    return f"Received {span(found.first, found.last)}. {'Only complaints linked to a contact of this view are here.' if view.filters else ''}".rstrip()


def _by(view: View, results: Results, column: str) -> list[Component]:
    weeks = _complete(results.trend)
    if weeks is None:
        return [html.P("No week of those shown is complete yet.", className="sub")]

    def rate(_: str | None, complaints: float, eligible: float) -> Rate:
        return events_per_thousand(int(complaints), int(eligible), min_n=view.frames.min_n, rows="eligible contacts")

    found = rates_by(
        view.queries,
        view.filters,
        column,
        numerator="complaints_linked",
        denominator="eligible",
        weeks=weeks,
        rate=rate,
    )
    links = {
        each.value: cases_link(
            replace(view, selection=view.selection.filtered(column, each.value)), rule="claimed_resolved_complained"
        )
        for each in found.groups
    }
    span = f"Weeks {weeks[0].label} to {weeks[1].label}, all of them complete."
    return [html.P(span, className="sub"), panel(complaints_by_panel(found, links))]


def _complete(trend: tuple[WeekKpis, ...]) -> tuple[Week, Week] | None:
    """The first and the last week of the trend whose complaints have had their time."""
    known = [kpis.week for kpis in trend if kpis.complaints_complete]
    return (known[0], known[-1]) if known else None


PAGE = Page("/complaints", "Complaints", "What reached the regulator, how soon, and about which contact?", render)

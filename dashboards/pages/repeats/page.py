"""Repeat contact: which customers contact again, how soon, about which issue, and for which contacts it is unknown."""

from dash import html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import choices, lead_of_view, panel, tile
from dashboards.components.view import AddressError, Page, View
from dashboards.components.weekly_panel import event_lines, weekly_panel
from dashboards.findings.early_read import early_read
from dashboards.findings.survival import CUTS, survival
from dashboards.panels import tiles
from dashboards.panels.findings import early_read_panel
from dashboards.panels.kpis import repeats_panel
from dashboards.panels.repeats import curves_panel, repeats_by_week_panel
from dashboards.results.weekly_results import Results
from dashboards.wording.weeks import ReportError, Week, parse_week
from pipelines.contract.published import WINDOWS_DAYS

_WINDOWS = {str(days): f"{days} day{'' if days == 1 else 's'}" for days in reversed(WINDOWS_DAYS)}


def render(view: View) -> list[Component]:
    """The page. Raises AddressError for a cut, window or week that there is not."""
    results, frames = view.results, view.frames
    by = view.choice("by", CUTS, "all")
    days = int(view.choice("window", _WINDOWS, "30"))
    table, shown = frames.analyses.repeat_survival, results.week.week
    week = _week(view)
    curves = survival(table, shown, frames.min_n, group=view.filters.group, by=CUTS[by], week=week)
    read = early_read(table, shown, view.filters.group, frames.min_n)
    weekly = repeats_by_week_panel(results, days)
    rates = [tile(tiles.repeats(window), "", shown.label) for window in results.windows]
    rates += [tile(tiles.repeats(window, same_issue=True), "", shown.label) for window in results.windows]
    return [
        lead_of_view(view, weekly.sentence, f"{_PAIRED} {_known(results)}"),
        html.Div(rates, className="tiles six"),
        html.H2("Week by week"),
        *event_lines(view),
        choices("Window", view, "window", _WINDOWS, str(days)),
        html.Div(
            [weekly_panel(view, weekly, rule="claimed_resolved_came_back"), panel(repeats_panel(results))],
            className="pair",
        ),
        html.H2("How soon"),
        choices("Curves by", view, "by", {name: _NAMES.get(name, name) for name in CUTS}, by),
        *([_weeks(view, curves.weeks[-12:], curves.week)] if curves.week and len(curves.weeks) > 1 else []),
        *([html.P(_FILTERED, className="sub")] if CUTS[by] and view.filters else []),
        panel(curves_panel(curves)),
        html.H2("Weeks whose windows are still open"),
        panel(early_read_panel(read)) if read.weeks else html.P(read.sentence, className="sub"),
    ]


_NAMES = {"all": "all contacts", "model": "AI model"}
_FILTERED = "These curves cover all contacts of each group: they are published for one dimension at a time."


_PAIRED = "Any issue is always shown next to same issue, because recoding the issue can hide a repeat."


def _known(results: Results) -> str:
    """Identity coverage: for which contacts repeat contact is unknown."""
    rate = results.week.identity_coverage
    if rate.value is None:
        return f"Identity coverage is not shown: {rate.reason}."
    return (
        f"The customer is known in {wording.percent(rate.value)} ({wording.percent_interval(rate)}, "
        f"{wording.rests_on(rate.denominator)}) of served inbound contacts of {results.week.week.label}; "
        "repeat contacts of the others cannot be detected."
    )


def _week(view: View) -> Week | None:
    text = view.selection.argument("week")
    if text is None:
        return None
    try:
        return parse_week(text)
    except ReportError as error:
        raise AddressError(str(error)) from error


def _weeks(view: View, weeks: tuple[Week, ...], shown: Week) -> Component:
    named = {week.label: week.label for week in weeks}
    return choices("Week", view, "week", named, shown.label)


PAGE = Page("/repeats", "Repeats", "Which customers contact again, how soon, and about which issue?", render)

"""People and queues: shrunk rates, reliance on suggestions, who leads which contacts, and what comes of it.

Agents one by one are for those who see cases. To others the page is drawn without them, here on the server: their ids are
in nothing that is sent.
"""

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.components.blocks import choices, lead, lead_of_others, lead_of_view, meaning, panel
from dashboards.components.drilldown import cases_line, group_cases
from dashboards.components.links import cases_link
from dashboards.components.view import AI_AND_PEOPLE, Page, View
from dashboards.pages.people.mode_mix import by_hour_and_day, mode_mix, mode_outcomes
from dashboards.pages.people.panels import (
    heat_panel,
    mix_panel,
    outcomes_panel,
    reliance_panel,
    shrunk_panel,
    spread_panel,
)
from dashboards.pages.people.suggestion_reliance import reliance
from dashboards.panels.differences import differences_panel, outcome_label
from dashboards.results import outcome_differences, shrunk_rates
from dashboards.results.shrunk_rates import ShrunkRate
from dashboards.snapshot.groups import Group
from dashboards.wording import clipped, mode_name
from dashboards.wording.dates import span
from dashboards.wording.weeks import ReportError, parse_week

_RULE = "claimed_resolved_came_back"
_RULES = {
    "repeat_any_30d": _RULE,
    "false_resolution": _RULE,
    "complaints_per_1000": "claimed_resolved_complained",
    "negative_survey_csat": "fast_but_unhappy",
}
_CUTS: Mapping[str, str] = {"week": "Week", "weekday": "Day of the week", "hour": "Hour", "workflow": "Workflow"}
#: Said to those who see no agent by name.
_UNNAMED = (
    "The rate of a single agent is personal performance data, shown to analysts and admins only, who can open the cases "
    "behind a rate. Shown here is the spread of agents; queues are shown by name, suggestions by tenure."
)
_OF_ALL = "They are estimated from all contacts. What follows covers these."
_MODES: Mapping[str, str] = {mode: mode_name(mode) for mode in ("ai_primary", "joint", "human_primary")}


def render(view: View) -> list[Component]:
    """The page. Raises AddressError for a kind, measure, cut, mode or outcome that there is not."""
    return [*_people(view), *_suggestions(view), *_mix(view), *_outcomes(view)]


def _people(view: View) -> list[Component]:
    offered = shrunk_rates.offered(view.queries)
    if not offered:
        return [lead("No agent or queue can be compared here", "No rates of agents or queues were published.")]
    kinds: Mapping[str, str] = {kind: shrunk_rates.KINDS[kind] for kind in offered}
    kind = view.choice("kind", kinds, next(iter(kinds)))
    measures: Mapping[str, str] = {measure: shrunk_rates.MEASURES[measure] for measure in offered[kind]}
    # A measure that only the other kind has goes with it, without a fault.
    asked = view.selection.argument("measure")
    known = asked in (None, *measures) or asked not in shrunk_rates.MEASURES
    measure = view.choice("measure", measures, next(iter(measures))) if known else next(iter(measures))
    found = shrunk_rates.shrunk(view.queries, kind, measure)
    # Only queues can be picked out by a filter.
    picked = kind == "queue" and view.filters.columns == ("queue",)
    if picked:
        found = tuple(each for each in found if each.name in view.filters.values("queue"))
    note = (
        "Judged by the whole 95% confidence interval. Every rate is drawn towards what is usual for its kind, for a ranking by "
        "raw rates would put small groups first by chance."
    )
    said = shrunk_rates.sentence(found, kind, measure)
    if _unnamed(view, kind) and not shrunk_rates.spread(found).places:
        said, note = "Too few agents have a rate to show without identifying them.", ""
    return [
        (
            lead_of_others(view, f"rates of single {shrunk_rates.KINDS[kind]}", _OF_ALL)
            if view.filters and not picked
            else lead_of_view(view, said, note)
        ),
        choices("Compared", view, "kind", kinds, kind),
        choices("Rate", view, "measure", measures, measure),
        *_compared(view, kind, measure, found),
        *cases_line(view, "Contacts claimed resolved whose customers came back", _RULE),
    ]


def _unnamed(view: View, kind: str) -> bool:
    """Whether the groups are people whom the reader may not see one by one."""
    return kind == "agent_id" and not view.sees_cases


def _compared(view: View, kind: str, measure: str, found: tuple[ShrunkRate, ...]) -> list[Component]:
    """The groups one by one; of agents their spread alone to those who may not see single contacts."""
    if _unnamed(view, kind):
        days = f"Contacts of {shrunk_rates.days(found)}." if found else ""
        return [html.P(_UNNAMED, className="sub"), panel(spread_panel(shrunk_rates.spread(found), measure, days))]
    said = shrunk_rates.sizes(found, view.frames.min_n)
    shown = panel(shrunk_panel(found, kind, measure, said, lambda each: _cases(view, kind, measure, each)))
    return [shown, *_cases_of_each(view, kind, measure, found)]


def _cases_of_each(view: View, kind: str, measure: str, found: tuple[ShrunkRate, ...]) -> list[Component]:
    """What a click on a point opens, as links for those who use no mouse; nothing for those who see no cases."""
    drawn = [
        (shrunk_rates.shrunk_name(kind, each), _cases(view, kind, measure, each))
        for each in found
        if each.shrunk is not None
    ]
    links = [html.Li(dcc.Link(clipped(name, 60).strip(), href=to)) for name, to in drawn[: shrunk_rates.DRAWN] if to]
    summary = html.Summary(f"The cases behind each of the {shrunk_rates.KINDS[kind]} drawn")
    return [html.Details([summary, html.Ul(links, className="contacts")], className="below")] if links else []


def _cases(view: View, kind: str, measure: str, each: ShrunkRate) -> str | None:
    """The cases behind a group: what its rate counts, as far as a rule flags it."""
    if kind == "queue":
        return group_cases(view, Group((("queue", each.name),)), _RULES[measure])
    # An empty id would be no choice: the cases of everybody.
    return cases_link(view, agent=each.name, rule=_RULES[measure]) if each.name else None


def _suggestions(view: View) -> list[Component]:
    head = html.H2("Reliance on suggestions")
    found = reliance(view.queries, view.filters)
    if not found.rows:
        return [head, html.P("No suggestions to agents were judged here.", className="sub")]
    after = tuple(
        each
        for each in outcome_differences.differences(view.queries, "suggestion")
        if each.factor == "wrong_suggestion"
    )
    return [
        head,
        *(
            [html.P(f"{found.note} The comparison of what followed covers all contacts.", className="sub")]
            if found.note
            else []
        ),
        html.Div(
            [
                panel(reliance_panel(found)),
                *(
                    [
                        panel(
                            differences_panel(
                                "suggestion-after",
                                after,
                                "After a wrong suggestion",
                                "M13 · accepted by the agent compared with rejected",
                                axis="difference (points)",
                                label=outcome_label,
                                link=cases_link(view, rule=_RULE),
                            )
                        )
                    ]
                    if after
                    else []
                ),
            ],
            className="pair" if after else "",
        ),
    ]


def _mix(view: View) -> list[Component]:
    trend = view.results.trend
    first, last = trend[0].week.monday, trend[-1].week.sunday
    cut = view.choice("cut", _CUTS, "week")
    found = mode_mix(view.queries, view.filters, cut, first, last)
    # Without the AI in any contact, "led by the AI" would be an empty picture.
    led = {each for slice_ in found.slices for each, contacts in slice_.counts.items() if contacts}
    mode = view.choice("led", _MODES, next((each for each in _MODES if each in led), "ai_primary"))
    cells = by_hour_and_day(view.queries, view.filters, mode, first, last)

    def link(name: str) -> str | None:
        if cut == "workflow":
            return group_cases(view, Group((("workflow", "null" if name == "not recorded" else name),)), _RULE)
        try:
            return cases_link(view, week=parse_week(name)) if cut == "week" else cases_link(view)
        except ReportError:
            return None

    return [
        html.Div([html.H2("Who leads which contacts"), meaning("M14")], className="tile-head"),
        html.P(f"Served inbound contacts of {span(first, last)}. {found.note}".rstrip(), className="sub"),
        choices("By", view, "cut", _CUTS, cut),
        panel(mix_panel(found, _CUTS[cut], link, across=cut == "workflow")),
        html.Div(choices("Led by", view, "led", _MODES, mode), className="below"),
        panel(heat_panel(cells, mode, view.frames.min_n)),
    ]


def _outcomes(view: View) -> list[Component]:
    head = html.Div([html.H2("Outcomes by mode"), meaning("M14")], className="tile-head")
    found = mode_outcomes(view.queries, view.filters)
    if not found.offered:
        return [head, html.P("No outcomes by mode were published.", className="sub")]
    default = "repeat_any_30d" if "repeat_any_30d" in found.offered else next(iter(found.offered))
    measure = view.choice("outcome", found.offered, default)
    note = "The AI gets other issues than humans do: compare modes at the common mix of issues only."
    return [
        head,
        html.P(f"{note} {found.note}".rstrip(), className="sub"),
        choices("Outcome", view, "outcome", found.offered, measure),
        panel(
            outcomes_panel(
                found.rows[measure], measure, lambda each: group_cases(view, Group((("mode", each.mode),)), _RULE)
            )
        ),
    ]


PAGE = Page(
    "/people",
    "People and queues",
    "Who stands out significantly, who relies on suggestions, and who leads which contacts?",
    render,
    group=AI_AND_PEOPLE,
)

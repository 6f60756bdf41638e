"""Escalation and handoffs: what reaches the human, what follows where it does not, and when a handoff pays."""

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import (
    aria_label,
    choices,
    lead_of_others,
    lead_of_view,
    meaning,
    panel,
    statement,
    table,
    tile,
)
from dashboards.components.drilldown import cases_line, group_cases
from dashboards.components.links import cases_link
from dashboards.components.view import AI_AND_PEOPLE, Page, View
from dashboards.findings.escalation import escalation
from dashboards.findings.statements import escalation_statement
from dashboards.pages.handoffs.cost_curve import (
    MOODS,
    RATIOS,
    SCALES,
    AssumedCosts,
    JudgedPolicy,
    ThresholdCost,
    at,
    curve,
    judged,
    recomputed,
)
from dashboards.pages.handoffs.cost_panels import curve_panel, tiles, timing_table
from dashboards.pages.handoffs.panels import by_group_panel, parts_panel, signs_panel, stuck_panel, waits_panel
from dashboards.panels.differences import differences_panel, outcome_label
from dashboards.panels.tiles import Tile
from dashboards.results import outcome_differences
from dashboards.results.outcome_differences import Difference, differences
from dashboards.results.published_rates import Rates, Scope, Share, read_rates, share_words
from dashboards.snapshot.address import written
from dashboards.wording.escalation import NO_COSTS, threshold_words
from dashboards.wording.handoffs import handoffs_headline
from dashboards.wording.labels import shown_value
from pipelines.contract.handoffs_and_promises import HANDOFF_PARTS

_FOLLOWED = "The comparison of what followed covers all contacts."
_STUCK_OF_ALL = "Of all contacts."
_PARTS = (*HANDOFF_PARTS, "completeness", "customer_repeated")


def render(view: View) -> list[Component]:
    """The page. Raises AddressError for a cut, an outcome, a policy or a threshold that there is not."""
    rates, stuck = read_rates(view.queries, "handoff_rates"), read_rates(view.queries, "stuck")
    scope = rates.scope(view.filters)
    return [
        _lead(view, rates, scope),
        *_handed_over(view, rates, scope),
        *_followed(view),
        *_costs(view),
        *_stuck(view, stuck),
    ]


def _lead(view: View, rates: Rates, scope: Scope) -> Component:
    if scope.is_wider:
        return lead_of_others(view, "figures on handoffs", scope.note)
    complete, again = rates.of("complete", scope.group), rates.of("customer_repeated", scope.group)
    return lead_of_view(view, handoffs_headline(complete.value, again.value))


def _handed_over(view: View, rates: Rates, scope: Scope) -> list[Component]:
    if not rates.rows:
        return [
            html.P(
                "This snapshot has no handoff from the AI to a human with a record of what arrived.", className="sub"
            )
        ]
    group = scope.group
    offered = rates.dimensions
    by = view.choice("by", offered, "trigger" if "trigger" in offered else next(iter(offered), ""))
    groups = rates.along(by, "complete") if by else ()
    title = offered.get(by, "Group")
    agree = rates.of("detected_of_recorded_yes", group)
    note = ""
    if agree.is_known:
        note = (
            f"Repetition recorded by agents is also found in the transcript in {share_words(agree)}; repetition found in "
            f"the transcript was recorded in {share_words(rates.of('recorded_of_detected_yes', group))}."
        )
    headline = [
        html.Div(
            [
                tile(_rate("Complete", rates.of("complete", group), "handoffs"), "", ""),
                tile(
                    _rate("Customer had to repeat themselves", rates.of("customer_repeated", group), "handoffs"),
                    "held",
                    "",
                ),
                tile(_wait(rates, scope), "", ""),
            ],
            className="tiles three",
        )
    ]
    return [
        # No figure of all contacts where those of some were asked for.
        *([] if scope.is_wider else headline),
        html.H2("What reaches the human"),
        panel(parts_panel(rates, group, cases_link(view, rule="handoff_amnesia"))),
        html.H2("By group, and time to a human"),
        *([choices("By", view, "by", offered, by)] if by else []),
        html.Div(
            [
                panel(
                    by_group_panel(rates, groups, title, lambda each: group_cases(view, each.group, "handoff_amnesia"))
                ),
                panel(waits_panel(rates, groups, title, group)),
            ],
            className="pair",
        ),
        *([html.Details([html.Summary("How repetition is detected"), html.P(note)])] if note else []),
        *cases_line(view, "Cases: the customer had to repeat themselves", "handoff_amnesia"),
    ]


def _rate(name: str, share: Share, rows: str, metric: str = "M11") -> Tile:
    span = wording.percent_range(share.lower, share.upper)
    interval = f"95% confidence interval {span}" if share.is_known and share.lower is not None else share.reason
    basis = f"n = {wording.count(share.n)} {rows}" if share.is_known else ""
    return Tile(metric, name, wording.percent(share.value), interval, basis, "")


def _wait(rates: Rates, scope: Scope) -> Tile:
    median, high = (rates.of(f"{name}_seconds_to_human", scope.group) for name in ("median", "p90"))
    basis = f"n = {wording.count(median.n)} handoffs" if median.is_known else ""
    spread = f"90% within {wording.duration(high.value)}" if high.is_known else median.reason
    return Tile("M11", "Median time to a human", wording.duration(median.value), spread, basis, "")


def _followed(view: View) -> list[Component]:
    found = differences(view.queries, "handoff")
    head = html.H2("What followed where parts were missing")
    offered = outcome_differences.outcomes_of(found)
    if not offered:
        return [head, html.P("No handoffs are compared in this snapshot.", className="sub")]
    default = "repeat_any_30d" if "repeat_any_30d" in offered else next(iter(offered))
    measure = view.choice("outcome", offered, default)
    link = cases_link(view, rule="handoff_amnesia")
    axis = "difference (points)"
    parts = outcome_differences.chosen(found, _PARTS, measure)
    triggers = [each for each in outcome_differences.chosen(found, ("trigger",), measure) if each.n]
    return [
        head,
        *([html.P(outcome_differences.SCOPE, className="sub")] if view.filters else []),
        choices("Outcome", view, "outcome", offered, measure),
        html.Div(
            [
                panel(
                    differences_panel(
                        "handoff-missing",
                        parts,
                        "By what was missing",
                        f"M11 · {offered[measure]}: handoffs with a part missing compared with those where it arrived; some of the four parts with all",
                        axis=axis,
                        label=_part_label,
                        link=link,
                    )
                ),
                panel(
                    differences_panel(
                        "handoff-triggers",
                        triggers,
                        "By trigger",
                        f"M11 · {offered[measure]}: handoffs of one trigger compared with all others",
                        axis=axis,
                        link=link,
                    )
                ),
            ],
            className="pair",
        ),
    ]


def _part_label(each: Difference) -> str:
    return f"{each.level} parts" if each.factor == "completeness" else each.name


def _costs(view: View) -> list[Component]:
    head = html.Div(
        [html.H2("Escalation threshold: which answers the AI should keep"), meaning("M10")], className="tile-head"
    )
    policies = judged(view.queries)
    if not policies:
        return [head, html.P(NO_COSTS, className="sub")]
    policy, pickers = _policy(view, policies)
    currency = view.frames.manifest.presentation.currency
    points = curve(view.queries, policy)
    ratios = _ratios(policy)
    ratio = view.choice("ratio", ratios, "configured")
    costs: AssumedCosts | None = None
    if ratio != "configured" and policy.costs is not None:
        costs = policy.costs.at_ratio(float(ratio))
    shown = recomputed(points, costs) if costs else points
    default = 66 if policy.threshold is None else round(100 * policy.threshold)
    chosen = view.number("at", default, 0, 101) / 100
    drawn = curve_panel(
        policy,
        shown,
        chosen,
        currency=currency,
        link=lambda point: view.here({"at": _percent(point)}),
        costs=costs,
        published=points,
    )
    others = "" if not view.filters else "Of all contacts of the workflow."
    costs_of_all = escalation_statement(escalation(view.frames.analyses.escalation_policy, currency))
    return [
        head,
        *([html.P(others, className="sub")] if others else []),
        # At other costs than the configured ones it would contradict the curve.
        *([] if costs else [statement(costs_of_all, folded="The costliest workflows")]),
        *pickers,
        choices("A wrong answer costs", view, "ratio", ratios, ratio) if len(ratios) > 1 else html.Div(),
        _steps(view, policy, shown, chosen, costs),
        html.Div(
            [tile(each, "", "") for each in tiles(policy, at(shown, chosen), costs, currency)], className="tiles three"
        ),
        html.Div(panel(drawn), className="below"),
        html.Div(table(timing_table(policy), words=True), className="panel wide"),
        *cases_line(view, "Cases: the AI was confident, and wrong", "confident_and_wrong"),
    ]


def _policy(view: View, policies: tuple[JudgedPolicy, ...]) -> tuple[JudgedPolicy, list[Component]]:
    """The policy of the address: of the filtered workflow where there is one, else the costliest."""
    first = policies[0]
    filtered = view.filters.single
    if "workflow" in filtered:
        first = next((each for each in policies if each.workflow == filtered["workflow"]), first)
    flows: Mapping[str, str] = {
        written(name): "No workflow" if name is None else wording.clipped(shown_value("workflow", name), 60)
        for name in sorted({each.workflow for each in policies}, key=lambda name: (name is None, name or ""))
    }
    flow = view.choice("flow", flows, written(first.workflow))
    own = [each for each in policies if written(each.workflow) == flow]
    moods = {each.mood: MOODS.get(each.mood, wording.clipped(each.mood, 60)) for each in sorted(own, key=_mood_place)}
    mood = view.choice("mood", moods, own[0].mood) if view.selection.argument("mood") in (None, *moods) else own[0].mood
    scales = {each.scale: SCALES.get(each.scale, wording.clipped(each.scale, 60)) for each in own if each.mood == mood}
    scales = {name: scales[name] for name in (*SCALES, *scales) if name in scales}
    scale = view.choice("scale", scales, next(iter(scales)))
    policy = next(each for each in own if each.mood == mood and each.scale == scale)
    pickers = [
        choices("Workflow", view, "flow", flows, flow),
        choices("Customers", view, "mood", moods, mood),
        choices("Confidence", view, "scale", scales, scale),
    ]
    return policy, pickers


def _mood_place(policy: JudgedPolicy) -> int:
    return list(MOODS).index(policy.mood) if policy.mood in MOODS else len(MOODS)


def _ratios(policy: JudgedPolicy) -> Mapping[str, str]:
    """``4.2 handoffs, as configured``, and others."""
    configured = policy.costs.ratio if policy.costs else None
    if configured is None:
        return {"configured": "as configured"}
    number = f"{configured:.0f}" if configured == round(configured) else f"{configured:.1f}"
    others = {str(ratio): f"{ratio}×" for ratio in RATIOS}
    return {"configured": f"{number} handoffs, as configured", **others}


def _steps(
    view: View, policy: JudgedPolicy, points: tuple[ThresholdCost, ...], chosen: float, costs: AssumedCosts | None
) -> Component:
    """The threshold: where it stands, one step down or up, and the places that something recommends."""
    now = round(100 * chosen)
    cheapest = "cheapest judged" if policy.recommended is None else "recommended"
    places = {cheapest: policy.threshold, "by costs alone": costs.keep_from if costs else policy.keep_from}
    stops = [point for point in points if point.cost is not None]
    places["where labels stop"] = stops[0].threshold if stops else None
    places["all handed off"] = 1.01
    links: list[Component] = [html.Span(threshold_words(chosen), className="chosen")]
    for text, to in (("−5", now - 5), ("−1", now - 1), ("+1", now + 1), ("+5", now + 5)):
        if 0 <= to <= 101:
            links.append(dcc.Link(text, href=view.here({"at": str(to)}), title=f"Threshold {to}%"))
    for text, place in places.items():
        if place is not None and round(100 * place) != now:
            links.append(dcc.Link(text, href=view.here({"at": str(round(100 * place))}), title=f"Threshold {text}"))
    return html.Nav(
        [html.Span("Answers kept", className="choice-name"), html.Div(links, className="choice")],
        className="filter",
        **aria_label("Threshold"),
    )


def _percent(point: ThresholdCost) -> str:
    return str(round(100 * point.threshold))


def _stuck(view: View, rates: Rates) -> list[Component]:
    head = html.H2("Failed containment: customers stuck with the AI")
    if not rates.rows:
        return [head, html.P("This snapshot has no data on failed containment.", className="sub")]
    scope = rates.scope(view.filters)
    offered = rates.dimensions
    by = view.choice("stuck", offered, "workflow" if "workflow" in offered else next(iter(offered), ""))
    groups = rates.along(by, "stuck") if by else ()
    found = [each for each in differences(view.queries, "stuck") if each.factor == "stuck"]
    drawn = [
        panel(signs_panel(rates, scope.group, cases_link(view, rule="stuck_with_ai"))),
        panel(
            differences_panel(
                "stuck-after",
                found,
                "What followed",
                "M19 · customers stuck with the AI compared with those who were not",
                axis="difference (points)",
                label=outcome_label,
                link=cases_link(view, rule="stuck_with_ai"),
            )
        ),
    ]
    return [
        head,
        *(
            [html.P(_STUCK_OF_ALL if scope.is_wider else f"{scope.note} {_FOLLOWED}", className="sub")]
            if scope.note
            else []
        ),
        html.Div(drawn, className="pair"),
        *([html.Div(choices("Failed containment by", view, "stuck", offered, by), className="below")] if by else []),
        *(
            [
                panel(
                    stuck_panel(rates, groups, offered[by], lambda each: group_cases(view, each.group, "stuck_with_ai"))
                )
            ]
            if by
            else []
        ),
        *cases_line(view, "Contacts stuck with the AI", "stuck_with_ai"),
    ]


PAGE = Page(
    "/handoffs",
    "Handoffs",
    "What reaches the human, what follows where it does not, and when does a handoff pay?",
    render,
    weekly=False,
    group=AI_AND_PEOPLE,
)

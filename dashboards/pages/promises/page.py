"""Promises: what became of them, who made them, what followed the broken ones, and how many cannot be judged."""

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.casebook.key import CaseKey
from dashboards.components.blocks import choices, lead, lead_of_others, lead_of_view, meaning, panel, table, tile
from dashboards.components.drilldown import cases_line, group_cases
from dashboards.components.links import CASE, case_link, cases_link
from dashboards.components.view import AI_AND_PEOPLE, Page, View
from dashboards.pages.promises.data import Broken, Promised, largest_broken, promised
from dashboards.pages.promises.panels import fates_panel, open_tables, weeks_panel
from dashboards.panels.differences import differences_panel, outcome_label
from dashboards.panels.tiles import Tile
from dashboards.results import outcome_differences
from dashboards.results.outcome_differences import differences
from dashboards.results.published_rates import Rates, Scope, read_rates, share_words
from dashboards.wording.dates import span
from dashboards.wording.outcomes import OUTCOMES

_RULE = "promise_broken"
_MAKERS: Mapping[str, str] = {"": "anybody", "_of_ai": "the AI", "_of_agent": "agents"}
_TILES = (("kept_on_time", "Kept on time", ""), ("kept_late", "Kept late", ""), ("broken", "Broken", "held"))


def render(view: View) -> list[Component]:
    """The page. Raises AddressError for a cut or a maker that there is not."""
    trend = view.results.trend
    first, last = trend[0].week.monday, trend[-1].week.sunday
    rates = read_rates(view.queries, "promise_rates")
    found = promised(view.queries, view.filters, first, last)
    scope = rates.scope(view.filters)
    if not rates.rows and not found.total:
        return [lead("No promises are known here", "They come with a source of commitments, or with transcripts.")]
    return [
        (
            lead_of_others(view, "rates of promises", scope.note)
            if scope.is_wider
            else lead_of_view(view, _headline(rates, scope), _detail(rates, scope))
        ),
        *_fates(view, rates, scope),
        *_weeks(view, found),
        *_followed(view),
        *_largest(view, found),
    ]


def _headline(rates: Rates, scope: Scope) -> str:
    kept, late, broken = (rates.of(fate, scope.group) for fate, _, _ in _TILES)
    if not broken.is_known:
        return f"No rate of kept promises: {broken.reason or 'no promise has a known result'}."
    return (
        f"{wording.percent(broken.value)} of promises are broken; {wording.percent(kept.value)} are kept on time, "
        f"{wording.percent(late.value)} late."
    )


def _detail(rates: Rates, scope: Scope) -> str:
    said = ["All weeks of the snapshot."]
    if not scope.group.parts:
        makers = [
            f"{share_words(rates.of('broken', each.group))} of promises {each.name}"
            for each in rates.along("made_by", "broken")
            if rates.of("broken", each.group).is_known
        ]
        said += [f"Broken: {wording.joined(makers)}."] if makers else []
    unverifiable = rates.of("unverifiable", scope.group)
    if unverifiable.value:
        said.append(
            f"{wording.percent(unverifiable.value)} of all {wording.count(unverifiable.n)} promises cannot be verified (no event "
            "would show it, or the customer is unknown) and are not included."
        )
    return " ".join(said)


def _fates(view: View, rates: Rates, scope: Scope) -> list[Component]:
    if not rates.rows:
        return [html.P("No promise has a known result yet.", className="sub")]
    offered = rates.dimensions
    by = view.choice("by", offered, "kind,made_by" if "kind,made_by" in offered else next(iter(offered), ""))
    drawn = []
    if by:
        groups = rates.along(by, "broken")
        note = "The groups below cover all contacts, regardless of filters." if view.filters else ""
        drawn = [
            *([html.P(note, className="sub")] if note else []),
            choices("By", view, "by", offered, by),
            panel(fates_panel(rates, groups, offered[by], lambda each: group_cases(view, each.group, _RULE))),
        ]
    tiles = html.Div([tile(_tile(rates, scope, *each[:2]), each[2], "") for each in _TILES], className="tiles three")
    return [
        # No figure of all contacts where those of some were asked for.
        *([] if scope.is_wider else [tiles]),
        html.H2("Promises by maker and kind"),
        *drawn,
        *cases_line(view, "Contacts with a broken promise", _RULE),
    ]


def _tile(rates: Rates, scope: Scope, fate: str, name: str) -> Tile:
    share = rates.of(fate, scope.group)
    span_words = wording.percent_range(share.lower, share.upper)
    interval = f"95% confidence interval {span_words}" if share.is_known and share.lower is not None else share.reason
    basis = f"n = {wording.count(share.n)} promises with a known result" if share.is_known else ""
    return Tile("M12", name, wording.percent(share.value), interval, basis, "")


def _weeks(view: View, found: Promised) -> list[Component]:
    sources, why = open_tables(found)
    return [
        html.Div([html.H2("Week by week, and open promises"), meaning("M12")], className="tile-head"),
        html.P(f"Contacts of {span(found.first, found.last)}. {found.open_sentence}", className="sub"),
        panel(weeks_panel(found, lambda week: cases_link(view, week=week, rule=_RULE))),
        *([html.Div(table(sources), className="panel wide")] if found.sources else []),
        *([html.Div(table(why, words=True), className="panel wide")] if found.reasons else []),
    ]


def _followed(view: View) -> list[Component]:
    found = differences(view.queries, "promise")
    head = html.H2("What followed broken promises")
    if not found:
        return [head, html.P("No promises are compared in this snapshot.", className="sub")]
    there = {each.factor for each in found}
    makers = {key: name for key, name in _MAKERS.items() if f"status{key}" in there}
    maker = view.choice("maker", makers, next(iter(makers), "")) if makers else ""
    drawn = []
    for level, title in (("broken", "After a broken promise"), ("kept_late", "After one kept late")):
        own = [each for each in found if each.factor == f"status{maker}" and each.level == level]
        order = list(OUTCOMES)
        own.sort(key=lambda each: order.index(each.measure) if each.measure in order else len(order))
        drawn.append(
            panel(
                differences_panel(
                    f"promise-{level.replace('_', '-')}",
                    own,
                    title,
                    "M12 · compared with promises kept on time",
                    axis="difference (points)",
                    label=outcome_label,
                    link=cases_link(view, rule=_RULE) if level == "broken" else None,
                )
            )
        )
    return [
        head,
        html.P(outcome_differences.SCOPE, className="sub"),
        *([choices("Promised by", view, "maker", makers, maker)] if len(makers) > 1 else []),
        html.Div(drawn, className="pair"),
    ]


def _largest(view: View, found: Promised) -> list[Component]:
    """Single promises: for those who may see single contacts."""
    if not view.sees_cases:
        return []
    rows = largest_broken(view.queries, view.filters, found.first, found.last)
    head = html.H2("The largest broken promises")
    if not rows:
        return [head, html.P("No broken promise of these weeks names an amount.", className="sub")]
    return [
        head,
        html.P("By the amount promised; each leads to its case.", className="sub"),
        html.Div([_listed(view, rows)], className="panel wide"),
    ]


def _listed(view: View, rows: tuple[Broken, ...]) -> Component:
    headers = ("Contact", "Promised", "Amount", "By", "Day", "Due", "Source")
    body = []
    for each in rows:
        key = CaseKey(each.system, each.contact_id, each.day)
        link = case_link(view, key) if CASE in view.paths else None
        name = wording.clipped(each.contact_id, 60)
        body.append(
            html.Tr(
                [
                    html.Th(dcc.Link(name, href=link) if link else name, scope="row"),
                    html.Td(wording.clipped(each.kind.replace("_", " "), 60)),
                    html.Td(wording.money(each.amount, wording.clipped(each.currency or "", 12)).strip("\u00a0")),
                    html.Td(wording.clipped(each.made_by, 60) or wording.MISSING),
                    html.Td(each.day.isoformat()),
                    html.Td(each.due.isoformat()),
                    html.Td(each.source),
                ]
            )
        )
    head = html.Thead(html.Tr([html.Th(header, scope="col") for header in headers]))
    return html.Div(html.Table([head, html.Tbody(body)]), className="scroll", tabIndex="0")


PAGE = Page(
    "/promises", "Promises", "What was promised, what became of it, and what followed?", render, group=AI_AND_PEOPLE
)

"""A claim of the review sample as a card: what was claimed, how sure the AI was, and the two buttons of a verdict."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.casebook.claims import SampledClaim
from dashboards.casebook.safe_text import name, segment, shortened
from dashboards.components.forms import button, form
from dashboards.components.links import case_link
from dashboards.components.view import View

_LONGEST_VALUE = 1_000


def claim_card(view: View, each: SampledClaim, back: str) -> Component:
    """``back``: the address to which the browser returns after a verdict."""
    claim = each.claim
    at = None if claim.turn_index is None else str(claim.turn_index)
    way = case_link(view, each.key, leg=claim.leg_id if at else None, at=at)
    about = [
        wording.mode_name(each.mode),
        *(segment(of, value, 60) for of, value in (("workflow", each.workflow), ("ai_model", each.ai_model)) if value),
    ]
    value = (
        shortened(claim.claimed_value, _LONGEST_VALUE) if claim.claimed_value else "what was claimed is not recorded"
    )
    return html.Section(
        [
            html.Div(
                [
                    html.H3(f"{name(claim.claim_type, 60).replace('_', ' ').capitalize()}: {value}", dir="auto"),
                    html.Span(f"{wording.percent(claim.stated_confidence, 0)} sure", className="sure"),
                ],
                className="tile-head",
            ),
            html.P(
                [
                    f"{each.day:%-d %b %Y} · {' · '.join(about)} · contact ",
                    dcc.Link(name(each.contact_id, 60), href=way, className="id"),
                ],
                className="basis",
            ),
            html.P(_verdict(view, each), className="basis verdict"),
            _form(each, back),
        ],
        className="panel claim",
    )


def _verdict(view: View, each: SampledClaim) -> list[Component | str]:
    if each.is_right is None:
        return ["No verdict yet."]
    said: list[Component | str] = [html.Strong("Right" if each.is_right else "Wrong")]
    said.append(f", says {name(each.judged_by, 60)}" if each.judged_by else ", as delivered")
    said.append(f", {wording.short_moment(each.judged_at, view.frames.time_zone)}. " if each.judged_at else ". ")
    return [*said, html.Em("Counts from the next night on whose data reach that far.")] if each.is_new else said


def _form(each: SampledClaim, back: str) -> Component:
    hidden = {"system": each.claim.system, "claim": each.claim.claim_id, "day": each.day.isoformat(), "back": back}
    buttons = [button("Right", "verdict", "right"), button("Wrong", "verdict", "wrong")]
    label = f"Verdict on claim {name(each.claim.claim_id, 60)}"
    return form("/review/verdict", [html.Div(buttons, className="buttons")], hidden=hidden, post=True, label=label)

"""A claim of the review sample as a card: what was claimed, how sure the AI was, and the two buttons of a verdict.

Until it is judged, value and confidence can be held back; then they are not part of the card at all.
"""

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.casebook.claims import SampledClaim
from dashboards.casebook.safe_text import name, segment, shortened
from dashboards.components.forms import button, form
from dashboards.components.links import case_link
from dashboards.components.view import View
from dashboards.pages.cases.reader import is_admin, reader_name
from dashboards.wording.reviewing import claim_question

_LONGEST_VALUE = 1_000


def claim_card(view: View, each: SampledClaim, back: str) -> Component:
    """With all that is known of it. ``back``: the address to which the browser returns after a verdict."""
    claim = each.claim
    value = (
        shortened(claim.claimed_value, _LONGEST_VALUE) if claim.claimed_value else "what was claimed is not recorded"
    )
    head = [
        html.H3(f"{_kind(each)}: {value}", dir="auto"),
        html.Span(f"{wording.percent(claim.stated_confidence, 0)} sure", className="sure"),
    ]
    return html.Section(
        [html.Div(head, className="tile-head"), *_about(view, each), *_given(view, each, back), _form(each, back)],
        className="panel claim",
    )


def hidden_card(view: View, each: SampledClaim, way: str) -> Component:
    """Without value and confidence; ``way``: the address at which it is judged."""
    return html.Section(
        [
            html.H3(_kind(each)),
            *_about(view, each, linked=False),
            html.P(dcc.Link("Judge this one", href=way), className="basis"),
        ],
        className="panel claim",
    )


def asked_card(view: View, each: SampledClaim, back: str, *, value: bool) -> Component:
    """The question and its two answers, without the confidence; ``value``: with what was claimed."""
    known = each.claim.claimed_value if value else None
    said = [html.P(shortened(known, _LONGEST_VALUE), className="sentence", dir="auto")] if known else []
    held = "The AI’s confidence is" if value else "What was recorded as claimed, and the AI’s confidence, are"
    return html.Section(
        [
            html.H3(claim_question(name(each.claim.claim_type, 60)), dir="auto"),
            *said,
            *_about(view, each, linked=False),
            _form(each, back, blind=True),
            html.P(f"{held} shown after your verdict.", className="basis"),
        ],
        className="panel claim question",
    )


def _kind(each: SampledClaim) -> str:
    return name(each.claim.claim_type, 60).replace("_", " ").capitalize()


def _about(view: View, each: SampledClaim, *, linked: bool = True) -> list[Component]:
    claim = each.claim
    at = None if claim.turn_index is None else str(claim.turn_index)
    about = [
        wording.mode_name(each.mode),
        *(segment(of, value, 60) for of, value in (("workflow", each.workflow), ("ai_model", each.ai_model)) if value),
    ]
    contact: Component | str = name(each.contact_id, 60)
    if linked:
        way = case_link(view, each.key, leg=claim.leg_id if at else None, at=at)
        contact = dcc.Link(contact, href=way, className="id")
    return [html.P([f"{each.day:%-d %b %Y} · {' · '.join(about)} · contact ", contact], className="basis")]


def _given(view: View, each: SampledClaim, back: str) -> list[Component]:
    said = html.P(_verdict(view, each), className="basis verdict")
    if each.is_right is None or not (is_admin() or each.judged_by == reader_name()):
        return [said]
    undo = form(
        "/review/verdict", [button("Undo", "verdict", "undo")], hidden=_hidden(each, back), post=True, label="Undo"
    )
    return [said, undo]


def _verdict(view: View, each: SampledClaim) -> list[Component | str]:
    if each.is_right is None:
        return ["No verdict yet."]
    said: list[Component | str] = [html.Strong("Right" if each.is_right else "Wrong")]
    said.append(f", says {name(each.judged_by, 60)}" if each.judged_by else ", as delivered")
    said.append(f", {wording.short_moment(each.judged_at, view.frames.time_zone)}. " if each.judged_at else ". ")
    said += ["Given before the AI’s confidence was known. "] if each.is_blind else []
    return [*said, html.Em("Counts from the next night on whose data reach that far.")] if each.is_new else said


def _form(each: SampledClaim, back: str, *, blind: bool = False) -> Component:
    hidden = _hidden(each, back) | ({"blind": "yes"} if blind else {})
    keys = ("1", "2") if blind else ("", "")
    buttons = [
        button(text, "verdict", verdict, key=key)
        for (text, verdict), key in zip((("Right", "right"), ("Wrong", "wrong")), keys, strict=True)
    ]
    label = f"Verdict on claim {name(each.claim.claim_id, 60)}"
    return form("/review/verdict", [html.Div(buttons, className="buttons")], hidden=hidden, post=True, label=label)


def _hidden(each: SampledClaim, back: str) -> dict[str, str]:
    return {"system": each.claim.system, "claim": each.claim.claim_id, "day": each.day.isoformat(), "back": back}

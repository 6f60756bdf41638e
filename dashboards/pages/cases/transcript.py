"""What was said: the transcript by leg with speaker and sentiment, what handoffs carried over, and one long turn alone."""

import re
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.casebook.case import Case, Handoff
from dashboards.casebook.key import CaseKey
from dashboards.casebook.safe_text import name
from dashboards.casebook.transcript import PAGE_TURNS, Leg, Piece, Transcript, Turn
from dashboards.components.blocks import aria_label
from dashboards.components.links import case_link
from dashboards.components.view import View

_SPEAKERS = {"customer": "Customer", "ai": "AI", "agent": "Agent", "system": "System"}
_PARTS = (
    ("has_summary", "Summary"),
    ("has_transcript", "Transcript"),
    ("has_tool_results", "Results of tools"),
    ("has_attempt_account", "Account of what was tried"),
)
_ARRIVED = {True: "arrived", False: "did not arrive", None: "not recorded"}
_LANGUAGE = re.compile("[a-z]{2,3}")
#: As M7 counts them: at most -0.25 is negative.
_NEGATIVE, _POSITIVE = -0.25, 0.25


@dataclass(frozen=True)
class MarkedTurns:
    """Turns, by leg and turn, that something else of the case points to, and what is said beside them."""

    notes: tuple[tuple[str, int, str], ...]

    @classmethod
    def of(cls, case: Case) -> "MarkedTurns":
        again = [
            (each.said_again_in, each.said_again_at_turn, "says it again")
            for each in case.handoffs
            if each.said_again_in is not None and each.said_again_at_turn is not None
        ]
        promised = [
            (each.leg_id, each.turn_index, f"promise: {each.kind.replace('_', ' ')}")
            for each in case.promises
            if each.leg_id is not None and each.turn_index is not None
        ]
        return cls((*again, *promised))

    def at(self, turn: Turn) -> tuple[str, ...]:
        return tuple(dict.fromkeys(note for leg, at, note in self.notes if (leg, at) == (turn.leg_id, turn.turn_index)))


def transcript_pages(view: View, shown: Transcript, marked: MarkedTurns, *, argument: str = "page") -> list[Component]:
    """The turns of one page, by leg, and the way to the other pages: on the page on which they stand, under ``argument``."""
    if not shown.total:
        return [html.P("No transcript of this contact was delivered.", className="sub")]
    pages: list[Component] = []
    if shown.pages > 1:
        first = (shown.number - 1) * PAGE_TURNS + 1
        links: list[Component] = [
            html.Span(f"Turns {first:,} to {min(first + PAGE_TURNS - 1, shown.total):,} of {shown.total:,}")
        ]
        links += [_page(view, argument, "Earlier turns", shown.number - 1)] if shown.number > 1 else []
        links += [_page(view, argument, "Later turns", shown.number + 1)] if shown.number < shown.pages else []
        pages = [html.Nav(links, className="pager", **aria_label("Pages of the transcript"))]
    several = len(shown.legs) > 1 or shown.pages > 1
    legs = [part for leg in shown.legs for part in _leg(view, leg, marked, several=several)]
    return [html.Div(legs, className="panel transcript"), *pages]


def _page(view: View, argument: str, text: str, number: int) -> Component:
    return dcc.Link(text, href=view.here({argument: str(number), "leg": None, "at": None}))


def _leg(view: View, leg: Leg, marked: MarkedTurns, *, several: bool) -> list[Component]:
    began = f" · from {wording.short_moment(leg.started_at, view.frames.time_zone)}" if leg.started_at else ""
    heading = [html.H3(f"Leg {name(leg.leg_id, 60)}{began}")] if several else []
    return [*heading, html.Ol([_turn(view, each, marked.at(each)) for each in leg.turns])]


def _turn(view: View, turn: Turn, notes: tuple[str, ...]) -> Component:
    more: list[Component] = []
    if turn.is_shortened:
        href = view.here({"turn": str(turn.place), "page": None, "piece": None})
        text = f"Shortened; all {turn.characters:,} characters"
        more = [html.P(dcc.Link(text, href=href, title=f"Turn {turn.place} in full"), className="basis")]
    spoken = turn.speaker if turn.speaker in _SPEAKERS else "system"
    return html.Li(
        [
            html.Div(
                [
                    html.Span(_SPEAKERS.get(turn.speaker, name(turn.speaker, 40)), className="speaker"),
                    *(
                        [html.Span(_clock(turn.offset_seconds), className="at")]
                        if turn.offset_seconds is not None
                        else []
                    ),
                    *([_sentiment(turn.sentiment)] if turn.sentiment is not None else []),
                    *(html.Mark(name(note, 60)) for note in notes),
                ],
                className="turn-head",
            ),
            _said(turn),
            *more,
        ],
        id=f"turn-{turn.place}",
        className=f"turn {spoken}{' noted' if notes else ''}",
    )


def _said(turn: Turn) -> Component:
    known = turn.language if turn.language and _LANGUAGE.fullmatch(turn.language) else None
    language: dict[str, Any] = {"lang": known} if known else {}
    return html.P(turn.text, className="said", dir="auto", **language)


def _sentiment(value: float) -> Component:
    kind = "negative" if value <= _NEGATIVE else "positive" if value >= _POSITIVE else "neutral"
    return html.Span(f"{kind} {wording.score(value)}", className=f"mood {kind}", title="Sentiment, from −1 to 1 (M7)")


def _clock(seconds: float) -> str:
    """``4:07``, from the start of the leg."""
    whole = int(max(seconds, 0))
    return f"{whole // 60}:{whole % 60:02d}"


def one_turn(view: View, piece: Piece) -> list[Component]:
    """A turn alone, a stretch of it at a time."""
    turn = piece.turn
    links: list[Component] = [
        html.Span(f"Part {piece.number:,} of {piece.pages:,}; {turn.characters:,} characters in all")
    ]
    links += [dcc.Link("Part before", href=view.here({"piece": str(piece.number - 1)}))] if piece.number > 1 else []
    links += (
        [dcc.Link("Next part", href=view.here({"piece": str(piece.number + 1)}))] if piece.number < piece.pages else []
    )
    pager = html.Nav(links, className="pager", **aria_label("Parts of the turn"))
    head = html.H2(f"{_SPEAKERS.get(turn.speaker, name(turn.speaker, 40))}, leg {name(turn.leg_id, 60)}")
    return [head, html.Div(_said(turn), className="panel transcript whole"), pager]


def handoffs(view: View, case: Case) -> list[Component]:
    """What each handoff carried over, and whether the customer had to start again."""
    return [_handoff(view, case.contact.key, each) for each in case.handoffs]


def _handoff(view: View, key: CaseKey, each: Handoff) -> Component:
    why = each.trigger.replace("_", " ") if each.trigger else "not recorded"
    facts: list[tuple[str, Component | str]] = [
        ("When", wording.short_moment(each.occurred_at, view.frames.time_zone)),
        ("Why", why),
        *((title, _ARRIVED[getattr(each, column)]) for column, title in _PARTS),
    ]
    if each.ai_confidence is not None:
        facts.append(("The AI's confidence", wording.percent(each.ai_confidence, 0)))
    if each.misunderstandings is not None:
        facts.append(("Times the AI did not understand", wording.count(each.misunderstandings)))
    if each.seconds_to_human is not None:
        facts.append(("Until a person took over", wording.duration(each.seconds_to_human)))
    facts.append(("Had to repeat it", _again(view, key, each)))
    return html.Section(
        html.Dl([part for title, value in facts for part in (html.Dt(title), html.Dd(value))], className="facts"),
        className="panel",
    )


def _again(view: View, key: CaseKey, each: Handoff) -> Component | str:
    if each.customer_repeated is None:
        return "nothing tells"
    if not each.customer_repeated:
        return "no"
    basis = {
        "recorded": "as recorded",
        "words": "the customer says so",
        "similarity": "the words before and after are alike",
    }
    said = f"yes, {basis.get(each.repeated_basis or '', 'as detected')}"
    if each.said_again_in is None or each.said_again_at_turn is None:
        return said
    href = case_link(view, key, leg=each.said_again_in, at=str(each.said_again_at_turn))
    return html.Span([f"{said}, at ", dcc.Link(f"turn {each.said_again_at_turn}", href=href)])

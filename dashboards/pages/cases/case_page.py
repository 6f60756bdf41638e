"""One case in full: why it was flagged, what was said, what followed, and a form for what a reviewer makes of it.

Everything of the data is passed as text and made visible; nothing of it is markup. Opening a case is logged before
anything of it is shown.
"""

from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.access import audit
from dashboards.access.request_user import now
from dashboards.casebook.case import DAYS_AFTER, DAYS_BEFORE, Case, find_case
from dashboards.casebook.casework import Casework
from dashboards.casebook.claims import claims_of_contact
from dashboards.casebook.review_log import ReviewLog
from dashboards.casebook.safe_text import name, segment, shortened
from dashboards.casebook.transcript import page_of_turn, piece_of_turn, transcript
from dashboards.casebook.verdicts import Recorded, recorded_since
from dashboards.components.blocks import lead
from dashboards.components.links import CASES, case_link
from dashboards.components.view import CASES_GROUP, AddressError, Page, View
from dashboards.pages.cases.claim_cards import claim_card
from dashboards.pages.cases.facts import complaints, facts, promises, survey_words, timeline_list
from dashboards.pages.cases.flags import flag_list
from dashboards.pages.cases.list_bar import CASE_KEYS, keys_line, list_bar
from dashboards.pages.cases.reader import reader_name
from dashboards.pages.cases.transcript import MarkedTurns, handoffs, one_turn, transcript_pages
from dashboards.pages.cases.work_panel import work_panel

_MOST_PLACES = 9_999_999


def render(view: View) -> list[Component]:
    """The page. Raises AddressError where the address names no case, and as ``audit`` does if it cannot be logged."""
    system, contact_id = view.selection.argument("system"), view.selection.argument("contact")
    if not system or not contact_id:
        return [
            lead("Which case?", "A case is opened from the list of cases."),
            html.P(dcc.Link("To the cases", href=view.at(CASES))),
        ]
    case = find_case(view.queries, system, contact_id, _day(view.selection.argument("day")))
    if case is None:
        raise AddressError(f"No eligible contact {name(contact_id, 60)} of system {name(system, 60)} is known here.")
    audit("case", system=case.contact.system, contact=case.contact.contact_id)
    if view.selection.argument("turn"):
        return turn_alone(view, case)
    recorded = recorded_since(view.data_dir, view.frames.manifest.as_of)
    _mark_seen(view, case)
    bar = list_bar(view, case.contact.key, recorded)
    return [
        *bar,
        lead(_title(case), _detail(case, view.frames.time_zone)),
        html.Div(
            [
                html.Div([*_judging(view, case, recorded, keys=bool(bar)), *_words(view, case)], className="case-main"),
                html.Div(
                    [
                        *(
                            [
                                keys_line(
                                    ("1 2 3", "verdicts"),
                                    ("r", "reason"),
                                    ("u", "undo your verdict"),
                                    ("t", "take the case"),
                                    ("n", "note"),
                                    *CASE_KEYS,
                                )
                            ]
                            if bar
                            else []
                        ),
                        *_beside(view, case),
                    ],
                    className="case-side",
                ),
            ],
            className="case",
        ),
    ]


def _mark_seen(view: View, case: Case) -> None:
    """Whoever has seen a case in full does not judge it blind afterwards."""
    by, key = reader_name(), case.contact.key
    # Without a flag, too: its claims stand there with their confidence.
    if by:
        Casework(view.data_dir).mark_seen(key.system, key.contact_id, by=by, at=now())


def _title(case: Case) -> str:
    if not case.flags:
        return f"Nothing is flagged in contact {name(case.contact.contact_id, 60)}."
    return shortened(case.flags[0].sentence, 400, 3)


def _detail(case: Case, time_zone: str) -> str:
    contact = case.contact
    parts = [
        f"Contact {name(contact.contact_id, 60)}",
        wording.moment(contact.started_at, time_zone),
        wording.mode_name(contact.mode),
        *(segment(of, each, 60) for of, each in (("queue", contact.queue), ("issue", contact.issue)) if each),
    ]
    return " · ".join(parts)


def _judging(view: View, case: Case, recorded: Recorded, *, keys: bool) -> list[Component]:
    if not case.flags:
        return []
    return [html.H2(f"Why it is flagged ({len(case.flags)})"), *flag_list(view, case, recorded, keys=keys)]


def _words(view: View, case: Case) -> list[Component]:
    marked = MarkedTurns.of(case)
    number = view.number("page", _first_page(view, case), most=_MOST_PLACES)
    shown = transcript(view.queries, case.contact.key, number)
    return [
        *([html.H2("Handed over"), *handoffs(view, case)] if case.handoffs else []),
        html.H2("What was said", id="transcript"),
        *transcript_pages(view, shown, marked),
    ]


def _first_page(view: View, case: Case) -> int:
    """The page of the turn that a link names by leg and turn, else the first."""
    leg, at = view.selection.argument("leg"), view.number("at", 0, least=0, most=_MOST_PLACES)
    return (page_of_turn(view.queries, case.contact.key, leg, at) if leg else None) or 1


def _beside(view: View, case: Case) -> list[Component]:
    contact = case.contact
    given = ReviewLog(view.data_dir).claim_verdicts_since(view.frames.manifest.as_of)
    claims = claims_of_contact(view.queries, given, contact.key)
    back = case_link(view, contact.key)
    return [
        *work_panel(view, contact.key),
        html.H2("The contact"),
        facts(case),
        *([html.H2("In the survey afterwards"), survey_words(contact)] if contact.survey_words else []),
        *([html.H2("Promises"), *promises(case.promises, view.frames.time_zone)] if case.promises else []),
        *([html.H2("Claims to review"), *(claim_card(view, each, back) for each in claims)] if claims else []),
        *([html.H2("Complaints"), *complaints(case.complaints, view.frames.time_zone)] if case.complaints else []),
        html.H2("The customer around it"),
        html.P(
            [
                f"{DAYS_BEFORE} days before to {DAYS_AFTER} days after. ",
                dcc.Link("All contacts of this customer", href=f"{CASES}?customer={contact.customer_key}"),
            ],
            className="sub",
        ),
        timeline_list(view, case),
    ]


def turn_alone(view: View, case: Case) -> list[Component]:
    """One turn with all of its words, and the way back to the page on which it was shortened."""
    place = view.number("turn", 1, most=_MOST_PLACES)
    piece = piece_of_turn(view.queries, case.contact.key, place, view.number("piece", 1, most=_MOST_PLACES))
    if piece is None:
        raise AddressError(f"The transcript of this contact has no turn {place:,}.")
    back = dcc.Link("Back to the case", href=view.here({"turn": None, "piece": None}))
    return [lead(f"Turn {place:,} in full", _detail(case, view.frames.time_zone)), html.P(back), *one_turn(view, piece)]


def _day(text: str | None) -> date | None:
    """A hint in which file to look; other texts give no hint."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


PAGE = Page(
    "/case",
    "Case",
    "What happened in this contact, before it and after?",
    render,
    audience="analyst",
    weekly=False,
    filtered=False,
    keep=False,
    under=CASES,
    notes_itself=True,
    group=CASES_GROUP,
)

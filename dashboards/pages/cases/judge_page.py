"""A case to be judged before it is read: what was said and what happened, and no word of its flags until they are judged.

What would anchor a reviewer is taken out on the server (``casebook.blind``). Once no flag waits for a verdict, the page
shows what the flags say, how sure the AI was, and which verdicts were given.
"""

from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.access import audit
from dashboards.access.request_user import now
from dashboards.casebook.blind import OpenQuestion, blinded, open_questions, without_sentiment
from dashboards.casebook.case import Case, find_case
from dashboards.casebook.casework import Casework
from dashboards.casebook.flags import FlaggedContact, flags_of_contacts
from dashboards.casebook.review_log import LONGEST_REASON
from dashboards.casebook.safe_text import name, segment
from dashboards.casebook.transcript import page_of_turn, transcript
from dashboards.casebook.verdicts import recorded_since
from dashboards.components.blocks import lead
from dashboards.components.forms import area, button, form, on_key, shown_key
from dashboards.components.links import CASES, case_link
from dashboards.components.view import CASES_GROUP, AddressError, Page, View
from dashboards.pages.cases.case_page import turn_alone
from dashboards.pages.cases.facts import facts, neutral_facts, timeline_list
from dashboards.pages.cases.flags import flag_list
from dashboards.pages.cases.list_bar import CASE_KEYS, keys_line, list_bar
from dashboards.pages.cases.reader import reader_name
from dashboards.pages.cases.transcript import MarkedTurns, transcript_pages
from dashboards.pages.cases.work_panel import work_panel

_VERDICTS = ("confirmed", "explained", "dismissed")
_MOST_PLACES = 9_999_999


def render(view: View) -> list[Component]:
    """The page. Raises AddressError where the address names no case, and as ``audit`` does if it cannot be logged."""
    system, contact_id = view.selection.argument("system"), view.selection.argument("contact")
    if not system or not contact_id:
        back = html.P(dcc.Link("To the cases", href=view.at(CASES)))
        return [lead("Which case?", "A case is opened from the list of cases."), back]
    case = find_case(view.queries, system, contact_id, _day(view.selection.argument("day")))
    if case is None:
        raise AddressError(f"No eligible contact {name(contact_id, 60)} of system {name(system, 60)} is known here.")
    key = case.contact.key
    audit("case", system=key.system, contact=key.contact_id)
    if view.selection.argument("turn"):
        return turn_alone(view, case)
    recorded = recorded_since(view.data_dir, view.frames.manifest.as_of)
    flags = flags_of_contacts(view.queries, recorded, [key])[key]
    questions = open_questions(flags)
    bar = list_bar(view, key, recorded)
    if questions:
        return [
            *bar,
            lead(_title(case), _detail(view, case)),
            _columns(_words(view, blinded(case), blind=True), _asked(view, case, flags, questions)),
        ]
    # From now on the reader knows what the flags say: another verdict of theirs is not given blind.
    Casework(view.data_dir).mark_seen(key.system, key.contact_id, by=reader_name(), at=now())
    told = [
        html.H2("What is flagged"),
        *flag_list(view, case, recorded),
        *([] if case.flags else [html.P("Nothing is flagged in this contact.", className="sub")]),
        *_words(view, case, blind=False),
    ]
    return [*bar, lead(_judged(flags), _detail(view, case)), _columns(told, _known(view, case))]


def _columns(main: list[Component], side: list[Component]) -> Component:
    parts = [html.Div(main, className="case-main"), html.Div(side, className="case-side")]
    return html.Div(parts, className="case judging")


def _title(case: Case) -> str:
    contact = case.contact
    about = [segment(of, value, 60) for of, value in (("queue", contact.queue), ("issue", contact.issue)) if value]
    return f"{wording.capital(wording.mode_name(contact.mode))}: {', '.join(about) or 'issue not recorded'}"


def _judged(flags: tuple[FlaggedContact, ...]) -> str:
    if not flags:
        return "Nothing is flagged in this contact."
    said = wording.joined(sorted({flag.verdict or "" for flag in flags}))
    return f"Judged: {said}." if len(flags) == 1 else f"All {len(flags)} flags are judged: {said}."


def _detail(view: View, case: Case) -> str:
    return f"Contact {name(case.contact.contact_id, 60)} · {wording.moment(case.contact.started_at, view.frames.time_zone)}"


def _words(view: View, case: Case, *, blind: bool) -> list[Component]:
    key = case.contact.key
    leg, at = view.selection.argument("leg"), view.number("at", 0, least=0, most=_MOST_PLACES)
    first = (page_of_turn(view.queries, key, leg, at) if leg else None) or 1
    shown = transcript(view.queries, key, view.number("page", first, most=_MOST_PLACES))
    pages = transcript_pages(view, without_sentiment(shown) if blind else shown, MarkedTurns.of(case))
    around = html.H2("The customer around it")
    return [html.H2("What was said", id="transcript"), *pages, around, timeline_list(view, case)]


def _asked(
    view: View, case: Case, flags: tuple[FlaggedContact, ...], questions: tuple[OpenQuestion, ...]
) -> list[Component]:
    """The question at hand first, then what is known of the contact."""
    key = case.contact.key
    judged = sum(flag.verdict is not None for flag in flags)
    several = f" (one of {len(questions)})" if len(questions) > 1 else ""
    done = (
        [
            html.P(
                f"{wording.plural(judged, 'flag')} of this contact judged; what they say is shown after the last.",
                className="sub",
            )
        ]
        if judged
        else []
    )
    whole = case_link(view, key, list=view.selection.argument("list"), place=view.selection.argument("place"))
    return [
        html.H2(f"Your verdict{several}"),
        *done,
        _question(view, case, questions[0]),
        keys_line(("1 2 3", "answers"), ("r", "reason"), ("t", "take the case"), ("n", "note"), *CASE_KEYS),
        *work_panel(view, key),
        html.H2("The contact"),
        neutral_facts(case.contact),
        html.P(dcc.Link("Show everything, and judge with it in view", href=whole), className="sub"),
    ]


def _question(view: View, case: Case, asked: OpenQuestion) -> Component:
    key = case.contact.key
    hidden = {
        "system": key.system,
        "contact": key.contact_id,
        "day": key.day.isoformat(),
        "flags": asked.token,
        "back": view.here({"page": None}),
    }
    buttons = [
        button(asked.question.answers[verdict], "verdict", verdict, key=str(place), unchecked=verdict != "explained")
        for place, verdict in enumerate(_VERDICTS, start=1)
    ]
    reason = area(
        "Reason (required with answer 2); no names or numbers of customers",
        "reason",
        most=LONGEST_REASON,
        required=True,
        key="r",
    )
    sent = form(
        "/judge/verdict", [html.Div(buttons, className="buttons"), reason], hidden=hidden, post=True, label="Verdict"
    )
    why = "The flag’s wording and the AI’s confidence are shown after your verdict."
    return html.Section(
        [html.H3(asked.question.text), sent, html.P(why, className="basis")], className="panel question"
    )


def _known(view: View, case: Case) -> list[Component]:
    key = case.contact.key
    whole = case_link(view, key, list=view.selection.argument("list"), place=view.selection.argument("place"))
    return [
        html.P(html.Span([dcc.Link("The whole case", href=whole), *shown_key("c")], **on_key("c")), className="sub"),
        keys_line(
            ("u", "undo your verdict"), ("c", "the whole case"), ("t", "take the case"), ("n", "note"), *CASE_KEYS
        ),
        *work_panel(view, key),
        html.H2("The contact"),
        facts(case),
    ]


def _day(text: str | None) -> date | None:
    """A hint in which file to look; other texts give no hint."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


PAGE = Page(
    "/judge",
    "Judge",
    "What do you make of this contact, before you read why it was flagged?",
    render,
    audience="analyst",
    weekly=False,
    filtered=False,
    keep=False,
    under=CASES,
    group=CASES_GROUP,
    notes_itself=True,
)

"""Routes of the work on cases: verdicts given blind, verdicts taken back, who has a case, until when, notes, saved views.

As with all routes of cases: the role is asked for twice, what is done is logged before it is done, and a form from
elsewhere reaches none of them.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

import flask

from dashboards.access import Registry, audit, require
from dashboards.access.audit import Fact
from dashboards.access.names import canonical
from dashboards.access.request_user import may_be_assigned, now
from dashboards.access.same_origin import local_path
from dashboards.casebook.blind import open_questions
from dashboards.casebook.case import is_known
from dashboards.casebook.casework import Casework, CaseworkError
from dashboards.casebook.claims import find_claim
from dashboards.casebook.flags import FlaggedContact, flags_of_contacts
from dashboards.casebook.history import given_verdict
from dashboards.casebook.key import CaseKey
from dashboards.casebook.review_log import VERDICTS, ReviewLog, Verdict
from dashboards.casebook.verdicts import recorded_since
from dashboards.components.view import View
from dashboards.pages.cases.address import read_case_query
from dashboards.pages.cases.requests import (
    Answer,
    Form,
    RefusedError,
    ViewOf,
    answered,
    as_of,
    one_of,
    require_own,
    sent_form,
    sent_key,
    sent_reason,
)

#: Pages of which a view may be saved.
VIEWED = ("/cases", "/search")
#: Between looking whether a flag still waits and recording the verdict nobody else of this process records one.
_JUDGING = threading.Lock()


def add_work_routes(server: flask.Flask, registry: Registry, view_of: ViewOf) -> None:
    """``view_of`` gives the view of a path and a query to whoever asks."""
    for rule, act in (
        ("/judge/verdict", _judge_blind),
        ("/review/verdict", _judge_claim),
        ("/case/undo", _undo_verdict),
        ("/case/assign", _assign),
        ("/case/due", _set_due),
        ("/case/note", _add_note),
        ("/cases/views", _save_view),
    ):
        registry.enter_route(server, "POST", rule, "analyst")(partial(_answer, act, view_of))


def _answer(act: Callable[[ViewOf], Answer], view_of: ViewOf) -> Answer:
    def kept() -> Answer:
        try:
            return act(view_of)
        except CaseworkError as error:
            raise RefusedError("This cannot be kept", str(error)) from error

    return answered(kept)


def _judge_blind(view_of: ViewOf) -> Answer:
    user, form = require("review"), sent_form()
    view, key = view_of("/judge", None), sent_key(form, "contact")
    verdict: Verdict = one_of(form, "verdict", VERDICTS)  # type: ignore[assignment]
    given = _Given(form.get("flags", ""), verdict, sent_reason(form, verdict), user.name)
    with _JUDGING:
        _judge(view, key, given)
    return _back(form)


def _judge_claim(view_of: ViewOf) -> Answer:
    user, form = require("review"), sent_form()
    key, verdict = sent_key(form, "claim"), one_of(form, "verdict", ("right", "wrong", "undo"))
    view = view_of("/review", None)
    log = ReviewLog(view.data_dir)
    found = find_claim(view.queries, log.claim_verdicts_since(as_of(view)), key)
    if found is None:
        raise RefusedError("There is no such claim", "The claim is not part of the sample any more.", 404)
    claim = found.claim
    if verdict == "undo":
        if found.is_right is not None:
            require_own(user, found.judged_by)
            audit("review", system=claim.system, claim=claim.claim_id, verdict="undone")
            log.undo_claim(claim, found.counted if found.is_new else None, at=now())
    # A button pressed twice says nothing more.
    elif (found.is_right, found.judged_by, found.is_new) != (verdict == "right", user.name, True):
        seen = user.name in Casework(view.data_dir).of(claim.system, found.contact_id).seen_by
        blind = form.get("blind") == "yes" and found.is_right is None and not seen
        audit("review", system=claim.system, claim=claim.claim_id, verdict=verdict)
        log.judge_claim(claim, is_right=verdict == "right", by=user.name, at=now(), blind=blind)
    return _back(form, "/review")


def _undo_verdict(view_of: ViewOf) -> Answer:
    user, form = require("review"), sent_form()
    view, key = view_of("/case", None), sent_key(form, "contact")
    recorded = recorded_since(view.data_dir, as_of(view))
    given = given_verdict(view.queries, recorded, key, form.get("disposition", ""))
    if given is None:
        return _back(form)  # It is undone already: the button was pressed twice.
    require_own(user, given.decided_by)
    audit("review", system=key.system, contact=key.contact_id, rule=given.rule, verdict="undone")
    ReviewLog(view.data_dir).undo_flag(given, at=now())
    return _back(form)


def _assign(view_of: ViewOf) -> Answer:
    user, form = require("assign case"), sent_form()
    view, key = _known_case(view_of, form)
    to = canonical(form.get("to", "")) or None
    if to is not None and not may_be_assigned(to):
        raise RefusedError("Nobody of this name reviews cases", "Name a user whose role is analyst or admin.")
    _log("assigned", key, to=to)
    Casework(view.data_dir).assign(key.system, key.contact_id, to, by=user.name, at=now())
    return _back(form)


def _set_due(view_of: ViewOf) -> Answer:
    user, form = require("assign case"), sent_form()
    view, key = _known_case(view_of, form)
    day = _day(form.get("due", ""))
    _log("due", key, due=day.isoformat() if day else None)
    Casework(view.data_dir).set_due(key.system, key.contact_id, day, by=user.name, at=now())
    return _back(form)


def _add_note(view_of: ViewOf) -> Answer:
    user, form = require("note case"), sent_form()
    view, key = _known_case(view_of, form)
    _log("noted", key)
    Casework(view.data_dir).note(key.system, key.contact_id, form.get("note", ""), by=user.name, at=now())
    return _back(form)


def _save_view(view_of: ViewOf) -> Answer:
    user, form = require("open case"), sent_form()
    casework = Casework(view_of("/cases", None).data_dir)
    if "remove" in form:
        casework.remove_view(form["remove"], by=user.name, at=now())
        return _back(form)
    path = one_of(form, "path", VIEWED)
    # What means nothing today would mean nothing tomorrow: only an address that can be read is kept.
    view = view_of(path, form.get("query", ""))
    if view.selection.unknown:
        raise RefusedError("This asks for what is not there", view.selection.unknown[0].text)
    read_case_query(view)
    casework.save_view(form.get("name", ""), path, view.selection.query, by=user.name, at=now())
    return flask.redirect(f"{path}{view.selection.query}", 303)


@dataclass(frozen=True)
class _Given:
    """A verdict as sent: on the flags that ``token`` names, by the user ``by``."""

    token: str
    verdict: Verdict
    reason: str
    by: str


def _judge(view: View, key: CaseKey, given: _Given) -> None:
    """Record a verdict on the flags that it names, all of which must still wait for one."""
    recorded = recorded_since(view.data_dir, as_of(view))
    flags = flags_of_contacts(view.queries, recorded, [key])[key]
    question = next((each for each in open_questions(flags) if each.token == given.token), None)
    if question is None:
        _require_said_already(flags, given, {each.rule for each in recorded.of(key, by=given.by)})
        return
    seen = given.by in Casework(view.data_dir).of(key.system, key.contact_id).seen_by
    at = now()
    for flag in question.flags:
        audit("review", system=key.system, contact=key.contact_id, rule=flag.rule, verdict=given.verdict)
        ReviewLog(view.data_dir).judge_flag(
            key,
            rule=flag.rule,
            verdict=given.verdict,
            reason=given.reason,
            evidence_hash=flag.evidence_hash,
            by=given.by,
            at=at,
            blind=not seen,
        )


def _require_said_already(flags: tuple[FlaggedContact, ...], given: _Given, judged: set[str]) -> None:
    """Raises RefusedError unless the same person, who judged these rules, said the same: a button pressed twice."""
    named = [flag for flag in flags if flag.evidence_hash in given.token.split()]
    if not named:
        raise RefusedError("The case has changed", "A night has passed since you opened it. Look at it again.", 409)
    if all(flag.verdict == given.verdict and flag.rule in judged for flag in named):
        return
    raise RefusedError(
        "It has been judged meanwhile",
        "Somebody gave a verdict while you had the case open. Yours was not recorded; open the case again to see it.",
        409,
    )


def _known_case(view_of: ViewOf, form: Form) -> tuple[View, CaseKey]:
    view, key = view_of("/case", None), sent_key(form, "contact")
    if not is_known(view.queries, key):
        raise RefusedError("There is no such case", "No eligible contact of this id is known here any more.", 404)
    return view, key


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise RefusedError("This is not a day", "Write the day as 2026-11-22, or leave it empty.") from error


def _log(what: str, key: CaseKey, **facts: Fact) -> None:
    audit("case work", system=key.system, contact=key.contact_id, what=what, **facts)


def _back(form: Form, otherwise: str = "/cases") -> Answer:
    return flask.redirect(local_path(form.get("back", otherwise)), 303)

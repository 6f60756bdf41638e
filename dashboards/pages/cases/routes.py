"""Routes of the pages that know single cases: the search for a customer, the download, and what reviewers record.

Each says who may ask it, and asks once more before it acts; a request that may change something reaches none of
them unless it comes from a page of ours (``access.origins``). What is done is logged first: what cannot be logged does
not happen.
"""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import flask
import polars as pl
import polars.selectors as cs
from werkzeug.datastructures import ImmutableMultiDict

from dashboards.access import Registry, audit, require, safe_cells
from dashboards.access.request_user import now
from dashboards.access.same_origin import local_path
from dashboards.access.screens import notice_screen
from dashboards.casebook.claims import find_claim
from dashboards.casebook.customers import SearchError, customer_key, customer_of_alias
from dashboards.casebook.flags import flag_rows, flags_of_contact, with_sentences
from dashboards.casebook.key import CaseKey
from dashboards.casebook.review_log import LONGEST_REASON, VERDICTS, ReviewLog, Verdict
from dashboards.casebook.verdicts import recorded_since
from dashboards.components.view import AddressError, View
from dashboards.pages.cases.address import read_case_query
from pipelines.contract import CASE_RULES
from pipelines.snapshot import SnapshotError

_LOG = logging.getLogger(__name__)
_Answer = flask.typing.ResponseReturnValue
_ViewOf = Callable[[str, str | None], View]

_LONGEST_FORM = 65_536
#: Flags in one download; a spreadsheet opens no more than a million lines, and nobody reads as many.
MOST_EXPORTED = 50_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _RefusedError(ValueError):
    """What was sent cannot be acted on; title, sentence and status are the answer."""

    def __init__(self, title: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.title, self.status = title, status


def add_case_routes(server: flask.Flask, registry: Registry, view_of: _ViewOf) -> None:
    """``view_of`` gives the view of a path and a query to whoever asks, and raises as ``CurrentSnapshot.view`` does."""

    @registry.enter_route(server, "POST", "/cases/find", "analyst")
    def find_customer() -> _Answer:
        require("find customer")

        def find() -> _Answer:
            try:
                key = customer_key(_form().get("customer", ""))
            except SearchError as error:
                return flask.redirect(f"/cases?search={error.code}", 303)
            key = customer_of_alias(view_of("/cases", "").queries, key)
            audit("search", customer=key)
            return flask.redirect(f"/cases?customer={key}", 303)

        return _answered(find)

    @registry.enter_route(server, "GET", "/cases/export.csv", "analyst", by_person=True)
    def export_cases() -> _Answer:
        require("export cases")

        def export() -> _Answer:
            view = view_of("/cases", flask.request.query_string.decode("latin-1"))
            if view.selection.unknown:
                raise _RefusedError("This asks for what is not there", view.selection.unknown[0].text)
            asked = read_case_query(view)
            rows = flag_rows(view.queries, asked, recorded_since(view.data_dir, _as_of(view)), 0, MOST_EXPORTED)
            audit("export", what="cases", rows=rows.height, selection=view.selection.query, customer=asked.customer)
            return _download(with_sentences(rows, view.frames.time_zone))

        return _answered(export)

    @registry.enter_route(server, "POST", "/case/disposition", "analyst")
    def judge_flag() -> _Answer:
        user = require("review")

        def judge() -> _Answer:
            form = _form()
            key, rule = _key(form, "contact"), _one_of(form, "rule", tuple(CASE_RULES))
            verdict: Verdict = _one_of(form, "verdict", VERDICTS)  # type: ignore[assignment]
            reason = form.get("reason", "")
            if len(reason) > LONGEST_REASON:
                raise _RefusedError("This reason is too long", f"At most {LONGEST_REASON:,} characters are kept.")
            view = view_of("/case", None)
            flag = next((each for each in flags_of_contact(view.queries, key) if each.rule == rule), None)
            if flag is None:
                raise _RefusedError("There is no such flag", "The contact is not flagged by this rule any more.", 404)
            if flag.evidence_hash != form.get("evidence_hash"):
                raise _RefusedError(
                    "The evidence has changed", "A night has passed since you opened the case. Look at it again.", 409
                )
            audit("review", system=key.system, contact=key.contact_id, rule=rule, verdict=verdict)
            ReviewLog(view.data_dir).judge_flag(
                flag.key,
                rule=rule,
                verdict=verdict,
                reason=reason,
                evidence_hash=flag.evidence_hash,
                by=user.name,
                at=now(),
            )
            address = {"system": key.system, "contact": key.contact_id, "day": key.day.isoformat()}
            return flask.redirect(f"/case?{urlencode(address)}#flag-{flag.code}", 303)

        return _answered(judge)

    @registry.enter_route(server, "POST", "/review/verdict", "analyst")
    def judge_claim() -> _Answer:
        user = require("review")

        def judge() -> _Answer:
            form = _form()
            key, verdict = _key(form, "claim"), _one_of(form, "verdict", ("right", "wrong"))
            view = view_of("/review", None)
            claim = find_claim(view.queries, key.system, key.contact_id, key.day)
            if claim is None:
                raise _RefusedError("There is no such claim", "The claim is not part of the sample any more.", 404)
            audit("review", system=claim.system, claim=claim.claim_id, verdict=verdict)
            ReviewLog(view.data_dir).judge_claim(claim, is_right=verdict == "right", by=user.name, at=now())
            return flask.redirect(local_path(form.get("back", "/review")), 303)

        return _answered(judge)


def _answered(act: Callable[[], _Answer]) -> _Answer:
    """What ``act`` answers, or a page that says why it cannot be done."""
    try:
        return act()
    except _RefusedError as error:
        return notice_screen(error.title, str(error), error.status)
    except AddressError as error:
        return notice_screen("This address means nothing here", str(error), 400)
    except SnapshotError as error:
        return notice_screen("There is nothing to show yet", str(error), 503)
    except OSError as error:
        _LOG.error("what a reviewer sent could not be kept: %s", error)
        return notice_screen("This could not be kept", "The server's log says why. Nothing was recorded.", 500)


def _form() -> ImmutableMultiDict[str, str]:
    flask.request.max_content_length = _LONGEST_FORM
    return flask.request.form


def _one_of(form: ImmutableMultiDict[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value: str = form.get(name, "")
    if value not in allowed:
        raise _RefusedError("This cannot be recorded", f"{name} is none of {', '.join(allowed)}.")
    return value


def _key(form: ImmutableMultiDict[str, str], name: str) -> CaseKey:
    """System, id and day as sent; whether there is such a case the snapshot says."""
    try:
        return CaseKey(form["system"], form[name], date.fromisoformat(form["day"]))
    except (KeyError, ValueError) as error:
        raise _RefusedError("This cannot be recorded", f"system, {name} and day do not name anything.") from error


def _as_of(view: View) -> datetime:
    return view.frames.manifest.as_of.astimezone(UTC)


def _download(rows: pl.DataFrame) -> flask.Response:
    """The rows as CSV that no spreadsheet runs: every text in quotes, formulas as text."""
    safe = rows.with_columns(safe_cells(cs.string()))
    content = _BYTE_ORDER_MARK + safe.write_csv(quote_style="non_numeric").encode()
    headers = {"Content-Disposition": 'attachment; filename="cases.csv"'}
    return flask.Response(content, 200, headers, mimetype="text/csv")

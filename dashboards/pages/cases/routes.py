"""Routes of the pages that know single cases: the search for a customer, the download, and what reviewers record.

Each says who may ask it, and asks once more before it acts; a request that may change something reaches none of
them unless it comes from a page of ours (``access.origins``). What is done is logged first: what cannot be logged does
not happen.
"""

from dataclasses import replace
from urllib.parse import urlencode

import flask
import polars as pl
import polars.selectors as cs

from dashboards.access import Registry, audit, require, safe_cells
from dashboards.access.request_user import now
from dashboards.access.same_origin import local_path
from dashboards.casebook.casework import plain_text
from dashboards.casebook.customers import SearchError, customer_key, customer_of_alias
from dashboards.casebook.flags import flag_rows, flags_of_contact, with_sentences
from dashboards.casebook.review_log import VERDICTS, ReviewLog, Verdict
from dashboards.casebook.verdicts import recorded_since
from dashboards.pages.cases.address import read_case_query
from dashboards.pages.cases.requests import (
    Answer,
    RefusedError,
    ViewOf,
    answered,
    as_of,
    one_of,
    sent_form,
    sent_key,
    sent_reason,
)
from pipelines.contract import CASE_RULES

#: Flags in one download; a spreadsheet opens no more than a million lines, and nobody reads as many.
MOST_EXPORTED = 50_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def add_case_routes(server: flask.Flask, registry: Registry, view_of: ViewOf) -> None:
    """``view_of`` gives the view of a path and a query to whoever asks, and raises as ``CurrentSnapshot.view`` does."""

    @registry.enter_route(server, "POST", "/cases/find", "analyst")
    def find_customer() -> Answer:
        require("find customer")

        def find() -> Answer:
            try:
                key = customer_key(sent_form().get("customer", ""))
            except SearchError as error:
                return flask.redirect(f"/cases?search={error.code}", 303)
            key = customer_of_alias(view_of("/cases", "").queries, key)
            audit("search", customer=key)
            return flask.redirect(f"/cases?customer={key}", 303)

        return answered(find)

    @registry.enter_route(server, "GET", "/cases/export.csv", "analyst", by_person=True)
    def export_cases() -> Answer:
        require("export cases")

        def export() -> Answer:
            view = view_of("/cases", flask.request.query_string.decode("latin-1"))
            if view.selection.unknown:
                raise RefusedError("This asks for what is not there", view.selection.unknown[0].text)
            asked = replace(read_case_query(view), work="")
            rows = flag_rows(view.queries, asked, recorded_since(view.data_dir, as_of(view)), 0, MOST_EXPORTED)
            audit("export", what="cases", rows=rows.height, selection=view.selection.query, customer=asked.customer)
            return _download(with_sentences(rows, view.frames.time_zone))

        return answered(export)

    @registry.enter_route(server, "POST", "/case/disposition", "analyst")
    def judge_flag() -> Answer:
        user = require("review")

        def judge() -> Answer:
            form = sent_form()
            key, rule = sent_key(form, "contact"), one_of(form, "rule", tuple(CASE_RULES))
            verdict: Verdict = one_of(form, "verdict", VERDICTS)  # type: ignore[assignment]
            reason = sent_reason(form, verdict)
            view = view_of("/case", None)
            flag = next((each for each in flags_of_contact(view.queries, key) if each.rule == rule), None)
            if flag is None:
                raise RefusedError("There is no such flag", "The contact is not flagged by this rule any more.", 404)
            if flag.evidence_hash != form.get("evidence_hash"):
                raise RefusedError(
                    "The evidence has changed", "A night has passed since you opened the case. Look at it again.", 409
                )
            latest = recorded_since(view.data_dir, as_of(view)).latest(key, rule)
            same = (user.name, verdict, plain_text(reason), flag.evidence_hash)
            # A button pressed twice says nothing more.
            if latest is None or (latest.decided_by, latest.verdict, latest.reason, latest.evidence_hash) != same:
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
            address = urlencode({"system": key.system, "contact": key.contact_id, "day": key.day.isoformat()})
            return flask.redirect(local_path(form.get("back", f"/case?{address}#flag-{flag.code}")), 303)

        return answered(judge)


def _download(rows: pl.DataFrame) -> flask.Response:
    """The rows as CSV that no spreadsheet runs: every text in quotes, formulas as text."""
    safe = rows.with_columns(safe_cells(cs.string()))
    content = _BYTE_ORDER_MARK + safe.write_csv(quote_style="non_numeric").encode()
    headers = {"Content-Disposition": 'attachment; filename="cases.csv"'}
    return flask.Response(content, 200, headers, mimetype="text/csv")

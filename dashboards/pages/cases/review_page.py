"""Review: the random sample of the AI's claims, one at a time with what was said, and how far the reviewers are.

How sure the AI was, and what was recorded as claimed, are not sent before the verdict (the latter only where the
transcript says what the AI said).
"""

from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.access import audit
from dashboards.access.request_user import now
from dashboards.casebook.blind import without_sentiment
from dashboards.casebook.casework import Casework
from dashboards.casebook.claims import LATEST_DAYS, ClaimPage, SampledClaim, claim_page, find_claim
from dashboards.casebook.key import CaseKey
from dashboards.casebook.review_log import ClaimVerdict, ReviewLog
from dashboards.casebook.transcript import transcript
from dashboards.components.blocks import aria_label, lead_of_view
from dashboards.components.forms import button, field, form, on_key, shown_key
from dashboards.components.view import CASES_GROUP, AddressError, Page, View
from dashboards.pages.cases.claim_cards import asked_card, claim_card, hidden_card
from dashboards.pages.cases.list_bar import keys_line
from dashboards.pages.cases.reader import reader_name
from dashboards.pages.cases.transcript import MarkedTurns, transcript_pages
from dashboards.snapshot.address import written

_KEYS = (("1", "right"), ("2", "wrong"), ("j", "next"))


def render(view: View) -> list[Component]:
    """The page. Raises AddressError, and as ``audit`` does if it cannot be logged that a contact is shown."""
    given = ReviewLog(view.data_dir).claim_verdicts_since(view.frames.manifest.as_of)
    day = _day(view.selection.argument("day"))
    shown = claim_page(view.queries, given, view.filters, day, view.number("page", 1))
    focus = _focus(view, shown, given)
    if focus is not None:
        audit("case", system=focus.claim.system, contact=focus.contact_id)
    here = view.here(_names(focus)) if focus else view.here({})
    rest = [each for each in shown.rows if focus is None or each.claim != focus.claim]
    return [
        lead_of_view(view, _title(shown), _detail(shown)),
        *(_judging(view, focus, shown, here) if focus else []),
        _days(view),
        *(
            [html.P(f"{wording.count(len(given))} verdicts were recorded since the last night.", className="sub")]
            if given
            else []
        ),
        html.Div([_card(view, each, here) for each in rest], className="claims"),
        *_pager(view, shown),
    ]


def _focus(view: View, shown: ClaimPage, given: tuple[ClaimVerdict, ...]) -> SampledClaim | None:
    """The claim that the address names, else the first of the page without a verdict."""
    system, claim, on = (view.selection.argument(name) for name in ("system", "claim", "on"))
    if not (system and claim and on):
        return next((each for each in shown.rows if each.is_right is None), None)
    day = _day(on, "on")
    found = find_claim(view.queries, given, CaseKey(system, claim, day)) if day else None
    if found is None:
        raise AddressError("This claim is not part of the sample.")
    return found


def _names(each: SampledClaim) -> dict[str, str | None]:
    """The arguments that name a claim, instead of those of a place in another one's transcript."""
    claim = each.claim
    return {"system": claim.system, "claim": claim.claim_id, "on": each.day.isoformat(), "turns": None}


def _judging(view: View, each: SampledClaim, shown: ClaimPage, here: str) -> list[Component]:
    """What was said, and the question; with a verdict all that is known of the claim."""
    said = transcript(view.queries, each.key, view.number("turns", 1))
    blind = each.is_right is None
    if not blind and reader_name():
        # From now on the reader knows how sure the AI was in this contact.
        Casework(view.data_dir).mark_seen(each.claim.system, each.contact_id, by=reader_name(), at=now())
    turn = each.claim.turn_index
    marks = () if turn is None else ((each.claim.leg_id, turn, "the claim"),)
    words = transcript_pages(view, without_sentiment(said) if blind else said, MarkedTurns(marks), argument="turns")
    card = asked_card(view, each, here, value=not said.total) if blind else claim_card(view, each, here)
    main = html.Div([html.H2("What was said"), *words], className="case-main")
    side = [html.H2("Your verdict"), card, *_next(view, each, shown), keys_line(*_KEYS)]
    return [html.Div([main, html.Div(side, className="case-side")], className="case judging")]


def _next(view: View, each: SampledClaim, shown: ClaimPage) -> list[Component]:
    """The way to the next claim of the page without a verdict, from its start again at its end."""
    rows = shown.rows
    at = next((place for place, row in enumerate(rows) if row.claim == each.claim), -1)
    following = next((row for row in (*rows[at + 1 :], *rows[: max(at, 0)]) if row.is_right is None), None)
    if following is None:
        return []
    link = dcc.Link("Next claim", href=view.here(_names(following)))
    return [html.P(html.Span([link, *shown_key("j")], **on_key("j")), className="list-bar")]


def _card(view: View, each: SampledClaim, here: str) -> Component:
    if each.is_right is None:
        return hidden_card(view, each, view.here(_names(each)))
    return claim_card(view, each, here)


def _title(shown: ClaimPage) -> str:
    if not shown.total:
        return "No claim was drawn for review here."
    if shown.judged == shown.total:
        return f"All {wording.count(shown.total)} claims drawn have a verdict."
    return (
        f"{wording.count(shown.total - shown.judged)} of {wording.count(shown.total)} claims drawn wait for a verdict."
    )


def _detail(shown: ClaimPage) -> str:
    if shown.first is None or shown.last is None:
        return "A sample is drawn every night from the claims that the AI made with a stated confidence."
    days = (
        f"{shown.first:%-d %b %Y}" if shown.first == shown.last else f"{shown.first:%-d %b} to {shown.last:%-d %b %Y}"
    )
    return (
        f"Contacts of {days}. The sample is drawn by chance, so that what you find stands for all claims of the AI: judge "
        "each as it comes, not those that look wrong."
    )


def _days(view: View) -> Component:
    kept = {dimension.name: [written(value) for value in values] for dimension, values in view.filters}
    day = view.selection.argument("day") or ""
    line = field("Day", "day", day, most=10, hint=f"the latest {LATEST_DAYS}", pattern=r"\d{4}-\d{2}-\d{2}")
    return html.Section(
        form(view.path, [line, button("Show")], hidden=kept, post=False, label="Day"), className="search"
    )


def _pager(view: View, shown: ClaimPage) -> list[Component]:
    if shown.pages == 1:
        return []
    links: list[Component] = []
    links += [dcc.Link("Previous page", href=view.here({"page": str(shown.number - 1)}))] if shown.number > 1 else []
    links.append(html.Span(f"Page {shown.number} of {shown.pages}"))
    links += (
        [dcc.Link("Next page", href=view.here({"page": str(shown.number + 1)}))] if shown.number < shown.pages else []
    )
    return [html.Nav(links, className="pager", **aria_label("Pages of claims"))]


def _day(text: str | None, name: str = "day") -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise AddressError(f"{name} = {text[:60]!r} is not a day; write one such as 2026-11-22.") from error


PAGE = Page(
    "/review",
    "Review",
    "Is what the AI claims right? A random sample to judge.",
    render,
    audience="analyst",
    weekly=False,
    keep=False,
    group=CASES_GROUP,
)

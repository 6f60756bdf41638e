"""Review: the random sample of the AI's claims, those that nobody has judged first, and how far the reviewers are."""

from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.casebook.claims import LATEST_DAYS, ClaimPage, claim_page
from dashboards.casebook.review_log import ReviewLog
from dashboards.components.blocks import aria_label, lead_of_view
from dashboards.components.forms import button, field, form
from dashboards.components.view import CASES_GROUP, AddressError, Page, View
from dashboards.pages.cases.claim_cards import claim_card
from dashboards.snapshot.address import written


def render(view: View) -> list[Component]:
    """The page. Raises AddressError."""
    given = ReviewLog(view.data_dir).claim_verdicts_since(view.frames.manifest.as_of)
    day = _day(view.selection.argument("day"))
    shown = claim_page(view.queries, given, view.filters, day, view.number("page", 1))
    back = view.here({"page": str(shown.number) if shown.number > 1 else None})
    return [
        lead_of_view(view, _title(shown), _detail(shown)),
        _days(view),
        *(
            [html.P(f"{wording.count(len(given))} verdicts were recorded since the last night.", className="sub")]
            if given
            else []
        ),
        html.Div([claim_card(view, each, back) for each in shown.rows], className="claims"),
        *_pager(view, shown),
    ]


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
        "each as it comes, not those that look wrong. Open the contact to see what was said."
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


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise AddressError(f"day = {text[:60]!r} is not a day; write one such as 2026-11-22.") from error


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

"""Search: where in the redacted transcripts of flagged contacts words were said. Every search is logged."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.access import audit
from dashboards.casebook.case_query import SEVERITIES
from dashboards.casebook.safe_text import name, segment, shortened
from dashboards.casebook.search import Hit, Hits, search
from dashboards.casebook.transcript_index import LONGEST_WORDS, SearchWordsError
from dashboards.components.blocks import aria_label, choices, lead, lead_of_view
from dashboards.components.forms import button, field, form
from dashboards.components.links import CASES, case_link
from dashboards.components.view import CASES_GROUP, Page, View
from dashboards.pages.cases.address import read_case_query, segment_group
from dashboards.pages.cases.saved_views import views_section
from dashboards.snapshot.address import written
from dashboards.wording.flags import rule_name
from pipelines.contract import CASE_RULES
from pipelines.privacy.redaction import redact

_SPEAKERS = {"customer": "Customer", "ai": "AI", "agent": "Agent", "system": "System"}
_LONGEST_SNIPPET = 600


def render(view: View) -> list[Component]:
    """The page. Raises AddressError, and as ``audit`` does if the search cannot be logged."""
    asked, typed = read_case_query(view), (view.selection.argument("words") or "").strip()
    if not typed:
        return [lead_of_view(view, "Search what was said.", _ABOUT), _form(view, typed), views_section(view)]
    try:
        found = search(view.queries, view.data_dir, typed, asked, view.number("page", 1))
    except SearchWordsError as error:
        return [lead("Nothing was searched.", str(error)), _form(view, typed)]
    # Words that nobody said may be anything that somebody typed, a name as well: their shape is logged.
    logged = redact(typed) if found.total else f"text, {len(typed):,} characters"
    audit("search", page=view.path, words=logged, hits=found.total)
    return [
        lead_of_view(view, _title(found), _ABOUT),
        _form(view, typed),
        views_section(view),
        *([html.P(f"Only in {segment_group(asked.segment).words}.", className="sub")] if asked.segment else []),
        choices("Severity", view, "severity", {"": "all", **SEVERITIES}, str(asked.severity or "")),
        choices("Rule", view, "rule", {"": "all", **{rule: rule_name(rule) for rule in CASE_RULES}}, asked.rule or ""),
        *([html.Ul([_hit(view, each) for each in found.rows], className="panel hits")] if found.rows else []),
        *_pager(view, found),
    ]


_ABOUT = (
    "Searched are the redacted transcripts of flagged contacts. All words must be said in one turn; “two words” in quotes "
    "stand side by side; refund* also finds refunds. Every search is logged."
)


def _title(found: Hits) -> str:
    if not found.total:
        return "Nobody said this in a flagged contact."
    return f"Said in {wording.plural(found.total, 'flagged contact')}, the latest first."


def _form(view: View, typed: str) -> Component:
    arguments = view.selection.arguments
    kept: dict[str, str | list[str]] = {
        key: value for key, value in arguments if key in ("rule", "severity", "segment", "agent")
    }
    kept |= {dimension.name: [written(value) for value in values] for dimension, values in view.filters}
    days = {key: view.selection.argument(key) or "" for key in ("from", "to")}
    pattern = r"\d{4}-\d{2}-\d{2}"
    fields: list[Component] = [
        field("Words", "words", typed, most=LONGEST_WORDS),
        field("From day", "from", days["from"], most=10, hint="YYYY-MM-DD", pattern=pattern),
        field("To day", "to", days["to"], most=10, hint="YYYY-MM-DD", pattern=pattern),
        button("Search"),
    ]
    return html.Section(form(view.path, fields, hidden=kept, post=False, label="Search"), className="search alone")


def _hit(view: View, hit: Hit) -> Component:
    said = hit.snippet
    way = case_link(view, hit.key, leg=said.leg_id, at=str(said.turn_index))
    where = [segment(of, value, 60) for of, value in (("queue", hit.queue), ("issue", hit.issue)) if value]
    about = [f"{hit.key.day:%-d %b %Y}", wording.mode_name(hit.mode), *where, wording.plural(hit.flags, "flag")]
    more = [f" · said in {hit.turns} turns"] if hit.turns > 1 else []
    words = [
        html.Mark(shortened(text, _LONGEST_SNIPPET)) if found else shortened(text, _LONGEST_SNIPPET)
        for text, found in said.pieces
    ]
    return html.Li(
        [
            html.P(
                [html.Span(f"{_SPEAKERS.get(said.speaker, name(said.speaker, 40))}: ", className="speaker"), *words],
                className="said",
                dir="auto",
            ),
            html.P(
                [dcc.Link(name(hit.key.contact_id, 60), href=way, className="id"), f" {' · '.join(about)}", *more],
                className="basis",
            ),
        ]
    )


def _pager(view: View, found: Hits) -> list[Component]:
    if found.pages == 1:
        return []
    links: list[Component] = []
    links += [dcc.Link("Previous page", href=view.here({"page": str(found.number - 1)}))] if found.number > 1 else []
    links.append(html.Span(f"Page {found.number} of {found.pages}"))
    links += (
        [dcc.Link("Next page", href=view.here({"page": str(found.number + 1)}))] if found.number < found.pages else []
    )
    return [html.Nav(links, className="pager", **aria_label("Pages of what was found"))]


PAGE = Page(
    "/search",
    "Search",
    "Where did anybody say this?",
    render,
    audience="analyst",
    weekly=False,
    keep=False,
    under=CASES,
    group=CASES_GROUP,
)

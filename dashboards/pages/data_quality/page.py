"""Data quality: what became of every record, what was rejected and why, which checks failed, how runs went."""

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import choices, lead, table
from dashboards.components.view import DATA, Page, View
from dashboards.pages.data_quality.data_docs_route import INDEX, audited_at
from dashboards.pages.data_quality.quarantine import (
    PAGE_ROWS,
    PastRun,
    QuarantinePage,
    Reason,
    history,
    quarantine_page,
    reason_weeks,
    reasons,
)
from dashboards.pages.data_quality.sections import arrivals_section, fill_section, rejected_by_week, runs_section
from dashboards.panels.panel import Table
from dashboards.results.caveats import caveats
from dashboards.results.data_quality import DataQuality, data_quality
from dashboards.results.linkage import (
    AliasKind,
    SurveyAnswers,
    alias_kinds,
    joined_sentence,
    survey_answers,
    unlinked_sentence,
)
from dashboards.results.weekly_results import compute_results
from dashboards.wording.data_quality import last_run
from pipelines.contract.notices import Notice, listed
from pipelines.contract.published import SURVEY_FATES

_SCOPES: Mapping[str, str] = {"all": "everything", "file": "files", "row": "records", "value": "values"}


def render(view: View) -> list[Component]:
    """The page. Raises AddressError for a page, scope or source that there is not."""
    frames = view.queries.frames
    quality = data_quality(frames.manifest, frames.checks, frames.ledger)
    sources: Mapping[str, str] = {"": "all sources", **{each.source: each.source for each in quality.sources}}
    found = reasons(view.queries)
    ledger = quality.ledger
    return [
        lead(_headline(quality), _balance(quality)),
        html.H2("Ledger: what became of every record"),
        html.P(
            "Records in = accepted + duplicates + superseded + quarantined + filtered; a check that blocks publication asserts it.",
            className="sub",
        ),
        html.Div(table(_sources(quality)), className="panel wide"),
        *_caveats(view, quality),
        *_input(view),
        *arrivals_section(view),
        *fill_section(view),
        html.H2("Checks"),
        html.P(_checks(quality), className="sub"),
        *([html.Div(table(_failed(quality), words=True), className="panel wide")] if quality.failed else []),
        *_docs(view),
        *_links(view),
        html.H2("Quarantine: what was rejected, and why"),
        html.P(
            f"{wording.count(ledger.quarantined)} records, and values that could not be read (their records were accepted).",
            className="sub",
        ),
        *([html.Div(table(_reasons(found), words=True), className="panel wide")] if found else []),
        *rejected_by_week(reason_weeks(view.queries, found, frames.time_zone)),
        *(_single_rejects(view, sources) if view.sees_cases else []),
        html.H2("Runs"),
        html.P(last_run(view.status, frames.time_zone), className="sub"),
        *runs_section(view),
        html.Div(table(_runs(history(view.data_dir), frames.time_zone)), className="panel wide"),
    ]


def _caveats(view: View, quality: DataQuality) -> list[Component]:
    """What must be known of the data before a figure is believed: coverage, sources that are missing, who is not heard."""
    if not view.frames.has_contacts:
        return []
    frames = view.queries.frames
    said = caveats(view.queries.remember("latest results", lambda: compute_results(frames)), frames, quality)
    return [html.H2("Caveats"), html.Ul([html.Li(line) for line in said], className="notes")] if said else []


def _input(view: View) -> list[Component]:
    """What the run had to say of its input: files that wait or cannot be read, columns that are not read, dates in doubt."""
    said = listed(Notice.from_rows(view.queries.frame("select * from ingest_notices")))
    if not said:
        return []
    return [
        html.H2("Input: what the run warned of"),
        html.Ul([html.Li(sentence) for sentence in said], className="sub"),
    ]


def _single_rejects(view: View, sources: Mapping[str, str]) -> list[Component]:
    """Rejects one by one, for those who see cases: where each stood, and why."""
    scope = view.choice("scope", _SCOPES, "all")
    source = view.choice("source", sources, "") or None
    shown = quarantine_page(view.queries, view.number("page", 1), source, None if scope == "all" else scope)
    return [
        choices("Shown", view, "scope", _SCOPES, scope),
        *([choices("Source", view, "source", sources, source or "")] if 2 < len(sources) < 13 else []),
        *_rejected(shown, view),
    ]


def _headline(quality: DataQuality) -> str:
    warning = len(quality.failed)
    # What is published has passed every check that blocks.
    held = f"{wording.plural(warning, 'check')} warn{'s' if warning == 1 else ''}" if warning else "all checks passed"
    ledger = quality.ledger
    aside = "no record was quarantined"
    if ledger.quarantined:
        aside = f"{wording.count(ledger.quarantined)} of {wording.count(ledger.rows_in)} records were quarantined"
    return f"{held[:1].upper()}{held[1:]}; {aside}."


def _balance(quality: DataQuality) -> str:
    ledger = quality.ledger
    refused = f", {wording.count(ledger.refused_files)} of which could not be read" if ledger.refused_files else ""
    return (
        f"{wording.count(ledger.rows_in)} records in {wording.count(ledger.files)} files{refused}: "
        f"{wording.count(ledger.accepted)} accepted, {wording.count(ledger.duplicates)} duplicates, "
        f"{wording.count(ledger.superseded)} superseded, {wording.count(ledger.quarantined)} quarantined{wording.left_out_by_filter(ledger.filtered)}."
    )


def _checks(quality: DataQuality) -> str:
    checks = quality.checks
    total = checks.passed + checks.warnings + checks.failures
    if not quality.failed:
        return f"All {wording.count(total)} checks passed."
    return f"{wording.count(checks.passed)} of {wording.count(total)} checks passed; failed:"


def _sources(quality: DataQuality) -> Table:
    headers = (
        "Source",
        "Files",
        "Refused",
        "Records",
        "Accepted",
        "Duplicates",
        "Superseded",
        "Quarantined",
        "Filtered",
        "Bad values",
    )
    names = (
        "files",
        "refused_files",
        "rows_in",
        "accepted",
        "duplicates",
        "superseded",
        "quarantined",
        "filtered",
        "bad_values",
    )
    rows = tuple(
        (wording.clipped(each.source), *(wording.count(getattr(each, name)) for name in names))
        for each in quality.sources
    )
    return Table(headers, rows)


def _failed(quality: DataQuality) -> Table:
    rows = tuple(
        (
            each.table,
            wording.clipped(each.check),
            each.severity,
            wording.clipped(each.expected or wording.MISSING, 300),
            wording.clipped(each.actual or wording.MISSING, 300),
            wording.MISSING if each.unexpected is None else wording.count(each.unexpected),
        )
        for each in quality.failed
    )
    return Table(("Table", "Check", "Severity", "Expected", "Found", "Rows"), rows)


def _links(view: View) -> list[Component]:
    """Identity coverage with the ids that were joined, and what became of survey answers; nothing where there are neither."""
    frames = view.queries.frames
    kinds, answers = alias_kinds(frames.identity_links), survey_answers(frames.survey_answers)
    if not (kinds or answers.fates):
        return []
    known, of = (int(frames.everything[name].sum()) for name in ("known_customer", "served_inbound"))
    coverage = f"The customer is known in {wording.count(known)} of {wording.count(of)} served inbound contacts."
    shown: list[Component] = [html.H2("How records find each other")]
    if kinds:
        shown += [
            html.P(f"{coverage} {joined_sentence(kinds)}", className="sub"),
            html.Div(table(_aliases(kinds)), className="panel wide"),
        ]
    if answers.fates:
        said = unlinked_sentence(answers) or "Every finished survey answer is linked to an eligible contact."
        shown += [
            html.P(said, className="sub"),
            html.Div(table(_answers(answers), words=True), className="panel wide"),
        ]
    return shown


def _aliases(kinds: tuple[AliasKind, ...]) -> Table:
    headers = ("Kind of id", "Ids", "Name several customers", "Followed one step only", "Used by contacts", "Contacts")
    names = ("aliases", "ambiguous", "chained", "used", "contacts")
    rows = tuple(
        (wording.clipped(each.kind), *(wording.count(getattr(each, name)) for name in names)) for each in kinds
    )
    return Table(headers, rows)


def _answers(answers: SurveyAnswers) -> Table:
    rows = tuple((SURVEY_FATES[fate].capitalize(), wording.count(number)) for fate, number in answers.fates)
    return Table(("What became of survey answers", "Answers"), rows)


def _docs(view: View) -> list[Component]:
    """The way to Data Docs, for those who may open them; a night whose checks stopped it has written them too."""
    audited = audited_at(view.data_dir) if view.sees_cases else None
    if audited is None:
        return []
    link = html.A("Data Docs", href=INDEX)
    when = wording.moment(audited, view.frames.time_zone)
    return [
        html.P(
            [link, f" show every check of every table, with rows that break it; last audit {when}."], className="sub"
        )
    ]


def _reasons(found: tuple[Reason, ...]) -> Table:
    rows = tuple(
        (
            wording.clipped(each.source),
            each.scope,
            wording.clipped(each.column) if each.column else wording.MISSING,
            wording.clipped(each.rule.replace("_", " ")),
            wording.count(each.rows),
        )
        for each in found[:30]
    )
    caption = f"{wording.count(len(found) - 30)} rarer ones are not listed." if len(found) > 30 else ""
    return Table(("Source", "What", "Column", "Rule", "Times"), rows, caption)


def _rejected(shown: QuarantinePage, view: View) -> list[Component]:
    if shown.total == 0:
        return [html.P("Nothing of this kind was rejected.", className="sub")]
    rows = tuple(
        (
            wording.clipped(each.file, 120),
            wording.clipped(each.position or wording.MISSING, 60),
            each.scope,
            wording.clipped(each.column) if each.column else wording.MISSING,
            wording.clipped(each.reason, 300),
        )
        for each in shown.rows
    )
    first = (shown.number - 1) * PAGE_ROWS + 1
    caption = f"{wording.count(first)} to {wording.count(first + len(rows) - 1)} of {wording.count(shown.total)}"
    links: list[Component | str] = []
    if shown.number > 1:
        links.append(dcc.Link("Previous page", href=view.here({"page": str(shown.number - 1)})))
    if shown.number < shown.pages:
        links += [" · "] if links else []
        links.append(dcc.Link("Next page", href=view.here({"page": str(shown.number + 1)})))
    content = Table(("File", "Position", "What", "Column", "Reason"), rows, caption)
    return [html.Div(table(content, words=True), className="panel wide"), html.P(links, className="sub after")]


def _runs(found: tuple[PastRun, ...], time_zone: str) -> Table:
    rows = tuple(
        (
            wording.moment(each.published_at, time_zone),
            wording.moment(each.as_of, time_zone),
            wording.count(each.rows_in),
            wording.count(each.quarantined),
            wording.count(each.checks_passed),
            wording.count(each.checks_failed),
            "yes" if each.is_current else "",
        )
        for each in found
    )
    headers = ("Published", "Data as of", "Records", "Quarantined", "Checks passed", "Failed", "Shown now")
    return Table(headers, rows, "Publications that are still kept, the latest first.")


PAGE = Page(
    "/data-quality",
    "Data quality",
    "What became of every record, and can the numbers be trusted?",
    render,
    weekly=False,
    filtered=False,
    group=DATA,
)

"""Putting the report of a snapshot in place, ``aftercall-<week>.html``, ``.json`` and ``.pdf``, and mailing it.

What is written is written before anything is mailed, so that a failing server costs the mail alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from dashboards.report.chromium import CHROMIUM_VARIABLE, Chromium, PrintingError, find_chromium
from dashboards.report.content import WeeklyReport, as_document, weekly_report
from dashboards.report.delivery import deliver, require_settings
from dashboards.report.mail import MailError, compose, compose_received
from dashboards.report.page import render, render_received, render_received_pages
from dashboards.report.printing import mail_pictures, print_report
from dashboards.report.without_contacts import ReceivedReport, received_document, received_report
from dashboards.snapshot.prior import prior_snapshot
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import ReportError, parse_week
from pipelines.config.presentation import ReportSettings, checked_address
from pipelines.snapshot import RunStatus, Snapshot, SnapshotStore, write_atomically

AnyReport = WeeklyReport | ReceivedReport
NO_CHROMIUM = f"no Chromium was found on this machine; install one, or name it in {CHROMIUM_VARIABLE}, or print the page from a browser"


@dataclass(frozen=True)
class PublishedReport:
    """What was made. ``pdf`` is None where none was; ``said``: lines for a person; ``mailed``: the addresses."""

    page: Path
    pdf: Path | None
    mailed: tuple[str, ...]
    said: tuple[str, ...]


def publish_report(
    store: SnapshotStore,
    week: str | None,
    out: Path,
    *,
    settings: ReportSettings,
    pdf: bool | None = None,
    recipients: Sequence[str] = (),
) -> PublishedReport:
    """Make the report of the current snapshot, write it, print it and mail it to ``recipients``.

    ``pdf``: None prints where a Chromium is found and says so where none is; True demands it; False leaves it.

    Raises ReportError and SnapshotError as ``make_report``, the first also if a PDF is demanded without a Chromium;
    MailError for settings or addresses that do not do, before anything is written; PrintingError if a demanded PDF cannot
    be made; DeliveryError if the server fails, after everything was written.
    """
    if recipients:
        require_settings(settings.email)
        _check(recipients)
    chromium = find_chromium()
    if pdf and chromium is None:
        raise ReportError(f"--pdf: {NO_CHROMIUM}")
    snapshot = store.current()
    report = make_report(snapshot, store.read_status(), week, store)
    page = put_report(report, out)
    said = [*([snapshot.notice] if snapshot.notice else []), f"Wrote {page}"]
    printed, printed_path = None, None
    if pdf is not False:
        if chromium is None:
            said.append(f"No PDF: {NO_CHROMIUM}")
        else:
            try:
                printed = _printed(report, chromium, settings.report.paper)
            except PrintingError as error:
                if pdf:
                    raise
                said.append(f"No PDF: {error}")
    # A PDF of an earlier run beside the new page would be of other numbers.
    page.with_suffix(".pdf").unlink(missing_ok=True)
    if printed is not None:
        printed_path = page.with_suffix(".pdf")
        write_atomically(printed_path, printed)
        said.append(f"Wrote {printed_path}")
    if recipients:
        deliver(
            _mail(report, settings.email.sender, recipients, chromium=chromium, printed=printed, said=said),
            settings.email,
        )
        said.append(f"Mailed to {', '.join(recipients)}")
    return PublishedReport(page, printed_path, tuple(recipients), tuple(said))


def _printed(report: AnyReport, chromium: Chromium, paper: str) -> bytes:
    if isinstance(report, ReceivedReport):
        return chromium.pdf(render_received_pages(report, paper=paper))
    return print_report(report, chromium, paper=paper)


def _mail(
    report: AnyReport,
    sender: str,
    recipients: Sequence[str],
    *,
    chromium: Chromium | None,
    printed: bytes | None,
    said: list[str],
) -> EmailMessage:
    """The mail; ``said`` gets a line where its pictures are missing."""
    if isinstance(report, ReceivedReport):
        return compose_received(report, sender=sender, recipients=recipients, pdf=printed)
    pictures: dict[str, bytes] = {}
    try:
        pictures = mail_pictures(report, chromium) if chromium is not None else {}
    except PrintingError as error:
        said.append(f"The mail goes without pictures: {error}")
    if chromium is None:
        said.append(f"The mail goes without pictures: {NO_CHROMIUM}")
    return compose(report, sender=sender, recipients=recipients, pictures=pictures, pdf=printed)


def make_report(
    snapshot: Snapshot, status: RunStatus | None, week: str | None, store: SnapshotStore | None = None
) -> AnyReport:
    """The weekly report of ``snapshot``, typed. ``store``: where the snapshot of a week ago is looked for.

    ``week``: ISO week such as ``2026-W47``; None takes the latest week that is over and has contacts. Where the snapshot
    holds none, the report is of the complaints and survey answers of a week.

    Raises ReportError for a week that cannot be read, does not exist or has nothing to report (the message lists those
    that have), SnapshotError if the snapshot cannot be read.
    """
    wanted = parse_week(week) if week is not None else None
    queries = Queries(snapshot)
    try:
        if not queries.frames.has_contacts:
            return received_report(queries.frames, status, wanted)
        prior = None if store is None else prior_snapshot(snapshot.manifest, store)
        return weekly_report(queries, status, wanted, prior)
    finally:
        queries.close()


def put_report(report: AnyReport, out: Path) -> Path:
    """Write page and JSON of ``report`` into ``out`` (made if absent); returns the HTML file's path."""
    if isinstance(report, ReceivedReport):
        document = received_document(report)
        page = render_received(report, document)
    else:
        document = as_document(report)
        page = render(report, document)
    path = out / f"aftercall-{report.week}.html"
    write_atomically(path, page.encode())
    write_atomically(path.with_suffix(".json"), json.dumps(document, ensure_ascii=False, indent=1).encode())
    return path


def write_report(snapshot: Snapshot, status: RunStatus | None, week: str | None, out: Path) -> Path:
    """Make and put in one step, with nothing beside the snapshot; returns the HTML file's path.

    The same snapshot, status and week always give the same bytes. Raises as ``make_report`` does.
    """
    return put_report(make_report(snapshot, status, week), out)


def _check(recipients: Sequence[str]) -> None:
    for address in recipients:
        try:
            checked_address(address)
        except ValueError as error:
            raise MailError(f"--email {address!r} {error}") from error

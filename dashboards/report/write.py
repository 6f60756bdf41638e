"""Putting the report of a snapshot in place, ``aftercall-<week>.html``, ``.json`` and ``.pdf``, and mailing it.

What is written is written before anything is mailed, so that a failing server costs the mail alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboards.report.archive import report_file
from dashboards.report.chromium import Chromium, PrintingError, find_chromium
from dashboards.report.content import as_document, weekly_report
from dashboards.report.delivery import deliver, require_settings
from dashboards.report.mail import MailError
from dashboards.report.mailing import NO_CHROMIUM, AnyReport, Mailing
from dashboards.report.page import render, render_received
from dashboards.report.printing import print_report
from dashboards.report.without_contacts import ReceivedReport, received_document, received_report
from dashboards.snapshot.prior import prior_snapshot
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import ReportError, parse_week
from pipelines.config.presentation import ReportSettings, Subscription, checked_address
from pipelines.snapshot import RunStatus, Snapshot, SnapshotStore, write_atomically


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
    subscriptions: Sequence[Subscription] = (),
) -> PublishedReport:
    """Make the report of the current snapshot, write it, print it, and mail it to ``recipients`` and ``subscriptions``.

    ``pdf``: None prints where a Chromium is found and says so where none is; True demands it; False leaves it. A
    subscription to a part of too few contacts is left out, and said.

    Raises ReportError and SnapshotError as ``make_report``, the first also if a PDF is demanded without a Chromium;
    MailError for settings or addresses that do not do, before anything is written; PrintingError if a demanded PDF cannot
    be made; DeliveryError if the server fails, after everything was written and every mail was tried.
    """
    if recipients or subscriptions:
        require_settings(settings.email)
        _check(recipients)
    chromium = find_chromium()
    if pdf and chromium is None:
        raise ReportError(f"--pdf: {NO_CHROMIUM}")
    snapshot = store.current()
    status = store.read_status()
    report = make_report(snapshot, status, week, store, settings.report.dashboards)
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
    if not (recipients or subscriptions):
        return PublishedReport(page, printed_path, (), tuple(said))
    mailing = Mailing(report, chromium=chromium, printed=printed, settings=settings, said=said)
    mailing.of_all(recipients)
    mailing.of_parts(subscriptions, store, snapshot, status, week)
    deliver(mailing.messages, settings.email)
    mailed = tuple(str(message["To"]) for message in mailing.messages)
    if mailed:
        said.append(f"Mailed to {', '.join(mailed)}")
    return PublishedReport(page, printed_path, mailed, tuple(said))


def _printed(report: AnyReport, chromium: Chromium, paper: str) -> bytes:
    if isinstance(report, ReceivedReport):
        return chromium.pdf(render_received(report, paper=paper))
    return print_report(report, chromium, paper=paper)


def make_report(
    snapshot: Snapshot,
    status: RunStatus | None,
    week: str | None,
    store: SnapshotStore | None = None,
    dashboards: str = "",
) -> AnyReport:
    """The weekly report of ``snapshot``, typed. ``store``: where the snapshot of a week ago is looked for.

    ``week``: ISO week such as ``2026-W47``; None takes the latest week that is over and has contacts. Where the snapshot
    holds none, the report is of the complaints and survey answers of a week. ``dashboards``: the address that it links to.

    Raises ReportError for a week that cannot be read, does not exist or has nothing to report (the message lists those
    that have), SnapshotError if the snapshot cannot be read.
    """
    wanted = parse_week(week) if week is not None else None
    queries = Queries(snapshot)
    try:
        if not queries.frames.has_contacts:
            return received_report(queries.frames, status, wanted)
        prior = None if store is None else prior_snapshot(snapshot.manifest, store)
        return weekly_report(queries, status, wanted, prior, dashboards)
    finally:
        queries.close()


def put_report(report: AnyReport, out: Path) -> Path:
    """Write page and JSON of ``report`` into ``out`` (made if absent); returns the HTML file's path."""
    if isinstance(report, ReceivedReport):
        document, page = received_document(report), render_received(report)
    else:
        document, page = as_document(report), render(report)
    path = out / report_file(report.week)
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

"""Who gets which mail: the report to its recipients, and of a part of the contacts to whoever subscribed to it.

Everybody gets a mail of their own. A part is reported once, however many subscribe to it.
"""

from collections.abc import Sequence
from email.message import EmailMessage

from dashboards.report.archive import report_file
from dashboards.report.chromium import CHROMIUM_VARIABLE, Chromium, PrintingError
from dashboards.report.content import PartReport, WeeklyReport, part_report
from dashboards.report.mail import compose, compose_received
from dashboards.report.printing import mail_pictures
from dashboards.report.without_contacts import ReceivedReport
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.prior import prior_snapshot
from dashboards.snapshot.queries import Queries
from dashboards.wording import report as sentences
from dashboards.wording.weeks import ReportError, parse_week
from pipelines.config.presentation import ReportSettings, Subscription
from pipelines.snapshot import RunStatus, Snapshot, SnapshotStore

AnyReport = WeeklyReport | ReceivedReport
NO_CHROMIUM = f"no Chromium was found on this machine; install one, or name it in {CHROMIUM_VARIABLE}, or print the page from a browser"


class Mailing:
    """The mails of one report, ``messages``; ``said`` gets a line where pictures are missing or a part cannot be reported."""

    def __init__(
        self,
        report: AnyReport,
        *,
        chromium: Chromium | None,
        printed: bytes | None,
        settings: ReportSettings,
        said: list[str],
    ) -> None:
        self.messages: list[EmailMessage] = []
        self._report, self._printed = report, printed
        self._chromium, self._settings, self._said = chromium, settings, said
        self._has_pictures = chromium is not None
        self._drawn: dict[str, dict[str, bytes]] = {}

    def of_all(self, recipients: Sequence[str], *, text_only: bool = False) -> None:
        """A mail of the whole report for each of ``recipients``."""
        sender, report = self._settings.email.sender, self._report
        for each in recipients:
            if isinstance(report, ReceivedReport):
                made = compose_received(report, sender=sender, recipient=each, pdf=self._printed, text_only=text_only)
                self.messages.append(made)
            else:
                self._add(report, each, pdf=self._printed, text_only=text_only)

    def of_parts(
        self,
        subscriptions: Sequence[Subscription],
        store: SnapshotStore,
        snapshot: Snapshot,
        status: RunStatus | None,
        week: str | None,
    ) -> None:
        """A mail for each address of ``subscriptions``: of its part, or of the whole report where it names none."""
        for each in subscriptions:
            if not each.segment:
                self.of_all(each.to, text_only=each.format == "text")
        narrow = [each for each in subscriptions if each.segment]
        if not narrow:
            return
        if isinstance(self._report, ReceivedReport):
            self._said.append(sentences.NO_PARTS)
            return
        wanted = parse_week(week) if week is not None else None
        prior = prior_snapshot(snapshot.manifest, store)
        queries = Queries(snapshot)
        made: dict[Filters, PartReport | ReportError] = {}
        try:
            for each in narrow:
                filters = Filters.of(dict(each.segment))
                if filters not in made:
                    try:
                        made[filters] = part_report(
                            queries,
                            status,
                            wanted,
                            filters,
                            prior=prior,
                            dashboards=self._settings.report.dashboards,
                        )
                    except ReportError as error:
                        made[filters] = error
                part = made[filters]
                if isinstance(part, ReportError):
                    self._said.append(f"Nothing mailed to {', '.join(each.to)}: {part}")
                    continue
                for address in each.to:
                    self._add(part, address, text_only=each.format == "text")
        finally:
            queries.close()

    def _add(
        self,
        report: WeeklyReport | PartReport,
        recipient: str,
        *,
        pdf: bytes | None = None,
        text_only: bool,
    ) -> None:
        dashboards = self._settings.report.dashboards
        of_all = isinstance(report, WeeklyReport)
        self.messages.append(
            compose(
                report,
                sender=self._settings.email.sender,
                recipient=recipient,
                pictures={} if text_only else self._pictures(report),
                pdf=pdf,
                text_only=text_only,
                address=f"{dashboards}/reports/{report_file(report.week)}" if dashboards and of_all else dashboards,
            )
        )

    def _pictures(self, report: WeeklyReport | PartReport) -> dict[str, bytes]:
        """The pictures of ``report``, drawn once; without a Chromium, or once one has failed, none, which is said once."""
        if report.summary.part not in self._drawn:
            found: dict[str, bytes] = {}
            try:
                found = mail_pictures(report, self._chromium) if self._chromium and self._has_pictures else {}
            except PrintingError as error:
                self._say(f"Mails go without pictures: {error}")
                self._has_pictures = False
            if self._chromium is None:
                self._say(f"Mails go without pictures: {NO_CHROMIUM}")
            self._drawn[report.summary.part] = found
        return self._drawn[report.summary.part]

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.append(line)

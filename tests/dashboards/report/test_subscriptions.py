"""Subscriptions: a team lead gets the report of their part of the contacts, with its own intervals, and nothing of others."""

from pathlib import Path
from typing import Any

import pytest
from builders import season
from builders.mail_server import Behaviour, mail_server
from builders.snapshots import publish
from builders.statistics_tables import COMPLAINED, CONTAINED, REPEATED, SHORTER, segment
from pydantic import ValidationError

from dashboards.report import DeliveryError, ReportError, publish_report
from dashboards.report.content import PartReport, part_report
from dashboards.report.mail import compose, plain_text
from dashboards.results.weekly_results import compute_results
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.queries import Queries
from pipelines.config.presentation import Email, ReportSettings, Subscription
from pipelines.snapshot import Snapshot, SnapshotStore

OURS, THEIRS = "ai_primary-0", "joint-1"


def tables() -> dict[str, Any]:
    """The season with three diverging segments: of our queue, of another one, and of all that the AI leads."""
    made = season.tables()
    moved = (
        segment("diverging", CONTAINED, REPEATED, queue=OURS, language="en") | {"q": 0.004, "customers": 70, "contacts_period": 90},
        segment("diverging", SHORTER, COMPLAINED, queue=THEIRS) | {"q": 0.001, "customers": 60, "contacts_period": 90},
        segment("diverging", SHORTER, COMPLAINED, mode="ai_primary") | {"q": 0.0001, "customers": 80, "contacts_period": 90},
    )  # fmt: skip
    return made | {"segment_divergence": list(moved)}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("subscribed") / "data", tables(), as_of=season.AS_OF)


@pytest.fixture(scope="module")
def report(snapshot: Snapshot) -> PartReport:
    return part_report(Queries(snapshot), None, None, Filters.of({"queue": OURS}))


def subscription(**given: Any) -> Subscription:
    return Subscription.model_validate({"to": ["lead@example.com"], "segment": {"queue": OURS}} | given)


def settings(port: int) -> ReportSettings:
    email = {"host": "127.0.0.1", "port": port, "security": "none", "from": "night@example.com", "timeout_seconds": 5}
    return ReportSettings(email=Email.model_validate(email))


def test_numbers_are_those_of_the_part_with_its_own_intervals(snapshot: Snapshot, report: PartReport) -> None:
    queries = Queries(snapshot)
    whole = compute_results(queries.frames)
    part = compute_results(queries.cut(Filters.of({"queue": OURS})))
    assert part.outcome is not None and whole.outcome is not None  # noqa: PT018
    shown = {number.key: number.rate for number in report.summary.numbers}
    assert shown["fcr_outcome"] == part.outcome.fcr_outcome
    assert 0 < shown["fcr_outcome"].denominator < whole.outcome.fcr_outcome.denominator
    assert shown["fcr_outcome"].upper - shown["fcr_outcome"].lower > (  # type: ignore[operator]
        whole.outcome.fcr_outcome.upper - whole.outcome.fcr_outcome.lower  # type: ignore[operator]
    )
    assert f"of contacts in queue {OURS} were claimed resolved" in report.summary.lead.detail


def test_findings_are_those_within_the_part_alone(report: PartReport) -> None:
    assert [each.name for each in report.summary.segments] == [f"Contacts in English in queue {OURS}"]
    assert report.summary.segments_more == ""
    assert report.summary.lead.subject.startswith(f"Contacts in English in queue {OURS}: containment rose")
    assert {each.address for each in report.summary.actions} == {""}
    text = plain_text(report, note="", has_pdf=False)
    assert f"Contacts in queue {OURS} only" in text
    for other in (THEIRS, "AI-led", "human_primary", "records were quarantined", "checks warn"):
        assert other not in text, other


def test_too_few_contacts_are_no_report(snapshot: Snapshot) -> None:
    with pytest.raises(ReportError, match=r"contacts in queue bilig: 0 contacts in this snapshot, and a rate needs 30"):
        part_report(Queries(snapshot), None, None, Filters.of({"queue": "bilig"}))
    rare = {**tables(), "kpi_daily": [*tables()["kpi_daily"], {"day": season.FIRST, "queue": "rare", "contacts": 29}]}
    made = publish(snapshot._tables_dir.parents[2] / "rare", rare, as_of=season.AS_OF)
    with pytest.raises(ReportError, match="29 contacts in this snapshot"):
        part_report(Queries(made), None, None, Filters.of({"queue": "rare"}))


def test_each_gets_a_mail_of_their_own_and_a_failure_stops_nobody(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCALL_CHROMIUM", "no-such-browser")
    store = SnapshotStore(snapshot._tables_dir.parents[1])
    wanted = (
        subscription(to=["lead@example.com", "refused@example.com"]),
        subscription(to=["typo@example.com"], segment={"queue": "bilig"}),
        subscription(to=["text@example.com"], segment={"queue": THEIRS}, format="text"),
        subscription(to=["all@example.com"], segment={}),
    )
    with mail_server(Behaviour(answers={"RCPT TO:<REFUSED": "550 5.1.1 nobody"})) as (port, server):
        with pytest.raises(DeliveryError, match=r"for some only; not for refused@example.com \(550 5\.1\.1 nobody\)"):
            publish_report(
                store, None, tmp_path, settings=settings(port), recipients=["boss@example.com"], subscriptions=wanted
            )
        got = {taken.message["To"]: taken for taken in server.taken}
        assert {to: taken.recipients for to, taken in got.items()} == {
            each: [each] for each in ("boss@example.com", "lead@example.com", "text@example.com", "all@example.com")
        }
        made = publish_report(store, None, tmp_path, settings=settings(port), subscriptions=wanted[1:2])
    assert made.mailed == ()
    assert any(line.startswith("Nothing mailed to typo@example.com: contacts in queue bilig") for line in made.said)
    assert (
        got["lead@example.com"].message["Subject"].startswith(f"Test operations, contacts in queue {OURS}, 2026-W47: ")
    )
    kinds = {to: [part.get_content_type() for part in taken.message.walk()] for to, taken in got.items()}
    assert kinds["text@example.com"] == ["text/plain"]
    assert "text/html" in kinds["lead@example.com"]
    assert THEIRS not in got["lead@example.com"].raw.decode()
    # The whole report names everybody's segments.
    assert THEIRS in got["all@example.com"].raw.decode().replace("=\r\n", "")


def test_a_body_that_gmail_would_cut_loses_what_is_not_new(report: PartReport, monkeypatch: pytest.MonkeyPatch) -> None:
    def body() -> str:
        message = compose(report, sender="n@example.com", recipient="a@example.com", pictures={})
        found = message.get_body(("html",))
        assert found is not None
        return str(found.get_content())  # type: ignore[attr-defined]

    whole = body()
    monkeypatch.setattr("dashboards.report.mail.LARGEST_BODY", len(whole.encode()) - 100)
    short = body()
    assert "What is still open" in whole
    assert "What is still open" not in short
    assert "What is worse than it looks" in short
    assert "Five numbers" in short


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"to": []}, "at least 1 item"),
        ({"to": ["Lead <lead@example.com>"]}, "is not a mail address"),
        ({"segment": {"agent": "a"}}, "'agent': the report is not made by it; write one of mode, queue"),
        ({"segment": {"channel": "voice"}}, "'channel': the report is not made by it"),
        ({"segment": {"queue": " "}}, "'queue' has no value"),
        ({"segment": {"mode": "ai"}}, "there is no mode 'ai'; write one of ai_primary"),
        ({"format": "pdf"}, "'html' or 'text'"),
        ({"queue": "billing"}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_no_subscription(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as said:
        subscription(**given)
    assert words in str(said.value)


def test_a_value_is_read_however_it_is_spelt() -> None:
    assert subscription(segment={"queue": "  Tech\u00a0 SUPPORT "}).segment == {"queue": "tech support"}


@pytest.mark.parametrize("address", ["aftercall.example", "javascript:alert(1)", 'https://x"onload', "https://x/?a=b"])
def test_what_is_no_address_of_the_dashboards(address: str) -> None:
    with pytest.raises(ValidationError, match="is no address of a website"):
        ReportSettings.model_validate({"report": {"dashboards": address}})


def test_links_lead_to_the_segment_where_the_dashboards_are_known(snapshot: Snapshot) -> None:
    made = part_report(Queries(snapshot), None, None, Filters.of({"queue": OURS}), dashboards="https://a.example")
    (found,) = made.summary.segments
    assert found.address.startswith("https://a.example/segments/en-")
    message = compose(made, sender="n@example.com", recipient="a@example.com", pictures={}, address="https://a.example")
    html = message.get_body(("html",))
    assert html is not None
    assert 'href="https://a.example/segments/' in str(html.get_content())  # type: ignore[attr-defined]

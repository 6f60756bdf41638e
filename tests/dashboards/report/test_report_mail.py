"""The report as a mail, through a real SMTP server on loopback: its parts, its headers, and everything a server can do wrong."""

import json
import re
import ssl
import subprocess
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from builders import season
from builders.mail_server import Behaviour, mail_server
from builders.report_weeks import with_presentation
from builders.snapshots import publish

from dashboards.report import DeliveryError, MailError, publish_report
from dashboards.report.content import WeeklyReport, weekly_report
from dashboards.report.delivery import deliver
from dashboards.report.mail import LARGEST_BODY, NO_PICTURES, compose, plain_text
from dashboards.snapshot.queries import Queries
from pipelines.config.presentation import SMTP_PASSWORD_VARIABLE, Email, ReportSettings
from pipelines.snapshot import PresentedEvent, PresentedOwner, SnapshotStore

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
TO = ("quality@example.com", "board@example.com")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> WeeklyReport:
    made = publish(tmp_path_factory.mktemp("season"), season.tables(), as_of=season.AS_OF)
    return weekly_report(Queries(made), None, None)


def settings(port: int, **given: Any) -> Email:
    return Email.model_validate(
        {"host": "127.0.0.1", "port": port, "security": "none", "from": "Night shift <night@example.com>"}
        | {"timeout_seconds": 5, **given}
    )


def mail(report: WeeklyReport, **given: Any) -> EmailMessage:
    return compose(report, **{"sender": "night@example.com", "recipient": TO[0], "pictures": {}} | given)


def mails(report: WeeklyReport) -> list[EmailMessage]:
    return [mail(report, recipient=each) for each in TO]


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert isinstance(found, EmailMessage)
    return str(found.get_content())


def test_a_mail_arrives_with_text_page_pictures_and_pdf(report: WeeklyReport) -> None:
    pictures = {"fcr_outcome": PNG, "calibration": PNG + b"2"}
    with mail_server() as (port, server):
        made = mail(report, sender="Night shift <night@example.com>", pictures=pictures, pdf=b"%PDF-1.4 made")
        deliver([made], settings(port))
    (taken,) = server.taken
    assert (taken.sender, taken.recipients) == ("night@example.com", [TO[0]])
    message = taken.message
    assert (message["From"], message["To"]) == ("Night shift <night@example.com>", TO[0])
    assert message["Subject"] == (
        "Test operations, 2026-W47: Billing contacts with AI model assist-2: containment rose and repeat contacts rose (and 1 "
        "more finding)"
    )
    assert message["Date"]
    assert message["Message-ID"].endswith("@example.com>")
    assert not message.defects
    html = part(message, "html")
    assert sorted(re.findall(r'src="cid:([^"]+)"', html)) == sorted(
        each["Content-ID"][1:-1] for each in message.walk() if each.get_content_type() == "image/png"
    )
    assert [each.get_payload(decode=True) for each in message.walk() if each.get_content_type() == "image/png"] == list(
        pictures.values()
    )
    (pdf,) = [each for each in message.iter_attachments() if each.get_content_type() == "application/pdf"]
    assert (pdf.get_filename(), pdf.get_payload(decode=True)) == ("aftercall-2026-W47.pdf", b"%PDF-1.4 made")
    assert [each.get_content_type() for each in message.walk()].count("multipart/related") == 1
    # Gmail cuts what is longer. Mail programs read neither scripts nor style sheets nor SVG, and fetch nothing here.
    assert len(html.encode()) < LARGEST_BODY == 90_000
    assert not re.search(r"<(script|style|link|svg)|https?://", html)


def test_text_page_and_report_say_the_same(report: WeeklyReport) -> None:
    message = mail(report)
    text, html = part(message, "plain"), part(message, "html")
    flat = " ".join(text.split())
    for number in report.summary.numbers:
        for words in (number.value_words, number.interval_words, number.target_words, number.change_words):
            assert " ".join(words.split()) in flat, words
            assert words in html
    for sentence in (report.summary.lead.text, report.summary.segments[0].sentence, report.summary.complaints):
        assert " ".join(sentence.split()) in flat
        assert sentence in html
    assert NO_PICTURES in flat
    assert "<img" not in html


def test_the_text_reads_well(report: WeeklyReport) -> None:
    text = plain_text(report, note="", has_pdf=True)
    assert max(len(line) for line in text.splitlines()) <= 78
    assert "\n\n\n\n" not in text
    assert "\n- Resolved, judged by outcomes: " in text
    # What hangs stands under its text.
    after = text.split("\n- Resolved, judged by outcomes: ")[1].split("\n")
    assert re.match(r"  \S", after[1])
    assert "The two pages are attached as a PDF." in text


def test_hostile_names_stay_text_in_every_part(tmp_path: Path) -> None:
    name = "Evil\r\nBcc: everyone@example.com\r\n\r\n" + season.HOSTILE
    made = publish(tmp_path / "data", season.tables(hostile=True), as_of=season.AS_OF, name=name)
    made = with_presentation(
        made,
        events=(
            PresentedEvent(day=season.AS_OF.date().replace(day=2), label="release\r\nX-Evil: yes" + season.HOSTILE),
        ),
        owners=(PresentedOwner(segment={}, name="owner\r\nX-Evil: yes" + season.HOSTILE),),
    )
    hostile = weekly_report(Queries(made), None, None)
    with mail_server() as (port, server):
        deliver([mail(hostile)], settings(port))
    message = server.taken[0].message
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    assert "\n" not in message["Subject"]
    assert message["Subject"].startswith("Evil Bcc: everyone@example.com")
    assert server.taken[0].recipients == [TO[0]]
    html = part(message, "html")
    assert season.HOSTILE not in html
    assert "<script" not in html
    assert "document.title" in html
    assert "document.title" in part(message, "plain")


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com\nBcc: b@example.com",
        "a@example.com\r\nRCPT TO:<b@example.com>",
        "a@example.com, b@example.com",
        "Name <a@example.com>",
        "a b@example.com",
        "a@b@example.com",
        "@example.com",
        "a@",
        "",
        "münchen@example.com",
    ],
)
def test_what_is_no_address_goes_nowhere(report: WeeklyReport, address: str, tmp_path: Path) -> None:
    with pytest.raises(MailError, match="is not a mail address"):
        mail(report, recipient=address)
    with mail_server() as (port, server):
        with pytest.raises(MailError, match="--email"):
            publish_report(
                SnapshotStore(tmp_path),
                None,
                tmp_path,
                settings=ReportSettings(email=settings(port)),
                recipients=(address,),
            )
        assert server.said == []


def test_a_login_and_a_wrong_password(report: WeeklyReport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SMTP_PASSWORD_VARIABLE, "s3cret word")
    with mail_server(Behaviour(login=("night", "s3cret word"))) as (port, server):
        deliver([mail(report)], settings(port, user="night"))
        assert len(server.taken) == 1
        monkeypatch.setenv(SMTP_PASSWORD_VARIABLE, "another word")
        with pytest.raises(DeliveryError, match=r"refused the login: 535 5\.7\.8 who are you\?") as refused:
            deliver([mail(report)], settings(port, user="night"))
    assert "another word" not in str(refused.value)
    assert len(server.taken) == 1


def test_a_user_without_a_password_in_the_environment(report: WeeklyReport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SMTP_PASSWORD_VARIABLE, raising=False)
    with pytest.raises(MailError, match=f"{SMTP_PASSWORD_VARIABLE} is not set"):
        deliver([mail(report)], settings(1, user="night"))
    with pytest.raises(MailError, match="host is not set"):
        deliver([mail(report)], Email.model_validate({}))


@pytest.mark.parametrize(
    ("command", "answer", "words"),
    [
        (
            "MAIL",
            "451 4.3.0 later",
            "did not take the mail for quality@example.com (451 4.3.0 later); board@example.com (451",
        ),
        (
            "RCPT",
            "550 5.1.1 nobody",
            "did not take the mail for quality@example.com (550 5.1.1 nobody); board@example.com (550",
        ),
        (
            "RCPT TO:<BOARD",
            "550 5.1.1 nobody",
            "took the mail for some only; not for board@example.com (550 5.1.1 nobody)",
        ),
        ("DATA", "554 5.7.1 spam", "did not take the mail for quality@example.com (554 5.7.1 spam); board@"),
        ("EHLO", "421 4.3.2 closing\x1b[31m", "421"),
    ],
)
def test_what_a_server_refuses_is_said(report: WeeklyReport, command: str, answer: str, words: str) -> None:
    with (
        mail_server(Behaviour(answers={command: answer, "HELO": answer})) as (port, _),
        pytest.raises(DeliveryError) as said,
    ):
        deliver(mails(report), settings(port))
    assert words in str(said.value)
    assert said.value.partly is ("some only" in words)
    assert str(said.value).isprintable()
    assert str(said.value).startswith(f"mail server 127.0.0.1:{port}")


def test_who_is_refused_stops_nobody_else(report: WeeklyReport) -> None:
    """The first recipient is refused by a server that then hangs up; the second has their mail all the same."""
    with mail_server(Behaviour(answers={"RCPT TO:<QUALITY": "421 4.7.0 bye"})) as (port, server):
        with pytest.raises(DeliveryError, match=r"not for quality@example\.com \(421 4\.7\.0 bye\)"):
            deliver(mails(report), settings(port))
        assert [taken.recipients for taken in server.taken] == [["board@example.com"]]


def test_no_server_and_a_silent_one(report: WeeklyReport) -> None:
    with mail_server() as (port, _):
        pass
    with pytest.raises(DeliveryError, match="cannot be reached"):
        deliver([mail(report)], settings(port))
    with (
        mail_server(Behaviour(silent=True)) as (port, _),
        pytest.raises(DeliveryError, match=r"cannot be reached.*timed out"),
    ):
        deliver([mail(report)], settings(port, timeout_seconds=0.3))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1 that signed itself, and a server's context with it."""
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=made -addext subjectAltName=IP:127.0.0.1"
    try:
        subprocess.run(
            [*command.split(), "-keyout", folder / "key", "-out", folder / "crt"], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl on this machine: TLS was not tried")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "crt", folder / "key")
    return folder / "crt", context


def test_starttls_with_a_trusted_certificate_only(
    report: WeeklyReport, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate
    with mail_server(Behaviour(context=context)) as (port, server):
        with pytest.raises(DeliveryError, match="no certificate that can be trusted"):
            deliver([mail(report)], settings(port, security="starttls"))
        assert server.taken == []
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        deliver([mail(report)], settings(port, security="starttls"))
        assert len(server.taken) == 1


def test_a_server_without_tls_gets_nothing(report: WeeklyReport) -> None:
    with mail_server() as (port, server), pytest.raises(DeliveryError, match="refused a protected connection"):
        deliver([mail(report)], settings(port, security="starttls"))
    assert server.taken == []


def test_the_command_writes_prints_and_mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All in one, without a Chromium: what is mailed is what is written, and the mail says that it has no pictures."""
    monkeypatch.setenv("AFTERCALL_CHROMIUM", "no-such-browser")
    publish(tmp_path / "data", season.tables(), as_of=season.AS_OF)
    with mail_server() as (port, server):
        made = publish_report(
            SnapshotStore(tmp_path / "data"),
            None,
            tmp_path / "out",
            settings=ReportSettings(email=settings(port)),
            recipients=TO,
        )
    assert made.mailed == TO
    # Each gets a mail of their own, and learns of nobody else.
    assert [(taken.recipients, taken.message["To"]) for taken in server.taken] == [([each], each) for each in TO]
    assert any("without pictures" in line for line in made.said)
    document = json.loads(made.page.with_suffix(".json").read_text("utf-8"))
    html = part(server.taken[0].message, "html")
    for number in document["summary"]["numbers"]:
        assert number["value_words"] in html
        assert number["change_words"] in html


def test_a_failing_server_costs_the_mail_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCALL_CHROMIUM", "no-such-browser")
    publish(tmp_path / "data", season.tables(), as_of=season.AS_OF)
    with mail_server(Behaviour(answers={"DATA": "554 no"})) as (port, _), pytest.raises(DeliveryError):
        publish_report(
            SnapshotStore(tmp_path / "data"),
            None,
            tmp_path / "out",
            settings=ReportSettings(email=settings(port)),
            recipients=TO,
        )
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".html", ".json"]

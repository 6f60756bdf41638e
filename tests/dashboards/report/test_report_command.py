"""`aftercall report` and Monday's job: what they write and mail, and how they end when something is wrong."""

import re
from pathlib import Path

import dagster as dg
import pytest
from builders import season
from builders.mail_server import Behaviour, mail_server
from builders.snapshots import publish
from click.testing import CliRunner, Result

from pipelines.cli import main
from pipelines.config import load_settings
from pipelines.defs import build_defs

CONFIG = """
[project]
data_dir = "data"

[[sources]]
format = "canonical"
table = "contacts"
path = "landing/*.csv"
"""
MAIL = """
[email]
host = "127.0.0.1"
port = {port}
security = "none"
from = "night@example.com"
to = ["monday@example.com"]
timeout_seconds = 5
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a published season, on a machine without a Chromium."""
    monkeypatch.setenv("AFTERCALL_CHROMIUM", "no-such-browser")
    publish(tmp_path / "data", season.tables(), as_of=season.AS_OF)
    path = tmp_path / "aftercall.toml"
    path.write_text(CONFIG, "utf-8")
    return path


def report(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", "--config", str(config), *arguments])


def test_it_writes_page_and_json_and_says_why_there_is_no_pdf(config: Path) -> None:
    said = report(config)
    assert said.exit_code == 0
    folder = config.parent / "data" / "reports"
    assert sorted(path.name for path in folder.iterdir()) == ["aftercall-2026-W47.html", "aftercall-2026-W47.json"]
    assert said.stdout.splitlines()[0] == f"Wrote {folder / 'aftercall-2026-W47.html'}"
    assert said.stdout.splitlines()[1].startswith("No PDF: no Chromium was found on this machine; install one")
    assert report(config, "--no-pdf").stdout.splitlines() == said.stdout.splitlines()[:1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--pdf"], "--pdf: no Chromium was found"),
        (["--email", "quality@example.com"], r"\[email\] host is not set"),
        (["--week", "2026-W01"], "has no contacts"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_writes_nothing(config: Path, arguments: list[str], words: str) -> None:
    said = report(config, *arguments)
    assert said.exit_code == 2
    assert re.search(words, said.stderr)
    assert len(said.stderr.strip().splitlines()) == 1
    assert not (config.parent / "data" / "reports").exists()


def test_it_mails_to_each_address_and_ends_with_3_when_the_server_fails(config: Path) -> None:
    with mail_server() as (port, server):
        config.write_text(CONFIG + MAIL.format(port=port), "utf-8")
        said = report(config, "--email", "a@example.com", "--email", "b@example.com")
        assert (said.exit_code, said.stdout.splitlines()[-1]) == (0, "Mailed to a@example.com, b@example.com")
        assert [taken.recipients for taken in server.taken] == [["a@example.com"], ["b@example.com"]]
        wrong = report(config, "--email", "a@example.com\nBcc: c@example.com")
        assert (wrong.exit_code, len(server.taken)) == (2, 2)
    with mail_server(Behaviour(answers={"MAIL": "451 4.3.0 later"})) as (port, _):
        config.write_text(CONFIG + MAIL.format(port=port), "utf-8")
        said = report(config, "--email", "a@example.com")
    assert said.exit_code == 3
    assert said.stderr == (
        f"aftercall: mail server 127.0.0.1:{port} did not take the mail for a@example.com (451 4.3.0 later)\n"
    )


def test_it_mails_subscriptions_where_asked_to(config: Path) -> None:
    wanted = '\n[[subscriptions]]\nto = ["lead@example.com"]\nsegment = { mode = "joint" }\nformat = "text"\n'
    with mail_server() as (port, server):
        config.write_text(CONFIG + MAIL.format(port=port) + wanted, "utf-8")
        said = report(config, "--subscriptions", "--no-pdf")
    assert (said.exit_code, said.stdout.splitlines()[-1]) == (0, "Mailed to lead@example.com")
    assert [taken.recipients for taken in server.taken] == [["lead@example.com"]]
    assert server.taken[0].message["Subject"].startswith("Test operations, joint contacts, 2026-W47: ")


def monday(config: Path, monkeypatch: pytest.MonkeyPatch) -> dg.ExecuteInProcessResult:
    monkeypatch.setenv("AFTERCALL_CONFIG", str(config))
    return build_defs().resolve_job_def("weekly_report").execute_in_process(raise_on_error=False)


def test_mondays_job_mails_where_that_is_configured(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as (port, server):
        assert monday(config, monkeypatch).success
        assert server.taken == []
        config.write_text(CONFIG + MAIL.format(port=port), "utf-8")
        result = monday(config, monkeypatch)
    assert result.success
    (event,) = result.get_asset_materialization_events()
    metadata = event.step_materialization_data.materialization.metadata
    assert metadata["mailed_to"].value == 1
    assert Path(str(metadata["path"].value)).name == "aftercall-2026-W47.html"
    assert server.taken[0].recipients == ["monday@example.com"]
    assert (
        server.taken[0]
        .message["Subject"]
        .startswith("Test operations, 2026-W47: Billing contacts with AI model assist-2")
    )


def test_mondays_job_sends_nothing_twice(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server takes the mail for some only, a second try would reach these again."""
    two = MAIL.replace('["monday@example.com"]', '["monday@example.com", "gone@example.com"]')
    with mail_server(Behaviour(answers={"RCPT TO:<GONE": "550 5.1.1 nobody here"})) as (port, server):
        config.write_text(CONFIG + two.format(port=port), "utf-8")
        result = monday(config, monkeypatch)
    assert not result.success
    assert len(server.taken) == 1
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    said = " ".join(str(event.event_specific_data) for event in result.all_events if event.is_failure)
    assert "not for gone@example.com (550 5.1.1 nobody here)" in said


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("[targets]\nrepeat_any_30d = 1.2", "targets.repeat_any_30d = 1.2"),
        ("[targets]\nrepeats = 0.2", "targets.repeats is not a known key"),
        ('[[events]]\nday = 2026-10-12\nlabel = "two\\nlines"', "must be one line of printable text"),
        ('[[owners]]\nsegment = { colour = "red" }\nname = "x"', "'colour' is no dimension"),
        ('[email]\nhost = "mail.example.com"', "from is missing"),
        ('[email]\nhost = "mail.example.com"\nfrom = "nobody"', "is not a mail address"),
        ('[email]\nfrom = "a@example.com"\nto = ["a@example.com\\nBcc: b@example.com"]', "is not a mail address"),
        (
            '[email]\nhost = "mail.example.com"\nfrom = "a@example.com"\nuser = "u"\nsecurity = "none"',
            "would send the password in the clear",
        ),
        ('[report]\npaper = "A3"', "report.paper = 'A3'"),
    ],
)
def test_settings_that_do_not_do_are_named(config: Path, lines: str, words: str) -> None:
    config.write_text(CONFIG + lines, "utf-8")
    said = report(config)
    assert said.exit_code == 2
    assert words in said.stderr


def test_how_mail_is_sent_leaves_the_settings_of_a_night_as_they_are(config: Path) -> None:
    """A night compares its settings by this dump: another mail server must not make all of it be computed anew."""
    before = load_settings(config).model_dump_json()
    config.write_text(CONFIG + MAIL.format(port=25) + '[report]\npaper = "Letter"\n', "utf-8")
    assert load_settings(config).model_dump_json() == before
    config.write_text(CONFIG + "[targets]\nfcr_outcome = 0.6\n", "utf-8")
    assert load_settings(config).model_dump_json() != before

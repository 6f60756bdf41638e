"""Snapshots of complaints or survey answers alone: every page and the report say what is there, and claim no rate of nothing."""

import json
import re
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from builders.snapshots import midnight, publish
from builders.views import view_of
from plotly.io.json import to_json_plotly

from dashboards import app
from dashboards.pages import PAGES
from dashboards.report import ReportError, write_report
from dashboards.report.mail import compose_received
from dashboards.report.page import render_received
from dashboards.report.without_contacts import received_report
from dashboards.results.received import received
from dashboards.snapshot.frames import read_frames
from dashboards.wording.weeks import NoContactsError, Week
from pipelines.snapshot import Snapshot

AS_OF = midnight(2026, 9, 21)  # a Monday
FIRST = Week(date(2026, 8, 31))


def complaint(number: int, day: date, **given: Any) -> dict[str, Any]:
    return {
        "system": "default",
        "complaint_id": f"p{number}",
        "regulator": "CFPB",
        "received_at": midnight(day.year, day.month, day.day),
        "received_day": day,
        "link_rule": "unlinked_no_customer",
    } | given


#: 40 complaints in W36, 8 in W37; 3 of 4 answered in time, and of none it is known whether the answer was disputed.
COMPLAINTS = [
    complaint(
        i,
        FIRST.monday + timedelta(days=i % 7 if i < 40 else 7),
        product="debt collection" if i % 4 else "mortgage",
        issue="fees",
        timely=i % 4 != 0,
    )
    for i in range(48)
]
#: 50 answers in W36, of which 40 rated: ten each 1, 2, 4, 5; one answer in W38, which has words alone.
ANSWERS = [
    {"week": FIRST.monday, "responses": 50, "rated": 40, "rating_sum": 120.0, "rated_1": 10, "rated_2": 10}
    | {"rated_4": 10, "rated_5": 10, "recommended": 20, "promoters": 5, "detractors": 8, "with_words": 3},
    {"week": FIRST.plus(2).monday, "responses": 1, "with_words": 1},
]
LABELS = [{"dimension": "product", "key": "debt collection", "label": "Debt collection"}]


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    tables = {"complaints": COMPLAINTS, "segment_labels": LABELS}
    tables["kpi_daily"] = [{"day": row["received_day"], "complaints": 1} for row in COMPLAINTS]
    return publish(tmp_path_factory.mktemp("complaints"), tables, as_of=AS_OF)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("answers"), {"survey_weeks": ANSWERS}, as_of=AS_OF)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("nothing"), {}, as_of=AS_OF)


def main_of(snapshot: Snapshot, path: str, query: str = "") -> str:
    """What stands in the page's main part, as text."""
    view = view_of(snapshot, query, path)
    main = app._body(PAGES[path], view, None)[1]
    found = re.findall(r'"(?:children|text)":\s*("(?:[^"\\]|\\.)*")', to_json_plotly(main))
    return " ".join(json.loads(text) for text in found)


@pytest.fixture(autouse=True)
def _nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are drawn without a server here, so there is no reader whom the audit log could name."""
    monkeypatch.setattr(app, "audit", lambda *_, **__: None)


PATHS = [path for path in PAGES if path not in ("/case", "/audit")]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("which", ["complaints", "answers", "nothing"])
def test_every_page_says_something_and_no_rate_of_nothing(
    path: str, which: str, request: pytest.FixtureRequest
) -> None:
    snapshot = request.getfixturevalue(which)
    said = to_json_plotly(app._body(PAGES[path], view_of(snapshot, "", path), None))
    assert '"H1"' in said
    for wrong in ("There is nothing to show", "could not be drawn", "None", "0.00 per 1,000", "nan"):
        assert wrong not in said.replace("NoneType", "")
    assert not re.search(r"(?<!\d)0\.0%", said)


def test_the_overview_of_complaints_says_how_many_what_about_and_how_they_were_answered(complaints: Snapshot) -> None:
    said = main_of(complaints, "/")
    assert "48 complaints reached the regulator in 31 Aug – 13 Sep 2026; none links to a contact." in said
    # 36 of 48, by Wilson 61.2 to 85.1 per cent; whether answers were disputed no record says.
    assert "Answered in time: 75.0% (61.2–85.1%, n\u00a0=\u00a048). Answer disputed: not recorded." in said
    assert "No contacts are known here" in said
    assert "Debt collection" in said
    assert "Survey answers" not in said


def test_the_complaints_page_lists_weeks_products_and_issues(complaints: Snapshot) -> None:
    said = main_of(complaints, "/complaints")
    assert re.findall(r"2026-W37|\b8\b|\b0\b|6 of 8|not recorded", said[said.index("2026-W37") :])[:5] == [
        "2026-W37",
        "8",
        "0",
        "6 of 8",
        "not recorded",
    ]
    assert "Mortgage" in said
    assert main_of(complaints, "/sentiment").startswith("No customer feedback yet")


def test_where_only_yes_is_recorded_no_share_is_claimed(tmp_path: Path) -> None:
    # As in exports that leave a blank where nobody was asked: 41 disputed, of the others nothing is known.
    rows = [complaint(i, FIRST.monday, disputed=True if i < 41 else None) for i in range(100)]
    said = main_of(publish(tmp_path, {"complaints": rows}, as_of=AS_OF), "/complaints")
    assert "Answer disputed: recorded of 41, not known of the other 59." in said
    assert "41 recorded" in said
    assert "100.0" not in said


def test_survey_answers_alone_have_their_distribution_and_average(answers: Snapshot) -> None:
    for path in ("/", "/sentiment"):
        said = main_of(answers, path)
        assert "51 survey answers came in 31 Aug – 20 Sep 2026; none links to a contact." in said
        # 20 of 40 rated 1 or 2; (10 + 20 + 40 + 50) / 40 = 3.
        assert "Rated 1 or 2: 50.0% (35.2–64.8%, n\u00a0=\u00a040). The average rating is 3.0 of 5." in said
        assert "Of 20 with a likelihood to recommend 5 say 9 or 10, 8 say 6 or less." in said
    assert main_of(answers, "/complaints").startswith("No complaints are known here")


def test_a_page_about_contacts_leads_to_what_there_is(complaints: Snapshot, answers: Snapshot) -> None:
    assert "48 complaints" in main_of(complaints, "/repeats")
    assert "51 survey answers" in main_of(answers, "/people")


def test_the_chosen_number_of_weeks_counts_back_from_the_latest_arrival(tmp_path: Path) -> None:
    old = [complaint(i, FIRST.plus(-30).monday) for i in range(3)]
    made = publish(tmp_path, {"complaints": [*old, complaint(9, FIRST.monday)]}, as_of=AS_OF)
    assert "1 complaint reached the regulator in 31 Aug – 6 Sep 2026; it links to no contact." in main_of(made, "/")
    assert "4 complaints reached" in main_of(made, "/", "?weeks=52")


def test_few_ratings_give_no_average_and_no_share(tmp_path: Path) -> None:
    rows = [{"week": FIRST.monday, "responses": 2, "linked": 1, "rated": 2, "rating_sum": 2.0, "rated_1": 2}]
    made = publish(tmp_path, {"survey_weeks": rows}, as_of=AS_OF)
    said = main_of(made, "/sentiment")
    assert "2 survey answers came in 31 Aug – 6 Sep 2026; 1 links to a contact, 1 to none." in said
    assert "Rated 1 or 2: not shown" in said
    assert "average rating" not in said


def test_the_report_is_of_the_latest_week_that_is_over(complaints: Snapshot, tmp_path: Path) -> None:
    path = write_report(complaints, None, None, tmp_path)
    html, document = path.read_text("utf-8"), json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert path.name == "aftercall-2026-W37.html"
    assert document["lead"] == "8 complaints reached the regulator in 7–13 Sep 2026; none links to a contact."
    assert document["lead"] in html
    assert "Answered in time: not shown, " in document["detail"]  # 8 are fewer than 30
    assert [week["complaints"] for week in document["up_to_week"]["complaints"]["weeks"]] == [40, 8]
    assert document["up_to_week"]["answers"] is None
    assert "Debt collection" in html
    assert "None" not in html
    assert "<title>Complaints received</title>" in html
    assert write_report(complaints, None, "2026-W36", tmp_path).name == "aftercall-2026-W36.html"


def test_the_report_of_answers_on_paper_and_in_mail(answers: Snapshot) -> None:
    report = received_report(read_frames(answers), None, FIRST)
    assert report.lead == "50 survey answers came in 31 Aug – 6 Sep 2026; none links to a contact."
    printed = render_received(report, paper="A4")
    assert "<script" not in printed
    assert "2026-W36" in printed
    mail = compose_received(report, sender="Quality <q@example.com>", recipient="a@example.com", pdf=b"%PDF-")
    read = message_from_bytes(bytes(mail), policy=policy.default)
    assert read["Subject"] == (
        "Test operations, 2026-W36: 50 survey answers came in 31 Aug - 6 Sep 2026; none links to a contact"
    )
    assert "Rated 1 or 2: 50.0" in read.get_body(("plain",)).get_content()
    assert [part.get_filename() for part in read.iter_attachments()] == ["aftercall-2026-W36.pdf"]


def test_a_name_of_several_lines_adds_no_header_to_the_mail(tmp_path: Path) -> None:
    made = publish(tmp_path, {"survey_weeks": ANSWERS}, as_of=AS_OF, name="Care\r\nBcc: all@example.org\n\ncentre")
    report = received_report(read_frames(made), None, FIRST)
    mail = compose_received(report, sender="Quality <q@example.com>", recipient="a@example.com")
    read = message_from_bytes(bytes(mail), policy=policy.default)
    assert read["Subject"].startswith("Care Bcc: all@example.org centre, 2026-W36: ")
    assert read["Bcc"] is None


def test_a_week_without_anything_and_a_snapshot_without_anything_are_said(
    complaints: Snapshot, nothing: Snapshot, tmp_path: Path
) -> None:
    with pytest.raises(ReportError, match=r"2026-W20 has no complaint and no survey answer.*2026-W36 … 2026-W37"):
        write_report(complaints, None, "2026-W20", tmp_path)
    with pytest.raises(NoContactsError, match="nothing to report"):
        write_report(nothing, None, None, tmp_path)


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    hostile = '</script><script>alert(1)</script><img src=x onerror="x">'
    rows = [complaint(i, FIRST.monday, product=hostile, issue="=1+1") for i in range(3)]
    made = publish(tmp_path / "data", {"complaints": rows}, as_of=AS_OF, name=hostile)
    html = write_report(made, None, None, tmp_path).read_text("utf-8")
    assert "<img" not in html
    assert "<script" not in html
    assert main_of(made, "/")


def test_snapshots_of_contacts_count_their_answers_too(tmp_path: Path) -> None:
    found = received(read_frames(publish(tmp_path, {"survey_weeks": ANSWERS}, as_of=AS_OF)), FIRST, 1)
    assert found.answers is not None
    assert (found.answers.total("answers"), found.complaints) == (50, None)

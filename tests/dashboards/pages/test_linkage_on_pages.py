"""Survey answers that link to nothing and ids that were joined, on every page and message that shows how many there are."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from builders.snapshots import kpi_row, midnight, publish
from builders.views import rendered

from dashboards.report.content import weekly_report
from dashboards.results.linkage import AliasKind, SurveyAnswers, joined_sentence, unlinked_sentence
from dashboards.snapshot.queries import Queries
from pipelines.commands.run_summary import headline_figures
from pipelines.snapshot import Snapshot

MONDAY = date(2026, 10, 12)
LOST = (
    "2 of 2 survey answers are linked to no eligible contact and not included: 2 without a contact or a known customer."
)


def answers(**fates: int) -> list[dict[str, Any]]:
    return [
        {"fate": fate, "is_linked": fate in ("counted", "later_response"), "responses": number}
        for fate, number in fates.items()
    ]


def snapshot_of(folder: Path, contacts: int = 100, has_survey: bool | None = False, **tables: Any) -> Snapshot:
    outcome = {
        "system": "s",
        "contact_id": "c",
        "customer_key": "k",
        "day": MONDAY,
        "resolution_parts": "repeat",
        "has_survey": has_survey,
    }
    given = {"kpi_daily": [kpi_row(MONDAY, contacts=contacts)], "contact_outcomes": [outcome], **tables}
    return publish(folder, given, as_of=midnight(2026, 12, 1))


def test_the_sentence_names_every_reason() -> None:
    found = SurveyAnswers((("counted", 1200), ("unlinked_contact", 1), ("not_eligible", 3), ("unfinished", 7)))
    assert unlinked_sentence(found) == (
        "4 of 1,204 survey answers are linked to no eligible contact and not included: "
        "1 of a contact that is not there, 3 about a contact that is not eligible."
    )
    assert unlinked_sentence(SurveyAnswers((("counted", 5), ("later_response", 2), ("unfinished", 1)))) == ""
    assert unlinked_sentence(SurveyAnswers(())) == ""


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        ((), ""),
        (
            (AliasKind("phone", 900, 12, 1, 300, 410, 400), AliasKind("email", 50, 0, 0, 10, 12, 10)),
            (
                "410 served inbound contacts were linked to their customer by an alias (phone 400, email 10). "
                "12 aliases belong to several customers and link none. "
                "1 alias leads to another alias; only one step is followed."
            ),
        ),
        (
            (AliasKind("unknown", 3, 1, 2, 0, 0, 0),),
            (
                "0 served inbound contacts were linked to their customer by an alias. "
                "1 alias belongs to several customers and links none. "
                "2 aliases lead to another alias; only one step is followed."
            ),
        ),
    ],
)
def test_the_sentence_on_ids_that_were_joined(kinds: tuple[AliasKind, ...], sentence: str) -> None:
    assert joined_sentence(kinds) == sentence


def test_answers_without_anyone_are_shown_wherever_answers_are_counted(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, survey_answers=answers(unlinked_no_customer=2))
    report = weekly_report(Queries(snapshot), None, None)
    assert LOST in report.caveats
    assert LOST in str(rendered(snapshot, "", "/sentiment"))
    page = str(rendered(snapshot, "", "/data-quality"))
    assert LOST in page
    assert "Without a contact or a known customer" in page
    assert dict(headline_figures(snapshot))["sentiment"] == (
        "no survey answer counts; 2 of 2 survey answers link to nothing that counts: "
        "2 without a contact or a known customer; no transcripts"
    )


def test_a_source_of_surveys_is_never_called_missing_where_answers_came(tmp_path: Path) -> None:
    """Without an eligible contact only the answers tell that there is a source."""
    row = kpi_row(MONDAY, contacts=40, eligible=0)
    tables = {"kpi_daily": [row], "contact_outcomes": [], "survey_answers": answers(not_eligible=40)}
    snapshot = publish(tmp_path, tables, as_of=midnight(2026, 12, 1))
    for path in ("/data-quality", "/sentiment"):
        page = str(rendered(snapshot, "", path))
        assert "no survey source is configured" not in page
        assert "40 about a contact that is not eligible" in page


def test_where_every_answer_counts_nothing_is_said_of_the_others(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, has_survey=True, survey_answers=answers(counted=2, later_response=1))
    assert "linked to no eligible contact" not in str(rendered(snapshot, "", "/sentiment"))
    assert "Every finished survey answer is linked to an eligible contact." in str(
        rendered(snapshot, "", "/data-quality")
    )
    assert "link to nothing" not in dict(headline_figures(snapshot))["sentiment"]


def test_joined_ids_stand_beside_identity_coverage(tmp_path: Path) -> None:
    row = {"kind": "<b>phone", "aliases": 9, "ambiguous": 2, "used": 5, "contacts": 31, "served_inbound": 30}
    snapshot = snapshot_of(tmp_path, identity_links=[row])
    said = "30 served inbound contacts were linked to their customer by an alias (<b>phone 30)."
    report = weekly_report(Queries(snapshot), None, None)
    assert any(line.startswith(said) for line in report.caveats)
    page = str(rendered(snapshot, "", "/data-quality"))
    assert f"The customer is known in 100 of 100 served inbound contacts. {said} 2 aliases belong to several" in page
    contacts = dict(headline_figures(snapshot))["contacts"]
    assert contacts.endswith("; 31 joined by an alias, 2 aliases name several customers")


def test_a_snapshot_from_before_these_tables_is_shown(tmp_path: Path) -> None:
    given = {"kpi_daily": [kpi_row(MONDAY)]}
    without = ("survey_answers", "identity_links")
    snapshot = publish(tmp_path, given, as_of=midnight(2026, 12, 1), without=without)
    assert "How records find each other" not in str(rendered(snapshot, "", "/data-quality"))
    assert dict(headline_figures(snapshot))["sentiment"] == "no survey answers; no transcripts"

"""What followed a contact: what has happened is known at once, what did not happen only once its window has closed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.cases import LAST_DAY, case_tables, complaint, event, outcome, published
from dash import html

from dashboards.casebook.case import find_case
from dashboards.casebook.followed import Followed, followed
from dashboards.pages.cases.facts import facts
from dashboards.snapshot.queries import Queries

_END = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 9, 5, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_OPEN = Followed(None, None, None, None, None, None)
_WINDOW = timedelta(days=30)


def _after(tmp_path: Path, tables: dict[str, Any] | None = None, **given: Any) -> Followed:
    made = case_tables() | {"complaints": [], "crm_timeline": []} | (tables or {})
    made["contact_outcomes"] = [outcome(case_id="K", **given)]
    case = find_case(Queries(published(tmp_path, made)), "default", "C1", LAST_DAY)
    assert case is not None
    return followed(case)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, _OPEN),
        # An hour later, about something else: the contact has an issue, so it may still hold.
        ({"next_contact_at": _END + _HOUR}, Followed(True, None, None, None, None, None)),
        ({"next_contact_at": _END + _HOUR, "issue": None}, Followed(True, None, None, None, None, False)),
        (
            {"next_contact_at": _END + _HOUR, "next_same_issue_at": _END + _HOUR},
            Followed(True, True, None, None, None, False),
        ),
        # The next contact lies outside of the window: nothing has happened within it, and it has not closed.
        ({"next_contact_at": _END + _WINDOW + _HOUR}, _OPEN),
        (
            {"repeat_any_30d": False, "repeat_issue_30d": False, "resolved_outcome": True},
            Followed(False, False, None, None, None, True),
        ),
    ],
)
def test_who_has_come_back_has_come_back(given: dict[str, Any], expected: Followed, tmp_path: Path) -> None:
    assert _after(tmp_path, **given) == expected


@pytest.mark.parametrize(
    ("table", "row", "expected"),
    [
        ("complaints", complaint(received_at=_END + _HOUR), Followed(None, None, True, None, None, False)),
        ("complaints", complaint(received_at=_END - _HOUR), _OPEN),
        ("complaints", complaint(received_at=_END + _WINDOW + _HOUR), _OPEN),
        ("complaints", complaint(received_at=_END + _HOUR, contact_id="C0"), _OPEN),
        ("crm_timeline", event(event_type="case_reopened", case_id="K", occurred_at=_END + _HOUR), Followed(None, None, None, True, None, False)),
        ("crm_timeline", event(event_type="case_reopened", contact_id="C0", case_id="K", occurred_at=_END + _HOUR), _OPEN),
        ("crm_timeline", event(event_type="case_closed", case_id="K", occurred_at=_END + _HOUR), _OPEN),
        ("crm_timeline", event(event_type="account_closed", occurred_at=_END + _HOUR), Followed(None, None, None, None, True, None)),
    ],
)  # fmt: skip
def test_what_has_happened_is_known(table: str, row: dict[str, Any], expected: Followed, tmp_path: Path) -> None:
    assert _after(tmp_path, {table: [row]}) == expected


def test_the_page_of_a_case_does_not_contradict_its_flag(tmp_path: Path) -> None:
    """A flag says that the customer came back an hour later; under it stood that this was not known yet."""
    tables = case_tables() | {"complaints": []}
    tables["contact_outcomes"] = [outcome(next_contact_at=_END + _HOUR, next_same_issue_at=_END + _HOUR)]
    case = find_case(Queries(published(tmp_path, tables)), "default", "C1", LAST_DAY)
    assert case is not None
    parts = list(facts(case)._traverse())
    names = [each.children for each in parts if isinstance(each, html.Dt)]
    pairs = dict(zip(names, (each.children for each in parts if isinstance(each, html.Dd)), strict=True))
    assert pairs["Came back within 30 days"] == "yes"
    assert pairs["About the same issue"] == "yes"
    assert pairs["Held for 30 days"] == "no"
    assert pairs["Complained within 30 days"] == "not known yet"

"""The work list: what is new since the night before, in order, up to its cap; what comes before and after a case."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.cases import AS_OF, LAST_DAY, case_tables, flag, outcome
from builders.snapshots import publish

from dashboards.casebook.case_query import CaseQuery
from dashboards.casebook.casework import Casework
from dashboards.casebook.key import CaseKey
from dashboards.casebook.neighbours import Neighbour, in_flag_list, in_work_list
from dashboards.casebook.review_log import ReviewLog
from dashboards.casebook.verdicts import recorded_since
from dashboards.casebook.worklist import CAP, WorkList, case_money, work_list
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.queries import Queries

NEW = CaseQuery(work="new")
DAY = timedelta(days=1)


def night(data_dir: Path, flags: list[dict[str, Any]], name: str, *, days_ago: int = 0, **tables: Any) -> Queries:
    given = case_tables() | {"case_flags": flags} | tables
    given["contact_outcomes"] = [outcome(name) for name in sorted({row["contact_id"] for row in flags})]
    return Queries(publish(data_dir, given, as_of=AS_OF - days_ago * DAY, snapshot_id=name))


def listed(queries: Queries, data_dir: Path, asked: CaseQuery = NEW, person: str = "anna") -> WorkList:
    return work_list(queries, data_dir, asked, recorded_since(data_dir, AS_OF), person, today=AS_OF.date())


def names(found: WorkList) -> list[str]:
    return [item.key.contact_id for item in found.items]


def judge(data_dir: Path, contact: str, rule: str = "fast_but_unhappy", *, minutes: int = 1) -> None:
    ReviewLog(data_dir).judge_flag(
        CaseKey("default", contact, LAST_DAY),
        rule=rule, verdict="confirmed", reason="", evidence_hash=f"hash-{contact}-{rule}", by="anna",
        at=AS_OF + timedelta(minutes=minutes),
    )  # fmt: skip


def test_new_is_what_the_night_before_did_not_have(tmp_path: Path) -> None:
    old = [flag("A"), flag("B")]
    night(tmp_path, old, "s1", days_ago=1)
    # A run repeated on the same day takes nothing off the list; B has another flag now, and D came late for an old day.
    now = [*old, flag("B", "promise_broken"), flag("C"), flag("D", day=LAST_DAY - 40 * DAY)]
    night(tmp_path, now[:-1], "s2")
    found = listed(night(tmp_path, now, "s3"), tmp_path)
    assert sorted(names(found)) == ["B", "C", "D"]
    assert (found.since, found.below, found.older, found.open) == (AS_OF - DAY, 0, 2, 3)
    assert [item.days for item in found.items if item.key.contact_id == "D"] == [40]
    only = listed(night(tmp_path, now, "s4"), tmp_path, CaseQuery(work="new", rule="promise_broken"))
    assert names(only) == ["B"]
    assert (
        names(listed(night(tmp_path, now, "s5"), tmp_path, CaseQuery(work="new", filters=Filters.of({"queue": None}))))
        == []
    )


def test_the_first_night_has_the_last_seven_days(tmp_path: Path) -> None:
    flags = [flag("A"), flag("B", day=LAST_DAY - 6 * DAY), flag("C", day=LAST_DAY - 7 * DAY), flag("D", known_at=None)]
    found = listed(night(tmp_path, flags, "s1"), tmp_path)
    assert (names(found), found.since, found.older) == (["B", "A"], None, 2)


def test_the_most_severe_come_first_then_the_oldest_then_the_dearest(tmp_path: Path) -> None:
    promised = {"amount": 30.0, "currency": "INR"}
    flags = [
        flag("A", severity=1, day=LAST_DAY - 5 * DAY),
        flag("B", severity=3),
        flag("C", severity=3, day=LAST_DAY - 2 * DAY),
        flag("D", severity=3),
        flag("D", "promise_broken", severity=1, evidence=promised),
        flag("E", severity=3),
        # One contact stands once: by its most severe flag, and by its oldest.
        flag("F", severity=2),
        flag("F", "promise_broken", severity=1, evidence=promised | {"currency": "USD"}),
    ]
    found = listed(night(tmp_path, flags, "s1"), tmp_path)
    assert names(found) == ["C", "D", "B", "E", "F", "A"]
    assert [item.money for item in found.items] == [None, 30.0, None, None, None, None]
    assert [len(item.flags) for item in found.items] == [1, 2, 1, 1, 2, 1]


def test_money_is_what_is_certain() -> None:
    """7 for a customer who came back, 250 for one who complained, each once; and what was promised in our currency."""
    costs = {"repeat_contact": 7.0, "complaint": 250.0}

    def money(*flags: tuple[str, str], given: dict[str, float] = costs) -> float | None:
        return case_money(list(flags), given, "USD")

    back = '{"next_contact_id": "C2"}'
    assert money(("claimed_resolved_came_back", back)) == 7
    assert money(("claimed_resolved_came_back", back), ("stuck_with_ai", back)) == 7
    assert money(("claimed_resolved_complained", '{"complaint_id": "R1"}'), ("confident_and_wrong", back)) == 257
    assert money(("confident_and_wrong", '{"complaint_within_30d": true}')) == 250
    assert money(("promise_broken", '{"amount": 25.5, "currency": "USD", "next_same_issue_id": "C2"}')) == 32.5
    assert money(("claimed_resolved_came_back", back), given={}) is None
    for odd in ("[]", "x", '{"amount": true, "currency": "USD"}', '{"amount": -5, "currency": "USD"}', '{"amount": 5}'):
        assert money(("promise_broken", odd)) is None
    assert money(("promise_broken", '{"amount": 1e300, "currency": "USD"}')) is None


def test_the_list_stays_as_the_night_left_it_while_people_work_on_it(tmp_path: Path) -> None:
    flags = [flag(f"C{n:03d}", severity=3 if n < 20 else 2) for n in range(CAP + 12)]
    counted = {
        "system": "default", "disposition_id": "d1", "contact_id": "C000", "rule": "fast_but_unhappy",
        "verdict": "dismissed", "decided_at": AS_OF - DAY, "decided_by": "ben", "is_latest": True,
    }  # fmt: skip
    queries = night(tmp_path, flags, "s1", dispositions=[counted])
    before = listed(queries, tmp_path)
    assert names(before) == [f"C{n:03d}" for n in range(1, CAP + 1)]
    assert (before.below, before.open) == (11, CAP)
    judge(tmp_path, "C001")
    judge(tmp_path, "C003")
    after = listed(queries, tmp_path)
    assert (names(after), after.open) == (names(before), CAP - 2)
    assert [item.key.contact_id for item in after.items if not item.is_open] == ["C001", "C003"]
    everything = listed(queries, tmp_path, CaseQuery(work="new", uncapped=True))
    assert (len(everything.items), everything.below) == (CAP + 11, 0)

    def around(contact: str) -> tuple[str | None, str | None, str]:
        found = in_work_list(after, CaseKey("default", contact, LAST_DAY))
        return (
            found.previous.key.contact_id if found.previous else None,
            found.next.key.contact_id if found.next else None,
            found.words,
        )

    assert around("C001") == (None, "C002", f"1 of {CAP}, {CAP - 2} without a verdict")
    assert around("C002") == ("C001", "C004", f"2 of {CAP}, {CAP - 2} without a verdict")
    assert around(f"C{CAP:03d}")[:2] == (f"C{CAP - 1:03d}", "C002"), "after the last comes the first that waits"
    assert around("elsewhere") == (None, "C002", f"{CAP - 2} without a verdict")


def test_a_verdict_taken_back_waits_again_and_the_one_before_it_is_in_force(tmp_path: Path) -> None:
    counted = {
        "system": "default", "disposition_id": "d1", "contact_id": "A", "rule": "fast_but_unhappy",
        "verdict": "dismissed", "decided_at": AS_OF - 3 * DAY, "decided_by": "ben", "is_latest": False,
    }  # fmt: skip
    latest = counted | {"disposition_id": "d2", "verdict": "confirmed", "decided_at": AS_OF - DAY, "is_latest": True}
    queries = night(tmp_path, [flag("A"), flag("B")], "s1", dispositions=[counted, latest])
    log = ReviewLog(tmp_path)
    judge(tmp_path, "B")
    assert listed(queries, tmp_path).open == 0
    (given,) = log.dispositions_since(AS_OF)
    log.undo_flag(given, at=AS_OF + timedelta(minutes=2))
    assert log.dispositions_since(AS_OF) == ()
    assert listed(queries, tmp_path).open == 1

    def in_force() -> dict[str, str | None]:
        rows = listed(queries, tmp_path, CaseQuery(work="mine"), "anna").items
        return {item.key.contact_id: item.flags[0].verdict for item in rows}

    for contact in ("A", "B"):
        Casework(tmp_path).assign("default", contact, "anna", by="ben", at=AS_OF)
    assert in_force() == {"A": "confirmed", "B": None}
    for disposition, expected in (("d2", "dismissed"), ("d1", None)):
        undone = given.__class__(disposition, "default", "A", "fast_but_unhappy", "x", "", "ben", AS_OF - DAY, None)
        log.undo_flag(undone, at=AS_OF + timedelta(minutes=3))
        assert in_force()["A"] == expected


def test_mine_are_those_assigned_to_me_the_overdue_first(tmp_path: Path) -> None:
    flags = [flag(name, severity=severity) for name, severity in (("A", 3), ("B", 2), ("C", 1), ("D", 3))]
    queries, log = night(tmp_path, flags, "s1"), Casework(tmp_path)
    for contact, to in (("A", "anna"), ("B", "anna"), ("C", "anna"), ("D", "ben"), ("gone", "anna")):
        log.assign("default", contact, to, by="ben", at=AS_OF)
    log.set_due("default", "C", AS_OF.date() - DAY, by="ben", at=AS_OF)
    log.set_due("default", "B", AS_OF.date(), by="ben", at=AS_OF)
    mine = CaseQuery(work="mine")
    assert names(listed(queries, tmp_path, mine)) == ["C", "A", "B"]
    judge(tmp_path, "C")
    assert [item.is_open for item in listed(queries, tmp_path, mine).items] == [False, True, True]
    assert names(listed(queries, tmp_path, mine, "ben")) == ["D"]
    assert names(listed(queries, tmp_path, mine, "")) == []


@pytest.mark.parametrize("place", [0, 1, 2, 13])
def test_neighbours_in_a_list_of_flags(place: int, tmp_path: Path) -> None:
    """Flags in order of contact, two of each contact: a step leads to another contact."""
    rules = ("fast_but_unhappy", "promise_broken")
    flags = [flag(f"C{n:02d}", rule, code="D2") for n in range(8) for rule in rules]
    queries = night(tmp_path, flags, "s1")
    asked = CaseQuery(sort="oldest", verdict="open")
    here = place // 2
    found = in_flag_list(
        queries, asked, recorded_since(tmp_path, AS_OF), CaseKey("default", f"C{here:02d}", LAST_DAY), place
    )

    def at(number: int, place: int) -> Neighbour:
        return Neighbour(CaseKey("default", f"C{number:02d}", LAST_DAY), place)

    assert found.previous == (at(here - 1, 2 * here - 1) if here else None)
    assert found.next == at(here + 1, 2 * here + 2)
    # Judged away, the case leaves its place to the one after it.
    for rule in rules:
        judge(tmp_path, f"C{here:02d}", rule)
    gone = in_flag_list(
        queries, asked, recorded_since(tmp_path, AS_OF), CaseKey("default", f"C{here:02d}", LAST_DAY), 2 * here
    )
    assert gone.next == at(here + 1, 2 * here)
    assert gone.previous == (at(here - 1, 2 * here - 1) if here else None)

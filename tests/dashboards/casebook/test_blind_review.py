"""Verdicts before the flag is read: what is withheld is not sent, what was given blind is marked, and two do not collide."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import werkzeug.test
from builders.access import Browser, Place, drawing
from builders.cases import AS_OF, LAST_DAY, case_tables, claim, flag, outcome, published

from dashboards.casebook.case_query import SHOWN
from dashboards.casebook.casework import Casework
from dashboards.casebook.review_log import ReviewLog
from dashboards.wording.flags import rule_name
from dashboards.wording.reviewing import question_of
from pipelines.contract import CASE_RULES

KEY = {"system": "default", "contact": "C1", "day": LAST_DAY.isoformat()}
CASE = f"?system=default&contact=C1&day={LAST_DAY}"
#: Two flags that one question asks about, one with another, and the hashes that name them.
FLAGS = [
    flag(rule="claimed_resolved_came_back", evidence={"next_contact_id": "C2", "issue": "refund"}, evidence_hash="h1"),
    flag(rule="claimed_resolved_complained", evidence={"complaint_id": "R1", "regulator": "CFPB"}, evidence_hash="h2"),
    flag(rule="confident_and_wrong", evidence={"ai_confidence": 0.9375, "next_contact_id": "C2"}, evidence_hash="h3"),
]
#: What the flags, the AI's confidence and its claims would be recognised by.
TELLING = (
    "Claimed resolved", "claimed resolved", "claimed_resolved", "came back", "complained to", "confident", "Confident AI", "93", "sure",
    "severity", "says it again", "promise", "broken", "negative", "Came back within", "Held for", "Sentiment",
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    seen = outcome(ai_confidence=0.9375, resolved_claimed=True, resolved_outcome=False, closing_sentiment=-0.9)
    others = [outcome("C0", resolved_claimed=True), outcome("C2", resolved_claimed=False)]
    published(tmp_path / "data", case_tables() | {"case_flags": FLAGS, "contact_outcomes": [seen, *others]})
    place.now = (AS_OF + timedelta(hours=9)).timestamp()
    return place


def browser_of(place: Place, name: str = "anna") -> Browser:
    browser = Browser(place.server)
    assert browser.log_in(name).status_code == 303
    return browser


def drawn(browser: Browser, path: str, query: str = CASE) -> str:
    body = drawing(path)
    body["inputs"][1]["value"] = query
    answer = browser.ask("POST", "/_dash-update-component", json=body).get_json()
    return json.dumps(answer["response"]["page"]["children"][2:], ensure_ascii=False)


def judge(browser: Browser, flags: str, verdict: str = "confirmed", **given: str) -> werkzeug.test.TestResponse:
    return browser.ask("POST", "/judge/verdict", data=KEY | {"flags": flags, "verdict": verdict, "reason": "", **given})


def recorded(place: Place) -> list[tuple[str, str, str, bool | None]]:
    found = ReviewLog(place.folder / "data").dispositions_since(AS_OF)
    return sorted((each.rule, each.verdict, each.decided_by, each.given_blind) for each in found)


@pytest.mark.parametrize("rule", CASE_RULES)
def test_no_question_says_what_its_flag_says(rule: str) -> None:
    asked = question_of(rule)
    assert list(asked.answers) == ["confirmed", "explained", "dismissed"]
    said = " ".join((asked.text, *asked.answers.values())).lower()
    assert rule_name(rule).lower() not in said
    assert not {"claimed", "confident", "sure", "complained", "flag"} & set(said.replace(":", "").split())


def test_what_would_anchor_a_reviewer_is_not_sent_until_all_is_judged(place: Place) -> None:
    browser = browser_of(place)
    said = drawn(browser, "/judge")
    assert "Was the customer’s problem solved in this contact?" in said
    assert "It is wrong." in said, "the transcript stands there"
    assert [word for word in TELLING if word in said] == []
    work = drawn(browser, "/cases", "")
    rows = work[work.index("the most pressing first") : work.index("Find a case")]
    assert "C1" in rows
    assert [word for word in TELLING if word in rows and word != "severity"] == []
    assert "yet the customer" not in work
    # The first question stands behind two flags, and says nothing of either when it is answered.
    assert judge(browser, "h1 h2").status_code == 303
    second = drawn(browser, "/judge")
    assert "Was what the customer was told right?" in second
    assert [word for word in TELLING if word in second] == []
    assert judge(browser, "h3", "explained", reason="Call +1 212 555 0123: it was an outage.").status_code == 303
    told = drawn(browser, "/judge")
    for word in (
        "Claimed resolved, customer came back",
        "The AI was 93% sure",
        "The AI's confidence",
        "Given before the flag was read",
    ):
        assert word in told
    assert recorded(place) == [
        ("claimed_resolved_came_back", "confirmed", "anna", True),
        ("claimed_resolved_complained", "confirmed", "anna", True),
        ("confident_and_wrong", "explained", "anna", True),
    ]
    log = ReviewLog(place.folder / "data").dispositions_since(AS_OF)
    assert {each.reason for each in log} == {"", "Call [phone]: it was an outage."}
    assert [entry.facts["verdict"] for entry in place.log() if entry.action == "review"] == ["confirmed"] * 2 + [
        "explained"
    ]


def test_who_has_read_the_case_does_not_judge_it_blind(place: Place) -> None:
    anna, ada = browser_of(place), browser_of(place, "ada")
    drawn(anna, "/case")
    assert judge(anna, "h1 h2").status_code == 303
    assert judge(ada, "h3").status_code == 303
    assert [each[2:] for each in recorded(place)] == [("anna", False), ("anna", False), ("ada", True)]
    # What was judged has been read; taken back and given again, it is not blind.
    drawn(ada, "/judge")
    given = next(
        each for each in ReviewLog(place.folder / "data").dispositions_since(AS_OF) if each.decided_by == "ada"
    )
    undo = KEY | {"disposition": given.id, "back": f"/judge{CASE}"}
    assert anna.ask("POST", "/case/undo", data=undo).status_code == 403, "it is another person's"
    answer = ada.ask("POST", "/case/undo", data=undo)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/judge{CASE}")
    assert (place.log()[-1].action, place.log()[-1].facts["verdict"]) == ("review", "undone")
    assert judge(ada, "h3").status_code == 303
    assert [each[3] for each in recorded(place) if each[2] == "ada"] == [False]
    # An admin takes back anybody's.
    of_anna = next(
        each for each in ReviewLog(place.folder / "data").dispositions_since(AS_OF) if each.decided_by == "anna"
    )
    assert ada.ask("POST", "/case/undo", data=KEY | {"disposition": of_anna.id}).status_code == 303
    assert len(recorded(place)) == 2


def test_two_reviewers_and_a_button_pressed_twice(place: Place) -> None:
    anna, ada = browser_of(place), browser_of(place, "ada")
    assert [judge(anna, "h1 h2").status_code for _ in range(2)] == [303, 303]
    assert len(recorded(place)) == 2
    late = judge(ada, "h1 h2", "dismissed")
    assert late.status_code == 409
    assert "judged meanwhile" in late.get_data(as_text=True)
    assert judge(ada, "h1 h2").status_code == 409, "the same answer is another person's"
    assert len(recorded(place)) == 2
    for flags, status in (("h9", 409), ("", 409), ("h3 h9", 409), ("h1", 409)):
        assert judge(ada, flags).status_code == status, flags
    assert judge(anna, "h3", "explained").status_code == 400, "a reason is missing"
    assert judge(anna, "h3", "right").status_code == 400
    assert len(recorded(place)) == 2
    # After the session has ended nothing is recorded; the way back is offered.
    anna.log_out()
    assert judge(anna, "h3").status_code in (302, 303, 401)
    assert len(recorded(place)) == 2
    # The other form of a verdict: pressed twice it says nothing more, and the latest counts.
    sent = KEY | {"rule": "confident_and_wrong", "evidence_hash": "h3", "verdict": "dismissed", "reason": "Seen."}
    assert [ada.ask("POST", "/case/disposition", data=sent).status_code for _ in range(2)] == [303, 303]
    assert len(recorded(place)) == 3


def test_work_on_a_case_is_recorded_shown_and_logged(place: Place) -> None:
    browser = browser_of(place)
    back = {"back": "/cases?show=mine"}
    for path, sent, status in (
        ("/case/assign", {"to": "  Anna "}, 303),
        ("/case/assign", {"to": "vera"}, 400),  # A viewer opens no case.
        ("/case/assign", {"to": "nobody"}, 400),
        ("/case/due", {"due": "2026-01-02"}, 303),
        ("/case/due", {"due": "tomorrow"}, 400),
        ("/case/note", {"note": "Mail to bo@example.com <b>"}, 303),
        ("/case/note", {"note": "x" * 2_001}, 400),
        ("/case/note", {"note": "x", "contact": "C9"}, 404),
        ("/case/note", {"note": "x", "day": "1999-01-01"}, 404),
    ):
        assert browser.ask("POST", path, data=KEY | back | sent).status_code == status, (path, sent)
    work = Casework(place.folder / "data").of("default", "C1")
    assert (work.assignee, str(work.due), [note.text for note in work.notes]) == (
        "anna",
        "2026-01-02",
        ["Mail to [email] <b>"],
    )
    logged = [(entry.facts["what"], entry.facts["contact"]) for entry in place.log() if entry.action == "case work"]
    assert logged[:2] == [("assigned", "C1"), ("due", "C1")]
    said = drawn(browser, "/judge")
    assert "anna has this case" in said
    assert "overdue since 2 Jan 2026" in said
    assert "Mail to [email] <b>" in said
    assert "1 of 1 case assigned to you waits" in drawn(browser, "/cases", "?show=mine")
    assert "No case is assigned to you" in drawn(browser_of(place, "ada"), "/cases", "?show=mine")
    assert (
        browser.ask("POST", "/case/note", data=KEY | {"note": "y", "back": "//evil.example"}).headers["Location"] == "/"
    )


def test_views_are_saved_by_name_and_opened_by_address(place: Place) -> None:
    browser = browser_of(place)

    def save(**sent: str) -> werkzeug.test.TestResponse:
        return browser.ask("POST", "/cases/views", data={"name": "Billing", "path": "/cases", **sent})

    answer = save(query="?show=new&queue=billing")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cases?queue=billing&show=new")
    assert '"/cases?queue=billing&show=new"' in drawn(browser, "/cases", "")
    assert '"/cases?queue=billing&show=new"' not in drawn(browser_of(place, "ada"), "/cases", "")
    for bad in ({"query": "?queue=nowhere"}, {"query": "?show=x"}, {"path": "/audit"}, {"name": " "}):
        assert save(**{"query": "?show=new"} | bad).status_code == 400, bad
    assert browser.ask("POST", "/cases/views", data={"remove": "Billing", "back": "/cases"}).status_code == 303
    assert Casework(place.folder / "data").views("anna") == ()


def test_cases_are_listed_by_segment_and_period_from_elsewhere(place: Place) -> None:
    """Links of figures name a segment or days and no list: all cases behind them are meant."""
    browser = browser_of(place)
    for query, there in (
        ('?segment={"issue":"refund","workflow":"disputes"}&from=2026-01-01&to=2099-01-01', True),
        ('?segment={"issue":"other"}', False),
        ('?segment={"issue":"refund"}&to=2000-01-01', False),
        (f"?queue=billing&from={LAST_DAY}&to={LAST_DAY}", True),
    ):
        said = drawn(browser, "/cases", query)
        assert ("No contact is flagged here" not in said) == there, query
        # From such a list, too, one steps from case to case and back.
        assert ("list=" in said) == there
    assert set(SHOWN) == {"new", "mine", "today", "all"}
    assert "is not offered here" in drawn(browser, "/cases", "?show=everything")


def test_a_claim_is_judged_without_its_value_and_confidence(tmp_path: Path) -> None:
    place = Place(tmp_path)
    tables = case_tables()
    silent, spoken = claim("K2", "C2", claimed_value="77.70", stated_confidence=0.0625), claim("K1")
    tables["review_sample"] = [spoken[0], silent[0]]
    tables["review_claims"] = [spoken[1], silent[1]]
    published(tmp_path / "data", tables)
    place.now = (AS_OF + timedelta(hours=9)).timestamp()
    browser = browser_of(place)
    first = drawn(browser, "/review", "")
    assert "Is what the AI said about balance right?" in first
    assert "It is wrong." in first
    assert not [word for word in ("12.50", "77.70", "90% sure", "6% sure", "sure") if word in first]
    # Without a transcript the value alone says what is to be judged.
    without = drawn(browser, "/review", f"?system=default&claim=K2&on={LAST_DAY}")
    assert "77.70" in without
    assert "sure" not in without

    def verdict(word: str, claim_id: str = "K1", **sent: str) -> int:
        data = {"system": "default", "claim": claim_id, "day": LAST_DAY.isoformat(), "verdict": word, **sent}
        return browser.ask("POST", "/review/verdict", data=data).status_code

    def given() -> list[tuple[str, bool | None, bool | None]]:
        found = ReviewLog(place.folder / "data").claim_verdicts_since(AS_OF)
        return [(each.claim_id, each.is_right, each.is_blind) for each in found]

    assert [verdict("wrong", blind="yes") for _ in range(2)] == [303, 303]
    assert given() == [("K1", False, True)]
    told = drawn(browser, "/review", f"?system=default&claim=K1&on={LAST_DAY}")
    for word in ("12.50", "90% sure", "Given before the AI’s confidence was known"):
        assert word in told
    place.now += 60
    assert [verdict("undo") for _ in range(2)] == [303, 303]
    assert given()[0] == ("K1", None, None)
    assert "Is what the AI said about balance right?" in drawn(
        browser, "/review", f"?system=default&claim=K1&on={LAST_DAY}"
    )
    place.now += 60
    assert verdict("right", blind="yes") == 303
    assert given()[0] == ("K1", True, False), "they have read how sure the AI was"
    place.now += 60
    assert verdict("right", "K2") == 303
    assert given()[0] == ("K2", True, False), "not said to be blind"
    other = browser_of(place, "ada")
    sent: dict[str, Any] = {"system": "default", "claim": "K2", "day": LAST_DAY.isoformat(), "verdict": "undo"}
    assert other.ask("POST", "/review/verdict", data=sent).status_code == 303, "an admin"
    assert given()[0] == ("K2", None, None)
    drawn(other, "/case", f"?system=default&contact=C2&day={LAST_DAY}")
    place.now += 60
    assert other.ask("POST", "/review/verdict", data=sent | {"verdict": "right", "blind": "yes"}).status_code == 303
    assert given()[0] == ("K2", True, False), "nothing is flagged there, and its page says how sure the AI was"

"""The search in transcripts: words as people type them, only flagged contacts, and nothing of what was withdrawn."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.access import Browser, Place, drawing
from builders.cases import AS_OF, CUSTOMER, HOSTILE, LAST_DAY, case_tables, flag, outcome, published, turns
from builders.snapshots import publish
from hypothesis import given
from hypothesis import strategies as st

from dashboards.casebook.case_query import CaseQuery
from dashboards.casebook.search import Hits, search
from dashboards.casebook.transcript_index import SearchWordsError, TranscriptIndex, match_of
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.queries import Queries
from pipelines.transcript_index import drop_stale_indexes, index_folder, index_parts

EARLIER = LAST_DAY - timedelta(days=45)
SAID = {
    "C1": ("My refund never came.", "I will refund it.", "You said so. My money, back!"),
    "C2": ("Mi reembolso no llegó.", "Ça va, Müller?"),
    "C3": ("Refunds are slow.", *HOSTILE.values()),
    "C4": ("My refund: not flagged.",),
}


def tables(*, without: str = "") -> dict[str, Any]:
    day = {"C2": EARLIER}
    said = {contact: texts for contact, texts in SAID.items() if contact != without}
    flags = [
        flag("C1"), flag("C1", "promise_broken", severity=3), flag("C2", day=EARLIER, queue="tech"), flag("C3", issue=None),
    ]  # fmt: skip
    return case_tables() | {
        "case_flags": [row for row in flags if row["contact_id"] != without],
        "contact_outcomes": [outcome(contact, day=day.get(contact, LAST_DAY)) for contact in said],
        "transcripts": [
            row for contact, texts in said.items() for row in turns(texts, contact, day=day.get(contact, LAST_DAY))
        ],
    }


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("searched")


@pytest.fixture(scope="module")
def queries(data_dir: Path) -> Queries:
    return Queries(published(data_dir, tables()))


def contacts(found: Hits) -> list[str]:
    return [hit.key.contact_id for hit in found.rows]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("refund", ["C1"]),
        ("REFUND", ["C1"]),
        ("refund*", ["C1", "C3"]),
        ("llego", ["C2"]),
        ("muller ca", ["C2"]),
        ("money back", ["C1"]),
        ('"money back"', ["C1"]),
        ('"back money"', []),
        ("refund money", []),  # in two turns
        ("never OR nothing", []),
        ("refund NOT never", []),
        ("text:refund", []),
        ("NEAR(refund never)", []),
        ("never-came", ["C1"]),
        ('"never came', ["C1"]),
        ("script", ["C3"]),
        ("'; drop table turn; --", []),
    ],
)
def test_words_are_looked_for_as_words(typed: str, expected: list[str], queries: Queries, data_dir: Path) -> None:
    assert contacts(search(queries, data_dir, typed, CaseQuery(), 1)) == expected


def test_hits_are_cut_down_by_rule_segment_filter_and_days(queries: Queries, data_dir: Path) -> None:
    def found(typed: str, **asked: Any) -> list[str]:
        return contacts(search(queries, data_dir, typed, CaseQuery(**asked), 1))

    assert found("my refund* ") == ["C1"]
    assert found("refund", rule="promise_broken") == ["C1"]
    assert found("refund", rule="slow_but_good") == []
    assert found("refund", severity=3, segment=(("issue", "refund"),)) == ["C1"]
    assert found("refund*", segment=(("issue", None),)) == ["C3"]
    assert found("llegó", filters=Filters.of({"queue": "tech"})) == ["C2"]
    assert found("llegó", filters=Filters.of({"queue": "billing"})) == []
    assert found("llegó", last=EARLIER) == ["C2"]
    assert found("llegó", first=EARLIER + timedelta(days=1)) == []


def test_a_hit_shows_the_first_turn_and_how_many_more(queries: Queries, data_dir: Path) -> None:
    (hit,) = search(queries, data_dir, "refund", CaseQuery(), 1).rows
    assert (hit.turns, hit.flags, hit.snippet.leg_id, hit.snippet.turn_index, hit.snippet.speaker) == (
        2,
        2,
        "C1",
        0,
        "customer",
    )
    assert hit.snippet.pieces == (("My ", False), ("refund", True), (" never came.", False))


@given(st.text(max_size=80) | st.text(alphabet="\"'*()^:-+{}.,;\\ aNEORD\x00\ud800\ue000", max_size=40))
def test_whatever_somebody_types_is_no_query_language(typed: str) -> None:
    try:
        match = match_of(typed)
    except SearchWordsError:
        return
    connection = _indexed(("a", "refund"))
    connection.execute("select count(*) from turn where turn match ?", (match,)).fetchone()
    connection.close()


def _indexed(texts: tuple[str, ...]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("create virtual table turn using fts5(text)")
    connection.executemany("insert into turn values (?)", [(text,) for text in texts])
    return connection


@pytest.mark.parametrize("typed", ["", "  ", "*", '""', "- .", "x" * 201, "a " * 13, "\x00"])
def test_without_a_word_nothing_is_searched(typed: str) -> None:
    with pytest.raises(SearchWordsError):
        match_of(typed)


def test_the_index_is_private_and_holds_flagged_contacts_alone(queries: Queries, data_dir: Path) -> None:
    search(queries, data_dir, "refund", CaseQuery(), 1)
    files = sorted(index_folder(data_dir).iterdir())
    assert [path.name for path in files] == sorted(part.name for part in index_parts(queries.snapshot.manifest))
    assert len(files) == 2, "one a month"
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert index_folder(data_dir).stat().st_mode & 0o777 == 0o700
    content = b"".join(path.read_bytes() for path in files)
    assert b"My refund never came." in content
    assert b"not flagged" not in content
    assert CUSTOMER.encode() not in content


def test_what_is_withdrawn_leaves_the_index(tmp_path: Path) -> None:
    """The next night lacks C1. Its words are gone from the disk when it is published, and are found by nobody."""
    before = Queries(publish(tmp_path, tables(), as_of=AS_OF - timedelta(days=1), snapshot_id="s1"))
    assert contacts(search(before, tmp_path, "refund", CaseQuery(), 1)) == ["C1"]
    after = Queries(publish(tmp_path, tables(without="C1"), as_of=AS_OF, snapshot_id="s2"))
    # Whoever searches before the files are dropped finds nothing either, and drops them.
    assert contacts(search(after, tmp_path, "refund", CaseQuery(), 1)) == []
    left = list(index_folder(tmp_path).iterdir())
    assert {path.name for path in left} == {part.name for part in index_parts(after.snapshot.manifest)}
    assert not [path for path in left if b"refund never came" in path.read_bytes()]
    # A file of another snapshot, and one that was never finished, go with the night.
    (index_folder(tmp_path) / "2026-01-x.sqlite").write_bytes(b"My refund never came.")
    (index_folder(tmp_path) / "2026-01-x.making").write_bytes(b"My refund never came.")
    drop_stale_indexes(tmp_path, after.snapshot.manifest)
    assert sorted(index_folder(tmp_path).iterdir()) == sorted(left)
    drop_stale_indexes(tmp_path / "nowhere", after.snapshot.manifest)


def test_a_damaged_index_is_made_anew(queries: Queries, data_dir: Path) -> None:
    search(queries, data_dir, "refund", CaseQuery(), 1)
    for content in (b"", b"no database at all" * 100):
        for path in index_folder(data_dir).iterdir():
            path.write_bytes(content)
        assert contacts(search(queries, data_dir, "refund", CaseQuery(), 1)) == ["C1"]


def test_without_transcripts_or_flags_nothing_is_found(tmp_path: Path) -> None:
    empty = Queries(publish(tmp_path, {"kpi_daily": case_tables()["kpi_daily"]}, as_of=AS_OF, without=("transcripts",)))
    assert search(empty, tmp_path, "refund", CaseQuery(), 3) == Hits(1, 1, 0, ())
    assert TranscriptIndex(empty, tmp_path).snippet("gone", 1, '"refund"') is None


def test_every_search_is_logged_and_shown_as_text(tmp_path: Path) -> None:
    place = Place(tmp_path)
    published(tmp_path / "data", tables())
    place.now = (AS_OF + timedelta(hours=9)).timestamp()
    browser = Browser(place.server)
    browser.log_in("anna")

    def drawn(query: str) -> str:
        body = drawing("/search")
        body["inputs"][1]["value"] = query
        answer = browser.ask("POST", "/_dash-update-component", json=body).get_json()
        return json.dumps(answer["response"]["page"]["children"], ensure_ascii=False)

    assert "Search what was said" in drawn("")
    assert [entry.action for entry in place.log()[-1:]] == ["page"]
    said = drawn("?words=refund&rule=promise_broken")
    assert "Said in 1 flagged contact" in said
    logged = [(entry.action, dict(entry.facts)) for entry in place.log()[-2:]]
    assert logged == [
        ("page", {"page": "/search", "selection": "?rule=promise_broken"}),
        ("search", {"page": "/search", "words": "refund", "hits": 1}),
    ]
    # Words that nobody said may be a person's name: they are logged by their length.
    assert "Nobody said this" in drawn("?words=Erika+Mustermann")
    assert place.log()[-1].facts["words"] == "text, 16 characters"
    assert "Erika" not in (tmp_path / "data" / "audit" / "audit.jsonl").read_text()
    said = drawn("?words=document")
    assert "Said in 1 flagged contact" in said
    assert "DangerouslyAllowHTML" not in said
    assert '"Markdown"' not in said
    assert "At most 12 words" in drawn(f"?words={'a+' * 13}")
    assert "is not a day" in drawn("?words=refund&from=x")

"""The extraction stage: each distinct text once per role, language and patterns, picked up again after a stop."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.extraction import Patterns, find, load_patterns
from pipelines.extraction.finding import Role
from pipelines.warehouse import text_findings as stage
from pipelines.warehouse.text_findings import TEXT_FINDINGS_DDL, Read, find_in_new_texts

REFUND = "I'll refund you $20 by Friday."
HUMAN = "Can I talk to a human?"


class Warehouse:
    """Turns that were spoken, as the SQL model has them, and the caches."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("set threads = 1")
        self.connection.execute(TEXT_FINDINGS_DDL)
        self.connection.execute(
            """create table int_spoken_texts (system varchar, contact_id varchar, leg_id varchar, turn_index bigint,
            role varchar, language varchar, text varchar, text_hash varchar)"""
        )

    def say(self, *texts: str | None, role: str = "server", language: str | None = "en") -> None:
        for text in texts:
            hashed = sha256((text or "").encode()).hexdigest()
            self.connection.execute(
                "insert into int_spoken_texts values ('s', 'c', 'l', 0, $role, $language, $text, $hash)",
                {"role": role, "language": language, "text": text, "hash": hashed},
            )

    def read(self, patterns: Patterns) -> tuple[Read, list[float]]:
        shares: list[float] = []
        return find_in_new_texts(self.connection, patterns, shares.append), shares

    def rows(self, columns: str, table: str = "text_findings") -> list[tuple[Any, ...]]:
        return self.connection.execute(f"select {columns} from {table} order by all").fetchall()


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    return load_patterns(None)


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    made = Warehouse()
    yield made
    made.connection.close()


def test_a_text_is_read_once_however_often_it_is_said(warehouse: Warehouse, patterns: Patterns) -> None:
    warehouse.say(REFUND, REFUND, "Hello.")
    warehouse.say(HUMAN, role="customer")
    assert warehouse.read(patterns)[0] == Read(new=3, known=0)
    assert warehouse.rows(
        "role, topic, place, kind, amount, currency, symbol, due_unit, due_value, is_done, quote"
    ) == [
        ("customer", "asks_for_human", 1, None, None, None, None, None, None, None, HUMAN[:-1]),
        ("server", "promise", 1, "refund", 20.0, None, "$", "weekday", "friday", False, REFUND[:-1]),
    ]
    assert len(warehouse.rows("text_hash", "texts_read")) == 3


def test_a_second_night_reads_what_is_new(warehouse: Warehouse, patterns: Patterns) -> None:
    warehouse.say(REFUND, "Hello.")
    warehouse.read(patterns)
    assert warehouse.read(patterns) == (Read(new=0, known=2), [])
    warehouse.say("We'll call you back tomorrow.")
    assert warehouse.read(patterns)[0] == Read(new=1, known=2)
    assert [row[0] for row in warehouse.rows("kind")] == ["callback", "refund"]


def test_other_patterns_read_anew_and_the_old_findings_stay(warehouse: Warehouse, patterns: Patterns) -> None:
    warehouse.say(REFUND)
    warehouse.read(patterns)
    assert warehouse.read(replace(patterns, fingerprint="other"))[0] == Read(new=1, known=0)
    assert {row[0] for row in warehouse.rows("patterns")} == {patterns.fingerprint, "other"}
    assert warehouse.read(patterns)[0] == Read(new=0, known=1), "the way back costs nothing"


def test_a_text_belongs_to_who_said_it_and_to_its_language(warehouse: Warehouse, patterns: Patterns) -> None:
    warehouse.say(HUMAN, role="customer")
    warehouse.say(HUMAN, role="server")
    warehouse.say("Le abonaremos 20 euros.", language="es")
    warehouse.say("Le abonaremos 20 euros.", language="en")
    warehouse.say("Wir erstatten 20 Euro.", language="de")
    warehouse.say(REFUND, language=None)
    warehouse.say(None)
    assert warehouse.read(patterns)[0] == Read(new=4, known=0)
    assert warehouse.rows("role, language, topic") == [
        ("customer", "en", "asks_for_human"),
        ("server", "es", "promise"),
    ]


def test_a_stopped_night_is_taken_up_where_it_stopped(
    warehouse: Warehouse, patterns: Patterns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_CHUNK", 3)
    warehouse.say(*(f"I'll refund you ${number}." for number in range(1, 9)))
    calls = 0

    def stopping(patterns: Patterns, language: str, role: Role, texts: Sequence[str] | pl.Series) -> pl.DataFrame:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return find(patterns, language, role, texts)

    monkeypatch.setattr(stage, "find", stopping)
    with pytest.raises(KeyboardInterrupt):
        warehouse.read(patterns)
    assert len(warehouse.rows("amount")) == len(warehouse.rows("text_hash", "texts_read")) == 3
    read, shares = warehouse.read(patterns)
    assert read == Read(new=5, known=3)
    assert shares == [0.6, 1.0]
    assert [row[0] for row in warehouse.rows("amount")] == [float(number) for number in range(1, 9)]


def test_nothing_of_a_chunk_is_kept_without_the_rest(
    warehouse: Warehouse, patterns: Patterns, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.say(REFUND)
    warehouse.connection.execute("drop table texts_read")
    warehouse.connection.execute(
        "create table texts_read (patterns varchar, role varchar, language varchar, text_hash varchar check (false))"
    )
    with pytest.raises(duckdb.ConstraintException):
        warehouse.read(patterns)
    assert warehouse.rows("*") == []


def test_long_texts_are_cut_and_weigh_more(
    warehouse: Warehouse, patterns: Patterns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_CHUNK_CHARACTERS", 30_000)
    warehouse.say(*(f"{REFUND} {number} " + "word " * 200_000 for number in range(4)))
    read, shares = warehouse.read(patterns)
    assert read == Read(new=4, known=0)
    assert len(shares) > 1
    assert len(warehouse.rows("quote")) == 4


def test_an_empty_warehouse(warehouse: Warehouse, patterns: Patterns) -> None:
    assert warehouse.read(patterns) == (Read(new=0, known=0), [])

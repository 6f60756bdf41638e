"""Identifiers of every kind in every field of every format: none is left in any byte that a night and its report write.

Names and postal addresses are the documented exception, and file names stand as they are in the warehouse.
"""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from builders.command_line import KEY, call
from builders.mail_server import mail_server
from builders.planted_landing import KINDS, PERSONAL_IDS, Landing, Needles, Watch, deliver, leaks

from pipelines.snapshot import SnapshotStore

#: Below the run's folder: what was delivered, and its description.
_DELIVERED = ("landing", "aftercall.toml")


class Ran:
    """A night on the planted folder, its export, its report as files and as mail, and all that was printed."""

    def __init__(self, landing: Landing, printed: str, mails: list[bytes], watch: Watch) -> None:
        self.landing = landing
        self.printed = printed
        self.mails = mails
        self.watch = watch
        self.needles = Needles(landing.planted, landing.customers)
        self.everything = Needles(landing.planted, landing.customers, landing.ids)
        self.ids = Needles(landing.ids)
        self.folder = landing.folder


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("planted")
    landing = deliver(folder)
    (folder / "dagster").mkdir()
    everything = Needles(landing.planted, landing.customers, landing.ids)
    with pytest.MonkeyPatch.context() as patch, mail_server() as (port, behaviour), Watch(folder, everything) as watch:
        patch.setenv("AFTERCALL_PSEUDONYM_KEY", KEY)
        patch.setenv("DAGSTER_HOME", str(folder / "dagster"))
        with landing.config.open("a", encoding="utf-8") as handle:
            handle.write(
                f'\n[email]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nfrom = "aftercall@example.net"\n'
            )
        config = ("--config", landing.config)
        said = [
            call("--log-format", "json", "--verbose", "run", *config, "--as-of", "2026-06-01"),
            call("--log-format", "json", "--verbose", "doctor", *config),
            call("export", *config, "--out", folder / "export"),
            call("report", *config, "--no-pdf", "--email", "lead@example.net"),
        ]
    assert said[0].code == 0, said[0].out + said[0].err
    printed = "\n".join(each.out + each.err for each in said)
    return Ran(landing, printed, [taken.raw for taken in behaviour.taken], watch)


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """At any place among other bytes, in either encoding; in a cell of each kind of file, in any spelling."""
    mail, phone = "Ana.Silva77@example.org", "+1 617 555 0142"
    needles = Needles({mail}, {phone})
    for before in range(17):
        for encoding in ("utf-8", "utf-16-le"):
            assert needles.in_bytes(b"x" * before + mail.upper().encode(encoding) + b"y") == {mail}
    assert needles.in_bytes(b"ana.silva77@example.com" * 9) == set()
    pl.DataFrame({"number": [1, 2, 3], "said": ["call", None, "(1-617) 555-0142"]}).write_parquet(
        tmp_path / "a.parquet"
    )
    with duckdb.connect(str(tmp_path / "b.duckdb")) as connection:
        connection.execute("create table t as select [null, 'ANA SILVA 77 @ example org'] as list, 1 as number")
        connection.execute("create view v as select list[2] as said from t where number is null")
    with closing(sqlite3.connect(tmp_path / "c.db")) as kept:
        kept.execute("create table t (said)")
        kept.execute("insert into t values (?)", [f"by {phone}"])
        kept.commit()
    (tmp_path / "d.txt").write_text("1.617.555.0142", "utf-8")
    assert {place: value for place, value in leaks(tmp_path, needles, ()) if not place.endswith(" bytes")} == {
        "a.parquet file.said": phone, "b.duckdb t.list": mail, "c.db t": phone, "d.txt text": phone,
    }  # fmt: skip


def test_the_night_took_what_was_planted(ran: Ran) -> None:
    """Or the search would find nothing because nothing was there."""
    ledger = SnapshotStore(ran.folder / "data").current().scan("ingest_ledger").collect()
    assert ledger["accepted"].sum() > 15 * len(KINDS)
    assert ledger["quarantined"].sum() > 20
    assert len(ran.needles.values) > 500
    assert ran.mails
    assert {"DuckDB", "Parquet", "SQLite"} <= _kinds_of_files(ran.folder)


def _kinds_of_files(folder: Path) -> set[str]:
    heads = {path.read_bytes()[:12] for path in folder.rglob("*") if path.is_file()}
    names = {b"PAR1": "Parquet", b"SQLite": "SQLite", b"DUCK": "DuckDB"}
    return {name for head in heads for mark, name in names.items() if mark in head}


@pytest.fixture(scope="module")
def left(ran: Ran) -> list[tuple[str, str]]:
    """(place, value) of all that was found in what was written, looked through once for everything."""
    return leaks(ran.folder, ran.everything, _DELIVERED)


def test_no_identifier_is_left_in_any_byte_that_was_written(ran: Ran, left: list[tuple[str, str]]) -> None:
    assert [place for place, value in left if value in ran.needles.values] == []


def test_no_identifier_is_left_in_what_was_printed_mailed_or_spilled(ran: Ran) -> None:
    assert ran.needles.in_texts([ran.printed, *(mail.decode("utf-8", "replace") for mail in ran.mails)]) == set()
    assert ran.watch.looked > 0
    assert ran.watch.found == set()


def test_ids_that_are_phones_or_addresses_are_pseudonyms_everywhere(ran: Ran, left: list[tuple[str, str]]) -> None:
    assert [place for place, value in left if value in ran.ids.values] == []
    assert ran.ids.in_texts([ran.printed]) == set()


def test_pseudonyms_join_what_the_ids_joined(ran: Ran) -> None:
    """The contact whose id is an address has its turns under the same pseudonym, and its segment values are redacted."""
    current = SnapshotStore(ran.folder / "data").current()
    outcomes = current.scan("contact_outcomes").collect()
    pseudonyms = [name for name in outcomes["contact_id"] if re.fullmatch(r"[0-9a-f]{64}", name)]
    assert len(pseudonyms) >= len(PERSONAL_IDS)
    turns = current.scan("transcripts").collect()
    assert set(pseudonyms) & set(turns["contact_id"])
    values: list[Any] = [
        value for name in ("queue", "issue", "product", "region", "workflow") for value in outcomes[name] if value
    ]
    assert sum(bool(re.search(r"\[[a-z ]+\]", value)) for value in values) > len(values) / 2


def test_amounts_that_are_card_numbers_are_not_published(ran: Ran) -> None:
    current = SnapshotStore(ran.folder / "data").current()
    amounts = current.scan("commitments").collect()["amount"].drop_nulls()
    evidence = [json.loads(text).get("amount") or 0 for text in current.scan("case_flags").collect()["evidence"]]
    assert all(amount <= 99_999_999.99 for amount in [*amounts, *evidence])

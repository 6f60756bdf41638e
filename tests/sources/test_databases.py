"""Tables of SQLite and DuckDB files through a mapping: types as they are stored, and what is not followed."""

import gzip
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from builders.examples import examples
from builders.mapped import accounted, read, rows
from builders.mutated import mutated_bytes

from pipelines.sources.reading import UnreadableFileError, UnreadFileError

BLOCK = 'table = "contacts"\n{more}\n[sources.columns]\ncontact_id = "call id"\nstarted_at = "at"\nqueue = "queue"\nhandle_seconds = "length"\n'
CREATE = 'create table calls ("call id", at datetime, queue text, length real, note blob)'


def _sqlite(path: Path, *statements: str) -> bytes:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path.read_bytes()


def _duckdb(path: Path, *statements: str) -> bytes:
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path.read_bytes()


def test_values_come_as_they_are_stored(tmp_path: Path) -> None:
    """SQLite keeps a type with each value; the declared one only advises."""
    content = _sqlite(
        tmp_path / "made.db", CREATE,
        "insert into calls values (12345.0, 1767607200, 'sales', 90, null), ('007', '2026-01-05T10:00:00Z', cast('bytes' as blob), '1:30', x'ff')",
        "insert into calls values (9007199254740993, 2461046.5, '', 0.1, null)",
    )  # fmt: skip
    reading = read(tmp_path / "a.db", content, BLOCK.replace("{more}", ""))
    assert rows(reading) == [
        {"contact_id": "12345", "started_at": "1767607200", "queue": "sales", "handle_seconds": "90"},
        {"contact_id": "007", "started_at": "2026-01-05T10:00:00Z", "queue": "bytes", "handle_seconds": "1:30"},
        {"contact_id": "9007199254740993", "started_at": "2461046.5", "handle_seconds": "0.1"},
    ]
    assert accounted(reading)


def test_julian_days_and_serial_days_are_said(tmp_path: Path) -> None:
    """Julian day 2461046.0 is noon of 5 January 2026, and 46027.5 the same in a spreadsheet."""
    block = BLOCK.replace("{more}", "") + '[sources.dates.started_at]\nformat = ["{kind}", "%Y-%m-%d"]\n'
    for kind, number in (("julian", 2461046.0), ("excel", 46027.5)):
        content = _sqlite(
            tmp_path / "made.db",
            CREATE,
            f"insert into calls values (1, {number}, '', 1, null), (2, '2026-01-06', '', 1, null)",
        )
        found = rows(read(tmp_path / "a.db", content, block.replace("{kind}", kind)))
        assert [row["started_at"] for row in found] == ["2026-01-05T12:00:00.000000", "2026-01-06"]


def test_bytes_that_are_no_text_quarantine_their_record_alone(tmp_path: Path) -> None:
    content = _sqlite(
        tmp_path / "made.db", CREATE, "insert into calls values (1, 1, x'fffe', 1, null), (2, 2, 'a', 1, null)"
    )
    reading = read(tmp_path / "a.db", content, BLOCK.replace("{more}", ""))
    assert [row["contact_id"] for row in rows(reading)] == ["2"]
    assert [(reject.record, reject.rule) for reject in reading.rejects] == [(1, "malformed_record")]
    assert accounted(reading)


def test_the_table_is_named_or_the_only_one(tmp_path: Path) -> None:
    more = [
        "create table other (a)",
        "create view shown as select * from calls",
        "insert into calls values (1, 1, 'a', 1, null)",
    ]
    content = _sqlite(tmp_path / "made.db", CREATE, *more)
    assert len(rows(read(tmp_path / "a.db", content, BLOCK.replace("{more}", 'from_table = "calls"')))) == 1
    for said, words in (
        ("", r"has 2 tables \(calls, other\)"),
        ('from_table = "x"', "no table 'x'"),
        ('from_table = "shown"', "is a view"),
    ):
        with pytest.raises(UnreadableFileError, match=words):
            read(tmp_path / "a.db", content, BLOCK.replace("{more}", said))


def test_changes_that_are_not_in_the_file_yet_let_it_wait(tmp_path: Path) -> None:
    content = _sqlite(tmp_path / "made.db", CREATE)
    (tmp_path / "a.db-wal").write_bytes(b"something")
    with pytest.raises(UnreadFileError, match=r"changes of the database stand in a\.db-wal"):
        read(tmp_path / "a.db", content, BLOCK.replace("{more}", ""))


def test_instants_beyond_the_calendar_are_not_moved_into_it(tmp_path: Path) -> None:
    content = _duckdb(
        tmp_path / "made.duckdb",
        'create table calls ("call id" text, "at" timestamp, queue text, length real)',
        "insert into calls values ('1', '12000-01-01', 'a', 1), ('2', '0044-03-15 (BC)', 'a', 1), ('3', '2026-01-05', 'a', 1)",
    )
    found = [row["started_at"] for row in rows(read(tmp_path / "a.duckdb", content, BLOCK.replace("{more}", "")))]
    assert found == ["12000-01-01 00:00:00", "0044-03-15 (BC) 00:00:00", "2026-01-05 00:00:00"]


@pytest.mark.parametrize("packed", [False, True])
def test_tables_of_duckdb(tmp_path: Path, packed: bool) -> None:
    content = _duckdb(
        tmp_path / "made.duckdb",
        """create table calls as select 12345::bigint as "call id", timestamptz '2026-01-05 11:00:00+01' as at, {'name': 'sales'} as queue, 1.50::decimal(5, 2) as length
        union all select 2, null, null, null""",
        "create view taken as select content as at from read_text('/etc/passwd')",
        "create schema more",
        "create table more.calls as select 3 as \"call id\", date '2026-01-05' as at",
    )  # fmt: skip
    content = gzip.compress(content) if packed else content
    reading = read(
        tmp_path / "a.duckdb",
        content,
        BLOCK.replace("{more}", 'from_table = "calls"').replace('"queue"\n', '"queue.name"\n'),
    )
    assert rows(reading) == [
        {"contact_id": "12345", "started_at": "2026-01-05 10:00:00+00", "queue": "sales", "handle_seconds": "1.50"},
        {"contact_id": "2"},
    ]
    assert accounted(reading)
    assert (
        rows(read(tmp_path / "a.duckdb", content, BLOCK.replace("{more}", 'from_table = "more.calls"')))[0][
            "contact_id"
        ]
        == "3"
    )
    with pytest.raises(UnreadableFileError, match="is a view"):
        read(tmp_path / "a.duckdb", content, BLOCK.replace("{more}", 'from_table = "taken"'))


@pytest.mark.parametrize("make", [_sqlite, _duckdb])
def test_damaged_files_are_refused(tmp_path: Path, make: object) -> None:
    content = make(tmp_path / "made", 'create table calls ("call id" integer, "at" integer, queue text, length real)')  # type: ignore[operator]
    for broken in (content[:100], content[:24] + b"\xaa" * (len(content) - 24)):
        with pytest.raises(UnreadableFileError):
            read(tmp_path / "a", broken, BLOCK.replace("{more}", 'from_table = "calls"'))


@pytest.mark.parametrize(("make", "times"), [(_sqlite, examples(40, 400)), (_duckdb, examples(8, 400))])
def test_mutated_databases_are_read_in_full_or_refused(tmp_path: Path, make: object, times: int) -> None:
    chance = random.Random(7)  # noqa: S311 - the same mutations in every run
    rows_in = ", ".join(f"({number}, '2026-01-05', 'queue {number % 3}', {number}.5)" for number in range(300))
    content = make(  # type: ignore[operator]
        tmp_path / "made",
        'create table calls ("call id" integer, "at" text, queue text, length real)',
        f"insert into calls values {rows_in}",
    )
    for _ in range(times):
        place = chance.randrange(len(content))
        flipped = content[:place] + bytes([content[place] ^ (1 << chance.randrange(8))]) + content[place + 1 :]
        try:
            reading = read(
                tmp_path / "a",
                chance.choice([flipped, flipped, mutated_bytes(content, chance)]),
                BLOCK.replace("{more}", ""),
            )
        except UnreadableFileError:
            continue
        assert accounted(reading)
    assert len(rows(read(tmp_path / "a", content, BLOCK.replace("{more}", "")))) == 300

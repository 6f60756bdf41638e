"""Both ways of reading agree and come to the independent count, whatever bytes a file holds; and what was seen to go wrong."""

import errno
import gzip
import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from builders.canonical_files import read_large, read_small
from builders.examples import examples
from builders.mapped import declared
from builders.mutated import mutated_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.sources.canonical import CanonicalReader
from pipelines.sources.cfpb import CfpbReader
from pipelines.sources.column_names import nearest_name
from pipelines.sources.counting import count_csv, count_lines
from pipelines.sources.limits import DEEPEST_NESTING, LONGEST_RECORD_BYTES, MOST_COLUMNS
from pipelines.sources.mapping.reader import MappingReader
from pipelines.sources.reading import Reader, ReadOptions, UnreadableFileError, UnreadFileError, passing_reason
from pipelines.sources.servicenow import ServiceNowIncidentReader
from pipelines.sources.vcon import VconReader

_PIECES = st.lists(
    st.sampled_from(['a', "b c", "\udcff", '"', '"",', '"d,e"', ",", "\n", "\r\n", "\r", "\n\n", "é", "\x00", "1,2\n", '"3,\n4",5\n', " ", "\t"]),
    max_size=12,
)  # fmt: skip
_OBJECTS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "", "  ", "[1]", "{", '{"contact_id": 1,}', '{"contact_id": NaN, "started_at": -Infinity}', "\x01", "\ufeff{}",
                '{"contact_id": "a", "Contact_ID": "b", "started_at": 1}', '{"contact_id": 1, "contact_id": 1, "started_at": "note: inf}"}',
                '{"contact_id": "\\ud83d\\ude00", "started_at": "\\ud800"}', '{"x": ' + "[" * 120 + "]" * 120 + "}",
            ]
        ),
        st.builds(
            lambda key, value: json.dumps({key: value, "started_at": value}, ensure_ascii=False),
            st.sampled_from(["contact_id", "Contact_ID ", "other"]),
            st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=4), st.lists(st.text(max_size=2), max_size=2)),
        ),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


@settings(max_examples=examples(60, 150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=_PIECES, end=st.sampled_from(["\n", "\r\n"]), delimiter=st.sampled_from(",;"))
def test_both_ways_of_reading_csv_agree_with_the_count(
    tmp_path: Path, pieces: list[str], end: str, delimiter: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        f"contact_id,started_at,note{end}{''.join(pieces)}".replace(",", delimiter).encode(errors="surrogateescape")
    )
    small = read_small(path)
    assert small == read_large(path)
    with path.open("rb") as handle:
        count = count_csv(handle, delimiter)
    assert bool(small.refusal) == (count.open_quote is not None)
    assert small.refusal or (small.is_balanced and small.rows_in == count.records - 1)


@settings(max_examples=examples(40, 100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=_OBJECTS, end=st.sampled_from(["\n", "\r\n"]))
def test_both_ways_of_reading_json_lines_agree_with_the_count(tmp_path: Path, lines: list[str], end: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(end.join(lines).encode("utf-8", "replace") or b"\n")
    small = read_small(path)
    assert small == read_large(path)
    with path.open("rb") as handle:
        assert small.refusal or (small.is_balanced and small.rows_in == count_lines(handle))


CSV_ROWS = "contact_id,started_at\n" + "".join(f"c{i},2026-01-05T10:00:00Z\n" for i in range(40_000))


@pytest.mark.parametrize("fault", ["", "\nc,1,\n", '\nc"c,1\n', '\n"c" ,1\n', "\nc\n", "\r\nc,1\r\n", "\nc,\xff\n"])
def test_a_large_file_goes_through_the_engine_only_where_that_is_exact(tmp_path: Path, fault: str) -> None:
    # The engine forgives an empty field too many and blanks around quotes: one row more, or a value without its quotes.
    path = tmp_path / "a.csv"
    path.write_bytes(CSV_ROWS.encode() + fault.encode("latin-1"))
    with duckdb.connect() as connection:
        opened = CanonicalReader("contacts").open(connection, path, "t")
        kept = connection.execute("select count(*), max(_record), max(contact_id) from t").fetchone()
    assert opened.rows_in == 40_000 + bool(fault)
    is_rejected = fault.strip() in ("c,1,", '"c" ,1', "c", "c,\xff")
    assert len(opened.rejects) == is_rejected
    assert kept == (opened.rows_in - is_rejected, opened.rows_in - is_rejected, "c9999")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".csv.gz", ".jsonl.gz"])
@pytest.mark.parametrize("megabytes", [17, 65])
def test_a_line_beyond_the_bound_is_rejected_with_its_place(tmp_path: Path, suffix: str, megabytes: int) -> None:
    path = tmp_path / f"a{suffix}"
    filling = b"x" * (megabytes * 1_000_000)
    if "csv" in suffix:
        content = b"contact_id,started_at\nc1,2026-01-01\nc2," + filling + b"\nc3,2026-01-01\n"
    else:
        line = b'{"contact_id": "c%s", "started_at": "2026-01-01"}\n'
        content = line % b"1" + line % filling + line % b"3"
    path.write_bytes(gzip.compress(content, 1) if suffix.endswith(".gz") else content)
    with duckdb.connect() as connection:
        opened = CanonicalReader("contacts").open(connection, path, "t")
        rows = connection.execute("select _record, contact_id from t order by all").fetchall()
    assert opened.rows_in == 3
    (reject,) = opened.rejects
    assert (reject.record, reject.path) == (2, "line 3" if "csv" in suffix else "line 2")
    assert f"longer than {LONGEST_RECORD_BYTES:,} bytes" in reject.reason
    assert rows == [(1, "c1"), (3, "c3")]


def test_what_unpacks_to_far_more_than_its_size_is_refused_early(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    with gzip.open(path, "wb", 1) as packed:
        packed.write(b"contact_id,started_at\n")
        for _ in range(300):
            packed.write(b"x" * 1_000_000)
    assert "times its size" in read_small(path).refusal


def test_bounds_of_columns_and_nesting(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(["contact_id", "started_at", *(f"c{i}" for i in range(MOST_COLUMNS))]) + "\n")
    assert f"more than {MOST_COLUMNS}" in read_small(path).refusal
    path = tmp_path / "deep.jsonl"
    nested = '{"contact_id": "c", "started_at": "s", "x": %s}\n'
    path.write_text(
        "".join(nested % ("[" * deep + "]" * deep) for deep in (DEEPEST_NESTING - 1, DEEPEST_NESTING, 100_000))
    )
    read = read_small(path)
    assert read == read_large(path)
    assert [record for record, _, reason in read.rejects if f"deeper than {DEEPEST_NESTING}" in reason] == [2, 3]


# ---------------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cp1252", "it’s good"), ("latin-1", "café"), ("utf-16", "é"), ("utf-16-le", "é"), ("utf-16be", "é"), ("utf-32", "é"),
        ("gb18030", "很好"), ("shift_jis", "良い"), ("koi8-r", "да"), ("utf-8-sig", "é"), ("cp037", "abc"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".csv.gz"])
def test_every_encoding_is_read(tmp_path: Path, name: str, text: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    rows = (
        f"contact_id,started_at\n{text},s\n"
        if "csv" in suffix
        else json.dumps({"contact_id": text, "started_at": "s"}, ensure_ascii=False)
    )
    path.write_bytes(gzip.compress(rows.encode(name)) if suffix.endswith(".gz") else rows.encode(name))
    small = read_small(path, encoding=name)
    assert small.rows == ((1, text, "s"),)
    assert read_large(path, encoding=name) == small


@pytest.mark.parametrize("mark", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_overrules_the_configuration(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("contact_id,started_at\né,s\n".encode(mark))
    assert read_small(path, encoding="cp1252").rows == ((1, "é", "s"),)


@pytest.mark.parametrize(
    ("others", "bad", "advice"),
    [
        (b"", b"it\x92s", 'the whole file can be read with `encoding = "cp1252"`'),
        (b"", b"\x81", "set `encoding` on the source to that in which it was written"),
        ("é".encode(), b"\xe9", "as other lines of the file are"),
    ],
)
def test_the_advice_for_bytes_that_are_not_utf_8_works(tmp_path: Path, others: bytes, bad: bytes, advice: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"contact_id,started_at\nc1" + others + b",s\n" + bad + b",s\n")
    (reject,) = read_small(path).rejects
    assert advice in reject[2]
    if "cp1252" in advice:
        assert read_small(path, encoding="cp1252").rows == ((1, "c1", "s"), (2, "it’s", "s"))


def test_bytes_that_are_none_of_the_encoding_reject_their_record_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"contact_id,started_at\nc1,s\n\x81,s\nc3\x92,s\n")
    read = read_small(path, encoding="cp1252")
    assert [record for record, _, _ in read.rejects] == [2]
    assert read.rows == ((1, "c1", "s"), (3, "c3’", "s"))


def test_bytes_that_are_no_text_in_a_column_that_nobody_reads_harm_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"contact_id,started_at,note\nc1,s,\xe9\nc2,\xe9,n\n")
    small = read_small(path)
    assert small.rows == ((1, "c1", "s"),)
    assert [record for record, _, _ in small.rejects] == [2]
    assert read_large(path) == small


def test_utf_16_without_a_mark_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("contact_id,started_at\nc1,s\n".encode("utf-16-le"))
    assert 'set encoding = "utf-16-le"' in read_small(path).refusal
    assert read_small(path, encoding="utf-16-le").rows == ((1, "c1", "s"),)


# ---------------------------------------------------------------------- names


def test_unknown_columns_are_named_and_their_neighbours_found(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "contact_id,custmer_id,startd,started_at,handle_time,mail@example.org,4471234567,\n1,a,x,s,300,,,\n"
    )
    unknown = read_small(path).unknown
    assert unknown == (
        "custmer_id",
        "startd",
        "handle_time",
        "column 6 (text, 16 characters)",
        "column 7 (text, 10 characters)",
    )
    names = CanonicalReader("contacts").table.column_names
    assert [nearest_name(name, names) for name in unknown] == [
        "customer_id",
        "started_at",
        "handle_seconds",
        None,
        None,
    ]


def test_a_row_of_data_in_place_of_a_header_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Ana Lopez,Vienna,Ana Lopez\n")
    assert "Ana" not in read_small(path).refusal


# ---------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("error", "is_passing"),
    [
        (FileNotFoundError(errno.ENOENT, "gone"), True),
        (PermissionError(errno.EACCES, "no"), True),
        (OSError(errno.EIO, "io"), True),
        (OSError(errno.ENOSPC, "full"), True),
        (TimeoutError(), True),
        (MemoryError(), True),
        (duckdb.OutOfMemoryException("x"), True),
        (duckdb.IOException("Could not write file: No space left on device"), True),
        (duckdb.IOException("No magic bytes found at end of file"), False),
        (OSError("zlib inflate failed"), False),
        (OSError(errno.EINVAL, "negative seek"), False),
        (ValueError("x"), False),
        (duckdb.InvalidInputException("x"), False),
    ],
)
def test_errors_of_the_system_are_told_from_those_of_the_bytes(error: Exception, is_passing: bool) -> None:
    assert (passing_reason(error) is not None) == is_passing


_CONTACTS = declared(
    """table = "contacts"
[sources.columns]
contact_id = "contact_id"
started_at = { coalesce = ["started_at", "queue"] }
handle_seconds = { sql = "talk + hold" }
channel = "kind.name"
[sources.values.channel]
map = { a = "voice" }
[sources.dates.started_at]
format = "%Y-%m-%dT%H:%M:%SZ"
"""
)
_CALLS = declared(
    """[[sources.tables]]
table = "contacts"
rows = "calls[*]"
columns = { contact_id = "id", started_at = "$.at" }
[[sources.tables]]
table = "turns"
rows = "calls[*].words[*]"
columns = { contact_id = "calls.id", turn_index = "_index", speaker = { constant = "agent" }, text = "w" }
"""
)
_NOTES = declared(
    """table = "contacts"
rows = "export/call"
columns = { contact_id = "@id", started_at = "at", queue = "team/name" }
"""
)
READERS: list[Reader] = [
    CanonicalReader("contacts"),
    CfpbReader(),
    ServiceNowIncidentReader(),
    VconReader(),
    MappingReader(_CONTACTS),
    MappingReader(_CALLS),
    MappingReader(_NOTES),
]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: "-".join((reader.format, *reader.fills[:2])))
def test_a_file_that_is_gone_is_unread_and_not_refused(tmp_path: Path, reader: Reader) -> None:
    with pytest.raises(UnreadFileError):
        reader.read(tmp_path / "gone.csv", ReadOptions())
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UnreadFileError):
        reader.read(tmp_path / "folder.csv", ReadOptions())


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: "-".join((reader.format, *reader.fills[:2])))
def test_memory_that_runs_out_is_no_fault_of_the_file(
    tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("contact_id,started_at\n")

    def short(*_: object, **__: object) -> object:
        raise MemoryError

    monkeypatch.setattr("pipelines.sources.plain_text._kept", short)
    with pytest.raises(UnreadFileError, match="memory"):
        reader.read(path, ReadOptions())


# ---------------------------------------------------------------------- mutated files


def _servicenow() -> bytes:
    columns = "number,incident_state,sys_mod_count,sys_updated_at,opened_at,caller_id,category"
    return (
        columns
        + "\n"
        + "".join(f'INC{i},New,{i},01-03-2016 01:23,29-02-2016 01:16,c{i},"a, ""b"""\n' for i in range(30))
    ).encode()


def _cfpb_list() -> bytes:
    return json.dumps(
        [{"complaint_id": str(i), "date_received": "2019-09-23", "issue": 'a "b"'} for i in range(30)]
    ).encode()


def _vcons() -> bytes:
    container = {
        "vcon": "0.0.1",
        "uuid": "u",
        "parties": [{"name": "a"}],
        "dialog": [{"type": "text", "parties": [0], "body": "x"}],
    }
    return "\n".join(json.dumps({**container, "uuid": f"u{i}"}) for i in range(20)).encode()


def _mapped_csv() -> bytes:
    lines = "".join(f'c{i},2026-01-05T10:00:00Z,{i},2.5,"{{""name"": ""a""}}",\n' for i in range(40))
    return f"contact_id,started_at,talk,hold,kind,queue\n{lines}".encode()


def _mapped_calls() -> bytes:
    calls = [{"id": f"c{i}", "words": [{"w": "it's"}, {"w": 'a "b"'}]} for i in range(3)]
    return "\n".join(json.dumps({"at": "2026-01-05", "calls": calls}) for _ in range(10)).encode()


@pytest.mark.parametrize(
    ("reader", "name", "content"),
    [
        (READERS[0], "a.csv", CSV_ROWS[:2_000].encode),
        (READERS[0], "a.jsonl", lambda: b'{"contact_id": "c", "started_at": "s", "queue": "\\"x\\""}\n' * 30),
        (READERS[1], "a.json", _cfpb_list),
        (READERS[2], "a.csv", _servicenow),
        (READERS[3], "a.json", _vcons),
        (READERS[4], "a.csv", _mapped_csv),
        (READERS[4], "a.jsonl", lambda: b'{"contact_id": "c", "started_at": "2026-01-05T10:00:00Z", "kind": {"name": "a"}, "talk": 1.5, "hold": "x"}\n' * 30),
        (READERS[5], "a.jsonl", _mapped_calls),
        (READERS[5], "a.json", lambda: b"[" + b",".join(_mapped_calls().splitlines()) + b"]"),
        (READERS[6], "a.xml", lambda: b"<export>" + b'<call id="c"><at>2026-01-05</at><team><name>a &amp; b</name></team></call>' * 10 + b"</export>"),
    ],
    ids=["contacts-csv", "contacts-jsonl", "cfpb", "servicenow", "vcon", "mapped-csv", "mapped-jsonl", "mapped-lines-of-calls", "mapped-list-of-calls", "mapped-xml"],
)  # fmt: skip
def test_mutated_files_are_read_in_full_or_refused(
    tmp_path: Path, reader: Reader, name: str, content: Callable[[], bytes]
) -> None:
    chance = random.Random(7)  # noqa: S311 - the same mutations in every run
    original = content()
    path = tmp_path / name
    read = 0
    for _ in range(60):
        mutated = original
        for _ in range(chance.randrange(1, 4)):
            mutated = mutated_bytes(mutated, chance) or original
        path.write_bytes(mutated)
        try:
            reading = reader.read(path, ReadOptions())
        except UnreadableFileError:
            continue
        read += 1
        rows = next(iter(reading.tables.values())).get_column("_record").to_list()
        rejected = [reject.record for reject in reading.rejects if reject.scope == "row"]
        assert sorted([*rows, *rejected]) == list(range(1, reading.rows_in + 1))
    assert read, "some mutations leave a file that can be read"


def test_tiny_files_cost_milliseconds(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("contact_id,started_at\nc1,2026-01-05T10:00:00Z\n")
    reader = CanonicalReader("contacts")
    reader.read(path, ReadOptions())
    start = time.process_time()
    for _ in range(200):
        reader.read(path, ReadOptions())
    assert (time.process_time() - start) / 200 < 0.005


def test_a_file_without_permission_is_unread(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    path = tmp_path / "a.csv"
    path.write_text("contact_id,started_at\n")
    path.chmod(0)
    with pytest.raises(UnreadFileError):
        CanonicalReader("contacts").read(path, ReadOptions())

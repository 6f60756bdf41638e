"""Canonical files as they really arrive: spelled, compressed and broken in every way; and the same rows from each format."""

import bz2
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders.landed import Landed, naive_utc

from pipelines.contract import CANONICAL_TABLES, Kind

HEADER = "contact_id,started_at,queue,handle_seconds\n"
GOOD = HEADER + "".join(f"c{i},2026-01-05T10:00:0{i}Z,q{i},6{i}\n" for i in (1, 2, 3))
ROWS = [
    {
        "contact_id": f"c{i}",
        "started_at": naive_utc(f"2026-01-05 10:00:0{i}"),
        "queue": f"q{i}",
        "handle_seconds": 60.0 + i,
    }
    for i in (1, 2, 3)
]
COLUMNS = "contact_id, started_at, queue, handle_seconds"
LONG = HEADER + "".join(f"c{i},2026-01-05T10:00:00Z,q{i * 7919 % 1000},{i % 60}\n" for i in range(5_000))


def _zst(text: str) -> bytes:
    return pa.compress(text.encode(), codec="zstd", asbytes=True)  # type: ignore[no-any-return]


def _zip(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return packed.getvalue()


def _parquet(columns: dict[str, Any], **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


def _read(landing: Landed, name: str, content: str | bytes, **source: object) -> list[dict[str, Any]]:
    landing.source(f"in/{name}", **source)
    landing.put(f"in/{name}", content)
    landing.night()
    return landing.surviving(columns=COLUMNS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.csv", GOOD),
        ("mark.csv", "\ufeff" + GOOD),
        ("semicolon.csv", GOOD.replace(",", ";")),
        ("tab.tsv", GOOD.replace(",", "\t")),
        ("pipe.txt", GOOD.replace(",", "|")),
        ("crlf.csv", GOOD.replace("\n", "\r\n")),
        ("cr.csv", GOOD.replace("\n", "\r")),
        ("mixed.csv", GOOD.replace("\n", "\r\n", 2)),
        ("mixed_the_other_way.csv", GOOD.replace("\n", "\r\n").replace("\r\n", "\n", 2)),
        ("no_final_newline.csv", GOOD.rstrip("\n")),
        ("blank_lines.csv", GOOD.replace("\nc2", "\n\n\nc2") + "\n\n"),
        ("quoted.csv", GOOD.replace("q1", '"q1"').replace("c2,", '"c2",')),
        ("upper_header.csv", GOOD.replace(HEADER, " Contact_ID ,STARTED_AT,Queue,handle_Seconds\n")),
        ("unknown_column.csv", GOOD.replace("\n", ",zzz\n")),
        ("zipped.csv.gz", gzip.compress(GOOD.encode())),
        ("zipped_twice.csv.gz", gzip.compress(HEADER.encode()) + gzip.compress(GOOD[len(HEADER) :].encode())),
        ("zipped.csv.zst", _zst(GOOD)),
        ("zipped.csv.bz2", bz2.compress(GOOD.encode())),
        ("zipped.csv.zip", _zip(a=GOOD)),
        ("member.zip", _zip(**{"a.csv": GOOD})),
        ("utf16.csv", GOOD.encode("utf-16")),
    ],
)  # fmt: skip
def test_spellings_of_one_table(landing: Landed, name: str, content: str | bytes) -> None:
    assert _read(landing, name, content) == ROWS
    assert landing.ledger() == {f"in/{name}": (3, 3, 0, 0, 0)}


def test_fields_with_line_ends_separators_and_quotes_inside(landing: Landed) -> None:
    content = f'{HEADER}c1,2026-01-05T10:00:01Z,"a\r\nb, ""c"";",61\nc2,2026-01-05T10:00:02Z,"",62\n'
    assert [row.get("queue") for row in _read(landing, "quoted.csv", content)] == ['a\r\nb, "c";', None]
    assert landing.ledger() == {"in/quoted.csv": (2, 2, 0, 0, 0)}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"c9,2026-01-05T10:00:00Z", "fewer fields"),
        (b"c9,2026-01-05T10:00:00Z,a,1,2,3", "more fields"),
        (b"c9,2026-01-05T10:00:00Z,caf\xe9,1", "not UTF-8"),
        (b'c9,2026-01-05T10:00:00Z,"a"b,1', "quote"),
    ],
)
@pytest.mark.parametrize("place", [1, 2, 4])
def test_a_broken_line_is_rejected_alone_with_its_number(landing: Landed, place: int, line: bytes, reason: str) -> None:
    lines = GOOD.encode().splitlines()
    lines.insert(place, line)
    assert _read(landing, "broken.csv", b"\n".join(lines) + b"\n") == ROWS
    assert landing.ledger() == {"in/broken.csv": (4, 3, 0, 0, 1)}
    (fault,) = landing.quarantine()
    assert (fault["position"], fault["scope"], fault["rule"]) == (str(place), "row", "malformed_record")
    assert reason in fault["reason"]
    assert fault["reason"].endswith(f"(line {place + 1})")


@pytest.mark.parametrize(
    ("end", "line"),
    [
        ('c9,2026-01-05T10:00:00Z,"open,1\n', 5),
        ('c9,2026-01-05T10:00:00Z,"open,1\nc8,2026-01-05T10:00:00Z,q,2\n', 5),
        # The next quote closes it inside a field: the lines between would be lost in it.
        ('c8,2026-01-05T10:00:00Z,q,2\nc9,2026-01-05T10:00:00Z,"open,1\nc7,2026-01-05T10:00:00Z,"q",2\n', 6),
    ],
)
def test_a_quote_that_swallows_lines_refuses_the_file(landing: Landed, end: str, line: int) -> None:
    assert _read(landing, "open.csv", GOOD + end) == []
    assert landing.ledger() == {"in/open.csv": (0, 0, 0, 0, 0)}
    assert f"a quote that opens in line {line} is never closed" in landing.refusals()["in/open.csv"]


@pytest.mark.parametrize("cell", ['""queue', '"queue"x', '"queue', 'que"ue', 'queue"', '"queue" '])
def test_a_stray_quote_in_the_header_refuses_the_file(landing: Landed, cell: str) -> None:
    assert _read(landing, "header.csv", GOOD.replace("queue", cell, 1)) == []
    assert "column 3" in landing.refusals()["in/header.csv"]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("contact_id,started_at,customer_id,Customer_ID", "'customer_id' (column 3) and 'Customer_ID' (column 4)"),
        ("contact_id,started_at,queue, QUEUE ", "'queue' (column 3) and 'QUEUE' (column 4)"),
        ("contact_id,started_at,note@a,Note@A", "'column 3 (text, 6 characters)' (column 3)"),
    ],
)
def test_a_column_named_twice_refuses_the_file(landing: Landed, header: str, words: str) -> None:
    assert _read(landing, "twice.csv", f"{header}\nc1,2026-01-05T10:00:01Z,,x\n") == []
    assert words in landing.refusals()["in/twice.csv"]


def test_one_column_twice_in_one_json_record_rejects_that_record(landing: Landed) -> None:
    lines = [
        '{"contact_id": "c1", "started_at": "2026-01-05T10:00:01Z", "queue": "a", "Queue": "b"}',
        '{"contact_id": "c2", "started_at": "2026-01-05T10:00:02Z", "queue": "a", "Queue": "a"}',
        '{"contact_id": "c3", "started_at": "2026-01-05T10:00:03Z", "queue": null, "Queue": "c"}',
        '{"contact_id": "c4", "started_at": "2026-01-05T10:00:04Z", "queue": "a", "queue": "b"}',
    ]
    rows = _read(landing, "twice.jsonl", "\n".join(lines))
    assert [(row["contact_id"], row["queue"]) for row in rows] == [("c2", "a"), ("c3", "c")]
    assert landing.ledger() == {"in/twice.jsonl": (4, 2, 0, 0, 2)}
    assert all("has queue twice, with different values" in fault["reason"] for fault in landing.quarantine())


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_file_name_is_no_pattern(landing: Landed, suffix: str) -> None:
    def content(key: str) -> bytes:
        if suffix == "csv":
            return f'contact_id,started_at\n"{key}",2026-01-05T10:00:00Z\n'.encode()
        if suffix == "jsonl":
            return json.dumps({"contact_id": key, "started_at": "2026-01-05T10:00:00Z"}).encode()
        return _parquet({"contact_id": [key], "started_at": ["2026-01-05T10:00:00Z"]})

    names = [
        f"export1.{suffix}",
        f"export[1].{suffix}",
        f"*.{suffix}",
        f"a?b.{suffix}",
        f"{{a,b}}'.{suffix}",
        f"d=1.{suffix}",
    ]
    for name in names:
        landing.put(f"in/{name}", content(name))
    # A pattern that is a file's name is that file: this one is none.
    landing.source(f"in/?*.{suffix}").night()
    assert {row["contact_id"] for row in landing.surviving(columns="contact_id")} == set(names)
    assert landing.ledger() == {f"in/{name}": (1, 1, 0, 0, 0) for name in names}


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.parquet"])
def test_a_file_without_bytes_is_refused(landing: Landed, name: str) -> None:
    assert _read(landing, name, b"") == []
    assert landing.ledger() == {f"in/{name}": (0, 0, 0, 0, 0)}
    assert landing.refusals() == {f"in/{name}": "the file is empty (0 bytes); deliver it again"}
    assert [(fault["scope"], fault["rule"]) for fault in landing.quarantine()] == [("file", "unreadable_file")]


@pytest.mark.parametrize("content", [HEADER, HEADER.strip()])
def test_a_header_alone_is_a_file_without_records(landing: Landed, content: str) -> None:
    assert _read(landing, "header.csv", content) == []
    assert landing.ledger() == {"in/header.csv": (0, 0, 0, 0, 0)}
    assert landing.refusals() == {}


def _flipped(content: bytes) -> bytes:
    return (
        content[:300] + bytes(byte ^ 0x5A for byte in content[300 : len(content) // 2]) + content[len(content) // 2 :]
    )


IDS = pa.array([f"c{i}" for i in range(20_000)])
STARTS = pa.array(["2026-01-05T10:00:00Z"] * 20_000)
PARQUET = _parquet({"contact_id": IDS, "started_at": STARTS}, use_dictionary=False, compression="snappy")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cut.csv.gz", gzip.compress(LONG.encode())[:-200], "truncated"),
        ("cut_in_the_trailer.csv.gz", gzip.compress(LONG.encode())[:-4], "truncated"),
        ("wrong_checksum.csv.gz", gzip.compress(LONG.encode())[:-8] + bytes(8), "damaged"),
        ("cut.csv.zst", _zst(LONG)[:-200], "truncated"),
        ("cut.jsonl.gz", gzip.compress(b'{"contact_id":"c","started_at":"2026-01-05"}\n' * 5_000)[:-20], "truncated"),
        ("cut.parquet", PARQUET[: len(PARQUET) // 2], "cannot be read"),
        ("magic_only.parquet", b"PAR1", "cannot be read"),
        ("flipped.parquet", _flipped(PARQUET), "damaged"),
        ("blank.csv", "\n\n", "no column names"),
        ("blank.jsonl", "\n \n", "blank lines alone"),
        ("two.csv.zip", _zip(a=GOOD, b=GOOD), "a zip archive of 2 files"),
        ("cut.csv.zip", _zip(a=LONG)[:-300], "truncated"),
        ("cut.csv.bz2", bz2.compress(LONG.encode())[:-20], "truncated"),
        ("encrypted.parquet", b"PARE" + bytes(20), "encrypted"),
        ("sheet.xlsx", b"PK\x03\x04....", "name it .csv, .jsonl or .parquet"),
        ("array.jsonl", '[{"contact_id": "c1", "started_at": "2026-01-05"}]', "not an array"),
        ("array_over_lines.json", '[\n{"contact_id": "c1", "started_at": "2026-01-05"}\n]\n', "not an array"),
        ("indented.json", '{\n "contact_id": "c1",\n "started_at": "2026-01-05"\n}\n', "one object a line"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_ledger_row_and_stops_nothing(
    landing: Landed, name: str, content: str | bytes, words: str
) -> None:
    landing.put("in/zz_good.csv", GOOD)
    landing.source("in/zz_good.csv")
    assert _read(landing, name, content) == ROWS
    assert landing.ledger() == {f"in/{name}": (0, 0, 0, 0, 0), "in/zz_good.csv": (3, 3, 0, 0, 0)}
    assert words in landing.refusals()[f"in/{name}"]
    assert landing.night().files_known == 2, "a refused file is not read again while it stays the same"


def test_a_missing_required_column_is_named_with_what_the_file_has(landing: Landed) -> None:
    _read(landing, "short.csv", "contact_id,queue\nc1,q\n")
    assert landing.refusals() == {
        "in/short.csv": "required column started_at of table contacts absent; the file has contact_id, queue; "
        "add or rename, and deliver it again"
    }


def test_a_first_row_of_data_is_never_shown_as_a_header(landing: Landed) -> None:
    _read(landing, "headerless.csv", "c1,cust-778,2026-01-05T10:00:00Z\nc2,cust-779,2026-01-05T10:00:00Z\n")
    assert "778" not in landing.refusals()["in/headerless.csv"]


def test_json_lines_with_changing_keys_blank_and_broken_lines(landing: Landed) -> None:
    lines = [
        '\ufeff{"contact_id": "c1", "started_at": "2026-01-05T10:00:01Z", "queue": null, "extra": {"a": 1}}',
        "",
        '{"Contact_ID": "c2", "STARTED_AT": "2026-01-05T10:00:02Z", "handle_seconds": 62, "served": true}',
        "   ",
        '{"contact_id": "c3", "started',
        '["c4"]',
        '"c5"',
        '{"contact_id": 6, "started_at": "2026-01-05T10:00:06Z", "queue": "é \\u00e9 \\n"}',
    ]
    rows = _read(landing, "in.jsonl", "\n".join(lines))
    assert [(row["contact_id"], row.get("queue"), row.get("handle_seconds")) for row in rows] == [
        ("6", "é é", None),
        ("c1", None, None),
        ("c2", None, 62),
    ]
    assert [row for row in landing.surviving(columns="contact_id, served") if "served" in row] == [
        {"contact_id": "c2", "served": True}
    ]
    assert landing.ledger() == {"in/in.jsonl": (6, 3, 0, 0, 3)}
    assert [fault["position"] for fault in landing.quarantine()] == ["3", "4", "5"]
    assert not any("c3" in fault["reason"] for fault in landing.quarantine())


def test_native_parquet_types(landing: Landed) -> None:
    moment = datetime(2026, 1, 5, 10, 0, 1, tzinfo=UTC)
    content = _parquet(
        {
            "CONTACT_ID": pa.array([1, 2]),
            "started_at": pa.array([moment, moment], pa.timestamp("ms", "Europe/Vienna")),
            "ended_at": pa.array([moment.replace(tzinfo=None)] * 2, pa.timestamp("ns")),
            "updated_at": pa.array([date(2026, 1, 5)] * 2),
            "agent_started_on": pa.array([date(2020, 2, 29), None]),
            "handle_seconds": pa.array([61, 62], pa.int32()),
            "ai_confidence": pa.array([0.5, None]),
            "misunderstandings": pa.array([2, 3], pa.uint8()),
            "served": pa.array([True, False]),
            "queue": pa.array(["q", "r"]).dictionary_encode(),
        }
    )
    landing.project["time_zone"] = "Asia/Kolkata"
    _read(landing, "native.parquet", content, time_zone="America/New_York")
    assert landing.quarantine() == []
    first, second = landing.surviving()
    assert first == {
        "system": "default",
        "contact_id": "1",
        "started_at": naive_utc("2026-01-05 10:00:01"),
        "ended_at": naive_utc("2026-01-05 15:00:01"),  # naive: New York's, 5 h behind
        "updated_at": naive_utc("2026-01-05 18:29:59.999999"),  # a date: the end of the day in India, 5.5 h ahead
        "agent_started_on": date(2020, 2, 29),
        "handle_seconds": 61.0,
        "ai_confidence": 0.5,
        "misunderstandings": 2,
        "served": True,
        "queue": "q",
    }
    assert second.keys() == first.keys() - {"agent_started_on", "ai_confidence"}


@pytest.mark.parametrize(
    "numbers",
    [
        pa.array([1_767_608_430]),
        pa.array([1_767_608_430_000]),
        pa.array([1_767_608_430.0]),
        pa.array([1_767_608_430_000_000_000], pa.uint64()),
        pa.array([1_767_608_430], pa.decimal128(20, 3)),
    ],
)
def test_epochs_are_instants_in_parquet_too(landing: Landed, numbers: pa.Array) -> None:
    _read(landing, "epoch.parquet", _parquet({"contact_id": ["a"], "started_at": numbers}))
    assert landing.surviving(columns="started_at") == [{"started_at": naive_utc("2026-01-05 10:20:30")}]


def _records(table: str) -> list[dict[str, str]]:
    """Two records with a value in every column; the second one's optional text is hostile."""
    contract = CANONICAL_TABLES[table]
    records = []
    for number, text in ((1, "plain"), (2, '=cmd("x"), <b>;|\t—\u00e9')):
        values = {}
        for column in contract.columns:
            if column.name == "deleted_at":
                continue
            values[column.name] = {
                Kind.INSTANT: f"2026-01-0{number}T10:00:00+01:00",
                Kind.DATE: f"2020-01-0{number}",
                Kind.INTEGER: str(number),
                Kind.NUMBER: "1.5" if column.minimum else "0.5",
                Kind.BOOLEAN: "true",
            }.get(column.kind) or (column.allowed[0] if column.allowed else f"{column.name} {number} {text}")
        records.append(values)
    return records


def _csv(records: list[dict[str, str]]) -> bytes:
    lines = [",".join(records[0])]
    lines += [",".join('"' + value.replace('"', '""') + '"' for value in record.values()) for record in records]
    return "\n".join(lines).encode()


def _jsonl(records: list[dict[str, str]]) -> bytes:
    return "\n".join(json.dumps(record) for record in records).encode()


def _text_parquet(records: list[dict[str, str]]) -> bytes:
    return _parquet({name: [record[name] for record in records] for name in records[0]})


@pytest.mark.parametrize("table", CANONICAL_TABLES)
def test_the_three_formats_land_the_same_rows(tmp_path: Path, table: str) -> None:
    records = _records(table)
    writers: dict[str, Callable[[list[dict[str, str]]], bytes]] = {
        "a.csv": _csv,
        "a.jsonl": _jsonl,
        "a.parquet": _text_parquet,
    }
    landed = []
    for name, write in writers.items():
        landing = Landed(tmp_path / name).source(name, table)
        landing.put(name, write(records))
        landing.night()
        assert landing.ledger() == {name: (2, 2, 0, 0, 0)}
        assert landing.quarantine() == []
        landed.append(landing.surviving(table))
        landing.connection.close()
    assert landed[0] == landed[1] == landed[2]
    assert set(landed[0][0]) == {"system", *records[0]}, "every column of the contract is kept"


@pytest.mark.parametrize(
    ("table", "name", "write"),
    [
        *((table, "a.csv", _csv) for table in CANONICAL_TABLES),
        ("handoffs", "a.jsonl", _jsonl),
        ("handoffs", "a.parquet", _text_parquet),
    ],
)
def test_every_optional_column_may_be_absent(
    landing: Landed, table: str, name: str, write: Callable[[list[dict[str, str]]], bytes]
) -> None:
    required = [column.name for column in CANONICAL_TABLES[table].required]
    records = [{name: record[name] for name in required} for record in _records(table)]
    landing.source(name, table).put(name, write(records))
    landing.night()
    assert landing.ledger() == {name: (2, 2, 0, 0, 0)}
    assert [set(row) for row in landing.surviving(table)] == [{"system", *required}] * 2

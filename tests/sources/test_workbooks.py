"""Workbooks through a mapping: kinds of cells, sheets and rows, and what is refused before it costs memory."""

import gzip
import io
import random
import zipfile
from pathlib import Path

import polars as pl
import pytest
from builders.examples import examples
from builders.mapped import accounted, read, rows
from builders.mutated import mutated_bytes
from builders.workbooks import CLOCK, DATE, DURATION, INSTANT, Cell, Row, workbook

from pipelines.sources.reading import UnreadableFileError

BLOCK = 'table = "contacts"\n{more}\n[sources.columns]\ncontact_id = "Id"\nstarted_at = "Start"\nqueue = "Queue"\nhandle_seconds = "Length"\n'
HEADER: Row = ["Id", "Start", "Queue", "Length"]


def _read(tmp_path: Path, content: bytes, more: str = "", block: str = BLOCK) -> list[dict[str, object]]:
    reading = read(tmp_path / "a.xlsx", content, block.replace("{more}", more))
    assert accounted(reading)
    return rows(reading)


@pytest.mark.parametrize(("since_1904", "day"), [(False, "2026-01-05"), (True, "2030-01-06")])
def test_every_kind_of_cell(tmp_path: Path, since_1904: bool, day: str) -> None:
    """The serial number 46027 is 5 January 2026, and in the calendar that begins in 1904 four years and a day later."""
    table: list[Row] = [
        HEADER,
        [
            12345.0,
            Cell("46027.4166666667", style=INSTANT),
            Cell("inline & text", "inlineStr"),
            Cell("1.5", style=DURATION),
        ],
        [
            Cell("436600000000"),
            Cell("46027", style=DATE),
            Cell("billing", "str", formula="A1"),
            Cell("0.25", style=CLOCK),
        ],
        ["007", Cell("2026-01-05T10:00:00", "d"), Cell("1", "b"), Cell("90.5")],
        [None, None, None, None],
        ["A-1", "5 Jan 2026", "  x ", None],
    ]
    assert _read(tmp_path, workbook({"Calls": table}, since_1904=since_1904)) == [
        {"contact_id": "12345", "started_at": f"{day} 10:00:00", "queue": "inline & text", "handle_seconds": "36:00:00"},
        {"contact_id": "436600000000", "started_at": f"{day} 00:00:00", "queue": "billing", "handle_seconds": "06:00:00"},
        {"contact_id": "007", "started_at": "2026-01-05T10:00:00", "queue": "true", "handle_seconds": "90.5"},
        {"contact_id": "A-1", "started_at": "5 Jan 2026", "queue": "x"},
    ]  # fmt: skip


def test_days_are_days(tmp_path: Path) -> None:
    """A column of dates means the days, not their midnights."""
    table: list[Row] = [HEADER, ["1", Cell("46027", style=DATE)], ["2", Cell("46028", style=DATE)]]
    assert [row["started_at"] for row in _read(tmp_path, workbook({"a": table}))] == ["2026-01-05", "2026-01-06"]


def test_an_error_is_a_value_that_is_left_out_and_listed(tmp_path: Path) -> None:
    table: list[Row] = [
        HEADER,
        ["1", "2026-01-05", Cell("#N/A", "e")],
        [None],
        ["2", "2026-01-05", Cell("#DIV/0!", "e"), "5"],
    ]
    reading = read(tmp_path / "a.xlsx", workbook({"a": table}), BLOCK.replace("{more}", ""))
    assert [row["contact_id"] for row in rows(reading)] == ["1", "2"]
    assert [(reject.record, reject.scope, reject.rule, reject.reason) for reject in reading.rejects] == [
        (1, "value", "error_in_cell", "column Queue: the cell holds #N/A and no value; correct the workbook"),
        (2, "value", "error_in_cell", "column Queue: the cell holds #DIV/0! and no value; correct the workbook"),
    ]


def test_merged_cells_hold_their_value_in_each_row(tmp_path: Path) -> None:
    table: list[Row] = [
        [],
        [None, *HEADER],
        [None, "1", "2026-01-05", "sales"],
        [None, "2", "2026-01-05"],
        [None, "3", "2026-01-05"],
    ]
    found = _read(tmp_path, workbook({"a": table}, merged=["D3:D4"]))
    assert [row.get("queue") for row in found] == ["sales", "sales", None]


def test_a_merged_name_of_a_column_is_no_value(tmp_path: Path) -> None:
    """A range from the names down into the records leaves them as they are; one among the records fills empty cells alone."""
    table: list[Row] = [
        HEADER,
        ["1", "2026-01-05"],
        ["2", "2026-01-05", "a"],
        ["3", "2026-01-05", "b"],
        ["4", "2026-01-05"],
    ]
    found = _read(tmp_path, workbook({"a": table}, merged=["C1:C2", "C3:C5"]))
    assert [row.get("queue") for row in found] == [None, "a", "b", "a"]


@pytest.mark.parametrize(
    "target", ["./worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml", "../xl/worksheets/sheet1.xml"]
)
def test_a_sheet_is_found_however_its_place_is_written(tmp_path: Path, target: str) -> None:
    table: list[Row] = [HEADER, ["1", "2026-01-05"]]
    links = "xl/_rels/workbook.xml.rels"
    with zipfile.ZipFile(io.BytesIO(workbook({"a": table}))) as archive:
        changed = archive.read(links).replace(b"worksheets/sheet1.xml", target.encode())
    assert [row["contact_id"] for row in _read(tmp_path, workbook({"a": table}, extra={links: changed}))] == ["1"]


@pytest.mark.parametrize("shown", ["#SPILL!", "#CALC!", "#GETTING_DATA", "#UNKNOWN!"])
def test_an_error_of_a_later_version_is_left_out_and_listed(tmp_path: Path, shown: str) -> None:
    table: list[Row] = [
        HEADER,
        ["1", "2026-01-05", Cell(shown, "e", formula="A1:A9"), "5"],
        ["2", "2026-01-05", Cell(shown, "str")],
    ]
    reading = read(tmp_path / "a.xlsx", workbook({"a": table}), BLOCK.replace("{more}", ""))
    assert [(row["contact_id"], row.get("queue"), row.get("handle_seconds")) for row in rows(reading)] == [
        ("1", None, "5"),
        ("2", shown, None),
    ]
    assert [(reject.record, reject.scope, reject.rule) for reject in reading.rejects] == [(1, "value", "error_in_cell")]


@pytest.mark.parametrize("before", ["", " " * ((1 << 20) - 60)], ids=["small", "across two chunks"])
def test_more_shared_texts_than_there_is_room_for_are_refused(tmp_path: Path, before: str) -> None:
    """The library reserves memory for as many as the part states, and memory that there is not ends the process."""
    shared = f'<?xml version="1.0"?>{before}<sst count="1" uniqueCount="4294967295"><si><t>a</t></si></sst>'.encode()
    content = workbook({"a": [HEADER, ["1", "2026-01-05"]]}, extra={"xl/sharedStrings.xml": shared})
    with pytest.raises(UnreadableFileError, match="states 4,294,967,295 shared texts"):
        _read(tmp_path, content)


def test_sheets_by_name_and_number_and_the_only_one_that_is_shown(tmp_path: Path) -> None:
    first: list[Row] = [HEADER, ["1", "2026-01-05"]]
    second: list[Row] = [HEADER, ["2", "2026-01-05"]]
    content = workbook({"First": first, "Second": second, "Empty": []})
    assert [_read(tmp_path, content, more)[0]["contact_id"] for more in ('sheet = " second"', "sheet = 1")] == [
        "2",
        "1",
    ]
    assert _read(tmp_path, workbook({"First": first, "Second": second}, hidden=["First"]))[0]["contact_id"] == "2"
    for more, said in (
        ("", "name one with `sheet`"),
        ('sheet = "Third"', "has no sheet 'Third'"),
        ("sheet = 4", "has 3"),
        ("sheet = 3", "is empty"),
    ):
        with pytest.raises(UnreadableFileError, match=said):
            _read(tmp_path, content, more)


def test_titles_above_the_names_and_units_below_them(tmp_path: Path) -> None:
    table: list[Row] = [
        ["Report of January"],
        [],
        HEADER,
        ["", "date", "", "seconds"],
        ["1", "2026-01-05", "x", 5.0],
        ["Total", None, None, 5.0],
    ]
    content = workbook({"a": table})
    more = "header_row = 3\nfirst_row = 5\nfilter = \"Id <> 'Total'\""
    assert _read(tmp_path, content, more) == [
        {"contact_id": "1", "started_at": "2026-01-05", "queue": "x", "handle_seconds": "5"}
    ]
    assert (
        _read(
            tmp_path,
            content,
            'header = ["Id", "Start", "Queue", "Length"]\nfirst_row = 5\nfilter = "Start is not null"',
        )[0]["queue"]
        == "x"
    )
    with pytest.raises(UnreadableFileError, match="row 2 of the sheet names no column"):
        _read(tmp_path, content, "header_row = 2")


def test_packed_and_foreign_files(tmp_path: Path) -> None:
    content = workbook({"a": [HEADER, ["1", "2026-01-05"]]})
    assert len(_read(tmp_path, gzip.compress(content))) == 1
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("calls.xlsx", content)
    assert len(_read(tmp_path, packed.getvalue())) == 1
    for damaged, said in (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "old .xls"),
        (content[:-40], "damaged|truncated"),
    ):
        with pytest.raises(UnreadableFileError, match=said):
            _read(tmp_path, damaged)
    with pytest.raises(UnreadableFileError, match="sheet names a part of a workbook, and this file is none"):
        read(tmp_path / "a.csv", "Id,Start\n1,2\n", BLOCK.replace("{more}", "sheet = 1"))
    with pytest.raises(UnreadableFileError, match="from_table says nothing of a workbook"):
        _read(tmp_path, content, 'from_table = "x"')


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'r="A2"', b'r="XFD1048576"', "span 16,384 columns"),
        (b'r="A2"', b'r="A4294967295"', "span"),
        (b'r="A2"', b"r='AAAAAA2'", "span"),
        (b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', "declares entities"),
        (b"</sheetData>", b"<row>" + b"<c><v>1</v></c>" * 9_000 + b'</row><row r="1000000"/></sheetData>', "span"),
        (b"</sheetData>", b"<row><c/></row>" * 9_000 + b'<row><c r="XFD9"/></row></sheetData>', "span"),
    ],
)
def test_what_would_cost_the_memory_of_a_whole_sheet_is_refused(
    tmp_path: Path, old: bytes, new: bytes, said: str
) -> None:
    table: list[Row] = [HEADER, ["1", "2026-01-05"]]
    with zipfile.ZipFile(io.BytesIO(workbook({"a": table}))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert old in sheet
    # Whatever the member is called: what the library finds by other names must not get past the bounds either.
    for name in ("xl/worksheets/sheet1.xml", "xl/other.xml"):
        with pytest.raises(UnreadableFileError, match=said):
            _read(tmp_path, workbook({"a": table}, extra={name: sheet.replace(old, new)}))


def test_a_bomb_is_refused_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.workbooks.RATIO_APPLIES_FROM_BYTES", 1_000_000)
    content = workbook({"a": [HEADER, ["1", "2026-01-05"]]}, extra={"xl/media/a.bin": b"\0" * 4_000_000})
    with pytest.raises(UnreadableFileError, match="200 times its size"):
        _read(tmp_path, content)


def test_mutated_workbooks_are_read_in_full_or_refused(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - the same mutations in every run
    table: list[Row] = [
        HEADER,
        *([f"c{n}", Cell("46027.5", style=INSTANT), Cell("x", "inlineStr"), n] for n in range(20)),
    ]
    with zipfile.ZipFile(io.BytesIO(workbook({"a": table}, merged=["C3:C5"]))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    read_in_full = 0
    for _ in range(examples(40, 400)):
        name = chance.choice(sorted(parts))
        content = workbook({"a": table}, extra={**parts, name: mutated_bytes(parts[name], chance)})
        content = content if chance.random() < 0.8 else mutated_bytes(content, chance)
        try:
            reading = read(tmp_path / "a.xlsx", content, BLOCK.replace("{more}", ""))
        except UnreadableFileError:
            continue
        assert accounted(reading)
        read_in_full += 1
    assert read_in_full, "some mutations leave a file that can be read"


def test_frames_hold_text_alone(tmp_path: Path) -> None:
    reading = read(
        tmp_path / "a.xlsx", workbook({"a": [HEADER, [1.0, 46027.0, True, 5.0]]}), BLOCK.replace("{more}", "")
    )
    assert set(reading.tables["contacts"].drop("_record").dtypes) == {pl.String()}

"""Complaints of the CFPB in every shape in which they are published."""

import gzip
import json
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from pipelines.contract import CANONICAL_TABLES
from pipelines.sources.cfpb import CfpbReader
from pipelines.sources.reading import PATH, RECORD, Reading, ReadOptions, UnreadableFileError

READER = CfpbReader()
PUBLIC = "Date received,Product,Issue,Consumer complaint narrative,Company,State,Company response to consumer,Timely response?,Consumer disputed?,Complaint ID"
OFFICIAL = "cfpb-official-fixtures"


def _read(path: Path, regulator: str = "CFPB") -> Reading:
    return READER.read(path, ReadOptions(regulator=regulator))


def _rows(reading: Reading) -> list[dict[str, object]]:
    return reading.tables["complaints"].to_dicts()


def test_csv_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "public.csv"
    path.write_text(
        f'{PUBLIC}\n09/12/2016,Mortgage,Fees,"They said\n""no"", then",Acme,TX,Closed,Yes,No,17\n'
        "9/24/19,Mortgage,Fees,,Acme,,In progress,No,N/A,18\n10/1/19,Mortgage,Fees,,Acme,N/A,Closed,Maybe,,\n"
    )
    reading = _read(path, "FCA")
    assert (reading.rows_in, reading.rejects) == (3, ())
    first, second, third = _rows(reading)
    assert first == {
        "complaint_id": "17",
        "regulator": "FCA",
        "received_at": "09/12/2016",
        "company": "Acme",
        "product": "Mortgage",
        "issue": "Fees",
        "narrative": 'They said\n"no", then',
        "company_response": "Closed",
        "region": "TX",
        "timely": "true",
        "disputed": "false",
        RECORD: 1,
    }
    assert (second["timely"], second["disputed"], second["narrative"], second["region"]) == ("false", None, None, None)
    assert (third["complaint_id"], third["timely"], third["disputed"]) == (None, "Maybe", None)


def test_rows_of_another_width_are_rejected_alone(tmp_path: Path) -> None:
    path = tmp_path / "public.csv"
    row = "09/12/2016,Mortgage,Fees,,Acme,TX,Closed,Yes,No,{}\n"
    path.write_text(PUBLIC + "\n" + row.format(1) + "\n" + "09/12/2016,short\n" + row.format("3,more") + row.format(4))
    reading = _read(path)
    assert reading.rows_in == 4
    assert [(reject.record, reject.rule) for reject in reading.rejects] == [
        (2, "malformed_record"),
        (3, "malformed_record"),
    ]
    assert [(row["complaint_id"], row[RECORD]) for row in _rows(reading)] == [("1", 1), ("4", 4)]


def test_a_quote_that_is_never_closed_refuses_the_file(tmp_path: Path) -> None:
    path = tmp_path / "public.csv"
    path.write_text(
        f'{PUBLIC}\n09/12/2016,M,F,,A,TX,C,Yes,No,1\n09/12/2016,M,F,,A,TX,C,Yes,No,"2\n09/12/2016,M,F,,A,TX,C,Yes,No,3\n'
    )
    with pytest.raises(UnreadableFileError, match="opens in line 3 is never closed"):
        _read(path)


def test_parquet_with_its_columns_reads_as_the_csv_does(tmp_path: Path) -> None:
    rows = (
        "09/12/2016,Mortgage,Fees,,Acme,TX,Closed,Yes,No,17\n9/24/19,Mortgage,Fees,a text,Acme,,In progress,No,N/A,18\n"
    )
    (tmp_path / "public.csv").write_text(f"{PUBLIC}\n{rows}")
    table = pl.read_csv(f"{PUBLIC}\n{rows}".encode(), schema_overrides={"Date received": pl.String})
    assert table.schema["Complaint ID"] == pl.Int64(), "ids as numbers, as exports have them"
    table.write_parquet(tmp_path / "public[1].parquet")
    csv, parquet = _read(tmp_path / "public.csv"), _read(tmp_path / "public[1].parquet")
    assert (parquet.rows_in, parquet.rejects, parquet.unknown) == (2, (), ())
    assert _rows(parquet) == _rows(csv)


def test_json_that_contradicts_its_count_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text('{"hits": {"total": 2}, "complaint_id": "1"}')
    with pytest.raises(UnreadableFileError, match="holds 1 records, 0 could be read"):
        _read(path)


def test_json_by_hand(tmp_path: Path) -> None:
    source = {
        ":updated_at": 1568001600,
        "complaint_id": "1",
        "date_received": "2019-07-23T12:00:00-05:00",
        "complaint_what_happened": "",
        "timely": "Yes",
    }
    records = [
        {"_id": "1", "_source": source},
        {"public_id": 2, "date_received": "2019-09-23", "date_indexed": "2019-09-24T12:00:00-05:00"},
    ]
    expected = [("1", "2019-07-23", "2019-09-09T04:00:00Z", "true"), ("2", "2019-09-23", "2019-09-24", None)]
    layouts = {
        "lines.ndjson": ("\n".join(map(json.dumps, records)), [None, None]),
        "list.json": (json.dumps(records, indent=1), ["$[0]", "$[1]"]),
        "answer.json": (
            json.dumps({"hits": {"total": 2, "hits": records}}, indent=2),
            ["$.hits.hits[0]", "$.hits.hits[1]"],
        ),
        "answer_in_a_line.json": (json.dumps({"hits": {"hits": records}}), ["$.hits.hits[0]", "$.hits.hits[1]"]),
    }
    for name, (text, places) in layouts.items():
        path = tmp_path / name
        path.write_text(text)
        reading = _read(path)
        rows = _rows(reading)
        assert [(r["complaint_id"], r["received_at"], r["updated_at"], r["timely"]) for r in rows] == expected, name
        assert [row[PATH] for row in rows] == places
        assert [row["narrative"] for row in rows] == [None, None]


def test_one_record_on_its_own(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text('{"complaint_id": "1", "date_received": "2019-09-23"}\n')
    assert [row["complaint_id"] for row in _rows(_read(path))] == ["1"]


def test_broken_lines_are_rejected_alone(tmp_path: Path) -> None:
    path = tmp_path / "lines.ndjson"
    good = '{"complaint_id": "%d", "date_received": "2019-09-23"}\n'
    path.write_text(good % 1 + '{"complaint_id": \n\n[1]\n' + good % 4 + '{"complaint_id": "5", "date_rec')
    reading = _read(path)
    assert reading.rows_in == 5
    assert [(row["complaint_id"], row[RECORD]) for row in _rows(reading)] == [("1", 1), ("4", 4)]
    assert [(reject.record, reject.rule) for reject in reading.rejects] == [(n, "malformed_json") for n in (2, 3, 5)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("date_received,product\n2016-10-03,Mortgage\n", "required column absent: complaint_id or public_id"),
        ("complaint_id,product\n1,Mortgage\n", "required column absent: date_received"),
        ('{"properties": {"company": 1}}', "no record has a complaint id"),
        ('{"_id": "1", "message": "a log line"}\n{"_id": "2", "message": "b"}\n', "not a complaint export"),
        ('[{"complaint_id": "1"}, {"compl', "malformed or truncated"),
        ('{\n "hits": {"hits": [', "malformed or truncated"),
        ("", "empty"),
        ("\x00\x01\x02", "binary"),
    ],
)
def test_foreign_files_are_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(UnreadableFileError, match=reason):
        _read(path)


def test_compressed_files(tmp_path: Path) -> None:
    text = f"{PUBLIC}\n09/12/2016,Mortgage,Fees,,Acme,TX,Closed,Yes,No,17\n".encode()
    packed = {"a.csv.gz": gzip.compress(text), "a.csv.zst": pa.compress(text, "zstd", asbytes=True)}
    for name, content in packed.items():
        (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "a.csv.zip", "w") as archive:
        archive.writestr("complaints.csv", text)
    for name in (*packed, "a.csv.zip"):
        assert [row["complaint_id"] for row in _rows(_read(tmp_path / name))] == ["17"], name
    (tmp_path / "cut.csv.gz").write_bytes(packed["a.csv.gz"][:-20])
    with pytest.raises(UnreadableFileError, match="truncated"):
        _read(tmp_path / "cut.csv.gz")


@pytest.mark.parametrize(
    ("name", "records", "dated", "first"),
    [
        ("cfpb-2016-bulk-csv/Consumer_Complaints.csv", 349, 349, ("2105582", "09/12/2016")),
        (f"{OFFICIAL}/v1-intake.csv", 30, 30, ("3003003", "9/24/19")),
        (f"{OFFICIAL}/v1-public.csv", 30, 30, ("3003003", "9/24/19")),
        (f"{OFFICIAL}/v2-intake.csv", 30, 30, ("3003003", "9/24/19")),
        (f"{OFFICIAL}/v2-public.csv", 30, 30, ("3003003", "9/24/19")),
        (f"{OFFICIAL}/from_s3.json", 10, 9, ("3383698", "2019-09-23")),
        (f"{OFFICIAL}/from_s3.ndjson", 10, 9, ("3383698", "2019-09-23")),
        (f"{OFFICIAL}/exp_s3.ndjson", 10, 9, ("3383698", "2019-09-23")),
        (f"{OFFICIAL}/exp_socrata.ndjson", 10, 9, ("3369434", "2099-09-09")),
    ],
)
def test_real_files(fixtures_dir: Path, name: str, records: int, dated: int, first: tuple[str, str]) -> None:
    reading = _read(fixtures_dir / name)
    frame = reading.tables["complaints"]
    assert (reading.rows_in, frame.height, reading.rejects) == (records, records, ())
    assert set(frame.columns) <= {*CANONICAL_TABLES["complaints"].column_names, RECORD, PATH}
    assert frame.get_column("complaint_id").is_not_null().all()
    assert frame.get_column("received_at").is_not_null().sum() == dated
    assert frame.select("complaint_id", "received_at").row(0) == first
    assert set(frame.get_column("timely").unique()) == {"true"}
    assert set(frame.get_column("disputed").drop_nulls().unique()) <= {"true", "false"}


def test_the_real_variants_of_one_export_agree(fixtures_dir: Path) -> None:
    frames = [
        _read(fixtures_dir / OFFICIAL / f"v{n}-{kind}.csv").tables["complaints"]
        for n in (1, 2)
        for kind in ("intake", "public")
    ]
    assert all(frame.equals(frames[0]) for frame in frames)
    lists = [_read(fixtures_dir / OFFICIAL / name).tables["complaints"] for name in ("from_s3.json", "from_s3.ndjson")]
    assert lists[0].drop(PATH).equals(lists[1].drop(PATH))


@pytest.mark.parametrize("name", ["complaints-subset.csv", "ccdb_mapping.json", "LICENSE", "SOURCE.txt"])
def test_real_files_that_hold_no_complaints_with_an_id(fixtures_dir: Path, name: str) -> None:
    with pytest.raises(UnreadableFileError, match="required column absent"):
        _read(fixtures_dir / OFFICIAL / name)


def test_slow_and_fast_ways_agree(fixtures_dir: Path, tmp_path: Path) -> None:
    # One broken record sends the whole file the slow way; the others must come out the same.
    for name, fault in ((f"{OFFICIAL}/v2-public.csv", "\nbroken\n"), (f"{OFFICIAL}/exp_s3.ndjson", "\n{broken\n")):
        source = fixtures_dir / name
        copy = tmp_path / source.name
        copy.write_bytes(source.read_bytes() + fault.encode())
        fast, slow = _read(source), _read(copy)
        assert slow.rows_in == fast.rows_in + 1
        assert len(slow.rejects) == 1
        columns = [pl.col(name) for name in fast.tables["complaints"].columns]
        assert slow.tables["complaints"].select(columns).equals(fast.tables["complaints"])

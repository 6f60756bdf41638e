"""What a good run prints and logs, and that no raw identifier is in any of it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
from builders.command_line import PLANTED, Command, Operation

from pipelines.contract import PUBLISHED_TABLES
from pipelines.snapshot import SnapshotStore

_SUMMARY = (
    r"Published after \d+\.\d s",
    r"rows in +[\d,]+ from \d+ files: accepted [\d,]+, duplicates [\d,]+, superseded [\d,]+, quarantined [\d,]+",
    r"as of +2026-\d\d-\d\d 00:00 E[DS]T",
    r"FCR +claimed .+, from outcomes ",
    r"repeats 30 d ",
    r"sentiment +survey rating .+; closing words negative .+, conversations scored \d",
    r"complaints +\d+, of which linked \d+; case flags \d+",
    r"checks +\d+ passed, \d+ warnings",
    r"snapshot +/",
    r"report +none yet: aftercall report --config /",
)


def test_the_summary(operation: Operation) -> None:
    assert operation.ran.code == 0
    lines = operation.ran.out.splitlines()
    for pattern in _SUMMARY:
        assert any(re.search(pattern, line) for line in lines), pattern
    named = next(line for line in lines if "snapshot " in line).split()[-1]
    assert Path(named).stem == SnapshotStore(operation.folder / "data").current_id()


def test_log_lines_are_json_on_request(aftercall: Command, tmp_path: Path) -> None:
    config = tmp_path / "aftercall.toml"
    source = '[[sources]]\nformat = "canonical"\ntable = "contacts"\npath = "*.csv"\n'
    config.write_text('[project]\ndata_dir = "data"\n' + source)
    (tmp_path / "a.csv").write_text("id\n1\n")
    said = aftercall("--log-format", "json", "run", "--config", config)
    *logged, message = said.err.splitlines()
    assert message.startswith("aftercall: no source could be read at all")
    (event,) = [json.loads(line) for line in logged]
    assert (event["event"], event["level"], event["file"]) == ("file_refused", "warning", "a.csv")
    assert "timestamp" in event


def test_a_quiet_run_logs_nothing_but_json(operation: Operation) -> None:
    for line in operation.ran.err.splitlines():
        assert isinstance(json.loads(line), dict)


def test_nothing_new_says_so_in_few_words(aftercall: Command, operation: Operation) -> None:
    before = SnapshotStore(operation.folder / "data").current_id()
    said = aftercall("run", "--config", operation.config)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Nothing new; the published snapshot stands")
    assert SnapshotStore(operation.folder / "data").current_id() == before


def test_no_raw_identifier_leaves_the_landing_files(aftercall: Command, operation: Operation, tmp_path: Path) -> None:
    """Not in what is printed, in no file below data_dir, in no text of the warehouse, of an export or of a report."""
    printed = [operation.ran]
    printed.append(aftercall("--verbose", "doctor", "--config", operation.config))
    printed.append(aftercall("export", "--config", operation.config, "--out", tmp_path))
    printed.append(aftercall("report", "--config", operation.config, "--out", tmp_path))
    assert [said.code for said in printed] == [0] * 4
    forbidden = re.compile("|".join(map(re.escape, sorted(operation.customers | set(PLANTED)))))
    assert len(operation.customers) > 50
    assert not [said for said in printed if forbidden.search(said.out + said.err)]
    data = operation.folder / "data"
    files = [path for path in [*data.rglob("*"), *tmp_path.rglob("*")] if path.is_file()]
    readable = [path for path in files if path.suffix not in {".parquet", ".duckdb"}]
    assert {path.suffix for path in readable} >= {".json", ".html"}
    assert not [path for path in readable if forbidden.search(path.read_text("utf-8", errors="replace"))]
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as warehouse:
        places = list(_texts(warehouse))
        found = [place for place, text in places if forbidden.search(text)]
    assert len({place for place, _ in places}) > 100
    assert not found
    with duckdb.connect() as connection:
        folders = sorted({path.parent for path in files if path.suffix == ".parquet"} - {tmp_path})
        globs = {folder.name: folder / "*.parquet" for folder in folders}
        globs |= {f"exported_{path.stem}": path for path in tmp_path.glob("*.parquet")}
        for name, pattern in globs.items():
            connection.execute(f"create view {name} as select * from read_parquet('{pattern}')")
        assert len(globs) == 2 * len(PUBLISHED_TABLES)
        assert not [place for place, text in _texts(connection) if forbidden.search(text)]


def _texts(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """(table.column, value) of every text."""
    columns = connection.execute(
        "select table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' and not internal"
    ).fetchall()
    for table, column in columns:
        for (value,) in connection.execute(
            f'select distinct "{column}" from {table} where "{column}" <> \'\''
        ).fetchall():
            yield f"{table}.{column}", str(value)


def test_bad_values_are_listed_redacted(operation: Operation) -> None:
    """The two odd handoffs: an e-mail where a time belongs rejects the row, a phone number where seconds belong the value."""
    rows = (
        SnapshotStore(operation.folder / "data")
        .current()
        .scan("quarantine")
        .collect()
        .filter(pl.col("file").str.contains("handoffs-001"))
    )
    assert {(row["scope"], row["rule"] != "") for row in rows.iter_rows(named=True)} == {("row", True), ("value", True)}
    assert not [row for row in rows.iter_rows(named=True) if "anna.muster" in row["reason"] or "555" in row["reason"]]


def test_what_takes_seconds_to_import_waits_until_there_is_news() -> None:
    code = "import sys, pipelines.commands.run_nightly; print({'dagster', 'great_expectations', 'scipy'} & sys.modules.keys())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "set()\n"

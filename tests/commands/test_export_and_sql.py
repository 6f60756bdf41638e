"""The published tables outside: exports in every format, and statements that read them and nothing else."""

import hashlib
import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import polars.selectors as cs
import pytest
from builders.command_line import Command, Operation
from click.testing import CliRunner

from dashboards.access.exports import safe_cells
from pipelines.cli import main
from pipelines.commands import export as exporting
from pipelines.commands.answer_formats import aligned
from pipelines.commands.published_sql import published_names
from pipelines.config import load_settings
from pipelines.console import guarded_reader
from pipelines.contract import PUBLISHED_TABLES
from pipelines.contract.published_model import PublishedKind
from pipelines.run_log import read_runs
from pipelines.snapshot import Snapshot, SnapshotStore


@pytest.fixture
def snapshot(operation: Operation) -> Snapshot:
    return SnapshotStore(load_settings(operation.config).data_dir).current()


@pytest.fixture
def sql(aftercall: Command, operation: Operation) -> Callable[..., str]:
    """What a statement prints; it must end well."""

    def ask(*arguments: object) -> str:
        said = aftercall("sql", "--config", operation.config, *arguments)
        assert said.code == 0, said.err
        return said.out

    return ask


def different(found: pl.DataFrame, expected: pl.DataFrame) -> list[tuple[str, list[tuple[object, object]]]]:
    """Columns that differ, with the first pairs of values that do."""
    pairs = {name: zip(found[name], expected[name], strict=True) for name in expected.columns}
    apart = {name: [pair for pair in each if pair[0] != pair[1]][:3] for name, each in pairs.items()}
    return [(name, each) for name, each in apart.items() if each]


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(frame.columns, nulls_last=True)


def read_back(path: Path, table: str) -> pl.DataFrame:
    """A CSV file in the types of the contract."""
    texts = pl.read_csv(path, infer_schema=False, quote_char='"')
    instant = pl.Datetime("us", "UTC")
    typed = {
        PublishedKind.TEXT: pl.col,
        PublishedKind.COUNT: lambda name: pl.col(name).cast(pl.Int64),
        PublishedKind.MEASURE: lambda name: pl.col(name).cast(pl.Float64),
        PublishedKind.FLAG: lambda name: pl.col(name) == "true",
        PublishedKind.INSTANT: lambda name: (
            pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ").dt.replace_time_zone("UTC").cast(instant)
        ),
        PublishedKind.DAY: lambda name: pl.col(name).str.to_date(),
    }
    return texts.select(typed[column.kind](column.name) for column in PUBLISHED_TABLES[table].columns)


@pytest.mark.parametrize("form", ["parquet", "csv", "duckdb"])
def test_an_export_has_the_published_rows(
    form: str, aftercall: Command, operation: Operation, snapshot: Snapshot, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "out"
    said = aftercall("export", "--config", operation.config, "--format", form, "--out", out)
    assert (said.code, said.err) == (0, "")
    assert snapshot.manifest.snapshot_id in said.out
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["snapshot_id"] == snapshot.manifest.snapshot_id
    assert manifest["definitions_version"] == exporting.definitions_version()
    assert [table["name"] for table in manifest["tables"]] == list(PUBLISHED_TABLES)
    for file in manifest["files"]:
        assert hashlib.sha256((out / file["file"]).read_bytes()).hexdigest() == file["sha256"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    with duckdb.connect() as connection:
        if form == "duckdb":
            connection.execute(f"attach '{out / 'aftercall.duckdb'}' as there (read_only)")
        for table in manifest["tables"]:
            name = table["name"]
            expected = snapshot.scan(name).collect()
            assert table["rows"] == expected.height
            if form == "csv":
                found = read_back(out / f"{name}.csv", name)
                guarded = expected.with_columns(safe_cells(cs.string()))
                assert different(in_order(found), in_order(guarded)) == [], name
            elif form == "parquet":
                found = pl.read_parquet(out / f"{name}.parquet")
                assert in_order(found).equals(in_order(expected)), name
            else:
                found = connection.execute(f"from there.{name}").pl()
                assert in_order(found.cast(expected.schema)).equals(in_order(expected)), name


def test_an_export_overwrites_only_an_export_and_only_when_told(
    aftercall: Command, operation: Operation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    arguments = ("export", "--config", operation.config, "--tables", "kpi_weekly", "--out", out)
    assert aftercall(*arguments).code == 0
    refused = aftercall(*arguments)
    assert refused.code == 2
    assert "--force" in refused.one_message()

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(exporting, "_manifest", full)
        broken = aftercall(*arguments, "--force", "--format", "csv")
    assert broken.code == 2
    assert "No space left on device" in broken.one_message()
    assert sorted(path.name for path in out.iterdir()) == ["kpi_weekly.parquet", "manifest.json"], (
        "the earlier one stands"
    )
    assert aftercall(*arguments, "--force", "--format", "csv").code == 0
    assert sorted(path.name for path in out.iterdir()) == ["kpi_weekly.csv", "manifest.json"]
    (out / "notes.txt").touch()
    foreign = aftercall(*arguments, "--force")
    assert foreign.code == 2
    assert "'notes.txt'" in foreign.one_message()
    assert (out / "notes.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_statement_reads_the_snapshot_while_a_run_writes(
    sql: Callable[..., str], operation: Operation, snapshot: Snapshot
) -> None:
    contacts = snapshot.scan("kpi_daily").collect()["contacts"].sum()
    with duckdb.connect(str(operation.folder / "data" / "warehouse.duckdb")) as held:
        held.execute("begin")
        printed = sql("select sum(contacts) as contacts, min(day) as begins from kpi_daily")
    headers, _, row = printed.splitlines()
    assert headers.split() == ["contacts", "begins"]
    assert row.split()[0] == str(contacts)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("select * from kpi_dayly", "no table 'kpi_dayly' is published; near: kpi_daily"),
        ("select contcts from kpi_daily", "no column 'contcts'; near: contacts"),
        ("delete from kpi_daily", "DELETE is not possible"),
        ("set memory_limit = '9GB'", "SET is not possible"),
        ("attach 'x.duckdb'", "ATTACH is not possible"),
        ("install httpfs", "write one SELECT"),
        ("copy kpi_daily to 'x.csv'", "COPY is not possible"),
        ("select 1; select 2", "2 statements"),
        ("show tables", "only SELECT is taken here"),
        ("/* which */ DESCRIBE kpi_daily", "`aftercall sql --tables` lists the tables"),
        ("summarize kpi_daily", "only SELECT is taken here"),
        ("pragma show_tables", "only SELECT is taken here"),
        (" ", "there is no statement"),
        ("selec 1", "syntax error"),
        ("select * from read_text('/etc/hostname')", "no file or other database"),
        ("select * from glob('/*')", "no file or other database"),
        ("select * from '/etc/hostname'", "no table '/etc/hostname'"),
        ("select * from settings", "no table 'settings'"),
        ("select cast(mode as integer) from kpi_daily", "try_cast"),
        ("select interval 1 day as i", "cast it to varchar"),
    ],
)
def test_a_statement_can_do_nothing_else(statement: str, words: str, aftercall: Command, operation: Operation) -> None:
    said = aftercall("sql", "--config", operation.config, statement)
    assert said.code == 2
    message = said.one_message()
    assert words in message
    assert "ai_primary" not in message, "no value is quoted"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        # At execution the engine's words quote values: one sentence with the kind and the remedy stands in their place.
        ("select json(text) from transcripts", "does not fit|cannot take a value"),
        ("select strptime(contact_id, '%Y') from contact_outcomes", "cannot take a value .*invalid input.*try"),
        ("select strftime(now(), customer_key || '%') from contact_outcomes", "cannot take a value"),
        ("select error(customer_key) from contact_outcomes", "cannot take a value .*where"),
        ("select now() at time zone contact_id from contact_outcomes", "cannot take a value .*not implemented"),
        ("select unhex(text) from transcripts", "does not fit|cannot take a value"),
        ("select json_extract('{}'::json, '$[' || contact_id) from contact_outcomes", "cannot take a value"),
        ("select (select contact_id from contact_outcomes) as one", "subquery .*several rows"),
        # Times that no calendar reaches, and types without a word in any format.
        ("select 'infinity'::date as d", "column 'd' holds a time outside"),
        ("select ['12000-01-01'::date] as d", "column 'd' holds a time outside"),
        ("select '290000-01-01'::timestamp as d", "column 'd' holds a time outside"),
        ("select {'t': time '24:00:00'} as d", "column 'd' holds a time outside"),
        ("select 'a'::blob as b", "column 'b' is a blob, .*varchar"),
        ("select union_value(a := 'x') as u", "column 'u' is a union, .*varchar"),
        ("select 1::variant as v", "no format has; cast it to varchar"),
        # What shows or changes the engine.
        ("pivot kpi_daily on mode using sum(contacts)", "PIVOT .*name them"),
        ("select * from enable_logging('QueryLog')", "table function 'enable_logging' is not possible"),
        ("select (select max(sql) from duckdb_views()) as s from kpi_daily", "'duckdb_views' is not possible"),
        ("from Duckdb_Settings", "'duckdb_settings' is of the engine|'Duckdb_Settings' is of the engine"),
        ("select sql from sqlite_master", "'sqlite_master' is of the engine"),
        ("select current_setting('allowed_paths')", "'current_setting' is of the engine"),
        ("pragma table_info('kpi_daily')", "only SELECT is taken here"),
    ],
)
def test_what_cannot_be_answered_is_told_without_a_value(
    statement: str, words: str, aftercall: Command, operation: Operation, snapshot: Snapshot
) -> None:
    said = aftercall("sql", "--config", operation.config, statement, "--format", "csv")
    message = said.one_message()
    assert (said.code, said.out) == (2, "")
    assert re.search(words, message), message
    outcomes = snapshot.scan("contact_outcomes").select("contact_id", "customer_key").collect()
    values = {value for column in outcomes for value in column if value is not None}
    assert not [value for value in values if value in message]
    texts = snapshot.scan("transcripts").select(pl.col("text").str.slice(0, 20)).collect()["text"]
    assert not [text for text in texts if text and text in message]


def test_a_statement_that_is_not_utf8(operation: Operation) -> None:
    said = CliRunner().invoke(main, ["sql", "--config", str(operation.config), "-"], input=b"select 1 as caf\xe9")
    assert said.exit_code == 2
    assert "the statement is not UTF-8" in said.stderr


def test_an_interrupted_answer_does_not_speak_of_publishing(capsys: pytest.CaptureFixture[str]) -> None:
    @guarded_reader
    def asks() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit, match="130"):
        asks()
    assert capsys.readouterr().err == "aftercall: interrupted; the answer is not whole\n"


def test_enums_are_guarded_and_what_is_usual_is_possible(sql: Callable[..., str]) -> None:
    assert sql("select '=1+1'::enum('=1+1') as a, ['=1'::enum('=1')] as b", "--format", "csv").splitlines()[1:] == [
        '"\'=1+1","[""=1""]"'
    ]
    ask = "select date '9999-12-31' as d, timestamp '0001-01-01' as t, map {'a': null::date} as m, uuid() is null as u"
    assert json.loads(sql(ask, "--format", "json"))[0]["d"] == "9999-12-31"
    assert sql("from generate_series(2), unnest([3])").splitlines()[2].split() == ["0", "3"]


def test_answers_in_every_format(sql: Callable[..., str], tmp_path: Path) -> None:
    ask = """select '=cmd()' as "+header", null as nothing, 'nan'::double as odd, [1, 2] as listed, 1.5::decimal(9, 1) as exact,
        timestamptz '2026-01-01 01:00:00+01' as at, 7 as twice, 8 as twice"""
    header, row = sql(ask, "--format", "csv").splitlines()
    assert header == '"\'+header","nothing","odd","listed","exact","at","twice","twice_2"'
    assert row == '"\'=cmd()",,NaN,"[1,2]",1.5,"2026-01-01T00:00:00.000000Z",7,8'
    assert json.loads(sql(ask, "--format", "json")) == [
        {
            "+header": "=cmd()",
            "nothing": None,
            "odd": None,
            "listed": [1, 2],
            "exact": 1.5,
            "at": "2026-01-01T00:00:00Z",
            "twice": 7,
            "twice_2": 8,
        }
    ]
    out = tmp_path / "answer.parquet"
    sql("select * from kpi_weekly order by all", "--out", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert pl.read_parquet(out).columns == list(PUBLISHED_TABLES["kpi_weekly"].column_names)
    assert sql("select 1 as a where false", "--format", "json") == "[]\n"
    assert len(sql("from range(500)", "--limit", "3").splitlines()) == 5
    assert len(sql("from range(500)").splitlines()) == 102


def test_what_there_is_to_ask(
    sql: Callable[..., str], aftercall: Command, operation: Operation, snapshot: Snapshot
) -> None:
    listed = [line.split()[0] for line in sql("--tables").splitlines()[2:]]
    assert listed == published_names(snapshot) == list(PUBLISHED_TABLES)
    columns = [line.split()[:2] for line in sql("--describe", "fill_rates").splitlines()[2:]]
    assert ["week", "date"] in columns
    assert "near: kpi_daily" in aftercall("sql", "--config", operation.config, "--describe", "kpi_dayly").one_message()
    for wrong in ((), ("select 1", "--tables"), ("select 1", "--out", "x.txt"), ("select 1", "--format", "parquet")):
        assert aftercall("sql", "--config", operation.config, *wrong).code == 2


def test_cells_are_aligned_and_cut() -> None:
    assert aligned(("name", "n"), [("a", 1), ("b" * 5, 1000)], widest=4) == [
        "name     n",
        "────  ────",
        "a        1",
        "bbb…  1000",
    ]


def test_a_run_leaves_the_time_of_its_steps(operation: Operation) -> None:
    first = read_runs(operation.folder / "data")[0]
    assert first.outcome == "published"
    steps = {step.name: step for step in first.steps}
    assert first.steps[0].name == "ingest"
    assert first.steps[-1].name == "snapshot"
    assert steps["ingest"].rows == first.rows_in
    assert {"sql_1", "early_read", "text_scores"} <= steps.keys()
    assert 0 < sum(step.seconds for step in first.steps) <= first.seconds

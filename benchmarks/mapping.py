"""Reading files through a mapping, against DuckDB's own typed read of the same bytes.

    python -m benchmarks.mapping [--records 1000000] [--files 10000] [--rounds 3]

The same calls as CSV (eight columns, a quarter of them quoted), as JSONL, and as nested JSON (calls with two turns each, in a
list of documents). ``mapping`` gives text columns with values mapped, a date read by its pattern and one expression; ``duckdb``
is given all names and types, and makes a table of each. Each runs in a process of its own; memory is its peak. ``small`` reads so
many files of one nested call each, which is a matter of what a file costs, not of bytes.
"""

import json
import statistics
import tempfile
import time
import tomllib
from pathlib import Path

import click
import duckdb
import polars as pl

from benchmarks.results import Figure, in_own_process, peak_mb, report
from pipelines.config.sources import Source
from pipelines.sources.mapping.reader import MappingReader
from pipelines.sources.reading import ReadOptions

FORMATS = ("csv", "jsonl", "nested")
_CONTENDERS = ("mapping", "duckdb")
_FLAT = """table = "contacts"
[sources.columns]
contact_id = "Call ID"
started_at = "Start"
customer_id = "Phone"
channel = "Kind"
queue = "Skill"
talk_seconds = "Talk"
handle_seconds = { sql = "Talk + Wrap" }
[sources.values.channel]
map = { Phone = "voice", Mail = "email" }
[sources.dates.started_at]
format = "%d/%m/%Y %H:%M:%S"
"""
_NESTED = """[[sources.tables]]
table = "contacts"
rows = "calls[*]"
[sources.tables.columns]
contact_id = "id"
started_at = "start"
customer_id = "customer.id"
channel = "$.channel"
talk_seconds = "talk"
[[sources.tables]]
table = "turns"
rows = "calls[*].turns[*]"
[sources.tables.columns]
contact_id = "calls.id"
turn_index = "_index"
speaker = "who"
text = "words"
offset_seconds = "at"
"""
_TYPED = "'Call ID': 'VARCHAR', Start: 'VARCHAR', Phone: 'VARCHAR', Kind: 'VARCHAR', Skill: 'VARCHAR', Talk: 'DOUBLE', Wrap: 'DOUBLE', Note: 'VARCHAR'"
_TYPED_CALL = 'STRUCT(id VARCHAR, "start" TIMESTAMP, customer STRUCT(id VARCHAR), talk DOUBLE, turns STRUCT(who VARCHAR, words VARCHAR, "at" DOUBLE)[])'


def write_files(folder: Path, records: int) -> None:
    """calls.csv, calls.jsonl and calls.json with the same number of calls, ten to a document in the nested one."""
    with duckdb.connect() as connection:
        connection.execute(
            f"""create table calls as select 'c' || i as "Call ID", strftime(timestamp '2026-01-05' + interval (i % 5000000) second, '%d/%m/%Y %H:%M:%S') as "Start",
                '+4366' || (i * 7919 % 9000000 + 1000000) as "Phone", case when i % 3 = 0 then 'Mail' else 'Phone' end as "Kind",
                'skill ' || i % 20 as "Skill", i % 600 + 0.5 as "Talk", i % 60 as "Wrap",
                case when i % 4 = 0 then 'said "no", then hung up' else 'nothing of note' end as "Note"
            from range({records}) as made(i)"""
        )
        connection.execute(f"copy calls to '{folder / 'calls.csv'}' (header, delimiter ',')")
        connection.execute(f"copy calls to '{folder / 'calls.jsonl'}' (format json)")
        connection.execute(
            f"""copy (
                select 'voice' as channel, list({{'id': "Call ID", 'start': '2026-01-05 10:00:00', 'customer': {{'id': "Phone"}}, 'talk': "Talk", 'turns': [
                    {{'who': 'customer', 'words': "Note", 'at': 0.5}}, {{'who': 'agent', 'words': 'how can I help', 'at': 1.5}}]}}) as calls
                from calls group by substr("Call ID", 2)::bigint // 10
            ) to '{folder / "calls.json"}' (format json, array true)"""
        )


def write_small_files(folder: Path, files: int) -> None:
    """So many files with a call of two turns each."""
    folder.mkdir(parents=True, exist_ok=True)
    turns = [{"who": "customer", "words": "hello", "at": 0.5}, {"who": "agent", "words": "good morning", "at": 1.5}]
    for number in range(files):
        call = {"id": f"c{number}", "start": "2026-01-05 10:00:00", "customer": {"id": "a"}, "talk": 3, "turns": turns}
        (folder / f"{number}.json").write_text(json.dumps({"channel": "voice", "calls": [call]}, indent=1), "utf-8")


def _reader(block: str) -> MappingReader:
    (keys,) = tomllib.loads(f'[[sources]]\nformat = "mapping"\npath = "*"\nname = "s"\n{block}')["sources"]
    mapping = Source.model_validate(keys).mapping
    assert mapping is not None  # noqa: S101  (the block says that it is one)
    return MappingReader(mapping)


def _by_mapping(path: Path) -> dict[str, int]:
    reading = _reader(_NESTED if path.suffix == ".json" else _FLAT).read(path, ReadOptions())
    return {name: frame.height for name, frame in reading.tables.items()}


def _by_duckdb(path: Path) -> dict[str, int]:
    with duckdb.connect() as connection:
        if path.suffix == ".json":
            connection.execute(
                f"create table documents as select * from read_json('{path}', format = 'array', columns = {{channel: 'VARCHAR', calls: '{_TYPED_CALL}[]'}})"
            )
            connection.execute("create table called as select channel, unnest(calls) as call from documents")
            connection.execute(
                'create table contacts as select call.id, call."start", call.customer.id as customer, channel, call.talk from called'
            )
            connection.execute(
                """create table turns as select id, place, turn.* from (
                    select call.id as id, unnest(call.turns) as turn, unnest(range(len(call.turns))) as place from called)"""
            )
        else:
            read = f"read_csv('{path}', header = true, columns = {{{_TYPED}}})"
            if path.suffix == ".jsonl":
                read = f"read_json('{path}', format = 'newline_delimited', columns = {{{_TYPED}}})"
            connection.execute(f"create table contacts as select * from {read}")
        tables = [str(row[0]) for row in connection.execute("select table_name from duckdb_tables()").fetchall()]
        kept = [table for table in tables if table in ("contacts", "turns")]
        return {
            table: int((connection.execute(f"select count(*) from {table}").fetchone() or (0,))[0]) for table in kept
        }


def contender(name: str, kind: str, folder: Path) -> dict[str, object]:
    """Seconds, rows by table and peak memory of one contender in this process."""
    path = folder / {"csv": "calls.csv", "jsonl": "calls.jsonl", "nested": "calls.json"}[kind]
    started = time.perf_counter()
    rows = _by_mapping(path) if name == "mapping" else _by_duckdb(path)
    return {"seconds": time.perf_counter() - started, "rows": rows, "peak_mb": peak_mb()}


def small_files(folder: Path) -> dict[str, float]:
    """Seconds for all files of a folder, and their number."""
    reader = _reader(_NESTED)
    paths = sorted(folder.glob("*.json"))
    started = time.perf_counter()
    rows = sum(reader.read(path, ReadOptions()).tables["turns"].height for path in paths)
    return {"seconds": time.perf_counter() - started, "files": len(paths), "rows": rows}


def figures(runs: dict[tuple[str, str], list[dict[str, object]]], small: dict[str, float]) -> list[Figure]:
    """Of each format the ratio, round by round, with the mapping's seconds and memory. Raises SystemExit where rows differ."""
    found = []
    for kind in FORMATS:
        ours, theirs = runs["mapping", kind], runs["duckdb", kind]
        if any(one["rows"] != other["rows"] for one, other in zip(ours, theirs, strict=True)):
            raise SystemExit(f"{kind}: the mapping reads other rows than DuckDB")
        frame = pl.DataFrame({"ours": [run["seconds"] for run in ours], "theirs": [run["seconds"] for run in theirs]})
        ratio = statistics.median((frame["ours"] / frame["theirs"]).to_list())
        found += [
            Figure(f"{kind}: mapping ÷ DuckDB's typed read", ratio, "", "at most 2"),
            Figure(f"{kind}: mapping", statistics.median(frame["ours"].to_list()), "s"),
            Figure(f"{kind}: peak memory", max(float(str(run["peak_mb"])) for run in ours), "MB"),
        ]
    found.append(Figure(f"{small['files']:,.0f} small nested files", small["seconds"], "s", "60 for 10,000"))
    return found


@click.command(help=__doc__)
@click.option("--records", default=1_000_000, show_default=True)
@click.option("--files", default=10_000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--contender", "name", type=click.Choice(_CONTENDERS), hidden=True)
@click.option("--kind", type=click.Choice(FORMATS), hidden=True)
@click.option("--folder", type=click.Path(path_type=Path), hidden=True)
def main(*, records: int, files: int, rounds: int, name: str | None, kind: str | None, folder: Path | None) -> None:
    """Run the contenders in turns, or, in a process of its own, one of them."""
    if name and kind and folder:
        print(json.dumps(contender(name, kind, folder)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        write_files(Path(scratch), records)
        runs: dict[tuple[str, str], list[dict[str, object]]] = {}
        for _ in range(rounds):
            for each in FORMATS:
                for who in _CONTENDERS:
                    run = in_own_process("benchmarks.mapping", "--contender", who, "--kind", each, "--folder", scratch)
                    runs.setdefault((who, each), []).append(run)
        write_small_files(Path(scratch) / "small", files)
        small = small_files(Path(scratch) / "small")
    report("mapping", f"{records:,} records, {files:,} small files, {rounds} round(s)", figures(runs, small))


if __name__ == "__main__":
    main()

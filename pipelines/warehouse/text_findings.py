"""The extraction stage: each distinct text once per role, language and patterns; what was found is kept in the warehouse.

``text_findings`` holds what was found, ``texts_read`` which texts were read, both keyed by the fingerprint of the
patterns: another pattern file, or another engine, reads all texts anew and leaves the old rows. A chunk is kept whole
or not at all, so that a run that was stopped goes on from its last chunk. Quotes are parts of redacted texts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import duckdb
import polars as pl

from pipelines.extraction import FINDING_SCHEMA, LONGEST_CHARACTERS, Patterns, Role, find

TEXT_FINDINGS_DDL = """
create table if not exists text_findings (
    patterns varchar not null, role varchar not null, language varchar not null, text_hash varchar not null,
    topic varchar not null, place integer not null, kind varchar, amount double, currency varchar, symbol varchar,
    due_count double, due_unit varchar, due_value varchar, is_done boolean, quote varchar not null
);
create table if not exists texts_read (
    patterns varchar not null, role varchar not null, language varchar not null, text_hash varchar not null
);
"""
#: At most so many texts, or so many characters of long ones, are held at once; then what they hold is kept for good.
_CHUNK = 50_000
_CHUNK_CHARACTERS = 16_000_000

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Read:
    """What the stage did: texts that it read now, and texts that had been read before."""

    new: int
    known: int


def find_in_new_texts(
    connection: duckdb.DuckDBPyConnection, patterns: Patterns, progress: Progress = lambda _share: None
) -> Read:
    """Read every text of ``int_spoken_texts`` in a language of the patterns that was not read with them yet.

    Args:
        progress: called with the share of texts done, 0 to 1.
    """
    read = _set_aside(connection, patterns)
    try:
        done = 0
        for texts in _chunks(connection, read.new):
            _keep(connection, patterns, texts)
            done += len(texts)
            progress(done / read.new)
    finally:
        connection.execute("drop table if exists pending_readings")
    return read


def _set_aside(connection: duckdb.DuckDBPyConnection, patterns: Patterns) -> Read:
    """Put the texts that were not read yet into ``pending_readings``, one row a distinct text, role and language."""
    parameters = {"languages": sorted(patterns.languages), "patterns": patterns.fingerprint}
    connection.execute(
        """create or replace temp table pending_readings as
        select
            *,
            cast(floor(sum(greatest(1.0 / $texts, length(text) / cast($characters as double))) over (
                order by role, language, text_hash rows between unbounded preceding and current row
            ) - 0.5 / $texts) as bigint) as chunk
        from (
            select turn.role, turn.language, turn.text_hash, left(any_value(turn.text), $longest) as text
            from int_spoken_texts as turn
            left join texts_read as known
                on known.patterns = $patterns
                and turn.role = known.role and turn.language = known.language and turn.text_hash = known.text_hash
            where turn.language in (select unnest($languages)) and turn.text is not null and known.text_hash is null
            group by turn.role, turn.language, turn.text_hash
        ) as unread""",
        {**parameters, "texts": _CHUNK, "characters": _CHUNK_CHARACTERS, "longest": LONGEST_CHARACTERS},
    )
    row = connection.execute(
        """select
            (select count(*) from pending_readings),
            (select count(*) from (
                select distinct role, language, text_hash from int_spoken_texts
                where language in (select unnest($languages)) and text is not null
            ) as wanted)""",
        {"languages": parameters["languages"]},
    ).fetchone()
    new, total = (int(row[0]), int(row[1])) if row else (0, 0)
    return Read(new, total - new)


def _chunks(connection: duckdb.DuckDBPyConnection, texts: int) -> Iterator[pl.DataFrame]:
    """role, language, text_hash and text of the pending texts, a bounded number at a time."""
    if not texts:
        return
    chunks = connection.execute("select distinct chunk from pending_readings order by chunk").fetchall()
    for (chunk,) in chunks:
        yield connection.execute(
            "select role, language, text_hash, text from pending_readings where chunk = $chunk order by role, language, text_hash",
            {"chunk": chunk},
        ).pl()


def _keep(connection: duckdb.DuckDBPyConnection, patterns: Patterns, texts: pl.DataFrame) -> None:
    found = []
    for (role, language), part in texts.group_by("role", "language", maintain_order=True):
        findings = find(patterns, str(language), cast("Role", role), part["text"])
        keys = part.select("role", "language", "text_hash").with_row_index("text").cast({"text": pl.Int64})
        found.append(findings.join(keys, on="text", how="inner", maintain_order="left"))
    findings = pl.concat(found).select(
        pl.lit(patterns.fingerprint).alias("patterns"),
        "role",
        "language",
        "text_hash",
        *(name for name in FINDING_SCHEMA if name != "text"),
    )
    read = texts.select(pl.lit(patterns.fingerprint).alias("patterns"), "role", "language", "text_hash")
    connection.execute("begin transaction")
    try:
        for table, rows in (("text_findings", findings), ("texts_read", read)):
            connection.register("new_rows", rows.to_arrow())
            connection.execute(f"insert into {table} by name select * from new_rows")
            connection.unregister("new_rows")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")

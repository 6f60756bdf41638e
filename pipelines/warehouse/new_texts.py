"""Texts that a cache lacks, a bounded number at a time: what the scoring and the embedding stage share.

A stage sets aside what is wanted and not known, goes through it in chunks and keeps each chunk's rows at once, so that
what was done before a run was stopped stays.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines.scoring.windows import LONGEST_CHARACTERS

#: At most so many characters of long texts are held at once.
_CHUNK_CHARACTERS = 4_000_000

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Scored:
    """What a stage did: texts that it handled now, and texts that the cache already had."""

    new: int
    known: int


def set_aside(
    connection: duckdb.DuckDBPyConnection,
    *,
    source: str,
    wanted: str,
    known: str,
    cache: str,
    chunk: int,
    parameters: Mapping[str, object] | None = None,
) -> Scored:
    """Put the texts that are wanted and not known into ``pending_texts``, in chunks by length, one row a distinct text.

    Args:
        source: table with the columns ``text_hash`` and ``text``.
        wanted: SELECT of distinct values of ``text_hash``.
        known: SELECT of ``text_hash``; its parameter ``$cache`` is ``cache``.
        chunk: texts in a chunk at most.
        parameters: of ``wanted``.
    """
    connection.execute(f"create or replace temp table wanted_texts as {wanted}", parameters or {})
    connection.execute(
        f"""create or replace temp table new_texts as
        select wanted.text_hash from wanted_texts as wanted left join ({known}) as known on wanted.text_hash = known.text_hash
        where known.text_hash is null""",
        {"cache": cache},
    )
    # A text weighs at least one share of a chunk, and more where it is long. What no model ever reads is not carried.
    connection.execute(
        f"""create or replace temp table pending_texts as
        select
            text_hash,
            text,
            cast(floor(sum(greatest(1.0 / $texts, length(text) / cast($characters as double))) over (
                order by length(text), text_hash rows between unbounded preceding and current row
            ) - 0.5 / $texts) as bigint) as chunk
        from (
            select text.text_hash, left(any_value(text.text), $longest) as text
            from {source} as text inner join new_texts on text.text_hash = new_texts.text_hash
            group by text.text_hash
        ) as distinct_texts""",
        {"texts": chunk, "characters": _CHUNK_CHARACTERS, "longest": LONGEST_CHARACTERS},
    )
    row = connection.execute(
        "select (select count(*) from pending_texts), (select count(*) from wanted_texts)"
    ).fetchone()
    new, total = (int(row[0]), int(row[1])) if row else (0, 0)
    return Scored(new, total - new)


def pending_chunks(
    connection: duckdb.DuckDBPyConnection, texts: int, progress: Progress
) -> Iterator[tuple[pl.Series, list[str]]]:
    """Hashes and texts of one chunk after the other, short ones first, so that texts of like length come together."""
    if not texts:
        return
    row = connection.execute("select sum(length(text) + 1) from pending_texts").fetchone()
    total, done = float(row[0]) if row else 1.0, 0.0
    chunks = connection.execute("select distinct chunk from pending_texts order by chunk").fetchall()
    for (chunk,) in chunks:
        frame = connection.execute(
            "select text_hash, text from pending_texts where chunk = $chunk order by length(text), text_hash",
            {"chunk": chunk},
        ).pl()
        yield frame["text_hash"], frame["text"].to_list()
        done += float(frame["text"].str.len_chars().sum()) + len(frame)
        progress(min(1.0, done / total))


def keep(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Append rows to a cache."""
    connection.register("new_rows", rows.to_arrow())
    try:
        connection.execute(f"insert into {table} by name select * from new_rows")
    finally:
        connection.unregister("new_rows")


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what ``set_aside`` made."""
    for table in ("wanted_texts", "new_texts", "pending_texts"):
        connection.execute(f"drop table if exists {table}")

"""The scoring stage: each distinct text once per model, its score kept in the warehouse.

``text_scores`` and ``text_languages`` are caches keyed by (model, text hash) and (detector, text hash). They hold no
text, and no night ever reads them whole: a night scores what the SQL models want and the caches lack. What was scored
before a run was stopped stays, and the next run goes on from there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines.scoring.identity import TextModelIdentity
from pipelines.scoring.languages import detect_languages
from pipelines.scoring.text_model import TextModel
from pipelines.scoring.windows import LONGEST_CHARACTERS

TEXT_CACHE_DDL = """
create table if not exists text_scores (
    model varchar not null, text_hash varchar not null,
    negative double, neutral double, positive double, polarity double, reason varchar
);
create table if not exists text_languages (
    detector varchar not null, text_hash varchar not null, language varchar, confidence double not null
);
"""
#: At most so many texts, or so many characters of long ones, are held at once; then their scores are kept for good.
_CHUNK = 4_096
_CHUNK_CHARACTERS = 4_000_000

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Scored:
    """What a stage did: texts that it handled now, and texts that the caches already had."""

    new: int
    known: int


def detect_new_languages(
    connection: duckdb.DuckDBPyConnection, detector: str, progress: Progress = lambda _share: None
) -> Scored:
    """Fill ``text_languages`` for every text of ``int_language_samples`` that the detector has not seen."""
    wanted = "select distinct text_hash from int_language_samples"
    known = "select text_hash from text_languages where detector = $cache"
    pending = _set_aside(connection, wanted, known, detector)
    for hashes, texts in _chunks(connection, pending.new, progress):
        found = detect_languages(texts)
        rows = pl.DataFrame(
            {
                "detector": pl.Series([detector] * len(texts), dtype=pl.String),
                "text_hash": hashes,
                "language": pl.Series([language.code for language in found], dtype=pl.String),
                "confidence": pl.Series([language.confidence for language in found], dtype=pl.Float64),
            }
        )
        _keep(connection, "text_languages", rows)
    _clear(connection)
    return pending


def score_new_texts(
    connection: duckdb.DuckDBPyConnection,
    identity: TextModelIdentity,
    detector: str,
    load: Callable[[], TextModel],
    progress: Progress = lambda _share: None,
) -> Scored:
    """Fill ``text_scores`` for every text of ``int_customer_texts`` in a language of the model that it has not seen.

    Args:
        load: loads the model; called only if there is a text to score.
        progress: called with the share of characters done, 0 to 1.
    """
    # A text that stands in two records, in one of them with an unsupported language, is scored for the other.
    wanted = """
        select distinct text.text_hash
        from int_customer_texts as text
        left join int_language_samples as sample
            on text.language is null and text.kind = sample.kind and text.system = sample.system and text.unit_id = sample.unit_id
        left join text_languages as found on found.detector = $detector and sample.text_hash = found.text_hash
        where coalesce(text.language, found.language) in (select unnest($languages))"""
    known = "select text_hash from text_scores where model = $cache"
    parameters = {"detector": detector, "languages": sorted(identity.languages)}
    pending = _set_aside(connection, wanted, known, identity.fingerprint, parameters)
    if pending.new:
        model = load()
        for hashes, texts in _chunks(connection, pending.new, progress):
            scores = model.score(texts)
            columns = pl.DataFrame(scores.probabilities, schema=["negative", "neutral", "positive"], orient="row")
            rows = columns.fill_nan(None).select(
                pl.Series("model", [identity.fingerprint] * len(texts), dtype=pl.String),
                hashes.alias("text_hash"),
                "negative",
                "neutral",
                "positive",
                (pl.col("positive") - pl.col("negative")).alias("polarity"),
                pl.Series("reason", list(scores.reasons), dtype=pl.String),
            )
            _keep(connection, "text_scores", rows)
    _clear(connection)
    return pending


def _set_aside(
    connection: duckdb.DuckDBPyConnection,
    wanted: str,
    known: str,
    cache: str,
    parameters: Mapping[str, object] | None = None,
) -> Scored:
    """Put the texts that are wanted and not known into ``pending_texts``, in chunks by length, one row a distinct text."""
    connection.execute(f"create or replace temp table wanted_texts as {wanted}", parameters or {})
    connection.execute(
        f"""create or replace temp table new_texts as
        select wanted.text_hash from wanted_texts as wanted left join ({known}) as known on wanted.text_hash = known.text_hash
        where known.text_hash is null""",
        {"cache": cache},
    )
    # A text weighs at least one share of a chunk, and more where it is long. What the model never reads is not carried.
    connection.execute(
        """create or replace temp table pending_texts as
        select
            text_hash,
            text,
            cast(floor(sum(greatest(1.0 / $texts, length(text) / cast($characters as double))) over (
                order by length(text), text_hash rows between unbounded preceding and current row
            ) - 0.5 / $texts) as bigint) as chunk
        from (
            select text.text_hash, left(any_value(text.text), $longest) as text
            from int_customer_texts as text inner join new_texts on text.text_hash = new_texts.text_hash
            group by text.text_hash
        ) as distinct_texts""",
        {"texts": _CHUNK, "characters": _CHUNK_CHARACTERS, "longest": LONGEST_CHARACTERS},
    )
    row = connection.execute(
        "select (select count(*) from pending_texts), (select count(*) from wanted_texts)"
    ).fetchone()
    new, total = (int(row[0]), int(row[1])) if row else (0, 0)
    return Scored(new, total - new)


def _chunks(
    connection: duckdb.DuckDBPyConnection, texts: int, progress: Progress
) -> Iterator[tuple[pl.Series, list[str]]]:
    """The pending texts a bounded number at a time, short ones first, so that texts of like length come together."""
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


def _keep(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    connection.register("new_rows", rows.to_arrow())
    try:
        connection.execute(f"insert into {table} by name select * from new_rows")
    finally:
        connection.unregister("new_rows")


def _clear(connection: duckdb.DuckDBPyConnection) -> None:
    for table in ("wanted_texts", "new_texts", "pending_texts"):
        connection.execute(f"drop table if exists {table}")

"""What customers said around handoffs, embedded once per text, and how alike it is before and after (M11).

``text_embeddings`` is a cache keyed by (encoder, text hash), as ``text_scores`` is. It holds no text. Only what is
compared is embedded: turns of handoffs that have something to compare on either side.
"""

from collections.abc import Callable, Iterator

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.scoring.restatement import FEWEST_WORDS, MOST_AFTER, MOST_BEFORE, find_restatements
from pipelines.scoring.text_encoder import WIDTH, TextEncoder, TextEncoderIdentity
from pipelines.warehouse.new_texts import Progress, Scored, clear, keep, pending_chunks, set_aside

#: ``embedding``: the numbers one after the other in two bytes each (float16, little-endian), null for a text without
#: words. A list of floats takes more than twice the room and longer to join; a similarity moves by less than .0002.
TEXT_EMBEDDINGS_DDL = """
create table if not exists text_embeddings (model varchar not null, text_hash varchar not null, embedding blob)
"""
_KEPT_AS = np.dtype("<f2")
#: At most so many texts are embedded, or so many embeddings compared, at once.
_CHUNK = 4_096
_CHUNK_COMPARED = 50_000

#: What the customer said, handoff by handoff and side by side, each text once; only of handoffs with both sides.
_COMPARED = """
    with turns as (
        select distinct
            system,
            handoff_id,
            side,
            text_hash
        from int_handoff_turns
        where
            language in (select unnest($languages))
            and words >= $fewest
            and place <= case side when 'before' then $before else $after end
    ),

    two_sided as (
        select
            system,
            handoff_id
        from turns
        group by system, handoff_id
        having count(distinct side) = 2
    )

    select turns.*
    from turns inner join two_sided on turns.system = two_sided.system and turns.handoff_id = two_sided.handoff_id"""
_SIMILARITIES = {
    "system": pl.String,
    "handoff_id": pl.String,
    "similarity": pl.Float64,
    "before_hash": pl.String,
    "after_hash": pl.String,
}


def embed_new_texts(
    connection: duckdb.DuckDBPyConnection,
    identity: TextEncoderIdentity,
    load: Callable[[], TextEncoder],
    progress: Progress = lambda _share: None,
) -> Scored:
    """Fill ``text_embeddings`` for every text of ``int_handoff_turns`` that is compared and not yet in it.

    Args:
        load: loads the encoder; called only if there is a text to embed.
        progress: called with the share of characters done, 0 to 1.
    """
    pending = set_aside(
        connection,
        source="int_handoff_turns",
        wanted=f"select distinct text_hash from ({_COMPARED}) as compared",
        known="select text_hash from text_embeddings where model = $cache",
        cache=identity.fingerprint,
        chunk=_CHUNK,
        parameters=_parameters(identity),
    )
    if pending.new:
        encoder = load()
        for hashes, texts in pending_chunks(connection, pending.new, progress):
            embeddings = encoder.encode(texts)
            kept = [None if np.isnan(row[0]) else row.tobytes() for row in embeddings.astype(_KEPT_AS)]
            rows = pl.DataFrame(
                {
                    "model": pl.Series([identity.fingerprint] * len(texts), dtype=pl.String),
                    "text_hash": hashes,
                    "embedding": pl.Series(kept, dtype=pl.Binary),
                }
            )
            keep(connection, "text_embeddings", rows)
    clear(connection)
    return pending


def handoff_similarities(connection: duckdb.DuckDBPyConnection, identity: TextEncoderIdentity) -> pl.DataFrame:
    """How near the customer came, after each handoff, to what they had said before it.

    Texts must have been embedded (``embed_new_texts``); one that was not is not compared.

    Returns:
        One row per handoff in ``int_handoff_turns``, sorted: system, handoff_id; similarity in [-1, 1]
        (``find_restatements``), null where a side has nothing to compare; before_hash and after_hash, the two texts that a
        person should read, of equally near ones those with the lowest hashes; compared_before and compared_after, distinct
        texts compared, which are 0 where there was nothing to compare on one of the sides.
    """
    connection.execute(
        f"""create or replace temp table compared_texts as
        with compared as ({_COMPARED}),

        embedded as (
            select compared.*
            from compared inner join text_embeddings as embedding
                on embedding.model = $model and compared.text_hash = embedding.text_hash and embedding.embedding is not null
        )

        select
            *,
            count(*) filter (where side = 'before') over (partition by system, handoff_id) as compared_before,
            count(*) filter (where side = 'after') over (partition by system, handoff_id) as compared_after,
            cast(floor(count(*) over (order by system, handoff_id) / $chunk) as bigint) as chunk
        from embedded
        qualify compared_before > 0 and compared_after > 0""",
        {**_parameters(identity), "model": identity.fingerprint, "chunk": _CHUNK_COMPARED},
    )
    parts = [_restatements(part) for part in _compared_chunks(connection, identity)]
    found = pl.concat([pl.DataFrame(schema=_SIMILARITIES), *parts])
    handoffs = connection.execute(
        """select
            handoff.system,
            handoff.handoff_id,
            coalesce(any_value(compared.compared_before), 0) as compared_before,
            coalesce(any_value(compared.compared_after), 0) as compared_after
        from (select distinct system, handoff_id from int_handoff_turns) as handoff
        left join compared_texts as compared
            on handoff.system = compared.system and handoff.handoff_id = compared.handoff_id
        group by handoff.system, handoff.handoff_id"""
    ).pl()
    connection.execute("drop table compared_texts")
    return (
        handoffs.join(found, on=["system", "handoff_id"], how="left")
        .select(*_SIMILARITIES, "compared_before", "compared_after")
        .sort("system", "handoff_id")
    )


def _compared_chunks(connection: duckdb.DuckDBPyConnection, identity: TextEncoderIdentity) -> Iterator[pa.Table]:
    """Compared texts with their embeddings, a bounded number of whole handoffs at a time: first all that was said after."""
    chunks = connection.execute("select distinct chunk from compared_texts order by chunk").fetchall()
    for (chunk,) in chunks:
        yield connection.execute(
            """select compared.system, compared.handoff_id, compared.side, compared.text_hash, embedding.embedding
            from compared_texts as compared inner join text_embeddings as embedding
                on embedding.model = $model and compared.text_hash = embedding.text_hash
            where compared.chunk = $chunk
            order by compared.side, compared.system, compared.handoff_id, compared.text_hash""",
            {"model": identity.fingerprint, "chunk": chunk},
        ).to_arrow_table()


def _restatements(compared: pa.Table) -> pl.DataFrame:
    """Rows of ``_SIMILARITIES`` for the handoffs of one chunk."""
    embeddings = _matrix(compared["embedding"])
    names = pl.DataFrame(pl.from_arrow(compared.drop_columns(["embedding"])))
    turn = int((names["side"] == "after").sum())
    before, after = names[turn:], names[:turn]
    starts_before, starts_after = _starts(before), _starts(after)
    found = find_restatements(embeddings[turn:], starts_before, embeddings[:turn], starts_after)
    return before[starts_before].select(
        "system",
        "handoff_id",
        pl.Series("similarity", found.similarity.astype(np.float64)).clip(-1, 1),
        before["text_hash"].gather(found.before).alias("before_hash"),
        after["text_hash"].gather(found.after).alias("after_hash"),
    )


def _starts(rows: pl.DataFrame) -> NDArray[np.int64]:
    """Number of the first row of each handoff."""
    handoff = pl.struct("system", "handoff_id")
    is_first = rows.select((handoff != handoff.shift()).fill_null(value=True)).to_series()
    return is_first.arg_true().to_numpy().astype(np.int64)


def _matrix(column: pa.ChunkedArray) -> NDArray[np.float32]:
    """(rows, ``WIDTH``) of kept embeddings."""
    matrix, done = np.empty((len(column), WIDTH), dtype=np.float32), 0
    for part in column.chunks:
        _, _, values = part.buffers()
        offset, size = part.offset * WIDTH * _KEPT_AS.itemsize, len(part) * WIDTH
        kept = np.frombuffer(values, dtype=_KEPT_AS, count=size, offset=offset)
        matrix[done : done + len(part)] = kept.reshape(-1, WIDTH)
        done += len(part)
    return matrix


def _parameters(identity: TextEncoderIdentity) -> dict[str, object]:
    return {
        "languages": sorted(identity.languages),
        "fewest": FEWEST_WORDS,
        "before": MOST_BEFORE,
        "after": MOST_AFTER,
    }

"""The scoring stage: each distinct text once per model, its score kept in the warehouse.

``text_scores`` and ``text_languages`` are caches keyed by (model, text hash) and (detector, text hash). They hold no
text, and no run ever reads them whole: a run scores what the SQL models want and the caches lack. What was scored
before a run was stopped stays, and the next run goes on from there.
"""

from collections.abc import Callable

import duckdb
import polars as pl

from pipelines.scoring.identity import TextModelIdentity
from pipelines.scoring.languages import detect_languages
from pipelines.scoring.text_model import TextModel
from pipelines.warehouse.new_texts import Progress, Scored, clear, keep, pending_chunks, set_aside

TEXT_CACHE_DDL = """
create table if not exists text_scores (
    model varchar not null, text_hash varchar not null,
    negative double, neutral double, positive double, polarity double, reason varchar
);
create table if not exists text_languages (
    detector varchar not null, text_hash varchar not null, language varchar, confidence double not null
);
"""
#: At most so many texts are held at once; then their scores are kept for good.
_CHUNK = 4_096


def detect_new_languages(
    connection: duckdb.DuckDBPyConnection, detector: str, progress: Progress = lambda _share: None
) -> Scored:
    """Fill ``text_languages`` for every text of ``int_language_samples`` that the detector has not seen."""
    wanted = "select distinct text_hash from int_language_samples"
    known = "select text_hash from text_languages where detector = $cache"
    pending = set_aside(
        connection, source="int_customer_texts", wanted=wanted, known=known, cache=detector, chunk=_CHUNK
    )
    for hashes, texts in pending_chunks(connection, pending.new, progress):
        found = detect_languages(texts)
        rows = pl.DataFrame(
            {
                "detector": pl.Series([detector] * len(texts), dtype=pl.String),
                "text_hash": hashes,
                "language": pl.Series([language.code for language in found], dtype=pl.String),
                "confidence": pl.Series([language.confidence for language in found], dtype=pl.Float64),
            }
        )
        keep(connection, "text_languages", rows)
    clear(connection)
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
    pending = set_aside(
        connection,
        source="int_customer_texts",
        wanted=wanted,
        known=known,
        cache=identity.fingerprint,
        chunk=_CHUNK,
        parameters=parameters,
    )
    if pending.new:
        model = load()
        for hashes, texts in pending_chunks(connection, pending.new, progress):
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
            keep(connection, "text_scores", rows)
    clear(connection)
    return pending

"""Words that became more frequent when customers of a diverging segment came back (M16): the statistics put on the contract's columns.

From redacted texts. A word of fewer than LEAST_CUSTOMERS customers is never published, nor is anything with a digit, in brackets
(placeholders of redaction), or longer than a word of a language.
"""

import json
from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.analyses.groups import table
from pipelines.statistics.bias import q_values
from pipelines.statistics.word_changes import word_changes

#: Customers of the current period who must have said a word, at least.
LEAST_CUSTOMERS = 10
#: Words a segment that are published, and the greatest q of one.
MOST_WORDS, GREATEST_Q = 12, 0.05
#: Segments whose texts are read: the diverging ones with the smallest q.
MOST_SEGMENTS = 30
_PLACEHOLDER = r"\[[^\]]{0,40}\]"
_WORD = r"^\p{L}[\p{L}'’-]{1,22}\p{L}$"
_AROUND = " .,;:!?…\"'’‘“”()*-–—¿¡/"


def segment_words_table(turns: pl.DataFrame, segments: Sequence[str]) -> pl.DataFrame:
    """Table ``segment_words`` of ``segments`` (JSON) from rows of ``input_repeat_words``."""
    if turns.is_empty() or not segments:
        return table("segment_words", [])
    dimensions = sorted({name for segment in segments for name in json.loads(segment)})
    words = _words(turns.select("period", "customer", *dimensions, "text"))
    found = [each for segment in segments if not (each := _of_segment(words, segment)).is_empty()]
    return table("segment_words", pl.concat(found) if found else [])


def _words(turns: pl.DataFrame) -> pl.DataFrame:
    """A row for each word of a turn."""
    return (
        turns.with_columns(word=pl.col("text").str.to_lowercase().str.replace_all(_PLACEHOLDER, " "))
        .drop("text")
        .with_columns(pl.col("word").str.replace_all(r"\s+", " ").str.split(" "))
        .explode("word")
        .with_columns(pl.col("word").str.strip_chars(_AROUND))
        .filter(pl.col("word").str.contains(_WORD))
    )


def _of_segment(words: pl.DataFrame, segment: str) -> pl.DataFrame:
    own = words.filter(pl.col(name) == value for name, value in json.loads(segment).items())
    speakers = own.select("period", "customer").unique()
    total = {period: speakers.filter(pl.col("period") == period).height for period in (0, 1)}
    counted = (
        own.select("period", "customer", "word")
        .unique()
        .group_by("word")
        .agg(before=(pl.col("period") == 0).sum(), now=(pl.col("period") == 1).sum())
        .sort("word")
    )
    now, before = (counted[name].to_numpy().astype(np.float64) for name in ("now", "before"))
    if not now.sum() or not before.sum():
        return pl.DataFrame()
    found = word_changes(now, before)
    judged = counted.with_columns(
        log_odds=pl.Series(found.log_odds), z=pl.Series(found.z), p=pl.Series(found.p)
    ).filter(pl.col("now") >= LEAST_CUSTOMERS)
    return (
        judged.with_columns(q=pl.Series(q_values(judged["p"].to_list()), dtype=pl.Float64))
        .filter((pl.col("q") <= GREATEST_Q) & (pl.col("z") > 0))
        .sort("z", "word", descending=[True, False])
        .head(MOST_WORDS)
        .select(
            pl.lit(segment).alias("segment"),
            "word",
            pl.col("now").cast(pl.Int64).alias("customers_period"),
            pl.lit(total[1], pl.Int64).alias("speakers_period"),
            pl.col("before").cast(pl.Int64).alias("customers_baseline"),
            pl.lit(total[0], pl.Int64).alias("speakers_baseline"),
            "log_odds",
            "z",
            "q",
        )
    )

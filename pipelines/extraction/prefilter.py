"""Which texts are worth reading: those in which one sentence holds a word of everything that some template needs.

Few do. The words come out of the pattern files, contractions included, so that every text passes in which there is
something to find. Columns of texts are taken apart into sentences and words at once, a bit for every set of words that
templates need, in time proportional to their length.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.extraction.templates import Template
from pipelines.extraction.words import ASIDE, MONEY, Spelling

_BITS = 63
#: A sentence ends here for sure: behind a whole word. Where the engine does not see an end, none may be seen here.
_SURE_END = r"([A-Za-z]{3,}[.] |[?!]+)"
_WORD = r"[^\W\d_]+|[0-9]+|[$€£¥₹%]"
_AT_ONCE = 20_000


@dataclass(frozen=True)
class Prefilter:
    """Words → the sets that they belong to, in ``columns`` of 63 bits; and what each template needs of each column."""

    words: pl.DataFrame
    templates: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    abbreviations: str
    """What looks like the end of a sentence and is none."""


def prefilter(templates: Iterable[Template], spelling: Spelling) -> Prefilter:
    """The prefilter of some templates."""
    sets: dict[frozenset[str], int] = {}
    rows = {tuple(sorted({sets.setdefault(need, len(sets)) for need in _certain(t)})) for t in templates}
    columns = max(1, -(-len(sets) // _BITS))
    bits: dict[str, list[int]] = {}
    for need, place in sets.items():
        for word in _as_written(need, spelling):
            bits.setdefault(word, [0] * columns)[place // _BITS] |= 1 << place % _BITS
    masks = np.zeros((len(rows), columns), dtype=np.int64)
    for number, row in enumerate(sorted(rows)):
        for place in row:
            masks[number, place // _BITS] |= 1 << place % _BITS
    frame = pl.DataFrame(
        {"word": list(bits)} | {f"bits_{c}": [row[c] for row in bits.values()] for c in range(columns)},
        schema={"word": pl.String} | {f"bits_{c}": pl.Int64 for c in range(columns)},
    )
    dotted = "|".join(re.escape(word) for word in sorted(spelling.abbreviations)) or "-"
    return Prefilter(frame, masks, rf"(\b(?i:{dotted})[.] )\x00")


def candidates(wanted: Prefilter, texts: pl.Series) -> Iterator[tuple[int, list[str], list[int]]]:
    """Index of each text that may hold something, in order; its parts; and the numbers of those that may hold it.

    Texts hold no NUL: it parts the sentences here.
    """
    for start in range(0, len(texts), _AT_ONCE):
        for index, parts, places in _candidates(wanted, texts.slice(start, _AT_ONCE)).iter_rows():
            yield start + index, parts, places


def _candidates(wanted: Prefilter, texts: pl.Series) -> pl.DataFrame:
    columns = wanted.words.columns[1:]
    parts = (
        texts.alias("parts")
        .str.replace_all(_SURE_END, "$1\x00")
        .str.replace_all(wanted.abbreviations, "$1")
        .str.split("\x00")
    )
    exploded = parts.explode(empty_as_null=False).alias("part")
    lengths = parts.list.len().to_numpy().astype(np.int64)
    index = np.repeat(np.arange(len(parts)), lengths)
    first = np.cumsum(lengths) - lengths
    found = (
        pl.LazyFrame({"word": _folded(exploded).str.extract_all(_WORD)})
        .with_row_index("row")
        .explode("word", empty_as_null=False)
        .join(wanted.words.lazy(), on="word", how="inner")
        .group_by("row")
        .agg(pl.col(column).bitwise_or() for column in columns)
        .sort("row")
        .collect()
    )
    masks = [found[column].to_numpy() for column in columns]
    fits = np.zeros(len(found), dtype=bool)
    for template in wanted.templates:
        fit = np.ones(len(found), dtype=bool)
        for column, need in zip(masks, template, strict=True):
            if need:
                fit &= (column & need) == need
        fits |= fit
    rows = found["row"].to_numpy()[fits].astype(np.int64)
    texts_of_rows = index[rows]
    places = pl.DataFrame({"index": texts_of_rows, "place": rows - first[texts_of_rows]})
    by_text = places.group_by("index", maintain_order=True).agg("place")
    return by_text.select("index", parts.gather(by_text["index"]).alias("parts"), "place")


def _certain(template: Template) -> list[frozenset[str]]:
    """What a text must hold as it is written; sums and set-aside phrases are made by the engine."""
    return [need for need in template.needs if not need & {MONEY, ASIDE}]


def _as_written(need: frozenset[str], spelling: Spelling) -> set[str]:
    """The words, cut as here, and the contractions that are written out as one of them."""
    contractions: Mapping[str, list[str]] = {**spelling.whole, **dict(spelling.endings)}
    written = set(need) | {short for short, words in contractions.items() if need.intersection(words)}
    # An ending such as 'll, or the t of n't, stands alone here.
    return {max(re.findall(r"[^\W_]+|[$€£¥₹%]", word), key=len, default=word) for word in written}


def _folded(texts: pl.Series) -> pl.Series:
    """As ``words.plain`` does it, for whole texts: lower case without accents."""
    texts = texts.alias("text")
    foreign = texts.str.len_bytes() != texts.str.len_chars()
    if not foreign.any():
        return texts.str.to_lowercase()
    plain = texts.str.normalize("NFKD").str.replace_all(r"\p{Mn}", "")
    return pl.select(pl.when(foreign).then(plain).otherwise(texts)).to_series().str.to_lowercase().alias("text")

"""Texts → findings: the promises in the company's turns, the asking and repeating in customers'."""

from collections.abc import Iterator, Sequence
from typing import Literal

import polars as pl

from pipelines.extraction.customers import said_in
from pipelines.extraction.due_dates import DueTime
from pipelines.extraction.found import Find
from pipelines.extraction.languages import Patterns
from pipelines.extraction.parts import Parts
from pipelines.extraction.prefilter import candidates
from pipelines.extraction.promises import promises_of
from pipelines.extraction.words import Sum

Role = Literal["server", "customer"]

#: What lies beyond is not read: nobody speaks so long, and a hostile text costs no more.
LONGEST_CHARACTERS = 20_000

FINDING_SCHEMA = {
    "text": pl.Int64,
    "topic": pl.String,
    "place": pl.Int32,
    "kind": pl.String,
    "amount": pl.Float64,
    "currency": pl.String,
    "symbol": pl.String,
    "due_count": pl.Float64,
    "due_unit": pl.String,
    "due_value": pl.String,
    "is_done": pl.Boolean,
    "quote": pl.String,
}


def find(patterns: Patterns, language: str, role: Role, texts: Sequence[str] | pl.Series) -> pl.DataFrame:
    """What is found in the texts of one role and language, in the order of texts and places.

    Args:
        language: ISO 639-1; one without patterns has no findings.
        role: server (an AI or an agent: promises) or customer (asks for a person, says it again).

    Returns:
        Columns of FINDING_SCHEMA. ``text``: index of the text; ``place``: 1… within text and topic; ``amount`` in units
        of ``currency``, which is null where the text does not say which (then ``symbol`` may be "$": the caller's own
        currency is meant); ``due_unit`` hour, day, business_day, week, month with ``due_count``, or weekday, end_of,
        date with ``due_value``; ``is_done``: the thing has happened already; ``quote``: the clause, part of the text,
        at most 300 characters. Kind to is_done are null for customers' topics.
    """
    return _found(patterns, language, role, texts, prefilter=True)


def find_without_prefilter(
    patterns: Patterns, language: str, role: Role, texts: Sequence[str] | pl.Series
) -> pl.DataFrame:
    """The same, slowly: every text is read. What the tests hold ``find`` against."""
    return _found(patterns, language, role, texts, prefilter=False)


def _found(
    patterns: Patterns, language: str, role: Role, texts: Sequence[str] | pl.Series, *, prefilter: bool
) -> pl.DataFrame:
    reader = patterns.readers.get(language)
    series = texts if isinstance(texts, pl.Series) else pl.Series("text", list(texts), dtype=pl.String)
    rows: list[tuple[object, ...]] = []
    if reader is not None:
        series = series.fill_null("").str.slice(0, LONGEST_CHARACTERS).str.replace_all("\x00", " ", literal=True)
        everything = ((index, [text], [0]) for index, text in enumerate(series.to_list()))
        for index, texts_of_parts, wanted in candidates(reader.prefilters[role], series) if prefilter else everything:
            parts = Parts(texts_of_parts, wanted, reader.spelling)
            rows += _rows(index, promises_of(parts, reader) if role == "server" else said_in(parts, reader))
    return pl.DataFrame(rows, schema=FINDING_SCHEMA, orient="row")


def _rows(index: int, finds: list[Find]) -> Iterator[tuple[object, ...]]:
    places: dict[str, int] = {}
    for found in finds:
        place = places[found.topic] = places.get(found.topic, 0) + 1
        amount, due = found.sum or Sum(0, None, None), found.due or DueTime(None, "", None)
        yield (
            index,
            found.topic,
            place,
            found.kind,
            amount.amount if found.sum else None,
            amount.currency,
            amount.symbol,
            due.count,
            due.unit or None,
            due.value,
            found.is_done,
            found.quote,
        )

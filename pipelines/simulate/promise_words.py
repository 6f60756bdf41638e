"""What is said when something is promised: phrase, amount and the day by which, as the truth has them."""

from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from pipelines.simulate.arrival_times import Codes, Floats, Ints
from pipelines.simulate.due_dates import DUES
from pipelines.simulate.frames import decode, instants
from pipelines.simulate.handoff_parameters import PROMISE_KINDS
from pipelines.simulate.phrase_index import slot_values
from pipelines.simulate.phrases import PHRASE_BOOKS


def promise_texts(
    *, kind: Ints, language: Ints, due: Codes, due_at: Ints, amount: Floats, zone: ZoneInfo, rng: np.random.Generator
) -> pl.Series:
    """The words of each promise. ``due``: position in ``due_dates.DUES``; ``amount``: NaN where there is none."""
    n = kind.size
    groups = [book.promises[name] for book in PHRASE_BOOKS for name in PROMISE_KINDS]
    phrase = _draw(groups, language * len(PROMISE_KINDS) + kind, rng)
    ways = [book.dues[way.unit] for book in PHRASE_BOOKS for way in DUES]
    when = _draw(ways, language * len(DUES) + due, rng)
    sums = _draw([book.amounts for book in PHRASE_BOOKS], language, rng)
    count = np.array([way.count for way in DUES], dtype=np.int64)[due]
    day = instants(due_at).dt.convert_time_zone(zone.key)
    phones = slot_values("phone")
    frame = pl.DataFrame(
        {
            "phrase": phrase,
            "when": when,
            "sum": sums,
            "number": _numbers(amount),
            "phone": decode(phones, rng.integers(0, len(phones), n)),
            "count": pl.Series(count).cast(pl.String),
            "word": _name("number_words", language, np.minimum(count, 10) - 1),
            "weeks": _name("weeks", language, np.minimum(count, 2) - 1),
            "weekday": _name("weekdays", language, day.dt.weekday().to_numpy().astype(np.int64) - 1),
            "month": _name("months", language, day.dt.month().to_numpy().astype(np.int64) - 1),
            "day": day.dt.day().cast(pl.String),
        }
    )
    filled = pl.col("when")
    for slot in ("count", "word", "weeks", "weekday", "month", "day"):
        filled = filled.str.replace("{" + slot + "}", pl.col(slot), literal=True)
    frame = frame.with_columns(
        filled.alias("due"), pl.col("sum").str.replace("{number}", pl.col("number"), literal=True).alias("amount")
    )
    text = pl.col("phrase")
    for slot in ("amount", "due", "phone"):
        text = text.str.replace("{" + slot + "}", pl.col(slot), literal=True)
    return frame.select(text.alias("text")).to_series()


def _draw(groups: list[tuple[str, ...]], group: Ints, rng: np.random.Generator) -> pl.Series:
    """One text of each row's group."""
    size = np.array([len(texts) for texts in groups])
    first = np.cumsum(size) - size
    return decode(
        [text for texts in groups for text in texts], first[group] + (rng.random(group.size) * size[group]).astype(int)
    )


def _name(words: str, language: Ints, code: Ints) -> pl.Series:
    """The name of each code in the row's language."""
    known = [getattr(book, words) for book in PHRASE_BOOKS]
    return decode([name for names in known for name in names], language * len(known[0]) + code)


def _numbers(amount: Floats) -> pl.Series:
    """Amounts as they are said: whole ones without cents."""
    cents = pl.Series(np.round(np.nan_to_num(amount) * 100).astype(np.int64))
    frame = pl.DataFrame({"whole": cents // 100, "cents": cents % 100})
    whole = pl.col("whole").cast(pl.String)
    with_cents = pl.concat_str(whole, pl.lit("."), pl.col("cents").cast(pl.String).str.zfill(2))
    return frame.select(pl.when(pl.col("cents") == 0).then(whole).otherwise(with_cents)).to_series()

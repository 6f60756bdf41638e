"""Words of diverging segments: who counts, and what is never published."""

import polars as pl
import pytest

from pipelines.analyses import segment_words
from pipelines.analyses.segment_words import LEAST_CUSTOMERS, segment_words_table

SEGMENT = '{"queue": "a"}'


def turns(now: dict[str, int], before: dict[str, int], *, queue: str = "a", start: int = 0) -> pl.DataFrame:
    """Each text said by so many customers, in the current period and in the baseline."""
    rows = []
    for period, said in ((1, now), (0, before)):
        for text, customers in said.items():
            rows += [(period, start + len(rows) + number, queue, text) for number in range(customers)]
    return pl.DataFrame(rows, schema=["period", "customer", "queue", "text"], orient="row")


def words(frame: pl.DataFrame) -> list[str]:
    return segment_words_table(frame, [SEGMENT])["word"].to_list()


def test_the_planted_word_is_found_with_its_customers() -> None:
    frame = turns(
        {"Where is my REFUND?": 40, "my bill is wrong": 60}, {"where is my parcel": 2, "my bill is wrong": 98}
    )
    row = segment_words_table(frame, [SEGMENT]).row(0, named=True)
    assert (row["word"], row["customers_period"], row["speakers_period"]) == ("refund", 40, 100)
    assert (row["customers_baseline"], row["speakers_baseline"]) == (0, 100)
    assert "bill" not in words(frame)


def test_one_customer_who_says_it_often_is_one_customer() -> None:
    loud = turns({"refund refund refund": 1, "other words": 60}, {"other words": 60})
    again = pl.concat([loud.filter(pl.col("text").str.contains("refund"))] * 50)
    assert "refund" not in words(pl.concat([loud, again]))


def test_a_word_of_too_few_customers_is_never_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_words, "GREATEST_Q", 1.0)  # whatever its q
    base = {"other words here": 200}
    assert "refund" in words(turns({"refund": LEAST_CUSTOMERS, **base}, base))
    assert "refund" not in words(turns({"refund": LEAST_CUSTOMERS - 1, **base}, base))


def test_placeholders_numbers_and_pseudonyms_are_no_words() -> None:
    pseudonym = "a1b2c3d4" * 8
    said = f"[phone] [date of birth] 4711 ab12 {pseudonym} {'x' * 64} a@b me_too refund"
    assert words(turns({said: 60, "other words": 60}, {"other words": 120})) == ["refund"]


def test_other_segments_say_nothing_here() -> None:
    own = turns({"hello there": 60}, {"hello there": 60})
    assert words(pl.concat([own, turns({"refund": 60}, {"hello": 60}, queue="b", start=1_000)])) == []


def test_nothing_said_gives_an_empty_table() -> None:
    assert segment_words_table(pl.DataFrame(), [SEGMENT]).height == 0
    assert segment_words_table(turns({"hello": 40}, {}), [SEGMENT]).height == 0
    assert segment_words_table(turns({"hello": 40}, {"hello": 2}), []).height == 0


def test_the_order_of_turns_does_not_matter() -> None:
    frame = turns({"refund now": 40, "my bill is wrong": 60}, {"my bill is wrong": 98, "refund": 2})
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=1)
    assert segment_words_table(frame, [SEGMENT]).equals(segment_words_table(shuffled, [SEGMENT]))

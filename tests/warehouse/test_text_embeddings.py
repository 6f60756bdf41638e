"""The embedding stage and the similarities across handoffs: only what is compared, once, and the same in any company."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from pipelines.scoring.restatement import FEWEST_WORDS, MOST_AFTER, MOST_BEFORE
from pipelines.scoring.text_encoder import WIDTH, Progress, TextEncoderIdentity
from pipelines.warehouse import text_embeddings as stage
from pipelines.warehouse.new_texts import Scored
from pipelines.warehouse.text_embeddings import TEXT_EMBEDDINGS_DDL, embed_new_texts, handoff_similarities

IDENTITY = TextEncoderIdentity("words", "words-1", frozenset({"en"}))


def direction(word: str) -> NDArray[np.float64]:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])).standard_normal(WIDTH)


@dataclass
class WordsEncoder:
    """Embeds a text as the sum of a direction per word, and remembers what it was asked."""

    name: str = IDENTITY.name
    fingerprint: str = IDENTITY.fingerprint
    languages: frozenset[str] = IDENTITY.languages
    stops_after: int = 10**9
    asked: list[list[str]] = field(default_factory=list)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        if progress is not None:
            progress(len(texts))
        if len(self.asked) == self.stops_after:
            raise KeyboardInterrupt
        self.asked.append(list(texts))
        rows = np.full((len(texts), WIDTH), np.nan)
        for row, text in enumerate(texts):
            if any(character.isalpha() for character in text):
                rows[row] = np.sum([direction(word) for word in text.lower().split()], axis=0)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    @property
    def seen(self) -> list[str]:
        return sorted(text for texts in self.asked for text in texts)


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Handoffs:
    """``int_handoff_turns`` as the SQL model makes it, and its cache."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("set preserve_insertion_order = false")
        self.connection.execute(TEXT_EMBEDDINGS_DDL)
        self.connection.execute(
            """create table int_handoff_turns (system varchar, handoff_id varchar, contact_id varchar, side varchar,
            place bigint, text varchar, text_hash varchar, language varchar, words bigint)"""
        )
        self.rows: list[tuple[object, ...]] = []
        self.loads = 0

    def add(
        self,
        handoff: str,
        before: Sequence[str],
        after: Sequence[str],
        language: str | None = "en",
        system: str = "crm",
    ) -> None:
        """``before`` as it was said, so that the last stands nearest to the handoff."""
        for side, texts in (("before", [*reversed(before)]), ("after", [*after])):
            for place, text in enumerate(texts, 1):
                named = (system, handoff, f"c-{handoff}", side, place, text, hash_of(text), language, len(text.split()))
                self.rows.append(named)

    def land(self, order: random.Random | None = None) -> None:
        rows = order.sample(self.rows, len(self.rows)) if order else self.rows
        self.connection.execute("delete from int_handoff_turns")
        if rows:
            self.connection.executemany("insert into int_handoff_turns values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def embed(self, encoder: WordsEncoder) -> Scored:
        def load() -> WordsEncoder:
            self.loads += 1
            return encoder

        return embed_new_texts(self.connection, IDENTITY, load)  # type: ignore[arg-type]

    def night(self) -> list[tuple[object, ...]]:
        self.land()
        self.embed(WordsEncoder())
        return self.similarities().rows()

    def similarities(self) -> pl.DataFrame:
        return handoff_similarities(self.connection, IDENTITY)


@pytest.fixture
def handoffs() -> Iterator[Handoffs]:
    made = Handoffs()
    yield made
    made.connection.close()


LOST, LOST_AGAIN = "my parcel never arrived here", "the parcel never arrived here"
COLOUR = "do you have blue ones"


def test_a_text_is_embedded_once_and_a_second_night_loads_nothing(handoffs: Handoffs) -> None:
    handoffs.add("h1", [LOST], [LOST_AGAIN, LOST])
    handoffs.add("h2", [LOST, LOST], [COLOUR])
    handoffs.land()
    first, second = WordsEncoder(), WordsEncoder()
    assert handoffs.embed(first) == Scored(new=3, known=0)
    assert first.seen == sorted([LOST, LOST_AGAIN, COLOUR])
    assert handoffs.embed(second) == Scored(new=0, known=3)
    assert (second.asked, handoffs.loads) == ([], 1)


def test_only_what_is_compared_is_embedded(handoffs: Handoffs) -> None:
    many = [f"this is turn number {number}" for number in range(40)]
    handoffs.add("long", many, [f"and then turn number {number}" for number in range(12)])
    handoffs.add("short", [LOST], ["okay thanks a"])
    handoffs.add("spoken to nobody", [COLOUR], [])
    handoffs.add("foreign", ["mi paquete no ha llegado"], ["mi paquete no llega nunca"], "es")
    handoffs.add("unknown", ["a b c d e"], ["a b c d e f"], None)
    handoffs.land()
    encoder = WordsEncoder()
    handoffs.embed(encoder)
    expected = [*many[-MOST_BEFORE:], *(f"and then turn number {number}" for number in range(MOST_AFTER))]
    assert encoder.seen == sorted(expected)
    found = handoffs.similarities().filter(pl.col("handoff_id") != "long")
    assert found["handoff_id"].to_list() == ["foreign", "short", "spoken to nobody", "unknown"]
    assert (
        found["similarity"].null_count() == found["before_hash"].null_count() == found["after_hash"].null_count() == 4
    )
    assert found["compared_before"].to_list() == found["compared_after"].to_list() == [0] * 4


def test_one_handoff_by_hand(handoffs: Handoffs) -> None:
    handoffs.add("h", [COLOUR, LOST, "thanks"], ["hello", COLOUR + " please", LOST_AGAIN])
    (row,) = handoffs.night()
    encoder = WordsEncoder()
    colour, lost, please, again = encoder.encode([COLOUR, LOST, COLOUR + " please", LOST_AGAIN]).astype(np.float64)
    whole = (colour + lost) / np.linalg.norm(colour + lost)
    best = max((whole @ please, COLOUR + " please", COLOUR), (whole @ again, LOST_AGAIN, LOST))
    assert row == ("crm", "h", pytest.approx(best[0], abs=2e-4), hash_of(best[2]), hash_of(best[1]), 2, 2)


def test_a_text_without_words_is_kept_as_such_and_not_compared(handoffs: Handoffs) -> None:
    handoffs.add("h", [LOST], ["1 2 3 4", LOST_AGAIN])
    handoffs.add("nothing else", [LOST], ["1 2 3 4"])
    first, second = handoffs.night()
    assert first[4:] == (hash_of(LOST_AGAIN), 1, 1)
    assert second[2:] == (None, None, None, 0, 0)
    again = WordsEncoder()
    assert handoffs.embed(again) == Scored(new=0, known=3)


def test_of_equally_near_texts_the_lowest_hash_is_shown(handoffs: Handoffs) -> None:
    handoffs.add("h", [LOST, LOST.upper()], ["Hi " + LOST, "hi " + LOST, "HI " + LOST])
    (row,) = handoffs.night()
    assert row[3] == min(hash_of(LOST), hash_of(LOST.upper()))
    assert row[4] == min(hash_of(f"{word} {LOST}") for word in ("Hi", "hi", "HI"))


def test_the_same_name_in_two_systems_is_two_handoffs(handoffs: Handoffs) -> None:
    handoffs.add("h", [LOST], [LOST], system="a")
    handoffs.add("h", [LOST], [COLOUR], system="b")
    first, second = handoffs.night()
    assert (first[0], first[2]) == ("a", pytest.approx(1, abs=1e-6))
    assert (second[0], second[2]) == ("b", pytest.approx(0, abs=0.2))


def random_handoffs(handoffs: Handoffs, count: int) -> None:
    """Handoffs of one to eight turns a side, of few words, so that texts come again and similarities differ."""
    draw = random.Random(41)  # noqa: S311
    words = ["parcel", "bill", "refund", "never", "arrived", "twice", "wrong", "blue", "name", "card", "phone", "today"]

    def text() -> str:
        return " ".join(draw.choices(words, k=draw.randint(FEWEST_WORDS - 1, FEWEST_WORDS + 3)))

    for number in range(count):
        handoffs.add(
            f"h{number}", [text() for _ in range(draw.randint(0, 8))], [text() for _ in range(draw.randint(0, 6))]
        )


def plainly(handoffs: Handoffs) -> dict[str, tuple[float, int, int]]:
    """Similarity and counts of every handoff that has one, by a loop over handoffs in float64."""
    sides: dict[str, dict[str, set[str]]] = {}
    for _, handoff, _, side, place, text, *_ in handoffs.rows:
        nearest = MOST_BEFORE if side == "before" else MOST_AFTER
        if len(str(text).split()) >= FEWEST_WORDS and int(str(place)) <= nearest:
            sides.setdefault(str(handoff), {}).setdefault(str(side), set()).add(str(text))
    found = {}
    for handoff, texts in sides.items():
        if len(texts) == 2:
            before, after = (WordsEncoder().encode(sorted(texts[side])).astype(float) for side in ("before", "after"))
            whole = before.sum(axis=0) / np.linalg.norm(before.sum(axis=0))
            found[handoff] = (float((after @ whole).max()), len(before), len(after))
    return found


def test_many_handoffs_come_out_as_in_a_loop_over_them(handoffs: Handoffs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_CHUNK_COMPARED", 50)
    random_handoffs(handoffs, 150)
    found = {row[1]: (row[2], row[5], row[6]) for row in handoffs.night()}
    expected = plainly(handoffs)
    assert 80 < len(expected) < len(found), "some have nothing to compare"
    for handoff, (similarity, before, after) in found.items():
        if handoff in expected:
            assert (before, after) == expected[str(handoff)][1:]
            assert similarity == pytest.approx(expected[str(handoff)][0], abs=2e-4)
        else:
            assert (similarity, before, after) == (None, 0, 0)


def test_similarities_do_not_depend_on_order_or_chunks(handoffs: Handoffs, monkeypatch: pytest.MonkeyPatch) -> None:
    random_handoffs(handoffs, 80)
    expected = handoffs.night()
    for size in (1, 7, 1_000):
        monkeypatch.setattr(stage, "_CHUNK_COMPARED", size)
        handoffs.land(random.Random(size))  # noqa: S311
        assert handoffs.similarities().rows() == expected


def test_a_stopped_night_is_taken_up_where_it_stopped(handoffs: Handoffs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_CHUNK", 3)
    handoffs.add("h", [f"{LOST} {'x' * number}" for number in range(8)], [COLOUR])
    handoffs.land()
    with pytest.raises(KeyboardInterrupt):
        handoffs.embed(WordsEncoder(stops_after=1))
    encoder = WordsEncoder()
    assert handoffs.embed(encoder) == Scored(new=6, known=3)
    assert [len(asked) for asked in encoder.asked] == [3, 3]


def test_an_encoder_of_another_kind_embeds_anew(handoffs: Handoffs) -> None:
    handoffs.add("h", [LOST], [LOST_AGAIN])
    handoffs.night()
    other = TextEncoderIdentity("words", "words-2", frozenset({"en"}))
    assert handoff_similarities(handoffs.connection, other)["similarity"].to_list() == [None]
    done = embed_new_texts(handoffs.connection, other, WordsEncoder)  # type: ignore[arg-type]
    assert done == Scored(new=2, known=0)
    assert handoff_similarities(handoffs.connection, other).equals(handoffs.similarities())


def test_no_handoffs(handoffs: Handoffs) -> None:
    assert handoffs.night() == []
    assert handoffs.loads == 0
    assert handoffs.similarities().schema == {
        "system": pl.String,
        "handoff_id": pl.String,
        "similarity": pl.Float64,
        "before_hash": pl.String,
        "after_hash": pl.String,
        "compared_before": pl.Int64,
        "compared_after": pl.Int64,
    }


def test_the_cache_holds_no_text(handoffs: Handoffs) -> None:
    handoffs.add("h", [LOST], [LOST_AGAIN])
    handoffs.night()
    rows = handoffs.connection.execute("select * from text_embeddings").fetchall()
    assert len(rows) == 2
    assert not any(word in str(rows) for word in LOST.split())

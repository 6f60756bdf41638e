"""What holds for any text."""

import random
import string

import polars as pl
import pytest
from builders.examples import examples
from builders.found_promises import promises_in, shipped, topics_in
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines.extraction import LONGEST_CHARACTERS, find
from pipelines.extraction.finding import Role, find_without_prefilter

COMPANY = (
    "I'll refund you $20 by Friday",
    "We'll call you back within 48 hours",
    "I've credited your account with 15 dollars",
    "A technician will come tomorrow",
    "Would you like a refund of $20",
    "If you return it, we'll send you a new router",
    "Your new router won't be sent",
    "Let me check that",
    "Mr. Lee, your refund is on its way",
)
CUSTOMER = ("Can I talk to a human", "I already told you that", "It broke again", "Representative", "No, thank you")
UNRELATED = ("The weather is nice.", "Thank you for holding.", "Have a good day!", "Which model is it?")
PIECES = (
    *COMPANY,
    *CUSTOMER,
    *UNRELATED,
    "¿",
    "…",
    "...",
    "$",
    "'",
    "’ll",
    "\n",
    "\x00",
    "a.m.",
    "12,50 €",
    "İ",
    "ﬁ",
    "[phone]",
)

any_text = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.lists(
        st.sampled_from(
            ["i", "will", "refund", "you", "$5", ".", "?", ",", "not", "if", "e\u0301", "é", "IT'S", "told"]
        )
    ).map(" ".join),
)


@settings(max_examples=examples(60, 150))
@given(
    texts=st.lists(any_text, max_size=6),
    role=st.sampled_from(["server", "customer"]),
    language=st.sampled_from(["en", "es"]),
)
def test_the_prefilter_loses_nothing_and_quotes_are_parts(texts: list[str], role: Role, language: str) -> None:
    found = find(shipped(), language, role, texts)
    assert_frame_equal(found, find_without_prefilter(shipped(), language, role, texts))
    for row in found.to_dicts():
        assert row["quote"] in texts[row["text"]].replace("\x00", " ")
        assert 0 < len(row["quote"]) <= 300


@settings(max_examples=examples(20, 50))
@given(texts=st.lists(any_text, min_size=1, max_size=6), seed=st.integers(0, 9))
def test_any_order_of_texts_has_the_same_findings(texts: list[str], seed: int) -> None:
    order = list(range(len(texts)))
    random.Random(seed).shuffle(order)  # noqa: S311  (an order, no secret)
    shuffled = find(shipped(), "en", "server", [texts[index] for index in order])
    back = shuffled.with_columns(pl.Series("text", [order[index] for index in shuffled["text"]], dtype=pl.Int64))
    assert_frame_equal(back.sort("text", "place"), find(shipped(), "en", "server", texts))


@pytest.mark.parametrize("text", COMPANY)
@pytest.mark.parametrize("other", UNRELATED)
def test_an_unrelated_sentence_changes_nothing(text: str, other: str) -> None:
    alone = promises_in([f"{text}."])
    assert promises_in([f"{other} {text}."]) == alone
    assert promises_in([f"{text}. {other}"]) == alone


@pytest.mark.parametrize("text", [text for text in COMPANY if not text.startswith("Mr.")])
def test_case_and_marks_do_not_matter(text: str) -> None:
    """As speech recognition writes: no capitals, no marks but those of words and sums."""
    kept = string.ascii_letters + string.digits + " '$"
    plain = "".join(character for character in text if character in kept)
    assert promises_in([text, plain.lower(), plain.upper(), plain]) == promises_in([text]) * 4


@pytest.mark.parametrize("text", CUSTOMER)
def test_case_does_not_matter_to_customers(text: str) -> None:
    assert topics_in([text.lower(), text.upper(), f"  {text}!!"]) == topics_in([text]) * 3


def test_what_lies_beyond_is_not_read() -> None:
    filler = "x " * (LONGEST_CHARACTERS // 2)
    assert promises_in([f"{filler}I'll refund you $20."]) == [[]]
    assert len(promises_in([f"I'll refund you $20. {filler}"])[0]) == 1


@pytest.mark.parametrize(
    "hostile",
    [
        "i will refund you $5, ",
        "refund ",
        "one hundred ",
        "in 3 to 5 ",
        "i already told you ",
        "if ",
        "a",
        "'",
        "\x00",
        ".",
        "[a] ",
    ],
)
def test_hostile_texts_are_read_in_bounded_pieces(hostile: str) -> None:
    text = hostile * (1_000_000 // len(hostile))
    for role in ("server", "customer"):
        assert len(find(shipped(), "en", role, [text])) <= 1_000  # type: ignore[arg-type]

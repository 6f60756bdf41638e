"""Redaction: what goes, what stays, and that it is stable, total, linear and foreseen by the pattern."""

import time

import duckdb
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.privacy import CANDIDATE_PATTERN, candidate_sql, redact, redact_many

REDACTED = [
    ("card 4111 1111 1111 1111 exp 12/26", "card [card] exp 12/26"),
    ("4111-1111-1111-1111.", "[card]."),
    ("my visa is 4111111111111111", "my visa is [card]"),
    ("4222222222222", "[card]"),
    ("amex 3782 822463 10005", "amex [card]"),
    ("4111 1111 1111 1111 5500 0000 0000 0004", "[card] [card]"),
    ("４１１１ 1111 1111 1111", "[card]"),
    ("4111\u200b1111\u200b1111\u200b1111!", "[card]!"),
    ("4111\u00a01111\u20111111\u20091111", "[card]"),
    ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[card]"),
    ("call (212) 555-1234 or +44 20 7946 0958.", "call [phone] or [phone]."),
    ("my number is +1 234567890. Thanks", "my number is [phone]. Thanks"),
    ("ring 2125551234 today", "ring [phone] today"),
    ("1-800-555-0199", "[phone]"),
    ("٢١٢-٥٥٥-١٢٣٤", "[phone]"),
    ("it's jane.smith+x@mail.example.co.uk.", "it's [email]."),
    ("john @ example.com", "[email]"),
    ("john (at) example (dot) com", "[email]"),
    ("anna dot lee at gmail dot com, yes", "[email], yes"),
    ("anna＠example.com", "[email]"),
    ("DE89 3704 0044 0532 0130 00 please", "[iban] please"),
    ("gb82west12345698765432", "[iban]"),
    ("ssn 536-90-4399", "ssn [ssn]"),
    ("it is one two three, four five six, seven eight nine zero.", "it is [spoken number]."),
    ("four one five - five five five - one two three four", "[spoken number]"),
    ("5 5 5 1 2 3 4 5 6 7", "[spoken number]"),
]
KEPT = [
    "order 4111111111111112 does not pass Luhn",
    "order 123-1234567-1234567 of Amazon",
    "order number is 2125551234, ticket 2125551235",
    "INC0000045 and ABC2125551234",
    "1,234.56 and $1234567.89 and 12,345,678 and €2125551234",
    "2024-03-16 16:09:20 to 16/03/2024, 9/24/19 and 2016-09-12 2016-09-13",
    "from 2019 to 2023, at 10:30:15",
    "192.168.100.200 and 10.0.0.1, version 3.11.2",
    "epoch 1568001600000, ISBN 978-0-306-40615-7",
    "550e8400-e29b-41d4-a716-446655440000",
    "ZIP 90210-1234, 606XX",
    "look at example.com, twitter @handle, @@@, a@b",
    "one or two of three; nine one one",
    "five five four two eight nine",
    "1 2 3 4 5 6 7",
    "DE00 3704 0044 0532 0130 00 fails its check",
    "000-12-3456 and 666-12-3456 are no social security numbers",
    "[card] [phone] [email] [iban] [ssn] [spoken number]",
    "My name is Bob.\r\n\tHi.\u00a0 <b>é</b> =HYPERLINK(1) \x00",
    "",
]


@pytest.mark.parametrize(("text", "expected"), REDACTED)
def test_what_goes(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize("text", KEPT)
def test_what_stays(text: str) -> None:
    assert redact(text) == text


def test_region_decides_of_numbers_without_a_country() -> None:
    assert redact("ring 020 7946 0958", "GB") == "ring [phone]"
    assert redact("appelez 01.23.45.67.89", "FR") == "appelez [phone]"


_PIECES = st.sampled_from(
    [text for text, _ in REDACTED]
    + KEPT
    + [
        *"0123456789０٣ .-()+/@,:[]\u200b\u00a0\t\0",
        "4111",
        "1111",
        "+1",
        "212",
        "555",
        "one ",
        "two ",
        "at ",
        " dot ",
        "(at)",
        "@x.com",
    ]
    + ["order ", "phone ", "gmaıl", "DE89", "x"]
)
_TEXTS = st.one_of(st.text(), st.lists(_PIECES, max_size=14).map("".join), st.text("0123456789 .-+(", max_size=60))


@settings(max_examples=600, deadline=None)
@given(text=_TEXTS)
@example("\ud800 4111111111111111")
@example("tracking@x.com 2125551234 2125551235")
def test_stable_and_total(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(_TEXTS.map(lambda text: text.encode("utf-8", "replace").decode()), min_size=1, max_size=12))
def test_the_pattern_foresees_every_change(texts: list[str]) -> None:
    changed = [text for text in texts if redact(text) != text]
    with duckdb.connect() as connection:
        sql = f"select count(*) from (select unnest($texts::varchar[]) as text) where not ({candidate_sql('text')})"
        missed = connection.execute(sql, {"texts": changed}).fetchall()
    assert missed == [(0,)]
    series = pl.Series("text", [*texts, None, *texts])
    assert redact_many(series).to_list() == [*map(redact, texts), None, *map(redact, texts)]


def test_every_digit_of_unicode_is_one_for_duckdb_too() -> None:
    digits = [chr(code) for code in range(0x110000) if chr(code).isdecimal()]
    with duckdb.connect() as connection:
        sql = "select count(*) from (select unnest($digits::varchar[]) as d) where not regexp_matches(d, '^\\p{Nd}$')"
        assert connection.execute(sql, {"digits": digits}).fetchall() == [(0,)]


@pytest.mark.parametrize("piece", ["1", "@", "one ", "a@", "1 ", "(", "a.", "12.", "+1", "a at ", "x@a."])
def test_time_grows_with_the_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        best = float("inf")
        for _ in range(2):
            start = time.perf_counter()
            redact(text)
            best = min(best, time.perf_counter() - start)
        return best

    # Ten times the text takes about ten times as long; quadratic would be a hundred times.
    assert seconds(200_000) < 40 * seconds(20_000) + 0.5


def test_few_texts_are_candidates() -> None:
    texts = pl.Series(
        ["I would like to add Sue to my service.", "It was 12:30 on May 5, 2024.", "Order 12345, one of two."]
    )
    assert not texts.str.contains(CANDIDATE_PATTERN).any()

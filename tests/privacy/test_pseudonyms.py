"""Pseudonyms: the same value in Python, in DuckDB and in the standard library."""

import hashlib
import hmac

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.privacy import Pseudonymiser, looks_personal, looks_personal_sql

KEY = "k" * 32
PERSONAL = (
    "anna@example.com",
    "Anna.Lee+x@mail.example.co.uk",
    "sip:anna@example.com",
    "+12345678901",
    "+44 20 7946 0958",
    "+1 (212) 555-1234",
    "tel:+4915112345678",
    " +12345678 ",
)
NOT_PERSONAL = ("agent-17", "12345678901", "+123", "+1234567890123456", "@handle", "name@", "Anna Lee", "", "a b@c d")


def _in_sql(pseudonymiser: Pseudonymiser, values: list[str | None]) -> list[str | None]:
    with duckdb.connect() as connection:
        sql = f"select {pseudonymiser.sql('value')} from (select unnest($values::varchar[]) as value)"
        rows = connection.execute(sql, {"values": values, **pseudonymiser.parameters()}).fetchall()
    return [row[0] for row in rows]


def test_pseudonym_is_the_hmac_of_rfc_4231_case_6() -> None:
    # RFC 4231, test case 6: a key of 131 bytes, longer than a block, is hashed first.
    pseudonymiser = Pseudonymiser(b"\xaa" * 131)
    text = "Test Using Larger Than Block-Size Key - Hash Key First"
    assert pseudonymiser.of(text) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"


@pytest.mark.parametrize("key", [KEY, b"\x00\xff" * 16, "ключ" * 8, b"x" * 64, b"y" * 65])
@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=20))
def test_sql_and_python_agree(key: bytes | str, values: list[str]) -> None:
    pseudonymiser = Pseudonymiser(key)
    secret = key.encode() if isinstance(key, str) else key
    expected = [hmac.new(secret, value.encode(), hashlib.sha256).hexdigest() for value in values]
    assert [pseudonymiser.of(value) for value in values] == expected
    assert _in_sql(pseudonymiser, list(values)) == expected


def test_null_stays_null() -> None:
    assert _in_sql(Pseudonymiser(KEY), [None, "a"]) == [None, Pseudonymiser(KEY).of("a")]


def test_short_key_is_refused_with_the_remedy_and_without_the_key() -> None:
    with pytest.raises(ValueError, match=r"31 bytes.*32.*AFTERCALL_PSEUDONYM_KEY") as caught:
        Pseudonymiser("s" * 31)
    assert "sss" not in str(caught.value)


def test_fingerprint_tells_keys_apart_and_repr_hides_them() -> None:
    first, second = Pseudonymiser(KEY), Pseudonymiser("l" * 32)
    assert first.fingerprint() == Pseudonymiser(KEY.encode()).fingerprint() != second.fingerprint()
    assert len(first.fingerprint()) == 16
    assert KEY not in repr(first)


@pytest.mark.parametrize(("value", "expected"), [(v, True) for v in PERSONAL] + [(v, False) for v in NOT_PERSONAL])
def test_looks_personal_in_python_and_sql(value: str, expected: bool) -> None:
    assert looks_personal(value) is expected
    with duckdb.connect() as connection:
        (in_sql,) = connection.execute(f"select {looks_personal_sql('$value')}", {"value": value}).fetchall()[0]
    assert in_sql is expected

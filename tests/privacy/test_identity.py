"""One spelling of each id: phones in E.164, addresses in lower case, numbers in digits."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.privacy.identity import normal_customer_ids, normal_ids, person_of


@pytest.mark.parametrize(
    ("written", "person"),
    [
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("(+1) 202 555 0147", "+12025550147"),
        ("\uff0b1 202-555-0147", "+12025550147"),
        ("0044 20 7946 0958", "+442079460958"),
        ("sips:+12025550147@pbx.example", "+12025550147"),
        # People behind one number are told apart by their extension.
        ("+1 202 555 0147 x12", "+12025550147;ext=12"),
        ("tel:+12025550147;ext=12", "+12025550147;ext=12"),
        ("sip:2001@PBX.example", "2001@pbx.example"),
        ('"Lo, Ana" <Ana.Lo@Example.org>', "ana.lo@example.org"),
        # A number that a system padded with zeros is no number that anybody dialled.
        ("0000123456", None),
        ("0012345678", None),
        ("00123", None),
        ("+123", None),
        ("+1234567890123456", None),
        ("2025550147", None),
        ("2026-01-05", None),
        ("123-45-6789", None),
        ("@handle", None),
        ("name@", None),
        ("k-17", None),
        ("+" + " " * 1_000_000 + "1", None),
        ("", None),
    ],
)
def test_phones_and_addresses(written: str, person: str | None) -> None:
    assert person_of(written, "US") == person


def test_numbers_in_national_form_are_read_in_their_region() -> None:
    assert person_of("030 123456", "DE", is_phone=True) == "+4930123456"
    assert person_of("4930123456", "DE", is_phone=True) == "+4930123456"
    assert person_of("(202) 555-0147", "US", is_separated_phone=True) == "+12025550147"
    assert person_of("2025550147", "US", is_separated_phone=True) is None
    assert person_of("12", "US", is_phone=True) is None


_EXAMPLES = [
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    if (number := phonenumbers.example_number(region)) is not None
]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(number=st.sampled_from(_EXAMPLES), form=st.integers(0, 6))
def test_every_spelling_of_a_phone_is_one_person(number: str, form: int) -> None:
    parsed = phonenumbers.parse(number)
    international = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    written = (
        number,
        international,
        international.replace(" ", "-"),
        international.replace(" ", "\u00a0"),
        "00" + number[1:],
        phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.RFC3966),
        f"sip:{number}@pbx.example;user=phone",
    )[form]
    assert normal_customer_ids([written]) == [number]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(_EXAMPLES), min_size=2, unique=True))
def test_two_phones_stay_two(numbers: list[str]) -> None:
    assert normal_customer_ids(numbers) == numbers


def test_what_a_person_types_is_what_typing_makes_of_it() -> None:
    written = [" 5001.0 ", "Ana.Lo@Example.org", "\ufeffK-7", "", "1.23457E+12", "cafe\u0301", "A@b@c"]
    assert normal_ids(written) == ["5001", "Ana.Lo@Example.org", "K-7", None, None, "caf\u00e9", "A@b@c"]
    assert normal_customer_ids(written)[:4] == ["5001", "ana.lo@example.org", "K-7", None]

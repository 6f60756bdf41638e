"""Free text → the same text with typed placeholders for what would give a person away; everything else byte for byte.

``[email]``, ``[upi id]``, ``[iban]``, ``[card]``, ``[account number]``, ``[ssn]``, ``[national id]``, ``[tax id]``, ``[phone]``,
``[password]``, ``[code]``, ``[access key]``, ``[ip address]``, ``[mac address]``, ``[date of birth]`` and
``[spoken number]``. What stays is said in docs/operations.md: nothing here claims to make a text anonymous.

A module each says what it finds, in the order in which they are tried: keys and addresses of machines, e-mail, numbers
in a form of their own, what a cue announces, then numbers that a check tells, phones, and digits spelled out. Dates are
set aside before anything that counts digits; a number that is named as an order or a ticket, or that is money, stays.
"""

import re
from collections.abc import Iterable

import polars as pl

from pipelines.privacy.redaction.candidates import candidate_sql
from pipelines.privacy.redaction.cards import cards, ibans
from pipelines.privacy.redaction.credentials import keys, user_infos, wallets
from pipelines.privacy.redaction.cues import BIRTH, PASSWORD, Cue, birth_dates, cued_values, find_cues
from pipelines.privacy.redaction.emails import emails, has_at, upi_addresses
from pipelines.privacy.redaction.identity_numbers import formed_numbers, lettered_numbers, plain_numbers
from pipelines.privacy.redaction.networks import FOUR_PARTS, ip_addresses, mac_addresses
from pipelines.privacy.redaction.passwords import passwords
from pipelines.privacy.redaction.phones import phones_of, plain_phones
from pipelines.privacy.redaction.plain_text import Span, masked, plain_text, spans
from pipelines.privacy.redaction.spoken import has_spoken, spoken_numbers

__all__ = ["DEFAULT_REGION", "PLACEHOLDERS", "candidate_sql", "redact", "redact_many"]

DEFAULT_REGION = "US"
PLACEHOLDERS = (
    "email", "upi id", "iban", "card", "account number", "ssn", "national id", "tax id", "phone", "password", "code",
    "access key", "ip address", "mac address", "date of birth", "spoken number",
)  # fmt: skip

_MOST_PASSES = 12
_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(PLACEHOLDERS)})\]")
_DATE = re.compile(
    r"(?<![0-9])(?<![0-9][./\-])(?:[12][0-9]{3}([./\-])[01]?[0-9]\1[0-3]?[0-9]|[0-3]?[0-9]([./\-])[0-3]?[0-9]\2(?:[12][0-9]{3}|[0-9]{2}))"
    r"(?![0-9])(?![./\-][0-9])"
)
_UNDERSCORES = re.compile(r"(?<=[0-9])_{1,3}(?=[0-9])")
#: No key is shorter.
_LONG_WORD = re.compile(r"\S{16}")
_DIGIT = re.compile(r"[0-9]")


def redact(text: str, region: str = DEFAULT_REGION) -> str:
    """``text`` with placeholders. ``region``: ISO country code of phone numbers written without one's own.

    ``redact(redact(x)) == redact(x)``. Takes time in proportion to the length, and raises for no text.
    """
    for _ in range(_MOST_PASSES):  # a placeholder may uncover what its neighbour hid; two passes are the rule
        redacted, may_hold_more = _one_pass(text, region)
        if redacted == text or not may_hold_more:
            return redacted
        text = redacted
    return text


def redact_many(texts: pl.Series, region: str = DEFAULT_REGION) -> pl.Series:
    """Each text redacted, nulls kept; each distinct text is looked at once. Choose the texts by :func:`candidate_sql`."""
    distinct = texts.drop_nulls().unique()
    changed = {text: redacted for text in distinct if (redacted := redact(text, region)) != text}
    return texts.replace(list(changed), list(changed.values())) if changed else texts


class _Search:
    """What was found so far, and the text without it."""

    def __init__(self, plain: str) -> None:
        self.text = masked(plain, spans(_PLACEHOLDER, plain)) if "[" in plain else plain
        self.finds: list[tuple[int, int, str]] = []

    def take(self, placeholder: str, found: Iterable[Span]) -> None:
        spans_found = list(found)
        if spans_found:
            self.take_all([(placeholder, span) for span in spans_found])

    def take_all(self, found: Iterable[tuple[str, Span]]) -> None:
        """Of two finds that overlap the one that starts first, of these the longest."""
        listed = sorted(((start, -end, placeholder) for placeholder, (start, end) in found))
        if not listed:
            return
        done = 0
        kept = []
        for start, end, placeholder in listed:
            if start >= done:
                done = -end
                kept.append((start, done, placeholder))
        self.finds += kept
        self.text = masked(self.text, [(start, end) for start, end, _ in kept])

    def digits(self) -> int:
        return len(_DIGIT.findall(self.text))

    def set_aside(self, found: Iterable[Span]) -> None:
        """Look at these no more, and leave them as they are."""
        self.text = masked(self.text, found)


def _one_pass(text: str, region: str) -> tuple[str, bool]:
    """The text with what one look finds replaced, and whether another look may find more."""
    plain, positions = plain_text(text)
    search = _Search(plain)
    if _LONG_WORD.search(search.text):
        search.take("[password]", user_infos(search.text))
        search.take("[access key]", keys(search.text))
        search.take("[account number]", wallets(search.text))
    if has_at(search.text):
        search.take("[email]", emails(search.text))
        search.take("[upi id]", upi_addresses(search.text))
    search.take("[mac address]", mac_addresses(search.text))
    search.text = _UNDERSCORES.sub(lambda match: " " * len(match.group()), search.text)
    cues = find_cues(search.text.lower())
    _numbers(search, cues, region)
    search.take("[spoken number]", spoken_numbers(search.text))
    if not search.finds:
        return text, False
    parts: list[str] = []
    done = 0
    for start, end, placeholder in sorted(search.finds):
        first, last = (positions[start], positions[end - 1] + 1) if positions else (start, end)
        parts += [text[done:first], placeholder]
        done = last
    may_hold_more = bool(cues) or search.digits() > 0 or has_at(search.text) or has_spoken(search.text)
    return "".join([*parts, text[done:]]), may_hold_more


def _numbers(search: _Search, cues: list[Cue], region: str) -> None:
    """Each step only where enough digits are left for it."""
    search.take("[ip address]", ip_addresses(search.text))
    if search.digits() >= 7:
        search.take_all(formed_numbers(search.text))
    if cues:
        search.take(BIRTH, birth_dates(search.text.lower(), cues))
    if search.digits() >= 7:
        search.set_aside(spans(_DATE, search.text))
    if search.digits() >= 7:
        search.take("[iban]", ibans(search.text))
        search.take("[card]", cards(search.text))
        search.take("[phone]", plain_phones(search.text))
    if search.digits() >= 4:
        search.take_all(lettered_numbers(search.text))
    if cues:
        search.take(PASSWORD, passwords(search.text, search.text.lower(), cues))
        search.take_all(cued_values(search.text.lower(), cues))
    if search.digits() >= 7:
        search.set_aside(spans(FOUR_PARTS, search.text))
        search.take_all(plain_numbers(search.text))
        search.take("[phone]", phones_of(search.text, region))

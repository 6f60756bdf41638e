"""One person, one key: how an id is written, decided once for every reader and every type.

- Every id is NFC, without outer blanks; an integral number is its digits, whatever its type (``5001``, ``5001.0``). Leading
  zeros of text stay. A number that was rounded on its way here (a float of 2⁵³ or more, ``1.23457E+12``) is no id at all.
- A customer's e-mail address is in lower case, without what stands around it (``mailto:``, a name and brackets).
- A phone number (a leading + or 00, ``tel:``, ``sip:``, or a column that the source declares to hold phones) is in E.164.

SQL does the first and plain addresses; spellings that need a telephone library are mapped in Python, once for each
distinct value (:func:`person_of`), and joined.
"""

import re
from collections.abc import Iterable

import duckdb
import phonenumbers

#: What is trimmed: blanks of ASCII, no-break and zero-width blanks, the byte-order mark.
BLANK_CHARACTERS = " \t\n\v\f\r\u00a0\u1680\u2007\u2009\u200b\u202f\u2060\u3000\ufeff"
_BLANKS = " || ".join(f"chr({ord(character)})" for character in BLANK_CHARACTERS)
#: Integers from here on are not exact in a float of 8 bytes, and of 4.
_EXACT_BELOW = {"DOUBLE": 2**53, "FLOAT": 2**24}
#: Spreadsheets write numbers of more than eleven digits with six of them (1.23457E+12). Statistics programs write
#: 100000 as 1e+05, and lose nothing.
_MOST_EXACT_EXPONENT = 10

_SCHEME = re.compile(r"^(mailto|tel|callto|sips?|xmpp):(?://)?", re.IGNORECASE)
_NAMED_ADDRESS = re.compile(r"^[^<>]*<([^<>\s]+)>$")
_EXTENSION = re.compile(r"(?:;\s*ext=|[\s,]*(?:ext\.?|x|#)\s*)(\d{1,7})$", re.IGNORECASE)
_PHONE = re.compile(r"[+\uff0b]?[\d\s().\-/\u00a0\u2010-\u2015\u202f]{5,}")
_SEPARATED = re.compile(r"[(\d][\d\s().\-/]*[\s().\-/][\d\s().\-/]*\d")
#: Of a number with its country's code (E.164); a few small countries have valid ones of fewer digits.
_FEWEST_DIGITS, _MOST_DIGITS = 8, 15
#: Longer than any address with a name before it; what is longer is hostile, and costs time.
_LONGEST = 1_000
_PLAIN_ADDRESS = r"[^\s@<>:;,\"]+@[^\s@<>:;,\"]+"


def trimmed(text: str) -> str:
    """SQL: text without outer blanks; null where nothing is left."""
    # Trimming by a set of characters is slow, and hardly any value begins or ends with one of them.
    return f"case when regexp_full_match({text}, '[!-~](?s:.*[!-~])?') then {text} else nullif(trim({text}, {_BLANKS}), '') end"


def id_text(value: str) -> str:
    """SQL: text (or a native value's text) as an id; null where a number was rounded. ``value`` must be trimmed."""
    text = f"nfc_normalize({value})"
    whole = f"split_part({text}, '.', 1)"
    exact = f"abs(try_cast({whole} as hugeint)) < {2**53}"
    exponent = f"try_cast(regexp_extract({text}, '[eE]\\+(\\d+)$', 1) as integer)"
    decimals = f"length(regexp_extract({text}, '\\.(\\d+)', 1))"
    kept = f"{exponent} <= 15 and {decimals} <= {exponent} and ({exponent} <= {_MOST_EXACT_EXPONENT} or {decimals} = {exponent})"
    return f"""case
        when not (contains({value}, '.') or contains({value}, '+')) then {text}
        when regexp_full_match({text}, '-?(0|[1-9]\\d*)\\.0+') then case when {exact} then case {whole} when '-0' then '0' else {whole} end end
        when regexp_full_match({text}, '-?[1-9](\\.\\d+)?[eE]\\+\\d{{1,3}}') then case when {kept} then cast(cast(try_cast({text} as double) as bigint) as varchar) end
        else {text}
    end"""


def native_id(value: str, duckdb_type: str) -> str | None:
    """SQL: a native value as an id, null where it was rounded; None for a type that holds no id."""
    if duckdb_type in _EXACT_BELOW:
        whole = f"cast(cast({value} as bigint) as varchar)"
        return f"case when not isfinite({value}) or abs({value}) >= {_EXACT_BELOW[duckdb_type]} then null when {value} = floor({value}) then {whole} else cast({value} as varchar) end"
    if duckdb_type.startswith("DECIMAL"):
        return f"regexp_replace(cast({value} as varchar), '\\.0*$|(\\.\\d*[1-9])0+$', '\\1')"
    if duckdb_type.endswith("]") or duckdb_type.startswith(("STRUCT", "MAP", "UNION", "INTERVAL", "BIT", "GEOMETRY")):
        return None
    # An instant far from our time cannot be written by the engine.
    return f"try(cast({value} as varchar))"


def needs_mapping(text: str, *, is_phone: bool = False, is_separated_phone: bool = False) -> str:
    """SQL: whether an id may be a phone or an odd spelling of an address, which :func:`person_of` has to read.

    ``is_separated_phone``: a number in national form with separators is taken for a phone, too.
    """
    odd = rf"""(contains({text}, '@') and not regexp_full_match({text}, '{_PLAIN_ADDRESS}'))
        or regexp_matches({text}, '^(\(?\s*[+＋]|00\d|(?i:mailto|tel|callto|sips?|xmpp):)')"""
    if is_phone:
        odd += f" or regexp_matches({text}, '\\d')"
    if is_separated_phone:
        odd += rf" or regexp_full_match({text}, '{_SEPARATED.pattern}')"
    return f"({odd})"


def person_sql(text: str, mapped: str) -> str:
    """SQL: the one spelling of the address or phone that an id is, null where it is neither.

    ``mapped`` is what :func:`person_of` gave for it, or null.
    """
    return f"case when {mapped} is not null then {mapped} when contains({text}, '@') and regexp_full_match({text}, '{_PLAIN_ADDRESS}') then lower({text}) end"


def person_of(
    value: str, region: str | None, *, is_phone: bool = False, is_separated_phone: bool = False
) -> str | None:
    """The one spelling of a phone number (E.164) or of an address (lower case); None for an id that is neither.

    Args:
        value: an id, trimmed and NFC.
        region: country in which a number without a prefix is read.
        is_phone: the column is declared to hold phones, so a plain number is one if its length fits the region.
        is_separated_phone: a valid number in national form with separators is a phone, too.
    """
    if len(value) > _LONGEST:
        return None
    text = value.strip(BLANK_CHARACTERS)
    named = _NAMED_ADDRESS.match(text)
    text = named[1] if named else text
    scheme = _SCHEME.match(text)
    text = text[scheme.end() :] if scheme else text
    if "@" in text:
        user = text.split("@", 1)[0]
        phone = _e164(user, region, is_phone=is_phone) if scheme else None
        if phone is not None:
            return phone
        address = re.sub(r"(:\d+)?([;?].*)?$", "", text)
        return address.lower() if re.fullmatch(r"[^\s@]+@[^\s@]+", address) else None
    return _e164(text, region, is_phone=is_phone or bool(scheme), is_separated=is_separated_phone)


def _e164(text: str, region: str | None, *, is_phone: bool, is_separated: bool = False) -> str | None:
    extension = _EXTENSION.search(text)
    number = text[: extension.start()] if extension else re.sub(r";.*$", "", text)
    bare = number.lstrip("( ")
    is_international = bare.startswith(("+", "\uff0b"))
    is_dialled = bare.startswith("00")
    is_national = is_phone or (is_separated and _SEPARATED.fullmatch(number) is not None)
    if not (is_international or is_dialled or is_national) or not _PHONE.fullmatch(bare.replace("+", "", 1)):
        return None
    suffix = f";ext={extension[1]}" if extension else ""
    if is_dialled:
        # Many systems pad their own numbers with zeros: only a number that exists was dialled with 00.
        found = _parsed("+" + re.sub(r"^0[\s().\-/]*0", "", bare), region)
        if found is not None and phonenumbers.is_valid_number(found):
            return _format(found) + suffix
    if is_international:
        found = _parsed(number, region)
        written = "+" + re.sub(r"\D", "", number) if found is None else _format(found)
        fits = _FEWEST_DIGITS < len(written) <= 1 + _MOST_DIGITS
        return written + suffix if fits or (found is not None and phonenumbers.is_valid_number(found)) else None
    found = _parsed(number, region) if is_national else None
    if found is None:
        return None
    fits = phonenumbers.is_possible_number_with_reason(found) == phonenumbers.ValidationResult.IS_POSSIBLE
    return _format(found) + suffix if (fits if is_phone else phonenumbers.is_valid_number(found)) else None


def _parsed(number: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None


def _format(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_ids(values: Iterable[str]) -> list[str | None]:
    """Ids in their one spelling, by the expressions of typing; None where nothing is left, or a number was rounded."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select {id_text('text')} from (select {trimmed('text')} as text from (select unnest($values::varchar[]) as text))",
            {"values": list(values)},
        ).fetchall()
    return [row[0] for row in rows]


def normal_customer_ids(
    values: Iterable[str], region: str | None = None, *, is_phone: bool = False
) -> list[str | None]:
    """Customer ids as they are before they become pseudonyms: what a person types, or a configuration lists.

    Sentinels are not looked at. ``region`` matters only for phones in national form (``is_phone``).
    """
    ids = normal_ids(values)
    return [None if each is None else person_of(each, region, is_phone=is_phone) or each for each in ids]

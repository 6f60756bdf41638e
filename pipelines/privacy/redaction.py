"""Free text → the same text with typed placeholders for what would give a person away.

``[email]``, ``[iban]``, ``[card]``, ``[ssn]``, ``[phone]`` and ``[spoken number]``; everything else stays byte for
byte. Names stay: nothing here claims to make a text anonymous.

Rules, in the order in which they are tried
- e-mail addresses, also with blanks around the @, with ``(at)`` and ``(dot)``, and as a speech recogniser writes
  those of the big providers ("anna dot lee at gmail dot com");
- IBANs that pass their check;
- card numbers of 13 to 19 digits that pass Luhn's check, in one piece or in groups as cards have them;
- US social security numbers in the form 123-45-6789;
- phone numbers: anything with a + and 8 to 15 digits, 3-3-4 digits, and what ``phonenumbers`` finds valid in the
  region; an unbroken number behind a word such as "order" or "ticket" is a reference and stays;
- seven or more digits spelled out in a row, or ten single ones.
Dates and IP addresses are set aside before anything that counts digits.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial

import phonenumbers
import polars as pl
from stdnum import iban, luhn
from stdnum.us import ssn

DEFAULT_REGION = "US"

_MASK = "\0"
_MOST_PASSES = 12
_LONGEST_PHONE_RUN = 120

Span = tuple[int, int]

# --- One way to write each character ----------------------------------------------------------------------------

#: Invisible characters, which may stand anywhere inside a number.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_DROP_INVISIBLE = dict.fromkeys(map(ord, _INVISIBLE))


def _plain(character: str) -> str | None:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Zs" or character == "\t":
        return " "
    if category == "Pd" or character == "\u2212":
        return "-"
    return {"＠": "@", "﹫": "@", "．": ".", "。": ".", "＋": "+", "（": "(", "）": ")"}.get(character)


_PLAIN = {code: plain for code in range(0x1FFFF) if (plain := _plain(chr(code))) and plain != chr(code)}

# --- What a text must hold to be worth a look --------------------------------------------------------------------

_DIGIT_WORDS = "zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple"
_PROVIDERS = (
    "gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|icloud|aol|protonmail|proton|gmx|mail|comcast|verizon"
)
_AT = r"[(\[{] ?at ?[)\]}]"

#: RE2 (DuckDB ``regexp_matches``): true of every text that :func:`redact` changes, and of few others.
CANDIDATE_PATTERN = (
    r"[@＠﹫" + _INVISIBLE + r"]"
    r"|\p{Nd}(?:[^\p{L}\p{Nd}]*\p{Nd}){6}"
    r"|(?i:[(\[{（][^\p{L}\p{Nd}]?at[^\p{L}\p{Nd}]?[)\]}）])"
    r"|(?i:[^\p{L}\p{Nd}]at[^\p{L}\p{Nd}](?:" + _PROVIDERS + r"))"
    r"|(?i:(?:"
    + _DIGIT_WORDS
    + r"|\p{Nd})(?:[^\p{L}\p{Nd}]+(?:(?:dash|hyphen|and)[^\p{L}\p{Nd}]+)?(?:"
    + _DIGIT_WORDS
    + r"|\p{Nd})){6})"
)

#: The same for a lower-cased text of ASCII alone. Unicode classes make RE2 some hundred times slower, and most texts need none.
_ASCII_CANDIDATE_PATTERN = (
    r"@"
    r"|[0-9](?:[^a-z0-9]*[0-9]){6}"
    r"|[(\[{][^a-z0-9]?at[^a-z0-9]?[)\]}]"
    r"|[^a-z0-9]at[^a-z0-9](?:" + _PROVIDERS + r")"
    r"|(?:"
    + _DIGIT_WORDS
    + r"|[0-9])(?:[^a-z0-9]+(?:(?:dash|hyphen|and)[^a-z0-9]+)?(?:"
    + _DIGIT_WORDS
    + r"|[0-9])){6}"
)


def candidate_sql(expression: str) -> str:
    """DuckDB predicate over a text expression: true of every text that :func:`redact` changes, and of few others."""
    return (
        f"case when strlen({expression}) = length({expression})"
        f" then regexp_matches(lower({expression}), '{_ASCII_CANDIDATE_PATTERN}')"
        f" else regexp_matches({expression}, '{CANDIDATE_PATTERN}') end"
    )


# --- What gives a person away ------------------------------------------------------------------------------------

_LOCAL_REVERSED = re.compile(r"[ ]?([\w.%+'\-]{1,64})")
_DOMAIN = re.compile(r"[ ]?(?:\w[\w\-]{0,62}\.)+[^\W\d_]{2,24}(?![\w\-])")
_WORDED_EMAIL = re.compile(
    rf"(?<![\w.+\-])[\w+\-]{{1,64}}(?:(?:\.| dot | ?[(\[{{]dot[)\]}}] ?)[\w+\-]{{1,64}}){{0,4}} ?{_AT} ?"
    r"[\w\-]{1,63}(?:(?:\.| dot | ?[(\[{]dot[)\]}] ?)[\w\-]{1,63}){1,4}",
    re.IGNORECASE,
)
_SPOKEN_EMAIL = re.compile(
    rf"(?<![\w.+\-])[\w+\-]{{1,64}}(?:(?:\.| dot | underscore | dash )[\w+\-]{{1,64}}){{0,4}} at (?:{_PROVIDERS})"
    r"(?: dot |\.)[a-z]{2,3}(?:(?: dot |\.)[a-z]{2})?\b",
    re.IGNORECASE | re.ASCII,  # Unicode folding would let a dotless i pass, which RE2 does not
)
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?:[ \-]?[A-Z0-9]){11,30}(?![A-Z0-9])", re.IGNORECASE | re.ASCII)
_SEVEN_DIGITS = re.compile(r"[0-9](?:[^\w]*[0-9]){6}")
_DIGIT_RUN = re.compile(r"[0-9]+(?:[ .\-]{1,3}[0-9]+)*")
_DIGIT_GROUP = re.compile(r"[0-9]+")
_SSN = re.compile(r"(?<![\w\-])[0-9]{3}([ \-])[0-9]{2}\1[0-9]{4}(?![\w\-])")
_DATE = re.compile(
    r"(?<![0-9])(?<![0-9][./\-])(?:[12][0-9]{3}([./\-])[01]?[0-9]\1[0-3]?[0-9]|[0-3]?[0-9]([./\-])[0-3]?[0-9]\2(?:[12][0-9]{3}|[0-9]{2}))"
    r"(?![0-9])(?![./\-][0-9])"
)
_IP_ADDRESS = re.compile(
    r"(?<![0-9.])(?![0-9]{2}(?:\.[0-9]{2}){3}(?![0-9]))[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9])(?!\.[0-9])"
)
_PLUS_NUMBER = re.compile(r"\+[ (]{0,2}[0-9](?:[ ().\-/]{0,3}[0-9]){7,14}(?![0-9])")
_THREE_THREE_FOUR = re.compile(
    r"(?<![\w.\-])(?:1[ .\-])?(?:\([0-9]{3}\) ?|[0-9]{3}[ .\-])[0-9]{3}[ .\-][0-9]{4}(?![\w]|[.\-][0-9])"
)
_PHONE_RUN = re.compile(r"[0-9(](?:[ ().\-/]{0,3}[0-9])+")
_REFERENCE = re.compile(
    r"\b(?:order|invoice|ticket|reference|ref|case|tracking|confirmation|incident|item|serial|model|product|sku|claim|policy|"
    r"transaction|receipt|booking|account|acct|id|po|amount|total|price|zip)\b[^.!?\n]{0,24}\Z",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(
    r"\b(?:phone|telephone|tel|mobile|cell|cellphone|fax|call|dial|text|sms|whatsapp|reach)\b", re.IGNORECASE
)
_PLACEHOLDER = re.compile(r"\[(?:email|iban|card|ssn|phone|spoken number)\]")
_MONEY = re.compile(r"[$€£¥₹] ?\Z")
_TOKEN = rf"(?:(?:{_DIGIT_WORDS})(?![\w])|[0-9](?![\w]))"
_SPOKEN = re.compile(
    rf"(?<![\w]){_TOKEN}(?:[ \n\r,.;:\-]{{1,4}}(?:(?:dash|hyphen|and)[ ,]{{1,2}})?{_TOKEN}){{6,}}",
    re.IGNORECASE | re.ASCII,
)


def redact(text: str, region: str = DEFAULT_REGION) -> str:
    """``text`` with placeholders. ``region``: ISO country code of phone numbers written without one's own.

    ``redact(redact(x)) == redact(x)``. Takes time in proportion to the length, and raises for no text.
    """
    for _ in range(_MOST_PASSES):  # a placeholder may uncover what its neighbour hid; two passes are the rule
        redacted = _one_pass(text, region)
        if redacted == text:
            break
        text = redacted
    return text


def redact_many(texts: pl.Series, region: str = DEFAULT_REGION) -> pl.Series:
    """Each text redacted, nulls kept; each distinct text is looked at once, and most of them only by a pattern."""
    candidates = texts.drop_nulls().unique()
    candidates = candidates.filter(candidates.str.contains(CANDIDATE_PATTERN))
    changed = {text: redacted for text in candidates if (redacted := redact(text, region)) != text}
    return texts.replace(list(changed), list(changed.values())) if changed else texts


def _one_pass(text: str, region: str) -> str:
    plain, positions = _normalised(text)
    work = _masked(plain, [*_spans(_DATE, plain), *_spans(_IP_ADDRESS, plain)])
    finds: list[tuple[int, int, str]] = []
    detectors: tuple[tuple[str, Callable[[str], Iterator[Span]]], ...] = (
        ("[email]", _emails),
        ("[iban]", _ibans),
        ("[card]", _cards),
        ("[ssn]", _social_security_numbers),
        ("[phone]", partial(_phones, region=region)),
        ("[spoken number]", _spoken_numbers),
    )
    for placeholder, detector in detectors:
        # An address may hold what looks like a date: it is sought in the text itself.
        spans = _apart(detector(plain if detector is _emails else work))
        finds += [(start, end, placeholder) for start, end in spans]
        work = _masked(work, spans)
    if not finds:
        return text
    parts: list[str] = []
    done = 0
    for start, end, placeholder in sorted(finds):
        first, last = (positions[start], positions[end - 1] + 1) if positions else (start, end)
        parts += [text[done:first], placeholder]
        done = last
    return "".join([*parts, text[done:]])


def _apart(spans: Iterator[Span]) -> list[Span]:
    """Spans in order; of two that overlap, the one that starts first."""
    apart: list[Span] = []
    for span in sorted(spans):
        if not apart or span[0] >= apart[-1][1]:
            apart.append(span)
    return apart


def _normalised(text: str) -> tuple[str, list[int] | None]:
    """One way to write digits, blanks and dashes; and for each character its place in ``text`` (null: the same)."""
    if text.isascii():
        return text.replace("\t", " ").replace(_MASK, " "), None
    plain = text.translate(_PLAIN).replace(_MASK, " ")
    visible = plain.translate(_DROP_INVISIBLE)
    if len(visible) == len(plain):
        return plain, None
    return visible, [place for place, character in enumerate(plain) if character not in _INVISIBLE]


def _masked(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    done = 0
    for start, end in _apart(iter(spans)):
        parts += [text[done:start], _MASK * (end - start)]
        done = end
    return "".join([*parts, text[done:]])


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    return (match.span() for match in pattern.finditer(text))


def _emails(text: str) -> Iterator[Span]:
    """Looks outward from each @, so that a long text without one costs nothing."""
    done = 0
    at = text.find("@")
    while at >= 0:
        local = _LOCAL_REVERSED.match(text[max(done, at - 65) : at][::-1])
        domain = _DOMAIN.match(text, at + 1)
        if local and domain:
            yield at - local.end(), domain.end()
            done = domain.end()
        at = text.find("@", max(done, at + 1))
    yield from _spans(_WORDED_EMAIL, text)
    yield from _spans(_SPOKEN_EMAIL, text)


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        candidate = match.group()
        places = [place for place, character in enumerate(candidate) if character.isalnum()]
        compact = "".join(candidate[place] for place in places).upper()
        length = next((n for n in range(len(compact), 14, -1) if _is_iban(compact[:n])), 0)
        if length and _SEVEN_DIGITS.search(candidate):
            yield match.start(), match.start() + places[length - 1] + 1


def _is_iban(compact: str) -> bool:
    # The check sum first: it is cheap, and rules out all but one in 97 before the registry of countries is asked.
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1 and bool(iban.is_valid(compact))


def _cards(text: str) -> Iterator[Span]:
    for run in _DIGIT_RUN.finditer(text):
        if run.end() - run.start() < 13:
            continue
        groups = [group.span() for group in _DIGIT_GROUP.finditer(text, *run.span())]
        lengths = [end - start for start, end in groups]
        if max(lengths) == 1:
            # Digit by digit: only as a whole, or any list of digits would hold a card.
            if 13 <= len(groups) <= 19 and _is_number_of_card(re.sub(r"[^0-9]", "", run.group()), "3456"):
                yield run.span()
            continue
        first = 0
        while first < len(groups):
            last = _card_end(text, groups, lengths, first) if lengths[first] >= 4 else None
            if last is None:
                first += 1
            else:
                yield groups[first][0], groups[last][1]
                first = last + 1


def _card_end(text: str, groups: list[Span], lengths: list[int], first: int) -> int | None:
    """Index of the last group of a card number that starts at group ``first``; of several, the longest number."""
    digits = 0
    found = None
    for last in range(first, min(len(groups), first + 19)):
        digits += lengths[last]
        if digits > 19:
            break
        if digits >= 13 and (issuers := _issuers(text, groups[first : last + 1], lengths[first : last + 1])):
            number = re.sub(r"[^0-9]", "", text[groups[first][0] : groups[last][1]])
            found = last if _is_number_of_card(number, issuers) else found
    return found


def _issuers(text: str, groups: list[Span], lengths: list[int]) -> str:
    """First digits that a card number grouped like this may have: the odder the grouping, the fewer."""
    start, end = groups[0][0], groups[-1][1]
    if len(groups) == 1:
        touches_letter = text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()
        return "23456" if touches_letter else "123456789"
    leading = set(lengths[:-1])
    if (leading == {4} and lengths[-1] <= 4) or lengths in ([4, 6, 5], [4, 6, 4]):
        return "123456789"
    return "3456" if min(leading) >= 4 and "." not in text[start:end] else ""


def _is_number_of_card(number: str, issuers: str) -> bool:
    # Cards of 13 and 14 digits exist from few issuers; other numbers of that length abound.
    issuers = {13: "456", 14: "356"}.get(len(number), issuers)
    return number[0] in issuers and luhn.is_valid(number)


def _social_security_numbers(text: str) -> Iterator[Span]:
    return (match.span() for match in _SSN.finditer(text) if ssn.is_valid(match.group().replace(" ", "-")))


def _phones(text: str, region: str) -> Iterator[Span]:
    done: list[Span] = []
    for pattern in (_PLUS_NUMBER, _THREE_THREE_FOUR):
        found = list(_spans(pattern, text))
        done += found
        text = _masked(text, found)
    yield from done
    for run in _PHONE_RUN.finditer(text):
        digits = sum(character.isdigit() for character in run.group())
        if digits < 7 or len(run.group()) > _LONGEST_PHONE_RUN:
            continue
        if _touches_word(text, *run.span()) or _is_reference(text, run):
            continue
        for match in phonenumbers.PhoneNumberMatcher(run.group(), region):
            if sum(character.isdigit() for character in match.raw_string) >= 7:
                yield run.start() + match.start, run.start() + match.end


def _touches_word(text: str, start: int, end: int) -> bool:
    """``INC2125551234``, ``1,234,567`` and ``12:30`` are parts of something longer."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    continues = after[:1] != "" and after[0] in ":,%" and after[1:].isdigit()
    is_continuation = before[-1:] != "" and before[-1] in ":,.-" and before[:1].isdigit()
    adjacent = before[-1:] + after[:1]
    return continues or is_continuation or any(character.isalnum() or character in "_#" for character in adjacent)


def _is_reference(text: str, run: re.Match[str]) -> bool:
    """Whether an unbroken number is named as something else than a phone, by the words before it or a currency sign."""
    before = text[max(0, run.start() - 40) : run.start()]
    if _MONEY.search(before):
        return True
    if not run.group().isdigit():
        return False
    named = _REFERENCE.search(_PLACEHOLDER.sub("", before))
    return named is not None and not _PHONE_WORD.search(named.group())


def _spoken_numbers(text: str) -> Iterator[Span]:
    for match in _SPOKEN.finditer(text):
        tokens = re.findall(r"[A-Za-z]+|[0-9]", match.group())
        if any(token.isalpha() for token in tokens) or len(tokens) >= 10:
            yield match.span()

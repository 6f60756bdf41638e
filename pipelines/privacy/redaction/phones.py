"""Phone numbers: international ones, the American form, and what ``phonenumbers`` finds valid in a region."""

import re
from collections.abc import Iterator

import phonenumbers

from pipelines.privacy.redaction.plain_text import Span, masked, spans
from pipelines.privacy.redaction.references import is_glued, is_money, is_reference

_PLUS_NUMBER = re.compile(r"\+[ (]{0,2}[0-9](?:[ ().\-/]{0,3}[0-9]){7,14}(?![0-9])")
_DOUBLE_ZERO = re.compile(r"(?<![0-9])(?<![0-9][.,\-/:])00[ .\-]?[(]?([1-9](?:[ ().\-/]{0,3}[0-9]){7,14})(?![0-9])")
_THREE_THREE_FOUR = re.compile(
    r"(?<![0-9.\-])(?:1[ .\-])?(?:\([0-9]{3}\) ?|[0-9]{3}[ .\-])[0-9]{3}[ .\-][0-9]{4}(?![\w]|[.\-][0-9])"
)
_PHONE_RUN = re.compile(r"[0-9(](?:[ ().\-/]{0,3}[0-9])+")
_LONGEST_RUN = 120


def plain_phones(text: str) -> Iterator[Span]:
    """Numbers with a + or 00 before them, and those in the American form, whatever the region."""
    dialled = [
        match.span()
        for match in _DOUBLE_ZERO.finditer(text)
        if not is_reference(text, match.start(), or_id=True)
        and not is_glued(text, match.start())
        and _is_dialled(match[1])
    ]
    yield from dialled
    text = masked(text, dialled)
    for pattern in (_PLUS_NUMBER, _THREE_THREE_FOUR):
        found = [span for span in spans(pattern, text) if not _is_code(text, span[0])]
        yield from found
        text = masked(text, found)


def phones_of(text: str, region: str) -> Iterator[Span]:
    """What is a valid number in a region, an ISO country code."""
    for run in _PHONE_RUN.finditer(text):
        digits = sum(character.isdigit() for character in run.group())
        if digits < 7 or len(run.group()) > _LONGEST_RUN:
            continue
        if _touches_word(text, *run.span()) or _is_named_otherwise(text, run):
            continue
        for match in phonenumbers.PhoneNumberMatcher(run.group(), region):
            if sum(character.isdigit() for character in match.raw_string) >= 7:
                yield run.start() + match.start, run.start() + match.end


def _is_dialled(digits: str) -> bool:
    """Whether a number behind 00 is one of some country."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _is_code(text: str, start: int) -> bool:
    return text[start - 1 : start].isalpha() and is_glued(text, start, only_codes=True)


def _touches_word(text: str, start: int, end: int) -> bool:
    """``INC2125551234``, ``1,234,567`` and ``12:30`` are parts of something longer."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    continues = after[:1] != "" and after[0] in ":,%" and after[1:].isdigit()
    is_continuation = before[-1:] != "" and before[-1] in ":,.-" and before[:1].isdigit()
    return continues or is_continuation or after[:1].isalnum() or after[:1] in ("#", "_") or is_glued(text, start)


def _is_named_otherwise(text: str, run: re.Match[str]) -> bool:
    """Whether an unbroken number is named as something else than a phone, by the words before it or a currency."""
    if is_money(text, *run.span()):
        return True
    return run.group().isdigit() and is_reference(text, run.start(), or_id=True)

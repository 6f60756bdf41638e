"""Card numbers (Luhn's check) and IBANs (theirs)."""

import re
from collections.abc import Iterator

from stdnum import iban, luhn

from pipelines.privacy.redaction.plain_text import Span
from pipelines.privacy.redaction.references import is_reference

_LENGTHS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 "
    "FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 "
    "LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 "
    "SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
#: Country → characters of its IBANs (the registry of SWIFT).
_IBAN_LENGTH = {entry[:2]: int(entry[2:]) for entry in _LENGTHS.split()}
_IBAN = re.compile(
    rf"(?=((?:{'|'.join(_IBAN_LENGTH)})[ \-]?[0-9]{{2}}(?:[ \-.]{{0,2}}[A-Z0-9]){{11,30}}))", re.IGNORECASE | re.ASCII
)
_DIGIT_RUN = re.compile(r"[0-9]+(?:(?:[ .\-/*\n\r]{1,3}|,(?=[0-9]{4}(?![0-9])))[0-9]+)*")
_DIGIT_GROUP = re.compile(r"[0-9]+")
_NOT_DIGIT = re.compile(r"[^0-9]")
_SEVEN_DIGITS = re.compile(r"[0-9](?:[^\w]*[0-9]){6}")
#: First digits and lengths of the cards that people have: with Luhn's check they need no usual grouping.
_COMMON = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15})|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    r"|3[47][0-9]{13}|6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12}|35[2-8][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}"
)


def ibans(text: str) -> Iterator[Span]:
    """IBANs that pass their check, glued to letters or not."""
    done = 0
    for match in _IBAN.finditer(text):
        if match.start() < done:
            continue
        candidate = match[1]
        places = [place for place, character in enumerate(candidate) if character.isalnum()]
        length = _IBAN_LENGTH[candidate[:2].upper()]
        if len(places) < length or (len(places) > length and places[length] == places[length - 1] + 1):
            continue  # too short, or it goes on
        written = candidate[: places[length - 1] + 1]
        compact = "".join(written[place] for place in places[:length]).upper()
        if _SEVEN_DIGITS.search(written) and _is_iban(compact):
            done = match.start() + len(written)
            yield match.start(), done


def _is_iban(compact: str) -> bool:
    # The check sum first: it is cheap, and rules out all but one in 97 before the registry of countries is asked.
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1 and bool(iban.is_valid(compact))


def cards(text: str) -> Iterator[Span]:
    """Card numbers of 13 to 19 digits."""
    for run in _DIGIT_RUN.finditer(text):
        if run.end() - run.start() < 13:
            continue
        groups = [group.span() for group in _DIGIT_GROUP.finditer(text, *run.span())]
        lengths = [end - start for start, end in groups]
        total = sum(lengths)
        if 13 <= total <= 19 and len(groups) > 1:
            number = _NOT_DIGIT.sub("", run.group())
            # Digit by digit: only as a whole, or any list of digits would hold a card.
            if _COMMON.fullmatch(number) and luhn.is_valid(number):
                yield run.span()
                continue
        if max(lengths) == 1:
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
            number = _NOT_DIGIT.sub("", text[groups[first][0] : groups[last][1]])
            found = last if _is_number_of_card(number, issuers) else found
    return found


def _issuers(text: str, groups: list[Span], lengths: list[int]) -> str:
    """First digits that a card number grouped like this may have: the odder the grouping, the fewer."""
    start, end = groups[0][0], groups[-1][1]
    if len(groups) == 1:
        if re.search(r"[0-9][.,]\Z", text[max(0, start - 2) : start]):
            return ""  # the decimals of a number
        touches_letter = text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()
        # Few cards begin otherwise, and many references do.
        return "23456" if touches_letter or is_reference(text, start, or_id=True) else "123456789"
    leading = set(lengths[:-1])
    if (leading == {4} and lengths[-1] <= 4) or lengths in ([4, 6, 5], [4, 6, 4]):
        return "123456789"
    return "3456" if min(leading) >= 4 and "." not in text[start:end] else ""


def _is_number_of_card(number: str, issuers: str) -> bool:
    # Cards of 13 and 14 digits exist from few issuers; other numbers of that length abound.
    issuers = {13: "456", 14: "356"}.get(len(number), issuers)
    return number[0] in issuers and luhn.is_valid(number)

"""Numbers that states and banks give to persons, told by form and check digits.

Checks are those of python-stdnum where it has them. A number in the form that only it has ("784-1985-1234567-1") goes
wherever it stands; one that other numbers could look like stays where the words before it name an order, a ticket or
an amount, or where it is glued to a code (``INC…``).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from stdnum import luhn
from stdnum.ar import cbu, cuit
from stdnum.be import nn
from stdnum.br import cnpj, cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cl import rut
from stdnum.cn import ric
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.do import cedula
from stdnum.ee import ik
from stdnum.es import ccc, dni, nie
from stdnum.eu import vat
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import vat as gb_vat
from stdnum.gr import amka
from stdnum.ie import pps
from stdnum.in_ import aadhaar, gstin, pan
from stdnum.it import codicefiscale
from stdnum.kr import rrn
from stdnum.mx import rfc
from stdnum.my import nric
from stdnum.no import fodselsnummer
from stdnum.pe import ruc
from stdnum.pl import pesel
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.si import emso
from stdnum.tr import tckimlik
from stdnum.us import itin, ssn
from stdnum.za import idnr as za_idnr

from pipelines.privacy.redaction.plain_text import MASK, Span
from pipelines.privacy.redaction.references import is_glued, is_money, is_reference

PERSON = "[national id]"
TAX = "[tax id]"
ACCOUNT = "[account number]"
SSN = "[ssn]"

#: Behind the first digit, so that the search skips from digit to digit: no digit before it, nor one and a mark.
_BEGINS = r"(?<![0-9].)(?<![0-9][.,\-/:].)"
_ENDS = r"(?![0-9])(?![.,\-/:][0-9])"
_NO_LETTER_BEFORE = r"(?<![a-zA-Z0-9].)"
_NO_LETTER_AFTER = r"(?![a-zA-Z0-9])"
_MONTH_AND_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"


def _digits(*groups: str) -> str:
    """Groups of digits ("4": four of them, else a pattern), between them blanks, dashes or slashes, or dots throughout."""
    first, *others = (rf"[0-9]{{{group}}}" if group.isdigit() else group for group in groups)
    some, each = (gap.join(("", *others)) for gap in (r"[ \-/]{0,2}", r"[ .\-/]{1,2}"))
    return f"{_begun(first)}(?:{some}|{each}){_ENDS}"


def _begun(pattern: str, rule: str = _BEGINS) -> str:
    """A pattern that begins with a class of characters, and behind the first of them the rule of what stands before."""
    head, rest = re.fullmatch(r"(\[[^\]]+\]|[0-9])(.*)", pattern, re.DOTALL).groups()  # type: ignore[union-attr]
    count = re.match(r"\{(\d+)(?:,(\d+))?\}", rest)
    if count is None:
        return f"{head}{rule}{rest}"
    fewest, most = int(count[1]) - 1, int(count[2] or count[1]) - 1
    return f"{head}{rule}{head}{{{fewest},{most}}}{rest[count.end() :]}"


def _letters(pattern: str) -> str:
    """A pattern that begins or ends with a letter; it begins with a class of characters."""
    return f"{_begun(pattern, _NO_LETTER_BEFORE)}{_NO_LETTER_AFTER}"


@dataclass(frozen=True)
class _Number:
    """One kind of number. ``certain``: no word before it makes it something else. ``rare``: hardly any other number
    passes, so that lower-case letters may touch it."""

    placeholder: str
    pattern: re.Pattern[str]
    is_valid: Callable[[str], bool] | None
    certain: bool
    rare: bool


def _number(
    placeholder: str,
    pattern: str,
    is_valid: Callable[[str], object] | None = None,
    *,
    certain: bool = False,
    rare: bool = False,
    cased: bool = False,
) -> _Number:
    flags = re.ASCII if cased else re.ASCII | re.IGNORECASE
    check = None if is_valid is None else (lambda written: bool(is_valid(written)))
    return _Number(placeholder, re.compile(pattern, flags), check, certain, rare)


def _form(placeholder: str, pattern: str, is_valid: Callable[[str], object] | None = None) -> _Number:
    return _number(placeholder, pattern, is_valid, certain=True)


def _compact(written: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", written).upper()


def _passes_luhn(written: str) -> bool:
    return bool(luhn.is_valid(_compact(written)))


def _is_clabe(written: str) -> bool:
    digits = [int(digit) for digit in _compact(written)]
    return digits[17] == -sum(digit * (3, 7, 1)[place % 3] % 10 for place, digit in enumerate(digits[:17])) % 10


def _is_kuwaiti(written: str) -> bool:
    digits = [int(digit) for digit in _compact(written)]
    weights = (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits[11] == 11 - sum(map(lambda digit, weight: digit * weight, digits[:11], weights)) % 11


def _is_egyptian(written: str) -> bool:
    number = _compact(written)
    return _is_date(f"{'19' if number[0] == '2' else '20'}{number[1:7]}")


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _is_singaporean(written: str) -> bool:
    number = _compact(written)
    weighted = sum(int(digit) * weight for digit, weight in zip(number[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    kind = number[0]
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}[kind]
    place = (weighted + {"S": 0, "T": 4, "F": 0, "G": 4, "M": 3}[kind]) % 11
    return letters[10 - place if kind == "M" else place] == number[8]


def _is_rfc(written: str) -> bool:
    number = _compact(written)
    if not rfc.is_valid(number):
        return False
    # Three letters and nine digits may be any ticket.
    return len(number) == 13 or (not number[9:].isdigit() and bool(rfc.is_valid(number, validate_check_digits=True)))


def _is_vat(written: str) -> bool:
    return bool(vat.is_valid(written) or (written[:2].upper() == "GB" and gb_vat.is_valid(written)))


def _is_ssn(written: str) -> bool:
    dashed = written.replace(" ", "-")
    return bool(ssn.is_valid(dashed) or itin.is_valid(dashed))


#: Digits in a form that nothing else has.
_FORMS = (
    _form(PERSON, _begun(r"784[ .\-/]{1,2}[0-9]{4}[ .\-/]{1,2}[0-9]{7}[ .\-/]{1,2}[0-9](?![0-9])")),
    _form(PERSON, r"(?<![0-9])784(?:19|20)[0-9]{10}(?![0-9])", _passes_luhn),
    _form(PERSON, _begun(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}(?![0-9])")),  # CPF
    _form(TAX, _begun(r"[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}(?![0-9])")),  # CNPJ
    _form(PERSON, _begun(r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9K](?![0-9A-Z])")),  # RUT, CI
    _form(PERSON, _begun(r"[0-9]{5}-[0-9]{7}-[0-9](?![0-9\-])")),  # Pakistan's CNIC
    _form(PERSON, _begun(r"[0-9]{6}-[0-9]{2}-[0-9]{4}(?![0-9\-])"), nric.is_valid),
    _form(PERSON, _begun(r"[0-9]{6}-[1-8][0-9]{6}(?![0-9\-])"), rrn.is_valid),
    _form(PERSON, _begun(r"[0-9]{3}-[0-9]{7}-[0-9](?![0-9\-])"), cedula.is_valid),
    _form(PERSON, _begun(r"[0-9]-[0-9]{4}-[0-9]{5}-[0-9]{2}-[0-9](?![0-9\-])")),  # Thailand
    _form(PERSON, _begun(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}(?![0-9])")),  # Belgium
    _form(PERSON, _digits("[7]56", "4", "4", "2"), ahv.is_valid),
    _form(ACCOUNT, _digits("8", "14"), cbu.is_valid),
    _form(ACCOUNT, _digits("3", "4", "1", "13", "1"), cbu.is_valid),
    _form(SSN, r"(?<![0-9])(?<![\w\-])[0-9]{3}([ \-])[0-9]{2}\1[0-9]{4}(?![\w\-])", _is_ssn),
)
#: Letters and digits.
_LETTERED = (
    _number(
        PERSON, _letters(r"[A-Z]{4}[0-9]{2}" + _MONTH_AND_DAY + r"[HMX][A-Z]{5}[A-Z0-9][0-9]"), certain=True
    ),  # CURP
    _number(PERSON, _letters(r"[A-Z]{6}[0-9]{8}[HM][0-9]{3}"), certain=True),  # clave de elector
    _number(
        PERSON,
        _letters(
            r"[A-Z]{3} ?[A-Z]{3} ?(?:[0-9][0-9LMNP-V]|[LMNP-V][0-9])[ABCDEHLMPRST][0-9LMNP-V]{2} ?[A-Z][0-9LMNP-V]{3}[A-Z]"
        ),
        codicefiscale.is_valid,
        certain=True,
    ),
    _number(PERSON, _letters(r"[0-9]{6}[\-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y]"), hetu.is_valid, rare=True),
    _number(
        PERSON, r"(?<![A-Z0-9])[VEJ]-[0-9]{1,2}\.?[0-9]{3}\.?[0-9]{3}(?:-[0-9])?(?![0-9])", certain=True
    ),  # Venezuela
    _number(
        PERSON, _letters(r"[A-Z]{1,2}[0-9]{6} ?\([0-9A]\)").replace(_NO_LETTER_AFTER, ""), certain=True
    ),  # Hong Kong
    _number(
        PERSON, r"(?<![A-Z0-9<])(?=[A-Z0-9<]{0,40}<<)[A-Z0-9<]{25,44}(?![A-Z0-9<])", cased=True, certain=True
    ),  # passport's lines
    _number(TAX, _letters(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]"), gstin.is_valid, rare=True),
    _number(TAX, _letters(r"[A-Z]{3}[ABCFGHLJPTK][A-Z][ \-]?[0-9]{4}[ \-]?[A-Z]"), pan.is_valid, rare=True),
    _number(
        TAX, _letters(r"[A-Z&]{3,4}[ \-]?[0-9]{2}" + _MONTH_AND_DAY + r"[ \-]?[A-Z0-9]{2}[0-9A]"), _is_rfc, rare=True
    ),
    _number(
        PERSON,
        _begun(r"[0-9]{2}[. ]?[0-9]{3}[. ]?[0-9]{3}-?[A-Z]") + _NO_LETTER_AFTER,
        lambda w: dni.is_valid(_compact(w)),
    ),
    _number(
        PERSON,
        _begun(r"[0-9]{2}[. ]?[0-9]{3}[. ]?[0-9]{3} -?[A-Z]") + _NO_LETTER_AFTER,
        lambda w: dni.is_valid(_compact(w)),
        cased=True,
    ),
    _number(
        PERSON,
        _letters(r"[XYZ][ .\-]?[0-9](?:[. ]?[0-9]{3}){2}[ \-]?[A-Z]"),
        lambda w: nie.is_valid(_compact(w)),
        rare=True,
    ),
    _number(
        PERSON,
        _letters(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?<!BG|GB|KN|NK|NT|TN|ZZ)(?:[ \-]?[0-9]{2}){3}[ \-]?[A-D]"),
    ),
    _number(
        PERSON, _letters(r"[A-Z]{2,5}9{0,3}[0-9]{6}[A-Z9]{2}[0-9][A-Z]{2}"), rare=True
    ),  # a British driving licence
    _number(PERSON, _letters(r"[0-9]{7}[A-W][A-IW]?"), pps.is_valid, cased=True),
    _number(PERSON, _letters(r"[STFGM][0-9]{7}[A-Z]"), _is_singaporean),
    _number(PERSON, _letters(r"[1-9][A-Z][A-Z0-9][0-9]-?[A-Z][A-Z0-9][0-9]-?[A-Z]{2}[0-9]{2}"), rare=True),  # Medicare
    _number(
        TAX,
        r"(?<![A-Z0-9])(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)"
        r"(?:[ .\-]?[0-9A-Z]){8,12}(?![0-9A-Z])",
        _is_vat,
        rare=True,
        cased=True,
    ),
)
#: Digits alone, in groups or not.
_PLAIN = (
    _number(ACCOUNT, _digits("4", "4", "2", "10"), ccc.is_valid),
    _number(ACCOUNT, _digits("3", "3", "11", "1"), _is_clabe),
    _number(PERSON, _digits("6", "8", "3", "[0-9X]"), lambda w: ric.is_valid(_compact(w)), rare=True),
    _number(PERSON, _digits("[1-478]", "2", "2", "[0-9][0-9AB]", "3", "3", "2"), nir.is_valid, rare=True),
    _number(PERSON, _digits("[23]", "6", "(?:0[1-4]|1[1-9]|2[1-9]|3[1-5]|88)", "5"), _is_egyptian, rare=True),
    _number(TAX, _digits("2", "3", "3", "4", "2"), cnpj.is_valid, rare=True),
    _number(
        PERSON,
        _digits("1", "6", "4", "2"),
        lambda w: cnp.is_valid(_compact(w)) or emso.is_valid(_compact(w)),
        rare=True,
    ),
    _number(PERSON, _digits("6", "4", "2", "1"), lambda w: za_idnr.is_valid(_compact(w)), rare=True),
    _number(PERSON, _digits("[2-9][0-9]{3}", "4", "4"), lambda w: aadhaar.is_valid(_compact(w))),
    _number(PERSON, _digits("[23]", "2", _MONTH_AND_DAY, "5"), _is_kuwaiti, rare=True),
    _number(PERSON, _digits("3", "3", "3", "2"), lambda w: cpf.is_valid(_compact(w)), rare=True),
    _number(TAX, _digits("[23][03-7]", "8", "1"), cuit.is_valid, rare=True),
    _number(TAX, _digits("[12][057]", "8", "1"), ruc.is_valid, rare=True),
    _number(TAX, _digits("2", "3", "3", "3"), lambda w: idnr.is_valid(_compact(w)), rare=True),
    _number(
        PERSON,
        _digits("11"),
        lambda w: tckimlik.is_valid(w) or pesel.is_valid(w) or ik.is_valid(w) or amka.is_valid(w),
        rare=True,
    ),
    _number(
        PERSON,
        _digits("6", "3", "2"),
        lambda w: fodselsnummer.is_valid(_compact(w)) or nn.is_valid(_compact(w)),
        rare=True,
    ),
    _number(PERSON, _begun(r"[0-9]{6,8}[\-+][0-9]{4}(?![0-9\-])"), personnummer.is_valid, rare=True),
    _number(PERSON, _begun(r"[0-9]{6}/[0-9]{3,4}(?![0-9/])"), rc.is_valid, rare=True),
    _number(
        PERSON, _begun(r"[12](?:(?<=1)[0-39]|(?<=2)[0-9])[0-9]{8}") + _ENDS, _passes_luhn
    ),  # Saudi; 14… to 18… are epochs
    _number(PERSON, _begun(r"[0-9]{1,2}\.?[0-9]{3}\.?[0-9]{3}-[0-9K](?![0-9A-Z\-])"), rut.is_valid),
    _number(PERSON, _begun(r"[0-9]{3}([ \-])[0-9]{3}\1[0-9]{3}(?![0-9])(?![ \-][0-9])"), sin.is_valid),
)


#: What an identifier that begins with a letter may be glued to: "panABCDE1234F".
_GLUED = re.compile(
    r"(?<![A-Za-z0-9])(?:id|is|no|es|nr|num|pan|rfc|curp|nie|dni|nif|nino|card|cf|numero|number|passport)(?=[A-Z0-9]{5})",
    re.IGNORECASE,
)
#: Hardly any text without such an identifier holds a letter beside a digit.
_MIXED = re.compile(r"[A-Za-z][.\-&]?[0-9]|[0-9][.\-<]?[A-Za-z<]|[A-Z] [0-9]|[0-9] [A-Z(]|[0-9]\(")


def formed_numbers(text: str) -> Iterator[tuple[str, Span]]:
    """(placeholder, span) of each number in a form of its own."""
    return _found(_FORMS, text)


def lettered_numbers(text: str) -> Iterator[tuple[str, Span]]:
    """(placeholder, span) of each identifier of letters and digits."""
    if _MIXED.search(text):
        yield from _found(_LETTERED, text)
        apart = _GLUED.sub(lambda match: MASK * len(match.group()), text)
        if apart != text:
            yield from _found(_LETTERED, apart)


def plain_numbers(text: str) -> Iterator[tuple[str, Span]]:
    """(placeholder, span) of each number of digits alone that passes a check and is not named as something else."""
    return _found(_PLAIN, text)


def _found(kinds: tuple[_Number, ...], text: str) -> Iterator[tuple[str, Span]]:
    for kind in kinds:
        for match in kind.pattern.finditer(text):
            start, end = match.span()
            if (kind.is_valid is None or kind.is_valid(match.group())) and (
                kind.certain
                or not (
                    is_reference(text, start)
                    or is_glued(text, start, only_codes=kind.rare)
                    or is_money(text, start, end)
                )
            ):
                yield kind.placeholder, (start, end)

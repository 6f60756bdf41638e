"""Digits spelled out in English, Spanish and Portuguese, mixed with figures as recognisers write them."""

import re
from collections.abc import Iterator

from pipelines.privacy.redaction.plain_text import Span, spans
from pipelines.privacy.redaction.references import is_reference

_SINGLES = (
    "zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|"
    "cero|uno|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|"
    "um|uma|dois|duas|quatro|meia|sete|oito|nove"
)
_REPEATS = {
    "double": 2, "doble": 2, "dobro": 2, "duplo": 2, "dupla": 2, "triple": 3, "triplo": 3, "tripla": 3,
}  # fmt: skip
_TENS = (
    "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
    "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    "diez|once|doce|trece|catorce|quince|dieciseis|diecisiete|dieciocho|diecinueve|veinte|veintiuno|veintidos|veintitres|"
    "veinticuatro|veinticinco|veintiseis|veintisiete|veintiocho|veintinueve|"
    "treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|"
    "dez|onze|doze|treze|quatorze|quinze|dezesseis|dezasseis|dezessete|dezassete|dezoito|dezenove|dezanove|vinte|trinta|"
    "quarenta|cinquenta|oitenta"
)
#: Tens that a digit follows to make one number: "treinta y cuatro", "twenty-one".
_OPEN_TENS = frozenset(
    [
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "treinta",
        "cuarenta",
        "cincuenta",
        "sesenta",
        "setenta",
        "ochenta",
        "noventa",
        "vinte",
        "trinta",
        "quarenta",
        "cinquenta",
        "oitenta",
    ]
)
_AND = frozenset(("y", "e", "and"))
DIGIT_WORDS = "|".join((_SINGLES, *_REPEATS, _TENS))
JOINERS = "dash|hyphen|and|y|e|guion|hifen|traco|space|espacio|espaco|then|luego|depois"

_SINGLE_WORDS = frozenset(_SINGLES.split("|"))
_TEN_WORDS = frozenset(_TENS.split("|"))
_GAP = r"[ \n\r,.;:\-]{1,4}"
_WORD_TOKEN = rf"(?:{DIGIT_WORDS})(?![\w])"
_TOKEN = rf"(?:{_WORD_TOKEN}|[0-9]{{1,4}}(?![\w]))"
_NEXT = rf"(?:{_GAP}(?:(?:{JOINERS})[ ,]{{1,2}})?{_TOKEN})"
_START = rf"(?:{_WORD_TOKEN}|[0-9](?![\w]))"
_SPOKEN = re.compile(rf"(?<![\w]){_START}{_NEXT}{{3,}}", re.IGNORECASE | re.ASCII)
_FEW_SPOKEN = re.compile(rf"{_START}{_NEXT}+", re.IGNORECASE | re.ASCII)
_FIGURES = re.compile(rf"(?<![\w])[0-9](?![\w])(?:{_GAP}[0-9](?![\w])){{9,}}", re.ASCII)
_WORD = re.compile(r"[a-z]+|[0-9]+")

_ALL = _SINGLE_WORDS | _TEN_WORDS | frozenset(_REPEATS)
_SHORTEST = 7
_FEWEST_WORDS = 4


def spoken_numbers(text: str) -> Iterator[Span]:
    """Seven or more digits in a row, three of them words, or ten single figures."""
    if not has_spoken(text):
        return
    for match in _SPOKEN.finditer(text):
        digits, singles = _count(match.group())
        if digits >= _SHORTEST and singles >= 3 and not is_reference(text, match.start()):
            yield match.span()
    yield from spans(_FIGURES, text)


def has_spoken(text: str) -> bool:
    """Whether there are words enough for a number."""
    words: list[str] = _WORD.findall(text.lower())
    return sum(word in _ALL or word[0] <= "9" for word in words) >= _FEWEST_WORDS


def spoken_end(text: str, start: int, fewest: int, most: int) -> int | None:
    """Where the digits spelled out from ``start`` on end, if there are so many of them and one is a word."""
    match = _FEW_SPOKEN.match(text, start)
    if match is None:
        return None
    digits, singles = _count(match.group())
    return match.end() if singles and fewest <= digits <= most else None


def _count(run: str) -> tuple[int, int]:
    """Digits of a run, and how many of them are said as words of one digit."""
    digits = singles = 0
    after_ten = False
    repeat = 1
    for word in _WORD.findall(run.lower()):
        if word in _AND:
            continue  # "treinta y cuatro" is one number
        if word[0].isdigit():
            digits += len(word) * repeat
        elif word in _SINGLE_WORDS and not after_ten:
            digits += repeat
            singles += repeat
        elif word in _TEN_WORDS:
            digits += 2
        after_ten = word in _OPEN_TENS
        repeat = _REPEATS.get(word, 1)
    return digits, singles

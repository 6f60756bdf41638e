"""One way to write each character, and the places in a text that are found or set aside.

Detectors read the plain text: ASCII digits, blanks, dashes and letters without accents, case kept, nothing invisible.
Nothing here knows what an identifier looks like.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

Span = tuple[int, int]

#: Stands where something was found or set aside: no letter, no digit, no blank.
MASK = "\0"

#: Invisible characters, and accents that stand as characters of their own: both may stand anywhere inside a value.
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
ACCENTS = "".join(map(chr, range(0x300, 0x370)))
_DROPPED = frozenset(INVISIBLE + ACCENTS)
_DROP = dict.fromkeys(map(ord, _DROPPED))

#: Marks of other widths and forms. The apostrophe is left out of :data:`OTHER_FORMS`: it is found nowhere by itself.
OTHER_FORMS = "＠﹫．。＋（）：＿"
_OTHERS = dict(zip(OTHER_FORMS, "@@..+():_", strict=True)) | {"’": "'"}


def _plain(character: str) -> str | None:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Zs" or character == "\t":
        return " "
    if category == "Pd" or character == "\u2212":
        return "-"
    decomposed = unicodedata.normalize("NFD", character)
    letter, marks = decomposed[0], decomposed[1:]
    if marks and letter.isascii() and letter.isalpha() and all(unicodedata.combining(mark) for mark in marks):
        return letter
    return _OTHERS.get(character)


class _Plain(dict[int, str]):
    """Each character's plain form, from when it is first met: a table of all would cost every command half a second."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _plain(chr(code)) or chr(code)
        return plain


_PLAIN = _Plain()


def plain_text(text: str) -> tuple[str, list[int] | None]:
    """The plain text, and for each of its characters its place in ``text`` (None: the same)."""
    if text.isascii():
        return text.replace("\t", " ").replace(MASK, " "), None
    plain = text.translate(_PLAIN).replace(MASK, " ")
    visible = plain.translate(_DROP)
    if len(visible) == len(plain):
        return plain, None
    return visible, [place for place, character in enumerate(plain) if character not in _DROPPED]


def spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """Where ``pattern`` matches."""
    return (match.span() for match in pattern.finditer(text))


def apart(found: Iterable[Span]) -> list[Span]:
    """Spans in order; of two that overlap, the one that starts first."""
    kept: list[Span] = []
    for span in sorted(found):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def masked(text: str, found: Iterable[Span]) -> str:
    """``text`` of the same length, without what is found."""
    parts: list[str] = []
    done = 0
    for start, end in apart(found):
        parts += [text[done:start], MASK * (end - start)]
        done = end
    return "".join([*parts, text[done:]]) if parts else text

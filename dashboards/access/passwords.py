"""Which passwords are refused: too short, one of those that everybody tries first, or one that holds the user's name.

A password is compared without regard to capitals, accents, blanks and punctuation, also with the digits that stand for
letters read as letters. It is common if it consists of nothing but the words in ``common_passwords.txt`` and digits, so
that ``Welcome-2026!!`` is refused and four words that do not belong together are not.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from dashboards.access.names import canonical

MINIMUM_CHARACTERS, MAXIMUM_CHARACTERS = 12, 1024
_FEWEST_DIFFERENT = 5
#: A password that repeats a piece of so few characters is only as long as that piece.
_LONGEST_REPEATED = 6
#: A name of fewer characters stands in too many words; of a part of a name (anna.berger@…) more are needed.
_SHORTEST_NAME, _SHORTEST_PART = 3, 4
_REMEDY = "choose another, such as four words that do not belong together"

#: Digits and signs that stand for letters; a one is read as either of two.
_AS_LETTERS = tuple(str.maketrans("@$!01345789", f"asio{one}eastbg") for one in "il")
#: What the digits are with the shift key held.
_UNSHIFTED = str.maketrans("!@#$%^&*()", "1234567890")


def fault_of(password: str, name: str) -> str | None:
    """Why ``password`` cannot be that of ``name``, and what to do, as the rest of a sentence; None: it can."""
    length = len(password)
    if not MINIMUM_CHARACTERS <= length <= MAXIMUM_CHARACTERS:
        return f"the password has {length} characters; choose one of {MINIMUM_CHARACTERS} to {MAXIMUM_CHARACTERS:,}"
    plain = _without_marks(password)
    bare = _bare(plain)
    readings = {bare, *(_bare(plain.translate(table)) for table in _AS_LETTERS)}
    if any(part in reading for reading in readings for part in _parts(name)):
        return f"the password holds the user's name; {_REMEDY}"
    if len(set(plain)) < _FEWEST_DIFFERENT or _repeats(plain) or _repeats(bare):
        return f"the password repeats a few characters; {_REMEDY}"
    if any(_is_common(reading) for reading in (plain, bare, plain.translate(_UNSHIFTED))):
        return f"the password is one of those that are tried first; {_REMEDY}"
    return None


def _parts(name: str) -> Iterator[str]:
    """What of a name must not stand in the password, forwards or backwards."""
    known = _without_marks(canonical(name))
    parts = [part for part in re.split(r"[\W_]+", known) if len(part) >= _SHORTEST_PART]
    whole = _bare(known)
    for part in (*parts, *([whole] if len(whole) >= _SHORTEST_NAME else [])):
        yield part
        yield part[::-1]


def _without_marks(text: str) -> str:
    """Lower case, one spelling, no accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def _bare(text: str) -> str:
    """Letters and digits alone."""
    return "".join(character for character in text if character.isalnum())


def _repeats(text: str) -> bool:
    return any(
        bool(text) and text == (text[:size] * (len(text) // size + 1))[: len(text)]
        for size in range(1, _LONGEST_REPEATED + 1)
    )


def _is_common(text: str) -> bool:
    """Whether ``text`` can be cut into common words, digits and punctuation; linear in its length."""
    words, lengths = _common_words()
    spellings = (text, *(text.translate(table) for table in _AS_LETTERS))
    reached = [True] + [False] * len(text)
    for start in range(len(text)):
        if not reached[start]:
            continue
        if text[start].isdigit() or not text[start].isalnum():
            reached[start + 1] = True
        for end in (start + length for length in lengths if start + length <= len(text)):
            if any(spelling[start:end] in words for spelling in spellings):
                reached[end] = True
    return reached[-1]


@cache
def _common_words() -> tuple[frozenset[str], tuple[int, ...]]:
    """The words of the list, and the lengths that occur."""
    text = files("dashboards.access").joinpath("common_passwords.txt").read_text("utf-8")
    words = frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
    return words, tuple(sorted({len(word) for word in words}))

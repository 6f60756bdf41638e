"""Fixed phrases sought in a text word by word, which costs the same for ten phrases and for five hundred."""

import re
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[a-z]+")


def pattern_of(phrase: str) -> str:
    """The phrase with one or two blanks, dashes or underscores for a blank, and apostrophes that may be missing."""
    return re.escape(phrase).replace(r"\ ", r"[ _\-]{1,2}").replace("'", "'?")


class Phrases:
    """Phrases in lower case without accents; a match is never a part of a longer word."""

    def __init__(self, phrases: Iterable[str]) -> None:
        by_first: dict[str, list[str]] = {}
        for phrase in phrases:
            by_first.setdefault(_WORD.match(phrase).group(), []).append(phrase)  # type: ignore[union-attr]
        self._patterns = {
            first: re.compile(rf"(?:{'|'.join(map(pattern_of, sorted(of_it, key=len, reverse=True)))})(?![a-z])")
            for first, of_it in by_first.items()
        }

    def finditer(self, low: str) -> Iterator[re.Match[str]]:
        """At each word the longest phrase that begins there; they may overlap."""
        if self._patterns.keys().isdisjoint(_WORD.findall(low)):
            return
        for word in _WORD.finditer(low):
            pattern = self._patterns.get(word.group())
            if pattern is not None and (match := pattern.match(low, word.start())):
                yield match

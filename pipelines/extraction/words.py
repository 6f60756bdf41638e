"""A text → sentences of plain words that remember where they stood.

Plain: lower case, accents and apostrophes of one kind, contractions written out, sums of money put together into one
word. A sentence keeps its words in one string, each followed by a blank, so that templates are regular expressions over
words; ``starts`` and ``ends`` lead back to the text as it was written. Time is in proportion to the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

MONEY = "<money>"
ASIDE = "<aside>"

_TOKEN = re.compile(
    r"\[[A-Za-z ]{2,14}\]"  # a placeholder of the redaction: [phone]
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])"
    r"|[0-9]+(?:[.,][0-9]+)*"
    r"|(?<![A-Za-z])[A-Z]{1,2}\$"  # which dollar: US$, A$
    r"|[^\W\d_](?:[^\W\d_]|[\u0300-\u036f]|['’ʼ`´](?=[^\W\d_]))*"
    r"|[.!?…]+"
    r"|[^\w\s]|\n"
)
_APOSTROPHES = str.maketrans("’ʼ`´", "''''")
_ENDS = frozenset(".!?…")
_PAUSES = frozenset(',;:–—()"-¿¡')


@dataclass(frozen=True)
class Sum:
    """An amount of money that is named in a text; ``currency`` null where the text does not say which dollars."""

    amount: float
    currency: str | None
    symbol: str | None


@dataclass
class Sentence:
    """Words of one sentence.

    Attributes:
        words: plain words. ``starts`` and ``ends``: their places in the text. ``pauses``: whether a comma or the like
            stands before the word.
        asks: it ends with a question mark.
        sums: index of a word → the money that it stands for.
    """

    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    pauses: list[bool] = field(default_factory=list)
    asks: bool = False
    sums: dict[int, Sum] = field(default_factory=dict)
    line: str = ""
    offsets: list[int] = field(default_factory=list)

    def append(self, word: str, start: int, end: int, *, pause: bool) -> None:
        self.words.append(word)
        self.starts.append(start)
        self.ends.append(end)
        self.pauses.append(pause)

    def seal(self) -> None:
        """Write the line: a blank, then every word with a blank behind it."""
        self.offsets = list(accumulate((len(word) + 1 for word in self.words), initial=1))
        self.line = f" {' '.join(self.words)} " if self.words else " "

    def index(self, offset: int) -> int:
        """Index of the word that begins at ``offset`` of the line."""
        return self.line.count(" ", 0, offset) - 1


def plain(word: str) -> str:
    """Lower case, without accents, apostrophes of one kind."""
    if word.isascii():
        return word.lower().replace("`", "'")
    decomposed = unicodedata.normalize("NFKD", word.translate(_APOSTROPHES))
    return "".join(character for character in decomposed if unicodedata.category(character) != "Mn").lower()


def plain_words(entry: str) -> list[str]:
    """The plain words of an entry of a pattern file."""
    if entry in {MONEY, ASIDE}:
        return [entry]
    return [plain(token) for token in _TOKEN.findall(entry) if _is_word(token)]


def _is_word(token: str) -> bool:
    first = token[0]
    return first == "[" or first.isalnum() or first == "%" or unicodedata.category(first) == "Sc"


#: A sentence is cut after so many words: nobody means more by one, and a hostile text costs time in proportion to its length.
_LONGEST_SENTENCE = 200

#: So many different tokens are remembered; then the memory starts anew.
_MOST_REMEMBERED = 50_000


@dataclass(frozen=True)
class Spelling:
    """Contractions: whole words, endings that begin with an apostrophe; and abbreviations with a full stop."""

    whole: Mapping[str, list[str]]
    endings: tuple[tuple[str, list[str]], ...]
    abbreviations: frozenset[str]
    remembered: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    def written_out(self, word: str) -> list[str]:
        """A plain word without its contraction."""
        found = self.whole.get(word)
        if found is not None:
            return found
        if "'" in word:
            for ending, words in self.endings:
                if word.endswith(ending) and len(word) > len(ending):
                    return [word[: -len(ending)], *words]
        return [word]

    def words(self, token: str) -> tuple[str, ...]:
        """The plain words of a token, none if it is a mark."""
        words = self.remembered.get(token)
        if words is None:
            if len(self.remembered) >= _MOST_REMEMBERED:
                self.remembered.clear()
            # A letter may fall apart into several words (NFKD).
            words = (
                tuple(part for word in self.written_out(plain(token)) for part in word.split())
                if _is_word(token)
                else ()
            )
            if len(token) < 40:
                self.remembered[token] = words
        return words


def sentences(text: str, spelling: Spelling, first: int = 0, last: int | None = None) -> Iterator[Sentence]:
    """The sentences of ``text[first:last]``, in order, not sealed yet."""
    sentence = Sentence()
    pause = False
    known = spelling.remembered
    for match in _TOKEN.finditer(text, first, len(text) if last is None else last):
        token = match.group()
        words = known.get(token)
        if words is None:
            words = spelling.words(token)
        if words:
            start, end = match.span()
            count = len(words)
            sentence.words += words
            sentence.starts += (start,) * count
            sentence.ends += (end,) * count
            sentence.pauses += (pause, *((False,) * (count - 1)))
            pause = False
            if len(sentence.words) >= _LONGEST_SENTENCE:
                yield sentence
                sentence = Sentence()
            continue
        mark = token[0]
        if mark in _ENDS:
            if not _ends_sentence(token, match, text, sentence, spelling):
                pause = pause or len(token) > 1 or mark == "…"
                continue
            if sentence.words:
                sentence.asks = "?" in token
                yield sentence
                sentence = Sentence()
            pause = False
        elif mark == "\n" or (mark in _PAUSES and not (mark == "-" and _inside_word(match, text))):
            pause = True
    if sentence.words:
        yield sentence


def _inside_word(match: re.Match[str], text: str) -> bool:
    start, end = match.span()
    return start > 0 and end < len(text) and text[start - 1].isalnum() and text[end].isalnum()


def _ends_sentence(token: str, match: re.Match[str], text: str, sentence: Sentence, spelling: Spelling) -> bool:
    if "?" in token or "!" in token:
        return True
    if len(token) > 1 or token == "…":  # noqa: S105  (no secret: a pause)
        return False
    after = text[match.end() : match.end() + 1]
    before = sentence.words[-1] if sentence.words and sentence.ends[-1] == match.start() else ""
    if before in spelling.abbreviations:
        return False
    # "a.m." and "U.S." are no ends, "soon.I" is one.
    return not (len(before) == 1 and before.isalpha() and before != "i" and (after.isalpha() or after == ","))

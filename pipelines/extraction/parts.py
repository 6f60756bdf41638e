"""A text in parts, each of whole sentences; a part is read when it is needed, so that most of a text never is."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from pipelines.extraction.words import Sentence, Spelling, sentences

Place = tuple[int, int]
"""Number of the part, and of the sentence in it."""


class Parts:
    """``texts``: the parts; joined they are the text. ``wanted``: those in which something may be found."""

    def __init__(self, texts: Sequence[str], wanted: Sequence[int], spelling: Spelling) -> None:
        self.text = "".join(texts)
        self.wanted = wanted
        self._bounds = list(accumulate(map(len, texts), initial=0))
        self._spelling = spelling
        self._read: dict[int, list[Sentence]] = {}

    def sentences_of(self, part: int) -> list[Sentence]:
        """The sentences of a part, not sealed yet."""
        if part not in self._read:
            first, last = self._bounds[part], self._bounds[part + 1]
            self._read[part] = list(sentences(self.text, self._spelling, first, last))
        return self._read[part]

    def wanted_sentences(self) -> Iterator[tuple[Place, Sentence]]:
        """Place and sentence of the wanted parts, in order."""
        for part in self.wanted:
            for number, sentence in enumerate(self.sentences_of(part)):
                yield (part, number), sentence

    def everything(self) -> Iterator[Sentence]:
        """All sentences."""
        for part in range(len(self._bounds) - 1):
            yield from self.sentences_of(part)

    def before(self, place: Place) -> tuple[Place, Sentence] | None:
        """The sentence before, and its place."""
        part, number = place
        while number == 0:
            if part == 0:
                return None
            part -= 1
            number = len(self.sentences_of(part))
        return (part, number - 1), self.sentences_of(part)[number - 1]

    def after(self, place: Place) -> tuple[Place, Sentence] | None:
        """The sentence behind, and its place."""
        part, number = place[0], place[1] + 1
        while number == len(self.sentences_of(part)):
            if part + 2 == len(self._bounds):
                return None
            part, number = part + 1, 0
        return (part, number), self.sentences_of(part)[number]

"""One finding, and the part of the text that shows it."""

from dataclasses import dataclass

from pipelines.extraction.clauses import Clause
from pipelines.extraction.due_dates import DueTime
from pipelines.extraction.languages import LanguageReader
from pipelines.extraction.words import Sentence, Sum

_LONGEST_QUOTE = 300


@dataclass(frozen=True)
class Find:
    """One finding; ``first`` is its place in the text. ``points``: it has no sum and says "it" of one named before."""

    topic: str
    first: int
    quote: str
    kind: str | None = None
    sum: Sum | None = None
    due: DueTime | None = None
    is_done: bool | None = None
    points: bool = False


def quote(text: str, sentence: Sentence, clause: Clause, offset: int, reader: LanguageReader) -> str:
    """The clause as it was written, without the "and" behind it; of a long one 300 characters from ``offset`` of the line on."""
    first, last = sentence.index(clause.first), sentence.index(clause.last)
    if last - first > 1 and sentence.words[last - 1] in reader.conjunctions:
        last -= 1
    start, end = sentence.starts[first], sentence.ends[last - 1]
    if end - start > _LONGEST_QUOTE:
        start = sentence.starts[sentence.index(offset)]
    return text[start : min(end, start + _LONGEST_QUOTE)]

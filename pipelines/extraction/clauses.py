"""Clauses of a sentence, and whether what stands in one is denied, guessed, asked, reported or hangs on a condition.

A clause begins behind a comma or a conjunction, if a subject follows ("and I", ", we"), and at a subject that nothing
joins to what went before, so that transcripts without punctuation fall apart in the same places.
"""

from dataclasses import dataclass

from pipelines.extraction.languages import LanguageReader
from pipelines.extraction.words import ASIDE, Sentence

#: So many words back a condition, a question or a report still reaches.
_REACH = 30


@dataclass(frozen=True)
class Clause:
    """Offsets in the line of its sentence. ``apart``: a comma or a conjunction sets it off from the clause before."""

    first: int
    last: int
    apart: bool


def ready(sentence: Sentence, reader: LanguageReader) -> Sentence:
    """The sentence sealed: sums put together, fillers left out, look-alikes set aside. It may have no words left."""
    return _without(reader.money.put_together(sentence), reader)


def _without(sentence: Sentence, reader: LanguageReader) -> Sentence:
    if not reader.rewritten.search(sentence.line):
        return sentence
    dropped: set[int] = set()
    asides: dict[int, str] = {}
    for match in reader.ignored.finditer(sentence.line):
        dropped |= set(range(sentence.index(match.start()), sentence.index(match.end())))
    for pattern, words in ((reader.set_aside, {}), (reader.read_as, reader.read_as_words)):
        for match in pattern.finditer(sentence.line):
            first, last = sentence.index(match.start()), sentence.index(match.end())
            asides[first] = words.get(match.group().strip(), ASIDE)
            dropped |= set(range(first + 1, last))
    if not dropped and not asides:
        return sentence
    short = Sentence(asks=sentence.asks)
    pause = False
    for place, word in enumerate(sentence.words):
        pause = pause or sentence.pauses[place]
        if place in dropped and place not in asides:
            continue
        if place in sentence.sums:
            short.sums[len(short.words)] = sentence.sums[place]
        written = asides.get(place, word)
        short.append(written, sentence.starts[place], sentence.ends[place], pause=pause)
        pause = False
    short.seal()
    return short


def clauses_of(sentence: Sentence, reader: LanguageReader) -> list[Clause]:
    """The clauses, in order; together they are the sentence."""
    line, words, offsets = sentence.line, sentence.words, sentence.offsets
    found: list[Clause] = []
    first, apart = 0, True
    for place in range(1, len(words)):
        before, offset = words[place - 1], offsets[place]
        apart_here = sentence.pauses[place] or before in reader.conjunctions
        if sentence.pauses[place]:
            opens = reader.after_comma.match(line, offset)
        elif before in reader.conjunctions:
            opens = reader.subjects.match(line, offset)
        else:
            opens = None if before in reader.joins else reader.anywhere.match(line, offset)
        if not opens:
            continue
        if before in reader.conjunctions and place == 1:
            continue  # a sentence that begins with "and"
        found.append(Clause(offsets[first], offsets[place], apart))
        first, apart = place, apart_here
    found.append(Clause(offsets[first], offsets[len(words)], apart))
    return found


def set_apart(clauses: list[Clause]) -> list[Clause]:
    """The clauses, those together that no comma and no conjunction parts: "the third time I say it"."""
    joined: list[Clause] = []
    for clause in clauses:
        if joined and not clause.apart:
            joined[-1] = Clause(joined[-1].first, clause.last, joined[-1].apart)
        else:
            joined.append(clause)
    return joined


@dataclass(frozen=True)
class Span:
    """Where a template fits: index of the clause, offsets in the line."""

    clause: int
    first: int
    last: int


def is_sound(sentence: Sentence, clauses: list[Clause], span: Span, reader: LanguageReader, *, done: bool) -> bool:
    """Whether the promise that a template found there is meant as one."""
    line, clause = sentence.line, clauses[span.clause]
    # The words of the promise itself are looked through, too: "we will not send".
    if reader.negators.search(line, clause.first, span.last) or reader.hedges.search(line, clause.first, span.last):
        return False
    if reader.reports.search(line, clause.first, span.first) or reader.takes_back.search(
        line, clause.first, clause.last
    ):
        return False
    if reader.conditionals.search(line, clause.first, clause.last):
        return False
    if not done and _hangs_on_a_condition(line, clauses, span, reader):
        return False
    return not _follows_a_question(line, clauses, span.clause, reader) and not (
        sentence.asks and _is_asked(line, clauses, span.clause, reader)
    )


def waits_for_a_yes(sentence: Sentence, reader: LanguageReader) -> bool:
    """Whether a sentence asks for consent to what the one before it said: "Shall I?"."""
    return reader.consents.match(sentence.line, 1) is not None


def _hangs_on_a_condition(line: str, clauses: list[Clause], span: Span, reader: LanguageReader) -> bool:
    if reader.conditionals.search(line, _words_back(line, span.first, _REACH), span.first):
        return True
    if any(reader.consents.match(line, clause.first) for clause in clauses[span.clause + 1 :]):
        return True
    if span.clause + 1 == len(clauses):
        return False
    # "We will refund you, if you return it", but not "I will call you, and if I can not reach you …".
    beside = clauses[span.clause + 1]
    word_before = line[: beside.first].rstrip().rsplit(" ", 1)[-1]
    return word_before not in reader.conjunctions and bool(reader.conditionals.search(line, beside.first, beside.last))


def _follows_a_question(line: str, clauses: list[Clause], place: int, reader: LanguageReader) -> bool:
    """Whether the clause, or one that nothing sets off from it, opens as a question."""
    for joined in range(place, -1, -1):
        if reader.questions.match(line, clauses[joined].first):
            return True
        if clauses[joined].apart:
            break
    return False


def _words_back(line: str, offset: int, words: int) -> int:
    for _ in range(words):
        offset = line.rfind(" ", 0, max(0, offset - 1)) + 1
        if offset <= 1:
            return 0
    return offset


def _is_asked(line: str, clauses: list[Clause], place: int, reader: LanguageReader) -> bool:
    """A question mark asks for the last clause, and for the others if the sentence opens as a question."""
    last = clauses[-1]
    tag = reader.tags.match(line, last.first)
    if tag and tag.end() == last.last and place < len(clauses) - 1:
        return reader.questions.match(line, clauses[0].first) is not None
    if place == len(clauses) - 1:
        return not _ends_in_tag(line, last, reader)
    return reader.questions.match(line, clauses[0].first) is not None


def _ends_in_tag(line: str, clause: Clause, reader: LanguageReader) -> bool:
    """A tag that no subject opens stays in the clause: "… will be credited, okay?"."""
    offset = clause.first
    while offset < clause.last:
        tag = reader.tags.match(line, offset)
        if tag and tag.end() == clause.last:
            return True
        offset = line.find(" ", offset) + 1
    return False

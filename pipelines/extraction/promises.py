"""Promises in the company's turns: which, how much, by when, and whether they are kept already."""

from dataclasses import dataclass, replace

from pipelines.extraction.clauses import Span, clauses_of, is_sound, ready
from pipelines.extraction.due_dates import DueTime
from pipelines.extraction.found import Find, quote
from pipelines.extraction.languages import LanguageReader, PromiseTemplate
from pipelines.extraction.words import MONEY, Sentence, Sum, sentences


@dataclass(frozen=True)
class _Hit:
    """A template that fits: offsets in the sentence's line."""

    template: PromiseTemplate
    clause: int
    first: int
    last: int
    what: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """Of several templates of a kind that fit, the first goes, and the shortest of those."""
        return self.first, self.what, self.last


def promises_of(text: str, reader: LanguageReader) -> list[Find]:
    """The promises of a text of the company, in their order."""
    finds: list[Find] = []
    raw = list(sentences(text, reader.spelling))
    read = [
        _Read(ready(sentence, reader), reader) if reader.shortlist.fitting((*sentence.words, MONEY)) else None
        for sentence in raw
    ]
    for place, one in enumerate(read):
        if one is None:
            continue
        for number, hit in enumerate(one.hits):
            amount = one.amount(number) if hit.template.has_amount else None
            if amount is None and hit.template.has_amount and place:
                amount = _amount_before(ready(raw[place - 1], reader), one, hit, reader)
            due = one.due(number)
            beside = read[place + 1] if place + 1 < len(read) else None
            if due is None and number + 1 == len(one.hits) and place + 1 < len(raw) and not (beside and beside.hits):
                due = _due_afterwards(ready(raw[place + 1], reader), reader)
            where = one.sentence
            finds.append(
                Find(
                    "promise",
                    where.starts[where.index(hit.first)],
                    quote(text, where, one.clauses[hit.clause], hit.first),
                    hit.template.kind,
                    amount,
                    due,
                    hit.template.is_done,
                )
            )
    return _once(finds)


class _Read:
    """A sentence that may hold a promise: its clauses, its sound promises in their order, and what belongs to each."""

    def __init__(self, sentence: Sentence, reader: LanguageReader) -> None:
        self.sentence = sentence
        self.reader = reader
        self.clauses = clauses_of(sentence, reader) if sentence.words else []
        self.hits = [hit for place in range(len(self.clauses)) for hit in self._hits(place)]

    def _hits(self, place: int) -> list[_Hit]:
        """At most one of each kind in a clause; of two kinds in the same words the one that stands first in the file."""
        clause, line = self.clauses[place], self.sentence.line
        best: dict[str, _Hit] = {}
        for index in self.reader.shortlist.fitting(line[clause.first : clause.last].split()):
            template = self.reader.promises[index]
            hit, other = self._hit(place, template), best.get(template.kind)
            if hit and (other is None or hit.rank < other.rank):
                best[template.kind] = hit
        taken: list[_Hit] = []
        for hit in best.values():  # templates, and so kinds, are in the order of the file
            if not any(self._same_words(hit, other) for other in taken):
                taken.append(hit)
        return sorted(taken, key=lambda hit: hit.what)

    def _hit(self, place: int, template: PromiseTemplate) -> _Hit | None:
        """The first place in the clause where the template fits and is meant."""
        clause = self.clauses[place]
        for match in template.template.regex.finditer(self.sentence.line, clause.first, clause.last):
            if template.template.at_start and match.start() != clause.first:
                continue
            span = Span(place, match.start(), match.end())
            if is_sound(self.sentence, self.clauses, span, self.reader, done=template.is_done):
                return _Hit(template, place, span.first, span.last, match.start("what"))
        return None

    def _same_words(self, hit: _Hit, other: _Hit) -> bool:
        """Whether two kinds are read out of the same words: they overlap, and no conjunction stands between the things."""
        between = self.sentence.line[min(hit.what, other.what) : max(hit.what, other.what)].split()
        overlap = hit.first < other.last and other.first < hit.last
        return overlap and not self.reader.conjunctions.intersection(between)

    def amount(self, number: int) -> Sum | None:
        """The sum nearest to what is promised, rather behind it; else one that the clause beside it only names."""
        sentence, clauses, reader = self.sentence, self.clauses, self.reader
        hit, line = self.hits[number], sentence.line
        sums = [
            (sentence.offsets[index], amount)
            for index, amount in sentence.sums.items()
            if _is_promised(line, sentence.offsets[index], sentence.offsets[index + 1], reader)
        ]
        clause = clauses[hit.clause]
        after = min(
            (other.what for other in self.hits[number + 1 :] if other.clause == hit.clause), default=clause.last
        )
        before = max((other.what for other in self.hits[:number] if other.clause == hit.clause), default=clause.first)
        behind = [item for item in sums if hit.what <= item[0] < after]
        ahead = [item for item in sums if before <= item[0] < hit.what]
        choice = behind[:1] or ahead[-1:]
        if behind and ahead and _words(line, ahead[-1][0], hit.what) + 2 < _words(line, hit.what, behind[0][0]):
            choice = ahead[-1:]
        occupied = {other.clause for other in self.hits}
        beside = hit.clause + 1
        if (
            beside < len(clauses)
            and beside not in occupied
            and reader.back_references.match(line, clauses[beside].first)
        ):
            named = [item for item in sums if clauses[beside].first <= item[0] < clauses[beside].last]
            choice = named[:1] or choice
        if not choice and hit.clause and hit.clause - 1 not in occupied:
            earlier = clauses[hit.clause - 1]
            every = [(sentence.offsets[index], amount) for index, amount in sentence.sums.items()]
            choice = [item for item in every if earlier.first <= item[0] < earlier.last][-1:]
        if not choice and (bare := reader.money.bare(line, hit.what, clause.last)):
            return bare
        return choice[0][1] if choice else None

    def due(self, number: int) -> DueTime | None:
        """The time behind the promise, up to the next one; else the time before it, back to the last one."""
        clauses, reader, line = self.clauses, self.reader, self.sentence.line
        hit = self.hits[number]
        previous = self.hits[number - 1] if number else None
        following = self.hits[number + 1] if number + 1 < len(self.hits) else None
        end = following.first if following else clauses[-1].last
        if following and following.clause == hit.clause:
            end = max(following.what, hit.last)
        clause = clauses[hit.clause]
        own = reader.due.read(line, hit.first, min(end, max(clause.last, hit.last)))
        beside = clauses[hit.clause + 1] if hit.clause + 1 < len(clauses) else None
        if own is None:
            own = reader.due.read(line, hit.first, end)
        elif own[0].unit == "end_of" and beside and reader.due.ongoing.match(line, beside.first - 1):
            # "We will post it today, it takes five days": the later one counts.
            own = reader.due.read(line, beside.first, min(end, beside.last)) or own
        if own is None:
            own = reader.due.read(line, max(previous.last, clause.first) if previous else 0, hit.first)
        return own[0] if own else None


def _amount_before(before: Sentence, one: _Read, hit: _Hit, reader: LanguageReader) -> Sum | None:
    """The one sum of the sentence before, where the promise only points at it: "The fee was $35. I have waived it."."""
    clause = one.clauses[hit.clause]
    if len(before.sums) != 1 or not reader.pointers.search(one.sentence.line, clause.first, clause.last):
        return None
    return next(iter(before.sums.values()))


def _is_promised(line: str, first: int, last: int, reader: LanguageReader) -> bool:
    return not (
        reader.not_promised_after.match(line, last)
        or reader.not_promised_before.search(line, max(0, first - 60), first)
    )


def _words(line: str, first: int, last: int) -> int:
    return line.count(" ", first, last)


def _due_afterwards(sentence: Sentence, reader: LanguageReader) -> DueTime | None:
    """The time in the next sentence, where that still speaks of the promise: "It will take two days."."""
    if not reader.due.ongoing.match(sentence.line) or sentence.asks:
        return None
    found = reader.due.read(sentence.line, 0, len(sentence.line))
    return found[0] if found else None


def _once(finds: list[Find]) -> list[Find]:
    """One thing that is said twice is one promise; two sums, or two due times, are two."""
    kept: list[Find] = []
    for found in finds:
        for place, other in enumerate(kept):
            same_sum = found.sum is None or other.sum is None or found.sum == other.sum
            same_due = found.due is None or other.due is None or found.due == other.due
            if found.kind == other.kind and same_sum and same_due:
                kept[place] = replace(
                    other,
                    sum=other.sum or found.sum,
                    due=other.due or found.due,
                    is_done=other.is_done or found.is_done,
                )
                break
        else:
            kept.append(found)
    return kept

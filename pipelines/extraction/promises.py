"""Promises in the company's turns: which, how much, by when, and whether they are kept already."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pipelines.extraction.clauses import Span, clauses_of, is_sound, ready, waits_for_a_yes
from pipelines.extraction.due_dates import DueTime
from pipelines.extraction.found import Find, quote
from pipelines.extraction.languages import LanguageReader, PromiseTemplate
from pipelines.extraction.parts import Parts, Place
from pipelines.extraction.words import MONEY, Sentence, Sum


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


def promises_of(parts: Parts, reader: LanguageReader) -> list[Find]:
    """The promises of a text of the company, in their order."""
    read = {
        place: _Read(ready(sentence, reader), reader)
        for place, sentence in parts.wanted_sentences()
        if reader.shortlist.fitting((*sentence.words, MONEY))
    }
    finds: list[Find] = []
    for place, one in read.items():
        if one.hits:
            finds += _finds(parts, place, read, reader)
    return _once(finds)


def _finds(parts: Parts, place: Place, read: Mapping[Place, "_Read"], reader: LanguageReader) -> Iterator[Find]:
    """The promises of one sentence, with what the sentences beside it add to them."""
    one, where = read[place], read[place].sentence
    beside = parts.after(place)
    after = ready(beside[1], reader) if beside else None
    promised_after = beside is not None and beside[0] in read and bool(read[beside[0]].hits)
    waits = after is not None and waits_for_a_yes(after, reader)
    for number, hit in enumerate(one.hits):
        template = hit.template
        if waits and not template.is_done:
            continue
        amount = one.amount(number) if template.has_amount else None
        if amount is None and template.has_amount:
            beside = parts.before(place)
            before = ready(beside[1], reader) if beside else None
            amount = _amount_beside(before, after, one, hit) or _only_amount(parts, read, reader)
        due = one.due(number)
        if due is None and after is not None and number + 1 == len(one.hits) and not promised_after:
            due = _due_afterwards(after, reader)
        points = template.has_amount and amount is None
        yield Find(
            topic="promise",
            first=where.starts[where.index(hit.first)],
            quote=quote(parts.text, where, one.clauses[hit.clause], hit.first, reader),
            kind=template.kind,
            sum=amount,
            due=due,
            is_done=template.is_done,
            points=points and reader.pointers.search(where.line, hit.first, hit.last) is not None,
        )


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
        hits = []
        for index in self.reader.shortlist.fitting(line[clause.first : clause.last].split()):
            hit = self._hit(place, self.reader.promises[index])
            if hit:
                hits.append(hit)
        # Templates, and so kinds, are in the order of the file, and sorting keeps it.
        hits.sort(key=lambda hit: hit.template.precedence)
        order = {kind: number for number, kind in enumerate(dict.fromkeys(hit.template.kind for hit in hits))}
        best: dict[str, _Hit] = {}
        for hit in hits:
            kind = hit.template.kind
            given_away = any(
                order[other.template.kind] < order[kind] and self._same_words(hit, other) for other in hits
            )
            if not given_away and (kind not in best or hit.rank < best[kind].rank):
                best[kind] = hit
        return sorted(best.values(), key=lambda hit: hit.what)

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
        usable = [
            (offset, amount, is_price)
            for index, amount in sentence.sums.items()
            for offset, is_price in _promised(line, sentence.offsets[index], sentence.offsets[index + 1], reader)
        ]
        sums = [(offset, amount) for offset, amount, is_price in usable if not is_price]
        clause = clauses[hit.clause]
        after = min(
            (other.what for other in self.hits[number + 1 :] if other.clause == hit.clause), default=clause.last
        )
        before = max((other.what for other in self.hits[:number] if other.clause == hit.clause), default=clause.first)
        choice = _nearest(line, hit.what, [item for item in sums if before <= item[0] < after])
        occupied = {other.clause for other in self.hits}
        beside = hit.clause + 1
        if (
            beside < len(clauses)
            and beside not in occupied
            and reader.back_references.match(line, clauses[beside].first)
        ):
            named = [item for item in sums if clauses[beside].first <= item[0] < clauses[beside].last]
            choice = named[:1] or choice
        if not choice:
            choice = _nearest(line, hit.what, [item[:2] for item in usable if before <= item[0] < after])
        if not choice and (bare := reader.money.bare(line, hit.what, clause.last)):
            return bare
        if not choice:
            # "There is a $99 fee, but I have waived it": the nearest of the clauses that promise nothing else.
            free = [
                item[:2]
                for item in usable
                if not any(clauses[place].first <= item[0] < clauses[place].last for place in occupied)
            ]
            choice = sorted(free, key=lambda item: abs(item[0] - hit.what))[:1]
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


def _amount_beside(before: Sentence | None, after: Sentence | None, one: _Read, hit: _Hit) -> Sum | None:
    """The sum that only the sentence beside it names: "The fee was $35. I have waived it.", "It is waived. That is $35."."""
    clause, reader = one.clauses[hit.clause], one.reader
    if after and len(after.sums) == 1 and reader.back_references.match(after.line, 1):
        return next(iter(after.sums.values()))
    if before and len(before.sums) == 1 and reader.pointers.search(one.sentence.line, clause.first, clause.last):
        return next(iter(before.sums.values()))
    return None


def _only_amount(parts: Parts, read: Mapping[Place, "_Read"], reader: LanguageReader) -> Sum | None:
    """The sum of a text that names only one, and makes only one promise of money."""
    money = sum(hit.template.has_amount for one in read.values() for hit in one.hits)
    if money != 1:
        return None
    named = [
        amount
        for sentence in (ready(other, reader) for other in parts.everything())
        for index, amount in sentence.sums.items()
        if _promised(sentence.line, sentence.offsets[index], sentence.offsets[index + 1], reader)
    ]
    return named[0] if len(named) == 1 else None


def _promised(line: str, first: int, last: int, reader: LanguageReader) -> list[tuple[int, bool]]:
    """The offset of a sum and whether it is a price; nothing for one that is never promised."""
    behind = max(0, first - 60)
    if reader.not_promised_after.match(line, last) or reader.not_promised_before.search(line, behind, first):
        return []
    return [(first, bool(reader.price_after.match(line, last) or reader.price_before.search(line, behind, first)))]


def _nearest(line: str, what: int, sums: list[tuple[int, Sum]]) -> list[tuple[int, Sum]]:
    """The first sum behind the promised thing, unless the last one ahead is nearer by more than two words."""
    behind = [item for item in sums if what <= item[0]]
    ahead = [item for item in sums if item[0] < what]
    if behind and ahead and _words(line, ahead[-1][0], what) + 2 < _words(line, what, behind[0][0]):
        return ahead[-1:]
    return behind[:1] or ahead[-1:]


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
    for number, found in enumerate(finds):
        before = finds[number - 1] if number else None
        if before and found.points and before.sum and kept and kept[-1] is before:
            # "We have removed the charge of $15, you will get it back": the money goes once, and where it goes decides.
            kept.pop()
            found = replace(found, sum=before.sum)  # noqa: PLW2901  (what is kept is the joined one)
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

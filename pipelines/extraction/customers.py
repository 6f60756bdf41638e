"""Customers' turns: who asks for a person, and who has to say again what was said before."""

from pipelines.extraction.clauses import Clause, clauses_of, ready, set_apart
from pipelines.extraction.found import Find, quote
from pipelines.extraction.languages import LanguageReader, PhraseReader
from pipelines.extraction.parts import Parts
from pipelines.extraction.words import MONEY, Sentence


def said_in(parts: Parts, reader: LanguageReader) -> list[Find]:
    """Where a customer asks for a person, or says that something was said before: once a clause and topic."""
    finds: list[Find] = []
    for _, raw in parts.wanted_sentences():
        topics = [topic for topic, phrases in reader.phrases.items() if phrases.shortlist.fitting((*raw.words, MONEY))]
        if not topics:
            continue
        sentence = ready(raw, reader)
        clauses = set_apart(clauses_of(sentence, reader)) if sentence.words else []
        for topic in topics:
            phrases = reader.phrases[topic]
            for clause in clauses:
                first = _first_in(sentence, clause, phrases)
                if first is not None:
                    start = sentence.starts[sentence.index(first)]
                    finds.append(Find(topic, start, quote(parts.text, sentence, clause, first, reader)))
    return sorted(finds, key=lambda found: (found.first, found.topic))


def _first_in(sentence: Sentence, clause: Clause, phrases: PhraseReader) -> int | None:
    line = sentence.line
    fitting = phrases.shortlist.fitting(line[clause.first : clause.last].split())
    starts = [
        match.start()
        for template in (phrases.templates[index] for index in fitting)
        for match in template.regex.finditer(line, clause.first, clause.last)
        if not (template.at_start and match.start() != clause.first)
        and not phrases.unless.search(line, clause.first, match.end())
    ]
    if not starts or phrases.unless_near.search(line, clause.first, clause.last):
        return None
    return min(starts)

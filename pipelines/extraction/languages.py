"""Pattern files → what the engine reads a language with; and the folder, or folders, that they come from."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pipelines.config import ConfigError
from pipelines.extraction.amounts import MoneyReader, money_reader
from pipelines.extraction.due_dates import DueReader, due_reader
from pipelines.extraction.pattern_files import PatternFile, PhrasePatterns, PromisePattern, read_pattern_file
from pipelines.extraction.prefilter import Prefilter, prefilter
from pipelines.extraction.templates import (
    Shortlist,
    Template,
    TemplateError,
    Vocabulary,
    compiled,
    entries_regex,
    shortlist,
    word_search,
)
from pipelines.extraction.words import Spelling, plain, plain_words

SHIPPED = Path(__file__).parent / "patterns"


@dataclass(frozen=True)
class PromiseTemplate:
    """A template of one kind of promise.

    Attributes:
        precedence: where the same words fit two kinds the lower goes, then the kind that stands first in the file.
        is_done: what it says has happened.
    """

    kind: str
    precedence: int
    template: Template
    is_done: bool
    has_amount: bool


@dataclass(frozen=True)
class PhraseReader:
    """Templates of a topic in customers' words, and what takes them back."""

    templates: tuple[Template, ...]
    shortlist: Shortlist
    unless: re.Pattern[str]
    unless_near: re.Pattern[str]


@dataclass(frozen=True)
class LanguageReader:
    """Everything that the engine knows of a language; every regular expression is over a sentence's line."""

    language: str
    spelling: Spelling
    money: MoneyReader
    due: DueReader
    promises: tuple[PromiseTemplate, ...]
    shortlist: Shortlist
    phrases: Mapping[str, PhraseReader]
    conjunctions: frozenset[str]
    subjects: re.Pattern[str]
    after_comma: re.Pattern[str]
    anywhere: re.Pattern[str]
    joins: frozenset[str]
    rewritten: re.Pattern[str]
    ignored: re.Pattern[str]
    set_aside: re.Pattern[str]
    read_as: re.Pattern[str]
    read_as_words: Mapping[str, str]
    negators: re.Pattern[str]
    hedges: re.Pattern[str]
    reports: re.Pattern[str]
    conditionals: re.Pattern[str]
    takes_back: re.Pattern[str]
    questions: re.Pattern[str]
    consents: re.Pattern[str]
    tags: re.Pattern[str]
    price_after: re.Pattern[str]
    price_before: re.Pattern[str]
    not_promised_after: re.Pattern[str]
    not_promised_before: re.Pattern[str]
    back_references: re.Pattern[str]
    pointers: re.Pattern[str]
    prefilters: Mapping[str, Prefilter]


@dataclass(frozen=True)
class Patterns:
    """All languages. ``fingerprint`` changes when any finding may: with a pattern file, and with the engine."""

    readers: Mapping[str, LanguageReader]
    fingerprint: str

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self.readers)


def load_patterns(folder: Path | None = None) -> Patterns:
    """The shipped languages, and those of ``folder``, which replace a shipped one of the same name.

    Raises:
        ConfigError: the folder does not exist or holds no pattern file, or a file cannot be used; the message names
            file, key and remedy.
    """
    paths = {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}
    if folder is not None:
        own = {path.stem: path for path in sorted(folder.glob("*.toml"))}
        if not own:
            raise ConfigError(f"pattern folder {folder} holds no *.toml; copy en.toml into it, or name another folder")
        paths |= own
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    files = {}
    for name, path in sorted(paths.items()):
        content = path.read_bytes()
        files[name] = (path, content)
        digest.update(name.encode() + b"\0" + content)
    readers = _Readers(files)
    for name, path in paths.items():
        if path.parent != SHIPPED:
            # A fault in somebody's own file is told now; the shipped ones are known to be sound.
            readers[name]
    return Patterns(readers, digest.hexdigest())


class _Readers(Mapping[str, LanguageReader]):
    """Languages by code, each compiled when it is first read: seconds of work that a run without new words never needs."""

    def __init__(self, files: Mapping[str, tuple[Path, bytes]]) -> None:
        self._files = files

    def __getitem__(self, language: str) -> LanguageReader:
        return _reader(*self._files[language])

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


@cache
def _reader(path: Path, _content: bytes) -> LanguageReader:
    """The compiled file, once a process for the same content."""
    try:
        return _compiled_language(read_pattern_file(path))
    except TemplateError as error:
        raise ConfigError(f"pattern file {path}: {error}") from error


def _compiled_language(file: PatternFile) -> LanguageReader:
    clauses = file.clauses
    spelling = Spelling(
        {plain(short): plain_words(long) for short, long in file.contractions.items() if short[0] != "'"},
        tuple((plain(short), plain_words(long)) for short, long in file.contractions.items() if short[0] == "'"),
        frozenset(plain(word) for word in clauses.abbreviations),
    )

    def written(entries: Iterable[str]) -> tuple[str, ...]:
        return tuple(entry if "{" in entry else _written_out(entry, spelling) for entry in entries)

    lists = {name: written(entries) for name, entries in (*file.words.items(), *file.things.items())}
    for verb, forms in file.verbs.items():
        lists |= {f"{verb}.{form}": written(entries) for form, entries in forms.items()}
    content = frozenset(file.things) | frozenset(f"{verb}.{form}" for verb, fs in file.verbs.items() for form in fs)
    both = set(file.words) & set(file.things)
    if both:
        raise TemplateError(f"{min(both)!r} is a list of [words] and of [things]; give each its own name")
    vocabulary = Vocabulary(
        lists,
        content,
        frozenset(written(file.common)),
        file.longest_gap,
        written(clauses.stops),
        written(clauses.determiners),
    )
    money = money_reader(file)
    promises = tuple(
        template for kind, promise in file.promises.items() for template in _kind(kind, promise, file, vocabulary)
    )
    phrases = {topic: _phrases(part, vocabulary, written) for topic, part in _topics(file)}

    def search(entries: Iterable[str]) -> re.Pattern[str]:
        return word_search(written(entries))

    def start(entries: Iterable[str]) -> re.Pattern[str]:
        return re.compile(entries_regex(written(entries)))

    def end(entries: Iterable[str]) -> re.Pattern[str]:
        return re.compile(f"(?<= ){entries_regex(written(entries))}\\Z")

    return LanguageReader(
        language=file.language,
        spelling=spelling,
        money=money,
        due=due_reader(file, money),
        promises=promises,
        shortlist=shortlist(entry.template for entry in promises),
        phrases=phrases,
        conjunctions=frozenset(written(clauses.conjunctions)),
        subjects=start(clauses.subjects),
        after_comma=start((*clauses.subjects, *clauses.after_comma)),
        anywhere=start(clauses.anywhere),
        joins=frozenset(written(clauses.joins)),
        rewritten=search((*clauses.ignored, *clauses.set_aside, *clauses.read_as)),
        ignored=search(clauses.ignored),
        set_aside=search(clauses.set_aside),
        read_as=search(clauses.read_as),
        read_as_words={_written_out(key, spelling): plain(word) for key, word in clauses.read_as.items()},
        negators=search(clauses.negators),
        hedges=search(clauses.hedges),
        reports=search(clauses.reports),
        conditionals=re.compile(
            "(?<= )"
            + "".join(f"(?<! {re.escape(word)} )" for word in written(clauses.embeds))
            + entries_regex(written(clauses.conditionals))
        ),
        takes_back=search(clauses.takes_back),
        questions=re.compile(
            f"(?:{entries_regex(written((*clauses.leading, *clauses.conjunctions)))}){{0,2}}{entries_regex(written(clauses.questions))}"
        ),
        consents=re.compile(
            f"(?:{entries_regex(written((*clauses.leading, *clauses.conjunctions)))}){{0,2}}{entries_regex(written(clauses.consents))}"
        ),
        tags=start(clauses.tags),
        price_after=start(file.money.price_after),
        price_before=end(file.money.price_before),
        not_promised_after=start(file.money.not_promised_after),
        not_promised_before=end(file.money.not_promised_before),
        back_references=start(file.money.back_references),
        pointers=search(file.money.pointers),
        prefilters={
            "server": prefilter((entry.template for entry in promises), spelling),
            "customer": prefilter((t for phrase in phrases.values() for t in phrase.templates), spelling),
        },
    )


def _written_out(entry: str, spelling: Spelling) -> str:
    return " ".join(part for word in plain_words(entry) for part in spelling.written_out(word))


def _topics(file: PatternFile) -> Iterator[tuple[str, PhrasePatterns]]:
    yield "asks_for_human", file.asks_for_human
    yield "says_it_again", file.says_it_again


def _phrases(
    part: PhrasePatterns, vocabulary: Vocabulary, written: Callable[[Iterable[str]], Iterable[str]]
) -> PhraseReader:
    templates = tuple(compiled(template, vocabulary) for template in part.say)
    return PhraseReader(
        templates, shortlist(templates), word_search(written(part.unless)), word_search(written(part.unless_near))
    )


def _kind(kind: str, promise: PromisePattern, file: PatternFile, vocabulary: Vocabulary) -> Iterator[PromiseTemplate]:
    """Every construction with the kind's own verbs and nouns in the places of {act}, {give} and {thing}."""
    lists = dict(vocabulary.lists)
    content = set(vocabulary.content)
    for role, names in (("act", promise.acts), ("give", promise.given_by)):
        for form in {form for verb in file.verbs.values() for form in verb}:
            entries = [e for name in names for e in vocabulary.lists.get(f"{name}.{form}", ())]
            if entries:
                lists[f"{role}.{form}"] = tuple(entries)
                content.add(f"{role}.{form}")
    if promise.things:
        lists["thing"] = tuple(entry for name in promise.things for entry in vocabulary.lists[name])
        content.add("thing")
    own = replace(vocabulary, lists=lists, content=frozenset(content))
    said: list[tuple[Template, bool]] = []
    for construction in file.constructions:
        for say in construction.say:
            needed = re.findall(r"\{((?:act|give)\.[a-z_]+|thing)\??\}", say)
            if needed and all(name in lists for name in needed):
                what = "act" if "{act." in say else "thing"
                said.append((compiled(say, own, what, "act"), construction.done))
    by_precedence = (
        (promise.decides, promise.decides_done),
        (promise.also, promise.also_done),
        (promise.otherwise, promise.otherwise_done),
    )
    for precedence, (opened, done) in enumerate(by_precedence):
        if precedence == 1:
            yield from (_of(kind, 1, template, is_done, promise) for template, is_done in said)
        for says, is_done in ((opened, False), (done, True)):
            yield from (_of(kind, precedence, compiled(say, own), is_done, promise) for say in says)


def _of(kind: str, precedence: int, template: Template, is_done: bool, promise: PromisePattern) -> PromiseTemplate:
    return PromiseTemplate(kind, precedence, template, is_done and not promise.always_open, promise.has_amount)

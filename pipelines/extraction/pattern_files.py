"""The pattern files: their schema, and what is told to whoever wrote one wrongly.

One TOML file per language holds everything that the engine knows of it. Nothing here knows a word of any language.
"""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipelines.config import ConfigError

KINDS = ("credit", "refund", "callback", "replacement", "visit", "follow_up", "plan_change")
Kind = Literal["credit", "refund", "callback", "replacement", "visit", "follow_up", "plan_change"]
DueUnit = Literal["hour", "day", "business_day", "week", "month"]
Entries = tuple[str, ...]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clauses(_Part):
    """Where a clause begins, and what takes the promise out of it."""

    abbreviations: Entries = Field((), description="Words whose full stop ends no sentence.")
    conjunctions: Entries = Field(description="A new clause begins after one of these, if a subject follows.")
    subjects: Entries = Field(description="Words that open a clause behind a comma or a conjunction.")
    after_comma: Entries = Field((), description="Words that open one behind a comma alone.")
    anywhere: Entries = Field((), description="Words that open one anywhere, unless the word before joins them.")
    joins: Entries = Field((), description="Words that hang the next subject to their own clause: 'that', 'think'.")
    stops: Entries = Field((), description="Words that a gap in a template never runs over.")
    ignored: Entries = Field((), description="Phrases read as if they were not there: 'um', 'no problem'.")
    set_aside: Entries = Field((), description="Phrases that only look like a promised thing: 'credit card'.")
    read_as: dict[str, str] = Field(
        default_factory=dict, description="Phrases read as one word: 'credit card' = 'card'."
    )
    determiners: Entries = Field((), description="After one of these a word is a noun and no act: 'the', 'your'.")
    negators: Entries = Field(description="Words that deny what follows in their clause.")
    hedges: Entries = Field(description="Words that make it a guess, an offer or a habit.")
    reports: Entries = Field(description="Words that tell of what somebody said or did before.")
    embeds: Entries = Field((), description="Behind one of these a conditional is none: 'check if'.")
    conditionals: Entries = Field(description="Words that make what follows depend on something.")
    questions: Entries = Field(description="Openings of a question.")
    takes_back: Entries = Field((), description="Words that take a promise back anywhere in its clause: 'by mistake'.")
    leading: Entries = Field((), description="Words that may stand before a question: 'okay'.")
    consents: Entries = Field((), description="Questions that wait for a yes to what was said before: 'shall I'.")
    tags: Entries = Field((), description="Little questions at the end that leave the promise standing: 'okay?'.")


class Numbers(_Part):
    """Numbers in words."""

    words: dict[str, int]
    joiners: Entries = Field((), description="Words inside a number: 'and'.")
    articles: Entries = Field((), description="Words that may stand for one before a hundred: 'a'.")


class Currency(_Part):
    """What one currency is called. No code: several currencies share the name, and the project's own is meant."""

    code: str | None = Field(None, pattern="^[A-Z]{3}$")
    symbol: str | None = None
    signs: Entries = Field((), description="Signs and codes before or after the number.")
    words: Entries = Field((), description="Words after the number.")
    hundredths: Entries = Field((), description="Words for a hundredth of it.")


class MoneyPattern(_Part):
    """Which money is meant."""

    currencies: tuple[Currency, ...]
    price_after: Entries = Field((), description="Money followed by one of these is a price: promised if no other is.")
    price_before: Entries = Field((), description="Money behind one of these is a price: promised if no other is.")
    not_promised_after: Entries = Field((), description="Money followed by one of these is never promised.")
    not_promised_before: Entries = Field((), description="Money behind one of these is never promised.")
    before_bare: Entries = Field((), description="Words between what is promised and a bare number: 'of'.")
    pointers: Entries = Field((), description="Words that point at a sum of the sentence before: 'it'.")
    back_references: Entries = Field((), description="Openings of a clause that only names the sum: 'that is'.")


class DueWord(_Part):
    """An expression with a fixed meaning: 'tomorrow' = 1 day."""

    words: Entries
    count: float | None = Field(None, ge=0, le=1000)
    unit: DueUnit | None = None
    end_of: Literal["day", "week", "month"] | None = None

    @model_validator(mode="after")
    def _one_meaning(self) -> "DueWord":
        if (self.end_of is None) == (self.count is None or self.unit is None):
            raise ValueError("needs either count and unit, or end_of")
        return self


class Unit(_Part):
    """A unit of time; ``times`` turns it into one of those known (15 minutes = 0.25 hours)."""

    words: Entries
    unit: DueUnit
    times: float = Field(1.0, gt=0, le=100)


class DuePattern(_Part):
    """By when."""

    leads: Entries = Field(description="Words before a span that is a due time: 'within'.")
    tails: Entries = Field((), description="Words after a span that make it one: 'from now'.")
    ranges: Entries = Field((), description="Words inside a range, whose later bound counts: 'to'.")
    not_after: Entries = Field((), description="A time behind one of these is past or a habit: 'since', 'every'.")
    not_before: Entries = Field((), description="A time before one of these is none: 'ago'.")
    ongoing: Entries = Field((), description="Openings of a sentence that still speaks of the promise: 'it'.")
    counts: dict[str, float] = Field(default_factory=dict, description="Vague numbers: 'a couple of' = 2.")
    units: tuple[Unit, ...]
    expressions: tuple[DueWord, ...] = ()
    weekdays: dict[str, Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]]
    months: dict[str, int]
    date_orders: tuple[Literal["month day", "day month"], ...] = ("month day", "day month")
    day_endings: Entries = Field((), description="What may stand behind the day's number: 'th', 'of'.")


class PromisePattern(_Part):
    """One kind of promise."""

    acts: Entries = Field((), description="Verbs that promise by themselves: 'refund'.")
    things: Entries = Field((), description="Lists of nouns: what is promised.")
    given_by: Entries = Field((), description="Verbs that hand the thing over: 'send'.")
    has_amount: bool = False
    always_open: bool = Field(False, description="The promise is kept later even where the words are of the past.")
    decides: Entries = Field((), description="Templates that go before those of all other kinds.")
    decides_done: Entries = Field((), description="The same, for what is done already.")
    otherwise: Entries = Field((), description="Templates that give way to those of all other kinds.")
    otherwise_done: Entries = Field((), description="The same, for what is done already.")
    also: Entries = Field((), description="Templates of this kind alone.")
    also_done: Entries = Field((), description="Templates of this kind alone, for what is done already.")


class Construction(_Part):
    """Templates that hold for every kind."""

    say: Entries
    done: bool = False


class PhrasePatterns(_Part):
    """A topic in customers' words."""

    say: Entries
    unless: Entries = Field((), description="Words that take it back when they stand before it in the clause.")
    unless_near: Entries = Field((), description="Phrases that take it back anywhere in the clause.")


class PatternFile(_Part):
    """One language."""

    language: str = Field(pattern="^[a-z]{2}$")
    reviewed_by: str = Field(min_length=1)
    reviewed_on: date
    common: Entries = Field((), description="Words of most sentences: no sign of anything.")
    longest_gap: int = Field(6, ge=1, le=10)
    contractions: dict[str, str] = Field(default_factory=dict)
    words: dict[str, Entries]
    things: dict[str, Entries]
    verbs: dict[str, dict[str, Entries]]
    clauses: Clauses
    numbers: Numbers
    money: MoneyPattern
    due: DuePattern
    constructions: tuple[Construction, ...]
    promises: dict[Kind, PromisePattern]
    asks_for_human: PhrasePatterns
    says_it_again: PhrasePatterns

    @field_validator("words", "things")
    @classmethod
    def _no_empty_list(cls, value: dict[str, Entries]) -> dict[str, Entries]:
        for name, entries in value.items():
            if not entries:
                raise ValueError(f"the list {name!r} is empty; fill it or remove it")
        return value

    @model_validator(mode="after")
    def _read_as_a_part(self) -> "PatternFile":
        for phrase, word in self.clauses.read_as.items():
            if word not in phrase.split():
                raise ValueError(f"clauses.read_as: {phrase!r} is read as {word!r}, which is no word of it")
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> "PatternFile":
        for kind, promise in self.promises.items():
            for key, names, known in (
                ("acts", promise.acts, self.verbs),
                ("given_by", promise.given_by, self.verbs),
                ("things", promise.things, self.things),
            ):
                for name in names:
                    if name not in known:
                        place = "things" if key == "things" else "verbs"
                        raise ValueError(
                            f"promises.{kind}.{key} names {name!r}, which is not in [{place}]; add it there or correct the name"
                        )
        return self


def read_pattern_file(path: Path) -> PatternFile:
    """The validated file.

    Raises:
        ConfigError: it cannot be read, is not TOML or breaks the schema; the message names file, key and remedy.
    """
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"pattern file {path} cannot be read: {error}; save it as text in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"pattern file {path} is not valid TOML: {error}; correct that line") from error
    try:
        file = PatternFile.model_validate(document)
    except ValidationError as error:
        raise ConfigError(_in_words(path, error)) from error
    if not re.fullmatch(rf"{file.language}\.toml", path.name):
        raise ConfigError(
            f"pattern file {path}: language = {file.language!r} does not fit the name; call the file {file.language}.toml"
        )
    return file


def _in_words(path: Path, error: ValidationError) -> str:
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"]) or "file"
    if fault["type"] == "missing":
        return f"pattern file {path}: {key} is missing; add it (en.toml shows how)"
    if fault["type"] == "extra_forbidden":
        return f"pattern file {path}: {key} is not a known key; remove it or check its spelling against en.toml"
    message = fault["msg"].removeprefix("Value error, ")
    value = "" if isinstance(fault["input"], dict | list | PatternFile) else f" = {fault['input']!r}"
    return f"pattern file {path}: {key}{value}: {message}; correct it (en.toml shows how)"

"""What people and the AI say in simulated conversations: one file a language, data only; ``en.toml`` says how it is read."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any

Texts = tuple[str, ...]


@dataclass(frozen=True)
class PhraseBook:
    """The phrases of one language.

    Attributes:
        names: of agents.
        hostile: texts that try to be more than text; none where the file has none.
        verbatims: remarks in surveys by satisfaction, 1 (worst) first.
        weeks, amounts, number_words, weekdays, months: words that promises are put together of.
        leads: openings of a turn by mood, and of the company's side (server).
        promises: by kind of promise.
        dues: ways to say by when, by ``due_dates.DueUnit``.
        beats: beat of the conversation → issue, mood or "" → phrases.
    """

    names: Texts
    verbatims: tuple[Texts, ...]
    weeks: Texts
    amounts: Texts
    number_words: Texts
    weekdays: Texts
    months: Texts
    leads: Mapping[str, Texts]
    promises: Mapping[str, Texts]
    dues: Mapping[str, Texts]
    beats: Mapping[str, Mapping[str, Texts]]
    hostile: Texts = ()


def _read(language: str) -> PhraseBook:
    content = tomllib.loads((files(__name__) / f"{language}.toml").read_text("utf-8"))
    return PhraseBook(
        **{field.name: _frozen(content[field.name]) for field in fields(PhraseBook) if field.name in content}
    )


def _frozen(value: Any) -> Any:
    """Lists as tuples, all the way down."""
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


ENGLISH, SPANISH = _read("en"), _read("es")
#: By the customers' language code.
PHRASE_BOOKS = (ENGLISH, SPANISH)

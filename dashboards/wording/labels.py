"""Display names: the one place where a code or key becomes what people read.

Tables and addresses carry keys (``pipelines.contract.segments``). What a key is called says, in this order, the section
``[labels]`` of the configuration, the table ``segment_labels`` of the snapshot (the spelling that most records have), and
for spellings that are codes (``technical_support``, ``en``) the plain rule below. As a translated page has one language,
a request has the names of one snapshot: who makes a view or a report sets them, and whatever words are made of it then
show them.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

import polars as pl

from dashboards.wording.texts import clipped

#: How a value that the tables write as null is read (``read_group``).
NO_VALUE = "null"
_LONGEST_MODE = 40
_MODE_NAMES = {"ai_primary": "AI-led", "human_primary": "Human-led", "joint": "Joint"}
_SOURCE_NAMES = {
    "survey_csat": "survey rating",
    "survey_verbatim": "survey words",
    "closing_turns": "closing words",
}
_LANGUAGES = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
#: Dimensions whose values are codes of a system more often than names; a queue, a model and an agent keep their spelling.
_CODED = frozenset(
    {"workflow", "issue", "product", "channel", "region", "claim_type", "trigger", "kind", "source", "event_type"}
)
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_DIMENSIONS = {"ai_model": "AI model", "hour_of_day": "hour", "made_by": "maker"}


@dataclass(frozen=True)
class SegmentNames:
    """(dimension, key) → label: ``spelt`` of ``segment_labels``, ``configured`` of ``[labels]``, which goes first."""

    spelt: Mapping[tuple[str, str], str] = field(default_factory=dict)
    configured: Mapping[tuple[str, str], str] = field(default_factory=dict)


_names: ContextVar[SegmentNames] = ContextVar("segment_names", default=SegmentNames())  # noqa: B039  (nobody changes it)


def read_segment_names(labels: pl.LazyFrame, configured: Mapping[str, Mapping[str, str]]) -> SegmentNames:
    """The rows of ``segment_labels`` whose label is not the key itself, and the names of ``[labels]`` by dimension."""
    rows = labels.filter(pl.col("label") != pl.col("key")).select("dimension", "key", "label").collect().rows()
    return SegmentNames(
        {(dimension, key): label for dimension, key, label in rows},
        {(dimension, key): label for dimension, named in configured.items() for key, label in named.items()},
    )


def use_segment_names(names: SegmentNames) -> None:
    """From here on this request (or report) shows these names."""
    _names.set(names)


def shown_value(dimension: str, value: str) -> str:
    """``value`` of ``dimension`` as people read it where it stands alone: ``Technical support``."""
    names = _names.get()
    if (dimension, value) in names.configured:
        return names.configured[dimension, value]
    spelt = names.spelt.get((dimension, value), value)
    return _language(spelt) if dimension == "language" else _decoded(dimension, spelt)


def value_in_sentence(dimension: str, value: str) -> str:
    """The same within a sentence: ``technical support``; a configured name and one that is no code stay as they are."""
    names = _names.get()
    spelt = names.spelt.get((dimension, value), value)
    if (dimension, value) in names.configured or dimension == "region" or not _is_code(dimension, spelt):
        return shown_value(dimension, value)
    return spelt.replace("_", " ")


def dimension_words(dimension: str) -> str:
    """``AI model`` for ``ai_model``, as within a sentence."""
    return _DIMENSIONS.get(dimension, dimension.replace("_", " "))


def mode_name(mode: str | None) -> str:
    """Who led a contact, where it stands alone: ``AI-led``; an unknown value stays as it is."""
    return "Mode not recorded" if mode is None else _MODE_NAMES.get(mode, clipped(mode, _LONGEST_MODE))


def mode_in_sentence(mode: str) -> str:
    """``AI-led``, ``human-led`` or ``joint``."""
    name = mode_name(mode)
    return name if mode not in _MODE_NAMES or name.startswith("AI") else name.lower()


def source_name(source: str) -> str:
    """A source of sentiment as people say it; an unknown value stays as it is."""
    return _SOURCE_NAMES.get(source, source)


def code_words(code: str) -> str:
    """A code of ours or of a source within a sentence: ``tool failure``."""
    return clipped(code.replace("_", " "))


def _language(spelt: str) -> str:
    """``English`` for ``en``, ``English (IN)`` for ``en-IN``; what is no such code stays as it is."""
    code, _, region = spelt.replace("_", "-").partition("-")
    name = _LANGUAGES.get(code.lower())
    if name is None:
        return spelt
    return f"{name} ({region.upper()})" if region else name


def _is_code(dimension: str, spelt: str) -> bool:
    return dimension in _CODED and _CODE.fullmatch(spelt) is not None


def _decoded(dimension: str, spelt: str) -> str:
    if not _is_code(dimension, spelt):
        return spelt
    # Two letters are an abbreviation: a country, a state.
    return spelt.upper() if len(spelt) == 2 else spelt[:1].upper() + spelt[1:].replace("_", " ")

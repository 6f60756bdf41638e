"""Templates of a pattern file → regular expressions over the words of a sentence.

A template is a row of words: ``we will ... {give.base} {due?} {thing}``. ``{list}`` is any entry of a list, ``{verb.form}``
any entry of a verb's form, ``{money}`` a sum; ``?`` inside the braces makes it optional; ``a|b`` is one of two words;
``...`` is a gap of at most ``longest_gap`` words; ``^`` and ``$`` are the ends of the clause. A list may name other lists.
Gaps are bounded and every word ends with a blank, so a regular expression takes time in proportion to the clause.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pipelines.extraction.words import MONEY, plain, plain_words

_ELEMENT = re.compile(r"\{[^{}]*\}|\S+")
_REFERENCE = re.compile(r"\{([a-z_]+)(?:\.([a-z_]+))?(\??)\}")
_DEEPEST = 6


@dataclass(frozen=True)
class Template:
    """A compiled template.

    Attributes:
        source: as it stands in the pattern file.
        pattern: of a regular expression over a sentence's line; its group ``what`` is what is promised.
        needs: for every element that must be there, words of which a sentence that fits holds at least one.
        rare: those among them that few texts hold; all, where no element is rare.
    """

    source: str
    pattern: str
    at_start: bool
    needs: tuple[frozenset[str], ...]
    rare: tuple[frozenset[str], ...]

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled when a text first holds the words that it needs: most of hundreds never are, and all take seconds."""
        return re.compile(self.pattern)


@dataclass(frozen=True)
class Vocabulary:
    """Named lists. ``content``: names of those whose words are rare enough to look for first."""

    lists: Mapping[str, tuple[str, ...]]
    content: frozenset[str]
    common: frozenset[str]
    longest_gap: int
    stops: tuple[str, ...]
    determiners: tuple[str, ...]
    #: Lists that are compiled already: each stands in many templates.
    compiled: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict, init=False, compare=False, repr=False)

    @cached_property
    def counts(self) -> Counter[str]:
        """In how many entries a word stands."""
        return Counter(word for entries in self.lists.values() for entry in entries for word in {*plain_words(entry)})


class TemplateError(ValueError):
    """A template that cannot be compiled; the message says which and why."""


def entries_regex(entries: Iterable[str]) -> str:
    """A regular expression for any of the entries, with a blank behind each word; the longest first."""
    rows = sorted({" ".join(plain_words(entry)) for entry in entries} - {""}, key=lambda row: (-len(row), row))
    return "(?:" + "|".join(re.escape(row) for row in rows) + ") " if rows else r"(?!)"


def word_search(entries: Iterable[str]) -> re.Pattern[str]:
    """Finds an entry anywhere in a line, at the beginning of a word."""
    return re.compile("(?<= )" + entries_regex(entries))


def compiled(template: str, vocabulary: Vocabulary, what: str | None = None, verb: str | None = None) -> Template:
    """A template as a regular expression.

    Args:
        what: name of the list that is the promised thing; by default the last element.
        verb: name of a list that is a verb, and none behind a determiner ("your credit").
    """
    elements = _ELEMENT.findall(template)
    if not elements:
        raise TemplateError("an empty template")
    at_start, at_end = elements[0] == "^", elements[-1] == "$"
    elements = elements[int(at_start) : len(elements) - int(at_end)]
    last = max((place for place, element in enumerate(elements) if element != "..."), default=-1)
    if last < 0 or elements[0] == "..." or elements[-1] == "...":
        raise TemplateError(f"{template!r} begins or ends with a gap, or holds nothing else")
    marked = next((p for p, e in enumerate(elements) if what and e.startswith((f"{{{what}.", f"{{{what}}}"))), last)
    parts = ["(?<= )"]
    needs: list[frozenset[str]] = []
    rare: list[frozenset[str]] = []
    for place, element in enumerate(elements):
        if element == "...":
            stop = f"(?!{entries_regex(vocabulary.stops)})" if vocabulary.stops else ""
            parts.append(rf"(?:{stop}\S+ ){{0,{vocabulary.longest_gap}}}?")
            continue
        body, optional, words, content = _element(element, template, vocabulary)
        if not optional and words:
            needs.append(words)
            if content:
                rare.append(words)
        if verb and element.startswith(f"{{{verb}."):
            body = "".join(f"(?<! {re.escape(' '.join(plain_words(d)))} )" for d in vocabulary.determiners) + body
        if place == marked:
            body = f"(?P<what>{body})"
        parts.append(f"(?:{body})?" if optional else body)
    pattern = "".join(parts) + (r"\Z" if at_end else "")
    return Template(template, pattern, at_start, tuple(needs), tuple(rare or needs))


def _element(element: str, template: str, vocabulary: Vocabulary) -> tuple[str, bool, frozenset[str], bool]:
    """Regular expression; whether it is optional; a word of each entry (none if that is not known); whether they are rare."""
    if not element.startswith("{"):
        words = frozenset(plain(word) for word in element.split("|"))
        return entries_regex(element.split("|")), False, words, False
    match = _REFERENCE.fullmatch(element)
    if not match:
        raise TemplateError(f"{template!r}: {element!r} is no reference; write {{list}}, {{list?}} or {{verb.form}}")
    name = match[1] + (f".{match[2]}" if match[2] else "")
    optional = bool(match[3])
    if name == "money":
        return re.escape(MONEY) + " ", optional, frozenset([MONEY]), False
    body, words = _list(name, template, vocabulary, 0)
    return body, optional, words, name in vocabulary.content


def _list(name: str, template: str, vocabulary: Vocabulary, depth: int) -> tuple[str, frozenset[str]]:
    """Regular expression of a list, and a set of words of which every text that holds an entry holds one."""
    if name not in vocabulary.compiled:
        vocabulary.compiled[name] = _compiled_list(name, template, vocabulary, depth)
    return vocabulary.compiled[name]


def _compiled_list(name: str, template: str, vocabulary: Vocabulary, depth: int) -> tuple[str, frozenset[str]]:
    if name not in vocabulary.lists:
        raise TemplateError(
            f"{template!r} names the list {name!r}, which is nowhere; add it to [words], [things] or [verbs]"
        )
    if depth > _DEEPEST:
        raise TemplateError(f"{template!r}: the list {name!r} names itself")
    rows, plain_rows = [], []
    words: set[str] = set()
    for entry in vocabulary.lists[name]:
        if "{" not in entry:
            plain_rows.append(entry)
            continue
        parts, choices = [], []
        for element in _ELEMENT.findall(entry):
            match = _REFERENCE.fullmatch(element)
            if not match:
                parts.append(entries_regex([element]))
                choices.append(frozenset([plain(element)]))
                continue
            inner = match[1] + (f".{match[2]}" if match[2] else "")
            body, inner_words = _list(inner, template, vocabulary, depth + 1)
            parts.append(f"(?:{body})?" if match[3] else body)
            if not match[3]:
                choices.append(inner_words)
        if not choices:
            raise TemplateError(f"{template!r}: an entry of the list {name!r} may be nothing at all: {entry!r}")
        words |= min(choices, key=len)
        rows.append("".join(parts))
    body = "|".join([*rows, *([entries_regex(plain_rows)] if plain_rows else [])])
    words |= {_rarest(found, vocabulary) for entry in plain_rows if (found := plain_words(entry))}
    return f"(?:{body})", frozenset(words)


def _rarest(words: list[str], vocabulary: Vocabulary) -> str:
    """The word that says most: none of the common ones, and the one in the fewest entries of all lists, of these the longest."""
    return min(words, key=lambda word: (word in vocabulary.common, vocabulary.counts[word], -len(word), word))


@dataclass(frozen=True)
class Shortlist:
    """Which of many templates may fit a row of words, told by the words alone.

    Attributes:
        bits: word → the sets of needed words that it belongs to, a bit for each.
        masks: for each template the sets that it needs.
        keys: word → the templates that need it, or a word in its place, most of all.
    """

    bits: Mapping[str, int]
    masks: tuple[int, ...]
    keys: Mapping[str, tuple[int, ...]]

    def fitting(self, words: Iterable[str]) -> list[int]:
        """Indices, in order, of the templates that find all that they need among the words."""
        words = set(words)
        rare = words & self.keys.keys()
        if not rare:
            return []
        found, bits, masks = 0, self.bits, self.masks
        for word in words & bits.keys():
            found |= bits[word]
        possible = {place for word in rare for place in self.keys[word]}
        return sorted([place for place in possible if masks[place] & found == masks[place]])


def shortlist(templates: Iterable[Template]) -> Shortlist:
    """The shortlist of templates, in their order. Raises TemplateError for one that any words would fit."""
    sets: dict[frozenset[str], int] = {}
    bits: dict[str, int] = {}
    masks: list[int] = []
    keys: dict[str, list[int]] = {}
    for place, template in enumerate(templates):
        if not template.rare:
            raise TemplateError(f"the template {template.source!r} holds no word that must be there; add one")
        masks.append(sum(1 << sets.setdefault(need, len(sets)) for need in dict.fromkeys(template.needs)))
        for word in min(template.rare, key=len):
            keys.setdefault(word, []).append(place)
    for need, place in sets.items():
        for word in need:
            bits[word] = bits.get(word, 0) | 1 << place
    return Shortlist(bits, tuple(masks), {word: tuple(places) for word, places in keys.items()})

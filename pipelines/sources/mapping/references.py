"""How a mapping names a field of a record: ``Call ID``, ``customer.id``, ``legs[0].queue``, ``conversations.id``, ``$.exported_at``."""

import re
from dataclasses import dataclass

INDEX = "_index"
"""Place of a row in its list, from 0; of a record that stands in no list, in its file."""
MADE_ID = "_id"
"""The id that the mapping makes for the record of the first table (``id = …``)."""
DOCUMENT = "$"

_STEP = re.compile(r'(?:"((?:[^"]|"")*)"|([^.\[\]"]+))((?:\[(?:\*|\d+)\])*)(?:\.|$)')
_BRACKET = re.compile(r"\[(\*|\d+)\]")


class BadReferenceError(ValueError):
    """A text that names no field. The message says what is wrong, and what to write."""


@dataclass(frozen=True)
class Level:
    """One list on the way to the rows: the keys that lead to it from the level above."""

    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.keys[-1]


@dataclass(frozen=True)
class Place:
    """A field of a nested record: ``level`` 0 is the document, the last one the row; ``steps`` lead there from its element."""

    level: int
    steps: tuple[str | int, ...]


def parsed_steps(text: str, *, lists: bool = False) -> tuple[str | int, ...]:
    """The keys and places of a path; ``[*]`` comes as -1, where ``lists`` allows it. Raises BadReferenceError."""
    steps: list[str | int] = []
    at = 0
    while at < len(text) or not steps:
        found = _STEP.match(text, at)
        if found is None or (found.end() == len(text) and text.endswith(".")):
            raise BadReferenceError(f"{text!r} is no path; write names with dots between them, such as customer.id")
        quoted, plain, brackets = found.groups()
        steps.append(quoted.replace('""', '"') if quoted is not None else plain)
        for bracket in _BRACKET.findall(brackets):
            if bracket == "*" and not lists:
                raise BadReferenceError(
                    f"{text!r} names a whole list; name one entry, such as [0], or lead `rows` into the list"
                )
            steps.append(-1 if bracket == "*" else int(bracket))
        at = found.end()
    return tuple(steps)


def parsed_rows(text: str) -> tuple[Level, ...]:
    """The levels of ``rows``: ``a.b[*].c[*]`` is two. Raises BadReferenceError."""
    # The entries of a list that is the whole file are documents, with or without a word of it.
    text = text.removeprefix("$").removeprefix("[*]").removeprefix(".")
    if not text:
        return ()
    if "[" not in text and '"' not in text and "/" in text:
        # Elements of XML may all be repeated, so each name on the way is a list: `a/b` is `a[*].b[*]`.
        names = text.strip("/").split("/")
        if not all(names):
            raise BadReferenceError(
                f"{text!r} is no path to elements; write names with / between them, such as complaints/complaint"
            )
        return tuple(Level((name,)) for name in names)
    levels: list[Level] = []
    keys: list[str] = []
    for step in parsed_steps(text, lists=True):
        if isinstance(step, str):
            keys.append(step)
        elif step == -1 and keys:
            levels.append(Level(tuple(keys)))
            keys = []
        else:
            raise BadReferenceError(
                f"{text!r} is no path to rows; each list is named and ends with [*], such as calls[*].legs[*]"
            )
    if keys:
        raise BadReferenceError(
            f"{text!r} does not end in a list; write {text}[*] for JSON; for XML write the element names from the root with / between them, "
            f"such as export/{keys[-1]}, or /{keys[-1]} where it is the root"
        )
    return tuple(levels)


def place_of(reference: str, levels: tuple[Level, ...]) -> Place:
    """Where a field stands: a name that is a level's leads there, ``$`` to the document, any other into the row itself."""
    steps = parsed_steps(reference)
    if steps[0] == DOCUMENT:
        return Place(0, steps[1:])
    for number, level in enumerate(levels, 1):
        if steps[0] == level.name and not (len(steps) > 1 and isinstance(steps[1], int)):
            return Place(number, steps[1:])
    return Place(len(levels), steps)


def json_path(steps: tuple[str | int, ...]) -> str:
    """The steps as a JSON path of the engine."""
    written = "$"
    for step in steps:
        if isinstance(step, int):
            written += f"[{step}]"
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            written += f'."{escaped}"'
    return written

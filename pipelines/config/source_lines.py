"""In which line of a configuration a fault of a mapping stands: TOML that was parsed no longer says it."""

import re
from collections.abc import Sequence
from typing import Any

_SOURCE = re.compile(r"^\s*\[\[\s*sources\s*\]\]", re.MULTILINE)
_TABLE = re.compile(r"^\s*\[\[\s*sources\s*\.\s*tables\s*\]\]", re.MULTILINE)
_NAMED_FIRST = re.compile(r"(?:tables\[(\d+)\][.:]? ?)?((?:[a-z_]+\.)?[a-z_]+)\b")


def line_in_mapping(text: str, document: dict[str, Any], location: Sequence[int | str], message: str) -> int | None:
    """The line, from 1, of the key that a fault is about, as its ``location`` and the first words of its ``message`` name it.

    The block's own line where the key stands nowhere in it; None for faults outside of mappings.
    """
    sources = document.get("sources")
    if (
        len(location) < 2
        or location[0] != "sources"
        or not isinstance(location[1], int)
        or not isinstance(sources, list)
    ):
        return None
    source = sources[location[1]]
    if not isinstance(source, dict) or source.get("format") != "mapping":
        return None
    start, end = _block(text, _SOURCE, location[1], 0, len(text))
    told = _NAMED_FIRST.match(message.removeprefix("Value error, "))
    parts = [*location[2:]]
    if told is not None and told[1] is not None:
        parts[:0] = ["tables", int(told[1])]
    if len(parts) > 1 and parts[0] == "tables" and isinstance(parts[1], int):
        start, end = _block(text, _TABLE, parts[1], start, end)
        parts = parts[2:]
    keys = [str(part) for part in parts if isinstance(part, str)]
    keys += told[2].split(".") if told is not None else []
    at = 0
    for key in keys:
        name = re.escape(key)
        # A key in front of its value, or as a part of a heading.
        written = re.compile(rf"^[^#\n]*?(?<![\w-])[\"']?{name}[\"']?\s*[=.\]]", re.MULTILINE)
        found = written.search(text, at or start, end)
        at = found.end() if found else at
    return text.count("\n", 0, at or start) + 1


def _block(text: str, head: re.Pattern[str], number: int, start: int, end: int) -> tuple[int, int]:
    """Where the block with this number begins and ends."""
    heads = [found.end() for found in head.finditer(text, start, end)]
    if number >= len(heads):
        return start, end
    return heads[number], heads[number + 1] if number + 1 < len(heads) else end

"""One JSON text → its value, strictly, with numbers as they stand; and a value as the text that a column holds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from pipelines.sources.limits import DEEPEST_NESTING

#: Longer integers keep their text: as an id each digit counts, and Python refuses to read thousands of them.
_MOST_DIGITS = 19


@dataclass(frozen=True)
class BrokenJson:
    """Stands for a text that is no JSON; ``reason`` says why."""

    reason: str = "is not valid JSON"


class _Number(float):
    """A number that is no small integer, with its text."""

    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text if text.lstrip("-").isdigit() else _as_written_by_engine(number, text)
        return number


class DoubledKeys(dict[str, object]):
    """An object that names a key twice with different values; ``doubled`` are those keys."""

    doubled: tuple[str, ...] = ()


def parsed_json(text: str) -> object:
    """The value of a JSON text, or BrokenJson. Half a surrogate pair, which no UTF-8 can hold, becomes ``?``."""
    if text.count("[") + text.count("{") > DEEPEST_NESTING and _nesting(text) > DEEPEST_NESTING:
        return BrokenJson(f"is nested deeper than {DEEPEST_NESTING} levels")
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return BrokenJson()
    return _whole(value) if "\\ud" in text.lower() else value


def _whole(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_whole(entry) for entry in value]
    if isinstance(value, dict):
        whole = type(value)((str(_whole(key)), _whole(entry)) for key, entry in value.items())
        if isinstance(value, DoubledKeys) and isinstance(whole, DoubledKeys):
            whole.doubled = value.doubled
        return whole
    return value


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    doubled = DoubledKeys(plain)
    doubled.doubled = tuple(
        {name for name, value in pairs if any(name == other and value != second for other, second in pairs)}
    )
    return doubled


def _integer(text: str) -> int | float:
    return int(text) if len(text) < _MOST_DIGITS else _Number(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_Number, parse_int=_integer)


def _nesting(text: str) -> int:
    deepest = depth = 0
    inside = escaped = False
    for mark in text:
        if inside:
            if escaped:
                escaped = False
            elif mark == "\\":
                escaped = True
            elif mark == '"':
                inside = False
        elif mark == '"':
            inside = True
        elif mark in "[{":
            depth += 1
            if depth > DEEPEST_NESTING:
                return depth
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def _as_written_by_engine(number: float, text: str) -> str:
    """As DuckDB writes it, so that both ways of reading give the same: the shortest digits, exponents from 1e21."""
    if number in (float("inf"), float("-inf")):
        return text
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        plain = format(Decimal(repr(float(number))), "f")
        return plain if "." in plain else f"{plain}.0"
    return repr(float(number)).replace("e+", "e").replace("e-0", "e-").replace(".0e", "e")


def text_of_value(value: object) -> str | None:
    """A value as a text column holds it: a string as it is, lists and objects as JSON; null as None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Number):
        return value.text
    if isinstance(value, float):
        return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(value, "NaN")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

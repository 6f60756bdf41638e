"""One column of landed records: what typing makes of values that were delivered."""

from collections.abc import Iterable
from typing import Any

from builders.landed import Landed

START = "2026-01-05T10:00:00Z"


def value_of(landing: Landed, column: str, value: str) -> Any:
    """The value of ``column`` in a contact that was delivered with ``value``; None where it was left out."""
    return one_row(landing, "contacts", {"contact_id": "c", "started_at": START, column: value}).get(column)


def values_of(landing: Landed, column: str, values: Iterable[str]) -> list[Any]:
    """What :func:`value_of` gives of each of ``values``, which are delivered in one file."""
    quoted = ('"' + value.replace('"', '""') + '"' for value in values)
    lines = [f"c{number:03},{START},{value}" for number, value in enumerate(quoted)]
    landing.source("one.csv").put("one.csv", "\n".join([f"contact_id,started_at,{column}", *lines, ""]))
    landing.night()
    return [row.get(column) for row in landing.surviving()]


def one_row(landing: Landed, table: str, values: dict[str, str]) -> dict[str, Any]:
    landing.source("one.csv", table)
    quoted = ('"' + value.replace('"', '""') + '"' for value in values.values())
    landing.put("one.csv", f"{','.join(values)}\n{','.join(quoted)}\n")
    landing.night()
    (row,) = landing.surviving(table)
    return row

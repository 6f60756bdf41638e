"""What the engine finds, in the form in which the labels are written."""

from collections.abc import Sequence
from functools import cache

from labelled.reading import Due, Promise

from pipelines.extraction import Patterns, find, load_patterns


@cache
def shipped() -> Patterns:
    """The patterns that come along."""
    return load_patterns(None)


def promises_in(texts: Sequence[str], language: str = "en") -> list[list[Promise]]:
    """The promises of each text; a bare $ counts as the US dollars of the labels' project."""
    found: list[list[Promise]] = [[] for _ in texts]
    for row in find(shipped(), language, "server", texts).to_dicts():
        assert row["topic"] == "promise"
        currency = row["currency"] or ("USD" if row["symbol"] == "$" else None)
        due = _due(row["due_count"], row["due_unit"], row["due_value"])
        found[row["text"]].append(Promise(row["kind"], row["amount"], currency, due, row["is_done"]))
    return found


def _due(count: float | None, unit: str | None, value: str | None) -> Due | None:
    if unit == "weekday":
        return Due(weekday=value)
    if unit == "end_of":
        return Due(end_of=value)
    if unit == "date":
        return Due(date=value)
    return Due(count=count, unit=unit) if unit else None


def topics_in(texts: Sequence[str], language: str = "en") -> list[set[str]]:
    """What each text of a customer says: asks_for_human, says_it_again, both or nothing."""
    said: list[set[str]] = [set() for _ in texts]
    for row in find(shipped(), language, "customer", texts).to_dicts():
        said[row["text"]].add(row["topic"])
    return said

"""Names of columns as files spell them: told apart, matched to the contract, and shown without showing a value."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence

from pipelines.sources.limits import MOST_COLUMNS
from pipelines.sources.reading import UnreadableFileError

_PLAIN_NAME = re.compile(r"[\w \-]{1,40}")
_FIVE_DIGITS = re.compile(r"\d{5}")
_MOST_SHOWN = 20
_MOST_UNKNOWN = 1_000
_CUTOFF = 0.6


def folded(name: str) -> str:
    """A header without regard to letter case and outer blanks, as the canonical format matches it."""
    return name.strip().lstrip("\ufeff").strip().lower()


def snake_case(name: str) -> str:
    """A header in lower snake case: ``Consumer disputed?`` → ``consumer_disputed``."""
    return re.sub(r"[^0-9a-z]+", "_", name.strip().lower()).strip("_")


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The name that a misspelt one was probably meant to be: ``custmer_id`` → ``customer_id``; None if none is near."""
    found = difflib.get_close_matches(snake_case(name), sorted(known), n=1, cutoff=_CUTOFF)
    return found[0] if found else None


def shown_name(name: str, place: int, *, trusted: bool = True) -> str:
    """A header as a message may show it: where it may be a value of a record (no header at all), its place and shape."""
    bare = name.strip().lstrip("\ufeff").strip()
    if trusted and _PLAIN_NAME.fullmatch(bare) and not _FIVE_DIGITS.search(bare):
        return bare
    return f"column {place} ({'blank' if not bare else f'text, {len(bare)} characters'})"


def plain_names(names: Iterable[str]) -> list[str]:
    """The names that look like those of fields; any other may be a value."""
    return [name for name in names if _PLAIN_NAME.fullmatch(name.lstrip("@#")) and not _FIVE_DIGITS.search(name)]


def checked_names(header: Sequence[str], known: Iterable[str], fold: Callable[[str], str]) -> dict[str, int]:
    """Folded name → its place in the header, from 0; blank names are left out.

    Raises UnreadableFileError for too many columns, and for one that is named twice: which of them counts is not guessed.
    """
    if len(header) > MOST_COLUMNS:
        raise UnreadableFileError(f"the header has {len(header)} columns, more than {MOST_COLUMNS}; deliver fewer")
    places: dict[str, int] = {}
    names = set(known)
    trusted = any(fold(name) in names for name in header)
    for place, name in enumerate(header):
        spelled = fold(name)
        if not spelled:
            continue
        first = places.setdefault(spelled, place)
        if first != place:
            both = " and ".join(
                f"{shown_name(header[at], at + 1, trusted=trusted)!r} (column {at + 1})" for at in (first, place)
            )
            raise UnreadableFileError(
                f"the header names a column twice: {both}; keep one of them and deliver the file again"
            )
    return places


def unknown_names(header: Sequence[str], known: Iterable[str], fold: Callable[[str], str]) -> tuple[str, ...]:
    """The columns that no column of the format is called, as they may be shown, blank ones left out."""
    names = set(known)
    return tuple(
        shown_name(name, place) for place, name in enumerate(header, 1) if fold(name) and fold(name) not in names
    )[:_MOST_UNKNOWN]


def listed_names(header: Sequence[str], known: Iterable[str], fold: Callable[[str], str]) -> str:
    """The columns of a file for a message; where none is known the header may be a row of data, and is not shown."""
    names = set(known)
    if not any(fold(name) in names for name in header):
        return "no column that this table knows"
    shown = sorted(
        fold(name) if fold(name) in names else shown_name(name, place)
        for place, name in enumerate(header, 1)
        if fold(name)
    )
    return ", ".join(shown[:_MOST_SHOWN])

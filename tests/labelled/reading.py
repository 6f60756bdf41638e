"""Loaders of the labelled conversations, and the score of promises that were found against those that were labelled.

What the labels mean stands in ``README.md`` here. What does not belong here: anything of ``pipelines`` — whoever
measures turns what the product found into :class:`Promise` and calls :func:`match`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

FOLDER = Path(__file__).parent
SPLITS = ("tuning", "heldout")
#: Of promises and phrases there is a third: texts by a second hand, which nobody who tunes has read.
WORD_SPLITS = (*SPLITS, "fresh")
KINDS = ("credit", "refund", "callback", "replacement", "visit", "follow_up", "plan_change")
UNITS = ("hour", "day", "business_day", "week", "month")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ENDS = ("day", "week", "month")
HOWS = ("restates", "says_so", "both", "none")
SOURCES = ("vcon-dev-synthetic", "vcon-ietf", "aws-transcribe-call-analytics")

#: Only what is as long always: a business day and a month are not.
_HOURS = {"hour": 1.0, "day": 24.0, "week": 168.0}

Split = Literal["tuning", "heldout"]
WordSplit = Literal["tuning", "heldout", "fresh"]
Json = Mapping[str, Any]
Row = TypeVar("Row")


class LabelError(ValueError):
    """A line that breaks the form of its file; the message names file and line."""


@dataclass(frozen=True)
class Due:
    """The latest moment that a promise names: exactly one of the four ways to say it, the others null."""

    count: float | None = None
    unit: str | None = None
    """Of ``count``, from the time of the turn: hour, day, business_day, week or month."""
    weekday: str | None = None
    end_of: str | None = None
    date: str | None = None
    """ISO, or ``--12-04`` where no year is said."""

    def is_same(self, other: "Due") -> bool:
        """Whether both name the same moment: 48 hours are 2 days; a date without a year is that day of any year."""
        return self._normal() == other._normal() or self._is_day_of(other) or other._is_day_of(self)

    def _normal(self) -> tuple[object, ...]:
        if self.count is None or self.unit is None:
            return (self.weekday, self.end_of, self.date)
        if self.unit in _HOURS:
            return (round(self.count * _HOURS[self.unit], 2), "hour")
        return (self.count, self.unit)

    def _is_day_of(self, other: "Due") -> bool:
        yearless = (self.date or "").startswith("--")
        return yearless and other.date is not None and other.date[-5:] == (self.date or "")[-5:]


@dataclass(frozen=True)
class Promise:
    """What the company says that it did or will do; ``amount`` in the main unit of ``currency``."""

    kind: str
    amount: float | None = None
    currency: str | None = None
    due: Due | None = None
    is_done: bool = False


@dataclass(frozen=True)
class LabelledTurn:
    """A turn of the company; ``speaker`` is ai or agent."""

    id: str
    speaker: str
    text: str
    promises: tuple[Promise, ...]


@dataclass(frozen=True)
class LabelledPhrase:
    """A turn of a customer."""

    id: str
    text: str
    asks_for_human: bool
    says_it_again: bool


@dataclass(frozen=True)
class Said:
    """A turn inside a conversation."""

    speaker: str
    text: str


@dataclass(frozen=True)
class LabelledHandoff:
    """A conversation across a handoff from an AI to a person."""

    id: str
    before: tuple[Said, ...]
    """Turns of customer and ai."""
    after: tuple[Said, ...]
    """Turns of customer and agent."""
    customer_repeated: bool
    how: str


@dataclass(frozen=True)
class RealTurn:
    """Where a turn of a real conversation stands: a file of a folder of real exports, and its index there, from 0."""

    source: str
    file: str
    turn_index: int


@dataclass(frozen=True)
class RealPromises:
    """The promises of a real turn."""

    turn: RealTurn
    promises: tuple[Promise, ...]


@dataclass(frozen=True)
class RealPhrases:
    """What a customer says in a real turn."""

    turn: RealTurn
    asks_for_human: bool
    says_it_again: bool


def read_promises(split: WordSplit) -> tuple[LabelledTurn, ...]:
    """The labelled turns of the company, in the order of their ids. Raises LabelError."""
    return _read(f"promises_{split}.jsonl", _turn)


def read_phrases(split: WordSplit) -> tuple[LabelledPhrase, ...]:
    """The labelled turns of customers, in the order of their ids. Raises LabelError."""
    return _read(f"phrases_{split}.jsonl", _phrase)


def read_handoffs(split: Split) -> tuple[LabelledHandoff, ...]:
    """The labelled handoffs, in the order of their ids. Raises LabelError."""
    return _read(f"handoffs_{split}.jsonl", _handoff)


def read_real_promises() -> tuple[RealPromises, ...]:
    """The turns of real conversations that hold a promise; all others of the files that were read hold none."""
    return _read("real_promises.jsonl", lambda row: RealPromises(_real_turn(row), _promises(row)))


def read_real_phrases() -> tuple[RealPhrases, ...]:
    """The customers' turns of real conversations with one of the two phrases; all others have neither."""
    return _read(
        "real_phrases.jsonl",
        lambda row: RealPhrases(_real_turn(row), _flag(row, "asks_for_human"), _flag(row, "says_it_again")),
    )


@dataclass(frozen=True)
class Counts:
    """How many of what was found and of what was labelled agree."""

    right: int
    found: int
    labelled: int

    @property
    def precision(self) -> float | None:
        """Share of what was found that is right; null where nothing was found."""
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Share of what was labelled that was found; null where nothing was labelled."""
        return self.right / self.labelled if self.labelled else None


@dataclass(frozen=True)
class Score:
    """The score of promises, and of the details of those that were matched."""

    promises: Counts
    dues: Counts
    """Among matched promises: found and labelled count those that have a due at all."""
    is_done_right: int
    """Matched promises that agree about ``is_done``."""


def match(found: Sequence[Sequence[Promise]], labelled: Sequence[Sequence[Promise]]) -> Score:
    """Scores what was found in each turn against the labels of the same turn.

    A found promise is right when its kind is the label's and, where the label has an amount, amount (to a cent) and
    currency are too; where it has none, none may be found. Within a turn each label is matched once; among equal ones
    the pairs that agree about the due come first. Raises ValueError where the two have not as many turns.
    """
    pairs = [pair for turn in zip(found, labelled, strict=True) for pair in _pairs(*turn)]
    dues = [(left.due, right.due) for left, right in pairs]
    return Score(
        Counts(len(pairs), sum(map(len, found)), sum(map(len, labelled))),
        Counts(
            sum(left is not None and right is not None and left.is_same(right) for left, right in dues),
            sum(left is not None for left, _ in dues),
            sum(right is not None for _, right in dues),
        ),
        sum(left.is_done == right.is_done for left, right in pairs),
    )


def _pairs(found: Sequence[Promise], labelled: Sequence[Promise]) -> Iterator[tuple[Promise, Promise]]:
    left, right = list(found), list(labelled)
    # Agreement is an equality of keys, so that taking any agreeing pair never costs another one.
    for with_due in (True, False):
        for label in tuple(right):
            for candidate in left:
                if _key(candidate) == _key(label) and (not with_due or _is_same_due(candidate, label)):
                    left.remove(candidate)
                    right.remove(label)
                    yield candidate, label
                    break


def _key(promise: Promise) -> tuple[object, ...]:
    if promise.amount is None:
        return (promise.kind,)
    return (promise.kind, round(promise.amount * 100), promise.currency)


def _is_same_due(left: Promise, right: Promise) -> bool:
    if left.due is None or right.due is None:
        return left.due is right.due
    return left.due.is_same(right.due)


def _read(name: str, build: Callable[[Json], Row]) -> tuple[Row, ...]:
    return read_file(FOLDER / name, build)


def read_file(path: Path, build: Callable[[Json], Row]) -> tuple[Row, ...]:
    """The rows of a JSON-lines file; an empty file has none. Raises LabelError."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(build(json.loads(line)))
        except KeyError as error:
            raise LabelError(f"{path.name}, line {number}: the field {error} is missing") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise LabelError(f"{path.name}, line {number}: {error}") from error
    return tuple(rows)


def _turn(row: Json) -> LabelledTurn:
    return LabelledTurn(row["id"], _one_of(row, "speaker", ("ai", "agent")), _text(row), _promises(row))


def _phrase(row: Json) -> LabelledPhrase:
    return LabelledPhrase(row["id"], _text(row), _flag(row, "asks_for_human"), _flag(row, "says_it_again"))


def _handoff(row: Json) -> LabelledHandoff:
    repeated, how = _flag(row, "customer_repeated"), _one_of(row, "how", HOWS)
    if repeated != (how != "none"):
        raise ValueError(f"customer_repeated is {repeated}, but how is {how!r}")
    return LabelledHandoff(
        row["id"],
        tuple(Said(_one_of(said, "speaker", ("customer", "ai")), _text(said)) for said in row["before"]),
        tuple(Said(_one_of(said, "speaker", ("customer", "agent")), _text(said)) for said in row["after"]),
        repeated,
        how,
    )


def _real_turn(row: Json) -> RealTurn:
    if not isinstance(row["turn_index"], int):
        raise TypeError(f"turn_index {row['turn_index']!r} is no whole number")
    return RealTurn(_one_of(row, "source", SOURCES), row["file"], row["turn_index"])


def _promises(row: Json) -> tuple[Promise, ...]:
    return tuple(_promise(entry) for entry in row["promises"])


def _promise(entry: Json) -> Promise:
    amount, currency = entry["amount"], entry["currency"]
    if amount is not None and not (isinstance(amount, int | float) and amount > 0):
        raise ValueError(f"amount {amount!r} is neither a positive number nor null")
    if currency is not None and (amount is None or not (len(currency) == 3 and currency.isupper())):
        raise ValueError(f"currency {currency!r} is no ISO code beside an amount")
    due = None if entry["due"] is None else _due(entry["due"])
    return Promise(_one_of(entry, "kind", KINDS), amount, currency, due, _flag(entry, "is_done"))


def _due(entry: Json) -> Due:
    if set(entry) == {"count", "unit"} and isinstance(entry["count"], int | float) and entry["count"] > 0:
        return Due(count=float(entry["count"]), unit=_one_of(entry, "unit", UNITS))
    if set(entry) == {"weekday"}:
        return Due(weekday=_one_of(entry, "weekday", WEEKDAYS))
    if set(entry) == {"end_of"}:
        return Due(end_of=_one_of(entry, "end_of", ENDS))
    if set(entry) == {"date"}:
        text = str(entry["date"])
        # A leap year, so that every day of a year that is not said exists.
        date.fromisoformat(f"2028{text[1:]}" if text.startswith("--") else text)
        return Due(date=text)
    raise ValueError(f"due {entry!r} is none of count and unit, weekday, end_of, date")


def _one_of(row: Json, name: str, allowed: Sequence[str]) -> str:
    if row[name] not in allowed:
        raise ValueError(f"{name} {row[name]!r} is none of {', '.join(allowed)}")
    return str(row[name])


def _flag(row: Json, name: str) -> bool:
    if not isinstance(row[name], bool):
        raise TypeError(f"{name} {row[name]!r} is neither true nor false")
    return row[name]


def _text(row: Json) -> str:
    if not isinstance(row["text"], str) or not row["text"].strip():
        raise ValueError("the text is empty")
    return row["text"]

"""What changed since last week: numbers beyond chance, diverging segments that are new or gone, verdicts that changed.

Segments are compared with the snapshot of a week ago where it is still kept. Where it is not, this snapshot holds one
verdict a segment and nothing to compare it with; the report then says so and keeps to the numbers of this snapshot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboards import wording
from dashboards.report.numbers import KeyNumber
from dashboards.report.prior_snapshot import Earlier
from dashboards.snapshot.groups import Group, read_group

_SHOWN = 4
_CHANGED = ("diverging", "undervalued")
_WORDS = {
    "diverging": "diverges",
    "undervalued": "is undervalued",
    "aligned": "is aligned",
    "insufficient": "is too small to say",
}


@dataclass(frozen=True)
class VerdictChange:
    """One segment whose verdict is another than a week ago; None: it was not, or is no longer, looked at."""

    name: str
    before: str | None
    now: str | None

    @property
    def words(self) -> str:
        name = wording.clipped(self.name[:1].upper() + self.name[1:], 90)
        was = (
            "was not looked at" if self.before is None else _WORDS.get(self.before, self.before).replace("is ", "was ")
        )
        was = was.replace("diverges", "diverged")
        if self.now == "diverging":
            return f"New: {name} diverges; a week ago it {was}."
        if self.before == "diverging":
            now = "is no longer looked at" if self.now is None else _WORDS.get(self.now, self.now)
            return f"Gone: {name} diverged a week ago and now {now}."
        now = "is no longer looked at" if self.now is None else _WORDS.get(self.now, self.now)
        return f"{name} now {now}; a week ago it {was}."


@dataclass(frozen=True)
class Since:
    """``source`` says what was compared with what; ``earlier_id`` is empty where no snapshot of a week ago is kept."""

    earlier_id: str
    earlier_as_of: datetime | None
    numbers: tuple[str, ...]
    verdicts: tuple[VerdictChange, ...]
    more: int
    source: str

    @property
    def lines(self) -> tuple[str, ...]:
        said = [*self.numbers, *(each.words for each in self.verdicts)]
        if self.more:
            said.append(f"{self.more} more segment{'' if self.more == 1 else 's'} changed verdict.")
        return tuple(said) or ("No number changed beyond chance.",)


def since_last_week(
    numbers: Sequence[KeyNumber], segments: pl.LazyFrame, earlier: Earlier | None, time_zone: str
) -> Since:
    """What changed. ``segments``: segment_divergence of this snapshot."""
    moved = tuple(
        f"{number.name}: {number.change_words}." for number in numbers if number.direction and number.change is not None
    )
    if earlier is None:
        return Since(
            "",
            None,
            moved,
            (),
            0,
            "No snapshot of a week ago is kept, so segments are not compared; numbers are, within this snapshot, each with its "
            "week before.",
        )
    changed = _verdict_changes(_verdicts(earlier.segments), _verdicts(segments))
    return Since(
        earlier.snapshot_id,
        earlier.as_of,
        moved,
        tuple(changed[:_SHOWN]),
        max(0, len(changed) - _SHOWN),
        f"Segments against the snapshot of {wording.moment(earlier.as_of, time_zone)}; numbers within this snapshot, each "
        "with its week before.",
    )


def _verdicts(table: pl.LazyFrame) -> dict[Group, tuple[str, bool]]:
    """Segment → its verdict, and whether it stands for itself."""
    rows = table.select("segment", "verdict", pl.col("within_segment").is_null() & pl.col("cause_segment").is_null())
    return {read_group(segment): (verdict, alone) for segment, verdict, alone in rows.collect().iter_rows()}


def _verdict_changes(before: dict[Group, tuple[str, bool]], now: dict[Group, tuple[str, bool]]) -> list[VerdictChange]:
    """Segments that stand for themselves and (no longer) diverge or are undervalued: new ones first, then gone ones."""
    none = (None, True)
    found = []
    for group in sorted({*before, *now}, key=lambda each: each.words):
        (was, was_alone), (is_now, is_alone) = before.get(group, none), now.get(group, none)
        alone = is_alone if is_now in _CHANGED else was_alone
        if was != is_now and alone and (was in _CHANGED or is_now in _CHANGED):
            found.append(VerdictChange(group.words, was, is_now))
    return sorted(found, key=lambda each: (each.now != "diverging", each.before != "diverging"))

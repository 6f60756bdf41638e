"""Change since last week: significant changes of numbers, and segments whose verdict changed.

Segments are compared with the snapshot of a week ago where it is still kept. Where it is not, this snapshot holds one
verdict a segment and nothing to compare it with; the report then says so and keeps to the numbers of this snapshot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboards import wording
from dashboards.findings.divergence import IS_SENSITIVE
from dashboards.report.numbers import KeyNumber
from dashboards.snapshot.groups import Group, read_group
from dashboards.snapshot.prior import PriorSnapshot
from dashboards.wording.divergence import DIVERGING, UNDERVALUED, verdict_change

_SHOWN = 4
_WITH_VERDICT = (DIVERGING, UNDERVALUED)
_NO_PRIOR = (
    "No snapshot of a week ago is kept, so segments are not compared; numbers are compared with the week before, within "
    "this snapshot."
)


@dataclass(frozen=True)
class VerdictChange:
    """One segment whose verdict is another than a week ago; None: it was not, or is no longer, compared."""

    name: str
    before: str | None
    now: str | None

    @property
    def words(self) -> str:
        return verdict_change(wording.clipped(self.name, 90), self.before, self.now)


@dataclass(frozen=True)
class WeekOverWeek:
    """``source`` says what was compared with what; ``prior_id`` is empty where no snapshot of a week ago is kept."""

    prior_id: str
    prior_as_of: datetime | None
    numbers: tuple[str, ...]
    verdicts: tuple[VerdictChange, ...]
    more: int
    source: str

    @property
    def lines(self) -> tuple[str, ...]:
        found = [*self.numbers, *(each.words for each in self.verdicts)]
        if self.more:
            found.append(f"{wording.plural(self.more, 'more segment')} changed verdict.")
        return tuple(found) or ("No number changed significantly.",)


def week_over_week(
    numbers: Sequence[KeyNumber], segments: pl.LazyFrame, prior: PriorSnapshot | None, time_zone: str
) -> WeekOverWeek:
    """What changed. ``segments``: segment_divergence of this snapshot."""
    moved = tuple(
        f"{number.name}: {number.change_words}." for number in numbers if number.direction and number.change is not None
    )
    if prior is None:
        return WeekOverWeek("", None, moved, (), 0, _NO_PRIOR)
    changed = _verdict_changes(_verdicts(prior.segments), _verdicts(segments))
    return WeekOverWeek(
        prior.snapshot_id,
        prior.as_of,
        moved,
        tuple(changed[:_SHOWN]),
        max(0, len(changed) - _SHOWN),
        f"Segments are compared with the snapshot of {wording.moment(prior.as_of, time_zone)}; numbers with the week before, "
        "within this snapshot.",
    )


def _verdicts(table: pl.LazyFrame) -> dict[Group, tuple[str, bool]]:
    """Segment → its verdict, and whether it stands for itself."""
    # What rests on the coding of issues has no verdict here, as in the headline.
    verdict = (
        pl.when(IS_SENSITIVE).then(pl.lit("sensitive to issue coding")).otherwise(pl.col("verdict")).alias("verdict")
    )
    rows = table.select("segment", verdict, pl.col("within_segment").is_null() & pl.col("cause_segment").is_null())
    return {read_group(segment): (verdict, alone) for segment, verdict, alone in rows.collect().iter_rows()}


def _verdict_changes(before: dict[Group, tuple[str, bool]], now: dict[Group, tuple[str, bool]]) -> list[VerdictChange]:
    """Segments that stand for themselves and (no longer) diverge or are undervalued: new ones first, then gone ones."""
    none = (None, True)
    found = []
    for group in sorted({*before, *now}, key=lambda each: each.words):
        (was, was_alone), (is_now, is_alone) = before.get(group, none), now.get(group, none)
        alone = is_alone if is_now in _WITH_VERDICT else was_alone
        if was != is_now and alone and (was in _WITH_VERDICT or is_now in _WITH_VERDICT):
            found.append(VerdictChange(group.words, was, is_now))
    return sorted(found, key=lambda each: (each.now != DIVERGING, each.before != DIVERGING))

"""Whether a customer restates, after a handoff, what they said before it (M11), from embeddings of what they said.

Every turn after the handoff is compared with all that was said before it at once: with the direction of the sum of its
embeddings. Comparing turn by turn, any two turns that happen to be alike would do ("you too, goodbye" and "I appreciate
that"), and the more is said, the sooner two are; a turn that is near to the whole says the whole again.

The constants were chosen on ``tests/labelled/handoffs_tuning.jsonl`` alone, as told beside them. A customer who *says*
that they are repeating themselves is found by phrases (``pipelines.extraction``), not here.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Turns of fewer words, white space between them, are not compared: "okay thanks" stands before and after any handoff.
FEWEST_WORDS = 4
#: So many of the customer's latest turns before the handoff are compared, and so many of the first after it: what is
#: said later answers new questions. No tuning conversation is longer, so these two are judgement, not measurement.
MOST_BEFORE = 12
MOST_AFTER = 4
#: Of the 62 tuning conversations whose customer restates or does neither, the 34 without a repeat reach .46 at most; 26
#: of the 28 with one reach .51 or more. Of 101 places at which calls without any handoff were cut in two
#: (the conversations of vcon-dev, which often go on about the same), 14 reach .45, 3 reach .5 and none .55.
THRESHOLD = 0.5
#: Rows whose products are held at once, few enough for a processor's cache.
_TOGETHER = 1_024
#: Changes whenever the same embeddings may be judged in another way.
RESTATEMENT_VERSION = (1, FEWEST_WORDS, MOST_BEFORE, MOST_AFTER, THRESHOLD)


@dataclass(frozen=True)
class Restatements:
    """The closest that a customer came, handoff by handoff.

    Attributes:
        similarity: (handoffs,) cosine of the angle between a turn after the handoff and all that was said before it, that
            of the turn that is nearest.
        after: (handoffs,) row of that turn.
        before: (handoffs,) row of the turn before the handoff that is nearest to that turn: what a person is shown.
    """

    similarity: NDArray[np.float32]
    after: NDArray[np.int64]
    before: NDArray[np.int64]


def restated(similarity: pl.Series) -> pl.Series:
    """``is_restated``: whether each similarity counts as restating; null where there is none."""
    return (similarity >= THRESHOLD).alias("is_restated")


def find_restatements(
    before: NDArray[np.float32],
    before_starts: NDArray[np.int64],
    after: NDArray[np.float32],
    after_starts: NDArray[np.int64],
) -> Restatements:
    """Find the nearest turn after each handoff. Of equally near ones the first is taken.

    Every number is computed from one handoff's rows alone, in their order, so that it does not depend on other handoffs.

    Args:
        before: (turns, width) embeddings of length 1, handoff after handoff.
        before_starts: (handoffs,) first row of each handoff, ascending; each has at least one row.
        after: as ``before``.
        after_starts: as ``before_starts``, for the same handoffs.
    """
    whole = np.add.reduceat(before, before_starts, axis=0)
    lengths = np.sqrt((whole * whole).sum(axis=1, keepdims=True))
    # Embeddings that cancel out leave no direction, and then nothing is near to it.
    whole /= np.where(lengths > 0, lengths, 1)
    similarity, nearest_after = _nearest(after, after_starts, whole)
    _, nearest_before = _nearest(before, before_starts, after[nearest_after])
    return Restatements(similarity, nearest_after, nearest_before)


def _nearest(
    rows: NDArray[np.float32], starts: NDArray[np.int64], targets: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each handoff the largest product of one of its rows with its target, and the first row that has it."""
    owner = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(rows)))
    products = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _TOGETHER):
        part = slice(start, start + _TOGETHER)
        products[part] = (rows[part] * targets[owner[part]]).sum(axis=1)
    largest = np.maximum.reduceat(products, starts)
    places = np.where(products == largest[owner], np.arange(len(rows)), len(rows))
    return largest, np.minimum.reduceat(places, starts)

"""What a policy costs (M10): the claims that it keeps, those that are wrong among them, and the handoffs, with intervals.

A claim that the policy in force handed off has no outcome of the AI's own; its label comes from review, if it has one.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.statistics.clusters import Floats, Ints, dense_codes
from pipelines.statistics.cost_intervals import CostShare, CustomerCodes, cost_margins
from pipelines.statistics.intervals import DEFAULT_MIN_N

Bools = NDArray[np.bool_]

#: A policy is judged where its unlabelled handed-off claims are at most this share of the claims that it would keep.
UNLABELLED_SHARE = 0.1


@dataclass(frozen=True)
class ClaimCosts:
    """Money per claim: a wrong answer reached the customer; a human took over. ``human_wrong``: share they get wrong.

    Raises ValueError for negative or infinite money, or a share outside [0, 1].
    """

    wrong: float
    handoff: float
    human_wrong: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.wrong < np.inf and 0 <= self.handoff < np.inf):
            raise ValueError(f"costs are finite and not negative, not {self.wrong} and {self.handoff}")
        if not 0 <= self.human_wrong <= 1:
            raise ValueError(f"the share that a human gets wrong lies between 0 and 1, not {self.human_wrong}")

    @property
    def handed_off(self) -> float:
        """What a claim costs that a human takes over."""
        return self.handoff + self.human_wrong * self.wrong


@dataclass(frozen=True)
class PolicyClaims:
    """Claims of one group, arrays of shape (n,).

    ``confidence``: raw or recalibrated, within [0, 1]. ``correct``: 1, 0, or NaN where there is no label. ``codes``:
    customer codes, or None. ``is_kept``: the policy in force let the AI's answer stand (raw confidence at or above its
    threshold), None where no policy is in force. Raises ValueError if they do not fit or a confidence is not a fraction.
    """

    confidence: Floats
    correct: Floats
    codes: Ints | None = None
    is_kept: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        given = [a for a in (self.correct, self.codes, self.is_kept) if a is not None]
        if any(np.shape(a) != np.shape(self.confidence) for a in given):
            raise ValueError("one value a claim in every array")
        if not ((self.confidence >= 0) & (self.confidence <= 1)).all():
            raise ValueError("confidences lie between 0 and 1; refuse the others first (calibration.judged_claims)")
        if not (np.isnan(self.correct) | (self.correct == 0) | (self.correct == 1)).all():
            raise ValueError("a label is 0, 1 or missing; a draw is neither")


@dataclass(frozen=True)
class Money:
    """An amount per 1,000 claims with its 95% interval by customer (`cost_intervals`), None with a single customer."""

    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class PolicyCost:
    """Cost of keeping some claims and handing off the others, per 1,000 claims.

    ``if_right`` and ``if_wrong``: if all ``unlabelled`` claims (a count: kept, handed off by the policy in force, without a
    label) were right, or wrong. ``lower`` and ``upper`` hold both; NaN with a single customer, or where none was asked for.
    """

    cost: float
    lower: float
    upper: float
    if_right: float
    if_wrong: float
    kept_wrong: float
    unlabelled: int

    @property
    def money(self) -> Money:
        return _money(self.cost, self.lower, self.upper)


@dataclass(frozen=True)
class Ledger:
    """Claims as policies are counted on them; ``level`` None: without intervals."""

    correct: Floats
    is_kept: Bools
    costs: ClaimCosts
    customers: CustomerCodes
    level: float | None

    @classmethod
    def of(cls, claims: PolicyClaims, costs: ClaimCosts, level: float | None) -> "Ledger":
        n = len(claims.confidence)
        is_kept = np.ones(n, dtype=bool) if claims.is_kept is None else claims.is_kept
        return cls(claims.correct, is_kept, costs, CustomerCodes.of(*dense_codes(claims.codes, n)), level)

    def cost(self, kept: Bools) -> PolicyCost | None:
        """The cost of keeping ``kept``, shape (n,); None where no label tells. See `escalation.cost_curve`."""
        fills = self._fills(kept)
        ends = [self._priced(kept, correct) for correct in fills]
        if not ends or any(math.isnan(value) for _, value, _ in ends):
            return None
        bounds = [self._bounds(parts, value) for parts, value, _ in ends]
        right, wrong = ends[0], ends[-1]
        # Claims without a label count as wrong as often as the labelled ones that the policy keeps.
        alike = float((self.correct[kept & ~np.isnan(self.correct)] == 0).mean()) if len(ends) > 1 else 0.0
        return PolicyCost(
            right[1] + alike * (wrong[1] - right[1]),
            min(lower for lower, _ in bounds),
            max(upper for _, upper in bounds),
            right[1],
            wrong[1],
            right[2] + alike * (wrong[2] - right[2]),
            int((kept & ~self.is_kept & np.isnan(self.correct)).sum()),
        )

    def regret(self, kept: Bools) -> Money | None:
        """The cost of the policy in force less that of keeping ``kept``; None where either is unknown.

        Its interval is that of the claims that the two treat differently.
        """
        cost, in_force = self.cost(kept), self.cost(self.is_kept)
        if cost is None or in_force is None:
            return None
        extra, given_up = kept & ~self.is_kept, self.is_kept & ~kept
        bounds = []
        for correct, of_kept in zip(self._fills(kept), (cost.if_right, cost.if_wrong), strict=False):
            parts = [
                *self._wrong(given_up, correct),
                *self._wrong(extra, correct, -1),
                *self._handed_off(extra),
                *self._handed_off(given_up, -1),
            ]
            bounds.append(self._bounds(parts, in_force.cost - of_kept))
        return _money(in_force.cost - cost.cost, min(low for low, _ in bounds), max(high for _, high in bounds))

    def _fills(self, kept: Bools) -> list[Floats]:
        """The labels as they are, or with the missing ones of handed-off claims all right and all wrong; none: not judged."""
        extra = kept & ~self.is_kept
        bare = extra & np.isnan(self.correct)
        if not bare.any() or extra.sum() - bare.sum() >= DEFAULT_MIN_N:
            return [self.correct]
        if bare.sum() > UNLABELLED_SHARE * kept.sum():
            return []
        return [np.where(bare, 1.0, self.correct), np.where(bare, 0.0, self.correct)]

    def _priced(self, kept: Bools, correct: Floats) -> tuple[list[CostShare], float, float]:
        """Shares of the claims with their money, and from them the cost and the wrong ones kept, per 1,000 claims."""
        wrong = self._wrong(kept, correct)
        share = sum(part.share for part in wrong)
        handed_off = 1 - float(kept.mean())
        # Where a policy hands off all claims, or none, that share is certain.
        parts = wrong + (self._handed_off(~kept) if kept.any() else [])
        return parts, 1000 * (self.costs.wrong * share + self.costs.handed_off * handed_off), 1000 * share

    def _wrong(self, kept: Bools, correct: Floats, sign: int = 1) -> list[CostShare]:
        """The wrong ones among ``kept``, apart for claims kept and handed off by the policy in force; NaN without a label.

        Exact if all are labelled, else the wrong share of the labelled ones times all.
        """
        n, parts = len(kept), []
        for side in (kept & self.is_kept, kept & ~self.is_kept):
            every, labelled = int(side.sum()), side & ~np.isnan(correct)
            number = int(labelled.sum())
            if not every:
                continue
            if not number:
                parts.append(CostShare(sign * self.costs.wrong, math.nan, np.zeros(n)))
                continue
            is_wrong = labelled & (correct == 0)
            rate = int(is_wrong.sum()) / number
            influence = np.where(side, rate, 0.0) + every / number * np.where(labelled, is_wrong - rate, 0.0)
            share = rate * every / n
            parts.append(
                CostShare(
                    sign * self.costs.wrong, share, np.asarray(influence - share, dtype=np.float64), every / number
                )
            )
        return parts

    def _handed_off(self, claims: Bools, sign: int = 1) -> list[CostShare]:
        share = float(claims.mean())
        return (
            [CostShare(sign * self.costs.handed_off, share, np.asarray(claims - share, dtype=np.float64))]
            if 0 < share < 1
            else []
        )

    def _bounds(self, parts: list[CostShare], value: float) -> tuple[float, float]:
        """Bounds of ``value`` per 1,000 claims; NaN where no interval was asked for."""
        if self.level is None:
            return math.nan, math.nan
        below, above = cost_margins(parts, self.customers, self.level)
        return value - 1000 * below, value + 1000 * above


def _money(value: float, lower: float, upper: float) -> Money:
    return Money(value, None if math.isnan(lower) else lower, None if math.isnan(upper) else upper)

"""Early read of repeat contacts (M4): Kaplan–Meier in whole days, with a customer-clustered interval.

A contact that is only some days old still says something about those days. It is at risk on day t while
``ended_at + t × 24 h <= as_of``, that is up to f = ⌊(as_of − ended_at) / 24 h⌋, and its event is the first repeat.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.stats import norm

from pipelines.statistics.clusters import Floats, Ints, dense_codes, effective_clusters, student_quantile
from pipelines.statistics.intervals import wilson

#: The last day that is followed, and the number of days 0 … 30.
LAST_DAY = 30
DAYS = LAST_DAY + 1
#: Where contacts have left before their window closed, a day on which fewer are at risk tells nothing: one repeat among
#: three who are left would move the curve by a third.
MIN_AT_RISK = 10
_DAY_US = 86_400_000_000


class FollowUp(NamedTuple):
    """What was seen of each contact, arrays of length n."""

    exit_day: Ints  # last day at risk, 0 … 30; 0 where not observed
    is_event: NDArray[np.bool_]  # the repeat fell on the exit day
    is_observed: NDArray[np.bool_]  # the contact had ended by as_of
    window_share: Floats  # share of the 30 days that lie before as_of, 0 … 1


@dataclass(frozen=True)
class SurvivalCurve:
    """Repeat probability by day, arrays of length 31 (day 0 … 30).

    ``repeat_probability`` = 1 − S is NaN from the first day on that too few reached, ``reason`` then says so. ``lower``
    and ``upper`` are NaN there too, and everywhere when there is but one customer.
    """

    n: int
    customers: int
    at_risk: Ints
    events: Ints
    repeat_probability: Floats
    lower: Floats
    upper: Floats
    reason: str | None = None


def follow_up(ended_at: ArrayLike, next_at: ArrayLike, has_next: ArrayLike, as_of: int) -> FollowUp:
    """Exit day, event and share of the window from instants in whole microseconds.

    ``ended_at``, ``next_at`` (read only where ``has_next``) have shape (n,); ``as_of`` is one instant. Event day =
    max(0, ⌈(next_at − ended_at) / 24 h⌉); it counts when it is at most min(f, 30). f < 0: never at risk, not observed.

    Raises ValueError if the shapes differ or the instants are not integers.
    """
    ended, following, has = np.asarray(ended_at), np.asarray(next_at), np.asarray(has_next, dtype=bool)
    if not ended.shape == following.shape == has.shape or ended.ndim != 1:
        raise ValueError(f"one value a contact: {ended.shape}, {following.shape}, {has.shape}")
    if len(ended) and not ended.dtype.kind == following.dtype.kind == "i":
        raise ValueError(f"instants are integer microseconds, not {ended.dtype} and {following.dtype}")
    last = np.floor_divide(as_of - ended, _DAY_US)
    day = np.maximum(0, -np.floor_divide(ended - np.where(has, following, ended), _DAY_US))
    cut = np.minimum(last, LAST_DAY)
    is_event = has & (day <= cut)
    exit_day = np.maximum(np.where(is_event, day, cut), 0).astype(np.int64)
    return FollowUp(exit_day, is_event, last >= 0, np.clip(last, 0, LAST_DAY) / LAST_DAY)


def repeat_survival(
    exit_day: ArrayLike,
    is_event: ArrayLike,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    *,
    min_at_risk: int = MIN_AT_RISK,
) -> SurvivalCurve:
    """Kaplan–Meier estimate of the repeat probability with a log-log interval, by day.

    Arrays of shape (n,): last day at risk (0 … 30), whether the repeat fell on it, customer code (``clusters``). Days on
    which fewer than ``min_at_risk`` are at risk are not known, unless nobody has left before his window closed.
    With d_s events among Y_s at risk and h_s = d_s / Y_s: S(t) = Π_{s≤t} (1 − h_s). Contact i moves log S(t) by
    −Σ_{s≤t} (dN_i(s) − h_s Y_i(s)) / (Y_s (1 − h_s)); these are summed within customers to I_c, and with s_c the
    customer's share of the contacts (C − 1)/C Σ_c (I_c / (1 − s_c))² is the variance V (robust variance of a survival
    curve: Z. Ying, L. J. Wei, Journal of Multivariate Analysis 50 (1994), 17–29; the factor, C/(C − 1) in all where the
    shares are the same, is the jackknife's: a customer with a large share pulls the curve towards himself). Without ``clusters`` the squares of single contacts make Greenwood's variance exactly;
    with them V is at least Greenwood's, as every design effect here is at least 1.
    Interval: S^exp(±q √V / |log S|) (J. Kalbfleisch, R. Prentice, 1980), q the normal quantile, with clusters that of
    Student's t with ``effective_clusters`` − 1 degrees of freedom.

    Edges, where the variance says nothing. No event yet: from 0 to Wilson's upper bound of 0 among the customers
    (without clusters: contacts) at risk on the day. S = 0: from Wilson's lower bound of all among those at risk on the
    day it became 0 (or the bound of an earlier day, if greater) to 1. One customer: no interval. Where nobody has been
    censored, the estimate is the plain share of contacts that came back, to the last bit.

    Raises ValueError if the shapes differ or a day lies outside 0 … 30.
    """
    days, happened = np.asarray(exit_day), np.asarray(is_event, dtype=bool)
    if days.shape != happened.shape or days.ndim != 1:
        raise ValueError(f"one exit day and one event a contact: {days.shape}, {happened.shape}")
    if len(days) and (days.dtype.kind not in "iu" or days.min() < 0 or days.max() > LAST_DAY):
        raise ValueError(f"exit days are integers from 0 to {LAST_DAY}")
    codes, c = dense_codes(clusters, len(days))
    known = codes if clusters is not None else None
    return _survival(days.astype(np.int64), happened, known, c, level=level, min_at_risk=min_at_risk)


def repeat_survival_by_group(
    groups: ArrayLike,
    exit_day: ArrayLike,
    is_event: ArrayLike,
    clusters: ArrayLike,
    level: float = 0.95,
    *,
    min_at_risk: int = MIN_AT_RISK,
) -> Iterator[tuple[int, SurvivalCurve]]:
    """``repeat_survival`` of each group in ascending order of its code; ``groups`` are integers of shape (n,)."""
    if not len(np.asarray(groups)):
        return
    order = np.argsort(np.asarray(groups), kind="stable")
    names, starts = np.unique(np.asarray(groups)[order], return_index=True)
    parts = [np.asarray(part)[order] for part in (exit_day, is_event, clusters)]
    for name, start, stop in zip(names, starts, [*starts[1:], len(order)], strict=True):
        days, happened, codes = (part[start:stop] for part in parts)
        yield int(name), repeat_survival(days, happened, codes, level, min_at_risk=min_at_risk)


def _survival(
    days: Ints, happened: NDArray[np.bool_], codes: Ints | None, c: int, *, level: float, min_at_risk: int
) -> SurvivalCurve:
    events = np.bincount(days[happened], minlength=DAYS)
    at_risk = np.cumsum(np.bincount(days, minlength=DAYS)[::-1])[::-1]
    hazard = np.divide(events, at_risk, out=np.zeros(DAYS), where=at_risk > 0)
    surviving = np.cumprod(1 - hazard)
    came_back = np.cumsum(events)
    complete = np.logical_and.accumulate(at_risk == len(days) - (came_back - events))
    probability = np.where(complete, came_back / max(1, len(days)), 1 - surviving)
    nothing_known = (at_risk < min_at_risk) & ~complete if len(days) else np.ones(DAYS, dtype=bool)
    probability = np.maximum.accumulate(probability)  # where the two ways meet they may differ in the last bit
    probability[nothing_known] = np.nan

    if codes is None:
        quantile = float(norm.ppf((1 + level) / 2))
        independent = at_risk
    else:
        sizes = np.bincount(codes, minlength=c)
        quantile = student_quantile(level, effective_clusters(sizes) - 1) if c > 1 else np.nan
        longest = np.zeros(c, dtype=np.int64)
        np.maximum.at(longest, codes, days)
        independent = np.cumsum(np.bincount(longest, minlength=DAYS)[::-1])[::-1]
    variance = _variance(days, happened, codes, c, at_risk=at_risk, hazard=hazard)
    lower, upper = np.full(DAYS, np.nan), np.full(DAYS, np.nan)
    inside = (came_back > 0) & (surviving > 0) & ~nothing_known
    log_s = np.log(surviving[inside])
    with np.errstate(over="ignore"):  # with one customer who holds nearly all contacts the quantile knows no bounds
        spread = np.exp(quantile * np.sqrt(variance[inside]) / -log_s)
    lower[inside] = -np.expm1(log_s / spread)
    upper[inside] = -np.expm1(log_s * spread)
    for day in np.flatnonzero((came_back == 0) & ~nothing_known):
        lower[day], upper[day] = wilson(0, int(independent[day]), level=level)
    extinct = np.flatnonzero((surviving == 0) & ~nothing_known)
    if len(extinct):
        first = extinct[0]
        all_of = wilson(int(independent[first]), int(independent[first]), level=level).lower
        lower[extinct] = max(all_of, float(np.nan_to_num(lower[:first], nan=0.0).max(initial=0.0)))
        upper[extinct] = 1.0
    reason = _reason(at_risk, nothing_known)
    if codes is not None and c == 1:
        lower[:], upper[:] = np.nan, np.nan
        reason = "; ".join(filter(None, ("one customer: no interval", reason)))
    return SurvivalCurve(len(days), c, at_risk, events, probability, lower, upper, reason)


def _variance(
    days: Ints, happened: NDArray[np.bool_], codes: Ints | None, c: int, *, at_risk: Ints, hazard: Floats
) -> Floats:
    """Variance of log S by day: influences depend on (exit day, event) only, so 62 kinds of contact exist."""
    room = at_risk * (1 - hazard)
    per_day = np.divide(1.0, room, out=np.zeros(DAYS), where=room > 0)
    drift = np.cumsum(hazard * per_day)
    reached = np.minimum(np.arange(DAYS)[None, :], np.arange(DAYS)[:, None])  # exit day × t
    censored = drift[reached]
    seen = np.arange(DAYS)[None, :] >= np.arange(DAYS)[:, None]
    influence = np.concatenate([censored, censored - seen * per_day[:, None]])  # 62 × 31
    kind = days + DAYS * happened
    greenwood = np.asarray(np.bincount(kind, minlength=2 * DAYS) @ np.square(influence), dtype=np.float64)
    if codes is None:
        return greenwood
    if c < 2:
        return np.full(DAYS, np.nan)
    # Σ_c (Σ_k m_ck I_k)² = Iᵀ (MᵀM) I, m_ck contacts of kind k of customer c over 1 − s_c: a matrix of 62 × 62 tells all.
    share = np.bincount(codes, minlength=c) / len(codes)
    by_customer = csr_array(((1 / (1 - share))[codes], (codes, kind)), shape=(c, 2 * DAYS))
    total = (influence * ((by_customer.T @ by_customer) @ influence)).sum(axis=0)
    return np.asarray(np.maximum(greenwood, (c - 1) / c * total), dtype=np.float64)


def _reason(at_risk: Ints, nothing_known: NDArray[np.bool_]) -> str | None:
    if not at_risk[0]:
        return "no contacts"
    if not nothing_known.any():
        return None
    first = int(np.argmax(nothing_known))
    if at_risk[first]:
        return f"only {at_risk[first]} contacts are followed up to day {first}"
    return f"no contact has been followed for {first} days yet"

"""The early read (M4): hand-derived values, Greenwood and statsmodels, limits, properties, coverage with customers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight

from pipelines.statistics.intervals import wilson
from pipelines.statistics.survival import (
    DAYS,
    SurvivalCurve,
    _variance,
    follow_up,
    repeat_survival,
    repeat_survival_by_group,
)

H24 = 24 * 3600 * 1_000_000


def _rows(seed: int, customers: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Exit days, events and codes: customers of one to five contacts, each with a leaning of its own, some censored."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(customers), 1 + rng.poisson(2, customers))
    leaning = rng.beta(0.8, 3.2, customers)[codes]
    day = np.where(rng.random(len(codes)) < leaning, rng.integers(0, DAYS, len(codes)), 99)
    followed = rng.integers(0, 45, len(codes))
    is_event = day <= np.minimum(followed, 30)
    return np.where(is_event, day, np.minimum(followed, 30)), is_event, codes


def test_event_day_is_the_ceiling_and_counts_only_when_followed_so_far() -> None:
    as_of = 10 * H24
    gaps = [0, 1, H24, H24 + 1, -5 * H24, 9 * H24, 9 * H24 + 1]
    # At once and before the end: day 0; one microsecond: day 1; 24 h: still day 1; and one microsecond: day 2.
    found = follow_up(np.full(7, H24), H24 + np.array(gaps), np.ones(7, dtype=bool), as_of)
    assert found.exit_day.tolist() == [0, 1, 1, 2, 0, 9, 9]
    # Nine days have passed. The last contact came back on its tenth, after as_of: nothing is known of it.
    assert found.is_event.tolist() == [True] * 6 + [False]
    assert found.window_share == pytest.approx(9 / 30)


def test_follow_up_ends_at_as_of_at_day_30_and_before_it_began() -> None:
    as_of = 100 * H24
    ended = np.array([as_of, as_of + 1, as_of - H24, as_of - H24 + 1, 0])
    found = follow_up(ended, np.zeros(5, dtype=np.int64), np.zeros(5, dtype=bool), as_of)
    assert found.is_observed.tolist() == [True, False, True, True, True]
    assert found.exit_day.tolist() == [0, 0, 1, 0, 30]
    assert not found.is_event.any()
    with pytest.raises(ValueError, match="microseconds"):
        follow_up(ended / 1.0, ended, np.ones(5, dtype=bool), as_of)
    with pytest.raises(ValueError, match="one value a contact"):
        follow_up(ended, ended[:2], np.ones(5, dtype=bool), as_of)


def test_kaplan_meier_by_hand() -> None:
    # Five contacts: repeats on days 1 and 3, one seen for 2 days only, two seen for all 30.
    # Y_1 = 5, h = 1/5; Y_3 = 3 (one left after day 2), h = 1/3. S = 4/5, then 4/5 · 2/3 = 8/15.
    read = repeat_survival([1, 3, 2, 30, 30], [True, True, False, False, False], min_at_risk=1)
    assert read.at_risk[[0, 1, 2, 3, 4]].tolist() == [5, 5, 4, 3, 2]
    assert read.repeat_probability[[0, 1, 2, 3, 30]] == pytest.approx([0, 0.2, 0.2, 7 / 15, 7 / 15])
    # Greenwood on day 3: 1/(5·4) + 1/(3·2) = 13/60; log S = −.628609; exp(1.959964 · .465475 / .628609) = 4.268754.
    assert read.lower[30] == pytest.approx(1 - (8 / 15) ** (1 / 4.268754), abs=1e-6)
    assert read.upper[30] == pytest.approx(1 - (8 / 15) ** 4.268754, abs=1e-6)
    assert (read.lower[0], read.upper[0]) == wilson(0, 5)


@pytest.mark.parametrize("seed", range(5))
def test_without_clusters_it_is_statsmodels(seed: int) -> None:
    days, events, _ = _rows(seed)
    theirs = SurvfuncRight(days + 1, events.astype(int))  # statsmodels counts from 1
    ours = repeat_survival(days, events)
    at = theirs.surv_times.astype(int) - 1
    assert 1 - ours.repeat_probability[at] == pytest.approx(theirs.surv_prob, abs=1e-12)
    assert ours.at_risk[at].tolist() == theirs.n_risk.astype(int).tolist()
    log_error = theirs.surv_prob_se / theirs.surv_prob / -np.log(theirs.surv_prob)
    for bound, sign in ((ours.upper, 1), (ours.lower, -1)):
        expected = 1 - theirs.surv_prob ** np.exp(sign * norm.ppf(0.975) * log_error)
        assert bound[at] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_influences_as_defined_make_the_clustered_variance_and_greenwood(seed: int) -> None:
    """The definition row by row: squares of single contacts are Greenwood exactly, their cross terms vanish."""
    days, events, codes = _rows(seed)
    grid = np.arange(DAYS)
    at_risk = (days[:, None] >= grid).astype(float)
    happened = (days[:, None] == grid) & events[:, None]
    y = at_risk.sum(axis=0)
    h = happened.sum(axis=0) / y
    influence = -np.cumsum((happened - h * at_risk) / (y * (1 - h)), axis=1)
    greenwood = np.cumsum(happened.sum(axis=0) / (y * (y - happened.sum(axis=0))))
    assert np.square(influence).sum(axis=0) == pytest.approx(greenwood, rel=1e-12)
    assert influence.sum(axis=0) == pytest.approx(0, abs=1e-12)
    c = codes.max() + 1
    by_customer = np.stack([influence[codes == code].sum(axis=0) for code in range(c)])
    share = np.bincount(codes, minlength=c) / len(codes)
    clustered = (c - 1) / c * np.square(by_customer / (1 - share)[:, None]).sum(axis=0)
    got = _variance(days, events, codes, c, at_risk=y, hazard=h)
    assert got == pytest.approx(np.maximum(clustered, greenwood), rel=1e-10)
    assert _variance(days, events, None, len(days), at_risk=y, hazard=h) == pytest.approx(greenwood, rel=1e-12)


def test_one_contact_a_customer_is_greenwood_but_for_the_finite_sample_factors() -> None:
    days, events, _ = _rows(1, 20_000)
    alone, each = repeat_survival(days, events), repeat_survival(days, events, np.arange(len(days)))
    assert each.lower == pytest.approx(alone.lower, abs=1e-5)
    assert each.upper == pytest.approx(alone.upper, abs=1e-5)


def test_with_complete_windows_it_is_the_mature_rate_to_the_last_bit() -> None:
    rng = np.random.default_rng(3)
    ended = rng.integers(0, 20 * H24, 997)
    following = ended + rng.integers(0, 60 * H24, 997)
    found = follow_up(ended, following, rng.random(997) < 0.7, 60 * H24)
    read = repeat_survival(found.exit_day, found.is_event)
    has_event = found.is_event
    for window in (1, 7, 30):
        assert read.repeat_probability[window] == (has_event & (found.exit_day <= window)).sum() / 997


def test_no_contact_one_contact_one_customer() -> None:
    nothing = repeat_survival([], [], [])
    assert np.isnan(nothing.repeat_probability).all()
    assert nothing.reason == "no contacts"
    single = repeat_survival([4], [False])
    assert single.repeat_probability[:5].tolist() == [0] * 5
    assert single.upper[4] == wilson(0, 1).upper
    assert np.isnan(single.repeat_probability[5:]).all()
    assert single.reason == "no contact has been followed for 5 days yet"
    same = repeat_survival([4, 30], [True, False], [9, 9])
    assert same.repeat_probability[4] == 0.5
    assert np.isnan(same.lower).all()
    assert same.reason == "one customer: no interval"


def test_a_handful_that_is_left_tells_nothing() -> None:
    # Forty contacts: one repeat on day 2, thirty left on day 5; of the nine left one repeats on day 8. With ten at risk
    # (one more followed to the end) the curve goes on: S = 39/40 · 9/10.
    days, events = [2, *[5] * 30, 8, *[30] * 8], [True, *[False] * 30, True, *[False] * 8]
    read = repeat_survival(days, events, range(40))
    assert read.at_risk[[5, 6]].tolist() == [39, 9]
    assert read.repeat_probability[5] == pytest.approx(1 / 40)
    assert np.isnan([read.repeat_probability[6:], read.lower[6:], read.upper[6:]]).all()
    assert read.reason == "only 9 contacts are followed up to day 6"
    # The count of who came back goes on, for the reader's own judgement.
    assert read.events.sum() == 2
    more = repeat_survival([*days, 30], [*events, False], range(41))
    assert more.repeat_probability[8] == pytest.approx(1 - (40 / 41) * (9 / 10))
    assert np.isnan(more.repeat_probability[9:]).all()


def test_few_at_risk_are_enough_where_nobody_has_left() -> None:
    # All but two of twelve came back: the plain share of twelve, not a guess from two.
    read = repeat_survival([*range(1, 11), 30, 30], [True] * 10 + [False] * 2, range(12))
    assert read.repeat_probability[30] == 10 / 12
    assert read.reason is None


def test_all_came_back() -> None:
    read = repeat_survival([0, 2, 2], [True, True, True], [1, 2, 3])
    assert read.repeat_probability.tolist() == [1 / 3] * 2 + [1] * 29
    assert read.at_risk[[0, 2, 3]].tolist() == [3, 2, 0]
    assert (read.upper[2:] == 1).all()
    assert (read.lower[2:] == max(wilson(2, 2).lower, read.lower[1])).all()
    assert read.reason is None


def test_no_repeat_yet_is_bounded_by_customers_not_contacts() -> None:
    read = repeat_survival([30, 30, 30, 10], [False] * 4, [1, 1, 2, 3], min_at_risk=1)
    assert (read.lower == 0).all()
    assert read.upper[0] == wilson(0, 3).upper
    assert read.upper[30] == wilson(0, 2).upper


def test_impossible_input() -> None:
    with pytest.raises(ValueError, match="0 to 30"):
        repeat_survival([31], [True])
    with pytest.raises(ValueError, match="one exit day"):
        repeat_survival([1, 2], [True])


def test_groups_one_by_one() -> None:
    days, events, codes = _rows(5)
    groups = np.arange(len(days)) % 3
    for name, read in repeat_survival_by_group(groups, days, events, codes):
        here = groups == name
        _same(read, repeat_survival(days[here], events[here], codes[here]))
    assert [name for name, _ in repeat_survival_by_group(groups, days, events, codes)] == [0, 1, 2]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.integers(-1, 5)), min_size=1, max_size=40), st.randoms()
)
def test_order_and_names_change_nothing_and_the_curve_rises(rows: list[tuple[int, bool, int]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    renamed = [(day, event, code if code < 0 else 1_000_003 * (7 - code)) for day, event, code in shuffled]
    read, other = (
        repeat_survival(*(np.array(part) for part in zip(*order, strict=True)), min_at_risk=1)
        for order in (rows, renamed)
    )
    _same(read, other)
    known = read.repeat_probability[~np.isnan(read.repeat_probability)]
    assert (np.diff(known) >= 0).all()
    held = ~np.isnan(read.lower)
    assert (read.lower[held] <= read.repeat_probability[held] + 1e-12).all()
    assert (read.repeat_probability[held] <= read.upper[held] + 1e-12).all()


def test_every_contact_twice_says_no_more() -> None:
    days, events, codes = _rows(8)
    once = repeat_survival(days, events, codes)
    twice = repeat_survival(np.tile(days, 2), np.tile(events, 2), np.tile(codes, 2))
    assert twice.repeat_probability == pytest.approx(once.repeat_probability)
    known = once.events.cumsum() > 0
    # Where Greenwood's floor had held the interval wide, it may lose that floor, and no more.
    assert (twice.upper[known] >= once.upper[known] - 0.005).all()


@pytest.mark.parametrize(("customers", "size", "spread"), [(40, 2.0, 3.0), (200, 4.0, 2.0)])
def test_interval_covers_with_clustered_customers(customers: int, size: float, spread: float) -> None:
    rng = np.random.default_rng(17)
    truth = 0.2 * np.arange(1, DAYS + 1) / DAYS
    held, runs = np.zeros(DAYS), 400
    for _ in range(runs):
        codes = np.repeat(np.arange(customers), 1 + rng.poisson(size - 1, customers))
        leaning = rng.beta(spread * 0.2, spread * 0.8, customers)[codes]
        day = np.where(rng.random(len(codes)) < leaning, rng.integers(0, DAYS, len(codes)), 99)
        seen = rng.integers(0, 45, len(codes))
        events = day <= np.minimum(seen, 30)
        read = repeat_survival(np.where(events, day, np.minimum(seen, 30)), events, codes)
        held += (read.lower <= truth) & (truth <= read.upper)
    # Three standard errors of 400 runs at .95.
    assert (held[[0, 1, 7, 15, 25, 30]] / runs > 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)).all()


def _same(one: SurvivalCurve, other: SurvivalCurve) -> None:
    assert one.at_risk.tolist() == other.at_risk.tolist()
    for name in ("repeat_probability", "lower", "upper"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12, rtol=0)
    assert one.reason == other.reason


def test_no_contact_makes_no_group() -> None:
    assert list(repeat_survival_by_group([], [], [], [])) == []


def test_interval_covers_where_one_customer_has_a_fifth_of_the_contacts() -> None:
    rng, runs, held = np.random.default_rng(31), 500, 0
    for _ in range(runs):
        codes = np.where(np.arange(300) < 60, 0, rng.integers(1, 150, 300))
        own = rng.beta(0.75, 0.75, 150)[codes]  # of a customer's contacts half come back, correlation .4
        day, followed = rng.integers(0, 31, 300), np.minimum(30, rng.integers(0, 45, 300))
        events = (rng.random(300) < own) & (day <= followed)
        read = repeat_survival(np.where(events, day, followed), events, codes)
        held += read.lower[20] <= 0.5 * 21 / 31 <= read.upper[20]
    assert held / runs > 0.95 - 2.5 * np.sqrt(0.95 * 0.05 / runs)

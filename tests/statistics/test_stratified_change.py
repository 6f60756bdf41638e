"""Stratified change by hand, against statsmodels, scipy's exact test and brute force, and its error rates under clustering."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import gamma, hypergeom, norm
from statsmodels.stats.contingency_tables import StratifiedTable

from pipelines.statistics.stratified_change import StratifiedChange, holm_minimum, stratified_change, upper_tail


def _one(
    x: np.ndarray, y: np.ndarray, stratum: np.ndarray, customer: np.ndarray, *, rate: bool = False
) -> StratifiedChange:
    order = np.argsort(customer, kind="stable")
    return stratified_change(
        np.zeros(len(x), dtype=np.int64),
        customer[order],
        x[order].astype(np.int64),
        y[order].astype(float),
        stratum[order].astype(np.int64),
        segments=1,
        strata=int(stratum.max()) + 1,
        rate=rate,
    )


def _rows(seed: int, n: int = 400, customers: int = 120, strata: int = 4) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    customer = rng.integers(0, customers, n)
    stratum = rng.integers(0, strata, n)
    x = (rng.random(n) < 0.25).astype(np.int64)
    y = rng.normal(size=n) + rng.normal(size=customers)[customer] + 0.5 * stratum + 0.3 * x
    return x, y, stratum, customer


def test_by_hand() -> None:
    # Issue 0: baseline 1, 3 (mean 2), period 5: D = 2·1/3. Issue 1: baseline 10, period 20, 22 (21): D = 1·2/3.
    # Issue 2 stands in the baseline only. Δ = (2/3 · 3 + 2/3 · 11) / (4/3) = 7.
    x = np.array([0, 0, 1, 0, 1, 1, 0])
    y = np.array([1, 3, 5, 10, 20, 22, 99.0])
    found = _one(x, y, np.array([0, 0, 0, 1, 1, 1, 2]), np.arange(7))
    assert found.change == pytest.approx([7])
    assert found.baseline == pytest.approx([6])
    assert found.period == pytest.approx([13])
    assert found.covered == pytest.approx([6 / 7])
    assert (found.n_baseline[0], found.n_period[0]) == (3, 3)
    # Exchangeable variance: SS₀ = 4 + 0 + 4 = 8, SS₁ = 7.333² + 2.667² + 4.667² = 82.667; V = 2/3 · (8 + 82.667) / 2 =
    # 30.222. Row-wise, every residual times x − x̄ and √(3/2): issue 0: (1/9·4 + 0 + 4/9·4)·1.5 = 3.333; issue 1:
    # (4/9·53.778 + 1/9·7.111 + 1/9·21.778)·1.5 = 40.667; sum 44, times 7 / 6 for the seven customers (the seventh's
    # influence is 0), which is 51.333 and more than the exchangeable one: √51.333 / (4/3) = 5.374.
    assert found.deff == pytest.approx([7 / 6])
    assert math.sqrt(found.variance[0]) == pytest.approx(math.sqrt(154 / 3) / (4 / 3))


def test_change_is_least_squares_with_a_constant_a_stratum() -> None:
    x, y, stratum, customer = _rows(1)
    dummies = (stratum[:, None] == np.arange(4)).astype(float)
    fit = sm.OLS(y, np.column_stack([x, dummies])).fit()
    assert _one(x, y, stratum, customer).change == pytest.approx([fit.params[0]])


def test_clustered_variance_is_that_of_statsmodels_without_a_change() -> None:
    # Residuals under "no change", influence of every customer: the meat of the cluster sandwich of the restricted fit.
    x, y, stratum, customer = _rows(2, n=2000, customers=300)
    dummies = (stratum[:, None] == np.arange(4)).astype(float)
    residual = sm.OLS(y, dummies).fit().resid
    partialled = x - sm.OLS(x, dummies).fit().predict()
    influence = np.bincount(customer, weights=residual * partialled)
    by_hand = 300 / 299 * (influence**2).sum() / (partialled**2).sum() ** 2
    found = _one(x, y, stratum, customer)
    # The two differ by N / (N − 1) of each stratum, 1 in 500.
    assert found.variance[0] == pytest.approx(by_hand, rel=0.004)


def test_the_test_of_a_rate_is_cochran_mantel_haenszel() -> None:
    rng = np.random.default_rng(3)
    stratum = rng.integers(0, 3, 3000)
    x = (rng.random(3000) < 0.4).astype(np.int64)
    y = (rng.random(3000) < 0.3 + 0.1 * stratum + 0.04 * x).astype(float)
    found = _one(x, y, stratum, np.arange(3000), rate=True)
    tables = [
        np.array([[((x == a) & (y == b) & (stratum == s)).sum() for b in (1, 0)] for a in (1, 0)]) for s in range(3)
    ]
    reference = StratifiedTable(tables).test_null_odds(correction=True)
    # Ours carries the design effect, here 3000 / 2999 or what chance makes of it; theirs has none.
    z = math.sqrt(reference.statistic / found.deff[0])
    assert found.p_up[0] == pytest.approx(norm.sf(z), rel=0.02)


@pytest.mark.parametrize(("k0", "k1"), [(0, 5), (0, 3), (5, 10), (2, 6), (20, 20)])
def test_rare_events_have_the_exact_tail(k0: int, k1: int) -> None:
    # 300 and 100 contacts, all customers once. Never less than the exact tail, and no more than three times it; a normal
    # tail would give 0 : 5 a p of .00005 in place of .0009.
    x = np.repeat([0, 1], [300, 100])
    y = np.concatenate([np.arange(300) < k0, np.arange(100) < k1]).astype(float)
    found = _one(x, y, np.zeros(400, dtype=np.int64), np.arange(400), rate=True)
    exact = hypergeom.sf(k1 - 1, 400, k0 + k1, 100)
    assert exact * 0.9 < found.p_up[0] < exact * 3


def test_no_events_are_not_certainty() -> None:
    x = np.repeat([0, 1], [90, 30])
    none = _one(x, np.zeros(120), np.zeros(120, dtype=np.int64), np.arange(120), rate=True)
    assert none.change[0] == 0
    # One event more or less in either period: 1.96 √(1/30² + 1/90²) = .0689.
    assert none.upper[0] == pytest.approx(0.0689, abs=1e-4)
    assert none.p_up[0] > 0.5
    # The baseline has 15 events, the period none: exactly, (90 of 120 choose 15) without the period's 30.
    fewer = _one(x, (np.arange(120) < 15).astype(float), np.zeros(120, dtype=np.int64), np.arange(120), rate=True)
    assert fewer.p_down[0] >= hypergeom.cdf(0, 120, 15, 30)
    assert fewer.p_down[0] < 0.05


def test_where_nothing_can_be_compared() -> None:
    x, stratum = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])
    found = _one(x, np.array([1.0, 2, 3, 4]), stratum, np.arange(4))
    assert found.p_up[0] == found.p_down[0] == 1
    assert math.isnan(found.change[0])
    assert (found.n_baseline[0], found.n_period[0]) == (0, 0)
    empty = stratified_change(
        *(np.zeros(0, dtype=np.int64) for _ in range(3)),
        np.zeros(0),
        np.zeros(0, dtype=np.int64),
        segments=2,
        strata=3,
        rate=True,
    )
    assert (empty.p_up == 1).all()
    constant = _one(np.array([0, 0, 1, 1]), np.full(4, 7.0), np.zeros(4, dtype=np.int64), np.arange(4))
    assert constant.change[0] == 0
    assert constant.p_up[0] >= 0.5
    one_each = _one(np.array([0, 1]), np.array([1.0, 9.0]), np.zeros(2, dtype=np.int64), np.arange(2))
    assert one_each.p_up[0] > 0.1


def test_sparse_cells_give_what_dense_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, stratum, customer = _rows(4)
    dense = _one(x, y, stratum, customer)
    monkeypatch.setattr("pipelines.statistics.stratified_change._DENSE", 0)
    sparse = _one(x, y, stratum * 1000, customer)
    assert sparse.change == pytest.approx(dense.change)
    assert sparse.variance == pytest.approx(dense.variance)


def test_upper_tail() -> None:
    z = np.array([1.0, 2.5, 4.0])
    assert upper_tail(z, np.zeros(3)) == pytest.approx(norm.sf(z))
    # Skewness 1: gamma of shape 4, standardised by mean 4 and standard deviation 2; nearer in, the normal tail is larger.
    assert upper_tail(z, np.ones(3)) == pytest.approx(np.maximum(norm.sf(z), gamma.sf(4 + 2 * z, 4)))
    assert upper_tail(z, np.ones(3))[2] > 50 * norm.sf(4)
    # The light tail ends at 2 / |γ|; the normal one is kept instead of a zero.
    assert upper_tail(z, -np.ones(3)) == pytest.approx(norm.sf(z))
    assert upper_tail(np.array([-1.0]), np.array([1e-9])) == pytest.approx([norm.sf(-1)])


def test_holm_minimum() -> None:
    p = np.array([[0.01, 0.2, np.nan], [0.03, np.nan, np.nan], [0.6, np.nan, np.nan]])
    assert holm_minimum(p) == pytest.approx([0.03, 0.2, np.nan], nan_ok=True)


@pytest.mark.parametrize(("kind", "level"), [("rate", 0.003), ("rate", 0.2), ("rate", 0.8), ("skewed", 0.8)])
@pytest.mark.parametrize("stays", [False, True])
def test_false_positives_and_coverage_with_clustered_customers(kind: str, level: float, stays: bool) -> None:
    """Nothing changes; contacts of a customer resemble each other. ``stays``: all of them fall into one period."""
    rng = np.random.default_rng(11)
    segments, per_period = 2500, 60
    rows = segments * 4 * per_period
    segment = np.repeat(np.arange(segments), 4 * per_period)
    starts = rng.random(rows) < 0.5
    starts[:: 4 * per_period] = True
    cluster = np.cumsum(starts) - 1
    clusters = int(cluster[-1]) + 1
    x = ((rng.random(clusters) < 0.25)[cluster] if stays else rng.random(rows) < 0.25).astype(np.int64)
    stratum = rng.integers(0, 4, rows)
    if kind == "rate":
        size = 4.0  # α + β of the customers' own rates: intra-customer correlation 1 / 5
        own = rng.beta(level * size, (1 - level) * size, clusters)[cluster]
        y = (rng.random(rows) < own).astype(float)
    else:
        latent = math.sqrt(0.2) * rng.normal(size=clusters)[cluster] + math.sqrt(0.8) * rng.normal(size=rows)
        y = np.exp(5.5 + level * latent + 0.3 * stratum)
    found = stratified_change(segment, cluster, x, y, stratum, segments=segments, strata=4, rate=kind == "rate")
    for p in (found.p_up, found.p_down):
        for alpha in (0.05, 0.01, 0.001):
            # Two and a half Monte Carlo errors above the nominal rate.
            assert (p < alpha).mean() <= alpha + 2.5 * math.sqrt(alpha / segments)
    covered = ((found.lower <= 0) & (found.upper >= 0)).mean()
    assert covered > 0.95 - 2.5 * math.sqrt(0.05 * 0.95 / segments)


def test_intervals_cover_a_planted_change() -> None:
    rng = np.random.default_rng(12)
    segments, size = 2000, 400
    rows = segments * size
    segment, customer = np.repeat(np.arange(segments), size), np.arange(rows) // 2
    x = (rng.random(rows) < 0.25).astype(np.int64)
    own = rng.beta(0.1 * 4, 0.9 * 4, rows // 2 + 1)[customer]
    y = (rng.random(rows) < np.minimum(1, own + 0.06 * x * (1 - own) / 0.9)).astype(float)  # .10 → .16
    found = stratified_change(
        segment, customer, x, y, np.zeros(rows, dtype=np.int64), segments=segments, strata=1, rate=True
    )
    assert found.change.mean() == pytest.approx(0.06, abs=0.002)
    covered = ((found.lower <= 0.06) & (found.upper >= 0.06)).mean()
    assert covered > 0.95 - 2.5 * math.sqrt(0.05 * 0.95 / segments)


def test_a_large_customer_counts_more_by_hand() -> None:
    # One stratum, y = 1 for customer 0 (two of the four contacts, one in either period), 0 for customers 1 and 2.
    # x̄ = ½, ȳ = ½, k² = 4/3. Influences k(x − x̄)(y − ȳ): ∓k/4 for 0 (sum 0), customer 1 in the baseline k/4, 2 in the
    # period −k/4. Shares ½, ¼, ¼: V_C = 2/3 · 2 · (k/4 / ¾)² = 2/3 · 2 · 4/27 = .1975; D = 1.
    x, y = np.array([0, 1, 0, 1]), np.array([1.0, 1, 0, 0])
    found = _one(x, y, np.zeros(4, dtype=np.int64), np.array([0, 0, 1, 2]))
    # V_E = D · SS / 3 = 1/3 is larger, and V_R = 4 · k²/16 = 1/3, so deff = 1.
    assert found.deff[0] == 1
    assert found.variance[0] == pytest.approx(1 / 3)
    assert found.customers.tolist() == [3]
    # The same with customer 0 in the period only: his sum is 2 · k/4, of half the contacts; the others' are k/4 in the
    # baseline. V_C = 2/3 · ((k/2 / ½)² + 2 · (k/4 / ¾)²) = 2/3 · (4/3 + 8/27) = 88/81, and V_E = V_R = 1/3.
    found = _one(np.array([1, 1, 0, 0]), y, np.zeros(4, dtype=np.int64), np.array([0, 0, 1, 2]))
    assert found.deff == pytest.approx([88 / 27])
    assert found.variance[0] == pytest.approx(88 / 81)


@pytest.mark.parametrize("rate", [True, False])
def test_a_customer_with_half_of_the_contacts_in_one_period_makes_no_false_alarm(rate: bool) -> None:
    rng = np.random.default_rng(14)
    segments, size = 3000, 240
    customer = np.where(rng.random((segments, size)) < 0.5, 0, rng.integers(1, 80, (segments, size)))
    x = (rng.random((segments, 80)) < 0.25)[np.arange(segments)[:, None], customer].astype(np.int64)
    if rate:
        own = rng.beta(0.2 * 2.3, 0.8 * 2.3, (segments, 80))[np.arange(segments)[:, None], customer]
        y = (rng.random((segments, size)) < own).astype(float)
    else:
        y = rng.normal(size=(segments, 80))[np.arange(segments)[:, None], customer] + rng.normal(size=(segments, size))
    order = np.argsort(customer, axis=1, kind="stable")
    code, x, y = (np.take_along_axis(part, order, axis=1) for part in (customer, x, y))
    segment = np.repeat(np.arange(segments), size)
    found = stratified_change(
        segment,
        segment * 80 + code.reshape(-1),
        x.reshape(-1),
        y.reshape(-1),
        rng.integers(0, 3, segments * size),
        segments=segments,
        strata=3,
        rate=rate,
    )
    asked = np.minimum(found.n_baseline, found.n_period) >= 30
    assert asked.sum() > 1000
    for p in (found.p_up[asked], found.p_down[asked]):
        for alpha in (0.05, 0.01, 0.001):
            assert (p < alpha).mean() <= alpha + 2.5 * math.sqrt(alpha / asked.sum())
    covered = ((found.lower <= 0) & (found.upper >= 0))[asked].mean()
    assert covered > 0.95 - 2.5 * math.sqrt(0.05 * 0.95 / asked.sum())


@pytest.mark.parametrize(("constant", "rate"), [(1 / 3, False), (300.1, False), (0.0, True), (1.0, True)])
def test_what_never_varies_has_not_changed_to_the_last_bit(constant: float, rate: bool) -> None:
    # Beside a segment that varies, so that the rows have an overall mean that no float holds. Rounding alone once made
    # a rise of 4e-17 with p .0007 out of a third that was a third throughout.
    rng = np.random.default_rng(0)
    n = 4000
    segment, x, stratum = np.repeat([0, 1], n // 2), rng.integers(0, 2, n), rng.integers(0, 3, n)
    other = (rng.random(n) < 0.01).astype(float) if rate else rng.normal(size=n)
    found = stratified_change(
        segment, np.arange(n) // 2, x, np.where(segment == 0, constant, other), stratum, segments=2, strata=3, rate=rate
    )
    assert found.change[0] == 0.0
    assert (found.baseline[0], found.period[0]) == (pytest.approx(constant), pytest.approx(constant))
    assert found.deff[0] == 1.0
    if rate:
        # Half an event of continuity on either side: P(Z ≥ −½).
        assert found.p_up[0] == found.p_down[0] == pytest.approx(norm.cdf(0.5))
    else:
        assert (found.lower[0], found.upper[0], found.p_up[0], found.p_down[0]) == (0.0, 0.0, 0.5, 0.5)

"""Sentiment in the client's own terms (M7): planted layers, judged on later contacts, limits."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from pipelines.statistics.client_terms import MIN_CONTACTS, client_terms

Rows = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _contacts(seed: int, n: int, strength: float = 6.0, middle: float = 0.1) -> Rows:
    """Probabilities (negative, neutral, positive), ratings, instants, customers; happy customers who sound negative."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet((3, 2, 1), n)
    is_high = rng.random(n) < expit(1.5 + strength * (p[:, 2] - p[:, 0] + 0.1))
    csat = np.where(is_high, rng.integers(4, 6, n), rng.integers(1, 3, n))
    csat[rng.random(n) < middle] = 3
    return p, csat.astype(float), np.arange(n) * 1000, rng.integers(0, n // 2 + 1, n)


def test_a_layer_beats_the_raw_score_on_later_contacts() -> None:
    found = client_terms(*_contacts(1, 4000), "client")
    assert found.reason is None
    assert found.contacts == 4000
    assert found.fitted_on + found.judged_on == pytest.approx(3600, abs=60)
    assert found.auc > 0.75
    assert found.lower > 0
    assert found.gain == pytest.approx(found.brier_raw - found.brier, abs=1e-12)
    assert found.brier < min(found.brier_base, found.brier_raw)
    assert found.calibration.lower < 0 < found.calibration.upper
    assert len(found.reliability.confidence) > 5
    # The planted layer: log odds 1.5 + 6 · (P(positive) − P(negative) + .1).
    assert found.layer.apply([[0.2, 0.6, 0.2], [0.6, 0.3, 0.1]]) == pytest.approx(
        expit(2.1 + 6 * np.array([0, -0.5])), abs=0.06
    )


def test_it_is_judged_on_later_contacts_only() -> None:
    p, csat, at, codes = _contacts(2, 1000, middle=0.0)
    found = client_terms(p, csat, at, codes, "client")
    later = at >= 700 * 1000
    assert (found.fitted_on, found.judged_on) == (700, 300)
    assert found.auc == pytest.approx(roc_auc_score(csat[later] >= 4, found.layer.apply(p[later])))
    # Other ratings later: the same layer, another judgement.
    turned = np.where(later, 6 - csat, csat)
    other = client_terms(p, turned, at, codes, "client")
    assert other.layer == found.layer
    assert other.auc == pytest.approx(1 - found.auc)
    assert other.upper < found.lower


def test_words_that_say_nothing_gain_nothing_over_the_base_rate() -> None:
    found = client_terms(*_contacts(3, 3000, strength=0.0), "client")
    assert found.auc == pytest.approx(0.5, abs=0.06)
    assert found.brier == pytest.approx(found.brier_base, abs=0.005)


def test_order_changes_nothing() -> None:
    rows = _contacts(4, 900)
    order = np.random.default_rng(0).permutation(900)
    one, other = client_terms(*rows, "client"), client_terms(*(part[order] for part in rows), "client")
    assert one.layer.coefficients == pytest.approx(other.layer.coefficients, abs=1e-12)
    assert (one.auc, one.brier, one.gain) == pytest.approx((other.auc, other.brier, other.gain), abs=1e-12)
    assert one.lower == pytest.approx(other.lower, abs=1e-12)
    np.testing.assert_allclose(one.reliability.lower, other.reliability.lower, atol=1e-12)


@pytest.mark.parametrize("n", [0, 1, MIN_CONTACTS - 1])
def test_too_few_contacts(n: int) -> None:
    found = client_terms(*_contacts(5, n), "client")
    assert (found.layer, found.auc, found.contacts) == (None, None, n)
    assert found.reason == f"{n} contacts with scored turns and a later CSAT, fewer than 200"


def test_rows_without_score_or_rating_do_not_count() -> None:
    p, csat, at, codes = _contacts(6, 250)
    p[:30] = np.nan
    csat[30:60] = np.nan
    found = client_terms(p, csat, at, codes, "client")
    assert found.contacts == 190
    assert found.layer is None


def test_one_kind_of_rating_or_one_instant() -> None:
    p, csat, at, codes = _contacts(7, 400)
    happy = client_terms(p, np.full(400, 5.0), at, codes, "client")
    assert happy.reason == "0 ratings of one kind (low or high) in the earlier contacts, fewer than 10"
    assert client_terms(p, csat, np.zeros(400, int), codes, "client").reason.startswith("0 ratings")
    with pytest.raises(ValueError, match="one rating"):
        client_terms(p, csat[:3], at, codes, "client")


def test_a_single_customer_leaves_the_gain_without_bounds_and_says_why() -> None:
    p, csat, at, _ = _contacts(5, 600)
    found = client_terms(p, csat, at, np.zeros(600, dtype=int), "client")
    assert found.gain is not None
    assert (found.lower, found.upper, found.interval_reason) == (None, None, "one customer: no interval")
    assert client_terms(p, csat, at, None, "client").interval_reason is None


def test_a_layer_that_reads_ratings_worse_than_the_raw_score_is_withdrawn() -> None:
    # The layer learns that customers who sound negative are happy; from August, as fitting ends, they are not.
    p, csat, at, codes = _contacts(9, 4000, middle=0.0)
    months = [f"2026-{1 + place * 10 // 4000:02}" for place in range(4000)]
    late = np.array(months) >= "2026-08"
    score = p[:, 2] - p[:, 0]
    turned = np.where(late, np.where(np.random.default_rng(10).random(4000) < (score + 1) / 2, 5.0, 1.0), csat)
    assert client_terms(p, csat, at, codes, "client", months=months).reason is None
    found = client_terms(p, turned, at, codes, "client", months=months)
    assert found.reason == "it has read ratings worse than the raw score since 2026-08"
    assert (found.layer, found.gain, found.fitted_on, found.judged_on) == (None, None, 2800, 1200)
    assert client_terms(p, turned, at, codes, "client").layer is not None

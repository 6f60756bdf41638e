"""Log-odds with an informative prior: by hand, and what a prior is there for."""

import numpy as np
import pytest
from scipy.stats import norm

from pipelines.statistics.word_changes import word_changes


def test_by_hand() -> None:
    """Words said by 30 and 10 of now, 10 and 30 before; α₀ = 40, and so α = 40 · 40 / 80 = 20 for each.

    δ = ln (50 / 30) − ln (30 / 50) = 1.0217, var = 1/50 + 1/30, z = 4.424.
    """
    found = word_changes(np.array([30.0, 10.0]), np.array([10.0, 30.0]), prior_words=40)
    assert found.log_odds.tolist() == pytest.approx([1.0216512, -1.0216512])
    assert found.z[0] == pytest.approx(1.0216512 / np.sqrt(1 / 50 + 1 / 30))
    assert found.p.tolist() == pytest.approx([norm.sf(found.z[0]), norm.sf(found.z[1])])


def test_a_rare_word_needs_more_than_a_doubling() -> None:
    """One customer instead of none says less than 60 instead of 30."""
    found = word_changes(np.array([1.0, 60.0, 900.0]), np.array([1e-9, 30.0, 900.0]))
    assert found.z[0] < 1
    assert found.z[1] > 2


def test_sides_are_exchangeable() -> None:
    now, before = np.array([5.0, 50.0, 7.0]), np.array([9.0, 20.0, 7.0])
    assert word_changes(now, before).z.tolist() == pytest.approx((-word_changes(before, now).z).tolist())


def test_what_nobody_says_is_refused() -> None:
    with pytest.raises(ValueError, match="speaker"):
        word_changes(np.array([0.0, 1.0]), np.array([0.0, 2.0]))
    with pytest.raises(ValueError, match="says something"):
        word_changes(np.array([1.0]), np.array([0.0]))
    assert word_changes(np.zeros(0), np.zeros(0)).z.tolist() == []

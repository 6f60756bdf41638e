"""Which words became more frequent: log-odds ratios with an informative Dirichlet prior.

B. L. Monroe, M. P. Colaresi, K. M. Quinn, Political Analysis 16 (2008), 372–403, equations 16, 19 and 22. Of two groups of speakers,
y₁ and y₀ use word w, n₁ and n₀ are the sums of y over all words, α is the word's prior and α₀ the sum of all priors:

    δ = ln (y₁ + α) / (n₁ + α₀ − y₁ − α) − ln (y₀ + α) / (n₀ + α₀ − y₀ − α),    var δ ≈ 1 / (y₁ + α) + 1 / (y₀ + α),    z = δ / √var δ

The prior is what both groups say together, α = α₀ (y₁ + y₀) / (n₁ + n₀): a word that everybody uses needs a larger change, and a rare
one is drawn to none. A speaker counts once a word, however often he says it, so that counts are of independent people.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]
#: α₀: what is known beforehand weighs as much as so many words of speakers.
PRIOR_WORDS = 500.0


@dataclass(frozen=True)
class WordChanges:
    """Of each word δ, its z, and the one-sided p of no increase; all of shape (W,)."""

    log_odds: Floats
    z: Floats
    p: Floats


def word_changes(now: Floats, before: Floats, *, prior_words: float = PRIOR_WORDS) -> WordChanges:
    """``now`` and ``before``: speakers of each word in the two groups, shape (W,); every word is used by somebody.

    Raises ValueError where a word is used by nobody, or a group says nothing.
    """
    both = now + before
    if len(both) and (both.min() <= 0 or now.sum() == 0 or before.sum() == 0):
        raise ValueError("each word has a speaker, and each group says something")
    if not len(both):
        return WordChanges(both, both, both)
    prior = prior_words * both / both.sum()
    odds = [np.log((y + prior) / (y.sum() + prior_words - y - prior)) for y in (now, before)]
    change = odds[0] - odds[1]
    z = change / np.sqrt(1 / (now + prior) + 1 / (before + prior))
    return WordChanges(change, z, ndtr(-z))

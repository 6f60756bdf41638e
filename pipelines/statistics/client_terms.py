"""The customer-rating scale (M7): a logistic layer from the model's probabilities to low and high CSAT.

Words are a weak proxy for satisfaction. The layer is published only with what it was worth on later contacts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from pipelines.statistics.calibration import CalibrationScores, calibration, judged_claims
from pipelines.statistics.clusters import Floats, clustered_mean, dense_codes
from pipelines.statistics.reliability import ReliabilityCurve, reliability_curve
from pipelines.statistics.stale_maps import gains_by_month, withdrawn_since

#: Contacts with scored closing turns and a later CSAT below which no layer is fitted.
MIN_CONTACTS = 200
LOW, HIGH = 2, 4
#: Low and high ratings that either period must hold, so that the fit and the judgement have both to look at.
MIN_OF_EACH = 10
#: Share of the contacts, the earliest, on which the layer is fitted.
EARLIER_SHARE = 0.7


@dataclass(frozen=True)
class ClientLayer:
    """P(high CSAT) = 1 / (1 + exp(−(intercept + probabilities · coefficients))); ``coefficients`` of shape (classes,)."""

    intercept: float
    coefficients: tuple[float, ...]

    def apply(self, probabilities: ArrayLike) -> Floats:
        """P(high CSAT) of each contact, shape (n,), from probabilities of shape (n, classes); NaN rows stay NaN."""
        x = np.asarray(probabilities, dtype=np.float64)
        return np.asarray(expit(self.intercept + x @ np.asarray(self.coefficients)), dtype=np.float64)


@dataclass(frozen=True)
class ClientTerms:
    """The layer and what it was worth on later contacts.

    All None when ``reason`` says why, the bounds alone when ``interval_reason`` does (a single customer). Brier scores are on the later contacts: ``brier`` of the layer, ``brier_raw`` of the raw score read as (score + 1)/2,
    ``brier_base`` of the earlier share of high ratings. ``gain`` = raw − layer, with a 95% clustered interval. ``auc``:
    area under the ROC curve of the layer, ``auc_raw`` of the raw score.
    """

    contacts: int
    fitted_on: int = 0
    judged_on: int = 0
    layer: ClientLayer | None = None
    auc: float | None = None
    auc_raw: float | None = None
    brier: float | None = None
    brier_raw: float | None = None
    brier_base: float | None = None
    gain: float | None = None
    lower: float | None = None
    upper: float | None = None
    calibration: CalibrationScores | None = None
    reliability: ReliabilityCurve | None = None
    reason: str | None = None
    interval_reason: str | None = None


def client_terms(
    probabilities: ArrayLike,
    csat: ArrayLike,
    at: ArrayLike,
    clusters: ArrayLike | None,
    name: str,
    *,
    months: Sequence[str] | None = None,
    min_contacts: int = MIN_CONTACTS,
) -> ClientTerms:
    """Fit the layer on the earliest 70% of the contacts, judge it on the later ones.

    ``probabilities``, shape (n, classes): the model's mean class probabilities over the closing turns, negative first
    and positive last; ``csat``, shape (n,), 1 … 5; ``at``, shape (n,): when the contact ended, integers in any unit;
    contacts of one instant stay together. Rows with a NaN are left out. ``min_contacts`` counts the contacts with both;
    ratings between low (≤ 2) and high (≥ 4) are then left out. Ridge-penalised logistic regression (scikit-learn, C = 1)
    on probabilities; the same rows in any order give the same layer. ``name`` seeds the reliability bands.

    ``months``, shape (n,), of the contacts: a layer that has done worse than the raw score since some later month is withdrawn
    (`stale_maps`), which is a reason for none.

    Raises ValueError if the arrays do not fit.
    """
    x, rating, when = np.asarray(probabilities, dtype=np.float64), np.asarray(csat, dtype=np.float64), np.asarray(at)
    if x.ndim != 2 or x.shape[1] < 2 or rating.shape != (len(x),) or when.shape != (len(x),):
        raise ValueError(
            f"probabilities (n, classes), one rating and instant each: {x.shape}, {rating.shape}, {when.shape}"
        )
    codes, _ = dense_codes(clusters, len(x))
    known = np.isfinite(x).all(axis=1) & (rating >= 1) & (rating <= 5)
    contacts = int(known.sum())
    if contacts < min_contacts:
        return ClientTerms(
            contacts, reason=f"{contacts:,} contacts with scored turns and a later CSAT, fewer than {min_contacts}"
        )
    told = known & ((rating <= LOW) | (rating >= HIGH))
    x, high, when, codes = x[told], rating[told] >= HIGH, when[told], codes[told]
    order = np.lexsort((*x.T, high, when))
    x, high, when, codes = x[order], high[order], when[order], codes[order]
    of = None if months is None else np.asarray(months)[told][order]
    earlier = _earlier(when)
    for part, period in ((high[earlier], "earlier"), (high[~earlier], "later")):
        least = int(min(part.sum(), (~part).sum()))
        if least < MIN_OF_EACH:
            return ClientTerms(
                contacts,
                reason=f"{least} ratings of one kind (low or high) in the {period} contacts, fewer than {MIN_OF_EACH}",
            )
    model = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(x[earlier], high[earlier])
    layer = ClientLayer(float(model.intercept_[0]), tuple(float(value) for value in model.coef_[0]))
    found = _judged(layer, x, high, earlier, codes, contacts=contacts, name=name)
    since = None
    if of is not None:
        gains = gains_by_month(of[~earlier].tolist(), _gains(layer, x[~earlier], high[~earlier]), codes[~earlier])
        since = withdrawn_since(gains, found.upper)
    if since is None:
        return found
    reason = f"it has read ratings worse than the raw score since {since}"
    return ClientTerms(contacts, found.fitted_on, found.judged_on, reason=reason)


def _judged(
    layer: ClientLayer,
    x: Floats,
    high: NDArray[np.bool_],
    earlier: NDArray[np.bool_],
    codes: NDArray[np.int64],
    *,
    contacts: int,
    name: str,
) -> ClientTerms:
    later = ~earlier
    y = high[later].astype(np.float64)
    p, score = layer.apply(x[later]), x[later, -1] - x[later, 0]
    raw, base = (score + 1) / 2, float(high[earlier].mean())
    gain = clustered_mean(_gains(layer, x[later], high[later]), codes[later])
    claims = judged_claims(p, y, codes[later])
    return ClientTerms(
        contacts=contacts,
        fitted_on=int(earlier.sum()),
        judged_on=int(later.sum()),
        layer=layer,
        auc=float(roc_auc_score(y, p)),
        auc_raw=float(roc_auc_score(y, score)),
        brier=float(np.square(p - y).mean()),
        brier_raw=float(np.square(raw - y).mean()),
        brier_base=float(np.square(base - y).mean()),
        gain=gain.value,
        lower=gain.lower,
        upper=gain.upper,
        calibration=calibration(claims, min_claims=1),
        reliability=reliability_curve(claims, name, min_claims=1),
        interval_reason=gain.reason,
    )


def _gains(layer: ClientLayer, x: Floats, high: NDArray[np.bool_]) -> Floats:
    """Squared error of the raw score read as (score + 1) / 2, less that of the layer; shape (n,)."""
    raw, y = (x[:, -1] - x[:, 0] + 1) / 2, high.astype(np.float64)
    return np.asarray(np.square(raw - y) - np.square(layer.apply(x) - y), dtype=np.float64)


def _earlier(when: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The earliest 70% of ascending instants; equal instants fall on the later side together."""
    if not len(when):
        return np.zeros(0, dtype=bool)
    return np.asarray(when < when[min(len(when) - 1, int(len(when) * EARLIER_SHARE))], dtype=bool)

"""Figures of a sentiment model on labelled texts, and VADER's on the same ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from pipelines.scoring.labels import CLASSES, NEGATIVE, NEUTRAL, POSITIVE
from pipelines.scoring.model_folder import Figures
from pipelines.scoring.text_model import TextModel
from pipelines.scoring.training_data import LabelledText

#: VADER's own bounds of its compound score: polar from here on.
_VADER_POLAR = 0.05


def figures(labels: NDArray[np.int64], chosen: NDArray[np.int64], polarity: NDArray[np.float64]) -> Figures:
    """Accuracy, macro-F1 (over the classes that occur) and AUC of the polarity, negative against positive rows.

    Args:
        labels: (rows,) true classes.
        chosen: (rows,) predicted classes.
        polarity: (rows,) any number that grows from negative to positive.
    """
    scores = []
    for kind in range(len(CLASSES)):
        if (labels == kind).any():
            hits = int(((chosen == kind) & (labels == kind)).sum())
            scores.append(2 * hits / int((chosen == kind).sum() + (labels == kind).sum()))
    return Figures(
        rows=len(labels),
        accuracy=float((chosen == labels).mean()),
        macro_f1=float(np.mean(scores)),
        auc=_auc(polarity[labels == NEGATIVE], polarity[labels == POSITIVE]),
    )


def _auc(negative: NDArray[np.float64], positive: NDArray[np.float64]) -> float:
    """Share of pairs in which the positive row stands higher, ties half (Mann & Whitney)."""
    ranks = rankdata(np.concatenate([positive, negative]))
    above = ranks[: len(positive)].sum() - len(positive) * (len(positive) + 1) / 2
    return float(above / (len(positive) * len(negative)))


def model_figures(model: TextModel, rows: Sequence[LabelledText]) -> Figures:
    """Figures of a text model. A text without a score counts as neutral."""
    scores = model.score([row.text for row in rows])
    probabilities = np.where(np.isnan(scores.probabilities), np.eye(len(CLASSES))[NEUTRAL], scores.probabilities)
    polarity = probabilities[:, POSITIVE] - probabilities[:, NEGATIVE]
    return figures(np.array([row.label for row in rows]), probabilities.argmax(axis=1), polarity)


def vader_figures(rows: Sequence[LabelledText]) -> Figures:
    """Figures of VADER's rules (the package ``vaderSentiment``), with its authors' bounds."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415  (an extra)

    analyser = SentimentIntensityAnalyzer()
    compound = np.array([analyser.polarity_scores(row.text)["compound"] for row in rows])
    chosen = np.where(compound >= _VADER_POLAR, POSITIVE, np.where(compound <= -_VADER_POLAR, NEGATIVE, NEUTRAL))
    return figures(np.array([row.label for row in rows]), chosen, compound)

"""From the class names of any sentiment model to the three classes of this project: negative, neutral, positive.

Only names are believed, never positions: a model whose labels say nothing (``LABEL_0``) is refused, because the wrong
order would turn every figure round without a sound.
"""

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

#: The classes, in the order of every probability row of this project.
CLASSES = ("negative", "neutral", "positive")
NEGATIVE, NEUTRAL, POSITIVE = range(3)

_NAMES = {
    "negative": NEGATIVE,
    "neg": NEGATIVE,
    "very negative": NEGATIVE,
    "neutral": NEUTRAL,
    "neu": NEUTRAL,
    "positive": POSITIVE,
    "pos": POSITIVE,
    "very positive": POSITIVE,
    "1 star": NEGATIVE,
    "2 stars": NEGATIVE,
    "3 stars": NEUTRAL,
    "4 stars": POSITIVE,
    "5 stars": POSITIVE,
}
_SEPARATORS = re.compile(r"[\s_-]+")


def class_matrix(id2label: Mapping[int, str]) -> NDArray[np.float64]:
    """Matrix (labels of the model, 3) of zeros and ones by which the model's probabilities become the three classes.

    Understood are negative/neutral/positive, neg/neu/pos, very negative … very positive and 1 star … 5 stars, in any
    case and order. A model without a neutral class gives a neutral probability of 0.

    Raises:
        ValueError: a name is not understood, stands twice, or no label is negative or none positive.
    """
    names = [_SEPARATORS.sub(" ", id2label[number]).strip().casefold() for number in sorted(id2label)]
    if sorted(id2label) != list(range(len(names))):
        raise ValueError(f"the label numbers {sorted(id2label)} do not run from 0 without a gap")
    unknown = [id2label[number] for number, name in enumerate(names) if name not in _NAMES]
    if unknown:
        raise ValueError(f"the labels {', '.join(map(repr, unknown))} do not say which class they mean")
    if len(set(names)) < len(names):
        raise ValueError(f"the labels {', '.join(map(repr, names))} repeat a class name")
    matrix = np.zeros((len(names), len(CLASSES)))
    for row, name in enumerate(names):
        matrix[row, _NAMES[name]] = 1
    if not matrix[:, NEGATIVE].any() or not matrix[:, POSITIVE].any():
        raise ValueError(f"the labels {', '.join(map(repr, names))} lack a negative or a positive class")
    return matrix

"""Class names of any model to three classes, never by position."""

import numpy as np
import pytest

from pipelines.scoring.labels import class_matrix


def test_order_comes_from_the_names() -> None:
    matrix = class_matrix({0: "POSITIVE", 1: "negative", 2: "Neutral"})
    assert matrix.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_short_names() -> None:
    assert (np.array([0.2, 0.3, 0.5]) @ class_matrix({0: "NEG", 1: "neu", 2: "Pos"})).tolist() == [0.2, 0.3, 0.5]


def test_two_classes_leave_neutral_at_nought() -> None:
    assert (np.array([0.25, 0.75]) @ class_matrix({0: "NEGATIVE", 1: "POSITIVE"})).tolist() == [0.25, 0, 0.75]


def test_stars() -> None:
    # 1 and 2 stars are negative, 3 neutral, 4 and 5 positive: .1 + .2, .3, .15 + .25.
    stars = {0: "1 star", 1: "2 stars", 2: "3 stars", 3: "4 stars", 4: "5 stars"}
    assert (np.array([0.1, 0.2, 0.3, 0.15, 0.25]) @ class_matrix(stars)) == pytest.approx([0.3, 0.3, 0.4])


def test_degrees_add_up() -> None:
    names = {0: "Very Negative", 1: "Negative", 2: "Neutral", 3: "Positive", 4: "very_positive"}
    assert class_matrix(names).sum(axis=0).tolist() == [2, 1, 2]


@pytest.mark.parametrize(
    ("labels", "part"),
    [
        ({0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}, "'LABEL_0'"),
        ({0: "negative", 1: "joy"}, "'joy'"),
        ({0: "negative", 1: "neutral"}, "lack"),
        ({0: "positive"}, "lack"),
        ({0: "negative", 1: "Negative", 2: "positive"}, "repeat"),
        ({0: "negative", 2: "positive"}, "gap"),
        ({}, "lack"),
    ],
)
def test_names_that_say_too_little_are_refused(labels: dict[int, str], part: str) -> None:
    with pytest.raises(ValueError, match=part):
        class_matrix(labels)

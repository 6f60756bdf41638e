"""Mapping of the labelled texts to classes, on rows written by hand."""

from pathlib import Path

import pytest

from pipelines.scoring.training_data import (
    LabelledText,
    check_files,
    class_of_emotions,
    class_of_rating,
    read_goemotions,
    read_training_rows,
    with_punctuation_dropped,
    without_punctuation,
)

LABELS = ["admiration", "anger", "confusion", "neutral"]


@pytest.mark.parametrize(
    ("emotions", "expected"),
    [
        (["joy"], 2),
        (["anger", "sadness"], 0),
        (["neutral"], 1),
        (["joy", "neutral"], 2),
        (["anger", "surprise"], 0),
        (["joy", "anger"], None),
        (["confusion"], None),
        (["neutral", "curiosity"], None),
    ],
)
def test_classes_of_emotions(emotions: list[str], expected: int | None) -> None:
    assert class_of_emotions(emotions) == expected


@pytest.mark.parametrize(("rating", "expected"), [(0.6, 1), (0.61, 2), (-0.6, 1), (-0.61, 0), (0, 1)])
def test_classes_of_ratings(rating: float, expected: int) -> None:
    assert class_of_rating(rating) == expected


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "labels.txt").write_text("\n".join(LABELS))
    (tmp_path / "train.tsv").write_text(
        'Well done\t0\ta\nGo "away\t1\tb\nHm?\t2\tc\nboth\t0,1\td\nSeen  Before\t3\te\n'
    )
    (tmp_path / "dev.tsv").write_text("It is.\t3\tf\n")
    (tmp_path / "test.tsv").write_text("seen before\t3\tg\n")
    (tmp_path / "amazonReviewSnippets_GroundTruth.txt").write_bytes(
        "1_1\t-2.5\tbroke, tr\xe8s vite\n".encode("latin-1")
    )
    return tmp_path


def test_rows_that_are_trained_on(folder: Path) -> None:
    # Left out: the ambiguous row, the row of both polarities, the one that stands in the test split.
    assert read_training_rows(folder) == [
        LabelledText("Well done", 2),
        LabelledText('Go "away', 0),
        LabelledText("It is.", 1),
        LabelledText("broke, très vite", 0),
    ]


def test_a_quote_does_not_swallow_rows(folder: Path) -> None:
    assert len(read_goemotions(folder / "train.tsv", folder / "labels.txt")) == 3


def test_another_version_of_the_data_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"train\.tsv has sha256"):
        check_files(folder)
    (folder / "train.tsv").unlink()
    with pytest.raises(ValueError, match=r"train\.tsv is missing"):
        check_files(folder)


def test_punctuation_goes_and_words_stay() -> None:
    assert without_punctuation("Don't -- you_dare, 3.5%!") == "Don't you dare 3 5"
    assert without_punctuation("?!") == "?!"


def test_the_share_of_bare_texts_is_drawn_by_seed() -> None:
    texts = ["Yes, it is."] * 2_000
    drawn = with_punctuation_dropped(texts, 0.3, 5)
    assert drawn == with_punctuation_dropped(texts, 0.3, 5)
    assert drawn != with_punctuation_dropped(texts, 0.3, 6)
    # Binomial(2000, .3): standard deviation 20.5.
    assert 500 < drawn.count("Yes it is") < 700

"""The labelled texts that the embedded model is trained and judged on, mapped to three classes.

Sources, both public; they are read from a folder given by path and never copied into the project:

- GoEmotions (Google Research, Apache-2.0): Reddit comments with 27 emotions and neutral, in train, dev and test
  splits. Demszky et al., "GoEmotions: A Dataset of Fine-Grained Emotions", ACL 2020.
- VADER's Amazon review snippets (MIT): mean rating of 20 people in [-4, 4]. Hutto & Gilbert, "VADER", ICWSM 2014.
"""

import csv
import hashlib
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.scoring.labels import CLASSES, NEGATIVE, NEUTRAL, POSITIVE

#: Grouping of the GoEmotions authors (their ``sentiment_mapping.json``).
POSITIVE_EMOTIONS = frozenset(
    [
        "admiration",
        "amusement",
        "approval",
        "caring",
        "desire",
        "excitement",
        "gratitude",
        "joy",
        "love",
        "optimism",
        "pride",
        "relief",
    ]
)
NEGATIVE_EMOTIONS = frozenset(
    [
        "anger",
        "annoyance",
        "disappointment",
        "disapproval",
        "disgust",
        "embarrassment",
        "fear",
        "grief",
        "nervousness",
        "remorse",
        "sadness",
    ]
)
AMBIGUOUS_EMOTIONS = frozenset(["confusion", "curiosity", "realization", "surprise"])

#: A mean rating of Amazon snippets beyond this, either way, is polar.
POLAR_RATING = 0.6

#: File → sha256 of the version that the shipped model was trained on. Another version trains another model.
FILE_HASHES = {
    "train.tsv": "1c254a142be5c00e80d819b9ae1bbd36d94b2eeb8f4b1271846508d57e57d9c5",
    "dev.tsv": "575489c079c9de1097062a01738f998590d6b7ead66dd1c9fd1d2ba01fd8bc62",
    "test.tsv": "0587b2dd8b27b97352adbfc3fb083d46005c8946657fdc2b1ca8b1cc7f1f8be4",
    "labels.txt": "45c3ef86782d2a4d7fedcd6d8c111aa0d0e94720689bd164fac94fefb4495a89",
    "amazonReviewSnippets_GroundTruth.txt": "11a9807a0974a2506a2d3b4851eaf69b3d6d20688ce4923adda2312a4f6dd6c2",
}

_PUNCTUATION = re.compile(r"[^\w\s']|_")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class LabelledText:
    """A text and its class: 0 negative, 1 neutral, 2 positive."""

    text: str
    label: int


def class_of_emotions(emotions: Iterable[str]) -> int | None:
    """Class of a GoEmotions row, or None where the row says nothing certain.

    A polar emotion outweighs neutral and ambiguous ones. None: both polarities, or no polar emotion and an ambiguous
    one (confusion, curiosity, realization, surprise).
    """
    names = set(emotions)
    positive, negative = bool(names & POSITIVE_EMOTIONS), bool(names & NEGATIVE_EMOTIONS)
    if positive and negative:
        return None
    if positive or negative:
        return POSITIVE if positive else NEGATIVE
    return None if names & AMBIGUOUS_EMOTIONS else NEUTRAL


def class_of_rating(rating: float) -> int:
    """Class of a mean rating in [-4, 4]: polar beyond ±``POLAR_RATING``."""
    if rating > POLAR_RATING:
        return POSITIVE
    return NEGATIVE if rating < -POLAR_RATING else NEUTRAL


def read_goemotions(path: Path, labels_path: Path) -> list[LabelledText]:
    """Rows of one GoEmotions split whose class is certain, in file order."""
    emotions = labels_path.read_text("utf-8").split()
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            (text, class_of_emotions(emotions[int(number)] for number in numbers.split(",")))
            for text, numbers, _ in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]
    return [LabelledText(text, label) for text, label in rows if label is not None]


def read_amazon(path: Path) -> list[LabelledText]:
    """All rated Amazon snippets, in file order."""
    with path.open(encoding="latin-1", newline="") as file:
        return [
            LabelledText(text, class_of_rating(float(rating)))
            for _, rating, text in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def read_training_rows(folder: Path) -> list[LabelledText]:
    """GoEmotions train and dev and the Amazon snippets, less every text that stands in the GoEmotions test split."""
    labels = folder / "labels.txt"
    rows = [
        *read_goemotions(folder / "train.tsv", labels),
        *read_goemotions(folder / "dev.tsv", labels),
        *read_amazon(folder / "amazonReviewSnippets_GroundTruth.txt"),
    ]
    held_out = {_key(row.text) for row in read_test_rows(folder)}
    return [row for row in rows if _key(row.text) not in held_out]


def read_test_rows(folder: Path) -> list[LabelledText]:
    """The GoEmotions test split, which nothing is ever trained on."""
    return read_goemotions(folder / "test.tsv", folder / "labels.txt")


def read_named_rows(path: Path) -> list[LabelledText]:
    """Rows of a file of our own: name of the class, tab, text."""
    pairs = (line.split("\t", maxsplit=1) for line in path.read_text("utf-8").splitlines())
    return [LabelledText(text, CLASSES.index(name)) for name, text in pairs]


def check_files(folder: Path) -> None:
    """Raise ValueError where a file is missing or is another version than the one that the model card cites."""
    for name, expected in FILE_HASHES.items():
        path = folder / name
        if not path.is_file():
            raise ValueError(f"{path} is missing; the model card names where it comes from")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != expected:
            raise ValueError(f"{path} has sha256 {found}, not {expected}; fetch the version that the model card cites")


def without_punctuation(text: str) -> str:
    """The text as speech recognition without punctuation writes it: words and apostrophes alone.

    A text that has nothing else stays as it is.
    """
    bare = _SPACES.sub(" ", _PUNCTUATION.sub(" ", text)).strip()
    return bare or text


def with_punctuation_dropped(texts: Sequence[str], share: float, seed: int) -> list[str]:
    """The same texts, a random ``share`` of them without punctuation; equal seeds give equal texts."""
    draw = random.Random(seed)  # noqa: S311  (a reproducible draw, no secret)
    return [without_punctuation(text) if draw.random() < share else text for text in texts]


def _key(text: str) -> str:
    return _SPACES.sub(" ", text).strip().casefold()

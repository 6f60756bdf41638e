"""Precision and recall on labelled turns: the floors that the documentation states.

The held-out and the real turns measure; nobody reads them to write a pattern. A floor is what was measured, rounded down.
"""

from dataclasses import dataclass

import pytest
from builders.found_promises import promises_in, topics_in
from labelled import reading
from labelled.conftest import real_turns  # noqa: F401  (a fixture)
from labelled.reading import Counts, RealTurn


@dataclass(frozen=True)
class Floor:
    """Least precision and least recall."""

    precision: float
    recall: float

    def holds(self, counts: Counts) -> None:
        assert counts.precision is not None
        assert counts.recall is not None
        assert counts.precision >= self.precision, counts
        assert counts.recall >= self.recall, counts


@pytest.mark.parametrize(("split", "floor"), [("tuning", Floor(0.98, 0.98)), ("heldout", Floor(0.9, 0.51))])
def test_promises(split: reading.Split, floor: Floor) -> None:
    turns = reading.read_promises(split)
    score = reading.match(promises_in([turn.text for turn in turns]), [turn.promises for turn in turns])
    floor.holds(score.promises)
    # Of the promises that were found, what else is read of them.
    assert score.dues.precision is not None
    assert score.dues.precision >= 0.85
    assert score.is_done_right >= 0.9 * score.promises.right


@pytest.mark.parametrize(
    ("split", "topic", "floor"),
    [
        ("tuning", "asks_for_human", Floor(0.98, 0.98)),
        ("tuning", "says_it_again", Floor(0.98, 0.98)),
        ("heldout", "asks_for_human", Floor(0.9, 0.69)),
        ("heldout", "says_it_again", Floor(0.9, 0.36)),
    ],
)
def test_customers(split: reading.Split, topic: str, floor: Floor) -> None:
    rows = reading.read_phrases(split)
    found = [topic in said for said in topics_in([row.text for row in rows])]
    labelled = [bool(getattr(row, topic)) for row in rows]
    floor.holds(Counts(sum(map(min, zip(found, labelled, strict=True))), sum(found), sum(labelled)))


def test_promises_of_real_conversations(real_turns: dict[RealTurn, tuple[str, str]]) -> None:  # noqa: F811
    labels = {row.turn: row.promises for row in reading.read_real_promises()}
    keys = [key for key, (speaker, text) in real_turns.items() if speaker in {"ai", "agent"} and text]
    found = promises_in([real_turns[key][1] for key in keys])
    Floor(0.9, 0.7).holds(reading.match(found, [labels.get(key, ()) for key in keys]).promises)


def test_customers_of_real_conversations(real_turns: dict[RealTurn, tuple[str, str]]) -> None:  # noqa: F811
    """No customer there asks for a person or says it again, and none is found to."""
    assert reading.read_real_phrases() == ()
    texts = [text for speaker, text in real_turns.values() if speaker == "customer" and text]
    assert len(texts) > 200
    assert topics_in(texts) == [set()] * len(texts)

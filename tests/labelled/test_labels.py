"""The labelled files are well formed, apart from each other and as ``README.md`` counts them; the score by hand."""

import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from . import reading
from .reading import Counts, Due, LabelError, Promise

#: Share of words that two texts may have in common before they count as one text.
NEAR = 0.8

COUNTED = re.compile(r"^\| `(\w+)\.jsonl` \| (\d+) \| (\d+) \|", re.MULTILINE)
READ = {
    **{f"promises_{split}": (reading.read_promises, split) for split in reading.WORD_SPLITS},
    **{f"phrases_{split}": (reading.read_phrases, split) for split in reading.WORD_SPLITS},
    **{f"handoffs_{split}": (reading.read_handoffs, split) for split in reading.SPLITS},
}


def _texts(name: str) -> list[str]:
    """The text of each row; a handoff's is its whole conversation."""
    read, split = READ[name]
    return [
        row.text if hasattr(row, "text") else " ".join(said.text for said in (*row.before, *row.after))
        for row in read(split)
    ]


def _is_positive(row: object) -> bool:
    return any(
        bool(getattr(row, name, False)) for name in ("promises", "asks_for_human", "says_it_again", "customer_repeated")
    )


@pytest.mark.parametrize("name", READ)
def test_ids_are_unique_and_in_order(name: str) -> None:
    read, split = READ[name]
    ids = [row.id for row in read(split)]
    assert ids == sorted(set(ids))


def test_readme_counts_what_the_files_hold() -> None:
    stated = {name: (int(rows), int(positive)) for name, rows, positive in COUNTED.findall(_readme())}
    counted = {name: read(split) for name, (read, split) in READ.items()}
    counted |= {"real_promises": reading.read_real_promises(), "real_phrases": reading.read_real_phrases()}
    assert stated == {name: (len(rows), sum(map(_is_positive, rows))) for name, rows in counted.items()}


@pytest.mark.parametrize("split", reading.SPLITS)
def test_what_tells_a_detector_from_a_guess_is_there(split: reading.Split) -> None:
    turns, handoffs = reading.read_promises(split), reading.read_handoffs(split)
    kinds = {promise.kind for turn in turns for promise in turn.promises}
    assert kinds == set(reading.KINDS)
    assert any(len(turn.promises) > 1 for turn in turns)
    assert {turn.speaker for turn in turns} == {"ai", "agent"}
    assert {handoff.how for handoff in handoffs} == set(reading.HOWS)
    for handoff in handoffs:
        assert 3 <= len(handoff.before) <= 8, handoff.id
        assert 3 <= len(handoff.after) <= 7, handoff.id
    # A short courtesy says nothing about a repeat.
    polite = {handoff.customer_repeated for handoff in handoffs for said in handoff.after if said.text == "ok thanks"}
    assert polite == {True, False}


@pytest.mark.parametrize(
    ("known", "measuring"),
    [
        *((f"{what}_tuning", f"{what}_heldout") for what in ("promises", "phrases", "handoffs")),
        *((f"{what}_{split}", f"{what}_fresh") for what in ("promises", "phrases") for split in reading.SPLITS),
    ],
)
def test_no_text_to_tune_on_measures(known: str, measuring: str) -> None:
    left_texts, right_texts = ([(text, _words(text)) for text in _texts(name)] for name in (known, measuring))
    near = [
        (left, right)
        for left, words in left_texts
        for right, others in right_texts
        if len(words & others) >= NEAR * len(words | others)
    ]
    assert near == []


def test_fresh_turns_are_mostly_ordinary_talk() -> None:
    """As service talk is: about three of ten turns of the company hold a promise, a third of the customers' a phrase."""
    for rows in (reading.read_promises("fresh"), reading.read_phrases("fresh")):
        assert 0.25 <= sum(map(_is_positive, rows)) / len(rows) <= 0.35
    kinds = {promise.kind for turn in reading.read_promises("fresh") for promise in turn.promises}
    assert kinds == set(reading.KINDS)


def test_no_text_stands_in_a_file_twice() -> None:
    for name in READ:
        texts = _texts(name)
        assert len(texts) == len(set(texts)), name


def test_real_turns_are_named_once_and_in_order() -> None:
    for rows in (reading.read_real_promises(), reading.read_real_phrases()):
        places = [(row.turn.source, row.turn.file, row.turn.turn_index) for row in rows]
        assert places == sorted(set(places))
        assert all(map(_is_positive, rows))


def _promised(*promises: Promise) -> list[list[Promise]]:
    return [list(promises)]


@pytest.mark.parametrize(
    ("found", "labelled", "right"),
    [
        (Promise("credit", 20.0, "USD"), Promise("credit", 20, "USD"), 1),
        (Promise("credit", 20.004, "USD"), Promise("credit", 20, "USD"), 1),
        (Promise("credit", 20.01, "USD"), Promise("credit", 20, "USD"), 0),
        (Promise("credit", 20, "GBP"), Promise("credit", 20, "USD"), 0),
        (Promise("credit", 20, "USD"), Promise("credit", 20, None), 0),
        (Promise("credit", 20, "USD"), Promise("credit"), 0),
        (Promise("credit"), Promise("credit", 20, "USD"), 0),
        (Promise("refund", 20, "USD"), Promise("credit", 20, "USD"), 0),
        (Promise("visit", None, "USD"), Promise("visit"), 1),
    ],
)
def test_what_counts_as_found(found: Promise, labelled: Promise, right: int) -> None:
    assert reading.match(_promised(found), _promised(labelled)).promises == Counts(right, 1, 1)


def test_a_label_is_matched_once_and_in_its_own_turn() -> None:
    call, visit = Promise("callback"), Promise("visit")
    score = reading.match([[call, call, visit], [], [call]], [[call], [visit], [call]])
    assert score.promises == Counts(2, 4, 3)
    assert (score.promises.precision, score.promises.recall) == (0.5, 2 / 3)
    nothing = reading.match([[]], [[]]).promises
    assert (nothing.precision, nothing.recall) == (None, None)
    with pytest.raises(ValueError, match="longer"):
        reading.match([[call]], [[call], []])


def test_dues_are_scored_among_what_was_matched() -> None:
    friday, soon = Due(weekday="friday"), Due(count=2, unit="day")
    # In the first turn the two calls are crossed; in the last the kind is wrong, so that its due does not count.
    score = reading.match(
        [
            [Promise("callback", due=friday), Promise("callback", due=soon)],
            [Promise("visit", due=friday, is_done=True)],
            [Promise("refund", due=friday)],
        ],
        [
            [Promise("callback", due=Due(count=48, unit="hour")), Promise("callback", due=friday)],
            [Promise("visit")],
            [Promise("credit", due=friday)],
        ],
    )
    assert score.promises == Counts(3, 4, 4)
    assert score.dues == Counts(2, 3, 2)
    assert score.is_done_right == 2


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Due(count=1, unit="week"), Due(count=7, unit="day"), True),
        (Due(count=1 / 3, unit="hour"), Due(count=0.33, unit="hour"), True),
        (Due(count=5, unit="business_day"), Due(count=5, unit="day"), False),
        (Due(count=1, unit="month"), Due(count=30, unit="day"), False),
        (Due(date="2026-12-04"), Due(date="--12-04"), True),
        (Due(date="2026-12-04"), Due(date="2027-12-04"), False),
        (Due(date="2026-12-04"), Due(date="--12-05"), False),
        (Due(end_of="week"), Due(end_of="month"), False),
        (Due(weekday="friday"), Due(end_of="week"), False),
        (Due(count=1, unit="day"), Due(end_of="day"), False),
    ],
)
def test_dues_that_are_the_same(left: Due, right: Due, expected: bool) -> None:
    assert left.is_same(right) is right.is_same(left) is expected


PROMISE = '{"kind": "credit", "amount": 5, "currency": "USD", "due": null, "is_done": false}'


@pytest.mark.parametrize(
    ("build", "line", "message"),
    [
        (reading._turn, "{", "line 1"),
        (reading._turn, '{"id": "a", "speaker": "ai", "text": "x"}', "'promises' is missing"),
        (reading._turn, '{"id": "a", "speaker": "bot", "text": "x", "promises": []}', "speaker 'bot'"),
        (reading._turn, '{"id": "a", "speaker": "ai", "text": " ", "promises": []}', "empty"),
        (reading._promise, PROMISE.replace("credit", "gift"), "kind 'gift'"),
        (reading._promise, PROMISE.replace("5", "-5"), "amount -5"),
        (reading._promise, PROMISE.replace("5", "null"), "beside an amount"),
        (reading._promise, PROMISE.replace("USD", "$"), r"currency '\$'"),
        (reading._promise, PROMISE.replace("false", "0"), "is_done 0"),
        (reading._due, '{"count": 0, "unit": "day"}', "due"),
        (reading._due, '{"count": 2, "unit": "minute"}', "unit 'minute'"),
        (reading._due, '{"date": "--02-30"}', "line 1"),
        (reading._due, '{"soon": true}', "is none of count and unit"),
        (
            reading._handoff,
            '{"id": "a", "before": [], "after": [], "customer_repeated": true, "how": "none"}',
            "how is 'none'",
        ),
        (reading._real_turn, '{"source": "vcon-ietf", "file": "a", "turn_index": "1"}', "turn_index '1'"),
    ],
)
def test_a_broken_line_is_named(
    tmp_path: Path, build: Callable[[reading.Json], object], line: str, message: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(LabelError, match=message):
        reading.read_file(path, build)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


def _readme() -> str:
    return (reading.FOLDER / "README.md").read_text(encoding="utf-8")


def test_no_real_text_is_copied(real_turns: dict[reading.RealTurn, tuple[str, str]]) -> None:
    written = set(chain.from_iterable(_texts(name) for name in READ))
    # "Yes, that's correct." is nobody's.
    assert not written & {text for _, text in real_turns.values() if len(text) > 40}


def test_real_labels_point_at_turns_of_the_right_speaker(
    real_turns: dict[reading.RealTurn, tuple[str, str]],
) -> None:
    for row in reading.read_real_promises():
        assert real_turns[row.turn][0] in ("ai", "agent"), row.turn
    for row in reading.read_real_phrases():
        assert real_turns[row.turn][0] == "customer", row.turn

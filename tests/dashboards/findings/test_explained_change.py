"""What a change goes with: planted causes, decoys, and nothing where there is nothing."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from dashboards.components.explained import models_words
from dashboards.findings.explained_change import OTHER, ExplainedChange, explained_change
from dashboards.results.compared_sides import Side
from dashboards.snapshot.groups import ALL, Group
from pipelines.contract import SEGMENT_DIMENSIONS

FIRST, TURN, LAST = date(2026, 6, 9), date(2026, 8, 4), date(2026, 8, 31)
SIDES = (Side(ALL, FIRST, TURN - timedelta(days=1)), Side(ALL, TURN, LAST))


@dataclass
class World:
    """Contacts of twelve weeks; ``rate`` of each by its row, drawn with ``seed``."""

    number: int = 6_000
    seed: int = 1
    columns: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        days = (LAST - FIRST).days + 1
        self.day = self.rng.integers(0, days, self.number)
        self.now = self.day >= (TURN - FIRST).days
        self.columns = {
            "queue": self.rng.choice(["a", "b", "c"], self.number),
            "ai_model": np.where(self.rng.random(self.number) < 0.5, "m1", "m2").astype(object),
            "issue": self.rng.choice(["i", "j", "k", "l"], self.number),
        } | self.columns

    def frame(self, rate: Any) -> pl.DataFrame:
        given = {name: pl.Series(list(values), dtype=pl.String) for name, values in self.columns.items()}
        absent = {
            name: pl.Series([None] * self.number, dtype=pl.String) for name in SEGMENT_DIMENSIONS if name not in given
        }
        y = self.rng.random(self.number) < rate
        return pl.DataFrame(
            {
                "side": self.now.astype(np.int32),
                "day": [FIRST + timedelta(days=int(each)) for each in self.day],
                "customer": self.rng.integers(0, 2_500, self.number).astype(np.uint64),
                "hour": self.rng.integers(2, 7, self.number),
                "agent": pl.Series([None] * self.number, dtype=pl.String),
                "sentiment_source": ["survey_csat"] * self.number,
                "repeat": y.astype(float),
                "post_call_sentiment": y.astype(float),
                **given,
                **absent,
            }
        )


def explained(frame: pl.DataFrame, measure: str = "repeat", **given: Any) -> ExplainedChange:
    found = explained_change(frame, SIDES, measure, min_n=30, **given)
    assert found is not None
    return found


def named(found: ExplainedChange) -> list[tuple[tuple[str, str | None], ...]]:
    return [each.values for each in found.named if each.same_as is None and each.within is None]


def test_the_queue_that_got_worse_is_named_and_accounts_for_all() -> None:
    world = World()
    found = explained(world.frame(0.3 + 0.25 * ((world.columns["queue"] == "b") & world.now)))
    first = found.named[0]
    assert first.values == (("queue", "b"),)
    assert first.is_all
    assert abs(first.inside.value - 0.25) < 0.06
    assert found.began is not None
    assert found.weeks[found.began.week].first == TURN
    whole = found.whole.change.value
    for cut in found.dimensions:
        assert abs(sum(cell.parts.total for cell in cut.cells) - whole) < 1e-12
    # No dimension but the queue is to be seen in it.
    assert {name for values in named(found) for name, _ in values} == {"queue"}


def test_a_model_that_came_and_is_worse_is_named() -> None:
    world = World()
    new = world.now & (world.rng.random(world.number) < 0.4)
    world.columns["ai_model"][new] = "m3"
    found = explained(world.frame(0.3 + 0.25 * new))
    assert named(found)[0] == (("ai_model", "m3"),)
    assert found.mixed is not None
    assert found.mixed.dimension == "ai_model"


def test_no_model_is_named_where_all_models_got_worse_alike() -> None:
    """Half of the contacts have no AI: those that have one got worse, whichever it was."""
    world = World()
    human = world.rng.random(world.number) < 0.5
    world.columns["ai_model"][human] = None
    world.columns["mode"] = np.where(human, "human_primary", "ai_primary")
    found = explained(world.frame(0.3 + 0.25 * (~human & world.now)))
    assert named(found)[0] == (("mode", "ai_primary"),)
    assert not any(name == "ai_model" for each in found.named for name, _ in each.values)


def test_models_that_got_worse_alike_are_told_with_their_numbers() -> None:
    world = World()
    late = world.rng.random(world.number) < np.where(world.now, 0.7, 0.1)
    world.columns["ai_model"] = np.where(late, "m2", "m1").astype(object)
    found = explained(world.frame(0.3 + 0.25 * world.now))
    text = models_words(found)
    cells = {each.value: each.parts for cut in found.dimensions if cut.dimension == "ai_model" for each in cut.cells}
    pair = {name: " to ".join(f"{mean:.0%}" for mean in part.means) for name, part in cells.items()}
    held = [f"{n / of:.0%}" for n, of in zip(cells["m2"].contacts, found.whole.contacts, strict=True)]
    assert f"answered {held[0]} of these contacts before and {held[1]} now" in text
    assert f"rose with m1 ({pair['m1']}) as well as with m2 ({pair['m2']})" in text
    assert text.endswith("so the change of model does not explain it.")


def test_a_model_on_one_side_alone_cannot_be_told_from_the_change() -> None:
    world = World(2_000)
    world.columns["ai_model"] = np.where(world.now, "m2", "m1").astype(object)
    text = models_words(explained(world.frame(0.3 + 0.25 * world.now)))
    assert text.startswith("m2 answered none of these contacts before and 100% now, so")
    assert text.endswith("cannot be told apart.")


def test_models_of_which_one_alone_moved_significantly_are_told_without_a_conclusion() -> None:
    world = World(600)
    late = world.rng.random(world.number) < np.where(world.now, 0.75, 0.3)
    world.columns["ai_model"] = np.where(late, "m2", "m1").astype(object)
    text = models_words(explained(world.frame(0.3 + 0.18 * world.now)))
    assert "m2 answered" in text
    assert "repeat contacts went from" in text
    assert "does not explain" not in text


def test_two_values_together_are_named_where_neither_alone_changed() -> None:
    world = World(12_000)
    own = (world.columns["queue"] == "b") & (world.columns["ai_model"] == "m2") & world.now
    found = explained(world.frame(0.3 + 0.35 * own))
    assert set(named(found)[0]) == {("queue", "b"), ("ai_model", "m2")}
    assert found.named[0].is_all


def test_other_names_of_the_same_contacts_and_parts_of_them_are_told_as_such() -> None:
    """Each workflow has one queue: two names of the same contacts. An issue that only one queue has lies within it."""
    world = World()
    world.columns["workflow"] = np.array([f"w{each}" for each in world.columns["queue"]])
    world.columns["issue"] = np.where(
        (world.columns["queue"] == "b") & (world.rng.random(world.number) < 0.5), "own", "i"
    )
    found = explained(world.frame(0.3 + 0.25 * ((world.columns["queue"] == "b") & world.now)))
    folded = {each.values[0]: (each.same_as, each.within) for each in found.named}
    first = found.named[0].values
    assert set(folded) >= {("queue", "b"), ("workflow", "wb"), ("issue", "own")}
    assert {folded["queue", "b"], folded["workflow", "wb"]} == {(None, None), (first, None)}
    assert folded["issue", "own"] == (None, first)


def test_a_shift_of_the_mix_is_told_apart_from_a_change_within() -> None:
    world = World()
    rare = world.now & (world.rng.random(world.number) < 0.5)
    world.columns["issue"] = np.where(rare, "i", world.columns["issue"])
    found = explained(world.frame(np.where(world.columns["issue"] == "i", 0.6, 0.2)))
    assert found.mixed is not None
    assert found.mixed.dimension == "issue"
    (cut,) = [each for each in found.dimensions if each.dimension == "issue"]
    assert abs(cut.whole.rate.value) < 0.05 < cut.whole.mix.value
    assert cut.cells[0].value == "i"


def test_without_a_change_nothing_is_named() -> None:
    claimed = []
    for seed in range(6):
        found = explained(World(3_000, seed).frame(0.3))
        claimed.append(bool(found.named) or found.began is not None)
    assert sum(claimed) <= 1


def test_a_change_everywhere_names_nothing() -> None:
    world = World(seed=3)
    found = explained(world.frame(0.3 + 0.2 * world.now))
    assert found.is_significant
    assert found.named == ()
    assert found.mixed is None


def test_the_published_cause_goes_first_where_it_accounts_for_the_change() -> None:
    """The narrower segment of the verdict's own tests is the one a page names, whatever stands out besides."""
    world = World()
    frame = world.frame(0.3 + 0.25 * ((world.columns["queue"] == "b") & world.now))
    cause = Group((("ai_model", "m1"), ("queue", "b")))
    assert explained(frame, cause=cause).named[0].values == cause.parts
    elsewhere = Group((("queue", "a"),))
    assert explained(frame, cause=elsewhere).named[0].values == (("queue", "b"),)


def test_values_of_few_contacts_are_one_cell() -> None:
    world = World()
    world.columns["queue"][:20] = "rare"
    found = explained(world.frame(0.3))
    (cut,) = [each for each in found.dimensions if each.dimension == "queue"]
    assert {cell.value for cell in cut.cells} == {"a", "b", "c", OTHER}


def test_too_few_contacts_are_not_compared() -> None:
    frame = World(200).frame(0.3)
    few = pl.concat([frame.filter(pl.col("side") == 0), frame.filter(pl.col("side") == 1).head(29)])
    assert explained_change(few, SIDES, "repeat", min_n=30) is None
    assert explained_change(frame.clear(), SIDES, "repeat", min_n=30) is None


def test_sentiment_is_compared_within_the_source_that_both_sides_have() -> None:
    world = World(2_000)
    frame = world.frame(0.5)
    words = frame.filter(pl.col("side") == 1).with_columns(
        sentiment_source=pl.lit("closing_turns"), post_call_sentiment=0.0
    )
    found = explained(pl.concat([frame, words, words]), "post_call_sentiment")
    assert found.source == "survey_csat"
    assert not found.is_significant


def test_the_order_of_rows_does_not_matter() -> None:
    world = World(2_000)
    frame = world.frame(0.3 + 0.25 * ((world.columns["queue"] == "b") & world.now))
    one, other = explained(frame), explained(frame.sample(fraction=1.0, shuffle=True, seed=3))
    assert one.whole.change == other.whole.change
    assert [each.values for each in one.named] == [each.values for each in other.named]

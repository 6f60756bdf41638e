"""What reaches the human at a handoff, what its absence does, and how customers repeat themselves."""

import re

import numpy as np
import polars as pl
import pytest
from builders.plain_logit import fitted, off
from builders.simulated_landing import read_table

from pipelines.simulate import SimulationSummary, World
from pipelines.simulate.handoff_parameters import PARTS
from pipelines.simulate.phrases import ENGLISH, SPANISH

SAYS = World().handoffs
MISSING = [f"no_{part}" for part in PARTS]


@pytest.fixture(scope="module")
def handoffs(large_operation: SimulationSummary) -> pl.DataFrame:
    """The truth of every handoff and of its contact, and the handoff's record as it landed."""
    truth = pl.read_parquet(large_operation.truth / "handoffs.parquet")
    contacts = pl.read_parquet(large_operation.truth / "contacts.parquet").select(
        "contact_id", "opening_mood", "closing_mood", "depth", "changed_by", "after_broken_promise", "mode"
    )
    landed = (
        read_table(large_operation.out, "handoffs")
        .unique("handoff_id")
        .select("handoff_id", pl.col("misunderstandings").cast(pl.Int64), pl.col("customer_repeated").alias("recorded"))
    )
    joined = truth.join(contacts, on="contact_id").join(landed, on="handoff_id")
    assert joined.height == truth.height > 8_000
    return joined.with_columns((~pl.col(f"has_{part}")).alias(f"no_{part}") for part in PARTS)


def test_the_landing_table_says_what_reached_the_human(large_operation: SimulationSummary) -> None:
    truth = pl.read_parquet(large_operation.truth / "handoffs.parquet")
    landed = (
        read_table(large_operation.out, "handoffs").unique("handoff_id").join(truth, on="handoff_id", suffix="_true")
    )
    for part in PARTS:
        assert (landed[f"has_{part}"].cast(pl.String) == landed[f"has_{part}_true"].cast(pl.String)).all()
    recorded = landed.filter(pl.col("customer_repeated").is_not_null())
    assert (recorded["customer_repeated"].cast(pl.String) == recorded["repeated"].cast(pl.String)).all()
    assert recorded.height / landed.height == pytest.approx(SAYS.repeated_recorded, abs=0.02)
    # All but one or two that are broken on purpose.
    assert (landed["trigger"] != landed["trigger_true"]).sum() < 20


def test_each_missing_part_costs_what_is_planted(handoffs: pl.DataFrame) -> None:
    known = ["opening_mood", "depth", "misunderstandings", *MISSING]
    found = fitted(handoffs, "resolved", known, ["issue", "trigger", "changed_by"])
    for part, planted in SAYS.resolved_logit_missing:
        assert off(found[f"no_{part}"], planted) < 3.5, part
    # Which part matters most, and which next, can be told.
    cost = {part: found[f"no_{part}"][0] for part in PARTS}
    assert sorted(cost, key=lambda part: cost[part])[:2] == ["attempt_account", "summary"]
    plain = fitted(handoffs, "resolved", MISSING)
    # Hard issues have worse tools: whoever does not adjust for the issue blames the parts for it.
    assert sum(plain[name][0] for name in MISSING) < sum(found[name][0] for name in MISSING) - 0.15


def test_triggers_cost_what_is_planted(handoffs: pl.DataFrame) -> None:
    planted = dict(SAYS.resolved_logit_trigger)
    flagged = handoffs.with_columns((pl.col("trigger") == name).alias(name) for name in planted)
    known = ["opening_mood", "depth", "misunderstandings", *MISSING, *planted]
    found = fitted(flagged, "resolved", known, ["issue", "changed_by"])
    for name, logit in planted.items():
        assert off(found[name], logit) < 3.5, name
    assert found["repeated_misunderstanding"][0] < -0.1


def test_the_stated_counterfactuals_add_up(handoffs: pl.DataFrame) -> None:
    def logit(name: str) -> pl.Expr:
        return (pl.col(name) / (1 - pl.col(name))).log()

    planted = dict(SAYS.resolved_logit_missing)
    for part in PARTS:
        lost = logit("resolved_probability") - logit(f"resolved_probability_with_{part}")
        expected = pl.col(f"no_{part}").cast(pl.Float64) * planted[part]
        assert handoffs.select((lost - expected).abs().max()).item() < 1e-9
    lost = logit("resolved_probability") - logit("resolved_probability_if_complete")
    expected = sum((pl.col(f"no_{part}").cast(pl.Float64) * planted[part] for part in PARTS), pl.lit(0.0))
    assert handoffs.select((lost - expected).abs().max()).item() < 1e-9
    # And the probability is what is drawn from, whatever is missing.
    for name in MISSING:
        groups = handoffs.group_by(name).agg(
            (pl.col("resolved").cast(pl.Float64) - pl.col("resolved_probability")).sum().alias("excess"),
            (pl.col("resolved_probability") * (1 - pl.col("resolved_probability"))).sum().sqrt().alias("se"),
        )
        assert groups.select((pl.col("excess") / pl.col("se")).abs().max()).item() < 4


def test_contacts_state_the_same_counterfactual(large_operation: SimulationSummary, handoffs: pl.DataFrame) -> None:
    contacts = pl.read_parquet(large_operation.truth / "contacts.parquet")
    joint = contacts.filter(pl.col("mode") == "joint")
    both = joint.join(handoffs, on="contact_id", suffix="_handoff")
    assert both.height == joint.height == handoffs.height
    assert (both["resolved_probability_if_complete"] == both["resolved_probability_if_complete_handoff"]).all()
    alone = contacts.filter(pl.col("mode") != "joint")
    assert alone["resolved_probability_if_complete"].null_count() == alone.height


def test_missing_parts_make_customers_repeat_themselves(handoffs: pl.DataFrame) -> None:
    found = fitted(handoffs, "repeated", MISSING)
    assert off(found["constant"], SAYS.repeated_logit) < 3.5
    for part, planted in SAYS.repeated_logit_missing:
        assert off(found[f"no_{part}"], planted) < 3.5, part


def test_who_has_to_repeat_leaves_in_a_worse_mood(handoffs: pl.DataFrame) -> None:
    # What else moves the mood: plus .75 where resolved, less .6 where not, less .25 a misunderstanding.
    helped = pl.when(pl.col("resolved")).then(0.75).otherwise(-0.6)
    left = (pl.col("closing_mood") - pl.col("opening_mood") - helped + 0.25 * pl.col("misunderstandings")).alias("left")
    means = handoffs.group_by("repeated").agg(left.mean(), (left.std() / pl.len().sqrt()).alias("se"))
    for repeated, mean, se in means.iter_rows():
        assert abs(mean - (SAYS.closing_mood_repeated if repeated else 0.0)) < 4 * se


def test_parts_go_missing_together_and_by_workflow_model_and_trigger(handoffs: pl.DataFrame) -> None:
    within = [handoffs.filter(pl.col("workflow") == name) for name in ("billing", "technical_support")]
    for group in within:
        for first, second in (
            ("summary", "transcript"),
            ("tool_results", "attempt_account"),
            ("summary", "attempt_account"),
        ):
            together = group.select(pl.corr(f"has_{first}", f"has_{second}")).item()
            assert 0.05 < together < 0.4
    shares = {
        dimension: dict(handoffs.group_by(dimension).agg(pl.col("has_tool_results").mean()).iter_rows())
        for dimension in ("workflow", "ai_model", "trigger")
    }
    assert shares["workflow"]["account"] > shares["workflow"]["technical_support"] + 0.2
    assert shares["ai_model"]["aria-2.4"] > shares["ai_model"]["aria-2.3"]
    assert shares["trigger"]["tool_failure"] < shares["trigger"]["low_confidence"] - 0.05


# --- What is said ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(operation: SimulationSummary) -> pl.DataFrame:
    """A row a joint contact: what its customer said before and after the handoff, beside the truth."""
    turns = (
        read_table(operation.out, "turns")
        .unique(["contact_id", "turn_index"])
        .filter(pl.col("speaker") == "customer")
        .sort("contact_id", "turn_index")
    )
    by_leg = turns.group_by("contact_id", maintain_order=True).agg("text", pl.col("language").first())
    truth = pl.read_parquet(operation.truth / "handoffs.parquet")
    before = truth.join(by_leg, on="contact_id").rename({"text": "before"})
    after = by_leg.filter(pl.col("contact_id").str.ends_with("-2")).select(
        pl.col("contact_id").str.strip_suffix("-2"), pl.col("text").alias("after")
    )
    return before.join(after, on="contact_id", how="left").with_columns(pl.col("after").fill_null([]))


def _patterns(beat: str, language: str, key: str | None) -> list[re.Pattern[str]]:
    beats = (SPANISH if language == "es" else ENGLISH).beats[beat]
    phrases = beats[key or ""] if key is not None or "" in beats else ()
    return [re.compile(".+".join(map(re.escape, re.split(r"\{\w+\}", phrase))) + "$") for phrase in phrases]


def _found(texts: list[str], patterns: list[re.Pattern[str]]) -> list[int]:
    """Positions of the phrases that end one of the texts."""
    return [number for number, pattern in enumerate(patterns) if any(pattern.search(text) for text in texts)]


def _say_again(language: str) -> list[re.Pattern[str]]:
    beats = (SPANISH if language == "es" else ENGLISH).beats["say_again"]
    return [re.compile(re.escape(phrase) + "$") for phrases in beats.values() for phrase in phrases]


def test_customers_repeat_in_the_way_stated(told: pl.DataFrame) -> None:
    seen = dict.fromkeys(("said_so", "said_so_and_restated", "restated", None), 0)
    for row in told.iter_rows(named=True):
        said_so = bool(_found(row["after"], _say_again(row["language"])))
        again = _found(row["after"], _patterns("restated", row["language"], row["issue"] or ""))
        assert said_so == (row["restated"] in {"said_so", "said_so_and_restated"}), row
        assert bool(again) == (row["restated"] in {"restated", "said_so_and_restated"}), row
        seen[row["restated"]] += 1
    assert min(seen.values()) > 20


def test_what_is_restated_is_the_problem_that_was_told_before(told: pl.DataFrame) -> None:
    compared = 0
    for row in told.filter(pl.col("restated").is_in(["restated", "said_so_and_restated"])).iter_rows(named=True):
        key = row["issue"] or ""
        problems = _patterns("problem", row["language"], key)
        again = _patterns("restated", row["language"], key)
        first, second = _found(row["before"], problems), _found(row["after"], again)
        if len(first) != 1:
            # Text that tries to be more than text has taken its place.
            continue
        assert [at * len(problems) // len(again) for at in second] == first
        amounts = [re.findall(r"\$\d+\.\d\d", " ".join(texts)) for texts in (row["before"][:1], row["after"])]
        assert not amounts[1] or amounts[0] == amounts[1]
        compared += 1
    assert compared > 50


def test_who_does_not_repeat_says_nothing_twice(told: pl.DataFrame) -> None:
    quiet = told.filter(pl.col("restated").is_null())
    facts = 0
    for row in quiet.iter_rows(named=True):
        long = {text for text in row["before"] if len(text.split()) > 4}
        assert not long & set(row["after"]), row
        facts += bool(_found(row["after"], _patterns("new_fact", row["language"], row["issue"] or "")))
    assert facts / quiet.height == pytest.approx(0.85, abs=0.06)


def test_restating_shares_more_words_than_adding_facts(told: pl.DataFrame) -> None:
    def overlap(row: dict[str, list[str]]) -> float:
        before, after = ([set(re.findall(r"\w+", text.lower())) for text in row[side]] for side in ("before", "after"))
        return max((len(a & b) / len(a | b) for a in before for b in after), default=0.0)

    scored = [
        (row["restated"] is not None and row["restated"] != "said_so", overlap(row))
        for row in told.iter_rows(named=True)
    ]
    scores = np.array([score for _, score in scored])
    again = np.array([restated for restated, _ in scored])
    # The chance that a restating pair shares more than a pair that does not: words alone tell them apart, not surely.
    rank = np.argsort(np.argsort(scores, kind="stable"), kind="stable") + 1
    auc = (rank[again].sum() - again.sum() * (again.sum() + 1) / 2) / (again.sum() * (~again).sum())
    assert 0.65 < auc < 0.99

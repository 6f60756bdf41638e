"""Customers who ask the AI for a human, those who are stuck with it, and agents who take wrong suggestions."""

import re

import polars as pl
import pytest
from builders.plain_logit import fitted, off
from builders.simulated_landing import last_versions, read_table

from pipelines.simulate import SimulationSummary, World
from pipelines.simulate.handoff_parameters import TENURES
from pipelines.simulate.phrases import ENGLISH, SPANISH

ASKS = World().requests
SUGGESTS = World().suggestions


@pytest.fixture(scope="module")
def contacts(large_operation: SimulationSummary) -> pl.DataFrame:
    """The truth of every contact, with what its first leg says of it."""
    truth = pl.read_parquet(large_operation.truth / "contacts.parquet")
    legs = last_versions(read_table(large_operation.out, "contacts")).select(
        "contact_id", "workflow", "misunderstandings", "disconnect_reason", "agent_started_on", "started_at"
    )
    joined = truth.join(legs.unique("contact_id"), on="contact_id")
    assert joined.height == truth.height
    return joined


def test_who_asks_for_a_human_follows_from_mood_misunderstandings_and_distrust(contacts: pl.DataFrame) -> None:
    of_ai = contacts.filter(pl.col("mode") != "human_primary").with_columns((pl.col("mode") == "joint").alias("joint"))
    planted = {
        "constant": ASKS.asked_logit,
        "opening_mood": ASKS.asked_logit_mood,
        "misunderstandings": ASKS.asked_logit_misunderstanding,
        "after_broken_promise": ASKS.asked_logit_distrust,
        "joint": ASKS.asked_logit_joint,
    }
    found = fitted(of_ai, "asked_for_human", [name for name in planted if name != "constant"])
    for name, logit in planted.items():
        assert off(found[name], logit) < 3.5, name
    assert contacts.filter(pl.col("mode") == "human_primary")["asked_for_human"].sum() == 0


def test_asking_in_vain_costs_resolution(contacts: pl.DataFrame) -> None:
    alone = contacts.filter(pl.col("mode") == "ai_primary")
    known = ["opening_mood", "depth", "misunderstandings", "asked_for_human"]
    found = fitted(alone, "resolved", known, ["issue", "changed_by"])
    assert off(found["asked_for_human"], ASKS.resolved_logit_in_vain) < 3.5
    assert found["asked_for_human"][0] < -0.4
    # And mood: what else moves it is as for all contacts.
    helped = pl.when(pl.col("resolved")).then(0.75).otherwise(-0.6)
    left = pl.col("closing_mood") - pl.col("opening_mood") - helped + 0.25 * pl.col("misunderstandings")
    means = alone.group_by("asked_for_human").agg(left.mean().alias("left"), (left.std() / pl.len().sqrt()).alias("se"))
    for asked, mean, se in means.iter_rows():
        assert abs(mean - (ASKS.closing_mood_in_vain if asked else 0.0)) < 4 * se


def test_stuck_is_what_the_metric_says_of_what_is_latent(contacts: pl.DataFrame) -> None:
    expected = (pl.col("mode") == "ai_primary") & (
        pl.col("asked_for_human") | (pl.col("hung_up") & ~pl.col("resolved")) | (pl.col("misunderstandings") >= 3)
    )
    assert contacts.select((pl.col("stuck") == expected).all()).item()
    share = contacts.filter(pl.col("mode") == "ai_primary")["stuck"].mean()
    assert 0.1 < share < 0.35


def test_who_hangs_up_is_recorded_and_likelier_unresolved(contacts: pl.DataFrame) -> None:
    one_leg = contacts.filter(pl.col("mode") != "joint")
    assert (one_leg["hung_up"] == (one_leg["disconnect_reason"] == "customer_hangup")).all()
    vain = (pl.col("mode") == "ai_primary") & pl.col("asked_for_human")
    rates = one_leg.group_by("resolved", vain.alias("vain")).agg(pl.len(), pl.col("hung_up").mean())
    for resolved, in_vain, n, share in rates.iter_rows():
        planted = ASKS.hung_up_if_resolved if resolved else ASKS.hung_up_if_unresolved
        planted += ASKS.hung_up_in_vain * in_vain
        assert abs(share - planted) < 4 * (planted * (1 - planted) / n) ** 0.5


def test_who_was_stuck_comes_back_more_often(contacts: pl.DataFrame) -> None:
    unresolved = contacts.filter(
        pl.col("mode") == "ai_primary",
        ~pl.col("resolved"),
        pl.col("issue") == "password_reset",
        ~pl.col("promise_broken"),
    )
    means = dict(unresolved.group_by("stuck").agg(pl.col("p_repeat_issue_30d").mean()).iter_rows())
    # Odds of .7 times exp(.5) are odds of .794; new occasions and earlier contacts add a little to both.
    assert means[False] == pytest.approx(0.7, abs=0.04)
    assert means[True] == pytest.approx(0.794, abs=0.04)
    assert means[True] > means[False] + 0.05


def test_requests_are_heard_where_they_are_made_and_nowhere_else(operation: SimulationSummary) -> None:
    truth = pl.read_parquet(operation.truth / "contacts.parquet")
    turns = read_table(operation.out, "turns").filter(pl.col("speaker") == "customer")
    asking = {
        phrase for words in (ENGLISH, SPANISH) for phrases in words.beats["ask_human"].values() for phrase in phrases
    }
    hostile = turns["text"].is_in(ENGLISH.hostile)
    asked = turns.filter(pl.col("text").is_in(asking))
    expected = truth.filter("asked_for_human")["contact_id"]
    # A request stands in the AI's leg, whose id is the contact's; hostile text has taken the place of a turn or two.
    assert set(asked["contact_id"]) <= set(expected)
    assert len(set(expected) - set(asked["contact_id"])) <= hostile.sum()
    assert expected.len() > 100
    # Nothing else that customers say asks for a person; they transfer numbers, and have talked to people before.
    others = turns.filter(~pl.col("text").is_in(asking))["text"].unique()
    assert not [
        text for text in others if re.search(r"(?i)\b(transfer me|humano?|agente?|representative|real person)\b", text)
    ]
    languages = set(asked["language"])
    assert languages == {"en", "es"}


# --- Suggestions ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def suggestions(large_operation: SimulationSummary) -> pl.DataFrame:
    return pl.read_parquet(large_operation.truth / "suggestions.parquet")


def test_wrong_suggestions_are_taken_by_tenure_as_planted(suggestions: pl.DataFrame) -> None:
    groups = suggestions.group_by("tenure", "correct").agg(pl.len(), pl.col("accepted").mean())
    assert groups.height == 6
    for tenure, correct, n, share in groups.iter_rows():
        at = TENURES.index(tenure)
        planted = 1 - SUGGESTS.rejected_if_right[at] if correct else SUGGESTS.accepted_if_wrong[at]
        assert abs(share - planted) < 4 * (planted * (1 - planted) / n) ** 0.5, (tenure, correct)
    wrong = dict(groups.filter(~pl.col("correct")).select("tenure", "accepted").iter_rows())
    assert wrong["0-3"] > wrong["3-12"] > wrong["12+"]
    assert suggestions["correct"].mean() == pytest.approx(SUGGESTS.correct, abs=0.015)


def test_tenure_follows_from_the_first_day_on_the_contact(suggestions: pl.DataFrame, contacts: pl.DataFrame) -> None:
    joined = suggestions.join(contacts.select("contact_id", "agent_started_on", "started_at", "mode"), on="contact_id")
    assert joined.height == suggestions.height
    assert set(joined["mode"]) == {"human_primary"}
    days = joined.select((pl.col("started_at").dt.date() - pl.col("agent_started_on")).dt.total_days()).to_series()
    # An agent who is there before the first day on record has a tenure of no days.
    assert (days.clip(0) == joined["tenure_days"].clip(0)).all()
    months = pl.col("tenure_days") * 12 / 365.25
    band = pl.when(months < 3).then(pl.lit("0-3")).when(months < 12).then(pl.lit("3-12")).otherwise(pl.lit("12+"))
    # Within a day of the border the hour decides.
    away = joined.filter((months - 3).abs() > 0.04, (months - 12).abs() > 0.04)
    assert away.select((pl.col("tenure") == band).all()).item()
    assert set(away["tenure"]) == set(TENURES)


def test_accepted_wrong_suggestions_cost_resolution(suggestions: pl.DataFrame, contacts: pl.DataFrame) -> None:
    per_contact = suggestions.group_by("contact_id").agg(
        (pl.col("accepted") & ~pl.col("correct")).sum().alias("misled"), pl.len().alias("offered")
    )
    people = (
        contacts.filter(pl.col("mode") == "human_primary")
        .join(per_contact, on="contact_id", how="left")
        .with_columns(
            pl.col("misled", "offered").fill_null(0),
            ((pl.col("started_at").dt.date() - pl.col("agent_started_on")).dt.total_days() / 365)
            .clip(0, 1)
            .alias("years"),
        )
    )
    found = fitted(people, "resolved", ["opening_mood", "depth", "years", "misled", "offered"], ["issue", "changed_by"])
    assert off(found["misled"], SUGGESTS.resolved_logit_wrong_accepted) < 3.5
    assert off(found["offered"], 0.0) < 3.5
    assert off(found["years"], World().resolved_logit_tenure) < 3.5
    shares = people["offered"].value_counts().sort("offered")["count"] / people.height
    assert shares.to_list() == pytest.approx(SUGGESTS.count_shares, abs=0.01)


def test_verdicts_on_suggestions_are_known_for_a_share_and_true(
    large_operation: SimulationSummary, suggestions: pl.DataFrame
) -> None:
    landed = read_table(large_operation.out, "suggestions").unique("suggestion_id")
    both = landed.join(suggestions, on="suggestion_id", how="full", suffix="_true")
    assert both.height == suggestions.height
    known = both.filter(pl.col("correct").is_not_null())
    assert known.height / both.height == pytest.approx(SUGGESTS.verdict_known, abs=0.02)
    assert (known["correct"].cast(pl.String) == known["correct_true"].cast(pl.String)).all()
    assert (both["accepted"].cast(pl.String) == both["accepted_true"].cast(pl.String)).all()
    assert (both["agent_id"] == both["agent_id_true"]).all()

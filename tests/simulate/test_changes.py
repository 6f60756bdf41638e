"""Planted changes: they act in their segment, from their day on, as stated, and nowhere else."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from builders.simulated_landing import last_versions, read_table

from pipelines.simulate import SimulationSummary, World, simulate
from pipelines.simulate.agents import draw_agents
from pipelines.simulate.arrival_times import Flags, horizon, wind_clock
from pipelines.simulate.changes import Places, changed_by, conduct, issue_eras, onset
from pipelines.simulate.contacts import Contacts, Setting, simulate_contacts
from pipelines.simulate.customers import draw_customers, issue_shares
from pipelines.simulate.parameters import AI, HUMAN, JOINT, PlantedChange

NEW_YORK = ZoneInfo("America/New_York")
SPAN = horizon(date(2026, 9, 30), 90, 14, NEW_YORK)
SLOWER = PlantedChange(
    "slower", "undervalued", (("workflow", "billing"), ("mode", "human_primary")), 30, 1.5, -0.8, resolved_logit=0.9
)
STEADY = World(changes=())
PACIFIC = World().regions.index("pacific")


def _first_generation(world: World) -> tuple[Setting, Contacts]:
    """The first occasions of the same customers in ``world``: their draws do not depend on changes of conduct."""
    rng = np.random.default_rng(5)
    customers, agents = draw_customers(world, 6_000, rng), draw_agents(6_000, 90, SPAN, rng)
    setting = Setting(world, SPAN, wind_clock(world.rhythm, SPAN, 40), customers, agents)
    contacts = simulate_contacts(setting, np.random.default_rng(6), np.random.default_rng(7))
    return setting, contacts.take(contacts.depth == 0)


def _logit(chance: np.ndarray) -> np.ndarray:
    return np.log(chance / (1 - chance))


def test_the_default_onset_is_the_first_of_the_last_28_days_whose_windows_are_closed() -> None:
    # as_of is the midnight after 30 September: windows of contacts up to 31 August are closed, 28 days back is 4 August.
    assert onset(World().changes[0], SPAN) == datetime(2026, 8, 4, 4, tzinfo=UTC).timestamp()


def test_a_change_of_conduct_acts_in_its_segment_from_its_day_and_nowhere_else() -> None:
    _, steady = _first_generation(STEADY)
    _, changed = _first_generation(replace(STEADY, changes=(SLOWER,)))
    billing = np.isin(steady.issue, [0, 1, 2])
    inside = billing & (steady.mode == HUMAN) & (steady.started >= onset(SLOWER, SPAN))
    assert 100 < inside.sum() < 0.2 * len(steady)
    for field in fields(Contacts):
        before, after = getattr(steady, field.name), getattr(changed, field.name)
        # What is drawn before anybody answers is the same for all.
        assert np.array_equal(before[~inside], after[~inside]), field.name
    for name in ("talk", "wrap", "hold"):
        work = getattr(steady, name)[inside]
        # Seconds are whole before and after.
        assert np.abs(getattr(changed, name)[inside] - 1.5 * work).max() < 2.5
    assert (changed.talk[inside] > 1.4 * steady.talk[inside]).all()
    shift = _logit(changed.resolved_probability[inside]) - _logit(steady.resolved_probability[inside])
    assert shift == pytest.approx(0.9)
    assert changed.resolved[inside].mean() > steady.resolved[inside].mean() + 0.08
    # The AI's confidence follows what is likely, here too: slope .9, and the noise is the same draw.
    assert (changed.confidence[inside] >= steady.confidence[inside]).all()


def test_instants_follow_from_the_changed_durations() -> None:
    everywhere = PlantedChange("half", "diverging", (("channel", "voice"),), 500, 0.5, resolved_logit=-0.1)
    _, steady = _first_generation(STEADY)
    _, changed = _first_generation(replace(STEADY, changes=(everywhere,)))
    voice = changed.channel == 0
    wait = steady.ended - steady.started - steady.talk - steady.hold
    alone, people, joint = (voice & (changed.mode == mode) for mode in (AI, HUMAN, JOINT))
    assert (changed.ended == changed.started + changed.ai_talk)[alone].all()
    assert (changed.ended == changed.started + wait + changed.talk + changed.hold)[people].all()
    assert (changed.ai_ended == changed.started + changed.ai_talk)[joint].all()
    assert (changed.human_started - changed.ai_ended == steady.human_started - steady.ai_ended)[joint].all()
    assert (changed.ended == changed.human_started + changed.talk + changed.hold)[joint].all()
    assert changed.ai_talk[alone].mean() == pytest.approx(0.5 * steady.ai_talk[alone].mean(), rel=0.01)
    assert (changed.returns_at > changed.ended).all()


def test_claims_shift_by_their_logit() -> None:
    rarely = PlantedChange("rarely", "undervalued", (("mode", "human_primary"),), 500, claim_logit=-1.0)
    _, contacts = _first_generation(replace(STEADY, changes=(rarely,)))
    said = (contacts.mode == HUMAN) & (contacts.claimed >= 0)
    # logit .95 - 1 = 1.944, logit .34 - 1 = -1.663.
    assert contacts.claimed[said & contacts.resolved].mean() == pytest.approx(0.8748, abs=0.025)
    assert contacts.claimed[said & ~contacts.resolved].mean() == pytest.approx(0.1593, abs=0.03)


def test_overlapping_changes_add_up_and_the_first_is_named() -> None:
    more = PlantedChange("more", "diverging", (("mode", "human_primary"),), 30, 0.5, 0.3, resolved_logit=-0.4)
    mix = PlantedChange("mix", "mix", (("language", "en"),), 30, issue_factors=(("outage", 2.0),))
    world = replace(STEADY, changes=(mix, more, SLOWER))
    setting, _ = _first_generation(world)
    english, spanish = (int(np.flatnonzero(setting.customers.language == code)[0]) for code in (0, 1))
    late, early = onset(SLOWER, SPAN), onset(SLOWER, SPAN) - 1
    rows = [
        (english, 0, HUMAN, late, 0),  # both
        (english, 3, HUMAN, late, 0),  # an outage is no billing: the wider one alone
        (english, 0, AI, late, 0),  # the mix alone
        (english, 0, AI, late, 1),  # a return, whatever the mix
        (spanish, 0, AI, late, 0),
        (english, 0, HUMAN, early, 0),
    ]
    customer, issue, mode, started, depth = (np.array(column) for column in zip(*rows, strict=True))
    places = Places(customer, issue, mode, np.zeros(len(rows), dtype=np.int64), started)
    acts = conduct(world, SPAN, setting.customers, places)
    assert acts.handle_factor.tolist() == [0.75, 0.5, 1, 1, 1, 1]
    assert acts.claim_logit == pytest.approx([-0.5, 0.3, 0, 0, 0, 0])
    assert acts.resolved_logit == pytest.approx([0.5, -0.4, 0, 0, 0, 0])
    assert changed_by(world, SPAN, setting.customers, places, depth).tolist() == [1, 1, 0, -1, -1, -1]


def _mix_of(contacts: Contacts, rows: Flags) -> np.ndarray:
    return np.bincount(contacts.issue[rows], minlength=11) / rows.sum()


def test_a_mix_change_moves_the_issues_of_its_customers_from_its_day_and_nothing_else() -> None:
    mix = PlantedChange(
        "mix", "mix", (("region", "pacific"),), 45, issue_factors=(("outage", 6.0), ("plan_change", 0.2))
    )
    _, steady = _first_generation(STEADY)
    setting, changed = _first_generation(replace(STEADY, changes=(mix,)))
    assert np.array_equal(steady.started, changed.started)
    assert np.array_equal(steady.customer, changed.customer)
    region, product = setting.customers.region[changed.customer], setting.customers.product[changed.customer]
    inside = (region == PACIFIC) & (changed.started >= onset(mix, SPAN))
    assert np.array_equal(steady.issue[~inside], changed.issue[~inside])
    shares = issue_shares(STEADY)
    shares[:, 3] *= 6.0
    shares[:, 7] *= 0.2
    shares /= shares.sum(axis=1, keepdims=True)
    expected = shares[product[inside]]
    se = np.sqrt((expected * (1 - expected)).sum(axis=0)) / inside.sum()
    assert np.abs((_mix_of(changed, inside) - expected.mean(axis=0)) / se).max() < 4
    assert _mix_of(changed, inside)[3] > _mix_of(steady, inside)[3] + 0.2
    eras = issue_eras(setting.world, SPAN, setting.customers)
    assert eras.shares.sum(axis=2) == pytest.approx(1.0)
    assert eras.era(onset(mix, SPAN) + np.array([-1, 0])).tolist() == [0, 1]


def test_a_mix_change_leaves_resolution_within_issues_alone(large_operation: SimulationSummary) -> None:
    legs = last_versions(read_table(large_operation.out, "contacts"))
    regions = legs.select("contact_id", "region", "started_at").unique("contact_id")
    truth = pl.read_parquet(large_operation.truth / "contacts.parquet").join(regions, on="contact_id")
    midnight = datetime(2026, 8, 4, tzinfo=NEW_YORK).astimezone(UTC)
    other = pl.col("changed_by").is_null() | (pl.col("changed_by") == "pacific_issue_mix")
    groups = (
        truth.filter((pl.col("region") == "pacific") & other & pl.col("issue").is_not_null())
        .group_by("issue", "mode", pl.col("started_at") >= midnight)
        .agg(pl.len(), pl.col("resolved_probability").mean(), pl.col("resolved_probability").var().alias("variance"))
    )
    before, after = (groups.filter(pl.col("started_at") == late).drop("started_at") for late in (False, True))
    both = before.join(after, on=["issue", "mode"], suffix="_after").filter(pl.min_horizontal("len", "len_after") >= 30)
    assert both.height > 15
    gap = pl.col("resolved_probability_after") - pl.col("resolved_probability")
    se = (pl.col("variance") / pl.col("len") + pl.col("variance_after") / pl.col("len_after")).sqrt()
    assert both.select((gap / se).abs().max()).item() < 4
    # And the mix has moved: refunds were rarer than the dispute of a bill before, and are the most frequent now.
    assert after.group_by("issue").agg(pl.col("len").sum()).sort("len").tail(1)["issue"].item() == "refund_status"


def test_contacts_name_the_change_that_acts_on_them(large_operation: SimulationSummary) -> None:
    truth = pl.read_parquet(large_operation.truth / "contacts.parquet")
    legs = last_versions(read_table(large_operation.out, "contacts"))
    where = legs.select("contact_id", "workflow", "region", "started_at").unique("contact_id")
    joined = truth.join(where, on="contact_id")
    late = pl.col("started_at") >= datetime(2026, 8, 4, tzinfo=NEW_YORK).astimezone(UTC)
    expected = (
        pl.when(late & (pl.col("workflow") == "billing") & (pl.col("mode") == "ai_primary"))
        .then(pl.lit("billing_ai_rushed"))
        .when(late & (pl.col("workflow") == "technical_support") & (pl.col("mode") == "human_primary"))
        .then(pl.lit("technical_support_people_thorough"))
        .when(late & (pl.col("region") == "pacific") & (pl.col("depth") == 0))
        .then(pl.lit("pacific_issue_mix"))
    )
    assert joined.select((pl.col("changed_by").eq_missing(expected)).all()).item()
    sizes = dict(joined["changed_by"].value_counts().iter_rows())
    assert set(sizes) == {None, *(change.name for change in World().changes)}
    assert min(sizes.values()) > 1_000


def test_changes_are_written_down(large_operation: SimulationSummary) -> None:
    first, _, mix = json.loads((large_operation.truth / "changes.json").read_text(encoding="utf-8"))
    assert first == {
        "name": "billing_ai_rushed",
        "kind": "diverging",
        "segment": {"workflow": "billing", "mode": "ai_primary"},
        "from_day": "2026-08-04",
        "handle_factor": 0.72,
        "claim_logit": 1.2,
        "resolved_logit": -1.1,
        "issue_factors": {},
    }
    assert mix["kind"] == "mix"
    assert mix["segment"] == {"region": "pacific"}
    assert mix["issue_factors"]["outage"] == 3.0


def test_a_world_without_changes_stays_the_same(tmp_path: Path) -> None:
    done = simulate(tmp_path / "steady", contacts=6_000, days=120, seed=2, transcripts=False, world=STEADY)
    assert json.loads((done.truth / "changes.json").read_text(encoding="utf-8")) == []
    truth = pl.read_parquet(done.truth / "contacts.parquet")
    assert truth["changed_by"].null_count() == truth.height
    legs = last_versions(read_table(done.out, "contacts")).select("contact_id", "started_at", "workflow")
    late = pl.col("started_at") >= datetime(2026, 8, 4, tzinfo=NEW_YORK).astimezone(UTC)
    billing = truth.join(legs, on="contact_id").filter(pl.col("workflow") == "billing", pl.col("mode") == "ai_primary")
    means = dict(billing.group_by(late.alias("late")).agg(pl.col("resolved_probability").mean()).iter_rows())
    assert means[True] == pytest.approx(means[False], abs=0.03)

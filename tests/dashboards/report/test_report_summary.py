"""The two pages in words: the headline, what parts from the outcomes, promises and handoffs, what changed since last week."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import season
from builders.diverging import PERIOD, contact, diverging, snapshot_of
from builders.report_weeks import AS_OF, MONDAY, weeks, with_presentation
from builders.snapshots import kpi_row, midnight, publish
from builders.statistics_tables import segment

from dashboards.report.content import WeeklyReport, weekly_report
from dashboards.report.diverging_segments import owner_of
from dashboards.report.prior_snapshot import read_beside
from dashboards.report.write import make_report
from dashboards.snapshot.frames import read_frames
from dashboards.snapshot.groups import Group
from pipelines.snapshot import PresentedOwner, Snapshot, SnapshotStore


def reported(snapshot: Snapshot, data_dir: Path) -> WeeklyReport:
    """The report as it is made where the snapshots of earlier weeks lie beside this one."""
    report = make_report(snapshot, None, None, SnapshotStore(data_dir))
    assert isinstance(report, WeeklyReport)
    return report


def report_of(snapshot: Snapshot, **presentation: Any) -> WeeklyReport:
    shown = with_presentation(snapshot, **presentation)
    return weekly_report(read_frames(shown), None, None, read_beside(shown, None))


def test_the_headline_names_the_worst_segment_and_what_moved(tmp_path: Path) -> None:
    found = [diverging(0.0001, mode="ai_primary", workflow="billing"), diverging(0.03, region="north")]
    lead = report_of(snapshot_of(tmp_path, segment_divergence=found)).brief.lead
    assert lead.text == (
        "In the week 21–27 Sep 2026, 80% of contacts were claimed resolved; judged by what happened afterwards, 60% "
        "were; usual figures mislead most clearly in AI first with workflow billing, where handle time fell while claims that "
        "did not hold rose."
    )
    # Of 400 contacts 320 were claimed, 100 of these did not hold, and 20 held that nobody claimed: 80 - 25 + 5 = 60.
    assert lead.detail.startswith(
        "2026-W39 is the latest week whose 30 days have passed. Of every 100 contacts 80 were claimed resolved; 25 of these did "
        "not hold, because the customer came back with the issue or complained; 5 that nobody claimed held all the same."
    )
    assert lead.detail.endswith("1 more segment diverges; some of their contacts may be the same.")
    assert not lead.calm


def test_a_week_with_nothing_wrong_says_so(tmp_path: Path) -> None:
    aligned = [segment("aligned", region="north") | PERIOD]
    report = report_of(snapshot_of(tmp_path, segment_divergence=aligned))
    assert report.brief.lead.calm
    assert report.brief.lead.text == (
        "Nothing in this week's evidence is wrong: no segment diverges and no number is worse beyond chance."
    )
    assert report.brief.parted_words.startswith("Nowhere: of 1 segment compared (1–28 Sep 2026 against")
    assert report.brief.since.lines == ("No number changed beyond chance.",)
    with_targets = report_of(snapshot_of(tmp_path, segment_divergence=aligned), targets={"fcr_outcome": 0.5})
    assert with_targets.brief.lead.text.endswith("none misses its target.")


def test_a_missed_target_or_a_worse_number_is_not_calm(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path)
    lead = report_of(snapshot, targets={"fcr_outcome": 0.9, "repeat_any_30d": 0.2}).brief.lead
    assert (lead.calm, lead.text.endswith("60% were; no segment diverges.")) == (False, True)
    assert lead.detail.startswith(
        "Targets are missed by two of the five numbers: resolved, from outcomes; came back in 30 days, any issue."
    )
    last = kpi_row(MONDAY + timedelta(weeks=16), contacts=400, cohort_outcome_yes=80, cohort_claimed_yes_outcome_no=240)
    worse = report_of(snapshot_of(tmp_path / "b", rows=weeks([last])))
    assert (
        "Worse than the week before, beyond chance: resolved, from outcomes; claimed, but did not hold."
        in worse.brief.lead.detail
    )
    assert worse.brief.since.lines[0].startswith("Resolved, from outcomes: −40.0 points on 2026-W38")


def test_what_cannot_be_judged_is_never_calm(tmp_path: Path) -> None:
    lead = report_of(snapshot_of(tmp_path, rows=weeks()[17:])).brief.lead
    assert (lead.calm, lead.text) == (
        False,
        "400 contacts in week 2026-W44, handled in 5\u202fmin 00\u202fs on average.",
    )
    assert lead.detail.startswith("Whether they were resolved cannot be said yet")


def test_a_segment_has_cause_size_customers_money_and_owner(tmp_path: Path) -> None:
    row = diverging(0.0001, mode="ai_primary", workflow="billing")
    row |= {"money": 1250.4, "money_lower": 300.0, "money_upper": 2200.0, "excess_repeats": 54.6}
    owners = (
        PresentedOwner(segment={}, name="Everyone"),
        PresentedOwner(segment={"workflow": "billing"}, name="M. Okafor"),
    )
    (found,) = report_of(snapshot_of(tmp_path, segment_divergence=[row]), owners=owners).brief.parted
    assert (
        found.moved
        == "Handle time fell from 140 to 104\u202fs, while claims that did not hold rose from 33.6 to 52.5%."
    )
    assert (found.cause, found.size_words) == (
        "No part of it accounts for all of it.",
        "490 contacts; about 55 more came back than at the earlier rate",
    )
    assert (found.customers_words, found.owner_words) == ("415 customers", "M. Okafor")
    assert found.money_words == "INR\u00a01,250 (INR\u00a0300 to INR\u00a02,200)"


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"mode": "ai_primary", "workflow": "billing"}, "both"),
        ({"region": "north", "workflow": "billing"}, "billing"),
        ({"workflow": "sales"}, "rest"),
    ],
)
def test_the_most_specific_owner_goes(parts: dict[str, str], name: str) -> None:
    owners = (
        PresentedOwner(segment={}, name="rest"),
        PresentedOwner(segment={"workflow": "billing"}, name="billing"),
        PresentedOwner(segment={"workflow": "billing"}, name="billing too"),
        PresentedOwner(segment={"workflow": "billing", "mode": "ai_primary"}, name="both"),
    )
    assert owner_of(Group(tuple(sorted(parts.items()))), owners) == name
    assert owner_of(Group(tuple(sorted(parts.items()))), owners[1:2]) == (
        "billing" if "billing" in parts.values() else ""
    )


def test_other_names_of_the_same_contacts_take_no_place(tmp_path: Path) -> None:
    """Of ten contacts of queue b all are billing; of region north six of ten are, so it overlaps and stays."""
    contacts = [contact(i, region="north" if i < 6 else "south") for i in range(10)]
    contacts += [contact(10 + i, workflow="sales", queue="s", region="north") for i in range(4)]
    found = [diverging(0.0001, workflow="billing"), diverging(0.001, queue="b"), diverging(0.01, region="north")]
    parted = report_of(snapshot_of(tmp_path, segment_divergence=found, contact_outcomes=contacts)).brief.parted
    assert [each.name for each in parted] == ["Workflow billing", "Region north"]
    assert (parted[0].also, parted[0].overlap) == (("queue b",), "")
    assert (parted[1].also, parted[1].overlap) == ((), "60% of its contacts are also in workflow billing.")


def test_names_of_one_trouble_leave_room_for_others_and_none_is_lost(tmp_path: Path) -> None:
    """The three strongest are names of the same contacts: they take one place, and two others stand beside it."""
    contacts = [contact(i, channel=f"c{i % 4}", language=f"l{i % 4}") for i in range(8)]
    contacts += [contact(10 + i, workflow="sales", queue="s", region=f"r{i}") for i in range(4)]
    same = [diverging(0.0001, workflow="billing"), diverging(0.0002, queue="b"), diverging(0.0003, mode="ai_primary")]
    same[2] |= {"segment": json.dumps({"workflow": "billing", "queue": "b"})}
    others = [diverging(0.01 + 0.001 * i, region=f"r{i}") for i in range(4)]
    brief = report_of(snapshot_of(tmp_path, segment_divergence=[*same, *others], contact_outcomes=contacts)).brief
    assert [each.name for each in brief.parted] == ["Workflow billing", "Region r0", "Region r1"]
    assert sorted(brief.parted[0].also) == ["queue b", "queue b with workflow billing"]
    assert brief.parted_more == "2 more diverge, in part the same contacts: region r2; region r3."
    assert brief.lead.detail.endswith("4 more segments diverge; some of their contacts may be the same.")


def claims(grouping: dict[str, str], stated: float, right: float, **cells: Any) -> dict[str, Any]:
    row = {"grouping": json.dumps(grouping), "label_source": "outcome", "period": None, "is_headline": True, "n": 900}
    row |= {"mean_confidence": stated, "accuracy": right, "bias": stated - right, "lower": 0.01, "q_value": 0.001}
    return row | cells


def policy(workflow: str, mood: str, total: float, **cells: Any) -> dict[str, Any]:
    row = {
        "workflow": workflow,
        "mood": mood,
        "confidence_kind": "raw",
        "later": "2026-03-01/2026-08-31",
        "sentence": "s",
    }
    return row | {"threshold": 0.8, "regret_total": total, "regret_lower": 1.0, "claims": 900} | cells


def test_other_evidence_about_a_segment_stands_with_it(tmp_path: Path) -> None:
    """The most overconfident group of claims within it, and the costliest policy of its workflow; nothing of others."""
    summary = [
        claims({"workflow": "billing"}, 0.7, 0.6),
        claims({"ai_model": "v2", "workflow": "billing"}, 0.78, 0.51),
        claims({"ai_model": "v3", "workflow": "billing"}, 0.9, 0.1, q_value=0.3),
        claims({"workflow": "billing"}, 0.9, 0.1, label_source="reviewed"),
        claims({"workflow": "sales"}, 0.9, 0.2),
        claims({"ai_model": "v9"}, 0.9, 0.1),
    ]
    policies = [
        policy("billing", "negative", 900.0),
        policy("billing", "negative", 1200.0, confidence_kind="recalibrated", threshold=0.85),
        policy("billing", "not_negative", 1000.0),
        policy("billing", "unknown", 5000.0, regret_lower=-10.0),
        policy("sales", "negative", 9000.0),
    ]
    found = [diverging(0.0001, mode="ai_primary", workflow="billing"), diverging(0.01, region="north")]
    tables = {"segment_divergence": found, "calibration_summary": summary, "escalation_policy": policies}
    first, second = report_of(snapshot_of(tmp_path, **tables)).brief.parted
    assert first.confidence == "AI model v2 with workflow billing states 78% and is right 51%."
    assert first.policy == (
        "Keeping answers only from 85% recalibrated confidence upwards would have cost INR\u00a01,200 less (customers who "
        "opened unhappy, 1 Mar – 31 Aug 2026)."
    )
    assert (second.confidence, second.policy) == ("", "")


def promise(maker: str | None, on_time: float, late: float, broken: float, n: int) -> list[dict[str, Any]]:
    grouping = json.dumps({"made_by": maker} if maker else {})
    return [
        {"grouping": grouping, "measure": measure, "n": n, "value": value, "lower": value - 0.02, "upper": value + 0.02}
        for measure, value in (("kept_on_time", on_time), ("kept_late", late), ("broken", broken))
    ]


def test_promises_by_maker_and_what_followed(tmp_path: Path) -> None:
    rates = [
        *promise(None, 0.5, 0.1, 0.4, 300),
        *promise("ai", 0.4, 0.1, 0.5, 100),
        *promise("agent", 0.55, 0.1, 0.35, 200),
    ]
    compared = [
        {"subject": "promise", "factor": "status", "level": "broken", "reference": "kept_on_time", "measure": measure}
        | {"unit": "share", "n": 100, "lower": lower, "upper": 0.2, "sentence": f"What followed: {measure}."}
        for measure, lower in (("next_asked_for_human", -0.1), ("repeat_any_30d", 0.05), ("complaint_30d", 0.01))
    ]
    found = report_of(snapshot_of(tmp_path, promise_rates=rates, outcomes_compared=compared)).brief.promises
    assert found.sentence == (
        "Of 300 promises whose fate is known 50.0% were kept on time, 10.0% late and 40.0% broken "
        "(38.0–42.0%). Broken: 50.0% of those by the AI and 35.0% of those by agents."
    )
    assert [(each.maker, each.n, each.broken.value) for each in found.kept] == [
        ("all promises", 300, 0.4),
        ("by the AI", 100, 0.5),
        ("by agents", 200, 0.35),
    ]
    # The most telling of those that can be told from chance.
    assert found.followed == "What followed: repeat_any_30d."


def test_handoffs_and_stuck_contacts(tmp_path: Path) -> None:
    def row(measure: str, value: float, n: int, lower: float | None = None) -> dict[str, Any]:
        upper = None if lower is None else 2 * value - lower
        return {"grouping": "{}", "measure": measure, "value": value, "n": n, "lower": lower, "upper": upper}

    handoffs = [
        row("complete", 0.2, 500, 0.18),
        row("customer_repeated", 0.3, 400, 0.27),
        row("median_seconds_to_human", 39.0, 500),
    ]
    stuck = [row("stuck", 0.12, 6000, 0.11), row("asked_for_human", 0.08, 6000, 0.07)]
    found = report_of(snapshot_of(tmp_path, handoff_rates=handoffs, stuck=stuck)).brief.handed_over
    assert found.handoffs == (
        "20.0% of handoffs reached the person complete (18.0–22.0%, n\u00a0=\u00a0500); after 30.0% the customer "
        "had to say it again (27.0–33.0%, n\u00a0=\u00a0400); half of the customers had a person within 39\u202fs."
    )
    assert found.stuck_words == (
        "In 12.0% (11.0–13.0%) of 6,000 contacts that the AI led alone the customer was stuck with it, although they "
        "look contained."
    )


def test_a_snapshot_without_the_seams_says_so(tmp_path: Path) -> None:
    lacks = ("promise_rates", "handoff_rates", "stuck", "outcomes_compared")
    brief = report_of(publish(tmp_path / "data", {"kpi_daily": weeks()}, as_of=AS_OF, without=lacks)).brief
    assert brief.promises.sentence == "Promises: not in this snapshot."
    assert (brief.handed_over.handoffs, brief.handed_over.stuck_words) == (
        "Handoffs: not in this snapshot.",
        "Stuck with the AI: not in this snapshot.",
    )
    empty = report_of(publish(tmp_path / "empty", {"kpi_daily": weeks()}, as_of=AS_OF)).brief
    assert empty.promises.sentence == "No promise of which it is known what became of it."


def verdicts(**by_region: str) -> list[dict[str, Any]]:
    return [segment(verdict, region=region) | PERIOD for region, verdict in by_region.items()]


def test_since_the_snapshot_of_a_week_ago(tmp_path: Path) -> None:
    week_ago = AS_OF - timedelta(days=7)
    before = verdicts(north="diverging", south="aligned", west="aligned", east="undervalued")
    now = verdicts(north="aligned", south="diverging", west="insufficient", east="undervalued")
    snapshot_of(tmp_path, as_of=week_ago, name="s0", segment_divergence=before)
    snapshot_of(tmp_path, as_of=AS_OF - timedelta(days=1), name="s1", segment_divergence=[])
    snapshot = snapshot_of(tmp_path, name="s2", segment_divergence=now)
    since = reported(snapshot, tmp_path).brief.since
    assert (since.earlier_id, since.earlier_as_of) == ("s0", week_ago)
    assert since.lines == (
        "New: Region south diverges; a week ago it was aligned.",
        "Gone: Region north diverged a week ago and now is aligned.",
    )
    assert since.source.startswith("Segments against the snapshot of 26 Oct 2026, 00:00 (UTC)")


@pytest.mark.parametrize("days", [0, 4, 11])
def test_without_a_snapshot_of_a_week_ago_it_says_what_is_compared(tmp_path: Path, days: int) -> None:
    snapshot_of(tmp_path, as_of=AS_OF - timedelta(days=days), name="s0", segment_divergence=verdicts(north="aligned"))
    snapshot = snapshot_of(tmp_path, name="s2", segment_divergence=verdicts(north="diverging"))
    since = reported(snapshot, tmp_path).brief.since
    assert (since.earlier_id, since.verdicts) == ("", ())
    assert since.source.startswith("No snapshot of a week ago is kept")


def test_a_damaged_snapshot_of_a_week_ago_is_as_none(tmp_path: Path) -> None:
    old = snapshot_of(
        tmp_path, as_of=AS_OF - timedelta(days=7), name="s0", segment_divergence=verdicts(north="aligned")
    )
    old.files("kpi_daily")[0].unlink()
    snapshot = snapshot_of(tmp_path, name="s2")
    assert reported(snapshot, tmp_path).brief.since.earlier_id == ""


def test_what_is_still_open_names_weeks_and_days(tmp_path: Path) -> None:
    """W40 ends on 4 October, its last window closes 30 days later; W44 on 1 November."""
    said = report_of(snapshot_of(tmp_path)).brief.provisional
    assert said[0] == (
        "Outcomes and repeats are of 2026-W39. 2026-W40 to 2026-W44 are still open, drawn apart and grey: known week by week "
        "from 4 Nov 2026 to 2 Dec 2026."
    )
    assert said[1].startswith("In 2026-W44 itself 80.0% were claimed resolved")


def test_the_season_is_read_right(tmp_path: Path) -> None:
    """The made season plants assist-2 in billing."""
    report = report_of(publish(tmp_path / "data", season.tables(), as_of=season.AS_OF))
    assert "AI model assist-2 with workflow billing" in report.brief.lead.text
    assert report.brief.calibration is not None
    assert report.brief.calibration_words == report.findings.calibration.drawn[0].sentence
    assert midnight(2026, 11, 23) == report.as_of

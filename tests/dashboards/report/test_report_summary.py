"""The executive summary as typed fields: headline, diverging segments, promises and handoffs, change since last week."""

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
from dashboards.report.write import make_report
from dashboards.snapshot.groups import Group
from dashboards.snapshot.queries import Queries
from pipelines.snapshot import PresentedOwner, Snapshot, SnapshotStore


def reported(snapshot: Snapshot, data_dir: Path) -> WeeklyReport:
    """The report as it is made where the snapshots of earlier weeks lie beside this one."""
    report = make_report(snapshot, None, None, SnapshotStore(data_dir))
    assert isinstance(report, WeeklyReport)
    return report


def report_of(snapshot: Snapshot, **presentation: Any) -> WeeklyReport:
    shown = with_presentation(snapshot, **presentation)
    return weekly_report(Queries(shown), None, None)


def test_the_headline_names_the_worst_segment_and_what_moved(tmp_path: Path) -> None:
    found = [diverging(0.0001, mode="ai_primary", workflow="billing"), diverging(0.03, region="north")]
    lead = report_of(snapshot_of(tmp_path, segment_divergence=found)).summary.lead
    assert lead.text.startswith(
        "In the week 21–27 Sep 2026, 80% of contacts were claimed resolved; judged by outcomes, 60% were. AI-led billing "
        "contacts got 36\u202fs shorter, and false resolutions rose from 34% to 52%"
    )
    # Of 400 contacts 320 were claimed, 100 of these were false, and 20 were resolved without a claim: 80 - 25 + 5 = 60.
    assert "80 were claimed resolved; 25 of these were false resolutions" in lead.detail
    assert "5 were resolved without a claim." in lead.detail
    assert lead.detail.endswith("1 more segment diverges; some of their contacts may be the same.")
    assert not lead.calm


def test_a_week_with_nothing_wrong_says_so(tmp_path: Path) -> None:
    aligned = [segment("aligned", region="north") | PERIOD]
    report = report_of(snapshot_of(tmp_path, segment_divergence=aligned))
    assert report.summary.lead.calm
    assert report.summary.lead.text.startswith("No problem found this week: no segment diverges, and")
    assert report.summary.segments_words.startswith("No segment diverges of the 1 compared (1–28 Sep 2026")
    assert (report.summary.segments, report.summary.week_over_week.numbers) == ((), ())
    with_targets = report_of(snapshot_of(tmp_path, segment_divergence=aligned), targets={"fcr_outcome": 0.5})
    assert "no target is missed" in with_targets.summary.lead.text


def test_a_missed_target_or_a_worse_number_is_not_calm(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path)
    lead = report_of(snapshot, targets={"fcr_outcome": 0.9, "repeat_any_30d": 0.2}).summary.lead
    assert (lead.calm, lead.text.endswith("60% were. No segment diverges.")) == (False, True)
    assert lead.detail.startswith(
        "2 of the 5 numbers miss their targets: resolved, judged by outcomes; repeat contacts within 30 days, any issue."
    )
    last = kpi_row(MONDAY + timedelta(weeks=16), contacts=400, cohort_outcome_yes=80, cohort_claimed_yes_outcome_no=240)
    worse = report_of(snapshot_of(tmp_path / "b", rows=weeks([last])))
    assert (
        "Significantly worse than the week before: resolved, judged by outcomes; false resolutions."
        in worse.summary.lead.detail
    )
    assert worse.summary.week_over_week.lines[0].startswith("Resolved, judged by outcomes: −40.0 points from 2026-W38")


def test_what_cannot_be_judged_is_never_calm(tmp_path: Path) -> None:
    lead = report_of(snapshot_of(tmp_path, rows=weeks()[17:])).summary.lead
    assert (lead.calm, lead.text) == (
        False,
        "400 contacts in week 2026-W44, average handle time 5\u202fmin.",
    )
    assert lead.detail.startswith("Resolution cannot be judged yet")


def test_a_segment_has_cause_size_customers_money_and_owner(tmp_path: Path) -> None:
    row = diverging(0.0001, mode="ai_primary", workflow="billing")
    row |= {"money": 1250.4, "money_lower": 300.0, "money_upper": 2200.0, "excess_repeats": 54.6}
    owners = (
        PresentedOwner(segment={}, name="Everyone"),
        PresentedOwner(segment={"workflow": "billing"}, name="M. Okafor"),
    )
    (found,) = report_of(snapshot_of(tmp_path, segment_divergence=[row]), owners=owners).summary.segments
    assert (found.cause, found.owner, found.customers, found.contacts) == ("", "M. Okafor", 415, 490)
    assert (found.money, found.money_lower, found.money_upper, found.excess_repeats) == (1250.4, 300.0, 2200.0, 54.6)
    facts = dict(found.facts)
    # What is not known has no row: no cause, no overlap, no related finding.
    assert list(facts) == ["Change", "Size", "Cost", "Owner"]
    assert facts["Size"] == "490 contacts; about 55 repeat contacts more than at the baseline's rate"
    bare = diverging(0.0001, region="north")
    (found,) = report_of(snapshot_of(tmp_path / "b", segment_divergence=[bare])).summary.segments
    assert list(dict(found.facts)) == ["Change", "Size"]


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
    segments = report_of(snapshot_of(tmp_path, segment_divergence=found, contact_outcomes=contacts)).summary.segments
    assert [each.name for each in segments] == ["Billing contacts", "Contacts in region North"]
    assert (segments[0].also, segments[0].overlap) == (("contacts in queue b",), "")
    assert (segments[1].also, segments[1].overlap) == ((), "60% of its contacts are also in: billing contacts.")


def test_names_of_one_trouble_leave_room_for_others_and_none_is_lost(tmp_path: Path) -> None:
    """The three strongest are names of the same contacts: they take one place, and two others stand beside it."""
    contacts = [contact(i, channel=f"c{i % 4}", language=f"l{i % 4}") for i in range(8)]
    contacts += [contact(10 + i, workflow="sales", queue="s", region=f"r{i}") for i in range(4)]
    same = [diverging(0.0001, workflow="billing"), diverging(0.0002, queue="b"), diverging(0.0003, mode="ai_primary")]
    same[2] |= {"segment": json.dumps({"workflow": "billing", "queue": "b"})}
    others = [diverging(0.01 + 0.001 * i, region=f"r{i}") for i in range(4)]
    summary = report_of(snapshot_of(tmp_path, segment_divergence=[*same, *others], contact_outcomes=contacts)).summary
    assert [each.name for each in summary.segments] == [
        "Billing contacts",
        "Contacts in region R0",
        "Contacts in region R1",
    ]
    assert sorted(summary.segments[0].also) == ["billing contacts in queue b", "contacts in queue b"]
    assert summary.segments_more == (
        "2 more diverge, with partly the same contacts: contacts in region R2; contacts in region R3."
    )
    assert summary.lead.detail.endswith("4 more segments diverge; some of their contacts may be the same.")


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
    }
    return row | {"threshold": 0.8, "regret_total": total, "regret_lower": 1.0, "claims": 900} | cells


def test_related_findings_stand_with_their_segment(tmp_path: Path) -> None:
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
    first, second = report_of(snapshot_of(tmp_path, **tables)).summary.segments
    assert first.confidence == "Billing contacts with AI model v2: the AI states 78% and is right 51%."
    assert first.policy == (
        "Handing off below 85% recalibrated confidence would have saved INR\u00a01,200 (customers who opened in a negative "
        "mood, 1 Mar – 31 Aug 2026)."
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
        | {
            "unit": "share",
            "n": 100,
            "lower": 0.01,
            "upper": 0.2,
            "q": q,
            "adjusted": 0.3,
            "reference_adjusted": 0.2,
            "difference": 0.1,
        }
        for measure, q in (("next_asked_for_human", 0.06), ("repeat_any_30d", 0.01), ("complaint_30d", 0.02))
    ]
    found = report_of(snapshot_of(tmp_path, promise_rates=rates, outcomes_compared=compared)).summary.promises
    assert [(each.maker, each.n, each.broken.value) for each in found.makers] == [
        ("all promises", 300, 0.4),
        ("by the AI", 100, 0.5),
        ("by agents", 200, 0.35),
    ]
    # The most telling of the significant ones.
    assert "followed by a repeat contact within 30 days" in found.followed


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
    found = report_of(snapshot_of(tmp_path, handoff_rates=handoffs, stuck=stuck)).summary.handoffs
    assert [(share.value, share.lower, share.n) for _, share in found.rows] == [
        (0.2, 0.18, 500),
        (0.3, 0.27, 400),
        (0.12, 0.11, 6000),
    ]
    assert (found.median_seconds, found.unknown) == (39.0, ())
    assert found.lines == ("Half of the customers reached a human within 39\u202fs.",)


def test_a_snapshot_without_these_tables_says_so(tmp_path: Path) -> None:
    lacks = ("promise_rates", "handoff_rates", "stuck", "outcomes_compared")
    summary = report_of(publish(tmp_path / "data", {"kpi_daily": weeks()}, as_of=AS_OF, without=lacks)).summary
    assert summary.promises.makers == ()
    assert summary.handoffs.rows == ()
    assert summary.handoffs.unknown == (
        "Handoffs unknown: not in this snapshot.",
        "Failed containment unknown: not in this snapshot.",
    )
    empty = report_of(publish(tmp_path / "empty", {"kpi_daily": weeks()}, as_of=AS_OF)).summary
    assert (empty.promises.makers, empty.handoffs.rows) == ((), ())


def verdicts(**by_region: str) -> list[dict[str, Any]]:
    return [segment(verdict, region=region) | PERIOD for region, verdict in by_region.items()]


def test_change_since_the_snapshot_of_a_week_ago(tmp_path: Path) -> None:
    week_ago = AS_OF - timedelta(days=7)
    before = verdicts(north="diverging", south="aligned", west="aligned", east="undervalued")
    now = verdicts(north="aligned", south="diverging", west="insufficient", east="undervalued")
    snapshot_of(tmp_path, as_of=week_ago, name="s0", segment_divergence=before)
    snapshot_of(tmp_path, as_of=AS_OF - timedelta(days=1), name="s1", segment_divergence=[])
    snapshot = snapshot_of(tmp_path, name="s2", segment_divergence=now)
    found = reported(snapshot, tmp_path).summary.week_over_week
    assert (found.prior_id, found.prior_as_of) == ("s0", week_ago)
    assert [(each.name, each.before, each.now) for each in found.verdicts] == [
        ("contacts in region South", "aligned", "diverging"),
        ("contacts in region North", "diverging", "aligned"),
    ]
    assert [each.words for each in found.verdicts] == list(found.lines)
    assert "the snapshot of 26 Oct 2026, 00:00 (UTC)" in found.source


@pytest.mark.parametrize("days", [0, 4, 11])
def test_without_a_snapshot_of_a_week_ago_it_says_what_is_compared(tmp_path: Path, days: int) -> None:
    snapshot_of(tmp_path, as_of=AS_OF - timedelta(days=days), name="s0", segment_divergence=verdicts(north="aligned"))
    snapshot = snapshot_of(tmp_path, name="s2", segment_divergence=verdicts(north="diverging"))
    found = reported(snapshot, tmp_path).summary.week_over_week
    assert (found.prior_id, found.verdicts) == ("", ())
    assert found.source.startswith("No snapshot of a week ago is kept")


def test_a_damaged_snapshot_of_a_week_ago_is_as_none(tmp_path: Path) -> None:
    old = snapshot_of(
        tmp_path, as_of=AS_OF - timedelta(days=7), name="s0", segment_divergence=verdicts(north="aligned")
    )
    old.files("kpi_daily")[0].unlink()
    snapshot = snapshot_of(tmp_path, name="s2")
    assert reported(snapshot, tmp_path).summary.week_over_week.prior_id == ""


def test_what_is_still_open_names_weeks_and_days(tmp_path: Path) -> None:
    """W40 ends on 4 October, its last window closes 30 days later; W44 on 1 November."""
    said = report_of(snapshot_of(tmp_path)).summary.provisional
    assert "2026-W40 to 2026-W44 are still open" in said[0]
    assert said[0].endswith("known week by week from 4 Nov 2026 to 2 Dec 2026.")
    assert said[1].startswith("In 2026-W44 80.0% of contacts were claimed resolved")


def test_the_season_is_read_right(tmp_path: Path) -> None:
    """The made season plants assist-2 in billing."""
    report = report_of(publish(tmp_path / "data", season.tables(), as_of=season.AS_OF))
    assert "Billing contacts with AI model assist-2" in report.summary.lead.text
    assert report.summary.calibration is not None
    assert report.summary.calibration_words.startswith(report.findings.calibration.drawn[0].sentence)
    assert midnight(2026, 11, 23) == report.as_of

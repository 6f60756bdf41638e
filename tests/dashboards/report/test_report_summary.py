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
from dashboards.report.cost import cost_of
from dashboards.report.diverging_segments import owner_of
from dashboards.snapshot.groups import Group
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import parse_week
from pipelines.snapshot import PresentedOwner, Snapshot


def report_of(snapshot: Snapshot, **presentation: Any) -> WeeklyReport:
    shown = with_presentation(snapshot, **presentation)
    return weekly_report(Queries(shown), None, None)


def test_the_headline_names_the_worst_segment_and_what_moved(tmp_path: Path) -> None:
    found = [diverging(0.0001, mode="ai_primary", workflow="billing"), diverging(0.03, region="north")]
    lead = report_of(snapshot_of(tmp_path, segment_divergence=found)).summary.lead
    assert lead.text.startswith(
        "AI-led billing contacts got 36\u202fs shorter, and false resolutions rose from 34% to 52%"
    )
    assert lead.detail == (
        "In the week 21–27 Sep 2026, 80% of contacts were claimed resolved; judged by outcomes, 60% were."
    )
    assert lead.subject == "AI-led billing contacts: handle time fell and false resolutions rose (and 1 more finding)"
    assert not lead.calm


def test_why_an_earlier_week_is_judged_stands_in_one_line(tmp_path: Path) -> None:
    summary = report_of(snapshot_of(tmp_path)).summary
    assert summary.why_week == (
        "Why 21–27 Sep 2026: a contact is judged by the 30 days after it, and this is the latest week that has had them. "
        "Outcomes of 26 Oct – 1 Nov 2026 are known from 2 Dec 2026."
    )
    # Of 400 contacts 320 were claimed, 100 of these were false, and 20 were resolved without a claim: 80 - 25 + 5 = 60.
    assert "80 were claimed resolved; 25 of these were false resolutions" in summary.numbers_words
    assert "5 were resolved without a claim." in summary.numbers_words
    itself = weekly_report(Queries(snapshot_of(tmp_path / "b")), None, parse_week("2026-W39")).summary
    assert itself.why_week == ""


def test_a_week_with_nothing_wrong_says_so(tmp_path: Path) -> None:
    aligned = [segment("aligned", region="north") | PERIOD]
    report = report_of(snapshot_of(tmp_path, segment_divergence=aligned))
    assert report.summary.lead.calm
    assert report.summary.lead.text.startswith("Nothing new and nothing wrong: no segment diverges, and")
    assert report.summary.segments_words.startswith("No segment diverges of the 1 compared (1–28 Sep 2026")
    assert (report.summary.segments, report.summary.week_over_week.numbers) == ((), ())
    assert (report.summary.lead.subject, report.summary.actions) == ("nothing new", ())
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
    assert worse.summary.lead.text == (
        "Significantly worse than the week before: resolved, judged by outcomes; false resolutions."
    )
    assert worse.summary.week_over_week.lines[0].startswith("Resolved, judged by outcomes: −40.0 points from 2026-W38")


def test_what_cannot_be_judged_is_never_calm(tmp_path: Path) -> None:
    lead = report_of(snapshot_of(tmp_path, rows=weeks()[17:])).summary.lead
    assert (lead.calm, lead.text) == (
        False,
        "400 contacts in week 2026-W44, average handle time 5\u202fmin.",
    )
    assert lead.detail.startswith("No week can be judged by its outcomes yet")


def priced(**ends: tuple[float, float, float]) -> dict[str, Any]:
    """A diverging row with 500 contacts in the period, and the change of each measure with its bounds."""
    row = diverging(0.0001, mode="ai_primary", workflow="billing")
    for measure, (change, lower, upper) in ends.items():
        row |= {f"{measure}_n_period": 500, f"{measure}_change": change}
        row |= {f"{measure}_lower": lower, f"{measure}_upper": upper}
    return row


def test_a_segment_has_its_certainty_size_cost_and_owner(tmp_path: Path) -> None:
    owners = (
        PresentedOwner(segment={}, name="Everyone"),
        PresentedOwner(segment={"workflow": "billing"}, name="M. Okafor"),
    )
    row = priced(repeat=(0.1, 0.04, 0.16), complaint=(0.002, -0.006, 0.01))
    report = report_of(
        snapshot_of(tmp_path, segment_divergence=[row]),
        owners=owners,
        costs={"repeat_contact": 7.0, "complaint": 250.0},
    )
    (found,) = report.summary.segments
    assert (found.owner, found.customers, found.contacts, found.is_new) == ("M. Okafor", 415, 490, None)
    facts = dict(found.facts)
    # What is not known has no row: no overlap, no other name.
    assert list(facts) == ["How sure", "Affected", "Cost, certain", "Cost, not certain"]
    assert facts["Affected"] == "415 customers, 490 contacts"
    # 500 contacts × .1 (.04 to .16) × 7; complaints 500 × .002 (−.006 to .01) × 250.
    assert facts["Cost, certain"] == (
        "50 more repeat contacts × INR\u00a07 = INR\u00a0350 (95% confidence interval INR\u00a0140 to INR\u00a0560)."
    )
    assert facts["Cost, not certain"] == (
        "Complaints, −INR\u00a0750 to INR\u00a01,250 (95% confidence interval): a change of +1.0 (−3.0 to +5.0) among 500 "
        "contacts may be chance."
    )
    assert facts["How sure"].endswith("Fewer than 1 in 1,000 of such findings would be chance.")
    bare = diverging(0.0213, region="north")
    (found,) = report_of(snapshot_of(tmp_path / "b", segment_divergence=[bare])).summary.segments
    assert list(dict(found.facts)) == ["How sure", "Affected"]
    assert dict(found.facts)["How sure"].endswith("At most 2.1% of such findings would be chance.")


@pytest.mark.parametrize(
    ("ends", "costs", "certain", "uncertain"),
    [
        (
            (-0.1, -0.16, -0.04),
            {"repeat_contact": 7.5},
            "50 fewer repeat contacts × INR\u00a07.50 = INR\u00a0375 saved (95%",
            "",
        ),
        ((0.1, 0.04, 0.16), {"complaint": 9.0}, "50 more repeat contacts (20 to 80); no price is configured.", ""),
        ((0.1, -0.04, 0.24), {"complaint": 9.0}, "", ""),
        ((0.1, 0.0, 0.2), {"repeat_contact": 7.0}, "", "Repeat contacts, INR\u00a00 to INR\u00a0700"),
    ],
)
def test_cost_is_certain_only_where_the_interval_leaves_out_zero(
    ends: tuple[float, float, float], costs: dict[str, float], certain: str, uncertain: str
) -> None:
    row = priced(repeat=ends) | dict.fromkeys(("complaint_n_period", "complaint_change", "complaint_lower"))
    found = cost_of(row | {"complaint_upper": None, "money": None}, costs, "INR")
    assert found.certain.startswith(certain) and bool(found.certain) == bool(certain)  # noqa: PT018
    assert found.uncertain.startswith(uncertain) and bool(found.uncertain) == bool(uncertain)  # noqa: PT018


def test_a_snapshot_that_names_no_costs_has_the_published_sum(tmp_path: Path) -> None:
    row = diverging(0.01, region="north") | {"money": 1250.4, "money_lower": 300.0, "money_upper": 2200.0}
    (found,) = report_of(snapshot_of(tmp_path, segment_divergence=[row])).summary.segments
    assert dict(found.facts)["Cost"].startswith(
        "Repeat contacts and complaints beyond the baseline's rate cost INR\u00a01,250"
    )


def test_actions_name_what_to_do_and_who(tmp_path: Path) -> None:
    """One that may be another seen from afar asks for nothing of its own."""
    contacts = [contact(i, region="north" if i < 6 else "south") for i in range(10)]
    found = [diverging(0.0001, workflow="billing"), diverging(0.01, region="north")]
    owners = (PresentedOwner(segment={"workflow": "billing"}, name="M. Okafor"), PresentedOwner(segment={}, name="All"))
    promises = [
        *promise(None, 0.5, 0.1, 0.4, 300),
        *promise("ai", 0.4, 0.1, 0.5, 100),
        *promise("agent", 0.5, 0.1, 0.3, 200),
    ]
    summary = report_of(
        snapshot_of(
            tmp_path,
            segment_divergence=found,
            contact_outcomes=contacts,
            escalation_policy=[policy("billing", "negative", 900.0)],
            promise_rates=promises,
        ),
        owners=owners,
    ).summary
    assert [(each.what.split(".")[0], each.who) for each in summary.actions] == [
        ("Change when the AI hands over (billing contacts)", "M. Okafor"),
        ("Read the flagged cases of billing contacts (415 customers) and find out what changed", "M. Okafor"),
        ("Let the AI promise only what somebody fulfils: 50", "All"),
    ]


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
    assert (segments[1].also, segments[1].overlap) == (
        (),
        "60% of these contacts are also billing contacts: the same trouble may stand behind both.",
    )


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
    # The count is that of the folded list, everywhere.
    assert summary.lead.subject.endswith("(and 4 more findings)")


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
    return row | {"threshold": 0.8, "regret_total": total, "verdict": "costs_less", "claims": 900} | cells


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
        policy("billing", "unknown", 5000.0, verdict="no_difference"),
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

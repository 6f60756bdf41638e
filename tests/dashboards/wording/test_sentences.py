"""Templates of findings, each with hand-made values: what happened to whom, the size, the certainty."""

import pytest

from dashboards.wording import (
    calibration,
    csat,
    divergence,
    escalation,
    handoffs,
    outcomes,
    repeats,
    resolution,
    validity,
)
from dashboards.wording.divergence import MeasureChange
from dashboards.wording.repeats import AboveUsual, RepeatShare
from dashboards.wording.validity import MonthValue

SHORTER = MeasureChange("handle_seconds", 403.0, 358.0, -45.0, -58.0, -32.0)
LONGER = MeasureChange("handle_seconds", 390.0, 455.0, 65.0, 40.0, 90.0)
FALSE = MeasureChange("false_resolution", 0.36, 0.57, 0.21, 0.15, 0.27)
FEWER = MeasureChange("repeat", 0.34, 0.272, -0.068, -0.101, -0.035)
UNKNOWN = MeasureChange("complaint", None, None, None, None, None)


def test_a_diverging_segment_leads_with_what_happened_to_whom() -> None:
    assert divergence.segment_sentence(
        "AI-led billing contacts", "diverging", proxy=SHORTER, outcome=FALSE, customers=392
    ) == ("AI-led billing contacts got 45\u202fs shorter, and false resolutions rose from 36% to 57% (392 customers).")
    assert divergence.segment_sentence(
        "contacts in queue care-es", "undervalued", proxy=LONGER, outcome=FEWER, customers=1
    ) == (
        "Contacts in queue care-es got 1\u202fmin 5\u202fs longer, but repeat contacts fell from 34% to 27% (1 customer)."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            MeasureChange("claimed", 0.61, 0.7, 0.09, 0.06, 0.12),
            "were claimed resolved more often (70% instead of 61%)",
        ),
        (
            MeasureChange("contained", 0.7, 0.69, -0.01, -0.02, 0.0),
            "were contained less often (69.0% instead of 70.0%)",
        ),
    ],
)
def test_other_figures(change: MeasureChange, words: str) -> None:
    assert words in divergence.what_happened("diverging", change, FALSE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            MeasureChange("complaint", 0.0091, 0.0138, 0.0047, 0.0019, 0.0075),
            "complaints rose from 9.1 to 13.8 per 1,000",
        ),
        (
            MeasureChange("post_call_sentiment", 0.12, -0.05, -0.17, -0.2, -0.1),
            "sentiment after the contact fell from +0.12 to −0.05",
        ),
    ],
)
def test_other_outcomes(change: MeasureChange, words: str) -> None:
    assert divergence.what_happened("diverging", SHORTER, change).endswith(f"and {words}")


def test_without_the_measures_only_the_direction_is_said() -> None:
    assert divergence.what_happened("diverging", None, FALSE) == divergence.what_happened("diverging", SHORTER, UNKNOWN)
    assert divergence.briefly(SHORTER, FALSE) == "handle time fell and false resolutions rose"
    assert divergence.briefly(SHORTER, None) == "reported figures improved and outcomes worsened"


def test_the_other_verdicts() -> None:
    assert divergence.segment_sentence("billing contacts", "aligned") == (
        "Billing contacts: no significant divergence between reported figures and outcomes."
    )
    assert divergence.segment_sentence("billing contacts", "insufficient", reason="few") == (
        "Billing contacts: too few contacts to judge (few)."
    )


def test_certainty_names_each_change_with_its_interval_and_q() -> None:
    assert divergence.certainty((SHORTER, FALSE, UNKNOWN), 0.0004) == (
        "handle time −45\u202fs (−58 to −32), false resolutions +21.0 points (15.0 to 27.0) · false-alarm rate below 0.1%"
    )


@pytest.mark.parametrize(
    ("counts", "bounds", "words"),
    [
        ("repeats", (100.0, 900.0), "Repeat contacts beyond the baseline's rate cost EUR\u00a0500 (95% confidence"),
        ("complaints", (-900.0, 900.0), "Complaints beyond the baseline's rate made no statistically significant"),
        ("repeats_and_complaints", (None, None), "Repeat contacts and complaints beyond the baseline's rate cost"),
    ],
)
def test_money_names_what_it_counts(counts: str, bounds: tuple[float | None, float | None], words: str) -> None:
    assert divergence.money_sentence(counts, 500.0, *bounds, "EUR").startswith(words)


def test_money_saved_is_no_cost() -> None:
    assert " saved EUR\u00a0500 " in divergence.money_sentence("repeats", -500.0, -900.0, -100.0, "EUR")


def test_verdicts_that_changed() -> None:
    assert divergence.verdict_change("billing contacts", "aligned", "diverging").startswith(
        "New: billing contacts diverge"
    )
    assert divergence.verdict_change("billing contacts", "diverging", None) == (
        "Gone: billing contacts no longer diverge; no longer compared."
    )
    assert divergence.verdict_change("billing contacts", None, "undervalued") == (
        "Billing contacts: now “undervalued”; a week ago it was not compared."
    )


def test_bias_beyond_chance_leads() -> None:
    assert calibration.overall(
        "the AI", 0.76, 0.674, bias=0.086, lower=0.081, upper=0.092, is_significant=True, reason=""
    ) == ("The AI is overconfident by 8.6 points (8.1 to 9.2): it states 76% and is right 67% of the time.")
    assert "underconfident by 11.0 points (8.0 to 14.0)" in calibration.overall(
        "the AI", 0.5, 0.61, bias=-0.11, lower=-0.14, upper=-0.08, is_significant=True, reason=""
    )
    # One interval in twenty leaves out 0 by chance: the adjusted verdict decides.
    assert calibration.overall(
        "the AI", 0.6, 0.62, bias=-0.02, lower=-0.03, upper=-0.01, is_significant=False, reason=""
    ).endswith("no statistically significant bias.")
    assert calibration.overall(
        "the AI", None, None, bias=None, lower=None, upper=None, is_significant=False, reason="insufficient: 99"
    ) == ("Insufficient: 99.")
    assert calibration.month_bias("2026-10", bias=0.02, lower=0.001, upper=0.04, is_significant=False) == (
        "In Oct 2026 the AI had no statistically significant bias."
    )


def test_a_usual_confidence_and_what_it_is_worth() -> None:
    assert calibration.typical(0.9, 0.88, 0.93, right=0.72, lower=0.7, upper=0.75) == (
        "When it states 90% (88% to 93%), it is right 72% of the time (70% to 75%)."
    )
    assert calibration.typical(0.9, 0.9, 0.9, right=0.996, lower=0.99, upper=1.0).startswith(
        "When it states 90%, it is right 99.6% of the time"
    )


def test_recalibration() -> None:
    given = {"fitted_on": 3000, "judged_on": 3200, "lower": 0.008, "upper": 0.016, "stated": 0.9, "calibrated": 0.72}
    assert calibration.recalibrated("isotonic", gain=0.012, helps=True, **given).startswith(
        "A stated 90% means 72%. Recalibration lowers the prediction error by 0.0120 ("
    )
    assert "no statistically significant gain: −0.0120" in calibration.recalibrated(
        "isotonic", gain=-0.012, helps=False, **given
    )
    assert calibration.recalibrated("isotonic", gain=0.012, helps=False, withdrawn_since="2026-09", **given).startswith(
        "Withdrawn since Sep 2026: from then on the map makes confidences worse, whatever it gained before (+0.0120"
    )


def test_a_line_of_false_resolutions_says_what_it_means() -> None:
    ends = {"first": MonthValue("2026-06", 0.21), "last": MonthValue("2026-10", 0.34), "months": 5}
    assert validity.line(
        "false_resolution_rate", slope=0.031, lower=0.022, upper=0.04, is_significant=True, **ends
    ) == (
        "False resolutions rose from 21% of claims in Jun 2026 to 34% in Oct 2026 (3.1 points a month, 95% confidence "
        "interval 2.2 to 4.0): a claim means less than it did."
    )
    assert validity.line("sensitivity", slope=0.01, lower=-0.01, upper=0.03, is_significant=False, **ends).endswith(
        "no statistically significant trend over 5 months."
    )
    assert (
        validity.line(
            "specificity",
            first=None,
            last=None,
            months=1,
            slope=None,
            lower=None,
            upper=None,
            is_significant=False,
            reason="1 of 3 months",
        )
        == "Trend of unresolved contacts that were not claimed resolved not known yet: 1 of 3 months."
    )


POLICY = {
    "threshold": 0.84,
    "scale": "recalibrated",
    "is_lowest_known": False,
    "cost": 21_300.0,
    "in_force": 24_400.0,
    "excess": 3_100.0,
    "lower": 1_400.0,
    "upper": 4_700.0,
    "total": 2_790.0,
    "verdict": "costs_less",
    "currency": "INR",
    "reason": "",
}


def test_a_policy_says_its_excess_cost() -> None:
    name = escalation.policy_name("billing", "negative")
    assert escalation.policy_sentence(name, **POLICY) == (  # type: ignore[arg-type]
        "Billing contacts, customer opened in a negative mood: the policy in force cost INR\u00a024,400 per 1,000 claims, "
        "handing off below 84% recalibrated confidence would have cost INR\u00a021,300. Excess cost: INR\u00a03,100 (95% "
        "confidence interval INR\u00a01,400 to INR\u00a04,700), INR\u00a02,790 in total."
    )
    fair = POLICY | {"lower": -10.0, "verdict": "no_difference"}
    assert escalation.policy_sentence(name, **fair).endswith(  # type: ignore[arg-type]
        ". No difference can be told (excess cost INR\u00a03,100, 95% confidence interval −INR\u00a010 to INR\u00a04,700)."
    )
    loss = POLICY | {"excess": -900.0, "lower": -1_200.0, "upper": -600.0, "verdict": "in_force_cheapest"}
    assert escalation.policy_sentence(name, **loss).endswith(  # type: ignore[arg-type]
        ". The policy in force is the cheapest that can be judged: it saved INR\u00a0900 (95% confidence interval "
        "INR\u00a0600 to INR\u00a01,200)."
    )
    alone = POLICY | {"lower": None, "upper": None, "verdict": "no_difference"}
    assert "No difference can be told" in escalation.policy_sentence(name, **alone)  # type: ignore[arg-type]
    unknown = POLICY | {"cost": None, "reason": "no label"}
    assert escalation.policy_sentence(name, **unknown).endswith("no policy can be judged (no label).")  # type: ignore[arg-type]


def test_silence_says_what_would_have_been_found() -> None:
    assert divergence.silence(410, "handle_seconds", 98.6, "repeat", 0.124) == (
        "In a segment of the middle size (410 contacts) a change of handle time by 99\u202fs together with one of repeat contacts by "
        "12.4 points would be found in 8 of 10 cases; smaller ones are mostly missed. No verdict does not mean no change."
    )
    assert divergence.silence(31, "handle_seconds", 98.6, "repeat", None).endswith(
        "no change of handle time and repeat contacts would be found."
    )
    assert divergence.smallest_change("complaint", 0.0123) == "12.3 per 1,000"
    assert divergence.smallest_change("contained", None) == "none"


def test_what_is_not_known_of_a_policy_is_said() -> None:
    bounds = {"if_right": 2_000.0, "if_wrong": 2_400.0, "currency": "INR"}
    assert escalation.unlabelled_kept(12, **bounds) == (
        "12 claims that the threshold would keep were handed off and have no label: INR\u00a02,000 per 1,000 claims if all "
        "were right, INR\u00a02,400 if wrong."
    )
    assert escalation.unlabelled_kept(0, **bounds) == ""
    assert escalation.at_other_costs("from 80%", 900.0, 850.0, "INR") == (
        "At these costs the policy in force is the cheapest that can be judged (INR\u00a0850 per 1,000 claims)."
    )
    assert escalation.at_other_costs("from 80%", 900.0, 950.0, "INR").endswith(
        "the policy in force: INR\u00a0950. Without an interval this is no recommendation."
    )


def test_policies_together() -> None:
    given = {"excess": 2500.0, "currency": "INR", "reason": "no label"}
    assert escalation.overview(5, judged=4, costly=3, **given) == (
        "3 of 5 policies by workflow and opening mood cost more than the best threshold would have: INR\u00a02,500 excess "
        "cost; for 1 no saving can be shown and 1 cannot be judged."
    )
    assert escalation.overview(2, judged=0, costly=0, **given).endswith("can be judged: no label.")
    assert escalation.timing(310, too_late=21, too_early=13, undecided=2) == (
        "Of 310 handoffs, 21 came too late and 13 too early."
    )
    assert escalation.timing(5, too_late=1, too_early=0, undecided=5) == "Of 5 handoffs, 1 came too late."
    assert escalation.timing(0, too_late=0, too_early=0, undecided=0) == ""


def test_a_difference_gives_both_shares() -> None:
    given = {"adjusted": 0.55, "reference": 0.4, "difference": 0.15, "is_significant": True}
    assert outcomes.difference_sentence("summary", "missing", "unresolved", "share", lower=0.1, upper=0.2, **given) == (
        "55% of handoffs in which the summary did not reach the person were not resolved, 40% of those in which it did (+15.0 "
        "points, 95% confidence interval 10.0 to 20.0 points, at the same mix of issues)."
    )
    assert outcomes.difference_sentence(
        "status_of_ai", "broken", "repeat_any_30d", "share", lower=0.01, upper=0.2, **given | {"is_significant": False}
    ).endswith("not statistically significant).")
    assert outcomes.difference_sentence(
        "trigger", "tool_failure", "survey_sentiment", "-1 to 1", lower=0.1, upper=0.2, **given
    ).startswith("Survey rating (−1 to 1) averages +0.55 for handoffs triggered by tool failure, +0.40 for the others")


def test_modes_and_reliance() -> None:
    assert outcomes.mode_sentence(
        "ai_primary", "handle_seconds", "seconds", value=310.0, standardised=300.0, issues=10, covered=0.99
    ) == (
        "AI-led: handle time 5\u202fmin 10\u202fs; 5\u202fmin at the mix of the 10 issues that all modes share (99% of contacts)."
    )
    assert outcomes.reliance_sentence(
        "0-3",
        "accepted_wrong",
        value=0.6,
        lower=0.2,
        upper=0.9,
        n=50,
        difference=0.25,
        difference_lower=0.1,
        difference_upper=0.4,
        is_significant=False,
    ) == (
        "Agents in their first 3 months accepted 60% of wrong suggestions (20.0–90.0%, n\u00a0=\u00a050), 25.0 points more "
        "than agents with 12 months and more (10.0 to 40.0; not statistically significant)."
    )


def test_the_customer_rating_scale() -> None:
    given = {
        "fitted_on": 620,
        "judged_on": 180,
        "auc": 0.71,
        "auc_raw": 0.66,
        "gain": 0.02,
        "lower": 0.01,
        "upper": 0.03,
    }
    assert csat.scale_sentence(brier=0.2, brier_base=0.25, reason="", **given).endswith(
        "The scale lowers the prediction error by 0.020 (+0.010 to +0.030)."
    )
    assert "no better than" in csat.scale_sentence(brier=0.3, brier_base=0.25, reason="", **given)
    assert csat.scale_sentence(brier=None, brier_base=None, reason="few", **(given | {"auc": None})) == (
        "No customer-rating scale for closing words: few."
    )


def test_handoffs_and_promises() -> None:
    assert handoffs.handoffs_headline(0.23, 0.25) == (
        "23.0% of handoffs reach the human complete; after 25.0% the customer has to repeat themselves."
    )
    assert handoffs.promises_kept(1000, on_time=0.62, late=0.08, broken=0.3, lower=0.28, upper=0.32) == (
        "Of 1,000 promises with a known result, 62.0% were kept on time, 8.0% late and 30.0% broken (28.0–32.0%)."
    )
    assert handoffs.broken_by_maker([("by the AI", 0.42), ("by agents", 0.22)]) == (
        "Broken: 42.0% of promises by the AI and 22.0% of promises by agents."
    )
    assert handoffs.broken_by_maker([]) == ""


def test_resolution() -> None:
    when = "In the week 24–30 Aug 2026"
    assert resolution.claimed_and_judged(when, 0.76, 0.55, lower=0.2, upper=0.22) == (
        f"{when}, 76% of contacts were claimed resolved; judged by outcomes, 55% were."
    )
    assert resolution.claimed_and_judged(when, 0.5, 0.55, lower=-0.1, upper=-0.01).endswith("more were (55%).")
    assert resolution.claimed_and_judged(when, 0.5, 0.5, lower=-0.1, upper=0.1).endswith("outcomes confirm it (50%).")
    assert resolution.followed(["repeat", "reopening"]) == "came back with the issue or had their case reopened"
    assert resolution.missed_targets(["Complaints"], 5) == "1 of the 5 numbers misses its target: complaints."


def test_repeats() -> None:
    found = RepeatShare("2026-W30", 30, 0.361, 0.34, 0.382, 0.224)
    assert repeats.one_curve("all contacts", found, 800) == (
        "36.1% of all contacts of 2026-W30 were followed by a repeat contact within 30 days (34.0–38.2%), 22.4% about the same "
        "issue, n\u00a0=\u00a0800."
    )
    assert repeats.passed(0.996) == "nearly all"
    assert repeats.above_usual([AboveUsual("queue", 1, 9, 0.31)]).startswith(
        "Significantly more repeat contacts within 30 days than usual: 1 of 9 queues (usual rate 31.0%)."
    )

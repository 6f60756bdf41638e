"""Made-up statistics for the season: what a night would publish of calibration, repeats, segments and the rest."""

import json
from datetime import date, timedelta
from typing import Any


def tables(as_of: date, *, text: str = "") -> dict[str, list[dict[str, Any]]]:
    """Rows of every table of statistics. ``text`` is put wherever these tables carry text of the data."""
    return {
        "repeat_survival": [
            row
            for grouping, base in (("{}", 0.36), ('{"mode": "ai_primary"}', 0.4), ('{"mode": "human_primary"}', 0.31))
            for back in range(1, 13)
            for scope, share in (("any", 1.0), ("same_issue", 0.62))
            for row in survival(
                as_of - timedelta(days=as_of.weekday() + 7 * back),
                grouping,
                scope,
                base * share * (1 + 0.015 * (6 - back)),
                as_of=as_of,
            )
        ],
        "calibration_summary": summaries(text),
        "calibration_curve": [
            row
            for source, sampling, slope in (("outcome", None, 0.62), ("reviewed", "random", 0.8))
            for grouping in ("{}", '{"mode": "ai_primary"}')
            for row in curve(source, sampling, slope, grouping)
        ],
        "confidence_histogram": [
            row
            for source, sampling, n in (("outcome", None, 6200), ("reviewed", "random", 900))
            for grouping in ("{}", '{"mode": "ai_primary"}')
            for row in histogram(source, sampling, n, grouping)
        ],
        "escalation_policy": policies(text),
        "recalibration": recalibrations(),
        "client_terms_curve": [
            {"confidence": step / 10, "estimate": step / 10, "lower": step / 12, "upper": min(1.0, step / 9)}
            | {"consistency_lower": step / 11, "consistency_upper": min(1.0, step / 9)}
            for step in range(11)
        ],
        "client_terms": [{"sentence": f"In the client's own terms the closing words tell a high rating from a low one in 71% of pairs (AUC .71, raw score .66), judged on 412 later contacts.{text}"}],
        "segment_divergence": segments(text),
        "proxy_validity": validity(text),
        "small_segments": [
            {"kind": kind, "name": f"{kind}-{i}{text}", "measure": "repeat_any_30d", "period": "2026-08-01/2026-10-21", "numerator": 9, "n": 30, "raw": 0.9, "shrunk": 0.3, "lower": 0.33 if i < above else 0.2, "upper": 0.5, "prior_mean": 0.31}
            for kind, number, above in (("agent_id", 120, 7), ("queue", 9, 1))
            for i in range(number)
        ],
    }  # fmt: skip


def survival(
    monday: date, grouping: str, scope: str, final: float, *, as_of: date, n: int = 800
) -> list[dict[str, Any]]:
    """The 31 rows of one week; contacts of its first day are followed longest."""
    age = (as_of - monday).days
    rows = []
    for day in range(31):
        # Contacts of each of seven days are followed for the whole days since their day ended.
        followed = sum(age - 1 - late >= day for late in range(7)) / 7
        probability = final * (1 - 2.0 ** (-day / 6)) / (1 - 2.0**-5) if day else 0.02 * final
        at_risk = round(n * followed * (1 - probability))
        known = at_risk > 0
        half = 0.03 * (1 + (1 - followed)) * (0.4 + day / 50)
        passed = sum(min(30, max(0, age - 1 - late)) for late in range(7)) / 210
        rows.append(
            {
                "grouping": grouping,
                "scope": scope,
                "week": monday,
                "day": day,
                "n": n,
                "customers": round(0.8 * n),
                "at_risk": at_risk,
                "events": 0,
                "repeat_probability": probability if known else None,
                "lower": max(0.0, probability - half) if known else None,
                "upper": min(1.0, probability + half) if known else None,
                "window_share": passed,
                "is_provisional": passed < 1,
                "mature_n": round(n * sum(age - 1 - late >= 30 for late in range(7)) / 7),
                "mature_repeated": round(n * final * sum(age - 1 - late >= 30 for late in range(7)) / 7),
                "reason": None if known else "nobody has been followed for so long",
            }
        )
    return rows


def summary(grouping: str, source: str, **given: Any) -> dict[str, Any]:
    """A headline row without scores; ``given`` adds them."""
    row = {"grouping": grouping, "label_source": source, "is_headline": True, "n": 500, "sentence": "Insufficient."}
    return row | given


def summaries(text: str) -> list[dict[str, Any]]:
    said = "When the model says 91 % (88 to 95%), it is right {right}% of the time, between {low} and {high}. Overall it states 87% and is right {right}%: overconfident by {over} points."
    rows = [
        summary(
            grouping,
            source,
            review_sampling=sampling,
            n=n,
            mean_confidence=0.87,
            accuracy=right / 100,
            bias=0.87 - right / 100,
            lower=0.85 - right / 100,
            upper=0.89 - right / 100,
            q_value=0.001,
            sentence=said.format(right=right, low=right - 3, high=right + 3, over=87 - right) + text,
        )
        for source, sampling, n, right in (("outcome", None, 6200, 68), ("reviewed", "random", 900, 79))
        for grouping in ("{}", '{"mode":"ai_primary"}')
    ]
    rows.append(summary("{}", "reviewed", is_headline=False, n=2100, sentence="All reviewed claims together."))
    pair = json.dumps({"ai_model": "assist-2", "workflow": f"billing{text}"})
    rows += [
        summary(pair, "outcome", n=1240, bias=0.271, lower=0.231, upper=0.312, q_value=0.0004),
        summary('{"language": "es"}', "outcome", n=800, bias=-0.08, lower=-0.12, upper=-0.04, q_value=0.01),
        summary('{"region": "north"}', "outcome", n=800, bias=0.5, lower=-0.1, upper=0.9, q_value=0.2),
        summary('{"workflow": "billing"}', "outcome", period="2026-10", n=310, previous_period="2026-09", drift=0.062, drift_lower=0.021, drift_upper=0.104, drift_q=0.02),
        summary('{"workflow": "delivery"}', "outcome", period="2026-09", n=310, previous_period="2026-08", drift=0.2, drift_q=0.001),
    ]  # fmt: skip
    return rows


def curve(source: str, sampling: str | None, slope: float, grouping: str) -> list[dict[str, Any]]:
    rows = []
    for step in range(21):
        stated = 0.55 + 0.0222 * step
        right = 0.5 + slope * (stated - 0.55) - (0.08 if step < 5 else 0.0)
        rows.append(
            {
                "grouping": grouping,
                "label_source": source,
                "review_sampling": sampling,
                "confidence": stated,
                "estimate": right,
                "lower": right - 0.05,
                "upper": right + 0.04,
                "consistency_lower": stated - 0.03,
                "consistency_upper": min(1.0, stated + 0.03),
            }
        )
    return rows


def histogram(source: str, sampling: str | None, n: int, grouping: str) -> list[dict[str, Any]]:
    shares = [0.0] * 11 + [0.01, 0.02, 0.03, 0.05, 0.09, 0.16, 0.25, 0.27, 0.12]
    return [
        {
            "grouping": grouping,
            "label_source": source,
            "review_sampling": sampling,
            "bar_from": bar / 20,
            "bar_to": (bar + 1) / 20,
            "claims": round(n * share),
        }
        for bar, share in enumerate(shares)
    ]


def recalibrations() -> list[dict[str, Any]]:
    """From stated to calibrated: four fifths of what was stated."""
    told = {"kind": "isotonic", "fitted_on": 3000, "judged_on": 3200, "gain": 0.012, "lower": 0.008, "upper": 0.016}
    return [
        {"grouping": "{}", "label_source": source, "review_sampling": sampling, "stated": step / 20}
        | {
            "calibrated": 0.8 * step / 20,
            "helps": True,
            "other_gain": 0.009,
            "sentence": "Recalibrated: 90% means 72%.",
        }
        | told
        for source, sampling in (("outcome", None), ("reviewed", "random"))
        for step in range(10, 21)
    ]


def policy(workflow: str, mood: str, **given: Any) -> dict[str, Any]:
    """A policy without a verdict; ``given`` adds it."""
    return {
        "workflow": workflow,
        "mood": mood,
        "confidence_kind": "recalibrated",
        "claims": 900,
        "labelled": 600,
        "later": "2026-09-15/2026-10-22",
        "sentence": "No verdict.",
    } | given


def policies(text: str) -> list[dict[str, Any]]:
    return [
        policy(f"billing{text}", "negative", regret=3100.0, regret_lower=1400.0, regret_upper=4700.0, regret_total=2790.0, reason="the curve stops at 0.60: below the policy in force a claim is handed off and has no outcome of the AI's own, and 12 reviewed labels are fewer than 30", sentence=f"Billing{text}, customer opened negative: keeping from a confidence of 0.84 upwards would have cost INR 21,300 per 1,000 claims; the policy in force cost INR 24,400."),
        policy("delivery", "not_negative", regret=800.0, regret_lower=120.0, regret_upper=1500.0, regret_total=2240.0, claims=2800, sentence="Delivery, customer did not open negative: keeping from a confidence of 0.62 upwards would have cost INR 9,900 per 1,000 claims; the policy in force cost INR 10,700."),
        policy("delivery", "negative", regret=-20.0, regret_total=-10.0),
        policy("cards", "unknown", reason="insufficient: 44 labelled claims in the later period"),
    ]  # fmt: skip


def segment(verdict: str, sentence: str = "Said.", **names: str) -> dict[str, Any]:
    """A segment with the period and baseline of the season."""
    return {
        "segment": json.dumps(names, sort_keys=True),
        "period": "2026-09-22/2026-10-19",
        "baseline": "2026-06-30/2026-09-21",
        "verdict": verdict,
        "sentence": sentence,
    }


def segments(text: str) -> list[dict[str, Any]]:
    narrow = {"ai_model": "assist-2", "workflow": f"billing{text}"}
    cause = json.dumps(narrow, sort_keys=True)
    moved = "diverges: containment rose from 61.2 to 70.4 % (change +9.2, 95% confidence interval +6.1 to +12.3), while repeat contacts rose from 29.8 to 37.1 % (change +7.3, 95% confidence interval +4.2 to +10.4), at the same mix of issues"
    return [
        segment("diverging", f"ai model assist-2 with workflow billing{text} {moved}; 812 customers had a contact there in the period.", **narrow) | {"customers": 812, "contacts_period": 1010, "q": 0.0004, "money": 41200.0, "money_lower": 18000.0, "money_upper": 64100.0, "same_as": json.dumps([json.dumps({"queue": f"billing-bot{text}"})])},
        segment("diverging", f"ai model assist-2 {moved}; 2,104 customers.", ai_model="assist-2") | {"customers": 2104, "contacts_period": 2510, "q": 0.002, "money": 38000.0, "cause_segment": cause},
        segment("diverging", f"workflow billing{text} {moved}.", workflow=f"billing{text}") | {"customers": 1504, "q": 0.004, "cause_segment": cause},
        segment("diverging", f"ai model assist-2 with language en {moved}.", ai_model="assist-2", language="en") | {"customers": 1900, "q": 0.003, "within_segment": '{"ai_model": "assist-2"}'},
        segment("diverging", "region north diverges: handle time fell from 412 to 371 s (change -41, 95% confidence interval -58 to -24), while complaints rose from 9.1 to 13.8 per 1,000 (change +4.7, 95% confidence interval +1.9 to +7.5), at the same mix of issues; 640 customers had a contact there in the period.", region="north") | {"customers": 640, "contacts_period": 700, "q": 0.021, "money": 9100.0, "money_lower": 900.0, "money_upper": 17300.0},
        segment("undervalued", "queue care-es is undervalued: handle time rose from 390 to 455 s (change +65, 95% confidence interval +40 to +90), yet repeat contacts fell from 34.0 to 27.2 % (change -6.8, 95% confidence interval -10.1 to -3.5), at the same mix of issues; 388 customers had a contact there in the period.", queue="care-es") | {"customers": 388, "contacts_period": 410, "q": 0.011, "money": -6100.0, "money_lower": -11000.0, "money_upper": -1200.0},
        *(segment("aligned", queue=f"q{i}") for i in range(140)),
        *(segment("insufficient", queue=f"small{i}") | {"reason": "too few"} for i in range(32)),
    ]  # fmt: skip


def validity(text: str) -> list[dict[str, Any]]:
    said = {
        "false_resolution_rate": ("The false resolution rate of the claim rose from 21% in 2026-06 to 34% in 2026-10 (3.1 points a month, 95% confidence interval 2.2 to 4.0): the first sign that the KPI has stopped meaning what it says.", 1e-6),
        "sensitivity": ("The sensitivity of the claim went from 84% in 2026-06 to 86% in 2026-10: no more than chance over 5 months.", 0.4),
        "specificity": (f"The specificity of the claim fell from 44% in 2026-06 to 31% in 2026-10 (3.0 points a month, 95% confidence interval 1.8 to 4.2): the first sign that the KPI has stopped meaning what it says.{text}", 0.001),
    }  # fmt: skip
    rows = [
        {"segment": "{}", "measure": measure, "denominator": 5, "value": 0.03, "lower": 0.02, "upper": 0.04, "p": q / 3, "q": q, "sentence": sentence}
        for measure, (sentence, q) in said.items()
    ]  # fmt: skip
    return [
        *rows,
        {"segment": "{}", "measure": "sensitivity", "period": "2026-10", "value": 0.86, "sentence": "Of a month."},
        {"segment": '{"mode": "joint"}', "measure": "specificity", "q": 1e-9, "sentence": "Of a segment."},
    ]

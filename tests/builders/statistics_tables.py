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
        "recalibration_by_month": recalibrated_months(),
        "client_terms_curve": [
            {"confidence": step / 10, "estimate": step / 10, "lower": step / 12, "upper": min(1.0, step / 9)}
            | {"consistency_lower": step / 11, "consistency_upper": min(1.0, step / 9)}
            for step in range(11)
        ],
        "client_terms": [{"contacts": 1380, "fitted_on": 968, "judged_on": 412, "auc": 0.71, "auc_raw": 0.66, "brier": 0.19, "brier_raw": 0.22, "brier_base": 0.21, "gain": 0.03, "lower": 0.01, "upper": 0.05, "bias": 0.01}],
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
    return {"grouping": grouping, "label_source": source, "is_headline": True, "n": 500} | given


def summaries(text: str) -> list[dict[str, Any]]:
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
            stated=0.91,
            stated_from=0.88,
            stated_to=0.95,
            stated_accuracy=right / 100,
            stated_lower=right / 100 - 0.03,
            stated_upper=right / 100 + 0.03,
        )
        for source, sampling, n, right in (("outcome", None, 6200, 68), ("reviewed", "random", 900, 79))
        for grouping in ("{}", '{"mode":"ai_primary"}')
    ]
    rows.append(summary("{}", "reviewed", is_headline=False, n=2100))
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
            "typical_stated": 0.9,
            "typical_calibrated": 0.72,
        }
        | told
        for source, sampling in (("outcome", None), ("reviewed", "random"))
        for step in range(10, 21)
    ]


def recalibrated_months() -> list[dict[str, Any]]:
    """A map that helped in September and, with it, in an October of few claims; of November too little is known."""
    key = {"grouping": "{}", "label_source": "outcome", "review_sampling": None}
    return [
        key | {"period": "2026-08", "months": 1, "n": 60, "reason": "insufficient: 60 claims up to the month, fewer than 100"},
        key | {"period": "2026-09", "months": 1, "n": 2100, "gain": 0.0127, "lower": 0.0071, "upper": 0.0183},
        key | {"period": "2026-10", "months": 2, "n": 2180, "gain": 0.0031, "lower": -0.0024, "upper": 0.0086},
    ]  # fmt: skip


def policy(workflow: str, mood: str, **given: Any) -> dict[str, Any]:
    """A policy without costs; ``given`` adds them, and what they come to."""
    lower, upper = given.get("regret_lower"), given.get("regret_upper")
    verdict = None
    if lower is not None and upper is not None:
        verdict = "costs_less" if lower > 0 else "in_force_cheapest" if upper <= 0 else "no_difference"
    return {
        "workflow": workflow,
        "mood": mood,
        "confidence_kind": "recalibrated",
        "claims": 900,
        "labelled": 600,
        "later": "2026-09-15/2026-10-22",
        "verdict": verdict,
        "recommended_threshold": given.get("threshold") if verdict == "costs_less" else None,
    } | given


def policies(text: str) -> list[dict[str, Any]]:
    return [
        policy(f"billing{text}", "negative", threshold=0.84, stops_at=0.60, cost=21300.0, in_force=24400.0, regret=3100.0, regret_lower=1400.0, regret_upper=4700.0, regret_total=2790.0, handoffs=210, too_late=31, too_eager=12, undecided=3, reason="the curve stops at 0.60: below the policy in force a claim is handed off and has no outcome of the AI's own, and 12 reviewed labels are fewer than 30"),
        policy("delivery", "not_negative", threshold=0.62, stops_at=0.40, cost=9900.0, in_force=10700.0, regret=800.0, regret_lower=120.0, regret_upper=1500.0, regret_total=2240.0, claims=2800),
        policy("delivery", "negative", threshold=0.7, cost=9000.0, in_force=8980.0, regret=-20.0, regret_lower=-90.0, regret_upper=40.0, regret_total=-10.0),
        policy("cards", "unknown", reason="insufficient: 44 labelled claims in the later period"),
    ]  # fmt: skip


#: A measure, its value in the baseline and in the period, and the bounds of its change.
Moved = tuple[str, float, float, float, float]


def segment(verdict: str, proxy: Moved | None = None, outcome: Moved | None = None, **names: str) -> dict[str, Any]:
    """A segment with the period and baseline of the season; ``proxy`` and ``outcome`` carry its verdict."""
    row: dict[str, Any] = {
        "segment": json.dumps(names, sort_keys=True),
        "period": "2026-09-22/2026-10-19",
        "baseline": "2026-06-30/2026-09-21",
        "verdict": verdict,
        "lead_proxy": proxy[0] if proxy else None,
        "lead_outcome": outcome[0] if outcome else None,
    }
    for measure, before, now, lower, upper in filter(None, (proxy, outcome)):
        ends = {"baseline": before, "period": now, "change": now - before, "lower": lower, "upper": upper}
        row |= {f"{measure}_{end}": value for end, value in ends.items()}
    return row


CONTAINED: Moved = ("contained", 0.612, 0.704, 0.061, 0.123)
REPEATED: Moved = ("repeat", 0.298, 0.371, 0.042, 0.104)
SHORTER: Moved = ("handle_seconds", 412.0, 371.0, -58.0, -24.0)
LONGER: Moved = ("handle_seconds", 390.0, 455.0, 40.0, 90.0)
COMPLAINED: Moved = ("complaint", 0.0091, 0.0138, 0.0019, 0.0075)
STAYED_AWAY: Moved = ("repeat", 0.340, 0.272, -0.101, -0.035)


def segments(text: str) -> list[dict[str, Any]]:
    narrow = {"ai_model": "assist-2", "workflow": f"billing{text}"}
    cause = json.dumps(narrow, sort_keys=True)
    moved = (CONTAINED, REPEATED)
    return [
        segment("diverging", *moved, **narrow) | {"customers": 812, "contacts_period": 1010, "q": 0.0004, "excess_repeats": 73.7, "money": 41200.0, "money_lower": 18000.0, "money_upper": 64100.0, "money_counts": "repeats_and_complaints", "same_as": json.dumps([json.dumps({"queue": f"billing-bot{text}"})])},
        segment("diverging", *moved, ai_model="assist-2") | {"customers": 2104, "contacts_period": 2510, "q": 0.002, "money": 38000.0, "cause_segment": cause},
        segment("diverging", *moved, workflow=f"billing{text}") | {"customers": 1504, "q": 0.004, "cause_segment": cause},
        segment("diverging", *moved, ai_model="assist-2", language="en") | {"customers": 1900, "q": 0.003, "within_segment": '{"ai_model": "assist-2"}'},
        segment("diverging", SHORTER, COMPLAINED, region="north") | {"customers": 640, "contacts_period": 700, "q": 0.021, "money": 9100.0, "money_lower": 900.0, "money_upper": 17300.0, "money_counts": "complaints"},
        segment("undervalued", LONGER, STAYED_AWAY, queue="care-es") | {"customers": 388, "contacts_period": 410, "q": 0.011, "money": -6100.0, "money_lower": -11000.0, "money_upper": -1200.0, "money_counts": "repeats"},
        *(segment("aligned", queue=f"q{i}") for i in range(140)),
        *(segment("insufficient", queue=f"small{i}") | {"reason": "too few"} for i in range(32)),
    ]  # fmt: skip


def validity(text: str) -> list[dict[str, Any]]:
    """Lines over five months with the months that they join; one month and one line of a segment beside them."""
    lines = {
        "false_resolution_rate": (0.21, 0.34, 0.031, 1e-6),
        "sensitivity": (0.84, 0.86, 0.005, 0.4),
        "specificity": (0.44, 0.31, -0.03, 0.001),
    }
    rows: list[dict[str, Any]] = []
    for measure, (first, last, slope, q) in lines.items():
        line = {"denominator": 5, "value": slope, "lower": slope - 0.01, "upper": slope + 0.01, "p": q / 3, "q": q}
        rows.append({"segment": "{}", "measure": measure} | line)
        for place in range(5):
            month = {"period": f"2026-{6 + place:02d}", "value": first + (last - first) * place / 4}
            rows.append({"segment": "{}", "measure": measure} | month)
    return [
        *rows,
        {"segment": "{}", "measure": "issue_changed", "period": "2026-10", "reason": f"no repeats{text}"},
        {"segment": '{"mode": "joint"}', "measure": "specificity", "q": 1e-9},
    ]

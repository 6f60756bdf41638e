"""Half a year of made-up operations, large enough to look at: the AI claims more and more, and less and less holds."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from builders import statistics_tables
from builders.snapshots import midnight
from pipelines.snapshot import LedgerTotals

FIRST = date(2026, 6, 1)
AS_OF = midnight(2026, 11, 23)
#: Hostile wherever free text is published.
HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">'


def tables(*, hostile: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Rows of every table for 25 weeks up to AS_OF."""
    random = np.random.default_rng(7)
    days = [FIRST + timedelta(days=i) for i in range((AS_OF.date() - FIRST).days)]
    issues = [HOSTILE] if hostile else ["billing", "delivery late", "card declined", "password reset"]
    kpis = [_kpis(random, day, mode) for day in days for mode in ("ai_primary", "human_primary", "joint")]
    # The dimensions draw nothing from the generator: each mode has one queue a weekday.
    for row in kpis:
        odd = row["day"].weekday() % 2
        row |= {
            "workflow": "delivery" if odd else "billing",
            "queue": HOSTILE if hostile and odd else f"{row['mode']}-{odd}",
            "issue": issues[row["day"].weekday() % len(issues)],
            "region": None if row["day"].weekday() == 6 else "north",
            "language": "es" if row["mode"] == "joint" else "en",
            "ai_model": None if row["mode"] == "human_primary" else "assist-2",
        }
    kpis += [{"day": day, "mode": None, "complaints": 1} for day in days[::4]]
    return {
        **statistics_tables.tables(AS_OF.date(), text=HOSTILE if hostile else ""),
        "kpi_daily": kpis,
        "design_effects": [
            {
                "metric": metric,
                "dimension": dimension,
                "n": 1000,
                "clusters": 700,
                "deff": 1.4,
                "mean_cluster": 2.0,
                "correlation": 0.4,
            }
            for metric in ("fcr_claimed", "fcr_outcome", "false_resolution", "repeat_any_30d", "repeat_issue_30d")
            for dimension in ("all", "mode")
        ],
        "contact_outcomes": [_contact(random, day, i) for day in days[-60:] for i in range(20)],
        "case_flags": [_flag(random, day, i, issues) for day in days[-75:-31] for i in range(9)],
        "complaints": [_complaint(day, i, issues) for i, day in enumerate(days[::2])],
        "quarantine": [_rejected(i, HOSTILE if hostile else "'-30' is not a number at least 0") for i in range(120)],
        "data_quality": _checks(hostile=hostile),
        "ingest_ledger": [_file(f"contacts-{i}.parquet", "contacts") for i in range(5)]
        + [_file("complaints.csv", "complaints", quarantined=14)],
    }


LEDGER = LedgerTotals(
    files=6, refused_files=1, rows_in=6000, accepted=5900, duplicates=60, superseded=26, quarantined=14
)


def _share(random: np.random.Generator, n: int, p: float) -> int:
    return int(random.binomial(n, p))


def _kpis(random: np.random.Generator, day: date, mode: str) -> dict[str, Any]:
    progress = (day - FIRST).days / 175
    size = {"ai_primary": 55, "human_primary": 45, "joint": 20}[mode]
    n = int(random.poisson(size * (0.6 if day.weekday() > 4 else 1.0) * (1 + 0.3 * progress)))
    claim, hold = {
        "ai_primary": (0.80 + 0.08 * progress, 0.66 - 0.16 * progress),
        "human_primary": (0.76, 0.69),
        "joint": (0.70, 0.55),
    }[mode]
    eligible = _share(random, n, 0.93)
    claimed_yes = _share(random, eligible, claim)
    lost = _share(random, claimed_yes, 1 - hold / claim)
    age = (AS_OF.date() - day).days - 1
    row: dict[str, Any] = {
        "day": day,
        "mode": mode,
        "contacts": n,
        "served": n,
        "served_inbound": n,
        "known_customer": eligible,
        "eligible": eligible,
        "handle_seconds_sum": float(
            n * random.normal({"ai_primary": 210, "human_primary": 430, "joint": 520}[mode], 12)
        ),
        "handle_seconds_n": n,
        "claimed_n": eligible,
        "claimed_yes": claimed_yes,
        "complaints": _share(random, n, 0.012),
    }
    row["complaints_linked"] = row["complaints"]
    if mode == "ai_primary":
        row |= {"ai_contacts": eligible, "contained": _share(random, eligible, 0.8)}
    row |= _sentiment(random, eligible, progress if mode == "ai_primary" else 0.4)
    for window, base in ((1, 0.08), (7, 0.19), (30, 0.31)):
        if age >= window:
            repeats = _share(random, eligible, base + (0.1 * progress if mode == "ai_primary" else 0))
            row |= {
                f"mature_{window}d": eligible,
                f"mature_with_issue_{window}d": eligible,
                f"repeat_any_{window}d": repeats,
                f"repeat_issue_{window}d": _share(random, repeats, 0.62),
            }
    if age >= 30:
        row |= {
            "cohort_n": eligible,
            "cohort_claimed_yes": claimed_yes,
            "cohort_claimed_yes_outcome_no": lost,
            "cohort_outcome_yes": claimed_yes - lost + _share(random, eligible - claimed_yes, 0.2),
        }
        if mode == "ai_primary":
            row["contained_outcome_n"] = row["contained"]
            row["contained_outcome_yes"] = _share(random, row["contained"], hold)
    return row


def _sentiment(random: np.random.Generator, eligible: int, displeasure: float) -> dict[str, Any]:
    """A tenth of the contacts answers, nine tenths can be scored; of both more are negative the more displeased."""
    surveys = _share(random, eligible, 0.15)
    commented = _share(random, surveys, 0.2)
    scored = _share(random, eligible, 0.9)
    low = _share(random, surveys - commented, 0.25 + 0.2 * displeasure)
    closing = max(0, scored - surveys)
    return {
        "surveys": surveys,
        "sentiment_survey_csat_n": surveys - commented,
        # Low answers are twos, the others fours.
        "sentiment_survey_csat_sum": 0.5 * (surveys - commented - 2 * low),
        "sentiment_survey_csat_negative": low,
        "sentiment_survey_verbatim_n": commented,
        "sentiment_survey_verbatim_sum": -0.1 * commented,
        "sentiment_survey_verbatim_negative": _share(random, commented, 0.45),
        "sentiment_closing_turns_n": closing,
        "sentiment_closing_turns_sum": (0.1 - 0.3 * displeasure) * closing,
        "sentiment_closing_turns_negative": _share(random, closing, 0.2 + 0.15 * displeasure),
        "opening_closing_n": scored,
        "opening_sentiment_sum": -0.3 * scored,
        "closing_sentiment_sum": (0.1 - 0.3 * displeasure) * scored,
        "transcripts": eligible,
        "transcripts_scored": scored,
        "transcripts_unsupported_language": eligible - scored,
    }


def _contact(random: np.random.Generator, day: date, number: int) -> dict[str, Any]:
    start = datetime(day.year, day.month, day.day, 8, number, tzinfo=AS_OF.tzinfo)
    return {
        "system": "default",
        "contact_id": f"C-{day:%m%d}-{number:02d}",
        "customer_key": "k",
        "day": day,
        "started_at": start,
        "ended_at": start,
        "mode": "ai_primary",
        "legs": 1,
        "handle_seconds": float(random.gamma(4, 80)),
        "mature_1d": True,
        "mature_7d": True,
        "mature_30d": True,
        "resolution_scope": "same_issue",
        "resolution_parts": "repeat+complaint+reopening",
        "has_survey": number % 7 == 0,
    }


def _flag(random: np.random.Generator, day: date, number: int, issues: list[str]) -> dict[str, Any]:
    issue = issues[int(random.integers(len(issues)))]
    later = int(random.integers(1, 29))
    complained, hurried, confident, slow = (number == place for place in range(4))
    contact = f"C-{day:%m%d}-{number:02d}"
    if hurried:
        return {
            "system": "default",
            "contact_id": contact,
            "rule": "fast_but_unhappy",
            "code": "D2",
            "severity": 3,
            "known_at": midnight(day.year, day.month, day.day),
            "day": day,
            "customer_key": "k",
            "mode": "ai_primary",
            "issue": issue,
            "evidence": '{"handle_seconds": 71.0, "baseline_p25_seconds": 116.0, "sentiment_source": "survey_csat", "csat": 1}',
        }
    if confident or slow:
        return {
            "system": "default",
            "contact_id": contact,
            "rule": "confident_and_wrong" if confident else "slow_but_good",
            "code": "D4" if confident else "D6",
            "severity": 3 if confident else 1,
            "known_at": midnight(day.year, day.month, day.day) + timedelta(days=30, hours=9),
            "day": day,
            "customer_key": "k",
            "mode": "ai_primary" if confident else "human_primary",
            "issue": issue,
            "evidence": json.dumps(
                {"ai_confidence": 0.93, "next_contact_id": f"C-9{number}"}
                if confident
                else {"handle_seconds": 1260.0, "baseline_p90_seconds": 960.0}
            ),
        }
    return {
        "system": "default",
        "contact_id": contact,
        "rule": "claimed_resolved_complained" if complained else "claimed_resolved_came_back",
        "code": "D3" if complained else "D1",
        "severity": 3 if complained or later < 3 else 2 if later < 10 else 1,
        "known_at": midnight(day.year, day.month, day.day) + timedelta(days=later),
        "day": day,
        "customer_key": "k",
        "mode": "ai_primary",
        "issue": issue,
        "evidence": json.dumps(
            {"regulator": "CFPB", "complaint_id": f"R-{number}", "days_to_complaint": later}
            if complained
            else {"issue": issue, "next_contact_id": f"C-9{number}", "hours_until_next": 24 * later + 1}
        ),
    }


def _complaint(day: date, number: int, issues: list[str]) -> dict[str, Any]:
    """Of four complaints three link, the third one late; the days to complaint go from 0 to 44."""
    rule = ("contact_id", "same_issue", "any", "unlinked_no_customer")[number % 4]
    linked = not rule.startswith("unlinked")
    days = float(number % 45)
    return {
        "system": "default",
        "complaint_id": f"K{number:03d}",
        "regulator": "Ombudsman",
        "received_at": datetime(day.year, day.month, day.day, 12, tzinfo=AS_OF.tzinfo),
        "received_day": day,
        "contact_system": "default" if linked else None,
        "contact_id": f"C-{day:%m%d}-00" if linked else None,
        "link_rule": rule,
        "days_to_complaint": days if linked else None,
        "within_30d": days <= 30 if linked else None,
        "product": "card" if number % 3 else None,
        "issue": issues[number % len(issues)],
        "disputed": number % 5 == 0,
        "timely": number % 6 != 0,
    }


def _rejected(number: int, reason: str) -> dict[str, Any]:
    return {
        "source": "contacts" if number % 3 else "complaints",
        "file": f"contacts-{number % 4}.parquet",
        "sha256": "s",
        "position": str(number),
        "scope": "value" if number % 2 else "row",
        "table_name": "contacts",
        "column_name": "handle_seconds",
        "rule": "bad_number",
        "reason": reason,
    }


def _checks(*, hostile: bool) -> list[dict[str, Any]]:
    run = {"run_id": "run-1", "checked_at": AS_OF}
    return [
        {"table_name": "contacts", "check_name": "key is unique", "severity": "blocking", "passed": True, **run},
        {
            "table_name": "complaints",
            "check_name": HOSTILE if hostile else "references a known contact",
            "severity": "warning",
            "passed": False,
            "expected": "every contact_id is known",
            "actual": "12 of 310 are not",
            "unexpected": 12,
            **run,
        },
    ]


def _file(name: str, source: str, quarantined: int = 0) -> dict[str, Any]:
    return {
        "source": source,
        "system": "default",
        "format": "canonical",
        "file": name,
        "sha256": name,
        "bytes": 1,
        "rows_in": 1000,
        "accepted": 1000 - quarantined,
        "quarantined": quarantined,
        "run_id": "run-1",
        "read_at": AS_OF,
    }

"""The statistics of a night in plain, slow Python, and from other libraries: nothing imported from the product."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from model_diagnostics.scoring import SquaredError, decompose
from sklearn.metrics import brier_score_loss, log_loss

from builders.simulated_night import Row

DAY = timedelta(days=1)

# --- M9 -----------------------------------------------------------------------------------------------------------


def scores(claims: Sequence[tuple[Row, bool]]) -> dict[str, float]:
    """Scores of claims with their verdicts, by numpy, scikit-learn and model-diagnostics."""
    stated = np.array([claim["stated_confidence"] for claim, _ in claims])
    right = np.array([float(verdict) for _, verdict in claims])
    parts = decompose(right, stated, scoring_function=SquaredError())
    return {
        "mean_confidence": stated.mean(),
        "accuracy": right.mean(),
        "bias": stated.mean() - right.mean(),
        "brier": brier_score_loss(right, stated),
        "log_loss": log_loss(right, stated),
        **{part: parts[part][0] for part in ("miscalibration", "discrimination", "uncertainty")},
    }


# --- M4 -----------------------------------------------------------------------------------------------------------


def survival(contacts: Sequence[Row], as_of: datetime, following: str) -> list[tuple[int, int, float | None]]:
    """(at risk, events, probability of a repeat by then) of days 0 to 30, contact by contact."""
    days: list[tuple[int, int, float | None]] = []
    surviving: float | None = 1.0
    for day in range(31):
        at_risk = events = 0
        for contact in contacts:
            if contact["ended_at"] + day * DAY > as_of:
                continue
            back = contact[following]
            event_day = None if back is None else max(0, math.ceil((back - contact["ended_at"]) / DAY))
            if event_day is None or event_day >= day:
                at_risk += 1
                events += event_day == day
        surviving = None if surviving is None or not at_risk else surviving * (1 - events / at_risk)
        days.append((at_risk, events, None if surviving is None else 1 - surviving))
    return days


# --- M10 ----------------------------------------------------------------------------------------------------------


def policy_claims(claims: Sequence[Row]) -> list[Row]:
    """Claims about resolution in settled contacts that an AI led, of the later half: ``kept`` and ``label``."""
    chosen = [
        claim
        for claim in claims
        if claim["claim_type"] == "resolution"
        and claim["resolved_outcome"] is not None
        and claim["outcome"]["contained"] is not None
    ]
    starts = sorted(claim["outcome"]["started_at"] for claim in chosen)
    later = []
    for claim in chosen:
        if claim["outcome"]["started_at"] < starts[len(starts) // 2]:
            continue
        kept = claim["outcome"]["contained"]
        reviewed = claim["verified_correct"] if claim["review_sampling"] == "random" else None
        later.append({**claim, "kept": kept, "label": claim["resolved_outcome"] if kept else reviewed})
    return later


def policy_cost(
    claims: Sequence[Row], threshold: float | None, wrong: float, handoff: float, human_wrong: float
) -> float | None:
    """Cost per 1,000 claims when those from ``threshold`` upwards are kept; no threshold: when those are that were kept.

    Thirty labels of kept claims that had been handed off stand for all of them. Fewer do not: then the unlabelled ones, at
    most a tenth of what is kept, are wrong as often as all labelled kept claims. None where the cost is not known.
    """
    keeps = [
        claim for claim in claims if (claim["kept"] if threshold is None else claim["stated_confidence"] >= threshold)
    ]
    cost = (len(claims) - len(keeps)) * (handoff + human_wrong * wrong)
    every = [claim["label"] for claim in keeps if claim["label"] is not None]
    for was_kept in (True, False):
        side = [claim for claim in keeps if claim["kept"] == was_kept]
        labels = [claim["label"] for claim in side if claim["label"] is not None]
        bare = len(side) - len(labels)
        if bare and was_kept and not labels:
            return None
        if bare and not was_kept and len(labels) < 30:
            if bare > 0.1 * len(keeps):
                return None
            cost += wrong * bare * sum(not label for label in every) / len(every)
            bare = 0
        if labels:
            cost += wrong * sum(not label for label in labels) * (len(labels) + bare) / len(labels)
    return 1000 * cost / len(claims)


# --- M15 ----------------------------------------------------------------------------------------------------------


def confident_and_wrong(outcomes: Sequence[Row]) -> dict[str, int]:
    """D4: contact → severity."""
    found = {}
    for row in outcomes:
        is_sure = row["ai_confidence"] is not None and row["ai_confidence"] >= 0.8
        if is_sure and row["contained"] is True and row["resolved_outcome"] is False:
            found[row["contact_id"]] = 1 + (row["ai_confidence"] >= 0.95) + (row["resolved_claimed"] is True)
    return found


def slow_but_good(outcomes: Sequence[Row], min_n: int) -> dict[str, tuple[float, int]]:
    """D6: contact → 90th percentile of contacts like it in the 28 days before, and how many there were."""
    times: dict[tuple[Any, ...], dict[date, list[float]]] = {}
    for row in outcomes:
        if row["handle_seconds"] is not None:
            kind = (row["workflow"], row["channel"], row["mode"])
            times.setdefault(kind, {}).setdefault(row["day"], []).append(row["handle_seconds"])
    found = {}
    for row in outcomes:
        mood = row["post_call_sentiment"]
        if row["resolved_outcome"] is not True or row["handle_seconds"] is None or (mood is not None and mood <= -0.25):
            continue
        by_day = times[row["workflow"], row["channel"], row["mode"]]
        like_it = sorted(time for back in range(1, 29) for time in by_day.get(row["day"] - back * DAY, []))
        if len(like_it) < min_n:
            continue
        limit = like_it[-(-9 * len(like_it) // 10) - 1]  # the least whole number that is at least nine tenths
        if row["handle_seconds"] >= limit:
            found[row["contact_id"]] = (limit, len(like_it))
    return found


# --- M17, M18 -----------------------------------------------------------------------------------------------------


def claim_counts(rows: Sequence[Row]) -> dict[str, tuple[int, int]]:
    """Measure → (contacts that count, contacts looked at) of settled contacts with a claim."""
    known = [row for row in rows if row["resolved_claimed"] is not None and row["resolved_outcome"] is not None]
    held = [row for row in known if row["resolved_outcome"]]
    not_held = [row for row in known if not row["resolved_outcome"]]
    claimed = [row for row in known if row["resolved_claimed"]]
    return {
        "sensitivity": (sum(row["resolved_claimed"] for row in held), len(held)),
        "specificity": (sum(not row["resolved_claimed"] for row in not_held), len(not_held)),
        "false_resolution_rate": (sum(not row["resolved_outcome"] for row in claimed), len(claimed)),
        "fcr_claimed": (len(claimed), len(known)),
        "fcr_outcome": (len(held), len(known)),
    }


def small_counts(outcomes: Sequence[Row], last: date, days: int) -> dict[tuple[str, str, str], tuple[int, int]]:
    """(kind, name, measure) → (events, contacts) of the settled contacts of the ``days`` that end with ``last``."""
    n: Counter[tuple[str, str, str]] = Counter()
    events: Counter[tuple[str, str, str]] = Counter()
    for row in outcomes:
        if row["resolved_outcome"] is None or not last - days * DAY < row["day"] <= last:
            continue
        is_rated = row["sentiment_source"] == "survey_csat"
        measures = {
            "repeat_any_30d": row["repeat_any_30d"],
            "false_resolution": not row["resolved_outcome"] if row["resolved_claimed"] else None,
            "complaints_per_1000": row["complaint_within_30d"],
            "negative_survey_csat": row["post_call_sentiment"] <= -0.25 if is_rated else None,
        }
        for kind in ("agent_id", "queue"):
            for measure, value in measures.items():
                if row[kind] is not None and value is not None:
                    n[kind, row[kind], measure] += 1
                    events[kind, row[kind], measure] += value
    return {key: (events[key], n[key]) for key in n}

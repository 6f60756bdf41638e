"""The same text in every place of every table that may hold text."""

import json
from datetime import timedelta
from typing import Any

from builders import season, statistics_tables
from builders.snapshots import kpi_row
from builders.statistics_tables import segment, summary

LAST_WEEK = season.AS_OF.date() - timedelta(days=7)


def everywhere(text: str) -> dict[str, Any]:
    """The season's tables with ``text`` as segment, sentence, model, workflow, queue, reason and mode."""
    tables: dict[str, Any] = statistics_tables.tables(season.AS_OF.date(), text=text)
    named = json.dumps({"mode": text, "ai_model": text})
    tables["segment_divergence"].append(
        segment("diverging", mode=text, ai_model=text)
        | {"money": 1e9, "customers": 5, "same_as": json.dumps([named]), "period": text, "baseline": text}
    )
    tables["calibration_summary"] += [
        summary(named, "outcome", bias=0.9, lower=0.8, upper=1.0, q_value=0.0),
        summary(named, "outcome", period=text, previous_period=text, drift=0.9, drift_q=0.0),
        summary(json.dumps({"mode": text}), "outcome", reason=text),
    ]
    tables["escalation_policy"].append(
        {"workflow": text, "mood": text, "confidence_kind": "raw", "later": text, "reason": text}
        | {"regret_total": 1e9, "verdict": "costs_less"}
    )
    tables["client_terms"] = [{"reason": text}]
    flag = {"system": "s", "contact_id": "c", "customer_key": "k", "rule": "fast_but_unhappy", "code": "D2"}
    said = {"severity": 3, "day": LAST_WEEK, "evidence": "[" * 100_000, "mode": text, "issue": text}
    tables["case_flags"] = [flag | said]
    tables["kpi_daily"] = [kpi_row(LAST_WEEK), kpi_row(LAST_WEEK, text)]
    return tables


ODD = {
    "long": "x" * 10_000,
    "words": "very long " * 1_000,
    "script": season.HOSTILE,
    "formula": '=HYPERLINK("http://evil.example","click")',
    "right to left": "\u202eمرحبا\u202c \u2067שלום",
    "emoji": "👩‍👩‍👧‍👦🏴‍☠️" * 20,
    "markup": "<b>bold</b> &amp; {{ 7 * 7 }} {% raw %} `x` \\n \x00",
    "empty": "",
    "quotes": "\"'\\",
}

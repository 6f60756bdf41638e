"""Related findings about a diverging segment: whether the AI is overconfident there, and what its escalation policy costs.

Nothing here is a cause. Both are published findings of their own (M9, M10) about contacts of the segment, so that whoever
owns it knows where to look first.
"""

from typing import Any

import polars as pl

from dashboards import wording
from dashboards.findings.escalation import COSTS_LESS, said_threshold
from dashboards.results.significance import SIGNIFICANT
from dashboards.snapshot.groups import ALL, Group, read_group
from dashboards.wording.calibration import states_and_is_right
from dashboards.wording.dates import describe_days
from dashboards.wording.escalation import less_would_do

#: Dimensions that say who led a contact: a group of claims names them by the model or not at all.
_WHO = frozenset({"mode", "ai_model"})


def overconfident(segment: Group, summary: pl.LazyFrame, part: Group = ALL) -> str:
    """The group of claims within ``segment`` where the AI is most overconfident (significantly); empty if there is none.

    ``summary``: calibration_summary, of which what outcomes say over all months counts. A group qualifies that names part
    of the segment (who led it aside) and nothing outside it but a model; of a ``part``, only one that lies within it.
    """
    rows = summary.filter(
        pl.col("period").is_null()
        & pl.col("is_headline")
        & (pl.col("label_source") == "outcome")
        & (pl.col("q_value") <= SIGNIFICANT)
        & (pl.col("lower") > 0)
        & pl.col("mean_confidence").is_not_null()
        & pl.col("accuracy").is_not_null()
    )
    columns = ("grouping", "mean_confidence", "accuracy", "bias")
    found = [
        (group, row)
        for row in rows.select(columns).sort("grouping").collect().iter_rows(named=True)
        if _is_about(group := read_group(row["grouping"]), segment) and set(part.parts) <= set(group.parts)
    ]
    if not found:
        return ""
    group, row = max(found, key=lambda each: each[1]["bias"])
    return states_and_is_right(wording.clipped(group.words, 80), row["mean_confidence"], row["accuracy"])


def _is_about(group: Group, segment: Group) -> bool:
    about = {(name, value) for name, value in group.parts if name not in _WHO}
    model = dict(group.parts).get("ai_model")
    of_its_model = model in (None, dict(segment.parts).get("ai_model", model))
    return bool(about) and about <= set(segment.parts) and "mode" not in group.dimensions and of_its_model


def better_policy(segment: Group, policies: pl.LazyFrame, currency: str, part: Group = ALL) -> str:
    """What the best threshold of the segment's workflow would have saved, where that is significant; empty if nothing.

    ``policies``: escalation_policy. Judged on recalibrated confidence where that has a verdict, else on the stated one.
    A policy holds for a whole workflow: a smaller ``part`` gets an empty text.
    """
    workflow = dict(segment.parts).get("workflow")
    if workflow is None or not set(part.parts) <= {("workflow", workflow)}:
        return ""
    rows = policies.filter((pl.col("workflow") == workflow) & (pl.col("verdict") == COSTS_LESS)).collect()
    by_mood: dict[str, dict[str, Any]] = {}
    for row in rows.sort("confidence_kind").iter_rows(named=True):
        # "raw" comes before "recalibrated", which then stands.
        by_mood[row["mood"]] = row
    if not by_mood:
        return ""
    row = max(by_mood.values(), key=lambda each: (each["regret_total"], each["mood"]))
    return less_would_do(
        said_threshold(row) or row["threshold"],
        row["confidence_kind"],
        saved=row["regret_total"],
        currency=currency,
        mood=row["mood"],
        days=describe_days(row["later"] or ""),
    )

"""Recalibration (M9): the map from stated to calibrated confidence of each group, judged on a later period."""

from typing import Any

import numpy as np
import polars as pl

from pipelines.evidence.calibration import Labelled, labelled_claims
from pipelines.evidence.groups import group_name, groups, table
from pipelines.statistics.calibration import judged_claims, percent
from pipelines.statistics.recalibration import Recalibration, RecalibrationMap, recalibration

#: Groups that get a map; one of every dimension would be more maps than anybody can look after.
GROUPINGS: tuple[tuple[str, ...], ...] = ((), ("claim_type",), ("ai_model",), ("workflow",), ("ai_model", "workflow"))


def earlier_half(started_at: pl.Series) -> pl.Series:
    """True for the rows before the median instant; rows of one instant stay together, on the later side."""
    if started_at.is_empty():
        return pl.Series([], dtype=pl.Boolean)
    middle = pl.lit(started_at.sort()[started_at.len() // 2])
    return started_at.to_frame("at").select(pl.col("at") < middle).to_series()


def recalibration_table(claims: pl.DataFrame) -> pl.DataFrame:
    """Table ``recalibration`` from the rows of ``evidence_claims``: maps fitted on the earlier half of each group.

    A group without a map has one row that says why.
    """
    parts = [
        _rows(labelled, group.values, labelled.frame[group.rows])
        for labelled in labelled_claims(claims)
        for grouping in GROUPINGS
        for group in groups(labelled.frame, grouping)
    ]
    return table("recalibration", pl.concat(parts) if parts else [])


def _rows(labelled: Labelled, values: Any, frame: pl.DataFrame) -> pl.DataFrame:
    is_earlier = earlier_half(frame["started_at"])
    earlier, later = (
        judged_claims(
            part["stated_confidence"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
            part["correct"].cast(pl.Float64).to_numpy(),
            part["customer"].to_numpy(),
        )
        for part in (frame.filter(is_earlier), frame.filter(~is_earlier))
    )
    found = recalibration(earlier, later)
    nothing = np.array([np.nan])
    points = pl.DataFrame(
        {
            "stated": found.map.stated if found.map else nothing,
            "calibrated": found.map.calibrated if found.map else nothing,
        }
    )
    middle = float(np.median(later.confidence)) if later.n else 0.5
    return points.with_columns(
        grouping=pl.lit(group_name(values)),
        label_source=pl.lit(labelled.source),
        review_sampling=pl.lit(labelled.sampling, dtype=pl.String),
        kind=pl.lit(found.map.kind if found.map else None, dtype=pl.String),
        fitted_on=pl.lit(found.fitted_on),
        judged_on=pl.lit(found.judged_on),
        **{name: pl.lit(getattr(found, name), dtype=pl.Float64) for name in ("gain", "lower", "upper", "other_gain")},
        helps=pl.lit(found.helps if found.map else None, dtype=pl.Boolean),
        reason=pl.lit(found.reason, dtype=pl.String),
        sentence=pl.lit(_sentence(found, found.map, middle)),
    )


def _sentence(found: Recalibration, fitted: RecalibrationMap | None, middle: float) -> str:
    if fitted is None or found.gain is None:
        reason = found.reason or "insufficient"
        return f"{reason[:1].upper()}{reason[1:]}."
    means = f"a stated {percent(middle)} % means {percent(float(fitted.apply(middle)))} %"
    span = "" if found.lower is None else f", 95 % interval {found.lower:+.4f} to {found.upper:+.4f}"
    on = f"fitted on {found.fitted_on:,} earlier claims, judged on {found.judged_on:,} later ones"
    if found.helps:
        return f"Recalibrated ({fitted.kind}, {on}), {means}; the Brier score falls by {found.gain:.4f}{span}."
    return f"Recalibration ({fitted.kind}, {on}) gains nothing that can be told from chance ({found.gain:+.4f}{span})."

"""Recalibration (M9): the map from stated to calibrated confidence of each group, judged on a later period and by its months."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.analyses.calibration import Labelled, labelled_claims
from pipelines.analyses.groups import POLARS_TYPES, RowGroup, group_name, groups, spread, table
from pipelines.contract import ANALYSIS_TABLES
from pipelines.statistics.recalibration import RecalibrationMap, recalibration
from pipelines.statistics.stale_maps import MonthlyGain, monthly_gains, withdrawn_since

#: Groups that get a map; one of every dimension would be more maps than anybody can look after.
GROUPINGS: tuple[tuple[str, ...], ...] = ((), ("claim_type",), ("ai_model",), ("workflow",), ("ai_model", "workflow"))


def earlier_half(started_at: pl.Series) -> pl.Series:
    """True for the rows before the median instant; rows of one instant stay together, on the later side."""
    if started_at.is_empty():
        return pl.Series([], dtype=pl.Boolean)
    middle = pl.lit(started_at.sort()[started_at.len() // 2])
    return started_at.to_frame("at").select(pl.col("at") < middle).to_series()


@dataclass(frozen=True)
class RecalibrationTables:
    """The published tables."""

    maps: pl.DataFrame
    by_month: pl.DataFrame


def recalibration_tables(claims: pl.DataFrame) -> RecalibrationTables:
    """Both tables from the rows of ``input_claims``: maps fitted on the earlier half of each group, judged on the later one.

    A group without a map has one row that says why, and no months.
    """
    found = [
        _judged(labelled, group)
        for labelled in labelled_claims(claims)
        for grouping in GROUPINGS
        for group in groups(labelled.frame, grouping)
    ]
    columns = ANALYSIS_TABLES["recalibration"].columns
    schema = {
        column.name: POLARS_TYPES[column.kind] for column in columns if column.name not in {"stated", "calibrated"}
    }
    by_month = [
        {name: said[name] for name in ("grouping", "label_source", "review_sampling")} | vars(month)
        for said, _, months in found
        for month in months
    ]
    return RecalibrationTables(
        table("recalibration", spread([said for said, _, _ in found], [points for _, points, _ in found], schema)),
        table("recalibration_by_month", by_month),
    )


def _judged(labelled: Labelled, group: RowGroup) -> tuple[dict[str, Any], dict[str, Any], tuple[MonthlyGain, ...]]:
    """What is said of a group's map, its points, and its gain by month."""
    is_earlier = earlier_half(labelled.frame["started_at"][group.rows]).to_numpy()
    earlier, later = labelled.claims(group.rows[is_earlier]), labelled.claims(group.rows[~is_earlier])
    found = recalibration(earlier, later)
    fitted = found.map
    middle = float(np.median(later.confidence)) if later.n else None
    months: tuple[MonthlyGain, ...] = ()
    if fitted:
        months = _by_month(fitted, labelled, group.rows[~is_earlier])
    since = withdrawn_since(months, found.upper)
    said = {
        "grouping": group_name(group.values),
        **labelled.key,
        "kind": fitted.kind if fitted else None,
        "helps": found.helps and since is None if fitted else None,
        "withdrawn_since": since,
        "typical_stated": middle,
        "typical_calibrated": float(fitted.apply(middle)) if fitted and middle is not None else None,
        **{
            name: getattr(found, name)
            for name in ("fitted_on", "judged_on", "gain", "lower", "upper", "other_gain", "reason")
        },
    }
    nothing = np.array([np.nan])
    points = {
        "stated": fitted.stated if fitted else nothing,
        "calibrated": fitted.calibrated if fitted else nothing,
    }
    return said, points, months


def _by_month(fitted: RecalibrationMap, labelled: Labelled, rows: npt.NDArray[np.int64]) -> tuple[MonthlyGain, ...]:
    month = labelled.frame["month"][rows].to_numpy()
    parts = {each: labelled.claims(rows[month == each]) for each in np.unique(month)}
    return monthly_gains(
        fitted,
        np.repeat(list(parts), [claims.n for claims in parts.values()]).tolist(),
        *(
            np.concatenate([getattr(claims, of) for claims in parts.values()])
            for of in ("confidence", "correct", "codes")
        ),
    )

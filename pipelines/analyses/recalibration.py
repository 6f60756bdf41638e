"""Recalibration (M9): the map from stated to calibrated confidence of each group, judged on a later period."""

from typing import Any

import numpy as np
import polars as pl

from pipelines.analyses.calibration import Labelled, labelled_claims
from pipelines.analyses.groups import POLARS_TYPES, RowGroup, group_name, groups, spread, table
from pipelines.contract import ANALYSIS_TABLES
from pipelines.statistics.recalibration import recalibration

#: Groups that get a map; one of every dimension would be more maps than anybody can look after.
GROUPINGS: tuple[tuple[str, ...], ...] = ((), ("claim_type",), ("ai_model",), ("workflow",), ("ai_model", "workflow"))


def earlier_half(started_at: pl.Series) -> pl.Series:
    """True for the rows before the median instant; rows of one instant stay together, on the later side."""
    if started_at.is_empty():
        return pl.Series([], dtype=pl.Boolean)
    middle = pl.lit(started_at.sort()[started_at.len() // 2])
    return started_at.to_frame("at").select(pl.col("at") < middle).to_series()


def recalibration_table(claims: pl.DataFrame) -> pl.DataFrame:
    """Table ``recalibration`` from the rows of ``input_claims``: maps fitted on the earlier half of each group.

    A group without a map has one row that says why.
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
    return table("recalibration", spread([key for key, _ in found], [points for _, points in found], schema))


def _judged(labelled: Labelled, group: RowGroup) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is said of a group's map, and its points."""
    is_earlier = earlier_half(labelled.frame["started_at"][group.rows]).to_numpy()
    earlier, later = labelled.claims(group.rows[is_earlier]), labelled.claims(group.rows[~is_earlier])
    found = recalibration(earlier, later)
    fitted = found.map
    middle = float(np.median(later.confidence)) if later.n else None
    said = {
        "grouping": group_name(group.values),
        **labelled.key,
        "kind": fitted.kind if fitted else None,
        "helps": found.helps if fitted else None,
        "typical_stated": middle,
        "typical_calibrated": float(fitted.apply(middle)) if fitted and middle is not None else None,
        **{
            name: getattr(found, name)
            for name in ("fitted_on", "judged_on", "gain", "lower", "upper", "other_gain", "reason")
        },
    }
    nothing = np.array([np.nan])
    return said, {
        "stated": fitted.stated if fitted else nothing,
        "calibrated": fitted.calibrated if fitted else nothing,
    }

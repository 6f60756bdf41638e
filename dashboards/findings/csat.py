"""The customer-rating scale of closing words (M7): what it is worth on later contacts."""

from dataclasses import dataclass

import polars as pl

from dashboards import wording
from dashboards.findings.calibration import CurvePoint
from dashboards.wording.csat import scale_sentence


@dataclass(frozen=True)
class RatingScale:
    """The scale as it was judged on later contacts. ``reason``: why there is none."""

    contacts: int
    fitted_on: int
    judged_on: int
    auc: float | None
    auc_raw: float | None
    brier: float | None
    brier_raw: float | None
    brier_base: float | None
    gain: float | None
    lower: float | None
    upper: float | None
    bias: float | None
    reason: str
    curve: tuple[CurvePoint, ...]

    @property
    def sentence(self) -> str:
        return scale_sentence(
            fitted_on=self.fitted_on,
            judged_on=self.judged_on,
            auc=self.auc,
            auc_raw=self.auc_raw,
            brier=self.brier,
            brier_base=self.brier_base,
            gain=self.gain,
            lower=self.lower,
            upper=self.upper,
            reason=self.reason,
        )


def rating_scale(table: pl.LazyFrame, curve: pl.LazyFrame) -> RatingScale | None:
    """The one row of client_terms with the rows of client_terms_curve; None where nothing was published."""
    rows = table.head(1).collect()
    if rows.is_empty():
        return None
    row = rows.row(0, named=True)
    points = curve.sort("confidence").collect()
    names = ("confidence", "estimate", "lower", "upper", "consistency_lower", "consistency_upper")
    measures = ("auc", "auc_raw", "brier", "brier_raw", "brier_base", "gain", "lower", "upper", "bias")
    return RatingScale(
        contacts=row["contacts"] or 0,
        fitted_on=row["fitted_on"] or 0,
        judged_on=row["judged_on"] or 0,
        **{name: row[name] for name in measures},
        reason=wording.clipped(row["reason"] or ""),
        curve=tuple(CurvePoint(*point) for point in points.select(names).rows()),
    )

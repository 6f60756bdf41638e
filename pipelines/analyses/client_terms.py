"""Closing words on the customer-rating scale (M7): a map fitted to the customers' ratings, and what it is worth."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.analyses.groups import table
from pipelines.statistics.client_terms import client_terms


@dataclass(frozen=True)
class ClientTermsTables:
    """The published tables; ``terms`` has exactly one row."""

    terms: pl.DataFrame
    curve: pl.DataFrame


def client_terms_tables(closings: pl.DataFrame) -> ClientTermsTables:
    """Both tables from the rows of ``int_rated_closings``. Without enough of them the row says why, and there is no curve."""
    found = client_terms(
        closings.select("closing_negative", "closing_neutral", "closing_positive").to_numpy(),
        closings["csat"].cast(pl.Float64).to_numpy(),
        closings["ended_us"].to_numpy(),
        closings["customer"].to_numpy(),
        "client terms",
        months=closings.select(pl.from_epoch("ended_us", "us").dt.strftime("%Y-%m"))["ended_us"].to_list(),
    )
    layer = found.layer
    negative, neutral, positive = layer.coefficients if layer else (None, None, None)
    row: dict[str, Any] = {
        name: getattr(found, name)
        for name in (
            "contacts",
            "fitted_on",
            "judged_on",
            "auc",
            "auc_raw",
            "brier",
            "brier_raw",
            "brier_base",
            "gain",
            "lower",
            "upper",
            "reason",
        )
    }
    row |= {
        "intercept": layer.intercept if layer else None,
        "negative": negative,
        "neutral": neutral,
        "positive": positive,
        "bias": found.calibration.bias if found.calibration else None,
    }
    curve = found.reliability
    columns = ("confidence", "estimate", "lower", "upper", "consistency_lower", "consistency_upper")
    points = pl.DataFrame({name: getattr(curve, name) if curve else [] for name in columns})
    return ClientTermsTables(table("client_terms", [row]), table("client_terms_curve", points))

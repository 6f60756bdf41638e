"""Calibration of stated confidence (M9): every group, month and label source, with its scores and curve."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from pipelines.analyses.groups import CUTS, group_name, groups, spread, table
from pipelines.contract.analyses import KEPT, REVIEW_SAMPLINGS
from pipelines.statistics.bias import Bias, bias_change, q_values
from pipelines.statistics.calibration import (
    MIN_CLAIMS,
    CalibrationScores,
    Claims,
    calibration,
    judged_claims,
    stated_against_true,
    with_q_values,
)
from pipelines.statistics.reliability import HISTOGRAM_BARS, ReliabilityCurve, reliability_curve

#: M9: all, each dimension alone, the type of claim, and model with workflow.
GROUPINGS: tuple[tuple[str, ...], ...] = ((), *((cut,) for cut in CUTS), ("claim_type",), ("ai_model", "workflow"))
#: Groupings whose months get a curve of their own; the others have one over all months together.
_MONTHLY_CURVES: tuple[tuple[str, ...], ...] = ((), ("ai_model",))


@dataclass(frozen=True)
class Labelled:
    """Claims with a verdict of one source: ``frame`` has a column ``correct``, never null."""

    source: str
    sampling: str | None
    frame: pl.DataFrame

    @property
    def key(self) -> dict[str, Any]:
        """The columns of the published tables that name it."""
        return {"label_source": self.source, "review_sampling": self.sampling}

    @cached_property
    def _arrays(self) -> tuple[Any, Any, Any]:
        stated = self.frame["stated_confidence"].cast(pl.Float64).fill_null(float("nan"))
        return stated.to_numpy(), self.frame["correct"].cast(pl.Float64).to_numpy(), self.frame["customer"].to_numpy()

    def claims(self, rows: Any) -> Claims:
        """The claims at ``rows``, positions in ``frame``."""
        return judged_claims(*(values[rows] for values in self._arrays))


@dataclass(frozen=True)
class CalibrationTables:
    """The published tables."""

    summary: pl.DataFrame
    curve: pl.DataFrame
    histogram: pl.DataFrame


def labelled_claims(claims: pl.DataFrame) -> tuple[Labelled, ...]:
    """The rows of ``input_claims`` by label source, which are never pooled.

    Reviewed ones by their sampling too; outcomes also without the claims that were handed to a human, who may have put right
    what the AI had not.
    """
    reviewed = claims.filter(pl.col("verified_correct").is_not_null()).with_columns(correct=pl.col("verified_correct"))
    followed = claims.filter(pl.col("resolved_outcome").is_not_null()).with_columns(correct=pl.col("resolved_outcome"))
    return (
        Labelled("outcome", None, followed),
        Labelled("outcome", KEPT, followed.filter(pl.col("is_kept"))),
        Labelled("reviewed", None, reviewed),
        *(Labelled("reviewed", how, reviewed.filter(pl.col("review_sampling") == how)) for how in REVIEW_SAMPLINGS),
    )


def calibration_tables(
    claims: pl.DataFrame, progress: Callable[[float], None] = lambda _share: None
) -> CalibrationTables:
    """All published groups of ``input_claims``. Fewer than 100 claims: a row that says "insufficient", no curve.

    ``progress`` is called with the share of groupings done.
    """
    summary: list[dict[str, Any]] = []
    drawn: list[tuple[dict[str, Any], ReliabilityCurve]] = []
    sources = labelled_claims(claims)
    for place, labelled in enumerate(sources):
        by_period: dict[str | None, list[tuple[dict[str, Any], CalibrationScores]]] = {}
        for done, grouping in enumerate(GROUPINGS):
            progress((place + done / len(GROUPINGS)) / len(sources))
            for group in _groups(labelled, grouping):
                by_period.setdefault(group.period, []).append((_row(labelled, group), group.scores))
                is_drawn = group.period is None or grouping in _MONTHLY_CURVES
                if is_drawn and group.claims.n >= MIN_CLAIMS:
                    key = {"grouping": group.name, **labelled.key, "period": group.period}
                    seed = "|".join(str(part) for part in key.values())
                    drawn.append((key, reliability_curve(group.claims, seed)))
        for rows in by_period.values():
            biases = with_q_values([scores for _, scores in rows])
            drifts = q_values([row["drift_p"] for row, _ in rows])
            summary += [
                row | {"q_value": bias.q_value, "drift_q": drift_q}
                for (row, _), bias, drift_q in zip(rows, biases, drifts, strict=True)
            ]
    return CalibrationTables(
        _with_headlines(table("calibration_summary", summary)),
        table("calibration_curve", _spread(drawn, _points)),
        table("confidence_histogram", _spread(drawn, _bars)),
    )


@dataclass(frozen=True)
class _Group:
    values: Mapping[str, Any]
    period: str | None
    claims: Claims
    scores: CalibrationScores
    drift: Bias | None
    previous: str | None

    @property
    def name(self) -> str:
        return group_name(self.values)


def _groups(labelled: Labelled, grouping: tuple[str, ...]) -> Iterator[_Group]:
    for group in groups(labelled.frame, grouping):
        claims = labelled.claims(group.rows)
        yield _Group(group.values, None, claims, calibration(claims, name=group_name(group.values)), None, None)
    by_group: dict[str, dict[str, Claims]] = {}
    for group in groups(labelled.frame, (*grouping, "month")):
        values = {name: value for name, value in group.values.items() if name != "month"}
        month = str(group.values["month"])
        claims = labelled.claims(group.rows)
        months = by_group.setdefault(group_name(values), {})
        months[month] = claims
        before = month_before(month)
        drift = None
        if claims.n >= MIN_CLAIMS and before in months and months[before].n >= MIN_CLAIMS:
            drift = bias_change(_triple(months[before]), _triple(claims))
        scores = calibration(claims, name=f"{group_name(values)} {month}")
        yield _Group(values, month, claims, scores, drift, before if drift else None)


def month_before(month: str) -> str:
    """``2025-12`` for ``2026-01``."""
    first = date.fromisoformat(f"{month}-01")
    return f"{date.fromordinal(first.toordinal() - 1):%Y-%m}"


def _triple(claims: Claims) -> tuple[Any, Any, Any]:
    return claims.confidence, claims.correct, claims.codes


def _row(labelled: Labelled, group: _Group) -> dict[str, Any]:
    scores, near = group.scores, stated_against_true(group.claims)
    drift = group.drift or Bias(None)
    return {
        "grouping": group.name,
        **labelled.key,
        "period": group.period,
        "n": scores.n,
        "refused": sum(refused.claims for refused in scores.refused),
        "refused_reasons": json.dumps({refused.reason: refused.claims for refused in scores.refused})
        if scores.refused
        else None,
        **{
            name: getattr(scores, name)
            for name in (
                "mean_confidence",
                "accuracy",
                "brier",
                "miscalibration",
                "discrimination",
                "uncertainty",
                "log_loss",
                "ece_debiased",
                "ece_null",
                "ece_null_upper",
                "bias",
                "lower",
                "upper",
                "p_value",
            )
        },
        "stated": near.stated if near else None,
        "stated_from": near.stated_from if near else None,
        "stated_to": near.stated_to if near else None,
        "stated_n": near.n if near else None,
        "stated_accuracy": near.accuracy if near else None,
        "stated_lower": near.lower if near else None,
        "stated_upper": near.upper if near else None,
        "previous_period": group.previous,
        "drift": drift.value,
        "drift_lower": drift.lower,
        "drift_upper": drift.upper,
        "drift_p": drift.p_value,
        "reason": scores.reason or scores.interval_reason,
    }


def _spread(
    drawn: list[tuple[dict[str, Any], ReliabilityCurve]], part: Callable[[ReliabilityCurve], dict[str, Any]]
) -> pl.DataFrame:
    schema = dict.fromkeys(("grouping", "label_source", "review_sampling", "period"), pl.String())
    return spread([key for key, _ in drawn], [part(curve) for _, curve in drawn], schema)


def _points(curve: ReliabilityCurve) -> dict[str, Any]:
    columns = ("confidence", "estimate", "lower", "upper", "consistency_lower", "consistency_upper")
    return {name: getattr(curve, name) for name in columns}


def _bars(curve: ReliabilityCurve) -> dict[str, Any]:
    bars = np.arange(HISTOGRAM_BARS)
    return {"bar_from": bars / HISTOGRAM_BARS, "bar_to": (bars + 1) / HISTOGRAM_BARS, "claims": curve.histogram}


def _with_headlines(summary: pl.DataFrame) -> pl.DataFrame:
    """Reviewed claims are quoted from the random sample where there is any, because only that stands for all claims.

    Outcomes are quoted where the AI's answer stood, and a group in which it never did is not quoted at all: nobody knows
    what the AI alone would have come to there. Only where no contact says who ended it, all outcomes are.
    """
    is_reviewed = pl.col("label_source") == "reviewed"
    best = pl.when(is_reviewed).then(pl.lit("random")).otherwise(pl.lit(KEPT))
    is_best = pl.col("review_sampling").eq_missing(best) & (pl.col("n") > 0)
    has_best = (
        pl.when(is_reviewed)
        .then(is_best.any().over("grouping", "period", "label_source"))
        .otherwise(is_best.any().over("label_source"))
    )
    return summary.with_columns(is_headline=is_best | (pl.col("review_sampling").is_null() & ~has_best))

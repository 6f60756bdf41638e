"""Escalation policy (M10): what a threshold on confidence costs by workflow and mood, and what the policy in force costs.

The unit is a claim about resolution in a settled contact that an AI led. Whether the AI's answer was right is told by the
contact's outcome where it stood. A claim that was handed off has no outcome of the AI's own: there only a reviewer's
verdict counts, of the random sample (or, where there is none, of reviews whose sampling is not recorded; never of a
targeted one), for it has to stand for all claims that were handed off.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import polars as pl

from pipelines.analyses.groups import days, table
from pipelines.analyses.recalibration import earlier_half
from pipelines.config.costs import Costs as CostSettings
from pipelines.contract.escalation import MOODS
from pipelines.statistics.escalation import (
    COSTS_LESS,
    MIN_CLAIMS,
    CostCurve,
    HandoffTiming,
    PolicyVerdict,
    cheapest_threshold,
    closed_form_threshold,
    cost_curve,
    handoff_timing,
    judged_policy,
)
from pipelines.statistics.isotonic import tally
from pipelines.statistics.policy_costs import ClaimCosts, Money, PolicyClaims
from pipelines.statistics.recalibration import RecalibrationMap, logistic_map
from pipelines.statistics.stale_maps import map_gain, monthly_gains, withdrawn_since

_NEGATIVE = -0.25


@dataclass(frozen=True)
class EscalationTables:
    """The published tables."""

    cost: pl.DataFrame
    policy: pl.DataFrame


def escalation_tables(claims: pl.DataFrame, handoffs: pl.DataFrame, costs: CostSettings) -> EscalationTables:
    """Both tables from the rows of ``input_claims`` and ``input_handoffs``; empty where no costs are configured.

    Thresholds are chosen on the earlier half of the claims and judged on the later one, whose curve is published.
    """
    frame = _policy_claims(claims)
    is_earlier = earlier_half(frame["started_at"])
    frame = frame.with_columns(is_earlier=is_earlier)
    maps = _maps(frame)
    first_later = frame.filter(~pl.col("is_earlier"))["day"].min()
    is_later = pl.col("day") >= pl.lit(first_later, dtype=pl.Date)
    late = handoffs.filter(pl.col("is_settled") & is_later).with_columns(mood=_mood())
    curves: list[pl.DataFrame] = []
    policies: list[dict[str, Any]] = []
    for workflow in frame["workflow"].unique().sort(nulls_last=True):
        for mood in MOODS:
            configured = costs.of(workflow, mood)
            of_group = _of(frame, workflow, mood)
            if configured is None or of_group.is_empty():
                continue
            priced = ClaimCosts(configured.wrong_answer, configured.handoff, configured.human_wrong_share)
            group = _Group(
                workflow, mood, of_group, _of(late, workflow, mood), priced, maps.get(workflow, maps.get(""))
            )
            for kind in ("raw", "recalibrated"):
                judged = _judge(group, kind)
                curves.append(_curve_rows(group, kind, judged.curve))
                policies.append(_policy_row(group, kind, judged))
    return EscalationTables(
        table("escalation_cost", pl.concat(curves) if curves else []), table("escalation_policy", policies)
    )


def _mood() -> pl.Expr:
    opening = pl.col("opening_sentiment")
    return (
        pl.when(opening.is_null())
        .then(pl.lit("unknown"))
        .when(opening <= _NEGATIVE)
        .then(pl.lit("negative"))
        .otherwise(pl.lit("not_negative"))
    )


def _policy_claims(claims: pl.DataFrame) -> pl.DataFrame:
    """Claims about resolution in settled contacts led by an AI, with ``label`` (1, 0 or null) and ``mood``."""
    frame = claims.filter(
        (pl.col("claim_type") == "resolution")
        & pl.col("is_kept").is_not_null()
        & pl.col("is_settled")
        & pl.col("stated_confidence").is_not_null()
    )
    handed_off = frame.filter(~pl.col("is_kept") & pl.col("verified_correct").is_not_null())
    sampling = "random" if (handed_off["review_sampling"] == "random").any() else "unknown"
    counts = pl.col("review_sampling") == sampling
    label = (
        pl.when(pl.col("is_kept"))
        .then(pl.col("resolved_outcome"))
        .otherwise(pl.when(counts).then(pl.col("verified_correct")))
    )
    return frame.with_columns(label=label.cast(pl.Float64), mood=_mood())


def _of(frame: pl.DataFrame, workflow: str | None, mood: str) -> pl.DataFrame:
    return frame.filter(pl.col("workflow").eq_missing(pl.lit(workflow, dtype=pl.String)) & (pl.col("mood") == mood))


@dataclass(frozen=True)
class _JudgedMap:
    """P(correct) by stated confidence, and the month since which it does harm (see `stale_maps`), None if it holds."""

    map: RecalibrationMap
    withdrawn_since: str | None


def _maps(frame: pl.DataFrame) -> dict[str | None, _JudgedMap]:
    """Recalibration of the claims by workflow, and under "" of all: for workflows with too few labels."""
    found = {
        workflow: fitted
        for workflow in frame["workflow"].unique()
        if (fitted := _map(frame.filter(pl.col("workflow").eq_missing(pl.lit(workflow, dtype=pl.String))))) is not None
    }
    whole = _map(frame)
    return found if whole is None else found | {"": whole}


def _map(frame: pl.DataFrame) -> _JudgedMap | None:
    """Fitted on the earlier claims, kept and handed off, and judged by month on the later ones; None with fewer than 100 labels.

    A reviewed claim stands for all that were handed off, so it weighs as many as there are of them for one label. Logistic,
    because a rising map keeps the order of claims, and with it the choice that a threshold can make.
    """
    earlier = _weighed(frame.filter(pl.col("is_earlier")))
    if earlier.height < MIN_CLAIMS:
        return None
    stated, right, weight = (earlier[name].to_numpy() for name in ("stated_confidence", "label", "weight"))
    fitted = logistic_map(tally(stated, right == 1, weight))
    later = _weighed(frame.filter(~pl.col("is_earlier")))
    if later.is_empty():
        return _JudgedMap(fitted, None)
    judged = [later[name].to_numpy() for name in ("stated_confidence", "label", "customer")]
    weight = later["weight"].to_numpy()
    whole = map_gain(fitted, *judged, weights=weight).upper if later.height >= MIN_CLAIMS else None
    return _JudgedMap(
        fitted, withdrawn_since(monthly_gains(fitted, later["month"].to_list(), *judged, weights=weight), whole)
    )


def _weighed(frame: pl.DataFrame) -> pl.DataFrame:
    """The claims of ``frame`` with a label, each with the ``weight`` of the claims that it stands for."""
    labelled = frame.filter(pl.col("label").is_not_null())
    scale = frame.filter(~pl.col("is_kept")).height / max(1, labelled.filter(~pl.col("is_kept")).height)
    return labelled.with_columns(weight=pl.when(pl.col("is_kept")).then(1.0).otherwise(scale))


@dataclass(frozen=True)
class _Group:
    workflow: str | None
    mood: str
    claims: pl.DataFrame
    handoffs: pl.DataFrame
    costs: ClaimCosts
    judged_map: _JudgedMap | None

    @property
    def map(self) -> RecalibrationMap | None:
        """The map in use; None before one is fitted and after it was withdrawn."""
        return self.judged_map.map if self.judged_map and self.judged_map.withdrawn_since is None else None

    def side(self, kind: str, *, earlier: bool) -> PolicyClaims:
        frame = self.claims.filter(pl.col("is_earlier") if earlier else ~pl.col("is_earlier"))
        stated = frame["stated_confidence"].to_numpy()
        return PolicyClaims(
            confidence=self.map.apply(stated) if kind == "recalibrated" and self.map else stated,
            correct=frame["label"].fill_null(float("nan")).to_numpy(),
            codes=frame["customer"].to_numpy(),
            is_kept=frame["is_kept"].to_numpy(),
        )

    def span(self, *, earlier: bool) -> str | None:
        found = self.claims.filter(pl.col("is_earlier") if earlier else ~pl.col("is_earlier"))["day"]
        return days(found.min(), found.max()) if len(found) else None


@dataclass(frozen=True)
class _Judged:
    curve: CostCurve | None
    verdict: PolicyVerdict
    timing: HandoffTiming


def _judge(group: _Group, kind: str) -> _Judged:
    if kind == "recalibrated" and group.map is None:
        why = f"no recalibration: fewer than {MIN_CLAIMS} labelled claims in the earlier period"
        if group.judged_map:
            why = f"no recalibration: it has made confidences worse since {group.judged_map.withdrawn_since}"
        return _Judged(None, PolicyVerdict(reason=why), _timing(group, None))
    earlier, later = group.side(kind, earlier=True), group.side(kind, earlier=False)
    curve = cost_curve(later, group.costs) if len(later.confidence) else None
    chosen = _chosen(cost_curve(earlier, group.costs, level=None), curve)
    verdict = judged_policy(chosen, later, group.costs)
    # Too eager is told on the scale of P(correct): by the threshold that costs less there, else by the costs alone.
    optimum = chosen if kind == "recalibrated" and verdict.verdict == COSTS_LESS else None
    return _Judged(curve, verdict, _timing(group, closed_form_threshold(group.costs) if optimum is None else optimum))


def _chosen(earlier: CostCurve, later: CostCurve | None) -> float | None:
    """The cheapest threshold of the earlier period, among those whose cost can be told in the later one, too.

    Which claims have a label says nothing of whether they were right, so the later period still judges fairly.
    """
    if later is None or np.isnan(later.cost).all():
        return cheapest_threshold(earlier)
    return cheapest_threshold(replace(earlier, cost=np.where(np.isnan(later.cost), np.nan, earlier.cost)))


def _timing(group: _Group, threshold: float | None) -> HandoffTiming:
    frame = group.handoffs
    stated = frame["ai_confidence"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return handoff_timing(
        frame["misunderstandings"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        frame["is_turned_negative"].to_numpy(),
        group.map.apply(stated) if group.map else np.full(len(stated), np.nan),
        threshold,
    )


def _curve_rows(group: _Group, kind: str, curve: CostCurve | None) -> pl.DataFrame:
    columns = ("cost", "lower", "upper", "if_right", "if_wrong", "kept", "kept_wrong", "handed_off")
    if curve is None or curve.stops_at is None:
        points = {name: np.empty(0) for name in ("threshold", *columns)}
    else:
        points = {"threshold": curve.thresholds, **{name: getattr(curve, name) for name in columns}}
    return pl.DataFrame(points).with_columns(
        workflow=pl.lit(group.workflow, dtype=pl.String), mood=pl.lit(group.mood), confidence_kind=pl.lit(kind)
    )


def _policy_row(group: _Group, kind: str, judged: _Judged) -> dict[str, Any]:
    later = group.claims.filter(~pl.col("is_earlier"))
    verdict, timing, curve = judged.verdict, judged.timing, judged.curve
    total = None if verdict.regret is None else verdict.regret.value * later.height / 1000
    # Where the verdict already says where the curve stops, the curve need not say it again.
    stop = curve.reason if curve and not (verdict.reason or "").startswith("the curve") else None
    reasons = [reason for reason in (verdict.reason, stop) if reason]
    return {
        "workflow": group.workflow,
        "mood": group.mood,
        "confidence_kind": kind,
        "earlier": group.span(earlier=True),
        "later": group.span(earlier=False),
        "claims": later.height,
        "labelled": int(later["label"].is_not_null().sum()),
        "handed_off": int((~later["is_kept"]).sum()),
        "cost_wrong": group.costs.wrong,
        "cost_handoff": group.costs.handoff,
        "human_wrong_share": group.costs.human_wrong,
        "closed_form_threshold": closed_form_threshold(group.costs),
        "stops_at": curve.stops_at if curve else None,
        "threshold": verdict.threshold,
        "verdict": verdict.verdict,
        "recommended_threshold": verdict.threshold if verdict.verdict == COSTS_LESS else None,
        **_money("cost", verdict.cost),
        "unlabelled": verdict.unlabelled,
        "cost_if_right": verdict.if_right,
        "cost_if_wrong": verdict.if_wrong,
        **_money("in_force", verdict.in_force),
        "in_force_kept": 1000 * int(later["is_kept"].sum()) / later.height if verdict.in_force else None,
        "in_force_kept_wrong": verdict.in_force_kept_wrong,
        **_money("regret", verdict.regret),
        "recalibration_withdrawn_since": group.judged_map.withdrawn_since if group.judged_map else None,
        "regret_total": total,
        **{field.name: getattr(timing, field.name) for field in fields(timing)},
        "reason": "; ".join(dict.fromkeys(reasons)) or None,
    }


def _money(name: str, money: Money | None) -> dict[str, float | None]:
    return {
        name: money.value if money else None,
        f"{name}_lower": money.lower if money else None,
        f"{name}_upper": money.upper if money else None,
    }

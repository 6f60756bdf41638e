"""What is true of the AI's claims: stated in files, calibrated, and off by what is planted where it is planted."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from builders.simulated_landing import read_table

from pipelines.simulate import SimulationSummary, World, simulate
from pipelines.simulate.parameters import ClaimParameters, Miscalibration

COLUMNS = {
    "claim_id": pl.String,
    "contact_id": pl.String,
    "claim_type": pl.String,
    "workflow": pl.String,
    "ai_model": pl.String,
    "stated_confidence": pl.Float64,
    "p_correct": pl.Float64,
    "correct": pl.Boolean,
}
PLANTED = (
    Miscalibration("billing", "aria-2.4", 1.0),
    Miscalibration("account", None, -1.3),
    Miscalibration(None, None, 0.2),
)


def _claims(done: SimulationSummary) -> pl.DataFrame:
    return pl.read_parquet(done.truth / "claims.parquet")


def test_claims_have_the_columns_stated_and_the_ids_that_landed(large_operation: SimulationSummary) -> None:
    claims = _claims(large_operation)
    assert dict(claims.schema) == COLUMNS
    assert claims.null_count().sum_horizontal().item() == 0
    landed = read_table(large_operation.out, "ai_claims").unique("claim_id")
    both = landed.join(claims, on="claim_id", how="full", suffix="_true")
    assert both.height == claims.height
    assert (both["contact_id"] == both["contact_id_true"]).all()
    assert (both["claim_type"] == both["claim_type_true"]).all()
    # All but a few that are broken on purpose.
    stated = both["stated_confidence"].cast(pl.Float64, strict=False)
    assert (stated == both["stated_confidence_true"]).mean() > 0.998


def test_p_correct_is_the_share_of_claims_that_are_right(large_operation: SimulationSummary) -> None:
    modes = pl.read_parquet(large_operation.truth / "contacts.parquet").select(
        "contact_id", "mode", "resolved_probability", "changed_by"
    )
    claims = _claims(large_operation).join(modes, on="contact_id")
    for grouping in (["claim_type"], ["claim_type", "mode"], ["workflow", "ai_model"], ["changed_by", "mode"]):
        groups = claims.group_by(grouping).agg(
            pl.len(),
            (pl.col("correct").cast(pl.Float64) - pl.col("p_correct")).sum().alias("excess"),
            (pl.col("p_correct") * (1 - pl.col("p_correct"))).sum().sqrt().alias("se"),
        )
        assert groups["len"].min() > 50
        assert groups.select((pl.col("excess") / pl.col("se")).abs().max()).item() < 4.5, grouping
    resolution = claims.filter(pl.col("claim_type") == "resolution")
    share = pl.when(pl.col("mode") == "joint").then(0.5).otherwise(1.0)
    assert resolution.select((pl.col("p_correct") == share * pl.col("resolved_probability")).all()).item()


def test_reviewers_err_as_rarely_as_planted(large_operation: SimulationSummary) -> None:
    reviewed = (
        read_table(large_operation.out, "ai_claims")
        .filter(pl.col("review_sampling") == "random")
        .unique("claim_id")
        .join(_claims(large_operation), on="claim_id")
    )
    verdict = reviewed["verified_correct"].cast(pl.String) == "true"
    assert reviewed.height > 2_000
    assert (verdict != reviewed["correct"]).mean() == pytest.approx(0.02, abs=0.01)


def test_confidence_is_off_by_what_is_planted_in_each_group(tmp_path: Path) -> None:
    worlds = {"plain": (), "planted": PLANTED}
    plain, planted = (
        _claims(
            simulate(
                tmp_path / name,
                contacts=8_000,
                days=60,
                seed=7,
                transcripts=False,
                world=replace(World(), claims=ClaimParameters(miscalibrations=groups)),
            )
        )
        for name, groups in worlds.items()
    )
    pairs = plain.join(planted, on="claim_id", suffix="_planted")
    # Nothing but the confidence moves: the model is drawn as late as ever, and no draw depends on the confidence.
    others = [name for name in COLUMNS if name not in {"claim_id", "stated_confidence"}]
    assert pairs.select((pl.col(name) == pl.col(f"{name}_planted")).all() for name in others).row(0) == (True,) * 6

    bias = (
        0.2
        + pl.when((pl.col("workflow") == "billing") & (pl.col("ai_model") == "aria-2.4")).then(1.0).otherwise(0.0)
        + pl.when(pl.col("workflow") == "account").then(-1.3).otherwise(0.0)
    )
    facts, resolution = (
        pairs.filter((pl.col("claim_type") == "resolution") == chosen).with_columns(bias.alias("bias"))
        for chosen in (False, True)
    )
    assert (facts["stated_confidence"] == facts["stated_confidence_planted"]).all()
    # Far from the ends, where three decimals are precise.
    middle = resolution.filter(
        pl.all_horizontal(pl.col("stated_confidence", "stated_confidence_planted").is_between(0.05, 0.95))
    )
    shift = _logit("stated_confidence_planted") - _logit("stated_confidence") - pl.col("bias")
    assert middle.height > 2_000
    assert middle.select(shift.abs().max()).item() < 0.02
    # So the gap between what is said and what is true, group by group: the mean of logistic(logit + bias) - p_correct.
    moved = (1 / (1 + (-(_logit("stated_confidence") + pl.col("bias"))).exp())).alias("moved")
    inside = resolution.filter(pl.col("stated_confidence").is_between(0.001, 0.999))
    gaps = inside.group_by("workflow", "ai_model").agg(
        (pl.col("stated_confidence_planted") - pl.col("p_correct")).mean().alias("gap"),
        (moved - pl.col("p_correct")).mean().alias("expected"),
        (pl.col("stated_confidence") - pl.col("p_correct")).mean().alias("before"),
    )
    assert gaps.height == 12
    assert gaps.select((pl.col("gap") - pl.col("expected")).abs().max()).item() < 0.002
    rushed = gaps.row(by_predicate=(pl.col("workflow") == "billing") & (pl.col("ai_model") == "aria-2.4"), named=True)
    assert rushed["gap"] > rushed["before"] + 0.15


def _logit(column: str) -> pl.Expr:
    return (pl.col(column) / (1 - pl.col(column))).log()


def test_the_newer_model_is_overconfident_in_billing_and_accounts_are_underconfident(
    large_operation: SimulationSummary,
) -> None:
    own = pl.read_parquet(large_operation.truth / "contacts.parquet").filter(
        pl.col("mode") == "ai_primary", pl.col("changed_by").is_null()
    )
    claims = _claims(large_operation).filter(pl.col("claim_type") == "resolution")
    gaps = {
        (workflow, model): gap
        for workflow, model, gap in claims.join(own, on="contact_id", how="semi")
        .group_by("workflow", "ai_model")
        .agg((pl.col("stated_confidence") - pl.col("p_correct")).mean())
        .iter_rows()
    }
    assert gaps["billing", "aria-2.4"] > gaps["billing", "aria-2.3"] + 0.12
    assert 0.04 < gaps["technical_support", "aria-2.4"] - gaps["technical_support", "aria-2.3"] < 0.12
    assert gaps["account", "aria-2.3"] < -0.08
    assert gaps["account", "aria-2.4"] < -0.08
    assert gaps["sales_service", "aria-2.4"] == pytest.approx(gaps["sales_service", "aria-2.3"], abs=0.03)

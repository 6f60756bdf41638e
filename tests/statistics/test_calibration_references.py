"""Calibration of real forecasts, beside model-diagnostics and scikit-learn (M9)."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from model_diagnostics.scoring import LogLoss, SquaredError, decompose
from sklearn.isotonic import IsotonicRegression

from pipelines.statistics.calibration import Claims, calibration, judged_claims
from pipelines.statistics.recalibration import recalibration
from pipelines.statistics.reliability import reliability_curve

SETS = ("lenet", "nfl", "nba")


@pytest.fixture(scope="module")
def real_claims() -> dict[str, Claims]:
    """Forecasts of a network on CIFAR-10 and of FiveThirtyEight on games; the home of the files as in other tests."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "fixtures"
    folder = Path(os.environ.get("AFTERCALL_FIXTURES", beside))
    if not folder.is_dir():
        pytest.skip(f"no folder of real files at {folder}; AFTERCALL_FIXTURES may name another")
    network = np.load(folder / "calibration-netcal-cnn" / "lenet-5-cifar-10.npz")
    stated = network["predictions"].max(axis=1).astype(np.float64)
    made = {"lenet": judged_claims(stated, network["predictions"].argmax(axis=1) == network["ground_truth"])}
    for sport in ("nfl", "nba"):
        with (folder / "calibration-538" / f"{sport}_games.csv").open(encoding="utf-8") as file:
            games = list(csv.DictReader(file))
        made[sport] = judged_claims(
            [float(game["prob1"]) for game in games], [float(game["prob1_outcome"]) for game in games]
        )
    return made


@pytest.mark.parametrize("name", SETS)
def test_decomposition_is_that_of_model_diagnostics(real_claims: dict[str, Claims], name: str) -> None:
    claims = real_claims[name]
    found = calibration(claims)
    theirs = decompose(claims.correct.astype(float), claims.confidence, scoring_function=SquaredError()).row(
        0, named=True
    )
    assert found.brier == pytest.approx(theirs["score"], abs=1e-12)
    for part in ("miscalibration", "discrimination", "uncertainty"):
        assert getattr(found, part) == pytest.approx(theirs[part], abs=1e-12)
    assert abs(found.miscalibration - found.discrimination + found.uncertainty - found.brier) < 1e-12
    assert found.log_loss == pytest.approx(LogLoss()(claims.correct.astype(float), claims.confidence), abs=1e-12)


def test_known_values_of_the_network(real_claims: dict[str, Claims]) -> None:
    found = calibration(real_claims["lenet"])
    assert (found.n, found.accuracy) == (10_000, 0.5308)
    assert found.mean_confidence == pytest.approx(0.6387, abs=5e-5)
    assert found.brier == pytest.approx(0.21660, abs=5e-6)
    assert found.lower < 0.1079 < found.upper


def test_draws_are_refused_with_a_reason(real_claims: dict[str, Claims]) -> None:
    assert [(refused.reason, refused.claims > 0) for refused in real_claims["nfl"].refused] == [
        ("outcome neither right nor wrong (a draw)", True)
    ]
    assert real_claims["nba"].refused == ()
    assert real_claims["nfl"].n + real_claims["nfl"].refused[0].claims == 1889


@pytest.mark.parametrize("name", SETS)
def test_curve_is_that_of_scikit_learn(real_claims: dict[str, Claims], name: str) -> None:
    claims = real_claims[name]
    curve = reliability_curve(claims, name, replicates=39)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(claims.confidence, claims.correct)
    assert curve.estimate == pytest.approx(theirs.predict(curve.confidence), abs=1e-12)
    # Between its points too: the points are the ends of the blocks.
    between = np.linspace(0, 1, 997)
    assert np.interp(between, curve.confidence, curve.estimate) == pytest.approx(theirs.predict(between), abs=1e-12)
    assert curve.histogram.sum() == claims.n
    assert len(curve.confidence) < 200


def test_forecasts_of_nfl_games_are_calibrated_and_the_network_is_not(real_claims: dict[str, Claims]) -> None:
    outside = {}
    for name in ("lenet", "nfl"):
        curve = reliability_curve(real_claims[name], name)
        apart = (curve.estimate < curve.consistency_lower) | (curve.estimate > curve.consistency_upper)
        outside[name] = apart.mean()
    assert outside["lenet"] > 0.8
    assert outside["nfl"] < 0.25


def test_recalibrating_the_network_helps(real_claims: dict[str, Claims]) -> None:
    claims = real_claims["lenet"]
    halves = [judged_claims(claims.confidence[part], claims.correct[part]) for part in (slice(5000), slice(5000, None))]
    found = recalibration(*halves)
    assert found.helps
    assert found.gain == pytest.approx(calibration(halves[1]).miscalibration, abs=0.004)
    ends = found.map.apply([0.3, 0.64, 0.95])
    assert (np.diff(ends) > 0).all()
    assert (ends < [0.3, 0.64, 0.95]).all()

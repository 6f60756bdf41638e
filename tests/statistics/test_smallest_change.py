"""The smallest change that segment divergence would find (M16): by hand, and in a seeded simulation."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from pipelines.statistics.divergence import segment_divergence
from pipelines.statistics.divergence_measures import Measure
from pipelines.statistics.divergence_power import smallest_found
from pipelines.statistics.stratified_change import StratifiedChange

PROXY = Measure("faster", "proxy", -1, "mean", 0.03, relative=True)
OUTCOME = Measure("again", "outcome", -1, "rate", 0.02)
OTHER = Measure("angry", "outcome", -1, "rate", 0.02)


def change(variance: float, *, baseline: float = 0.2, information: float = 300.0, n: float = 400.0) -> StratifiedChange:
    """One segment without skewness; ``change`` is 0, so that both periods have the baseline's rate."""
    named = {"variance": variance, "baseline": baseline, "information": information, "n_baseline": n, "n_period": n}
    fields = StratifiedChange.__dataclass_fields__
    return StratifiedChange(**{name: np.array([named.get(name, 0.0)]) for name in fields if name != "customers"}, customers=np.array([99]))  # fmt: skip


def sizes(*measured: tuple[Measure, StratifiedChange], segments: int = 100) -> dict[str, float]:
    changes = {measure.name: each for measure, each in measured}
    found = smallest_found([measure for measure, _ in measured], changes, segments, min_n=30, alpha=0.05)
    return {name: float(values[0]) for name, values in found.items()}


def again(size: float, one: float, z_power: float, error: float) -> float:
    """What the formula says of a rate of .2 that rises by ``size``, with 400 contacts in each period: p̄ = .2 + size / 2."""
    then, after = 0.2 + size / 2, 0.2 + size
    testing = error * np.sqrt(then * (1 - then) / 0.16)
    own = error * np.sqrt((0.16 + after * (1 - after)) / 2 / 0.16)
    return float(0.5 / 300 + one * testing + z_power * own)


def test_by_hand() -> None:
    # α / 2m = .05 / 200; each half with power √.8 = .894: z₂ = 1.250. A rate has half an event for its continuity.
    z_power = norm.ppf(np.sqrt(0.8))
    assert z_power == pytest.approx(1.2500, abs=1e-3)
    one = norm.isf(0.05 / 200)
    found = sizes((PROXY, change(100.0, baseline=400.0)), (OUTCOME, change(0.0009)))
    assert found["faster"] == pytest.approx((one + z_power) * 10)
    # More than by the variance as it is (.142).
    assert found["again"] == pytest.approx(again(found["again"], one, z_power, 0.03), rel=1e-4)
    assert 0.5 / 300 + (one + z_power) * 0.03 < found["again"] < 0.18
    # Of two outcomes Holm doubles the smaller p.
    two = norm.isf(0.05 / 400)
    found = sizes((PROXY, change(100.0, baseline=400.0)), (OUTCOME, change(0.0009)), (OTHER, change(0.0016)))
    assert found["faster"] == pytest.approx((one + z_power) * 10)
    for name, error in (("again", 0.03), ("angry", 0.04)):
        assert found[name] == pytest.approx(again(found[name], two, z_power, error), rel=1e-4)
    # With so many contacts that chance hardly matters, the minimum decides: 3% of 400 s and 2 points.
    found = sizes((PROXY, change(1e-4, baseline=400.0)), (OUTCOME, change(1e-10, information=1e9)))
    assert found == pytest.approx({"faster": 12 + z_power * 0.01, "again": 0.02 + z_power * 1e-5}, rel=1e-4)


def test_where_no_change_would_do_there_is_none() -> None:
    found = sizes((PROXY, change(100.0, baseline=40.0)), (OUTCOME, change(0.0009, baseline=0.95)))
    assert [np.isnan(size) for size in found.values()] == [True, True]
    found = sizes((PROXY, change(100.0, baseline=400.0, n=29)), (OUTCOME, change(0.0009)))
    assert np.isnan(found["faster"])


def test_a_change_of_the_published_size_is_found_in_eight_of_ten_cases() -> None:
    rng = np.random.default_rng(41)

    def drawn(faster: float, again: float) -> dict[str, object]:
        n = 8000
        period = (rng.random(n) < 0.25).astype(int)
        customer = np.repeat(np.arange(n), np.minimum(9, 1 + rng.pareto(1.6, n).astype(int)))[:n]
        rng.shuffle(customer)
        pace, level = rng.normal(size=(2, n))[:, customer]
        queue = rng.integers(0, 6, n)
        moves = (queue == 0) & (period == 1)
        contacts = pl.DataFrame(
            {
                "period": period,
                "customer": customer,
                "queue": queue,
                "issue": rng.integers(0, 3, n),
                "handle_seconds": np.exp(5.8 + 0.2 * pace + 0.5 * rng.normal(size=n)) - faster * moves,
                "repeat": (rng.random(n) < np.clip(0.2 + 0.05 * level + again * moves, 0, 1)).astype(float),
                "sentiment_source": 0,
            }
        ).with_columns(
            pl.lit(None, dtype=pl.Float64).alias(name)
            for name in ("claimed", "contained", "false_resolution", "complaint", "post_call_sentiment")
        )
        found = segment_divergence(contacts, dimensions=("queue", "issue"))
        return found.filter((pl.col("dimension_1") == "queue") & (pl.col("value_1") == 0) & pl.col("dimension_2").is_null()).row(0, named=True)  # fmt: skip

    calm = [drawn(0.0, 0.0) for _ in range(5)]
    faster, again = (
        float(np.mean([row[f"{name}_detectable"] for row in calm])) for name in ("handle_seconds", "repeat")
    )
    assert (faster, again) == (pytest.approx(75, abs=15), pytest.approx(0.115, abs=0.02))
    recall = np.mean([drawn(faster, again)["verdict"] == "diverging" for _ in range(60)])
    assert 0.68 <= recall <= 0.93
    assert np.mean([drawn(faster / 2, again / 2)["verdict"] == "diverging" for _ in range(30)]) < 0.3

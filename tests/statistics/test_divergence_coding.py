"""Verdicts that rest on recoded issues (M16): which issues moved, by hand, and worlds in which a code was renamed into another."""

import numpy as np
import polars as pl
import pytest

from pipelines.statistics.divergence import segment_divergence
from pipelines.statistics.divergence_coding import CodingBounds, moved_issues

BOUNDS = CodingBounds(relative=0.5, points=0.02)
#: Shares, handle time and repeats of four issues: the last is short and often comes back.
SHARES, SECONDS, REPEATS = (0.4, 0.3, 0.2, 0.1), (420.0, 380.0, 400.0, 200.0), (0.15, 0.18, 0.16, 0.40)


def _moved(baseline: list[float], period: list[float], bounds: CodingBounds = BOUNDS) -> list[int]:
    return np.flatnonzero(moved_issues(np.array(baseline), np.array(period), bounds)).tolist()


@pytest.mark.parametrize(
    ("baseline", "period", "moved"),
    [
        # Nothing moved by half of itself.
        ([40, 30, 20, 10], [44, 32, 18, 6], []),
        # The last went wholly into the first, which gained a quarter of itself only: it goes along.
        ([40, 30, 20, 10], [50, 30, 20, 0], [0, 3]),
        # It was split over two: both account for 80% of what went.
        ([40, 30, 20, 10], [45, 35, 20, 0], [0, 1, 3]),
        # A new code took from the first; the third lost one point, which is not needed to account for it.
        ([50, 30, 20, 0], [36, 30, 19, 15], [0, 3]),
        # More than half of itself, but not more than two points.
        ([600, 380, 20, 0], [600, 395, 5, 0], []),
        # A period without contacts.
        ([40, 60], [0, 0], []),
    ],
)
def test_issues_that_moved_by_hand(baseline: list[float], period: list[float], moved: list[int]) -> None:
    assert _moved(baseline, period) == moved


def test_the_bounds_are_those_that_are_configured() -> None:
    baseline, period = [40.0, 30, 20, 10], [44.0, 32, 18, 6]
    assert _moved(baseline, period, CodingBounds(0.3, 0.02)) == [0, 3]
    assert _moved(baseline, period, CodingBounds(0.3, 0.05)) == []


def _contacts(rng: np.random.Generator, n: int, *, merged: bool, planted: bool) -> pl.DataFrame:
    """Two workflows; with ``merged`` the last issue is called the first in the period, with ``planted`` workflow 1 diverges."""
    period = (rng.random(n) < 0.25).astype(int)
    customer = np.repeat(np.arange(n), np.minimum(20, 1 + rng.pareto(1.6, n).astype(int)))[:n]
    rng.shuffle(customer)
    level = rng.normal(size=n)[customer]
    issue = rng.choice(4, n, p=SHARES)
    workflow = rng.integers(0, 2, n)
    moves = (period == 1) & (workflow == 1) & planted
    seconds = np.array(SECONDS)[issue] * np.exp(0.1 * level + 0.4 * rng.normal(size=n)) * (1 - 0.25 * moves)
    repeat = rng.random(n) < np.clip(np.array(REPEATS)[issue] + 0.03 * level + 0.12 * moves, 0, 1)
    blank = pl.lit(None, dtype=pl.Float64)
    return pl.DataFrame(
        {
            "period": period,
            "customer": customer,
            "workflow": workflow,
            "issue": np.where(merged & (period == 1) & (issue == 3), 0, issue),
            "handle_seconds": seconds,
            "repeat": repeat.astype(float),
            "sentiment_source": 0,
        }
    ).with_columns(
        claimed=blank, contained=blank, false_resolution=blank, complaint=blank, post_call_sentiment=blank
    )  # fmt: skip


def _verdicts(contacts: pl.DataFrame) -> dict[tuple[str, int], tuple[str, bool | None, list[int]]]:
    found = segment_divergence(contacts, dimensions=("workflow", "issue")).filter(pl.col("dimension_2").is_null())
    columns = ("dimension_1", "value_1", "verdict", "is_sensitive_to_issue_coding", "moved_issues")
    return {(name, value): tuple(rest) for name, value, *rest in found.select(columns).iter_rows()}


def test_a_verdict_that_a_merged_code_makes_is_marked() -> None:
    found = _verdicts(_contacts(np.random.default_rng(31), 24_000, merged=True, planted=False))
    for segment in (("workflow", 0), ("workflow", 1), ("issue", 0)):
        assert found[segment] == ("diverging", True, [0, 3])
    # Nothing happened to the others.
    assert found["issue", 1] == ("aligned", None, [])


def test_a_divergence_that_other_issues_show_too_is_not_marked() -> None:
    found = _verdicts(_contacts(np.random.default_rng(32), 24_000, merged=True, planted=True))
    assert found["workflow", 1] == ("diverging", False, [0, 3])
    assert found["workflow", 0][:2] == ("diverging", True)
    calm = _verdicts(_contacts(np.random.default_rng(33), 24_000, merged=False, planted=True))
    assert calm["workflow", 1] == ("diverging", False, [])
    assert calm["workflow", 0] == ("aligned", None, [])

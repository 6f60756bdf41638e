"""Validity of the claim by hand, against statsmodels and scipy, under clustering, and where nothing can be said."""

import math

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from scipy.stats import t as student

from pipelines.statistics import wilson
from pipelines.statistics.validity import (
    claim_validity,
    issue_changed,
    line,
    monthly_moves,
    moved_together,
    rank_correlation,
    rate_variance,
)


def _contacts(seed: int, n: int, *, customers: int | None = None, strength: float = 0.0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    customer = np.arange(n) if customers is None else rng.integers(0, customers, n)
    level = rng.normal(size=n)[customer]
    held = rng.random(n) < np.clip(0.7 + strength * level, 0, 1)
    claimed = rng.random(n) < np.clip(np.where(held, 0.9, 0.6) + strength * level, 0, 1)
    return pl.DataFrame({"month": ["2026-01"] * n, "customer": customer, "claimed": claimed, "resolved_outcome": held})


def test_by_hand() -> None:
    # 40 held and were claimed, 10 held unclaimed, 30 claimed and did not hold, 20 neither; every customer once.
    cells = [(True, True)] * 40 + [(False, True)] * 10 + [(True, False)] * 30 + [(False, False)] * 20
    contacts = pl.DataFrame(
        {
            "queue": [None] * 100,
            "customer": range(100),
            "claimed": [c for c, _ in cells],
            "resolved_outcome": [o for _, o in cells],
        }
    )
    rows = {row["measure"]: row for row in claim_validity(contacts, ["queue"], min_n=30).iter_rows(named=True)}
    assert {name: row["value"] for name, row in rows.items()} == pytest.approx(
        {
            "sensitivity": 40 / 50,
            "specificity": 20 / 50,
            "false_resolution_rate": 30 / 70,
            "fcr_claimed": 70 / 100,
            "fcr_outcome": 50 / 100,
        }
    )
    # Every customer once: G / (G − 1) Σ e² / np(1 − p) = G / (G − 1), and Student's t with 49 degrees of freedom.
    deff = 50 / 49 * (2.009575 / 1.959964) ** 2
    assert rows["sensitivity"]["deff"] == pytest.approx(deff)
    lower, upper = wilson(40, 50, deff)
    assert (rows["sensitivity"]["lower"], rows["sensitivity"]["upper"]) == pytest.approx((lower, upper))
    assert rows["sensitivity"]["numerator"] == 40
    assert rows["sensitivity"]["denominator"] == 50


def test_nothing_is_published_below_min_n() -> None:
    contacts = pl.DataFrame(
        {"queue": [1] * 40, "customer": range(40), "claimed": [True] * 40, "resolved_outcome": [True] * 40}
    )
    rows = {row["measure"]: row for row in claim_validity(contacts, ["queue"]).iter_rows(named=True)}
    assert rows["specificity"]["reason"] == "no contacts that did not hold"
    assert rows["specificity"]["value"] is None
    assert rows["sensitivity"]["value"] == 1
    assert rows["sensitivity"]["upper"] == 1
    few = claim_validity(contacts.head(12), ["queue"])
    assert few["reason"].null_count() == 0
    assert few.filter(pl.col("measure") == "sensitivity")["reason"][0] == "12 contacts that held, fewer than 30"
    assert claim_validity(contacts.head(0), ["queue"]).height == 0
    unknown = contacts.with_columns(pl.lit(None, dtype=pl.Boolean).alias("claimed"))
    assert claim_validity(unknown, ["queue"]).height == 0


def test_one_customer_is_one_observation() -> None:
    contacts = _contacts(1, 200).with_columns(customer=pl.lit(7))
    assert (claim_validity(contacts, ["month"]).select(pl.col("upper") - pl.col("lower")) > 0.5).to_series().all()


def test_the_design_effect_is_statsmodels_clustered_variance() -> None:
    contacts = _contacts(2, 900, customers=200, strength=0.15)
    row = claim_validity(contacts, ["month"]).filter(pl.col("measure") == "fcr_claimed").row(0, named=True)
    y = contacts["claimed"].to_numpy().astype(float)
    fit = sm.OLS(y, np.ones(len(y))).fit(
        cov_type="cluster",
        cov_kwds={"groups": contacts["customer"].to_numpy(), "use_correction": False, "df_correction": False},
    )
    groups = contacts["customer"].n_unique()
    by_statsmodels = fit.cov_params()[0, 0] * groups / (groups - 1) / (y.mean() * (1 - y.mean()) / len(y))
    # Made cautious and turned to Student's t by hand, as `clusters.clustered_rate` says.
    sizes = contacts["customer"].value_counts()["count"].to_numpy().astype(float)
    k, effective = (sizes**2).sum() / 900, 900**2 / (sizes**2).sum()
    cautious = by_statsmodels * (1 + math.sqrt(2 * (k - 1) / (k * (effective - 1))))
    assert cautious < k
    assert row["deff"] == pytest.approx(cautious * (student.ppf(0.975, effective - 1) / 1.959964) ** 2)


def test_intervals_cover_with_clustered_customers() -> None:
    inside = 0
    for seed in range(150):
        contacts = _contacts(1000 + seed, 400, customers=100, strength=0.12)
        row = claim_validity(contacts, ["month"]).filter(pl.col("measure") == "fcr_outcome").row(0, named=True)
        inside += row["lower"] <= 0.699 <= row["upper"]  # E clip(.7 + .12 z) = .699
    # Monte Carlo error of 150 draws: √(.05 · .95 / 150) = .0178
    assert inside / 150 > 0.95 - 2.5 * 0.0178


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_row_order_and_customer_names_do_not_matter(seed: int) -> None:
    contacts = _contacts(seed, 150, customers=60, strength=0.1)
    shuffled = contacts.sample(fraction=1.0, shuffle=True, seed=seed).with_columns(customer=1000 - pl.col("customer"))
    one, other = claim_validity(contacts, ["month"]), claim_validity(shuffled, ["month"])
    assert one.drop("value", "lower", "upper", "deff").equals(other.drop("value", "lower", "upper", "deff"))
    for name in ("value", "lower", "upper", "deff"):
        assert one[name].fill_null(-1).to_numpy() == pytest.approx(other[name].fill_null(-1).to_numpy(), abs=1e-9)


def test_moves() -> None:
    rows = [
        ("2026-01", 1, "fcr_claimed", 0.70), ("2026-01", 1, "fcr_outcome", 0.60),
        ("2026-02", 1, "fcr_claimed", 0.75), ("2026-02", 1, "fcr_outcome", 0.50),
        ("2026-03", 1, "fcr_claimed", 0.74), ("2026-03", 1, "fcr_outcome", 0.45),
        ("2026-02", 2, "fcr_claimed", 0.50), ("2026-02", 2, "fcr_outcome", 0.50),
    ]  # fmt: skip
    table = pl.DataFrame(rows, schema=["month", "queue", "measure", "value"], orient="row")
    moves = monthly_moves(table, ["queue"], "month", proxy="fcr_claimed", outcome="fcr_outcome")
    assert moves["month"].to_list() == ["2026-02", "2026-03"]
    assert moves["proxy_change"].to_list() == pytest.approx([0.05, -0.01])
    assert moves["outcome_change"].to_list() == pytest.approx([-0.10, -0.05])


def test_moved_together() -> None:
    # 12 together, 4 apart, one stood still, one unknown: 12 / 16, two-sided binomial p = 2 · 2517 / 65536.
    proxy = [1.0] * 12 + [1.0] * 4 + [0.0, math.nan]
    outcome = [0.5] * 12 + [-0.5] * 4 + [1.0, 1.0]
    share = moved_together(proxy, outcome)
    assert share.segments == 16
    assert share.value == 0.75
    assert (share.lower, share.upper) == pytest.approx(wilson(12, 16))
    assert share.p == pytest.approx(2 * 2517 / 65536)
    assert moved_together([1.0] * 3, [1.0] * 3).reason == "3 segments moved, fewer than 10"


def test_rank_correlation() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=60)
    y = -x + rng.normal(size=60)
    found = rank_correlation(np.append(x, math.nan), np.append(y, 1.0))
    assert found.segments == 60
    assert found.value == pytest.approx(spearmanr(x, y).statistic)
    assert found.p == pytest.approx(spearmanr(x, y).pvalue)
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < found.value < found.upper < 0
    assert rank_correlation(x, np.ones(60)).reason == "one of the two is the same in every segment"
    assert rank_correlation(x[:5], y[:5]).reason == "5 segments, fewer than 10"
    assert rank_correlation(x, x).value == pytest.approx(1)


def test_issue_changed() -> None:
    issue, following = np.repeat([1, 2, 1, -1, 3], 20), np.repeat([1, 3, 2, 1, -1], 20)
    rate = issue_changed(issue, following)
    assert (rate.numerator, rate.denominator) == (40, 60)
    assert rate.value == pytest.approx(2 / 3)
    assert issue_changed([], []).reason == "no repeats with both issues known"


def test_line_is_weighted_least_squares() -> None:
    values, variances = np.array([0.88, 0.86, math.nan, 0.80, 0.79]), np.array([1e-4, 2e-4, 1.0, 1e-4, 3e-4])
    known = ~np.isnan(values)
    fit = sm.WLS(values[known], sm.add_constant(np.arange(5)[known]), weights=1 / variances[known]).fit()
    found = line(values, variances)
    assert found.slope == pytest.approx(fit.params[1])
    assert found.upper is not None
    # With known variances the scale is 1, not the residuals'.
    assert (found.upper - fit.params[1]) / 1.959964 == pytest.approx(
        math.sqrt(fit.normalized_cov_params[1, 1]), rel=1e-6
    )
    assert line([0.5, 0.6], [1e-4, 1e-4]).reason == "2 of 3 months"


def test_rate_variance_is_never_certain() -> None:
    assert rate_variance(0, 100) == pytest.approx((0.5 / 101) * (100.5 / 101) / 100)
    assert rate_variance(50, 100, 2.0) == pytest.approx(0.25 / 50)
    with pytest.raises(ValueError, match="no rate"):
        rate_variance(0, 0)


def test_nothing_measured_moves_nothing() -> None:
    contacts = _contacts(1, 60)
    for rows in (contacts.head(0), contacts):  # no month, and one month
        table = claim_validity(rows.with_columns(queue=pl.lit(1)), ["month", "queue"])
        moves = monthly_moves(table, ["queue"], "month", proxy="fcr_claimed", outcome="fcr_outcome")
        assert moves.columns == ["month", "queue", "proxy_change", "outcome_change"]
        assert moves.height == 0


def test_all_right_is_known_by_customers_not_contacts() -> None:
    rows = [(i % 10, True, True, "2026-01") for i in range(100)]
    contacts = pl.DataFrame(rows, schema=["customer", "claimed", "resolved_outcome", "month"], orient="row")
    row = claim_validity(contacts, ["month"]).filter(pl.col("measure") == "fcr_claimed").row(0, named=True)
    # Ten of ten, Student's t with 9 degrees: 10 / (10 + t²).
    assert row["lower"] == pytest.approx(10 / (10 + student.ppf(0.975, 9) ** 2))


def test_perfect_order_is_no_certainty() -> None:
    # Twelve in the same order: the two perfect orders of 12!, and an interval that ends at 1 but does not begin there.
    found = rank_correlation(range(12), range(12))
    assert (found.value, found.upper) == (1, 1)
    assert 0.9 < found.lower < 1
    assert found.p == pytest.approx(2 / math.factorial(12))
    back = rank_correlation(range(12), range(12)[::-1])
    assert (back.value, back.lower, back.upper) == (-1, -1, -found.lower)


def test_a_line_leaves_out_what_is_not_finite() -> None:
    plain = line([0.5, math.nan, 0.3, 0.2], [0.01] * 4)
    assert line([0.5, math.inf, 0.3, 0.2], [0.01] * 4) == plain
    assert line([0.5, 0.4, 0.3, 0.2], [0.01, math.inf, 0.01, 0.01]) == plain
    assert line([0.5, 0.4], [math.nan, 0.01]).reason == "1 of 3 months"

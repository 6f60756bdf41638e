"""What all tables of statistics have in common, and the small ones: client's terms, small segments."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from builders.analysis_inputs import FIRST_DAY, LAST_DAY, empty, frame, only

from pipelines.analyses.client_terms import client_terms_tables
from pipelines.analyses.groups import days, group_name, groups, table
from pipelines.analyses.small_segments import small_segments_table
from pipelines.contract import ANALYSIS_TABLES
from pipelines.contract.published_model import PublishedKind

TYPES = {
    PublishedKind.TEXT: pl.String,
    PublishedKind.COUNT: pl.Int64,
    PublishedKind.MEASURE: pl.Float64,
    PublishedKind.FLAG: pl.Boolean,
    PublishedKind.DAY: pl.Date,
}


@pytest.mark.parametrize("name", ANALYSIS_TABLES)
@pytest.mark.parametrize("rows", [[], pl.DataFrame(), pl.DataFrame(schema={"reason": pl.String})])
def test_no_rows_are_an_empty_table_with_the_contracts_columns_and_types(name: str, rows: Any) -> None:
    if isinstance(rows, pl.DataFrame) and "reason" not in ANALYSIS_TABLES[name].column_names:
        rows = pl.DataFrame()
    made = table(name, rows)
    assert made.height == 0
    assert dict(made.schema) == {column.name: TYPES[column.kind] for column in ANALYSIS_TABLES[name].columns}


def test_nan_becomes_null_and_what_is_left_out_is_null() -> None:
    rows: list[dict[str, Any]] = [
        {"segment": "{}", "value": float("nan"), "lower": 0.5, "numerator": 3},
        {"segment": "{}", "value": np.float64(0.25), "upper": None, "p": np.nan},
    ]
    for given in (rows, pl.DataFrame(rows, strict=False)):
        made = table("proxy_validity", given)
        assert made["value"].to_list() == [None, 0.25]
        assert made["lower"].to_list() == [0.5, None]
        assert made["numerator"].to_list() == [3, None]
        assert made["p"].to_list() == made["upper"].to_list() == made["reason"].to_list() == [None, None]


def test_a_column_that_the_contract_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="proxy_validity has no column slope"):
        table("proxy_validity", [{"segment": "{}", "slope": 1.0}])
    with pytest.raises(ValueError, match="has no column slope"):
        table("proxy_validity", pl.DataFrame({"slope": []}))


def test_groups_in_the_order_of_their_values_without_nulls() -> None:
    given = pl.DataFrame({"a": ["y", None, "x", "y"], "n": [2, 2, None, 1]})
    assert [(dict(g.values), g.rows.tolist()) for g in groups(given, ["a"])] == [
        ({"a": "x"}, [2]),
        ({"a": "y"}, [0, 3]),
    ]
    assert [(dict(g.values), g.rows.tolist()) for g in groups(given, ["a", "n"])] == [
        ({"a": "y", "n": 1}, [3]),
        ({"a": "y", "n": 2}, [0]),
    ]
    assert [(dict(g.values), g.rows.tolist()) for g in groups(given, [])] == [({}, [0, 1, 2, 3])]
    assert list(groups(given.clear(), [])) == list(groups(given.clear(), ["a"])) == []


def test_names() -> None:
    assert group_name({}) == "{}"
    assert group_name({"workflow": "b", "ai_model": "m"}) == '{"ai_model": "m", "workflow": "b"}'
    assert group_name({"hour_of_day": 9}) == '{"hour_of_day": 9}'
    assert group_name({"region": 'ñ "x"'}) == '{"region": "ñ \\"x\\""}'
    assert days(date(2026, 1, 2), date(2026, 2, 1)) == "2026-01-02/2026-02-01"


# --- Client's terms -----------------------------------------------------------------------------------------------


def test_without_enough_ratings_one_row_says_why() -> None:
    found = client_terms_tables(empty("int_rated_closings"))
    assert (found.terms.height, found.curve.height) == (1, 0)
    row = only(found.terms)
    assert (row["contacts"], row["fitted_on"], row["judged_on"], row["intercept"], row["auc"]) == (0, 0, 0, None, None)
    assert row["reason"] == "0 contacts with scored turns and a later CSAT, fewer than 200"
    assert found.curve.columns == list(ANALYSIS_TABLES["client_terms_curve"].column_names)


def closings(number: int, seed: int = 5) -> pl.DataFrame:
    """Ratings that closing words tell most of: high where P(positive) is, and sometimes not."""
    rng = np.random.default_rng(seed)
    rows = []
    for place in range(number):
        positive = rng.random()
        negative = (1 - positive) * rng.random()
        rows.append(
            {
                "ended_us": place,
                "closing_negative": negative,
                "closing_neutral": 1 - positive - negative,
                "closing_positive": positive,
                "csat": int(rng.integers(4, 6) if rng.random() < 0.1 + 0.8 * positive else rng.integers(1, 3)),
            }
        )
    return frame("int_rated_closings", rows)


def test_with_enough_ratings_the_scale_ranks() -> None:
    found = client_terms_tables(closings(600))
    row = only(found.terms)
    # The earliest 70% are fitted on, no rating lies between low and high.
    assert (row["contacts"], row["fitted_on"], row["judged_on"], row["reason"]) == (600, 420, 180, None)
    assert row["auc"] > 0.7
    assert row["positive"] > row["negative"]
    assert row["gain"] == pytest.approx(row["brier_raw"] - row["brier"])
    assert found.curve["confidence"].is_sorted()
    assert found.curve["estimate"].is_sorted()
    assert found.curve.height > 0


def test_199_ratings_are_too_few() -> None:
    assert only(client_terms_tables(closings(199)).terms)["reason"].startswith("199 contacts")
    assert only(client_terms_tables(closings(200)).terms)["reason"] is None


# --- Small segments -----------------------------------------------------------------------------------------------


def counts(rows: list[dict[str, Any]], **shared: Any) -> pl.DataFrame:
    """A group is of customers with two contacts each, unless it says otherwise."""
    shared = {"kind": "agent_id", "measure": "repeat_any_30d", "first_day": FIRST_DAY, "last_day": LAST_DAY, **shared}
    rows = [{"sum_squares": 2 * row["n"], **row} for row in rows]
    return frame("input_group_counts", rows, **shared).sort("kind", "measure", "name")


def effects(*rows: tuple[str, str, float]) -> pl.DataFrame:
    schema = {"metric": pl.String, "dimension": pl.String, "correlation": pl.Float64}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


AGENTS = [{"name": f"a{place}", "numerator": 3 * place, "n": 60} for place in range(1, 9)]


def test_raw_rates_counts_and_ranks() -> None:
    made = small_segments_table(counts(AGENTS), effects(), 30)
    assert made["name"].to_list() == [f"a{place}" for place in range(1, 9)]
    assert made["raw"].to_list() == pytest.approx([place / 20 for place in range(1, 9)])
    assert made["numerator"].to_list() == [3 * place for place in range(1, 9)]
    assert made["rank"].to_list() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert set(made["period"]) == {"2026-01-01/2026-04-22"}
    assert set(made["groups"]) == {8}
    # Shrunk towards the mean of 22.5%, never past it.
    for raw, shrunk, lower, upper in made.select("raw", "shrunk", "lower", "upper").iter_rows():
        assert min(raw, 0.225) <= shrunk <= max(raw, 0.225)
        assert lower < shrunk < upper


def test_customers_who_resemble_each_other_shrink_more_by_the_correlation_of_the_kind_or_else_of_all() -> None:
    def weight(kind: str, *rows: tuple[str, str, float], group: int = 0) -> float:
        agents = [{**AGENTS[0], "sum_squares": 60}, *AGENTS[1:]]
        return float(small_segments_table(counts(agents, kind=kind), effects(*rows), 30)["weight"][group])

    plain, wide = weight("queue", group=1), weight("queue", ("repeat_any_30d", "queue", 1.0), group=1)
    assert wide < plain
    every = ("repeat_any_30d", "all", 1.0)
    assert weight("queue", every, ("repeat_any_30d", "queue", 0.0), group=1) == pytest.approx(plain)
    assert weight("agent_id", every, group=1) == pytest.approx(wide)
    assert weight("agent_id", ("false_resolution", "all", 1.0), group=1) == pytest.approx(plain)
    # 60 contacts of 60 customers tell twice as much as 60 of 30 who always meet the same.
    alone, repeated = weight("queue", every), weight("queue", every, group=1)
    assert alone / (1 - alone) == pytest.approx(2 * repeated / (1 - repeated), rel=0.1)  # exact at one concentration


def test_complaints_are_per_thousand_and_kinds_and_measures_stay_apart() -> None:
    rows = [
        *({**agent, "measure": "complaints_per_1000", "numerator": place % 3} for place, agent in enumerate(AGENTS)),
        *({**agent, "kind": "queue", "n": 600} for agent in AGENTS),
        *AGENTS,
    ]
    made = small_segments_table(counts(rows), effects(), 30)
    row = only(made, kind="agent_id", name="a3", measure="complaints_per_1000")
    assert (row["numerator"], row["n"], row["raw"]) == (2, 60, pytest.approx(1000 * 2 / 60))
    assert row["prior_mean"] == pytest.approx(1000 * 7 / 480, rel=0.05)
    assert only(made, kind="queue", name="a8", measure="repeat_any_30d")["raw"] == pytest.approx(0.04)
    assert only(made, kind="agent_id", name="a8", measure="repeat_any_30d")["raw"] == pytest.approx(0.4)


def test_fewer_than_five_groups_are_raw_and_the_row_says_why() -> None:
    made = small_segments_table(counts(AGENTS[:4]), effects(), 30)
    assert made["raw"].to_list() == pytest.approx([0.05, 0.1, 0.15, 0.2])
    for name in ("shrunk", "lower", "upper", "weight", "rank", "prior_mean", "prior_concentration"):
        assert made[name].null_count() == 4, name
    assert made["reason"].null_count() == 0


def test_no_group_no_row() -> None:
    made = small_segments_table(empty("input_group_counts"), effects(), 30)
    assert made.columns == list(ANALYSIS_TABLES["small_segments"].column_names)
    assert made.height == 0


def test_a_group_of_few_has_neither_rate_nor_rank() -> None:
    """The agent with the worst share has 29 contacts: nobody is told that it is the worst; it still counts in the usual."""
    made = small_segments_table(counts([*AGENTS, {"name": "few", "numerator": 29, "n": 29}]), effects(), 30)
    few = only(made, kind="agent_id", name="few", measure="repeat_any_30d")
    assert (few["numerator"], few["n"], few["reason"]) == (29, 29, "29 contacts, fewer than 30")
    assert [few[name] for name in ("raw", "shrunk", "lower", "upper", "weight", "rank")] == [None] * 6
    assert set(made["groups"]) == {9}
    others = made.filter(pl.col("name") != "few")
    assert others["rank"].to_list() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert others["reason"].null_count() == 8

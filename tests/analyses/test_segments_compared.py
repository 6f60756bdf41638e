"""Segment divergence on the contract's columns: days, names, minimum effects, and what it comes to in money."""

import json
from datetime import date
from typing import Any

import polars as pl
import pytest
from builders.analysis_inputs import FIRST_DAY, LAST_DAY, empty, frame, only, times

from pipelines.analyses.divergence import divergence_table, measures
from pipelines.config import DivergenceSettings
from pipelines.config.costs import Costs
from pipelines.contract import ANALYSIS_TABLES

SETTINGS = DivergenceSettings()
PRICED = Costs(repeat_contact=7.0, complaint=250.0)
#: 300 contacts in either period; of the baseline 60 come back and 3 complain, of the period 150 and 9.
BACK, COMPLAINED = (60, 150), (3, 9)


def contacts(rows: list[dict[str, Any]], begins: date = FIRST_DAY) -> pl.DataFrame:
    """Those of the period are of its last day, those of the baseline of the day on which it ``begins``."""
    found = frame("input_divergence_contacts", rows, first_day=FIRST_DAY, last_day=LAST_DAY, day=LAST_DAY)
    return found.with_columns(day=pl.when(pl.col("period") == 0).then(pl.lit(begins)).otherwise("day"))


def rushed(**cells: Any) -> list[dict[str, Any]]:
    """A segment whose handle time falls while its repeats rise; the others of its measures are not recorded."""
    return [
        {
            "period": period,
            "issue": "i",
            "handle_seconds": (400.0, 200.0)[period] + place % 7,
            "repeat": place < BACK[period],
            "complaint": place >= 300 - COMPLAINED[period],
            **cells,
        }
        for period in (0, 1)
        for place in range(300)
    ]


def compared(rows: list[dict[str, Any]], costs: Costs = PRICED, min_n: int = 30) -> pl.DataFrame:
    return divergence_table(contacts(rows), SETTINGS, costs, min_n=min_n)


def test_days_come_from_the_last_closed_day() -> None:
    row = only(compared(rushed()))
    # 28 days to 22 April, and 84 days before them.
    assert (row["period"], row["baseline"]) == ("2026-03-26/2026-04-22", "2026-01-01/2026-03-25")
    shorter = divergence_table(
        contacts(rushed(), date(2026, 4, 15)),
        DivergenceSettings(period_days=1, baseline_days=7),
        PRICED,
        min_n=30,
    )
    row = only(shorter)
    assert (row["period"], row["baseline"]) == ("2026-04-22/2026-04-22", "2026-04-15/2026-04-21")


def test_a_baseline_begins_with_its_first_contact() -> None:
    """84 days were to be compared with; the data begins on 24 March, and of the two days left one holds contacts."""
    made = divergence_table(contacts(rushed(), date(2026, 3, 24)), SETTINGS, PRICED, min_n=30)
    row = only(made)
    assert (row["baseline"], row["baseline_days"], row["baseline_days_with_data"]) == ("2026-03-24/2026-03-25", 84, 1)


def test_a_diverging_segment_and_its_money_by_hand() -> None:
    # Repeats rise from 20 to 50% of 300 contacts: 90 more, 630 EUR. Complaints from 1 to 3%: 6 more, 1,500 EUR.
    row = only(compared(rushed(workflow="w")), segment='{"workflow": "w"}')
    assert (row["verdict"], row["lead_proxy"], row["lead_outcome"]) == ("diverging", "handle_seconds", "repeat")
    assert (row["contacts_baseline"], row["contacts_period"], row["customers"]) == (300, 300, 300)
    expected = {
        "repeat_baseline": 0.2,
        "repeat_period": 0.5,
        "repeat_change": 0.3,
        "complaint_change": 0.02,
        "handle_seconds_change": -200.0,
        "excess_repeats": 90.0,
        "excess_complaints": 6.0,
        "money": 90 * 7.0 + 6 * 250.0,
        "money_lower": 300 * (row["repeat_lower"] * 7 + row["complaint_lower"] * 250),
        "money_upper": 300 * (row["repeat_upper"] * 7 + row["complaint_upper"] * 250),
    }
    assert {name: row[name] for name in expected} == pytest.approx(expected)
    assert row["money_lower"] < row["money"] < row["money_upper"]
    assert row["money_counts"] == "repeats_and_complaints"
    # Workflow and issue name the same contacts; the dimension that comes first names the segment.
    assert json.loads(row["same_as"]) == [{"issue": "i"}, {"issue": "i", "workflow": "w"}]
    assert row["q"] == pytest.approx(row["p"])


@pytest.mark.parametrize(
    ("costs", "money", "counts"),
    [
        (Costs(), None, None),
        (Costs(repeat_contact=7.0), 630.0, "repeats"),
        (Costs(complaint=250.0), 1500.0, "complaints"),
        (Costs(repeat_contact=0.0, complaint=0.0), 0.0, "repeats_and_complaints"),
        (Costs(wrong_answer=1.0, handoff=1.0), None, None),
    ],
)
def test_what_has_no_price_is_not_counted_in_money(costs: Costs, money: float | None, counts: str | None) -> None:
    row = only(compared(rushed(), costs))
    assert (row["excess_repeats"], row["excess_complaints"]) == (pytest.approx(90), pytest.approx(6))
    assert row["money"] == (None if money is None else pytest.approx(money))
    assert [row[f"money_{end}"] is None for end in ("lower", "upper")] == [money is None] * 2
    assert row["money_counts"] == counts


def test_a_measure_without_contacts_adds_no_money() -> None:
    row = only(compared(rushed(complaint=None)))
    assert (row["excess_complaints"], row["money"]) == (None, pytest.approx(630.0))
    assert (row["complaint_change"], row["money_counts"]) == (None, "repeats")
    # With neither there is no amount, although both have a price.
    row = only(compared(rushed(complaint=None, repeat=None)))
    assert (row["excess_repeats"], row["money"], row["verdict"]) == (None, None, "insufficient")
    assert row["money_counts"] is None
    assert row["reason"]


def test_undervalued_is_the_reverse() -> None:
    rows = [row | {"period": 1 - row["period"]} for row in rushed()]
    row = only(compared(rows))
    assert (row["verdict"], row["money"]) == ("undervalued", pytest.approx(-2130.0))


def test_money_is_counted_without_a_verdict_too() -> None:
    still = [row | {"handle_seconds": 300.0 + place % 5} for place, row in enumerate(rushed())]
    row = only(compared(still))
    assert (row["verdict"], row["money"]) == ("aligned", pytest.approx(2130.0))


def test_a_null_value_forms_no_segment() -> None:
    names = set(compared([*rushed(), *rushed(issue=None, region="r")])["segment"])
    assert names == {'{"issue": "i"}', '{"region": "r"}'}
    assert compared(rushed(issue=None)).height == 0


def test_min_n_decides_which_segments_there_are() -> None:
    few = [row for row in rushed(region="r") if row["period"] == 0 or row["repeat"]][:-121]
    assert sum(row["period"] for row in few) == 29
    rows = [*rushed(), *few]
    assert set(compared(rows)["segment"]) == {'{"issue": "i"}'}
    assert '{"region": "r"}' in set(compared(rows, min_n=29)["segment"])


def test_the_cause_is_named_by_its_segment() -> None:
    steady = [
        row | {"handle_seconds": 400.0 + row["handle_seconds"] % 7, "repeat": place % 5 == 0}
        for place, row in enumerate(rushed())
    ]
    rows = [
        *({**row, "mode": "ai_primary", "workflow": "w"} for row in rushed()),
        *({**row, "mode": "ai_primary", "workflow": "v"} for row in steady),
        *({**row, "mode": "joint", "workflow": "w"} for row in steady),
    ]
    table = compared(rows)
    narrow = only(table, segment='{"mode": "ai_primary", "workflow": "w"}')
    assert (narrow["verdict"], narrow["cause_segment"], narrow["within_segment"]) == ("diverging", None, None)
    wide = only(table, segment='{"mode": "ai_primary"}')
    assert (wide["verdict"], wide["cause_segment"]) == ("diverging", narrow["segment"])


def test_a_pair_that_only_repeats_a_single_names_it() -> None:
    # All of mode ai_primary diverges alike; both halves of it are no news.
    rows = [row | {"mode": "ai_primary", "region": "ab"[place % 2]} for place, row in enumerate(rushed())]
    rows += [
        row | {"mode": "joint", "region": "ab"[place % 2], "handle_seconds": 400.0, "repeat": place % 5 == 0}
        for place, row in enumerate(rushed())
    ]
    table = compared(rows)
    assert only(table, segment='{"mode": "ai_primary"}')["cause_segment"] is None
    for region in "ab":
        pair = only(table, segment=f'{{"mode": "ai_primary", "region": "{region}"}}')
        assert (pair["verdict"], pair["within_segment"]) == ("diverging", '{"mode": "ai_primary"}')


def test_minimum_effects_are_the_configured_ones() -> None:
    settings = DivergenceSettings(min_handle_time=0.5, min_rate=0.1, min_complaints=30, min_sentiment=0.4)
    found = {measure.name: measure.minimum for measure in measures(settings)}
    assert found == {
        "handle_seconds": 0.5,
        "claimed": 0.1,
        "contained": 0.1,
        "repeat": 0.1,
        "false_resolution": 0.1,
        "complaint": 0.03,
        "post_call_sentiment": 0.4,
    }
    # Handle time halves, less what it varies: 60% would be asked for.
    strict = divergence_table(contacts(rushed()), DivergenceSettings(min_handle_time=0.6), PRICED, min_n=30)
    assert only(strict)["verdict"] == "aligned"


def test_nobody_no_segment() -> None:
    nothing = divergence_table(empty("input_divergence_contacts"), SETTINGS, PRICED, min_n=30)
    assert nothing.columns == list(ANALYSIS_TABLES["segment_divergence"].column_names)
    assert nothing.height == 0
    assert compared(times(3, period=1, issue="i")).height == 0
    assert date.fromisoformat(only(compared(rushed()))["period"][:10]) < LAST_DAY

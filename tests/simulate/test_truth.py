"""The stated repeat probabilities: exact where they can be derived by hand, true where they are counted."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from simulated_landing import eligible, read_table

from pipelines.simulate import SimulationSummary
from pipelines.simulate.contacts import NEVER, Contacts, Setting, return_distribution
from pipelines.simulate.customers import Customers, issue_shares
from pipelines.simulate.rhythm import DAY, Rhythm, horizon, wind_clock
from pipelines.simulate.truth import WINDOWS_DAYS, repeat_probabilities
from pipelines.simulate.world import World

# A flat rhythm makes the clock of habits the plain clock: R(t) is days since the warm-up's start.
FLAT = World(rhythm=Rhythm(weekdays=(1.0,) * 7, peaks=(12.0,), peak_shares=(1.0,), peak_hours_wide=1e6, night=1e9))
BILLING, REFUND = 0, 1


def _setting(rate: float) -> Setting:
    span = horizon(date(2026, 9, 30), 60, 14, ZoneInfo("UTC"))
    one = np.zeros(1, dtype=np.int64)
    customers = Customers(np.array([rate]), one, one, one, one, one, np.zeros(1), np.ones(1, dtype=bool))
    return Setting(FLAT, span, wind_clock(FLAT.rhythm, span, 40), customers, np.array([0]))


def _contacts(setting: Setting, rows: list[tuple[int, float, bool, float | None]]) -> Contacts:
    """Contacts of one customer from (issue, day of start, resolved, day of return); each lasts a tenth of a day."""
    day = np.array([row[1] for row in rows])
    started = (setting.span.first + day * DAY).astype(np.int64)
    back = [NEVER if row[3] is None else int(setting.span.first + row[3] * DAY) for row in rows]
    zero = np.zeros(len(rows), dtype=np.int64)
    columns = dict.fromkeys(Contacts.__dataclass_fields__, zero)
    columns |= {"issue": np.array([row[0] for row in rows]), "started": started, "ended": started + DAY // 10}
    return Contacts(**columns | {"resolved": np.array([row[2] for row in rows]), "returns_at": np.array(back)})


def _weibull(days: float, issue: int) -> float:
    """F of the return's delay, written out: (1 - exp(-(d/s)^k)) / (1 - exp(-(45/s)^k))."""
    scale, shape = FLAT.issues[issue].return_scale_days, FLAT.return_shape
    return float(-np.expm1(-((days / scale) ** shape)) / -np.expm1(-((45.0 / scale) ** shape)))


def test_resolved_contact_repeats_by_new_occasions_alone() -> None:
    setting = _setting(rate=0.02)
    same, either = repeat_probabilities(setting, _contacts(setting, [(BILLING, 5.0, True, None)]))
    share = issue_shares(FLAT)[0, BILLING]
    for window, days in enumerate(WINDOWS_DAYS):
        # From its start, a tenth of a day before its end.
        assert either[window, 0] == pytest.approx(1 - np.exp(-0.02 * (days + 0.1)), abs=1e-9)
        assert same[window, 0] == pytest.approx(1 - np.exp(-0.02 * share * (days + 0.1)), abs=1e-9)


def test_unresolved_contact_repeats_by_its_own_return() -> None:
    setting = _setting(rate=0.0)
    same, either = repeat_probabilities(setting, _contacts(setting, [(BILLING, 5.0, False, None)]))
    expected = [FLAT.issues[BILLING].return_probability * _weibull(days, BILLING) for days in WINDOWS_DAYS]
    assert same[:, 0] == pytest.approx(expected, abs=1e-9)
    assert either[:, 0] == pytest.approx(expected, abs=1e-9)


def test_an_earlier_contact_still_awaited_counts_from_its_age() -> None:
    setting = _setting(rate=0.0)
    # A refund asked for on day 5, unresolved, has brought nobody back by day 7; then a bill is settled.
    same, either = repeat_probabilities(
        setting, _contacts(setting, [(REFUND, 5.0, False, 9.0), (BILLING, 7.0, True, None)])
    )
    a, age = FLAT.issues[REFUND].return_probability, 1.9
    # Window of a day after the second contact's end (day 7.1): until 3.0 days after the first one's end (day 5.1).
    expected = a * (_weibull(3.0, REFUND) - _weibull(age, REFUND)) / (1 - a * _weibull(age, REFUND))
    assert either[0, 1] == pytest.approx(expected, abs=1e-9)
    assert same[0, 1] == 0


def test_a_return_that_has_come_is_no_longer_awaited() -> None:
    setting = _setting(rate=0.0)
    same, either = repeat_probabilities(
        setting, _contacts(setting, [(REFUND, 5.0, False, 7.0), (REFUND, 7.0, True, None)])
    )
    assert same[:, 1].tolist() == either[:, 1].tolist() == [0.0, 0.0, 0.0]


def test_delays_follow_their_distribution() -> None:
    issue = np.array([BILLING, BILLING])
    assert return_distribution(FLAT, issue, np.array([-1.0, 45.0])).tolist() == [0.0, 1.0]
    assert return_distribution(FLAT, issue[:1], np.array([4.0]))[0] == pytest.approx(_weibull(4.0, BILLING))


@pytest.mark.parametrize("scope", ["any", "issue"])
@pytest.mark.parametrize("days", WINDOWS_DAYS)
def test_stated_probabilities_are_what_is_counted_in_the_files(
    large_operation: SimulationSummary, days: int, scope: str
) -> None:
    contacts = eligible(read_table(large_operation.out, "contacts"))
    truth = pl.read_parquet(large_operation.truth / "contacts.parquet").drop("issue", "customer_id")
    joined = contacts.join(truth, left_on="root", right_on="contact_id", how="left")
    assert joined["resolved"].null_count() == 0
    end = datetime(2026, 10, 1, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    whole = joined.filter(
        (pl.col("ended_at") + pl.duration(days=days) <= end) & pl.col(f"p_repeat_{scope}_{days}d").is_not_null()
    )
    counted = whole.with_columns(
        (pl.col(f"next_{scope}") <= pl.col("ended_at") + pl.duration(days=days))
        .fill_null(value=False)
        .alias("repeated"),
        pl.col(f"p_repeat_{scope}_{days}d").alias("p"),
    )
    assert counted.height > 35_000
    for grouping in (["mode"], ["issue"], ["mode", "issue"], ["resolved"], ["depth"]):
        groups = counted.group_by(grouping).agg(
            pl.len().alias("n"),
            (pl.col("repeated").cast(pl.Float64) - pl.col("p")).sum().alias("excess"),
            (pl.col("p") * (1 - pl.col("p"))).sum().sqrt().alias("se"),
        )
        # Given what came before, each contact's outcome is a new draw: variances add up although customers repeat.
        standardised = groups.filter(pl.col("n") >= 200).select((pl.col("excess") / pl.col("se")).abs().max()).item()
        assert standardised < 5, f"{grouping}: {standardised:.1f} standard errors"

"""The stated repeat probabilities: exact where they can be derived by hand, true where they are counted."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from builders.simulated_landing import eligible, last_versions, read_table

from pipelines.simulate import SimulationSummary, simulate
from pipelines.simulate.arrival_times import DAY, Rhythm, horizon, wind_clock
from pipelines.simulate.contacts import NEVER, Contacts, Setting, return_distribution
from pipelines.simulate.customers import Customers, issue_shares
from pipelines.simulate.parameters import PlantedChange, World
from pipelines.simulate.promises import BROKEN, NO_PROMISE
from pipelines.simulate.truth import WINDOWS_DAYS, repeat_probabilities

# A flat rhythm makes the clock of habits the plain clock: R(t) is days since the warm-up's start.
FLAT = World(
    rhythm=Rhythm(weekdays=(1.0,) * 7, peaks=(12.0,), peak_shares=(1.0,), peak_hours_wide=1e6, night=1e9), changes=()
)
BILLING, REFUND = 0, 1


def _setting(rate: float, world: World = FLAT) -> Setting:
    span = horizon(date(2026, 9, 30), 60, 14, ZoneInfo("UTC"))
    one = np.zeros(1, dtype=np.int64)
    customers = Customers(np.array([rate]), one, one, one, one, one, np.zeros(1), np.ones(1, dtype=bool))
    return Setting(world, span, wind_clock(world.rhythm, span, 40), customers, np.array([0]))


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


def _more_disputes(name: str, region: str, day: int, factor: float) -> PlantedChange:
    """From the given day of 60 on."""
    return PlantedChange(name, "mix", (("region", region),), 59 - day, issue_factors=(("billing_dispute", factor),))


def test_new_occasions_are_split_where_the_mix_changes() -> None:
    # The customer has mobile, in the northeast: three issues are three times as likely, and the weights add up to 14.65.
    one, two = _more_disputes("one", "northeast", 12, 5.0), _more_disputes("two", "northeast", 20, 0.5)
    elsewhere = _more_disputes("elsewhere", "pacific", 15, 9.0)
    before, between, after = 1.5 / 14.65, 7.5 / 20.65, 3.75 / 16.9
    setting = _setting(0.02, replace(FLAT, changes=(one, elsewhere)))
    span_before = [(BILLING, 5.0, True, None)]
    same, either = repeat_probabilities(setting, _contacts(setting, span_before))
    # From day 5.0 to 6.1, 12.1 and 35.1; the change comes with day 12.
    times = [1.1 * before, 7.0 * before + 0.1 * between, 7.0 * before + 23.1 * between]
    assert same[:, 0] == pytest.approx(1 - np.exp(-0.02 * np.array(times)), abs=1e-9)
    assert either[:, 0] == pytest.approx(1 - np.exp(-0.02 * np.array([1.1, 7.1, 30.1])), abs=1e-9)
    # A contact that runs while the mix changes, and one that comes after.
    same, _ = repeat_probabilities(setting, _contacts(setting, [(BILLING, 11.95, True, None)]))
    assert same[0, 0] == pytest.approx(1 - np.exp(-0.02 * (0.05 * before + 1.05 * between)), abs=1e-9)
    same, _ = repeat_probabilities(setting, _contacts(setting, [(BILLING, 30.0, True, None)]))
    assert same[0, 0] == pytest.approx(1 - np.exp(-0.02 * 1.1 * between), abs=1e-9)
    # A second change multiplies on: three eras in one window.
    setting = _setting(0.02, replace(FLAT, changes=(two, one)))
    same, _ = repeat_probabilities(setting, _contacts(setting, span_before))
    assert same[2, 0] == pytest.approx(1 - np.exp(-0.02 * (7 * before + 8 * between + 15.1 * after)), abs=1e-9)


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


def test_a_stuck_customer_comes_back_more_often() -> None:
    setting = _setting(rate=0.0)
    contacts = replace(_contacts(setting, [(BILLING, 5.0, False, None)]), stuck=np.array([True]))
    same, _ = repeat_probabilities(setting, contacts)
    # Odds of .72 are 18/7; times exp(.5).
    odds = 18 / 7 * np.exp(0.5)
    assert same[2, 0] == pytest.approx(odds / (1 + odds) * _weibull(30.0, BILLING), abs=1e-9)


def _with_broken_promise(contacts: Contacts, setting: Setting, due_day: float) -> Contacts:
    """The first contact breaks a promise that is due on that day; the others promise nothing."""
    kind = np.full(len(contacts), NO_PROMISE)
    kind[0] = 0
    due = np.full(len(contacts), int(setting.span.first + due_day * DAY))
    return replace(contacts, promise=kind, promise_due_at=due, promise_fate=np.full(len(contacts), BROKEN))


def test_a_broken_promise_brings_back_whoever_it_was_made_to() -> None:
    setting = _setting(rate=0.0)
    contacts = _with_broken_promise(_contacts(setting, [(BILLING, 5.0, True, None)]), setting, due_day=8.0)
    same, either = repeat_probabilities(setting, contacts)
    # The contact ends at 5.1: the windows reach to 6.1, 12.1 and 35.1, the promise is due at 8.
    expected = [0.0, 0.5 * _promise_weibull(4.1), 0.5 * _promise_weibull(27.1)]
    assert same[:, 0] == pytest.approx(expected, abs=1e-9)
    assert either[:, 0] == pytest.approx(expected, abs=1e-9)


def test_an_unresolved_contact_with_a_broken_promise_has_two_reasons_to_bring_its_customer_back() -> None:
    setting = _setting(rate=0.0)
    contacts = _with_broken_promise(_contacts(setting, [(BILLING, 5.0, False, None)]), setting, due_day=8.0)
    same, _ = repeat_probabilities(setting, contacts)
    away = (1 - 0.72 * _weibull(7.0, BILLING)) * (1 - 0.5 * _promise_weibull(4.1))
    assert same[1, 0] == pytest.approx(1 - away, abs=1e-9)


def test_a_broken_promise_of_an_earlier_contact_is_awaited_from_its_due_date() -> None:
    setting = _setting(rate=0.0)
    # A refund is promised on day 5 and due on day 6; on day 7 the customer asks about a bill, and that is settled.
    rows = [(REFUND, 5.0, True, 9.0), (BILLING, 7.0, True, None)]
    same, either = repeat_probabilities(setting, _with_broken_promise(_contacts(setting, rows), setting, due_day=6.0))
    # Until day 8.1, given that nothing had come of it by day 7.
    away = (1 - 0.5 * _promise_weibull(2.1)) / (1 - 0.5 * _promise_weibull(1.0))
    assert either[0, 1] == pytest.approx(1 - away, abs=1e-9)
    assert same[0, 1] == 0


def _promise_weibull(days: float) -> float:
    """G, written out as F is: scale of three days."""
    return float(-np.expm1(-((days / 3.0) ** 0.9)) / -np.expm1(-((45.0 / 3.0) ** 0.9)))


def test_delays_follow_their_distribution() -> None:
    issue = np.array([BILLING, BILLING])
    assert return_distribution(FLAT, issue, np.array([-1.0, 45.0])).tolist() == [0.0, 1.0]
    assert return_distribution(FLAT, issue[:1], np.array([4.0]))[0] == pytest.approx(_weibull(4.0, BILLING))


@pytest.mark.parametrize("scope", ["any", "issue"])
@pytest.mark.parametrize("days", WINDOWS_DAYS)
def test_stated_probabilities_are_what_is_counted_in_the_files(
    large_operation: SimulationSummary, days: int, scope: str
) -> None:
    counted = _counted(large_operation, days, scope)
    assert counted.height > 35_000
    for grouping in (
        ["mode"],
        ["issue"],
        ["mode", "issue"],
        ["resolved"],
        ["depth"],
        ["changed_by"],
        ["region", "issue"],
        ["issue", "changed_by"],
        ["stuck", "resolved"],
        ["promise_broken", "resolved"],
        ["after_broken_promise"],
        ["hung_up", "mode"],
    ):
        assert _worst(counted, grouping) < 5, grouping


@pytest.mark.parametrize("days", WINDOWS_DAYS)
def test_probabilities_stay_true_where_the_mix_changes_within_their_windows(
    mixed_operation: SimulationSummary, days: int
) -> None:
    counted = _counted(mixed_operation, days, "issue").with_columns(pl.col("region") == "midwest")
    change = datetime(2026, 8, 27, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    # Before, across and after the change; across it, both eras are in the window.
    era = (pl.col("started_at") >= change).cast(pl.Int8) + (pl.col("ended_at") + pl.duration(days=days) >= change)
    eras = counted.with_columns(era.alias("era"))
    across = eras.filter((pl.col("era") == 1) & pl.col("region") & (pl.col("issue") == "password_reset"))
    assert across.height > 10 * days
    for grouping in (["era"], ["era", "region"], ["era", "region", "issue"], ["era", "issue", "resolved"]):
        assert _worst(eras, grouping) < 4.5, grouping


@pytest.fixture(scope="module")
def mixed_operation(tmp_path_factory: pytest.TempPathFactory) -> SimulationSummary:
    """Busy customers whose reasons change halfway: truths that miss it are off by many standard errors."""
    mix = PlantedChange("mix", "mix", (("region", "midwest"),), 34, issue_factors=(("password_reset", 12.0),))
    shares = (0.1, 0.1, 0.5, 0.1, 0.1, 0.1)
    world = World(changes=(mix,), region_shares=shares, occasions_per_day=1 / 20)
    out: Path = tmp_path_factory.mktemp("mixed") / "carrier"
    return simulate(out, contacts=25_000, days=75, seed=13, transcripts=False, world=world)


def _counted(operation: SimulationSummary, days: int, scope: str) -> pl.DataFrame:
    """Eligible contacts whose window the period holds, with ``p`` and ``repeated``, the truth and the region."""
    raw = read_table(operation.out, "contacts")
    regions = last_versions(raw).select(pl.col("contact_id").alias("root"), "region").unique("root")
    contacts = eligible(raw).join(regions, on="root")
    truth = pl.read_parquet(operation.truth / "contacts.parquet").drop("issue", "customer_id")
    joined = contacts.join(truth, left_on="root", right_on="contact_id", how="left")
    assert joined["resolved"].null_count() == 0
    end = datetime(2026, 10, 1, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    whole = joined.filter(
        (pl.col("ended_at") + pl.duration(days=days) <= end) & pl.col(f"p_repeat_{scope}_{days}d").is_not_null()
    )
    return whole.with_columns(
        (pl.col(f"next_{scope}") <= pl.col("ended_at") + pl.duration(days=days))
        .fill_null(value=False)
        .alias("repeated"),
        pl.col(f"p_repeat_{scope}_{days}d").alias("p"),
    )


def _worst(counted: pl.DataFrame, grouping: list[str]) -> float:
    """The largest gap between what was counted and what was stated, in standard errors, over groups of 200 or more."""
    groups = counted.group_by(grouping).agg(
        pl.len().alias("n"),
        (pl.col("repeated").cast(pl.Float64) - pl.col("p")).sum().alias("excess"),
        (pl.col("p") * (1 - pl.col("p"))).sum().sqrt().alias("se"),
    )
    # Given what came before, each contact's outcome is a new draw: variances add up although customers repeat.
    return float(groups.filter(pl.col("n") >= 200).select((pl.col("excess") / pl.col("se")).abs().max()).item())

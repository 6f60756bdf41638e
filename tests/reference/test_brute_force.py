"""The product against the oracle on adversarial data."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import structlog
from click.testing import CliRunner
from polars.testing import assert_frame_equal

from pipelines.cli import main

from . import adversarial, brute_force, compare_handoffs
from .adversarial_handoffs import with_handoffs
from .brute_force import DIMENSIONS, Reference, clean_record, compute, known
from .handoffs import ExpectedHandoffs
from .parameters import KEY, parameters_of
from .shared_customers import design_effects, shared, slice_clusters

#: Published tables that hold run ids and clock times, and the tables that say how the data came in.
ABOUT_THE_RUN = {"data_quality", "ingest_ledger", "quarantine"}
#: A fitted layer, which has tests of its own.
NOT_COMPARED = {"closing_sentiment_calibrated"}


@dataclass(frozen=True)
class Delivery:
    """A folder with landing files and a configuration, on which the product runs."""

    folder: Path
    config: Path

    def cli(self, *arguments: str) -> None:
        # In this process, which imports everything once.
        try:
            done = CliRunner().invoke(main, arguments, env={"AFTERCALL_PSEUDONYM_KEY": KEY, "DAGSTER_HOME": None})
        finally:
            # The command points the log at its own standard error, which is closed by now.
            structlog.reset_defaults()
        said = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert done.exit_code == 0, f"aftercall {arguments[0]} ended with {done.exit_code}:\n{said}"

    def night(self, as_of: datetime | date | None) -> None:
        when = [] if as_of is None else ["--as-of", as_of.isoformat()]
        self.cli("run", "--config", str(self.config), *when)

    def export(self) -> dict[str, pl.DataFrame]:
        out = self.folder / "out"
        self.cli("export", "--config", str(self.config), "--out", str(out))
        return {path.stem: pl.read_parquet(path) for path in sorted(out.glob("*.parquet"))}


def deliver(scenario: adversarial.Scenario, folder: Path) -> Delivery:
    return Delivery(folder, adversarial.write_config(folder, scenario))


def keyed(frame: pl.DataFrame, key: Sequence[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = {tuple(row[name] for name in key): row for row in frame.iter_rows(named=True)}
    assert len(rows) == frame.height, f"{frame.height - len(rows)} rows repeat a key of {key}"
    return rows


def same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) or expected is None or actual is None or isinstance(expected, str | date):
        return type(actual) is type(expected) and bool(expected == actual)
    return bool(abs(expected - actual) <= 1e-9 * max(1.0, abs(expected)))


def story(reference: Reference, key: tuple[Any, ...]) -> list[str]:
    """The legs of the contact and what else its customer did, for a person who looks for the error."""
    subject = reference.contacts.get(key[:2])
    if subject is None:
        return []
    lines = [f"      leg {known(leg)}" for leg in subject.legs]
    lines += [f"      {known(record)}" for record in reference.heard[subject.key].records]
    for other in sorted(reference.contacts.values(), key=lambda c: (c.started_at, c.contact_id, c.system)):
        if other.customer == subject.customer and other.customer is not None and other.key != subject.key:
            about = f"{other.key} {other.started_at} – {other.ended_at} eligible={other.eligible} {other.issue}"
            lines.append(f"      customer also had {about}")
    return lines[:25]


def differences(
    table: str,
    expected: Mapping[tuple[Any, ...], Mapping[str, Any]],
    actual: Mapping[tuple[Any, ...], Mapping[str, Any]],
    reference: Reference,
) -> list[str]:
    """One entry per row that is missing or extra and per cell that differs."""
    found = ["\n".join([f"{table} {key}: missing", *story(reference, key)]) for key in expected if key not in actual]
    found += [f"{table} {key}: not expected: {actual[key]}" for key in actual if key not in expected]
    for key, cells in expected.items():
        for name, value in cells.items():
            if key in actual and not same(value, actual[key][name]):
                head = f"{table} {key} {name}: expected {value!r}, got {actual[key][name]!r}"
                found.append("\n".join([head, *story(reference, key)]))
    return found


def assert_known_columns(frame: pl.DataFrame, key: set[str], expected: Mapping[Any, Mapping[str, Any]]) -> None:
    computed = set(next(iter(expected.values())))
    assert set(frame.columns) - key == computed, "a published column that the oracle does not know"


def flagged_cases(flags: pl.DataFrame, code: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Severity, evidence and instant of the flags of one rule."""
    cases = keyed(flags.filter(pl.col("code") == code), ("system", "contact_id"))
    return {
        key: {"severity": row["severity"], "known_at": row["known_at"], **json.loads(row["evidence"])}
        for key, row in cases.items()
    }


def assert_agrees(reference: Reference, published: Mapping[str, pl.DataFrame], zone: ZoneInfo) -> None:
    found = []
    slices = shared(reference, zone)
    for table, key, expected in (
        ("survey_answers", ("fate",), reference.survey_answers),
        ("identity_links", ("kind",), reference.identity_links),
        ("contact_outcomes", ("system", "contact_id"), reference.contact_outcomes),
        ("complaints", ("system", "complaint_id"), reference.complaints),
        ("kpi_daily", ("day", *DIMENSIONS), reference.kpi_daily),
        ("segment_labels", ("dimension", "key"), reference.segment_labels),
        ("slice_clusters", ("week", "dimension", "segment", "metric"), slice_clusters(slices)),
        ("design_effects", ("metric", "dimension"), design_effects(slices)),
    ):
        frame = published[table]
        if table == "contact_outcomes" and expected:
            computed = set(next(iter(expected.values())))
            assert set(frame.columns) - computed == NOT_COMPARED, "a published column that the oracle does not know"
        found += differences(table, expected, keyed(frame, key), reference)
    assert_known_columns(published["kpi_daily"], set(DIMENSIONS) | {"day"}, reference.kpi_daily)
    for code, expected in (
        ("D2", reference.fast_but_unhappy),
        ("D4", reference.confident_and_wrong),
        ("D6", reference.slow_but_good),
    ):
        found += differences(code, expected, flagged_cases(published["case_flags"], code), reference)
    assert not found, f"{len(found)} differences; the first:\n" + "\n".join(found[:10])


@dataclass(frozen=True)
class Case:
    """One end-to-end comparison: the data, the files' form, and what --as-of says (None: nothing)."""

    name: str
    form: str
    scenario: adversarial.Scenario
    as_of: datetime | date | None


def cases() -> list[Case]:
    midnight = brute_force.end_of_day(date(2025, 12, 5), ZoneInfo("America/Havana"))
    instant = with_handoffs(adversarial.generate(1, min_n=7, lexicon_languages=("en", "es")), 1)
    instant = replace(instant, review_per_day=4)
    day = adversarial.generate(
        2,
        time_zone="America/Havana",
        as_of=midnight,
        lag_days=3,
        lookback_days=45,
        early_seconds=45,
        configured=True,
        min_n=4,
    )
    stricter = (("grace_days", 0.0), ("late_days", 12.0), ("due_days", 5), ("done_days", 0), ("amount_tolerance", 0.1))
    day = replace(with_handoffs(day, 2), promises=stricter, review_per_day=2)
    without_crm = ("contacts", "turns", "handoffs", "complaints")
    default = adversarial.generate(
        3, time_zone="Asia/Kolkata", lag_days=1, tables=without_crm, lexicon_languages=("en",)
    )
    instant, day = adversarial.with_identities(instant, 1), adversarial.with_identities(day, 2)
    return [
        Case("instant-csv", "csv", instant, instant.as_of),
        Case("day-jsonl", "jsonl", day, date(2025, 12, 5)),
        Case("default-parquet-no-crm", "parquet", with_handoffs(default, 3), None),
    ]


Published = dict[str, pl.DataFrame]
CASES = cases()
#: What each form of file may hold has tests of its own; the rules that a third case adds are asked of the other two as well.
PARAMETERS = [pytest.param(case, marks=[pytest.mark.wide] if case.form == "parquet" else []) for case in CASES]


@pytest.fixture(scope="module")
def expected() -> Callable[[Case], tuple[Reference, ExpectedHandoffs]]:
    """What the oracle makes of a case, on first use; tests only read it."""

    @cache
    def made(name: str) -> tuple[Reference, ExpectedHandoffs]:
        (case,) = (each for each in CASES if each.name == name)
        parameters = parameters_of(case.scenario, case.as_of)
        reference = compute(case.scenario.tables, parameters)
        handoffs = compare_handoffs.expected_handoffs(case.scenario, parameters, reference)
        for key, is_broken in handoffs.promise_broken.items():
            reference.contact_outcomes[key]["promise_broken"] = is_broken
        return reference, handoffs

    return lambda case: made(case.name)


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Case, Published]]:
    """Each case delivered at once and run in one night, made on first use."""
    return {}


def published_at_once(
    case: Case, one_run: dict[str, tuple[Case, Published]], tmp_path_factory: pytest.TempPathFactory
) -> Published:
    if case.name not in one_run:
        folder = tmp_path_factory.mktemp(case.name)
        adversarial.write_landing(case.scenario.tables, folder, random.Random(case.name), case.form)  # noqa: S311
        delivery = deliver(case.scenario, folder)
        delivery.night(case.as_of)
        one_run[case.name] = (case, delivery.export())
    return one_run[case.name][1]


@pytest.mark.parametrize("case", PARAMETERS, ids=lambda case: case.name)
def test_the_product_agrees_with_the_oracle(
    case: Case,
    expected: Callable[[Case], tuple[Reference, ExpectedHandoffs]],
    one_run: dict[str, tuple[Case, Published]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    published = published_at_once(case, one_run, tmp_path_factory)
    assert_agrees(expected(case)[0], published, ZoneInfo(case.scenario.time_zone))


@pytest.mark.parametrize("case", PARAMETERS, ids=lambda case: case.name)
def test_handoffs_and_promises_agree_with_the_oracle(
    case: Case,
    expected: Callable[[Case], tuple[Reference, ExpectedHandoffs]],
    one_run: dict[str, tuple[Case, Published]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Handoffs, promises, signs of being stuck, the mix of modes, verdicts and the review sample."""
    published = published_at_once(case, one_run, tmp_path_factory)
    parameters = parameters_of(case.scenario, case.as_of)
    found = compare_handoffs.differences(case.scenario, parameters, *expected(case), published)
    assert not found, f"{len(found)} differences; the first:\n" + "\n".join(found[:10])


@pytest.mark.parametrize("case", PARAMETERS, ids=lambda case: case.name)
def test_the_ledger_counts_every_record_once(
    case: Case, one_run: dict[str, tuple[Case, Published]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    ledger = published_at_once(case, one_run, tmp_path_factory)["ingest_ledger"]
    zone = ZoneInfo(case.scenario.time_zone)
    for table, rows in case.scenario.tables.items():
        records = [clean_record(table, row, zone) for row in rows]
        versions: dict[tuple[Any, ...], list[brute_force.Cells]] = {}
        for record in records:
            if record is not None:
                versions.setdefault(brute_force.key_of(table, record), []).append(record)
        best = {key: max(group, key=brute_force.age) for key, group in versions.items()}
        identical = sum(known(record) == known(best[key]) for key, group in versions.items() for record in group)
        expected = {
            "rows_in": len(rows),
            "accepted": len(versions),
            "duplicates": identical - len(versions),
            "superseded": sum(map(len, versions.values())) - identical,
            "quarantined": records.count(None),
        }
        own = ledger.filter(pl.col("source").str.starts_with(table))
        assert {name: own[name].sum() for name in expected} == expected, table


def assert_same_tables(expected: Published, actual: Published) -> None:
    """All published tables equal as sets of rows, floats to 1e-9; those about the run aside."""
    assert set(expected) == set(actual)
    compared = set(expected) - ABOUT_THE_RUN
    assert {"contact_outcomes", "kpi_daily", "complaints", "design_effects", "case_flags"} <= compared
    for table in sorted(compared):
        left, right = expected[table], actual[table].select(expected[table].columns)
        exact = [name for name in left.columns if not left.schema[name].is_float()]
        order = [*exact, *(set(left.columns) - set(exact))]
        try:
            assert_frame_equal(
                left.sort(order, nulls_last=True),
                right.sort(order, nulls_last=True),
                check_exact=False,
                abs_tol=1e-9,
                rel_tol=1e-9,
            )
        except AssertionError as error:
            only_left = left.join(right, on=exact, how="anti", nulls_equal=True)
            only_right = right.join(left, on=exact, how="anti", nulls_equal=True)
            with pl.Config(tbl_rows=5, tbl_cols=-1, tbl_width_chars=2000):
                raise AssertionError(f"{table}: {error}\nonly at once: {only_left}\nonly here: {only_right}") from error


SENTIMENT = {
    "contact_outcomes": ("opening_sentiment", "closing_sentiment", "post_call_sentiment"),
    "complaints": ("narrative_sentiment",),
}


def assert_same_sentiment(expected: Published, actual: Published) -> None:
    """To the last bit: a threshold must not be crossed in one night and not in the next."""
    for table, columns in SENTIMENT.items():
        key = ["system", "contact_id" if table == "contact_outcomes" else "complaint_id"]
        left, right = (tables[table].select(*key, *columns).sort(key) for tables in (expected, actual))
        assert_frame_equal(left, right, check_exact=True)


@pytest.mark.parametrize(
    "steps",
    [
        (12, -2, 0),
        pytest.param((-9, -2, 0), marks=pytest.mark.wide),
        pytest.param((12, 0), marks=pytest.mark.wide),
    ],
    ids=["back and forward", "forward", "back"],
)
def test_several_nights_equal_one(
    steps: tuple[int, ...], one_run: dict[str, tuple[Case, Published]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In any order, split, of any form, a fifth of them repeated: half of the records in the first night, the rest in the

    second, and nothing in a third but windows that close. ``steps``: days from the case's as_of to that of each night.
    """
    case = CASES[0]
    rng = random.Random(len(steps))  # noqa: S311
    folder = tmp_path_factory.mktemp("nights")
    shares: list[dict[str, list[adversarial.Row]]] = [{}, {}]
    for table, rows in case.scenario.tables.items():
        again = rows + rng.sample(rows, len(rows) // 5)
        shuffled = rng.sample(again, len(again))
        shares[0][table], shares[1][table] = shuffled[: len(again) // 2], shuffled[len(again) // 2 :]
    delivery = deliver(case.scenario, folder)
    for night, step in enumerate(steps):
        if night < len(shares):
            adversarial.write_landing(shares[night], folder, rng, "mixed", prefix=f"night{night}")
        delivery.night(case.scenario.as_of + timedelta(days=step))
    exported = delivery.export()
    assert_same_tables(published_at_once(case, one_run, tmp_path_factory), exported)
    assert_same_sentiment(published_at_once(case, one_run, tmp_path_factory), exported)

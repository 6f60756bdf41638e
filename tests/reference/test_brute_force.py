"""The product against the oracle on adversarial data, and whether these data tell every wrong definition apart."""

import csv
import gzip
import io
import json
import math
import random
import sys
import tempfile
import types
from collections.abc import Mapping, Sequence
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
from pipelines.scoring.languages import detect_languages
from pipelines.scoring.text_model import load_text_model

from . import adversarial, brute_force, compare_handoffs
from .adversarial_handoffs import with_handoffs
from .brute_force import DEFAULT_SENTINELS, DIMENSIONS, Listener, Parameters, Reference, clean_record, compute, known
from .lexicon_model import write_lexicon_model

KEY = "a test key of at least thirty-two bytes"


# --- The data: does it reach every edge? --------------------------------------------------------------------------

MUTANTS = [
    ("other.started_at <= contact.ended_at", "other.started_at < contact.ended_at"),
    ("following.started_at <= contact.ended_at", "following.started_at < contact.ended_at"),
    ("timedelta(days=window) <= as_of", "timedelta(days=window) < as_of"),
    ("parameters.lag_days) <= as_of", "parameters.lag_days) < as_of"),
    ("contact.ended_at <= instant <=", "contact.ended_at < instant <="),
    ("contact.ended_at <= instant <= contact", "contact.ended_at <= instant < contact"),
    ("earliest <= c.ended_at <= received_at", "earliest < c.ended_at <= received_at"),
    ("earliest <= c.ended_at <= received_at", "earliest <= c.ended_at < received_at"),
    ("record[EVENT_TIMES[table]] <= as_of", "record[EVENT_TIMES[table]] < as_of"),
    ('contact.ended_at <= event["occurred_at"]', 'contact.ended_at < event["occurred_at"]'),
    ("and ended_at < started_at", "and ended_at > started_at"),
    ("(c.started_at, c.contact_id, c.system)", "(c.started_at, c.system, c.contact_id)"),
    ("(c.started_at, c.contact_id, c.system)", "(c.started_at,)"),
    ('(leg["started_at"], leg["contact_id"])', '(leg["started_at"],)'),
    ("(contact.ended_at, contact.started_at, contact.contact_id", "(contact.ended_at, contact.contact_id"),
    ("(contact.ended_at, contact.started_at, contact.contact_id", "(contact.started_at, contact.contact_id"),
    ("self.by_leg.get((system, contact_id)) or ", ""),
    (" or self.contacts.get((system, contact_id))", ""),
    ("if contact is not None and contact.eligible else", "if contact is not None else"),
    ("and contact.system ==", "and None !="),
    ("if is_ai_leg(leg):\n            for", "if False:\n            for"),
    ("for later in legs[position + 1 :]", "for later in legs"),
    ("if customer is None:\n            customer = known", "if True:\n            customer = known"),
    ("value.lower() in sentinels", "value in sentinels"),
    ('best.get("deleted_at") is None', "True"),
    ("age(candidate) > age(best)", "age(candidate) < age(best)"),
    ("return end_of_day(value, zone) - MICROSECOND", "return local_midnight(value, zone)"),
    ("(instant.astimezone(zone).date(), *dim", "(instant.date(), *dim"),
    ("trimmed = str(value).strip()", "trimmed = str(value)"),
    ("lowered = record[name].lower()", "lowered = record[name]"),
    ('legs[0].get("direction")', 'legs[-1].get("direction")'),
    ("served=any(", "served=all("),
    ("contact.key in handed_to_human", "False"),
    ('("same_issue", "issue"), ("same_product", "product")', '("same_product", "product"), ("same_issue", "issue")'),
    ("WORDS_OF_A_TURN = 3", "WORDS_OF_A_TURN = 2"),
    ("WORDS_OF_A_TURN = 3", "WORDS_OF_A_TURN = 4"),
    ("TURNS_OF_AN_END = 3", "TURNS_OF_AN_END = 4"),
    ('turn["text"].split())', 'turn["text"].split(" "))'),
    ("NEGATIVE = -0.25", "NEGATIVE = -0.5"),
    ("(self.csat - 3) / 2", "(self.csat - 3) / 4"),
    ('re.split("[-_]"', 're.split("[-]"'),
    (".strip().lower())[0]", ".strip())[0]"),
    ("and name not in SAYS_NO_LANGUAGE", ""),
    ("LANGUAGE_NAMES.get(name, name)", "name"),
    ("(len(text), hashlib", "(-len(text), hashlib"),
    ("if language not in listener.known", "if False"),
    ('if turn["speaker"] == "customer"', 'if turn["speaker"] != "system"'),
    (
        '(leg["started_at"], turn["contact_id"], turn["turn_index"])',
        '(contact.started_at, turn["contact_id"], turn["turn_index"])',
    ),
    ('(leg["started_at"], turn["contact_id"], turn["turn_index"])', '(leg["started_at"], "", turn["turn_index"])'),
    (
        '(contact.started_at, turn["contact_id"], turn["turn_index"])',
        '(contact.ended_at, turn["contact_id"], turn["turn_index"])',
    ),
    ('recorded_language(turn.get("language"), contact', "recorded_language(None, contact"),
    ('turn.get("language"), contact.last["language"])', 'turn.get("language"))'),
    ("language or language_of_all(unrecorded, listener)", 'language or listener.language(turn["text"])'),
    ("score for score in scores if score is not None", "score or 0.0 for score in scores"),
    ("TURNS_OF_AN_END = 3", "TURNS_OF_AN_END = 4"),
    ("opening = min(TURNS_OF_AN_END, math.floor(k / 2))", "opening = min(TURNS_OF_AN_END, k)"),
    ("opening = min(TURNS_OF_AN_END, math.floor(k / 2))", "opening = min(TURNS_OF_AN_END, math.ceil(k / 2))"),
    ("closing = min(TURNS_OF_AN_END, math.ceil(k / 2))", "closing = min(TURNS_OF_AN_END, k)"),
    ("closing = min(TURNS_OF_AN_END, math.ceil(k / 2))", "closing = min(TURNS_OF_AN_END, math.floor(k / 2))"),
    ('("csat", "nps", "verbatim")', '("csat", "verbatim")'),
    ("contact.ended_at - early <= responded_at", "contact.ended_at - early < responded_at"),
    ("contact.ended_at - early <= responded_at", "contact.ended_at <= responded_at"),
    ("contact.ended_at - early <= responded_at", "True"),
    ("earliest <= c.ended_at <= latest", "earliest < c.ended_at <= latest"),
    ("earliest <= c.ended_at <= latest", "earliest <= c.ended_at < latest"),
    ("responded_at + early\n", "responded_at\n"),
    ("if c.customer == customer]", "if c.eligible and c.customer == customer]"),
    ("c.started_at <= responded_at < c.ended_at", "c.started_at < responded_at < c.ended_at"),
    ("c.started_at <= responded_at < c.ended_at", "responded_at < c.ended_at"),
    ("if references.contacts[key].eligible:", "if True:"),
    ("len(named.get(value, ())) != 1", "len(named.get(value, ())) == 0"),
    ("if named.get(customer) == {value}:", "if False:"),
    ("if named.get(customer) == {value}:", "if value in named.get(customer, ()):"),
    ('if "customer_id" in record\n', 'if "case_id" in record\n'),
    ("if customers == {alias}:", "if False:"),
    ("min(kinds, default", "max(kinds, default"),
    ("if len(customers) > 1:", "if len(customers) > 2:"),
    ("if next((value for value in ids if value is not None), None) == alias", "if alias in ids"),
    ("SURVEY_DAYS = 7", "SURVEY_DAYS = 8"),
    ('(r["responded_at"], r["response_id"], r["system"])', '(r["responded_at"],)'),
    ("min(candidates, key=lambda r:", "max(candidates, key=lambda r:"),
    ("language or listener.language(words)", "language"),
    ('recorded_language(first.get("language"), references', "recorded_language(None, references"),
    ("BASELINE_DAYS = 28", "BASELINE_DAYS = 27"),
    ("if first <= outcomes", "if first < outcomes"),
    ('["day"] < cells["day"]', '["day"] <= cells["day"]'),
    ("len(like_it) < min_n", "len(like_it) <= min_n"),
    ("-(-len(like_it) // 4)", "max(1, len(like_it) // 4)"),
    ("contact.handle_seconds <= quartile", "contact.handle_seconds < quartile"),
    ('("workflow", "channel", "mode"))', '("workflow", "channel"))'),
    ("if sentiment <= -0.5 else", "if sentiment < -0.5 else"),
    ("confidence < 0.8:", "confidence <= 0.8:"),
    ("(confidence >= 0.95)", "(confidence > 0.95)"),
    ('cells["contained"] is True and', ""),
    ('and cells["resolved_outcome"] is False', 'and cells["resolved_outcome"] is not True'),
    ('cells["resolved_outcome"] is not True or', 'cells["resolved_outcome"] is False or'),
    (" or (mood is not None and mood <= NEGATIVE)", ""),
    ("(mood is not None and mood <=", "(mood is None or mood <="),
    ("-(-9 * len(times) // 10)", "max(1, 9 * len(times) // 10)"),
    ("contact.handle_seconds >= limit", "contact.handle_seconds > limit"),
    ("spelling).casefold()", "spelling)"),
    ('NORMAL_FORM = "NFC"', 'NORMAL_FORM = "NFD"'),
    ('re.sub(r"\\s+", " ", unicodedata', 're.sub(r" +", " ", unicodedata'),
    ("(-found.count(text), text.encode())", "(found.count(text), text.encode())"),
    ("(-found.count(text), text.encode())", "text.encode()"),
    ('"complaints": ("product", "issue", "region"),', '"complaints": ("issue", "region"),'),
]


def mutated(source: str) -> types.ModuleType:
    module = types.ModuleType("mutant")
    sys.modules["mutant"] = module  # dataclasses look their module up
    exec(compile(source, "mutant", "exec"), module.__dict__)  # noqa: S102
    return module


def parameters_of(scenario: adversarial.Scenario, as_of: datetime | date | None) -> Parameters:
    """What the oracle must know of the configuration that :func:`adversarial.write_config` writes."""
    sentinels = scenario.sentinels
    return Parameters(
        time_zone=scenario.time_zone,
        as_of=as_of,
        lag_days=scenario.lag_days,
        lookback_days=scenario.lookback_days,
        early_seconds=scenario.early_seconds,
        unserved_reasons=frozenset(scenario.unserved_reasons),
        phantom_reasons=frozenset(scenario.phantom_reasons),
        test_customers=frozenset(scenario.test_customers),
        test_contacts=frozenset(scenario.test_contacts),
        sentinels=DEFAULT_SENTINELS if sentinels is None else frozenset(s.lower() for s in sentinels),
        pseudonym_key=KEY,
        min_n=scenario.min_n,
        listener=listener_of(scenario.lexicon_languages),
    )


@cache
def listener_of(lexicon_languages: tuple[str, ...]) -> Listener:
    """The product's model and detector as functions of a text: what they say is tested elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        name = str(write_lexicon_model(Path(folder))) if lexicon_languages else None
        model = load_text_model(name, threads=1, languages=lexicon_languages)

    @cache
    def score(text: str) -> float | None:
        polarity = float(model.score([text]).polarity[0])
        return None if math.isnan(polarity) else polarity

    @cache
    def language(text: str) -> str | None:
        return detect_languages([text])[0].code

    return Listener(score, language, model.languages)


def published_part(reference: Any) -> tuple[Any, ...]:
    flags = (reference.fast_but_unhappy, reference.confident_and_wrong, reference.slow_but_good)
    counts = (reference.kpi_daily, reference.survey_answers, reference.identity_links, reference.segment_labels)
    return reference.contact_outcomes, reference.complaints, *counts, *flags


@pytest.mark.wide
def test_the_adversarial_data_tells_every_wrong_definition_apart() -> None:
    source = Path(brute_force.__file__).read_text(encoding="utf-8")
    assert [old for old, _ in MUTANTS if source.count(old) != 1] == []
    survivors = MUTANTS
    for seed in (3, 4, 5):
        scenario = adversarial.generate(seed, 700, min_n=4, lexicon_languages=("en", "es"))
        scenario = adversarial.with_identities(scenario, seed)
        parameters = parameters_of(scenario, scenario.as_of)
        right = published_part(compute(scenario.tables, parameters))
        assert all(right)
        survivors = [
            (old, new) for old, new in survivors if computed_by(source.replace(old, new), scenario, parameters) == right
        ]
    assert survivors == []


def computed_by(source: str, scenario: adversarial.Scenario, parameters: Parameters) -> tuple[Any, ...] | None:
    """What a wrong oracle publishes; None where it gives up."""
    module = mutated(source)
    try:
        return published_part(module.compute(scenario.tables, parameters))
    except (AssertionError, KeyError):
        return None  # a wrong order of versions, or a withdrawal that says nothing else
    finally:
        del sys.modules["mutant"]


def read_back(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pl.read_parquet(path).to_dicts()
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    if ".jsonl" in path.name:
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_the_landing_files_say_what_the_rows_say(form: str, tmp_path: Path) -> None:
    """Otherwise a difference between product and oracle could be the delivery's fault."""
    scenario = with_handoffs(adversarial.generate(5, 100), 5)
    adversarial.write_landing(scenario.tables, tmp_path, random.Random(5), form)  # noqa: S311
    zone = ZoneInfo(scenario.time_zone)

    def typed(name: str, value: Any) -> Any:
        if name in brute_force.INSTANTS and isinstance(value, str):
            try:
                return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
            except ValueError:
                return None
        if isinstance(value, str) and name in brute_force.LIMITS:
            return float(value) if value else None
        return {"true": True, "false": False, "": None}.get(value, value) if name in brute_force.FLAGS else value

    for table, rows in scenario.tables.items():
        delivered = [
            {**{name: typed(name, value) for name, value in row.items()}, "system": path.parent.name}
            for path in (tmp_path / "landing" / table).glob("*/*")
            for row in read_back(path)
        ]
        found, expected = (
            sorted(str(sorted(known(record).items())) for record in cleaned if record is not None)
            for cleaned in (
                [clean_record(table, as_floats(row), zone) for row in delivered],
                [clean_record(table, as_floats(row), zone) for row in rows],
            )
        )
        assert len(delivered) == len(rows)
        assert found == expected


def as_floats(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: float(value) if type(value) is int else value for name, value in row.items()}


# --- The product against the oracle -------------------------------------------------------------------------------

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


def assert_agrees(reference: Reference, published: Mapping[str, pl.DataFrame]) -> None:
    found = []
    for table, key, expected in (
        ("survey_answers", ("fate",), reference.survey_answers),
        ("identity_links", ("kind",), reference.identity_links),
        ("contact_outcomes", ("system", "contact_id"), reference.contact_outcomes),
        ("complaints", ("system", "complaint_id"), reference.complaints),
        ("kpi_daily", ("day", *DIMENSIONS), reference.kpi_daily),
        ("segment_labels", ("dimension", "key"), reference.segment_labels),
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


def expect(case: Case) -> Reference:
    parameters = parameters_of(case.scenario, case.as_of)
    reference = compute(case.scenario.tables, parameters)
    expected = compare_handoffs.expected_handoffs(case.scenario, parameters, reference)
    for key, is_broken in expected.promise_broken.items():
        reference.contact_outcomes[key]["promise_broken"] = is_broken
    return reference


Published = dict[str, pl.DataFrame]


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


CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_product_agrees_with_the_oracle(
    case: Case, one_run: dict[str, tuple[Case, Published]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_agrees(expect(case), published_at_once(case, one_run, tmp_path_factory))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_handoffs_and_promises_agree_with_the_oracle(
    case: Case, one_run: dict[str, tuple[Case, Published]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Handoffs, promises, signs of being stuck, the mix of modes, verdicts and the review sample."""
    published = published_at_once(case, one_run, tmp_path_factory)
    parameters = parameters_of(case.scenario, case.as_of)
    reference = compute(case.scenario.tables, parameters)
    found = compare_handoffs.differences(case.scenario, parameters, reference, published)
    assert not found, f"{len(found)} differences; the first:\n" + "\n".join(found[:10])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
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

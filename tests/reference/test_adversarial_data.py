"""The adversarial data: do they reach every edge, and do the landing files say what the rows say?"""

import csv
import gzip
import io
import json
import random
import sys
import types
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from . import adversarial, brute_force
from .adversarial_handoffs import with_handoffs
from .brute_force import Parameters, clean_record, compute, known
from .parameters import parameters_of

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

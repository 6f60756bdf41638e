"""The published tables of handoffs and promises against the oracle of ``handoffs``: one line for every difference."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.contract import CASE_RULES
from pipelines.extraction import find, load_patterns
from pipelines.scoring.restatement import THRESHOLD

from . import adversarial
from .brute_force import Cells, Parameters, Reference
from .handoffs import (
    SIGNS,
    ExpectedHandoffs,
    HandoffSettings,
    Reader,
    compute_handoffs,
    is_stuck,
    judge_dispositions,
    repetition,
)

#: Of a handoff's words: what an encoder says of them is taken from the product.
_OF_THE_ENCODER = frozenset({"similarity"})


def reader_of_the_product() -> Reader:
    """The shipped patterns as a function of one text: what they find is tested elsewhere."""
    patterns = load_patterns(None)
    known: dict[tuple[str, str, str], list[Cells]] = {}

    def read(role: str, language: str, text: str) -> list[Cells]:
        key = (role, language, text)
        if key not in known:
            known[key] = find(patterns, language, "customer" if role == "customer" else "server", [text]).to_dicts()
        return known[key]

    return Reader(read, frozenset(patterns.languages))


def settings_of(scenario: adversarial.Scenario) -> HandoffSettings:
    """What the oracle must know of the configuration that ``adversarial.write_config`` writes."""
    changed: dict[str, Any] = dict(scenario.promises)
    return HandoffSettings(**changed, review_per_day=scenario.review_per_day, reader=reader_of_the_product())


def expected_handoffs(scenario: adversarial.Scenario, parameters: Parameters, reference: Reference) -> ExpectedHandoffs:
    return compute_handoffs(scenario.tables, parameters, settings_of(scenario), reference)


def differences(
    scenario: adversarial.Scenario,
    parameters: Parameters,
    reference: Reference,
    expected: ExpectedHandoffs,
    published: Mapping[str, pl.DataFrame],
) -> list[str]:
    """Everything in which the published tables of handoffs and promises and the oracle differ, in words."""
    similarity = {
        (row["system"], row["handoff_id"]): row["similarity"]
        for row in published["handoff_quality"].iter_rows(named=True)
    }
    handoffs = {
        key: {name: value for name, value in cells.items() if name != "is_heard"}
        | repetition(cells, similarity.get(key), THRESHOLD)
        for key, cells in expected.handoffs.items()
    }
    flags = published["case_flags"].to_dicts()
    verdicts = judge_dispositions(scenario.tables, parameters, reference, flags, CASE_RULES)
    return [
        *_of_table(published, "handoff_quality", ("system", "handoff_id"), handoffs, _OF_THE_ENCODER),
        *_of_table(published, "commitments", ("system", "commitment_id"), expected.commitments),
        *_of_table(published, "mode_mix", ("day", "hour_of_day", "workflow", "mode"), expected.mode_mix),
        *_of_table(published, "review_sample", ("system", "claim_id"), expected.review_sample),
        *_of_table(published, "dispositions", ("system", "disposition_id"), verdicts),
        *_of_stuck(published, expected),
    ]


def _of_table(
    published: Mapping[str, pl.DataFrame],
    table: str,
    key: tuple[str, ...],
    expected: Mapping[Any, Cells],
    others: frozenset[str] = frozenset(),
) -> list[str]:
    frame = published[table]
    actual = {tuple(row[name] for name in key): row for row in frame.iter_rows(named=True)}
    found = [f"{table}: a key stands twice"] if len(actual) != frame.height else []
    found += [f"{table} {at}: missing, expected {expected[at]}" for at in expected if at not in actual]
    found += [f"{table} {at}: not expected: {actual[at]}" for at in actual if at not in expected]
    for at, cells in expected.items():
        if at not in actual:
            continue
        columns = set(actual[at]) - set(key) - others
        if columns != set(cells):
            return [f"{table}: columns that only one side knows: {sorted(columns ^ set(cells))}"]
        found += [
            f"{table} {at} {name}: expected {value!r}, got {actual[at][name]!r}; all of it: {cells}"
            for name, value in cells.items()
            if not _is_same(value, actual[at][name])
        ]
    return found


def _is_same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, float) and isinstance(actual, float | int):
        return abs(expected - actual) <= 1e-9 * max(1.0, abs(expected))
    if isinstance(expected, int) and not isinstance(expected, bool) and isinstance(actual, float):
        return abs(expected - actual) <= 1e-9
    return (type(expected) is type(actual) and bool(expected == actual)) or (expected is None and actual is None)


def _of_stuck(published: Mapping[str, pl.DataFrame], expected: ExpectedHandoffs) -> list[str]:
    """D8 contact by contact, and the counts of the table ``stuck`` over all contacts."""
    flags = published["case_flags"].filter(pl.col("rule") == "stuck_with_ai")
    actual = {(row["system"], row["contact_id"]): row for row in flags.iter_rows(named=True)}
    stuck = {key: cells for key, cells in expected.stuck.items() if is_stuck(cells)}
    found = [f"D8: {sorted(set(actual) ^ set(stuck))} only on one side"] if set(actual) != set(stuck) else []
    for key in set(actual) & set(stuck):
        evidence = json.loads(actual[key]["evidence"])
        signs = sum(bool(stuck[key][name]) for name in SIGNS)
        severity = 3 if signs >= 2 else 2 if stuck[key]["asked_for_human"] else 1
        shown = [name for name in stuck[key] if name not in ("was_misunderstood", "hung_up")]
        told = {name: evidence[name] for name in shown}
        wanted = {name: stuck[key][name] for name in shown}
        if (told, actual[key]["severity"]) != (wanted, severity):
            found.append(f"D8 {key}: expected {severity} {wanted}, got {actual[key]['severity']} {told}")
    rows = published["stuck"].filter(pl.col("grouping") == "{}")
    counts = {row["measure"]: (row["numerator"], row["n"]) for row in rows.iter_rows(named=True)}
    values = {name: [cells[name] for cells in expected.stuck.values()] for name in (*SIGNS, "hung_up")}
    values["stuck"] = [is_stuck(cells) for cells in expected.stuck.values()]
    wanted_counts = {
        name: (sum(v is True for v in those), sum(v is not None for v in those)) for name, those in values.items()
    }
    wanted_counts["observable"] = (wanted_counts["stuck"][1], len(expected.stuck))
    wanted_counts = {name: pair for name, pair in wanted_counts.items() if pair[1]}
    if counts != wanted_counts:
        found.append(f"stuck: expected {wanted_counts}, got {counts}")
    return found

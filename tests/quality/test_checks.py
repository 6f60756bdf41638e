"""Each kind of check catches the break that it is for, passes on good data, and has the severity of its group."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.config import Settings, load_settings
from pipelines.contract import CANONICAL_TABLES, PUBLISHED_TABLES
from pipelines.contract.published_model import PublishedKind
from pipelines.defs.checks import audit_tables
from pipelines.quality.auditor import Auditor
from pipelines.quality.rules import GROUPED_TABLES, GROUPS, groups_for, rules_for
from pipelines.run_context import RunContext, RunOptions
from pipelines.warehouse.models import all_models, run_model

AS_OF = "timestamp '2026-02-01'"
_FILLERS = {
    PublishedKind.TEXT: "'a'",
    PublishedKind.COUNT: "1",
    PublishedKind.MEASURE: "1.0",
    PublishedKind.FLAG: "true",
    PublishedKind.INSTANT: "timestamp '2026-01-05 10:00:00'",
    PublishedKind.DAY: "date '2026-01-05'",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = tmp_path_factory.mktemp("quality") / "aftercall.toml"
    path.write_text(
        '[project]\ndata_dir = "data"\n[quality]\nmax_quarantined_share = 0.05\nmin_rows = 100\n[metrics]\nstale_after_days = 3\n'
        '[[sources]]\nname = "it\'s"\nformat = "canonical"\ntable = "contacts"\npath = "*.csv"\n'
        '[[sources]]\nname = "talk"\nformat = "canonical"\ntable = "turns"\npath = "*.csv"\n'
    )
    return load_settings(path)


@pytest.fixture(scope="module")
def connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """All tables of a warehouse in which nothing has landed yet."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        night = RunContext(settings, connection, b"k" * 32, RunOptions(), "run")
        night.write_settings_lists()
        night.begin_recompute(datetime.fromisoformat("2026-02-01"))
        for model in all_models():
            run_model(connection, model, night.parameters())
        # A view becomes a table, so that a break can be planted in it.
        views = [
            row[0] for row in connection.execute("select view_name from duckdb_views() where not internal").fetchall()
        ]
        for view in views:
            connection.execute(f"create table {view}_planted as from {view}")
        for view in views:
            connection.execute(f"drop view {view}")
            connection.execute(f"alter table {view}_planted rename to {view}")
        yield connection


@pytest.fixture(scope="module")
def auditor(connection: duckdb.DuckDBPyConnection) -> Auditor:
    return Auditor(connection, "run")


@pytest.fixture(autouse=True)
def emptied(connection: duckdb.DuckDBPyConnection) -> None:
    for table in (
        "calibration_summary",
        "case_flags",
        "contact_outcomes",
        "ingest_ledger",
        "int_contacts",
        "kpi_daily",
        "stg_ai_claims",
        "stg_handoffs",
        "int_legs",
        "landing_contacts",
        "landing_files",
    ):
        connection.execute(f"delete from {table}")


def _failed(auditor: Auditor, settings: Settings, table: str) -> dict[str, tuple[int | None, str]]:
    """check → (rows that break it, severity), of the checks that failed."""
    findings = auditor.audit(rules_for(table, settings, AS_OF))
    assert len(findings) == len(rules_for(table, settings, AS_OF))
    return {
        finding.rule.name: (finding.unexpected, finding.rule.severity) for finding in findings if not finding.passed
    }


def _add(connection: duckdb.DuckDBPyConnection, table: str, **values: str) -> None:
    contract = PUBLISHED_TABLES[table]
    names = ", ".join(contract.column_names)
    filled = [
        values.get(column.name, f"'{column.allowed[0]}'" if column.allowed else _FILLERS[column.kind])
        for column in contract.columns
    ]
    connection.execute(f"insert into {table} ({names}) select {', '.join(filled)}")


@pytest.mark.parametrize(
    ("values", "failed"),
    [
        ({}, {}),
        ({"contact_id": "'again'"}, {"key_unique": (1, "blocking")}),
        ({"customer_key": "null"}, {"required:customer_key": (1, "blocking")}),
        ({"severity": "4"}, {"range:severity": (1, "blocking")}),
        ({"severity": "0"}, {"range:severity": (1, "blocking")}),
        ({"rule": "'made_up'"}, {"allowed:rule": (1, "blocking")}),
        ({"queue": "null", "agent_id": "null", "mode": "null"}, {}),
        (
            {"contact_id": "'again'", "evidence": "null", "severity": "-1", "code": "'D9'"},
            {
                "key_unique": (1, "blocking"),
                "required:evidence": (1, "blocking"),
                "range:severity": (1, "blocking"),
                "allowed:code": (1, "blocking"),
            },
        ),
    ],
)
def test_what_a_published_column_may_hold(
    connection: duckdb.DuckDBPyConnection,
    auditor: Auditor,
    settings: Settings,
    values: dict[str, str],
    failed: dict[str, tuple[int, str]],
) -> None:
    _add(connection, "case_flags", contact_id="'again'")
    _add(connection, "case_flags", contact_id="'good'")
    _add(connection, "case_flags", **values)
    assert _failed(auditor, settings, "case_flags") == failed


@pytest.mark.parametrize(
    ("values", "failed"),
    [
        ({}, {}),
        ({"grouping": "'again'"}, {"key_unique": (1, "blocking")}),
        ({"n": "null"}, {"required": (1, "blocking")}),
        ({"accuracy": "1.01"}, {"ranges": (1, "blocking")}),
        ({"n": "-1"}, {"ranges": (1, "blocking")}),
        ({"accuracy": "null", "review_sampling": "null"}, {}),
        ({"review_sampling": "'guessed'"}, {"allowed_values": (1, "blocking")}),
        (
            {"is_headline": "null", "p_value": "-0.5", "label_source": "'dream'"},
            {"required": (1, "blocking"), "ranges": (1, "blocking"), "allowed_values": (1, "blocking")},
        ),
    ],
)
def test_what_a_table_of_statistics_may_hold(
    connection: duckdb.DuckDBPyConnection,
    auditor: Auditor,
    settings: Settings,
    values: dict[str, str],
    failed: dict[str, tuple[int, str]],
) -> None:
    """One rule a group, which names the rows that break it; what each column may hold is the contract's."""
    _add(connection, "calibration_summary", grouping="'again'")
    _add(connection, "calibration_summary", grouping="'good'")
    _add(connection, "calibration_summary", **values)
    assert _failed(auditor, settings, "calibration_summary") == failed


def test_the_ends_of_a_range_are_inside_it(
    connection: duckdb.DuckDBPyConnection, auditor: Auditor, settings: Settings
) -> None:
    for severity in ("1", "3"):
        _add(connection, "case_flags", contact_id=f"'{severity}'", severity=severity)
    assert _failed(auditor, settings, "case_flags") == {}


def _file(connection: duckdb.DuckDBPyConnection, source: str, *counts: int) -> None:
    names = ("rows_in", "accepted", "duplicates", "superseded", "quarantined", "filtered")
    sha = f"'{source}{counts}'"
    _add(
        connection, "ingest_ledger", source=f"'{source}'", sha256=sha, **dict(zip(names, map(str, counts), strict=True))
    )


def _landed(connection: duckdb.DuckDBPyConnection, started_at: str) -> None:
    connection.execute(
        """insert into landing_files by name select 1 as file_id, 1 as content_of, 'it''s' as source, '' as reading,
        'default' as system, 'canonical' as format, 'contacts' as primary_table, '' as path, '' as file, '' as sha256,
        0 as bytes, 0 as modified_ns, 1 as rows_in, 0 as rows_rejected, 'r' as run_id, timestamp '2026-02-01' as read_at,
        true as is_active, true as is_present"""
    )
    connection.execute(
        f"insert into landing_contacts (_file_id, _record, _row, contact_id, started_at) values (1, 1, 1, 'c', timestamp '{started_at}')"
    )


@pytest.mark.parametrize(
    ("files", "failed"),
    [
        ([(10, 5, 2, 1, 1, 1), (0, 0, 0, 0, 0, 0)], {}),
        ([(10, 5, 2, 1, 1, 0)], {"ledger_balances": (1, "blocking")}),
        ([(10, 12, -2, 0, 0, 0)], {"ledger_balances": (1, "blocking"), "range:duplicates": (1, "blocking")}),
    ],
)
def test_the_ledger(
    connection: duckdb.DuckDBPyConnection,
    auditor: Auditor,
    settings: Settings,
    files: list[tuple[int, ...]],
    failed: dict[str, tuple[int, str]],
) -> None:
    _landed(connection, "2026-01-31")
    # A file that was taken away or replaced may have been as bad as it likes.
    _add(
        connection,
        "ingest_ledger",
        rows_in="900",
        accepted="0",
        duplicates="0",
        superseded="0",
        quarantined="900",
        filtered="0",
        source="'talk'",
        present="false",
    )
    for counts in files:
        _file(connection, "talk", *counts)
    assert _failed(auditor, settings, "ingest_ledger") == failed


@pytest.mark.parametrize(
    ("newest", "is_stale"),
    [
        ("2026-01-29 00:00:00", False),  # three days before as_of, to the microsecond
        ("2026-01-28 23:59:59.999999", True),
        ("2026-02-01 00:00:00.000001", True),  # only records up to as_of count, and there is no other
    ],
)
def test_a_stale_source_warns(
    connection: duckdb.DuckDBPyConnection, auditor: Auditor, settings: Settings, newest: str, is_stale: bool
) -> None:
    _landed(connection, newest)
    assert _failed(auditor, settings, "ingest_ledger") == ({"fresh:it's": (1, "warning")} if is_stale else {})


def test_rows_that_get_lost_between_tables_are_noticed(
    connection: duckdb.DuckDBPyConnection, auditor: Auditor, settings: Settings
) -> None:
    common = {
        "hour_of_day": "10", "resolution_scope": "'any'", "opening_sentiment": "0", "closing_sentiment": "0",
        "post_call_sentiment": "0", "ai_confidence": "1",
    }  # fmt: skip
    _add(connection, "contact_outcomes", contact_id="'lost'", **common)
    # Backwards in time; mature after 30 days and not after 7.
    _add(connection, "contact_outcomes", contact_id="'back'", **common, ended_at="timestamp '2026-01-05 09:59:59'")
    _add(connection, "contact_outcomes", contact_id="'young'", **common, mature_7d="false")
    assert _failed(auditor, settings, "contact_outcomes") == {
        "eligible_conserved": (1, "blocking"),
        "time_runs_forward": (1, "blocking"),
        "maturity_is_ordered": (1, "blocking"),
    }
    # A day counts two contacts and a complaint of which no table knows; its three eligible ones are those above.
    _add(connection, "kpi_daily", contacts="2", eligible="3", complaints="1")
    assert _failed(auditor, settings, "kpi_daily") == {
        "contacts_conserved": (1, "blocking"),
        "complaints_conserved": (1, "blocking"),
    }


def test_a_handoff_without_its_contact_warns(
    connection: duckdb.DuckDBPyConnection, auditor: Auditor, settings: Settings
) -> None:
    connection.execute(
        "insert into stg_handoffs (system, handoff_id, contact_id, occurred_at, trigger) values ('s', 'h1', 'c1', now(), 'other'), ('s', 'h2', 'c2', now(), null)"
    )
    connection.execute("insert into int_legs (system, leg_id, contact_id) values ('s', 'c1', 'c1'), ('t', 'c2', 'c2')")
    assert _failed(auditor, settings, "stg_handoffs") == {"contact_known": (1, "warning")}
    connection.execute("update stg_handoffs set trigger = 'boredom', handoff_id = 'h1'")
    assert _failed(auditor, settings, "stg_handoffs") == {
        "contact_known": (1, "warning"),
        "key_unique": (1, "blocking"),
        "allowed:trigger": (2, "blocking"),
    }


def test_a_claim_without_its_contact_warns(
    connection: duckdb.DuckDBPyConnection, auditor: Auditor, settings: Settings
) -> None:
    connection.execute(
        "insert into stg_ai_claims (system, claim_id, contact_id, claim_type, stated_confidence) values ('s', 'k1', 'c1', 'fact', 0.5), ('s', 'k2', 'c2', 'fact', 0.5)"
    )
    connection.execute("insert into int_legs (system, leg_id, contact_id) values ('s', 'c1', 'c1'), ('t', 'c2', 'c2')")
    assert _failed(auditor, settings, "stg_ai_claims") == {"contact_known": (1, "warning")}


def test_findings_are_recorded_with_examples_and_replace_those_of_the_last_audit(
    connection: duckdb.DuckDBPyConnection, auditor: Auditor, settings: Settings
) -> None:
    for _ in range(2):
        for number in range(7):
            _add(connection, "case_flags", contact_id=f"'c{number}'", severity="9")
    _failed(auditor, settings, "case_flags")
    started = datetime.now(UTC).replace(tzinfo=None)
    _failed(auditor, settings, "case_flags")
    rows = connection.execute(
        "select check_name, severity, passed, expected, actual, unexpected, examples, run_id, checked_at from data_quality where table_name = 'case_flags'"
    ).fetchall()
    assert len(rows) == len(rules_for("case_flags", settings, AS_OF))
    found = {row[0]: row[1:] for row in rows}
    *key, examples, run_id, checked_at = found["key_unique"]
    assert key == ["blocking", False, "(system, contact_id, rule) occurs once", "7 rows break it", 7]
    assert (run_id, checked_at >= started) == ("run", True)
    assert len(json.loads(examples)) == 5
    assert json.loads(examples)[0]["copies"] == 2
    assert found["range:severity"][:5] == ("blocking", False, "at least 1 and at most 3", "14 rows break it", 14)
    assert found["required:code"][1:5] == (True, "never null", "holds", 0)


def test_a_check_that_cannot_run_is_an_error_and_not_a_pass(
    connection: duckdb.DuckDBPyConnection, auditor: Auditor, settings: Settings
) -> None:
    connection.execute("create or replace table broken as select 1 as a")
    rules = [rule for rule in rules_for("case_flags", settings, AS_OF) if rule.name in {"key_unique", "range:severity"}]
    for rule in rules:
        with pytest.raises(RuntimeError, match="could not run"):
            auditor.audit([replace(rule, table="broken")])


def test_groups_and_severities() -> None:
    assert {group for group, severity in GROUPS.items() if severity == "warning"} == {
        "references",
        "freshness",
        "input_warnings",
        "survey_links",
        "customer_ids",
    }


def test_every_table_of_the_contract_has_its_checks(settings: Settings) -> None:
    for table in PUBLISHED_TABLES.values():
        rules = rules_for(table.name, settings, AS_OF)
        names = {rule.name for rule in rules}
        if table.name in {"data_quality", "quarantine"}:
            continue
        assert ("key_unique" in names) == bool(table.key)
        if table.name in GROUPED_TABLES:
            said = " ".join(rule.expected for rule in rules)
            ruled = [
                column
                for column in table.columns
                if not column.nullable or column.allowed or column.minimum is not None
            ]
            assert all(column.name in said for column in ruled)
            continue
        assert names >= {f"required:{column.name}" for column in table.columns if not column.nullable}
        assert names >= {f"allowed:{column.name}" for column in table.columns if column.allowed}
        assert set(groups_for(table.name, settings)) == {rule.group for rule in rules} <= GROUPS.keys()
        assert len(names) == len(rules)
    for model in all_models():
        if model.layer == "staging":
            table_name = model.name.removeprefix("stg_")
            names = {rule.name for rule in rules_for(model.name, settings, AS_OF)}
            assert names >= {f"required:{column.name}" for column in CANONICAL_TABLES[table_name].required} | {
                "key_unique"
            }


def test_the_night_leaves_data_docs_beside_the_data(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    _add(connection, "case_flags", severity="9")
    night = RunContext(settings, connection, b"k" * 32, RunOptions(), "run")
    assert [finding.rule.name for finding in audit_tables(night, ["case_flags"]) if not finding.passed] == [
        "range:severity"
    ]
    written = {path.name for path in (settings.data_dir / "data_docs").iterdir()}
    assert written == {"case_flags.json", "case_flags.html", "index.html"}


def test_the_folder_of_the_warehouse_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as connection:
        connection.execute("create table case_flags (a integer)")
        assert Auditor(connection, "run").audit([]) == []
    assert list(tmp_path.iterdir()) == []

"""Great Expectations on the warehouse, in the database itself: no row is fetched but examples of broken ones.

One audit is one suite over one batch, whatever number of tables it is about: a batch and a suite of each table would cost
a small run most of its seconds (``expectations`` says what is asked).
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from itertools import groupby
from threading import Thread
from typing import Any

import duckdb
import polars as pl

from pipelines.quality.data_docs import Audit, AuditedTable, DataDocs
from pipelines.quality.rules import Rule

DATA_QUALITY_DDL = """create table if not exists data_quality (
    table_name varchar, check_name varchar, severity varchar, passed boolean, expected varchar, actual varchar,
    unexpected bigint, examples varchar, run_id varchar, checked_at timestamp)"""
_EXAMPLES = 5


@cache
def import_ahead() -> Thread:
    """Import Great Expectations in a thread, while the engine reads files: it takes two seconds, and one processor.

    Whoever starts it joins it before anything else is imported by another thread.
    """
    thread = Thread(target=lambda: import_module("pipelines.quality.expectations"), name="import-ahead")
    thread.start()
    return thread


@dataclass(frozen=True)
class CheckResult:
    """The result of one rule: how many rows break it, and up to five of them, keys first."""

    rule: Rule
    unexpected: int
    actual: str
    rows: tuple[Mapping[str, Any], ...] = ()

    @property
    def passed(self) -> bool:
        return self.unexpected == 0

    @property
    def examples(self) -> str:
        """``rows`` as JSON."""
        return json.dumps(self.rows, default=str)


class Auditor:
    """Runs rules through one Great Expectations context that shares the warehouse connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, run_id: str, docs: DataDocs | None = None) -> None:
        """``docs``: where to keep the validation results for people to read."""
        self.connection = connection
        self.run_id = run_id
        self.docs = docs
        self._made: Any = None
        connection.execute(DATA_QUALITY_DDL)

    def audit(self, rules: Sequence[Rule]) -> list[CheckResult]:
        """Check all ``rules``, of one table or of many, and record what was found in ``data_quality``.

        Raises:
            RuntimeError: the query of a rule cannot be run.
        """
        if not rules:
            return []
        validated = self._validated(rules)
        found = [self._check_result(rule, result) for rule, result in zip(rules, validated, strict=True)]
        checked_at = datetime.now(UTC).replace(tzinfo=None)
        self._record(found, checked_at)
        if self.docs is not None:
            self._write_docs(self.docs, found, validated)
        return found

    def _validated(self, rules: Sequence[Rule]) -> list[dict[str, Any]]:
        """Great Expectations' result of every rule, as a JSON object."""
        import great_expectations as gx  # noqa: PLC0415  (seconds of import that a run without news never pays)
        from great_expectations.expectations.metadata_types import FailureSeverity  # noqa: PLC0415

        from pipelines.quality.expectations import NoBrokenRows  # noqa: PLC0415

        # The batch comes first: a suite belongs to the context that is current when it is made.
        batch = self._batch(gx)
        suite = gx.ExpectationSuite(
            name=f"{self.run_id}-{datetime.now(UTC).timestamp()}",
            expectations=[
                NoBrokenRows(
                    counts_query=query,
                    check=rule.name,
                    description=f"{rule.table}.{rule.name} ({rule.severity}): {rule.expected}",
                    severity=FailureSeverity.CRITICAL if rule.severity == "blocking" else FailureSeverity.WARNING,
                    meta={"index": index, "table": rule.table},
                )
                for index, (rule, query) in enumerate(zip(rules, _counts_queries(rules), strict=True))
            ],
        )
        found = batch.validate(suite, result_format="BASIC").results
        by_index = {int(each.expectation_config.meta["index"]): each.to_json_dict() for each in found}
        return [by_index[index] for index in range(len(rules))]

    def _check_result(self, rule: Rule, result: dict[str, Any]) -> CheckResult:
        """What ``result`` says, with examples: Great Expectations counts the broken rows, but names none."""
        message = _failure_message(result.get("exception_info"))
        if message is not None:
            raise RuntimeError(f"check {rule.table}.{rule.name} could not run: {message}")
        broken = int(result["result"]["observed_value"])
        if broken == 0:
            return CheckResult(rule, 0, "holds")
        query = f"select * from ({broken_rows_query(rule)}) order by all limit {_EXAMPLES}"
        rows = tuple(self.connection.execute(query).pl().to_dicts())
        result["result"]["details"] = {"unexpected_rows": json.loads(json.dumps(rows, default=str))}
        counted = "1 row breaks it" if broken == 1 else f"{broken} rows break it"
        return CheckResult(
            rule, broken, "; ".join(rule.says.format(**row) for row in rows) if rule.says else counted, rows
        )

    def _record(self, found: Sequence[CheckResult], checked_at: datetime) -> None:
        """Replace the earlier findings of the audited tables, so that ``data_quality`` describes the latest audit of each."""
        frame = pl.DataFrame(
            [
                (each.rule.table, each.rule.name, each.rule.severity, each.passed, each.rule.expected, each.actual,
                 each.unexpected, each.examples, self.run_id, checked_at)
                for each in found
            ],
            schema=["table_name", "check_name", "severity", "passed", "expected", "actual", "unexpected", "examples", "run_id", "checked_at"],
            orient="row",
        )  # fmt: skip
        self.connection.register("checked", frame.to_arrow())
        try:
            self.connection.execute("delete from data_quality where table_name in (select table_name from checked)")
            self.connection.execute("insert into data_quality select * from checked")
        finally:
            self.connection.unregister("checked")

    def _write_docs(self, docs: DataDocs, found: Sequence[CheckResult], validated: Sequence[dict[str, Any]]) -> None:
        audits = {
            row[0]: Audit(*row)
            for row in self.connection.execute(
                """select table_name, count(*), count(*) filter (where not passed),
                count(*) filter (where not passed and severity = 'blocking'), max(checked_at) from data_quality group by table_name"""
            ).fetchall()
        }
        pairs = sorted(zip(found, validated, strict=True), key=lambda pair: pair[0].rule.table)
        tables = []
        for table, of_table in groupby(pairs, key=lambda pair: pair[0].rule.table):
            checks, results = zip(*of_table, strict=True)
            tables.append(AuditedTable(audits[table], self.run_id, checks, results))
        docs.keep(tables, list(audits.values()))

    def _batch(self, gx: Any) -> Any:
        """What Great Expectations calls a batch, on the warehouse connection: a row of no meaning, for each check brings its query."""
        if self._made is None:
            import duckdb_sqlalchemy  # noqa: PLC0415

            os.environ["GX_ANALYTICS_ENABLED"] = "false"
            context = gx.get_context(mode="ephemeral")
            context.variables.progress_bars = {"globally": False}
            source = context.data_sources.add_sql(
                name="warehouse",
                connection_string="duckdb:///:memory:",
                kwargs={
                    "isolation_level": "AUTOCOMMIT",
                    "skip_autocommit_rollback": True,
                    "pool_reset_on_return": None,
                    "creator": lambda: duckdb_sqlalchemy.ConnectionWrapper(self.connection.cursor()),
                },
            )
            asset = source.add_query_asset(name="any", query="select 1 as one")
            self._made = asset.add_batch_definition_whole_table("whole").get_batch()
        return self._made


def broken_rows_query(rule: Rule) -> str:
    """The query for the rows that break ``rule``, keys first where the rule names them."""
    condition = _row_condition(rule)
    if condition is not None:
        return f"select * from {rule.table} where {condition}"
    return rule.query.replace("{batch}", rule.table)


def _row_condition(rule: Rule) -> str | None:
    """What is true of a row that breaks ``rule``; None of a rule that looks at more than one row."""
    match rule.kind:
        case "not_null":
            return f"{rule.column} is null"
        case "in_set":
            values = ", ".join("'" + value.replace("'", "''") + "'" for value in rule.values)
            return f"{rule.column} not in ({values})"
        case "between":
            limits = (("<", rule.minimum), (">", rule.maximum))
            return " or ".join(f"{rule.column} {sign} {limit!r}" for sign, limit in limits if limit is not None)
        case "no_rows":
            return None


def _counts_queries(rules: Sequence[Rule]) -> list[str]:
    """For each rule the query that counts the rows that break it, as a column of its name: one a table for rules of one row."""
    counted: dict[str, list[str]] = {}
    for rule in rules:
        condition = _row_condition(rule)
        if condition is not None:
            counted.setdefault(rule.table, []).append(f'count(*) filter (where {condition}) as "{_quoted(rule.name)}"')
    return [
        f'select count(*) as "{_quoted(rule.name)}" from ({broken_rows_query(rule)}) as broken'
        if _row_condition(rule) is None
        else f"select {', '.join(counted[rule.table])} from {rule.table}"
        for rule in rules
    ]


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _failure_message(info: Any) -> str | None:
    """What a check that could not run says; None for one that ran."""
    if not info:
        return None
    said = [info, *(value for value in info.values() if isinstance(value, dict))]
    return next((str(each.get("exception_message")) for each in said if each.get("raised_exception")), None)

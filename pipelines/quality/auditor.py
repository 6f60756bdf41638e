"""Great Expectations on the warehouse, in the database itself: no row is fetched but examples of broken ones."""

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import duckdb

from pipelines.quality.data_docs import Audit, DataDocs
from pipelines.quality.rules import Rule

DATA_QUALITY_DDL = """create table if not exists data_quality (
    table_name varchar, check_name varchar, severity varchar, passed boolean, expected varchar, actual varchar,
    unexpected bigint, examples varchar, run_id varchar, checked_at timestamp)"""
_EXAMPLES = 5


@dataclass(frozen=True)
class CheckResult:
    """The result of one rule. ``examples`` are up to five broken rows, keys first, as JSON."""

    rule: Rule
    passed: bool
    actual: str
    unexpected: int | None
    examples: str


class Auditor:
    """Runs rules through one Great Expectations context that shares the warehouse connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, run_id: str, docs: DataDocs | None = None) -> None:
        """``docs``: where to keep the validation results for people to read."""
        self.connection = connection
        self.run_id = run_id
        self.docs = docs
        self._source: Any = None
        connection.execute(DATA_QUALITY_DDL)

    def audit(self, table: str, rules: list[Rule]) -> list[CheckResult]:
        """Check ``table`` and record the findings in ``data_quality``."""
        if not rules:
            return []
        findings, result = self._validated(table, rules)
        checked_at = datetime.now(UTC).replace(tzinfo=None)
        # The nightly run replaces a table's earlier findings, so the table always describes the latest audit.
        self.connection.execute("delete from data_quality where table_name = $table", {"table": table})
        self.connection.executemany(
            "insert into data_quality values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    table,
                    finding.rule.name,
                    finding.rule.severity,
                    finding.passed,
                    finding.rule.expected,
                    finding.actual,
                    finding.unexpected,
                    finding.examples,
                    self.run_id,
                    checked_at,
                )
                for finding in findings
            ],
        )
        if self.docs is not None:
            audits = self._audits()
            self.docs.keep(audits[table], result, self.run_id, list(audits.values()))
        return findings

    def _audits(self) -> dict[str, Audit]:
        """table → its last audit."""
        found = self.connection.execute(
            """select table_name, count(*), count(*) filter (where not passed),
            count(*) filter (where not passed and severity = 'blocking'), max(checked_at) from data_quality group by table_name"""
        ).fetchall()
        return {row[0]: Audit(*row) for row in found}

    def _validated(self, table: str, rules: list[Rule]) -> tuple[list[CheckResult], Any]:
        """The findings, and Great Expectations' own result, which names the same broken rows."""
        import great_expectations as gx  # noqa: PLC0415  (two seconds of import that a night without news never pays)

        # The source comes first: a suite belongs to the context that is current when it is made.
        source = self._data_source(gx)
        suite = gx.ExpectationSuite(
            name=f"{table}-{self.run_id}",
            expectations=[_expectation(gx, rule, index) for index, rule in enumerate(rules)],
        )
        batch = source.add_table_asset(
            name=f"{table}-{self.run_id}-{datetime.now(UTC).timestamp()}", table_name=table
        ).add_batch_definition_whole_table("whole")
        result = batch.get_batch().validate(
            suite, result_format={"result_format": "SUMMARY", "partial_unexpected_count": _EXAMPLES}
        )
        by_index = {int(item.expectation_config.meta["index"]): item for item in result.results}
        findings = [_finding(rule, by_index[index]) for index, rule in enumerate(rules)]
        for index, finding in enumerate(findings):
            if finding.rule.kind == "no_rows" and not finding.passed:
                findings[index] = named = self._with_examples(table, finding)
                by_index[index].result["details"] = {"unexpected_rows": json.loads(named.examples)}
        return findings, result

    def _with_examples(self, table: str, finding: CheckResult) -> CheckResult:
        """The first rows of the rule's own query: a summary by Great Expectations counts them, but names none."""
        rows = self.connection.execute(
            f"select * from ({finding.rule.query.format(batch=table)}) order by all limit {_EXAMPLES}"
        ).pl()
        said = "; ".join(finding.rule.says.format(**row) for row in rows.to_dicts()) if finding.rule.says else ""
        return replace(finding, actual=said or finding.actual, examples=json.dumps(rows.to_dicts(), default=str))

    def _data_source(self, gx: Any) -> Any:
        if self._source is None:
            import duckdb_sqlalchemy  # noqa: PLC0415

            os.environ["GX_ANALYTICS_ENABLED"] = "false"
            context = gx.get_context(mode="ephemeral")
            context.variables.progress_bars = {"globally": False}
            self._source = context.data_sources.add_sql(
                name="warehouse",
                connection_string="duckdb:///:memory:",
                kwargs={
                    "isolation_level": "AUTOCOMMIT",
                    "skip_autocommit_rollback": True,
                    "pool_reset_on_return": None,
                    "creator": lambda: duckdb_sqlalchemy.ConnectionWrapper(self.connection.cursor()),
                },
            )
        return self._source


def _expectation(gx: Any, rule: Rule, index: int) -> Any:
    from pipelines.quality.data_docs_page import NoRowsExpectation  # noqa: PLC0415  (imports Great Expectations)

    expectations = gx.expectations
    said: dict[str, Any] = {
        "description": f"{rule.name} ({rule.severity}): {rule.expected}",
        "severity": "critical" if rule.severity == "blocking" else "warning",
        "meta": {"index": index},
    }
    if rule.kind == "not_null":
        return expectations.ExpectColumnValuesToNotBeNull(column=rule.column, **said)
    if rule.kind == "in_set":
        return expectations.ExpectColumnValuesToBeInSet(column=rule.column, value_set=list(rule.values), **said)
    if rule.kind == "between":
        return expectations.ExpectColumnValuesToBeBetween(
            column=rule.column, min_value=rule.minimum, max_value=rule.maximum, **said
        )
    return NoRowsExpectation(unexpected_rows_query=rule.query, **said)


def _finding(rule: Rule, item: Any) -> CheckResult:
    if item.exception_info and item.exception_info.get("raised_exception"):
        raise RuntimeError(
            f"check {rule.table}.{rule.name} could not run: {item.exception_info.get('exception_message')}"
        )
    exceptions = [
        value
        for value in (item.exception_info or {}).values()
        if isinstance(value, dict) and value.get("raised_exception")
    ]
    if exceptions:
        raise RuntimeError(f"check {rule.table}.{rule.name} could not run: {exceptions[0].get('exception_message')}")
    result = item.result or {}
    if rule.kind == "no_rows":
        observed = result.get("observed_value")
        unexpected = int(observed) if isinstance(observed, int | float) else 0
        examples: list[object] = []
    else:
        unexpected = int(result.get("unexpected_count") or 0)
        examples = result.get("partial_unexpected_list") or []
    broken = "1 row breaks it" if unexpected == 1 else f"{unexpected} rows break it"
    actual = "holds" if item.success else broken
    return CheckResult(rule, bool(item.success), actual, unexpected, json.dumps(examples[:_EXAMPLES], default=str))

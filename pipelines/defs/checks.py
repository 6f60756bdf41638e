"""Great Expectations as Dagster asset checks: one step a table, one check a group of rules."""

from collections.abc import Iterable, Iterator, Sequence

import dagster as dg

from pipelines.config import Metrics, Settings
from pipelines.config.project import Project
from pipelines.config.sources import Source
from pipelines.contract import ANALYSIS_TABLES
from pipelines.defs.run import RunResource, settings_or_none
from pipelines.quality.auditor import Auditor, CheckResult
from pipelines.quality.data_docs import DataDocs
from pipelines.quality.linkage import TABLES_WITH_CUSTOMERS
from pipelines.quality.rules import GROUPS, groups_for, rules_for
from pipelines.run_context import RunContext, tell
from pipelines.warehouse.models import all_models

#: Tables that the rules of a group read beside the one they check.
_OTHER_TABLES = {"references": ["int_legs"], "customer_ids": [*TABLES_WITH_CUSTOMERS]}


def table_checks() -> list[dg.AssetChecksDefinition]:
    """Check steps of all tables that have rules. Which groups a table has does not depend on the configuration."""
    settings = settings_or_none() or _any_settings()
    tables = ["ingest_ledger", *(model.name for model in all_models()), *ANALYSIS_TABLES]
    return [_checks(table, groups) for table in tables if (groups := groups_for(table, settings))]


def _any_settings() -> Settings:
    from pathlib import Path  # noqa: PLC0415

    return Settings(
        project=Project(data_dir=Path("data")),  # type: ignore[call-arg]
        metrics=Metrics(),  # type: ignore[call-arg]
        sources=(Source(name="contacts", format="canonical", table="contacts", path="*"),),  # type: ignore[call-arg]
        config_path=Path("aftercall.toml"),
    )


def _checks(table: str, groups: Sequence[str]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name=f"audit_{table}",
        specs=[
            dg.AssetCheckSpec(
                group, asset=table, blocking=GROUPS[group] == "blocking", additional_deps=_OTHER_TABLES.get(group, [])
            )
            for group in groups
        ],
    )
    def audit(night: RunResource) -> Iterable[dg.AssetCheckResult]:
        run = night.current
        tell(f"checking {table}")
        yield from _results(table, groups, _findings(run, table))

    return audit


def _findings(run: RunContext, table: str) -> list[CheckResult]:
    as_of = f"timestamp '{run.as_of:%Y-%m-%d %H:%M:%S.%f}'"
    docs = DataDocs(run.settings.data_dir / "data_docs")
    return Auditor(run.connection, run.run_id, docs).audit(table, rules_for(table, run.settings, as_of))


def _results(table: str, groups: Sequence[str], findings: Sequence[CheckResult]) -> Iterator[dg.AssetCheckResult]:
    for group in groups:
        of_group = [finding for finding in findings if finding.rule.group == group]
        failed = [finding for finding in of_group if not finding.passed]
        listing = "\n".join(
            [
                "| rule | expected | actual | examples |",
                "| --- | --- | --- | --- |",
                *(f"| {f.rule.name} | {f.rule.expected} | {f.actual} | `{f.examples[:200]}` |" for f in of_group),
            ]
        )
        yield dg.AssetCheckResult(
            asset_key=table,
            check_name=group,
            passed=not failed,
            severity=dg.AssetCheckSeverity.ERROR if GROUPS[group] == "blocking" else dg.AssetCheckSeverity.WARN,
            description="; ".join(f"{finding.rule.name}: {finding.actual}" for finding in failed) or None,
            metadata={"rules": len(of_group), "failed": len(failed), "findings": dg.MetadataValue.md(listing)},
        )

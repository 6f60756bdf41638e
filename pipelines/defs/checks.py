"""Great Expectations as Dagster asset checks: one step a stage, one check a table and group of rules."""

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from pipelines.config import Metrics, Settings
from pipelines.config.project import Project
from pipelines.config.sources import Source
from pipelines.defs.run import RunResource, settings_or_none
from pipelines.quality.auditor import Auditor, CheckResult
from pipelines.quality.data_docs import DataDocs
from pipelines.quality.linkage import TABLES_WITH_CUSTOMERS
from pipelines.quality.rules import GROUPS, groups_for, rules_for
from pipelines.run_context import RunContext, tell

#: Tables that the rules of a group read beside the one they check.
_OTHER_TABLES = {"references": ["int_legs"], "customer_ids": [*TABLES_WITH_CUSTOMERS]}


def stage_checks(tables: Sequence[str], name: str) -> list[dg.AssetChecksDefinition]:
    """The check step of ``tables``, which gates what reads them; none where no table has rules.

    Which groups a table has does not depend on the configuration.
    """
    settings = settings_or_none() or _any_settings()
    groups = {table: found for table in tables if (found := groups_for(table, settings))}
    return [_checks(groups, name)] if groups else []


def _any_settings() -> Settings:
    from pathlib import Path  # noqa: PLC0415

    return Settings(
        project=Project(data_dir=Path("data")),  # type: ignore[call-arg]
        metrics=Metrics(),  # type: ignore[call-arg]
        sources=(Source(name="contacts", format="canonical", table="contacts", path="*"),),  # type: ignore[call-arg]
        config_path=Path("aftercall.toml"),
    )


def _checks(groups: Mapping[str, Sequence[str]], name: str) -> dg.AssetChecksDefinition:
    """``groups``: of each table."""

    @dg.multi_asset_check(
        name=f"audit_{name}",
        specs=[
            dg.AssetCheckSpec(
                group, asset=table, blocking=GROUPS[group] == "blocking", additional_deps=_OTHER_TABLES.get(group, [])
            )
            for table, of_table in groups.items()
            for group in of_table
        ],
        can_subset=True,
    )
    def audit(context: dg.AssetCheckExecutionContext, run: RunResource) -> Iterable[dg.AssetCheckResult]:
        tell(f"checking {name}")
        # A group cannot be audited without the others of its table: data_quality holds the latest audit of all of them.
        selected = {key.asset_key.to_user_string() for key in context.selected_asset_check_keys}
        found = audit_tables(run.current, [table for table in groups if table in selected])
        for key in context.selected_asset_check_keys:
            table = key.asset_key.to_user_string()
            of_group = [each for each in found if (each.rule.table, each.rule.group) == (table, key.name)]
            yield _result(table, key.name, of_group)

    return audit


def audit_tables(run: RunContext, tables: Sequence[str]) -> list[CheckResult]:
    """Check every rule of ``tables``, in one audit."""
    as_of = f"timestamp '{run.as_of:%Y-%m-%d %H:%M:%S.%f}'"
    rules = [rule for table in tables for rule in rules_for(table, run.settings, as_of)]
    return Auditor(run.connection, run.run_id, DataDocs(run.settings.data_dir / "data_docs")).audit(rules)


def _result(table: str, group: str, found: Sequence[CheckResult]) -> dg.AssetCheckResult:
    failed = [each for each in found if not each.passed]
    listing = "\n".join(
        [
            "| rule | expected | actual | examples |",
            "| --- | --- | --- | --- |",
            *(f"| {f.rule.name} | {f.rule.expected} | {f.actual} | `{f.examples[:200]}` |" for f in found),
        ]
    )
    return dg.AssetCheckResult(
        asset_key=table,
        check_name=group,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if GROUPS[group] == "blocking" else dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{each.rule.name}: {each.actual}" for each in failed) or None,
        metadata={"rules": len(found), "failed": len(failed), "findings": dg.MetadataValue.md(listing)},
    )

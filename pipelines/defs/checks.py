"""Great Expectations as Dagster asset checks: one step a stage, one check a table and severity; its groups and rules are metadata."""

from collections.abc import Iterable, Iterator, Sequence

import dagster as dg

from pipelines.config import Metrics, Settings
from pipelines.config.project import Project
from pipelines.config.sources import Source
from pipelines.defs.run import RunResource, settings_or_none
from pipelines.quality.auditor import CheckResult
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
    specs = [spec for table in tables for spec in _specs(table, groups_for(table, settings))]
    return [_checks(specs, name)] if specs else []


def _specs(table: str, groups: Sequence[str]) -> Iterator[dg.AssetCheckSpec]:
    """One check for all groups of a severity, called by it: a check costs Dagster more than most groups cost the engine."""
    for severity in ("blocking", "warning"):
        of_severity = [group for group in groups if GROUPS[group] == severity]
        if of_severity:
            yield dg.AssetCheckSpec(
                severity,
                asset=table,
                description=", ".join(of_severity),
                blocking=severity == "blocking",
                additional_deps=sorted({other for group in of_severity for other in _OTHER_TABLES.get(group, ())}),
            )


def _any_settings() -> Settings:
    from pathlib import Path  # noqa: PLC0415

    return Settings(
        project=Project(data_dir=Path("data")),  # type: ignore[call-arg]
        metrics=Metrics(),  # type: ignore[call-arg]
        sources=(Source(name="contacts", format="canonical", table="contacts", path="*"),),  # type: ignore[call-arg]
        config_path=Path("aftercall.toml"),
    )


def _checks(specs: Sequence[dg.AssetCheckSpec], name: str) -> dg.AssetChecksDefinition:
    tables = list(dict.fromkeys(spec.asset_key.to_user_string() for spec in specs))

    @dg.multi_asset_check(name=f"audit_{name}", specs=specs, can_subset=True)
    def audit(context: dg.AssetCheckExecutionContext, run: RunResource) -> Iterable[dg.AssetCheckResult]:
        tell(f"checking {name}")
        # A check cannot be made without the other of its table: data_quality holds the latest audit of all rules.
        selected = {key.asset_key.to_user_string() for key in context.selected_asset_check_keys}
        found = audit_tables(run.current, [table for table in tables if table in selected])
        for key in context.selected_asset_check_keys:
            table = key.asset_key.to_user_string()
            yield _result(
                table, key.name, [each for each in found if (each.rule.table, each.rule.severity) == (table, key.name)]
            )

    return audit


def audit_tables(run: RunContext, tables: Sequence[str]) -> list[CheckResult]:
    """Check every rule of ``tables``, in one audit."""
    as_of = f"timestamp '{run.as_of:%Y-%m-%d %H:%M:%S.%f}'"
    rules = [rule for table in tables for rule in rules_for(table, run.settings, as_of)]
    return run.auditor.audit(rules)


def _result(table: str, severity: str, found: Sequence[CheckResult]) -> dg.AssetCheckResult:
    failed: dict[str, list[str]] = {}
    for each in found:
        if not each.passed:
            failed.setdefault(each.rule.group, []).append(f"{each.rule.name}: {each.actual}")
    failed_groups = {group: "; ".join(said) for group, said in failed.items()}
    listing = "\n".join(
        [
            "| group | rule | expected | actual | examples |",
            "| --- | --- | --- | --- | --- |",
            *(
                f"| {f.rule.group} | {f.rule.name} | {f.rule.expected} | {f.actual} | `{f.examples[:200]}` |"
                for f in found
            ),
        ]
    )
    return dg.AssetCheckResult(
        asset_key=table,
        check_name=severity,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if severity == "blocking" else dg.AssetCheckSeverity.WARN,
        description="; ".join(failed_groups.values()) or None,
        metadata={
            "rules": len(found),
            "failed": sum(map(len, failed.values())),
            "failed_groups": dg.MetadataValue.json(failed_groups),
            "findings": dg.MetadataValue.md(listing),
        },
    )

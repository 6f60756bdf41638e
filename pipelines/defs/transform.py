"""Every file of ``sql/`` as an asset. Name, group, dependencies and column lineage come from parsing it."""

import dagster as dg

from pipelines.defs.run import RunResource
from pipelines.run_context import tell
from pipelines.warehouse.models import Model, all_models, column_types, run_model


def model_assets() -> list[dg.AssetsDefinition]:
    """One asset for each SQL model."""
    return [_asset(model) for model in all_models()]


def _asset(model: Model) -> dg.AssetsDefinition:
    @dg.asset(
        name=model.name,
        group_name=model.layer,
        deps=sorted(model.reads),
        kinds={"sql", "duckdb"},
        description=model.header,
        metadata={"sql": dg.MetadataValue.md(f"```sql\n{model.sql}\n```")},
        retry_policy=dg.RetryPolicy(max_retries=1, delay=2),
    )
    def build(night: RunResource) -> dg.MaterializeResult[None]:
        tell(model.name)
        run = night.current
        rows = run_model(run.connection, model, run.parameters())
        schema = dg.TableSchema([dg.TableColumn(name, kind) for name, kind in column_types(run.connection, model.name)])
        return dg.MaterializeResult(metadata={"dagster/row_count": rows, "dagster/column_schema": schema})

    return build

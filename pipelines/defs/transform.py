"""Every file of ``sql/`` as an asset, a stage of them as one step. Name, group and dependencies come from parsing it."""

from collections.abc import Iterator, Sequence

import dagster as dg

from pipelines.defs.run import RunResource
from pipelines.run_context import tell
from pipelines.warehouse.models import Model, run_model, table_columns


def stage_assets(stage: Sequence[Model], number: int) -> dg.AssetsDefinition:
    """One step that makes the tables of ``stage``, or those of them that are selected."""

    @dg.multi_asset(
        name=f"sql_{number}",
        specs=[
            dg.AssetSpec(
                model.name,
                group_name=model.layer,
                deps=sorted(model.reads),
                kinds={"sql", "duckdb"},
                description=model.header,
                metadata={"sql": dg.MetadataValue.md(f"```sql\n{model.sql}\n```")},
            )
            for model in stage
        ],
        can_subset=True,
        retry_policy=dg.RetryPolicy(max_retries=1, delay=2),
    )
    def build(context: dg.AssetExecutionContext, run: RunResource) -> Iterator[dg.MaterializeResult[None]]:
        selected = {key.to_user_string() for key in context.selected_asset_keys}
        parameters = run.current.parameters()
        rows = {}
        for model in stage:
            if model.name in selected:
                tell(model.name)
                rows[model.name] = run_model(run.current.connection, model, parameters)
        types = table_columns(run.current.connection, rows)
        for name, count in rows.items():
            schema = dg.TableSchema([dg.TableColumn(column, kind) for column, kind in types[name]])
            yield dg.MaterializeResult(
                asset_key=name, metadata={"dagster/row_count": count, "dagster/column_schema": schema}
            )

    return build

"""Every model of ``sql/`` as an asset, a stage of them as one step. Name, group, dependencies and lineage come from parsing it."""

from collections.abc import Iterator, Sequence

import dagster as dg

from pipelines.defs.run import RunResource
from pipelines.lineage import column_lineage
from pipelines.run_context import tell
from pipelines.warehouse.models import Model, run_models, table_columns


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
        current = run.current
        selected = {key.to_user_string() for key in context.selected_asset_keys}
        # Nobody looks into a throw-away instance, and finding out takes longer than most of the models.
        is_looked_at = not context.instance.is_ephemeral
        rows = run_models(
            current.connection,
            [model for model in stage if model.name in selected],
            current.parameters(),
            begins=tell,
            counts_views=is_looked_at,
            together=current.is_small,
        )
        current.steps.made(sum(rows.values()))
        types = table_columns(current.connection, selected) if is_looked_at else {}
        for name in (model.name for model in stage if model.name in selected):
            metadata = {"dagster/row_count": rows[name]} if name in rows else {}
            yield dg.MaterializeResult(
                asset_key=name, metadata={**metadata, **(_columns(name, types[name]) if types else {})}
            )

    return build


def _columns(table: str, types: Sequence[tuple[str, str]]) -> dict[str, dg.TableSchema | dg.TableColumnLineage]:
    """Columns with their types, and what each is made of, as metadata of a table."""
    made_of = {
        column: [dg.TableColumnDep(dg.AssetKey(source), of) for source, of in sources]
        for column, sources in column_lineage(table).items()
    }
    return {
        "dagster/column_schema": dg.TableSchema([dg.TableColumn(*column) for column in types]),
        "dagster/column_lineage": dg.TableColumnLineage(made_of),
    }

"""Publication as an asset: what passed the blocking checks becomes the current snapshot."""

from datetime import UTC, datetime

import dagster as dg

from pipelines.contract import PUBLISHED_TABLES
from pipelines.defs.run import RunResource
from pipelines.run_context import tell
from pipelines.run_status import write_status
from pipelines.warehouse.models import all_models
from pipelines.warehouse.publication import checksums_due, publish, remember_checksums

_MADE_BY_CHECKS = {"data_quality"}


@dg.asset(
    group_name="publish",
    deps=sorted({model.name for model in all_models()} | (set(PUBLISHED_TABLES) - _MADE_BY_CHECKS)),
    kinds={"parquet"},
    description="The published snapshot: a manifest over immutable Parquet files. Blocking checks of all tables stand before it.",
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def snapshot(context: dg.AssetExecutionContext, run: RunResource) -> dg.MaterializeResult[None]:
    current = run.current
    now = datetime.now(UTC).replace(tzinfo=None)
    # What makes everything anew also looks at every byte that it would share.
    checksums = current.options.full_refresh or checksums_due(current.connection, now)
    publication = publish(
        current.connection,
        current.settings,
        as_of=current.as_of,
        run_id=current.run_id,
        progress=lambda table: tell(f"publishing {table}"),
        checksums=checksums,
        published_id=current.published_id,
    )
    current.remember_published(publication.manifest.snapshot_id)
    if checksums:
        remember_checksums(current.connection, now)
    for damage in publication.repaired:
        context.log.warning(f"repaired: {damage}")
    write_status(current, "published")
    manifest = publication.manifest
    current.steps.made(sum(table.rows for table in manifest.tables.values()))
    return dg.MaterializeResult(
        metadata={
            "snapshot": manifest.snapshot_id,
            "as_of": manifest.as_of.isoformat(),
            "files_written": publication.files_written,
            "files_shared": publication.files_shared,
            "repaired": len(publication.repaired),
            "dagster/row_count": sum(table.rows for table in manifest.tables.values()),
        }
    )

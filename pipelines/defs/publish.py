"""Publication as an asset: what passed the blocking checks becomes the current snapshot."""

import dagster as dg

from pipelines.contract import PUBLISHED_TABLES
from pipelines.defs.run import NightResource
from pipelines.defs.status import write_status
from pipelines.night import tell
from pipelines.warehouse.models import all_models
from pipelines.warehouse.publication import publish

_MADE_BY_CHECKS = {"data_quality"}


@dg.asset(
    group_name="publish",
    deps=sorted({model.name for model in all_models()} | (set(PUBLISHED_TABLES) - _MADE_BY_CHECKS)),
    kinds={"parquet"},
    description="The published snapshot: a manifest over immutable Parquet files. Blocking checks of all tables stand before it.",
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def snapshot(night: NightResource) -> dg.MaterializeResult[None]:
    run = night.current
    publication = publish(
        run.connection,
        run.settings,
        as_of=run.as_of,
        run_id=run.run_id,
        progress=lambda table: tell(f"publishing {table}"),
    )
    run.remember_published()
    write_status(run, "published")
    manifest = publication.manifest
    return dg.MaterializeResult(
        metadata={
            "snapshot": manifest.snapshot_id,
            "as_of": manifest.as_of.isoformat(),
            "files_written": publication.files_written,
            "files_shared": publication.files_shared,
            "dagster/row_count": sum(table.rows for table in manifest.tables.values()),
        }
    )

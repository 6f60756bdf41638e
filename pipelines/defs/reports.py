"""The weekly report as an asset: it reads the published snapshot, like every reader."""

import dagster as dg

from pipelines.config import ConfigError, load_settings
from pipelines.defs.run import config_path
from pipelines.snapshot import SnapshotError, SnapshotStore


class ReportConfig(dg.Config):
    """``week``: ISO week such as 2026-W47; empty for the latest complete one."""

    config_path: str = ""
    week: str = ""


@dg.asset(
    group_name="reports",
    deps=["snapshot"],
    kinds={"html"},
    description="Weekly report: a self-contained HTML page under data_dir/reports.",
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def weekly_report_page(config: ReportConfig) -> dg.MaterializeResult[None]:
    from dashboards.report import ReportError, write_report  # noqa: PLC0415  (plotly is not needed to load the definitions)

    try:
        settings = load_settings(config_path(config.config_path))
        store = SnapshotStore(settings.data_dir)
        path = write_report(store.current(), store.read_status(), config.week or None, settings.data_dir / "reports")
    except (ConfigError, SnapshotError, ReportError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(path), "bytes": path.stat().st_size})

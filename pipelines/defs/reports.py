"""The weekly report as an asset: it reads the published snapshot, like every reader, and is mailed where configured."""

import dagster as dg

from pipelines.config import ConfigError, load_settings
from pipelines.defs.run import config_path
from pipelines.snapshot import SnapshotError, SnapshotStore


class ReportConfig(dg.Config):
    """``week``: ISO week such as 2026-W47; empty for the latest complete one. ``mail``: whether ``email.to`` and ``subscriptions`` get it."""

    config_path: str = ""
    week: str = ""
    mail: bool = True


@dg.asset(
    group_name="reports",
    deps=["snapshot"],
    kinds={"html"},
    description="Weekly report: a self-contained HTML page under data_dir/reports, its JSON, its PDF where a Chromium is found; mailed to email.to and to subscriptions.",
    # A server that took no mail is tried again; the report is then made anew from the same snapshot.
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def weekly_report_page(context: dg.AssetExecutionContext, config: ReportConfig) -> dg.MaterializeResult[None]:
    from dashboards.report import DeliveryError, MailError, ReportError, publish_report  # noqa: PLC0415  (plotly is not needed to load the definitions)

    try:
        settings = load_settings(config_path(config.config_path))
        mails = config.mail and bool(settings.email.host)
        made = publish_report(
            SnapshotStore(settings.data_dir),
            config.week or None,
            settings.data_dir / "reports",
            settings=settings,
            recipients=settings.email.to if mails else (),
            subscriptions=settings.subscriptions if mails else (),
        )
    except (ConfigError, SnapshotError, ReportError, MailError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    except DeliveryError as error:
        raise dg.Failure(description=str(error), allow_retries=not error.partly) from error
    for line in made.said:
        context.log.info(line)
    metadata: dict[str, dg.MetadataValue] = {
        "path": dg.MetadataValue.path(made.page),
        "bytes": dg.MetadataValue.int(made.page.stat().st_size),
        "mailed_to": dg.MetadataValue.int(len(made.mailed)),
    }
    if made.pdf is not None:
        metadata["pdf"] = dg.MetadataValue.path(made.pdf)
    return dg.MaterializeResult(metadata=metadata)

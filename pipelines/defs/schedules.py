"""Jobs, when they run, and the sensor that starts a run when files land."""

import hashlib
from collections.abc import Iterator

import dagster as dg

from pipelines.defs.run import settings_or_none
from pipelines.defs.status import record_failure
from pipelines.warehouse.discover import find_files

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("reports"),
    description="Files land, outcomes are computed, checks gate them, a snapshot is published.",
    hooks={record_failure},
    executor_def=dg.in_process_executor,
)
weekly = dg.define_asset_job(
    "weekly_report",
    selection=dg.AssetSelection.groups("reports"),
    description="The weekly report, from the current snapshot.",
    executor_def=dg.in_process_executor,
)
JOBS = [nightly, weekly]


def schedules() -> list[dg.ScheduleDefinition]:
    """Nightly at the configured local time, the report on Monday an hour and a half later; both in the business time zone."""
    settings = settings_or_none()
    hour, minute = (int(part) for part in (settings.project.nightly_at if settings else "02:30").split(":"))
    zone = settings.project.time_zone if settings else "UTC"
    report_minutes = (hour * 60 + minute + 90) % (24 * 60)
    return [
        dg.ScheduleDefinition(
            name="every_night", job=nightly, cron_schedule=f"{minute} {hour} * * *", execution_timezone=zone
        ),
        dg.ScheduleDefinition(
            name="every_monday",
            job=weekly,
            cron_schedule=f"{report_minutes % 60} {report_minutes // 60} * * 1",
            execution_timezone=zone,
        ),
    ]


@dg.sensor(job=nightly, minimum_interval_seconds=300, default_status=dg.DefaultSensorStatus.STOPPED)
def new_files_sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for a run when the set of landing files (names, sizes, times) has changed since it last looked."""
    settings = settings_or_none()
    if settings is None:
        yield dg.SkipReason("no usable configuration; run `aftercall doctor`")
        return
    # What waits is left out of the mark, so that it starts a run once it is whole.
    found = [file for file in find_files(settings).files if file.waiting is None]
    listing = "\n".join(f"{file.file}|{file.bytes}|{file.modified_ns}" for file in found)
    mark = hashlib.sha256(listing.encode()).hexdigest()
    if mark == context.cursor:
        yield dg.SkipReason(f"{len(found)} landing files, none of them new")
        return
    context.update_cursor(mark)
    yield dg.RunRequest(run_key=mark)

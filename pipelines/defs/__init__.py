"""Dagster objects by concept: ingest, transform, scoring, metrics, checks, publish, reports, schedules, and the run they share.

No SQL text and no statistics stand here: assets call ``pipelines.warehouse``, ``pipelines.quality`` and the dashboards' report.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from pipelines.contract import ANALYSIS_TABLES
from pipelines.defs.checks import stage_checks
from pipelines.defs.ingest import landing_area
from pipelines.defs.metrics import METRICS
from pipelines.defs.publish import snapshot
from pipelines.defs.reports import weekly_report_page
from pipelines.defs.run import RunResource
from pipelines.defs.schedules import JOBS, new_files_sensor, schedules
from pipelines.defs.scoring import SCORING
from pipelines.defs.stages import sql_stages
from pipelines.defs.transform import stage_assets
from pipelines.warehouse.models import all_models


def build_defs(resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """All definitions; tests and the command line swap resources through ``resource_overrides``."""
    stages = sql_stages(all_models(), [*SCORING, *METRICS])
    return dg.Definitions(
        assets=[
            landing_area,
            *(stage_assets(stage, number) for number, stage in enumerate(stages, start=1)),
            *SCORING,
            *METRICS,
            snapshot,
            weekly_report_page,
        ],
        asset_checks=[
            *stage_checks(["ingest_ledger", "fill_rates"], "ingest"),
            *(
                check
                for number, stage in enumerate(stages, start=1)
                for check in stage_checks([model.name for model in stage], f"sql_{number}")
            ),
            *stage_checks([*ANALYSIS_TABLES], "metrics"),
        ],
        jobs=JOBS,
        schedules=schedules(),
        sensors=[new_files_sensor],
        resources={"run": RunResource(), **(resource_overrides or {})},
        # The steps write one DuckDB file, which has one writing process.
        executor=dg.in_process_executor,
    )

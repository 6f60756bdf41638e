"""Dagster objects by concept: ingest, transform, scoring, metrics, checks, publish, reports, schedules, and the run they share.

No SQL text and no statistics stand here: assets call ``pipelines.warehouse``, ``pipelines.quality`` and the dashboards' report.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from pipelines.defs.checks import table_checks
from pipelines.defs.ingest import landing_area
from pipelines.defs.metrics import METRICS
from pipelines.defs.publish import snapshot
from pipelines.defs.reports import weekly_report_page
from pipelines.defs.run import RunResource
from pipelines.defs.schedules import JOBS, new_files_sensor, schedules
from pipelines.defs.scoring import handoff_similarities, text_findings, text_languages, text_scores
from pipelines.defs.transform import model_assets


def build_defs(resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """All definitions; tests and the command line swap resources through ``resource_overrides``."""
    return dg.Definitions(
        assets=[
            landing_area,
            *model_assets(),
            text_languages,
            text_scores,
            text_findings,
            handoff_similarities,
            *METRICS,
            snapshot,
            weekly_report_page,
        ],
        asset_checks=table_checks(),
        jobs=JOBS,
        schedules=schedules(),
        sensors=[new_files_sensor],
        resources={"night": RunResource(), **(resource_overrides or {})},
        # The steps write one DuckDB file, which has one writing process.
        executor=dg.in_process_executor,
    )

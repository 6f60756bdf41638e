"""The landing area as assets: new files become rows, versions are resolved, the ledger is written."""

from collections.abc import Iterator

import dagster as dg

from pipelines.arrivals import is_unchanged, list_arrivals, read_arrivals
from pipelines.config import ConfigError
from pipelines.contract.notices import listed
from pipelines.defs.run import RunResource
from pipelines.privacy.redaction import redact
from pipelines.quality.auditor import import_ahead
from pipelines.run_context import tell
from pipelines.run_status import write_status
from pipelines.warehouse.database import count_rows
from pipelines.warehouse.derive import derive_logs
from pipelines.warehouse.landing import JOINED_TABLES, record_tables
from pipelines.warehouse.publication import ledger_totals
from pipelines.warehouse.resolve_versions import resolve_versions, write_ledger
from pipelines.warehouse.segment_spellings import write_segment_spellings

LANDING_TABLES = (
    *(f"landing_{name}" for name in record_tables() if name not in {table.name for table in JOINED_TABLES}),
    "superseded_versions",
    "segment_spellings",
    "settings_lists",
    "language_names",
    "promise_kinds",
    "flag_rules",
    "ingest_ledger",
    "ingest_notices",
    "quarantine",
)

_DESCRIPTIONS = {
    "superseded_versions": "Versions of records that another version of the same key supersedes.",
    "segment_spellings": "Spellings of segment values that are not their own key, and the key of each.",
    "settings_lists": "Lists of the configuration, as a table.",
    "language_names": "What records may call a language, and its ISO 639-1 code.",
    "promise_kinds": "Kinds of promise, and the CRM event that keeps each.",
    "flag_rules": "Rules of case flags, and their numbers.",
    "ingest_ledger": "What became of every source record of every file.",
    "ingest_notices": "What keeps the run from publishing, and warnings, about what came in.",
    "quarantine": "Every rejected file, record and value, with the reason.",
}


@dg.multi_asset(
    name="ingest",
    specs=[
        dg.AssetSpec(
            name,
            group_name="ingest",
            skippable=True,
            kinds={"duckdb"},
            description=_DESCRIPTIONS.get(
                name, "Every version of every record that was read: typed, pseudonymised, redacted."
            ),
        )
        for name in LANDING_TABLES
    ],
    retry_policy=dg.RetryPolicy(max_retries=1, delay=5),
)
def landing_area(context: dg.AssetExecutionContext, run: RunResource) -> Iterator[dg.MaterializeResult[None]]:
    """Read what is new. Yields nothing when nothing changed, so that every later step is skipped."""
    current = run.current
    write_status(current, "running")
    try:
        summary, notices = current.arrived or read_arrivals(current, list_arrivals(current), _reading)
    except ConfigError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    context.log.info(
        f"{summary.files_new} new files ({summary.files_refused} refused), {summary.files_known} known, {summary.rows_in} records"
    )
    for notice in listed(notices):
        context.log.warning(redact(notice, current.settings.project.phone_region))
    if summary.files_new:
        import_ahead().join()
    if is_unchanged(current, summary):
        context.log.info("nothing is new; the published snapshot stands")
        write_status(current, "unchanged")
        return
    tell("resolving versions")
    current.write_settings_lists()
    derive_logs(current.connection, current.settings, current.run_id)
    resolve_versions(current.connection)
    write_segment_spellings(current.connection)
    write_ledger(current.connection)
    current.begin_recompute(current.decide_as_of())
    totals = ledger_totals(current.connection)
    if totals.files == totals.refused_files:
        raise dg.Failure(description="no source could be read at all", allow_retries=False)
    for name in LANDING_TABLES:
        metadata: dict[str, dg.MetadataValue | int] = {"dagster/row_count": count_rows(current.connection, name)}
        if name == "ingest_ledger":
            metadata.update(totals.model_dump())
        yield dg.MaterializeResult(asset_key=name, metadata=metadata)


def _reading(done: int, total: int) -> None:
    """Files were read: there is something to check, so what checks is imported beside the reading."""
    if done < total:
        import_ahead()
    tell("reading", done / total if total else 1.0)

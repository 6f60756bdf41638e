"""Format ``servicenow_incident``: the event log of ServiceNow incidents, one CSV row per update of an incident.

What belongs here: the columns of that log, and how its events make contacts, CRM events and handoffs.

Decisions
- An incident is one contact and one case; its number is the id of both. ``started_at`` is ``opened_at`` (the
  earliest, should it vary), never ``sys_created_at``, which may precede it.
- ``ended_at`` is ``sys_updated_at`` of the first Resolved or Closed event. ``resolved_at`` and ``resolved_by`` are
  final values that the export copies back onto every earlier row, so ``resolved_at`` serves only where no such
  event was seen, and ``resolved_by`` only where one was.
- ``issue`` is the category, ``workflow`` the subcategory: repeats of the "same issue" then survive a refined
  subcategory. Both, the queue (``assignment_group``) and the region (``location``) are the last known values.
- ``channel`` is ``contact_type`` in lower snake case (Phone → ``phone``, Self service → ``self_service``).
- ``resolved_claimed`` is true once the incident was Resolved or Closed, even if it was reopened later (the claim
  was made), and null before: an open incident claims nothing.
- No handle time: the log does not have one, and open → resolve is not work time.
- Reopenings and reassignments are the units by which ``reopen_count`` and ``reassignment_count`` rise above their
  highest value so far, each unit one event, dated by the update that shows it.
"""

from pathlib import Path

import polars as pl

from pipelines.contract import CHANGE_COLUMNS, CanonicalTable, Column, Kind, Privacy
from pipelines.sources.parquet_records import is_parquet
from pipelines.sources.plain_text import FALLBACK_ENCODING, plain_text
from pipelines.sources.reading import RECORD, Reading, ReadOptions, reading_errors
from pipelines.sources.text_tables import Layout, TextTable, read_csv_table, read_parquet_table

_MOST_UNITS = 1_000
"""More reopenings or reassignments of one incident than this are a broken value."""

_EVENTS = CanonicalTable(
    "servicenow_events",
    "One row per update of a ServiceNow incident.",
    # sys_mod_count repeats within an incident, and updates of one minute share sys_updated_at. The state keeps two
    # events apart that differ in nothing else of the key; other columns are final values, which a later extract of
    # the same event fills in: that is a new version of the event, not another event.
    ("number", "sys_updated_at", "sys_mod_count", "incident_state"),
    "sys_updated_at",
    (
        Column("number", description="incident", required=True, privacy=Privacy.IDENTIFIER, is_id=True),
        Column("sys_updated_at", Kind.INSTANT, "when the update was made", required=True),
        Column("sys_mod_count", Kind.INTEGER, "updates so far", required=True, minimum=0, unit="count"),
        Column("incident_state", description="state after the update", privacy=Privacy.LABEL, required=True),
        Column("opened_at", Kind.INSTANT, "when the incident was opened"),
        Column("resolved_at", Kind.INSTANT, "when it was resolved in the end (copied back onto earlier updates)"),
        Column("caller_id", description="who reported it", privacy=Privacy.PSEUDONYM, is_id=True),
        Column("contact_type", description="channel", privacy=Privacy.LABEL),
        Column("assignment_group", description="group that has it", privacy=Privacy.LABEL),
        Column("category", description="category", privacy=Privacy.LABEL),
        Column("subcategory", description="subcategory", privacy=Privacy.LABEL),
        Column("location", description="location of the caller", privacy=Privacy.LABEL),
        Column("assigned_to", description="agent who has it", privacy=Privacy.IDENTIFIER, is_id=True),
        Column(
            "resolved_by",
            description="agent who resolved it in the end",
            privacy=Privacy.IDENTIFIER,
            is_id=True,
        ),
        Column("reopen_count", Kind.INTEGER, "reopenings so far", minimum=0, maximum=_MOST_UNITS, unit="count"),
        Column(
            "reassignment_count", Kind.INTEGER, "reassignments so far", minimum=0, maximum=_MOST_UNITS, unit="count"
        ),
        *CHANGE_COLUMNS,
    ),
)
_OTHER_NAMES = {"incident_state": ("state",)}
_ESSENTIAL = ("number", "incident_state", "sys_mod_count", "sys_updated_at", "opened_at")
_LAYOUT = Layout(
    required=[(name, *_OTHER_NAMES.get(name, ())) for name in _ESSENTIAL],
    read=tuple(other for name in _EVENTS.column_names for other in (name, *_OTHER_NAMES.get(name, ()))),
    unread=(
        "active", "made_sla", "opened_by", "sys_created_by", "sys_created_at", "sys_created_on", "sys_updated_by", "u_symptom",
        "cmdb_ci", "impact", "urgency", "priority", "knowledge", "u_priority_confirmation", "notify", "problem_id", "rfc", "vendor",
        "caused_by", "closed_code", "closed_at", "close_code", "short_description", "sys_id",
    ),
)  # fmt: skip
#: Resolved and Closed as displayed, and as ServiceNow stores them.
_ENDED = ("resolved", "closed", "6", "7")


class ServiceNowIncidentReader:
    """Events in, incidents out; see the module's docstring for what was decided."""

    format = "servicenow_incident"
    fills: tuple[str, ...] = ("contacts", "crm_events", "handoffs")
    date_order = "dmy"
    record_table = _EVENTS

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """The events of one CSV or Parquet file; headers in any case, ``?`` and blank as null.

        Raises UnreadableFileError where a column is absent without which there is no event.
        """
        with reading_errors():
            text = _table(path, options.encoding)
        columns = []
        for name in _EVENTS.column_names:
            found = next((n for n in (name, *_OTHER_NAMES.get(name, ())) if n in text.frame.columns), None)
            if found is not None:
                columns.append(pl.col(found).str.strip_chars().replace(["", "?"], None).alias(name))
        return Reading(text.rows_in, {_EVENTS.name: text.frame.select(*columns, RECORD)}, text.rejects, text.unknown)

    def derive(self, records: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Contacts, reopenings and handoffs of the incidents whose typed events these are."""
        events = _in_order(records)
        return {
            "contacts": _contacts(events),
            "crm_events": _units_gained(events, "reopen_count").select(
                pl.format("{}:reopened:{}", "number", "unit").alias("event_id"),
                pl.lit("case_reopened").alias("event_type"),
                pl.col("sys_updated_at").alias("occurred_at"),
                pl.col("customer_id"),
                pl.col("number").alias("contact_id"),
                pl.col("number").alias("case_id"),
            ),
            "handoffs": _units_gained(events, "reassignment_count").select(
                pl.format("{}:reassigned:{}", "number", "unit").alias("handoff_id"),
                pl.col("number").alias("contact_id"),
                pl.col("sys_updated_at").alias("occurred_at"),
                pl.lit("agent").alias("from_party"),
                pl.lit("agent").alias("to_party"),
            ),
        }


def _table(path: Path, encoding: str) -> TextTable:
    with path.open("rb") as handle:
        if is_parquet(handle.read(4)):
            return read_parquet_table(path, _LAYOUT)
    with plain_text(path, encoding, fallback=FALLBACK_ENCODING) as text:
        return read_csv_table(text, _LAYOUT)


_TYPES = {Kind.INSTANT: pl.Datetime("us"), Kind.INTEGER: pl.Int64()}


def _in_order(records: pl.DataFrame) -> pl.DataFrame:
    """Every column of the event table (null where no file had it), in one order whatever order the rows came in."""
    columns = {column.name: _TYPES.get(column.kind, pl.String()) for column in _EVENTS.columns}
    events = records.select(
        (pl.col(name) if name in records.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in columns.items()
    )
    first = ("number", "sys_updated_at", "sys_mod_count")
    events = events.sort(*first, *(name for name in columns if name not in first), nulls_last=True)
    return events.with_columns(
        pl.col("incident_state").str.to_lowercase().is_in(_ENDED).alias("has_ended"),
        pl.col("caller_id").drop_nulls().first().over("number").alias("customer_id"),
    )


def _contacts(events: pl.DataFrame) -> pl.DataFrame:
    """One row per incident, in the order of their numbers; expects events in order."""

    def last(name: str) -> pl.Expr:
        return pl.col(name).drop_nulls().last()

    ended = pl.col("has_ended").any()
    incidents = events.group_by("number", maintain_order=True).agg(
        pl.col("customer_id").first(),
        last("contact_type")
        .str.to_lowercase()
        .str.replace_all(r"[^\p{L}\p{N}]+", "_")
        .str.strip_chars("_")
        .alias("channel"),
        # An incident whose opening is unknown was there at its first update at the latest.
        pl.coalesce(pl.col("opened_at").min(), pl.col("sys_updated_at").min()).alias("started_at"),
        pl.coalesce(
            pl.col("sys_updated_at").filter("has_ended").first(),
            pl.col("resolved_at").drop_nulls().last(),
        ).alias("ended_at"),
        last("assignment_group").alias("queue"),
        last("subcategory").alias("workflow"),
        last("category").alias("issue"),
        last("location").alias("region"),
        pl.coalesce(pl.when(ended).then(last("resolved_by")), last("assigned_to")).alias("agent_id"),
        pl.when(ended).then(pl.lit(value=True)).alias("resolved_claimed"),
    )
    return incidents.select(
        pl.col("number").alias("contact_id"),
        "customer_id",
        "channel",
        "started_at",
        # The contract knows no contact that ends before it starts; without an end it ends when it starts.
        pl.when(pl.col("ended_at") >= pl.col("started_at")).then("ended_at").alias("ended_at"),
        pl.lit("human_primary").alias("mode"),
        "queue",
        "workflow",
        "issue",
        "region",
        "agent_id",
        "resolved_claimed",
        pl.col("number").alias("case_id"),
    )


def _units_gained(events: pl.DataFrame, counter: str) -> pl.DataFrame:
    """One row per unit by which ``counter`` rises above its highest value so far (0 before the first event).

    Counters fall back now and then where updates were logged out of order, so a plain difference would count the
    same unit twice.
    """
    count = pl.col(counter).fill_null(0)
    highest_before = count.cum_max().shift(1, fill_value=0).over("number")
    rising = events.with_columns(highest_before.alias("before"), count.alias("after")).filter(
        pl.col("after") > pl.col("before")
    )
    return rising.with_columns(pl.int_ranges(pl.col("before") + 1, pl.col("after") + 1).alias("unit")).explode("unit")

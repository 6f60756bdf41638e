"""The published tables of the data itself: checks, what became of every record, what a run had to say of its input."""

from pipelines.contract.notices import NoticeKind
from pipelines.contract.published_model import SYSTEM, PublishedTable, count, day, flag, instant, measure, text

_DATA_QUALITY = PublishedTable(
    "data_quality",
    "One row per check of the run that made the snapshot.",
    ("table_name", "check_name"),
    (
        text("table_name", "table checked", nullable=False),
        text("check_name", "check", nullable=False),
        text("severity", "what a failure does", nullable=False, allowed=("blocking", "warning")),
        flag("passed", "whether it held", nullable=False),
        text("expected", "what was expected"),
        text("actual", "what was found"),
        count("unexpected", "rows that break the rule", unit="rows", nullable=True),
        text("examples", "up to five keys of such rows, as JSON"),
        text("run_id", "run that checked", nullable=False),
        instant("checked_at", "when it checked", nullable=False),
    ),
)

_INGEST_LEDGER = PublishedTable(
    "ingest_ledger",
    "One row per reading of a file: what became of each of its source records.",
    ("source", "file", "sha256", "read_at"),
    (
        text("source", "source in the configuration", nullable=False),
        SYSTEM,
        text("format", "reader", nullable=False),
        text("file", "path, relative to the configuration where it lies below it", nullable=False),
        text("sha256", "hash of the file's bytes", nullable=False),
        count("bytes", "size of the file", unit="bytes"),
        instant(
            "delivered_at", "delivery time: parsed from the path where configured, else the file's modification time"
        ),
        count("rows_in", "source records in the file", unit="records"),
        count("accepted", "records that are the current winner of their key", unit="records"),
        count("duplicates", "records identical to an accepted one", unit="records"),
        count("superseded", "records to which a later version of the same key was preferred", unit="records"),
        count("quarantined", "records rejected, with a reason in quarantine", unit="records"),
        count("filtered", "records that the source's filter leaves out", unit="records"),
        count("bad_values", "values of accepted records set to null, with a reason in quarantine", unit="values"),
        flag("present", "the file still lay there, with this content, when the run looked", nullable=False),
        flag(
            "replaced",
            "a later reading of the same name stands for this one; its records are superseded",
            nullable=False,
        ),
        text("unknown_columns", "columns of the file that were not read, separated by commas"),
        text("reason", "why the whole file was refused; null when it was read"),
        text("run_id", "run that read it", nullable=False),
        instant("read_at", "when it was read", nullable=False),
    ),
)

_QUARANTINE = PublishedTable(
    "quarantine",
    "Every rejected file, record and value, with the reason in words; nothing is lost silently.",
    (),
    (
        text("source", "source in the configuration", nullable=False),
        text("file", "path of the file", nullable=False),
        text("sha256", "hash of the file's bytes", nullable=False),
        text("position", "row number from 1 (headers not counted) or JSON path"),
        text("scope", "what was rejected", nullable=False, allowed=("file", "row", "value")),
        text("table_name", "canonical table"),
        text("column_name", "column of a bad value"),
        text("rule", "rule that it broke", nullable=False),
        text("reason", "the reason in words; it quotes no value", nullable=False),
        text("shape", "what the value looks like, e.g. text, 15 characters"),
        flag("replaced", "a later reading of the same file stands for the one that was rejected", nullable=False),
    ),
)

_INGEST_NOTICES = PublishedTable(
    "ingest_notices",
    "One row per thing that the run had to say of its input: what keeps it from publishing (never in a published snapshot), and warnings.",
    (),
    (
        text("severity", "whether it keeps the run from publishing", nullable=False, allowed=("blocking", "warning")),
        text("kind", "what it is about", nullable=False, allowed=tuple(kind.value for kind in NoticeKind)),
        text("source", "source in the configuration", nullable=False),
        text("file", "a file concerned, or a folder"),
        text("table_name", "canonical table"),
        text("column_name", "column"),
        text("rule", "most frequent rule that was broken"),
        count("count", "records, values or files concerned", unit="rows"),
        count("total", "of so many", unit="rows"),
        measure("share", "share concerned", unit="share"),
        measure("allowed", "largest share that is let pass", unit="share"),
        text("position", "row number or path of an example"),
        text("shape", "what the example looks like; no value is quoted"),
        text("detail", "reason, or nearest known name"),
    ),
)

_FILL_RATES = PublishedTable(
    "fill_rates",
    "How much of each column a source fills, by week: of the records that count, of the last 26 weeks of each table.",
    ("source", "table_name", "column_name", "week"),
    (
        text("source", "source in the configuration", nullable=False),
        text("table_name", "canonical table", nullable=False),
        text("column_name", "a column that the source filled in any of these weeks", nullable=False),
        day(
            "week",
            "Monday of the ISO week of the record's own time; of its delivery where it has none; null where neither is known",
            nullable=True,
        ),
        count("records", "records of the source that count, of that week", unit="records"),
        count("filled", "of these, with a value in the column", unit="records"),
    ),
)

#: By name, in the order in which documentation lists them.
DATA_TABLES: dict[str, PublishedTable] = {
    table.name: table for table in (_DATA_QUALITY, _INGEST_LEDGER, _INGEST_NOTICES, _QUARANTINE, _FILL_RATES)
}

"""Format ``cfpb``: complaints that the US Consumer Financial Protection Bureau publishes.

What belongs here: every shape in which that one data set comes. CSV, and Parquet with its columns: the public bulk file of each year, the intake
and public variants of its pipeline. JSON: a list of complaints, one complaint a line, either of them wrapped in
``_source``, and the search API's answer (``hits.hits[]._source``).

Decisions
- The id stands in ``complaint_id``, ``public_id`` or the index's ``_id``, and may change its name from record to
  record. A file without any is refused; a record without one is left to the typing stage.
- A date received is a date. The index writes it as noon with an offset of −05:00, in summer too: only the date is
  handed over, and a date alone means the end of that business day.
- ``timely`` and ``disputed``: Yes and No are verdicts. A blank and ``N/A`` mean "not asked" or "not answered",
  depending on the year: neither is a verdict.
- ``issue`` is the issue. The sub-issue refines it in some years only, so it would split what belongs together.
- ``updated_at`` is ``:updated_at`` (epoch seconds), else the date on which the record was indexed; the CSV files
  have neither.
"""

from pathlib import Path

import polars as pl

from pipelines.sources.json_records import JsonRecords, looks_like_json, read_json_records
from pipelines.sources.parquet_records import is_parquet
from pipelines.sources.plain_text import FALLBACK_ENCODING, plain_text
from pipelines.sources.reading import PATH, RECORD, Reading, ReadOptions, UnreadableFileError, reading_errors
from pipelines.sources.text_tables import Layout, TextTable, read_csv_table, read_parquet_table

_IDS = ("complaint_id", "public_id", "_id")
_RECEIVED = "date_received"
#: Names of each column over the years; CSV headers in lower snake case, JSON keys as they stand.
_NAMES: dict[str, tuple[str, ...]] = {
    "company": ("company",),
    "product": ("product",),
    "issue": ("issue",),
    "narrative": ("complaint_what_happened", "consumer_complaint_narrative", "consumer_narrative"),
    "company_response": ("company_response", "company_response_to_consumer"),
    "region": ("state",),
}
_VERDICTS: dict[str, tuple[str, ...]] = {"timely": ("timely", "timely_response"), "disputed": ("consumer_disputed",)}
_CHANGED = (":updated_at", "date_indexed")
_JSON_KEYS = tuple(
    dict.fromkeys(
        (*_IDS, _RECEIVED, *(n for names in (*_NAMES.values(), *_VERDICTS.values()) for n in names), *_CHANGED)
    )
)
_ABSENT = ("", "N/A", "None")
_LAYOUT = Layout(
    required=(_IDS[:2], (_RECEIVED,)),
    read=tuple(name for name in _JSON_KEYS if name not in ("_id", ":updated_at")),
    unread=(
        "sub_product", "sub_issue", "company_public_response", "zip_code", "tags", "consumer_consent_provided", "submitted_via",
        "date_sent_to_company", "timely_response_", "has_narrative", "complaint_source", "company_public_comment",
    ),
)  # fmt: skip


class CfpbReader:
    """Complaints of the CFPB, or of a regulator that publishes in its format (``regulator`` in the configuration)."""

    format = "cfpb"
    fills: tuple[str, ...] = ("complaints",)
    date_order = "mdy"

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """One row per complaint. Raises UnreadableFileError for a file that holds no complaints with an id."""
        with reading_errors():
            with path.open("rb") as handle:
                if is_parquet(handle.read(4)):
                    return _reading(read_parquet_table(path, _LAYOUT), options)
            with plain_text(path, options.encoding, fallback=FALLBACK_ENCODING) as text:
                if looks_like_json(text):
                    records = read_json_records(text, _JSON_KEYS, wrapper="_source")
                    _refuse_foreign(records)
                    return Reading(
                        records.rows_in, {"complaints": _complaints(records.frame, options)}, records.rejects
                    )
                return _reading(read_csv_table(text, _LAYOUT), options)


def _reading(table: TextTable, options: ReadOptions) -> Reading:
    return Reading(table.rows_in, {"complaints": _complaints(table.frame, options)}, table.rejects, table.unknown)


def _refuse_foreign(records: JsonRecords) -> None:
    def all_null(*names: str) -> bool:
        return bool(records.frame.select(pl.all_horizontal(pl.col(names).is_null().all())).item())

    if records.frame.is_empty():
        if records.rejects:
            raise UnreadableFileError("the file holds no JSON object")
    elif all_null(*_IDS):
        raise UnreadableFileError(f"required column absent: no record has a complaint id ({', '.join(_IDS)})")
    elif all_null(_RECEIVED, "product", "issue", "company"):
        raise UnreadableFileError(f"not a complaint export: no record has {_RECEIVED}, product, issue or company")


def _complaints(records: pl.DataFrame, options: ReadOptions) -> pl.DataFrame:
    """Canonical columns, as text, from the columns of any variant; one row per record, in the same order."""
    present = set(records.columns)

    def text(*names: str) -> pl.Expr:
        found = [pl.col(name).str.strip_chars().replace("", None) for name in names if name in present]
        return pl.coalesce(found) if found else pl.lit(None, pl.String)

    def known(*names: str) -> pl.Expr:
        return text(*names).replace(_ABSENT, None)

    columns = [
        text(*_IDS).alias("complaint_id"),
        pl.lit(options.regulator).alias("regulator"),
        _date(text(_RECEIVED)).alias("received_at"),
    ]
    columns += [known(*names).alias(name) for name, names in _NAMES.items() if present & set(names)]
    columns += [
        known(*names).replace({"Yes": "true", "No": "false"}).alias(name)
        for name, names in _VERDICTS.items()
        if present & set(names)
    ]
    if present & set(_CHANGED):
        columns.append(_changed(text(":updated_at"), text("date_indexed")).alias("updated_at"))
    return records.select(*columns, *(name for name in (RECORD, PATH) if name in present))


def _date(value: pl.Expr) -> pl.Expr:
    """The date of a date with a time behind it; anything else as it stands."""
    return value.str.replace(r"^(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})[T ].*$", "$1")


def _changed(epoch_seconds: pl.Expr, indexed: pl.Expr) -> pl.Expr:
    instant = pl.from_epoch(epoch_seconds.cast(pl.Int64, strict=False), "s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return pl.coalesce(instant, _date(indexed))

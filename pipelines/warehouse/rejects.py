"""What was wrong with the records of a file: one entry a quarantined record or bad value, in words, without the value."""

from dataclasses import replace

import duckdb
import polars as pl

from pipelines.privacy.redaction import redact
from pipelines.sources.reading import Reject
from pipelines.warehouse.bad_values import reason_in_words
from pipelines.warehouse.typing import RawRelation, TypedSelect

#: How readers of lines say where a record stands.
_LINE = "line "


class Rejects:
    """Writes ``landing_rejects`` on one connection; ``region`` says how phone numbers look that are redacted."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, region: str) -> None:
        self.connection = connection
        self.region = region

    def keep_faults(self, raw: RawRelation, typed: TypedSelect, *, is_part: bool) -> None:
        """List what was wrong with the rows of a relation: rule, shape and reason, and no value."""
        faults = self.connection.execute(typed.faults()).pl()
        if faults.is_empty():
            return
        kinds = faults.select("column_name", "rule", "is_row").unique()
        reasons = [
            reason_in_words(
                raw.table.column(kind["column_name"]),
                kind["rule"],
                required=kind["is_row"] and not is_part,
                scale=typed.rules.rating_scale,
            )
            for kind in kinds.iter_rows(named=True)
        ]
        worded = faults.join(
            kinds.with_columns(reason=pl.Series(reasons, dtype=pl.String)), on=["column_name", "rule", "is_row"]
        )
        scope = pl.lit("value") if is_part else pl.when(pl.col("is_row")).then(pl.lit("row")).otherwise(pl.lit("value"))
        # A quarantined record is listed once, by its first missing or bad required column; its other faults add nothing.
        place = ["file_id", "record", "path"]
        row_faults = (
            worded.filter(pl.col("is_row"))
            .sort(*place, "column_name", "rule")
            .unique(place, keep="first", maintain_order=True)
        )
        value_faults = worded.filter(~pl.col("is_row")).join(
            row_faults.select(place), on=place, how="anti", nulls_equal=True
        )
        kept = pl.concat([row_faults, value_faults]).select(
            pl.col("file_id").cast(pl.Int32),
            "record",
            "path",
            scope.alias("scope"),
            pl.lit(raw.table.name).alias("table_name"),
            "column_name",
            "rule",
            "shape",
            "reason",
        )
        self._insert(kept)

    def keep(self, rejects: tuple[Reject, ...], file_id: int) -> None:
        """List the records that a reader refused, with its reasons, redacted.

        Every list of records counts records; the line that a reader names stands in the reason.
        """
        if not rejects:
            return
        rejects = tuple(
            replace(reject, path=None, reason=f"{reject.reason} ({reject.path})")
            if reject.path is not None and reject.path.startswith(_LINE)
            else reject
            for reject in rejects
        )
        frame = pl.DataFrame(
            {
                "file_id": [file_id] * len(rejects),
                "record": [reject.record for reject in rejects],
                "path": [reject.path for reject in rejects],
                "scope": [reject.scope for reject in rejects],
                "table_name": [reject.table for reject in rejects],
                "column_name": [reject.column for reject in rejects],
                "rule": [reject.rule for reject in rejects],
                "reason": [redact(reject.reason, self.region) for reject in rejects],
            },
            schema={"file_id": pl.Int32, "record": pl.Int64, "path": pl.String, "scope": pl.String, "table_name": pl.String, "column_name": pl.String, "rule": pl.String, "reason": pl.String},
        )  # fmt: skip
        self._insert(frame)

    def _insert(self, frame: pl.DataFrame) -> None:
        self.connection.register("rejects_frame", frame.to_arrow())
        try:
            self.connection.execute("insert into landing_rejects by name select * from rejects_frame")
        finally:
            self.connection.unregister("rejects_frame")

"""Texts and labels that redaction changes: each distinct one of a relation is looked at once, most by a pattern alone."""

from functools import lru_cache

import duckdb
import polars as pl

from pipelines.contract import Column, Privacy
from pipelines.privacy.redaction import candidate_sql, redact, redact_many
from pipelines.warehouse.typing import RawRelation

#: Up to so many distinct labels are looked at one by one: the pattern takes longer to compile.
_FEW = 1_000


def map_redactions(connection: duckdb.DuckDBPyConnection, raw: RawRelation, region: str) -> dict[str, str]:
    """For each column with such values, the name of a temp table (text, redacted); drop it when the rows have landed."""
    made: dict[str, str] = {}
    for column in raw.table.columns:
        if column.privacy not in {Privacy.FREE_TEXT, Privacy.LABEL} or column.name not in raw.columns:
            continue
        changed = _changed(connection, raw, column, region)
        if changed.is_empty():
            continue
        name = f"redacted_{column.name}"
        connection.register("redacted_frame", changed.to_arrow())
        connection.execute(f"create or replace temp table {name} as select * from redacted_frame")
        connection.unregister("redacted_frame")
        made[column.name] = name
    return made


def _changed(connection: duckdb.DuckDBPyConnection, raw: RawRelation, column: Column, region: str) -> pl.DataFrame:
    """Columns text and redacted: the values of ``column``, as typing reads them, that may not be kept as they are."""
    text = raw.text(column, "value") or raw.id_of(column, "value")
    values = f"(select {text} as text from (select {raw.value(column)} as value from {raw.relation}))"
    if column.privacy is Privacy.LABEL:
        values = f"(select distinct text from {values} where text is not null)"
        few = [row[0] for row in connection.execute(f"select text from {values} limit {_FEW + 1}").fetchall()]
        if len(few) <= _FEW:
            pairs = [(each, _redacted(each, region)) for each in few]
            return pl.DataFrame(
                [pair for pair in pairs if pair[0] != pair[1]],
                schema={"text": pl.String, "redacted": pl.String},
                orient="row",
            )
    candidates = connection.execute(f"select distinct text from {values} where {candidate_sql('text')}").pl()
    return candidates.with_columns(redacted=redact_many(candidates["text"], region)).filter(
        pl.col("text") != pl.col("redacted")
    )


@lru_cache(maxsize=20_000)
def _redacted(label: str, region: str) -> str:
    # Files of one source hold the same labels again and again.
    return redact(label, region)

"""Ids of customers and agents that are phone numbers or addresses: each distinct spelling is read once for a relation."""

import duckdb
import polars as pl

from pipelines.contract import Privacy
from pipelines.privacy.identity import needs_mapping, person_of
from pipelines.warehouse.typing import RawRelation


def map_people(
    connection: duckdb.DuckDBPyConnection, raw: RawRelation, region: str, phone_columns: tuple[str, ...] = ()
) -> dict[str, str]:
    """For each id column with such ids, the name of a temp table (text, person); drop it when the rows have landed.

    ``phone_columns`` are those of which the source says that they hold phone numbers. A valid number in
    national form with separators is read as a phone in any other id, too: hardly any id has such a form, and a phone must not be kept.
    """
    made: dict[str, str] = {}
    for column in raw.table.columns:
        if column.privacy not in {Privacy.PSEUDONYM, Privacy.IDENTIFIER} or column.name not in raw.columns:
            continue
        is_phone = column.name in phone_columns
        is_separated = column.privacy is Privacy.IDENTIFIER
        text = raw.id_of(column, "value")
        candidates = connection.execute(
            f"""select distinct text from (select {text} as text from (select {raw.value(column)} as value from {raw.relation}))
            where {needs_mapping("text", is_phone=is_phone, is_separated_phone=is_separated)}"""
        ).fetchall()
        people = [
            (text, person)
            for (text,) in candidates
            if (person := person_of(text, region, is_phone=is_phone, is_separated_phone=is_separated)) is not None
        ]
        if not people:
            continue
        name = f"people_{column.name}"
        frame = pl.DataFrame(people, schema={"text": pl.String, "person": pl.String}, orient="row")
        connection.register("people_frame", frame.to_arrow())
        connection.execute(f"create or replace temp table {name} as select * from people_frame")
        connection.unregister("people_frame")
        made[column.name] = name
    return made

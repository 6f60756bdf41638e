"""Instants of a source in UTC, and the order of day and month, settled per file and column.

Rules (data contract, sections 1 and 3): an offset is obeyed; without one the source's zone applies; a date
alone means the end of that business day. `03-04-2016` is read only when something settles the order: the
column's own unambiguous values, the configuration, the format's rule, or dates that only ascend with the ids one way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from pipelines.warehouse.written import (
    EARLIEST,
    LATEST,
    WRITTEN_DATE,
    Zones,
    end_of_day,
    local_to_utc,
    numeric_date,
    within_bounds,
    written_date,
    written_instant,
)

__all__ = [
    "EARLIEST",
    "LATEST",
    "Order",
    "SuspiciousOrder",
    "Zones",
    "decide_orders",
    "native_instant",
    "suspicious_orders",
    "within_bounds",
    "written_date",
    "written_instant",
]

#: A file is suspicious from this many ambiguous dates on.
_FEWEST_AMBIGUOUS = 5


@dataclass(frozen=True)
class Order:
    """Order of day and month of a column: ``dmy``, ``mdy`` or "" (nothing settles it: its ambiguous values are bad).

    ``everywhere`` goes for every file of the relation that ``by_file`` does not list.
    """

    everywhere: str = ""
    by_file: Mapping[int, str] = field(default_factory=dict)

    def sql(self, file: str) -> str:
        """The order as an expression over the file's id."""
        files: dict[str, list[int]] = {}
        for file_id, order in self.by_file.items():
            if order != self.everywhere:
                files.setdefault(order, []).append(file_id)
        branches = [f"when {file} in ({', '.join(map(str, ids))}) then '{order}'" for order, ids in files.items()]
        return f"case {' '.join(branches)} else '{self.everywhere}' end" if branches else f"'{self.everywhere}'"


@dataclass(frozen=True)
class SuspiciousOrder:
    """A file whose dates speak against the order in which they are read, though none contradicts it."""

    file_id: int
    column: str
    order: str
    """The order in which the file is read: ``dmy`` or ``mdy``."""
    rows_unambiguous: int
    months_unambiguous: int
    """Months in which the dates lie that exist in this order alone."""
    rows_ambiguous: int
    months_ambiguous: int
    """Months in which the other dates lie, read in this order."""
    rows_elsewhere: int
    """Of the ambiguous rows, those outside the months of the unambiguous ones in this order, and inside them in the other."""


def native_instant(value: str, duckdb_type: str, zones: Zones) -> str:
    """An already typed column as naive UTC; null far outside the plausible years, where conversions overflow."""
    if duckdb_type == "DATE":
        instant = end_of_day(value, zones)
    elif duckdb_type == "TIMESTAMP WITH TIME ZONE":
        instant = f"timezone('UTC', {value})"
    else:
        instant = local_to_utc(f"cast({value} as timestamp)", zones.source)
    near = f"{value} >= cast('1979-12-01' as {duckdb_type}) and {value} < cast('2200-02-01' as {duckdb_type})"
    return f"case when {near} then {instant} end"


def decide_orders(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: dict[str, str],
    *,
    file: str,
    configured: str | None,
    prescribed: str,
    key: str | None,
    formats: tuple[str, ...] = (),
) -> dict[str, Order]:
    """Order of day and month of each text column that holds written dates, file by file.

    Args:
        relation: a FROM clause, of the rows of one or more files; ``columns`` maps a contract column to its expression.
        file: expression of the file's id.
        configured: order from the configuration, which overrules all else.
        prescribed: order that the format lays down, used where a file's values leave it open.
        key: expression of the record's id, for the last resort (dates that ascend with numeric ids).
        formats: patterns of the configuration; where there are some, nothing but the configuration settles an order.
    """
    if configured or formats:
        return dict.fromkeys(columns, Order(configured or ""))
    orders = dict.fromkeys(columns, Order(prescribed))
    for column in _with_written_dates(connection, relation, columns):
        text = _text(columns[column])
        dmy, mdy = numeric_date(text, "dmy"), numeric_date(text, "mdy")
        # Only a date under one order alone is evidence: 45-02-2016 is none under either.
        counts = connection.execute(
            f"""select file_id, count(*) filter (where dmy is not null and mdy is null), count(*) filter (where mdy is not null and dmy is null)
            from (select {file} as file_id, {dmy} as dmy, {mdy} as mdy from {relation} where {_is_written(text)}) group by file_id"""
        ).fetchall()
        by_file = {}
        unsettled = []
        for file_id, only_dmy, only_mdy in counts:
            if bool(only_dmy) != bool(only_mdy):
                by_file[int(file_id)] = "dmy" if only_dmy else "mdy"
            elif not prescribed and not only_dmy:
                unsettled.append(int(file_id))
        if key and unsettled:
            by_file |= _orders_by_ids(connection, relation, text, key=key, file=file, files=unsettled)
        orders[column] = Order(prescribed, by_file)
    return orders


def suspicious_orders(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: dict[str, str],
    *,
    file: str,
    orders: dict[str, Order],
) -> list[SuspiciousOrder]:
    """Files in which day and month look swapped in a part of the rows.

    An export that writes some dates the other way round leaves no contradiction where it swaps only days up to 12. But then
    the ambiguous dates, read in the settled order, spread over months in which no unambiguous date lies, and read in the
    other order fall into the months of the unambiguous ones. A file is listed where a third or more of its ambiguous dates
    do so, from five ambiguous ones on; or, of fewer, where all do; and in two months or more, since at a turn of months
    the first days of the next one are of this kind (1 February, after all of January). Arguments as of :func:`decide_orders`.
    """
    found = []
    for column in _with_written_dates(connection, relation, columns):
        text = _text(columns[column])
        order = orders[column].sql("file_id")
        rows = connection.execute(
            f"""with dated as (
                select file_id, reading, case reading when 'dmy' then dmy else mdy end as settled, case reading when 'dmy' then mdy else dmy end as other
                from (
                    select file_id, {order} as reading, dmy, mdy from (
                        select {file} as file_id, {numeric_date(text, "dmy")} as dmy, {numeric_date(text, "mdy")} as mdy
                        from {relation} where {_is_written(text)}
                    )
                ) where reading <> ''
            ),
            known as (
                select file_id, count(*) as dates, list(distinct date_trunc('month', settled)) as months
                from dated where settled is not null and other is null group by file_id
            )
            select dated.file_id, any_value(reading), any_value(dates), any_value(len(months)), count(*),
                count(distinct date_trunc('month', settled)), count(*) filter (where is_elsewhere),
                count(distinct date_trunc('month', settled)) filter (where is_elsewhere)
            from (
                select dated.*, known.dates, known.months,
                    not list_contains(known.months, date_trunc('month', settled))
                    and list_contains(known.months, date_trunc('month', other)) as is_elsewhere
                from dated inner join known on known.file_id = dated.file_id
                where settled is not null and other is not null and settled <> other
            ) as dated
            group by dated.file_id order by dated.file_id"""
        ).fetchall()
        found += [
            SuspiciousOrder(int(file_id), column, order, known, months, rows_ambiguous, months_ambiguous, elsewhere)
            for file_id, order, known, months, rows_ambiguous, months_ambiguous, elsewhere, months_elsewhere in rows
            if months_elsewhere > 1 and _is_suspicious(rows_ambiguous, elsewhere)
        ]
    return found


def _is_suspicious(ambiguous: int, elsewhere: int) -> bool:
    return 3 * elsewhere >= ambiguous if ambiguous >= _FEWEST_AMBIGUOUS else elsewhere == ambiguous


def _with_written_dates(connection: duckdb.DuckDBPyConnection, relation: str, columns: dict[str, str]) -> list[str]:
    """Columns in which a date stands whose day and month need an order; most files have none, and are passed once."""
    if not columns:
        return []
    parts = ", ".join(f"bool_or({_is_written(_text(expression))})" for expression in columns.values())
    row = connection.execute(f"select {parts} from {relation}").fetchone()
    return [column for column, has in zip(columns, row or (), strict=True) if has]


def _text(expression: str) -> str:
    return f"trim(cast({expression} as varchar))"


def _is_written(text: str) -> str:
    # No more than a look at the first characters, which ISO dates fail.
    return f"regexp_matches({text}, '^{WRITTEN_DATE}(?:[^\\d].*)?$')"


def _orders_by_ids(
    connection: duckdb.DuckDBPyConnection, relation: str, text: str, *, key: str, file: str, files: list[int]
) -> dict[int, str]:
    """For each file the one order under which dates never descend while numeric ids ascend, if just one does."""
    holds: dict[int, list[str]] = {}
    for order in ("dmy", "mdy"):
        rows = connection.execute(
            f"""select file_id from (
                select file_id, day, lag(day) over (partition by file_id order by id, day) as earlier from (
                    select {file} as file_id, {numeric_date(text, order)} as day, try_cast({key} as bigint) as id
                    from {relation} where {_is_written(text)}
                ) where day is not null and id is not null and list_contains($files, file_id)
            ) group by file_id having count(*) >= 3 and count(*) filter (where day < earlier) = 0""",
            {"files": files},
        ).fetchall()
        for (file_id,) in rows:
            holds.setdefault(int(file_id), []).append(order)
    return {file_id: ascending[0] for file_id, ascending in holds.items() if len(ascending) == 1}

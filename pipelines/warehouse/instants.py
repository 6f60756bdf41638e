"""SQL that turns written instants into UTC, and settles the order of day and month per file and column.

Rules (data contract, sections 1 and 3): an offset is obeyed; without one the source's zone applies; a date
alone means the end of that business day. `03-04-2016` is read only when something settles the order: the
column's own unambiguous values, the configuration, the format's rule, or dates that only ascend with the ids one way.
"""

from dataclasses import dataclass

import duckdb

ISO_DATE = r"\d{4}-\d{1,2}-\d{1,2}"
_OFFSET = r"\s*(Z|z|UTC|GMT|[+-](0\d|1[0-4])(:?[0-5]\d)?)"
ISO_INSTANT = rf"{ISO_DATE}[Tt ]\d{{1,2}}:\d{{2}}(:\d{{2}}([.,]\d+)?)?({_OFFSET})?"
COMPACT_INSTANT = r"\d{8}T\d{6}Z"
WRITTEN_DATE = r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})"
_WRITTEN_CLOCK = r"[T ]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?(\s*[AaPp][Mm])?"

#: Elapsed times written as dates (1970-01-02) and other nonsense fall outside; both ends are UTC days.
EARLIEST, LATEST = "1980-01-01", "2200-01-01"


@dataclass(frozen=True)
class Zones:
    """Where instants without an offset, and dates without a time, belong."""

    source: str
    business: str


def _local_to_utc(naive: str, zone: str) -> str:
    """Naive local timestamp → naive UTC. Zone names are validated by the configuration; quotes cannot occur."""
    return naive if zone == "UTC" else f"timezone('UTC', timezone('{zone}', {naive}))"


def end_of_day(date: str, zones: Zones) -> str:
    """The last microsecond of a business day, as naive UTC: it still falls on its own day.

    Taken off on the local clock: where midnight comes twice in a night, the day ends with the first.
    """
    return _local_to_utc(f"(cast({date} + 1 as timestamp) - interval 1 microsecond)", zones.business)


def native_instant(value: str, duckdb_type: str, zones: Zones) -> str:
    """An already typed Parquet column as naive UTC."""
    if duckdb_type == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {value})"
    if duckdb_type == "DATE":
        return end_of_day(value, zones)
    return _local_to_utc(f"cast({value} as timestamp)", zones.source)


def _written(value: str, order: str, zones: Zones) -> str:
    """A date such as 29-02-2016 01:16, in a settled order."""
    # Only the date's separators are made alike: a clock may hold a point of its own.
    plain = f"trim(regexp_replace(replace({value}, ',', '.'), '^(\\d+)[-/.](\\d+)[-/.](\\d+)[T ]*', '\\1-\\2-\\3 '))"
    plain = f"regexp_replace({plain}, '\\s*([AaPp][Mm])$', ' \\1')"
    day_month = "%d-%m" if order == "dmy" else "%m-%d"

    def parsed(year: str) -> str:
        clocks = ["%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S.%f %p"]
        formats = ", ".join(f"'{day_month}-{year} {clock}'" for clock in clocks)
        return f"try_strptime({plain}, [{formats}])"

    def parsed_date(year: str) -> str:
        return f"cast(try_strptime({plain}, '{day_month}-{year}') as date)"

    four = f"regexp_matches({value}, '^\\d{{1,2}}[-/.]\\d{{1,2}}[-/.]\\d{{4}}')"
    return f"""case
        when regexp_full_match({value}, '{WRITTEN_DATE}') then {end_of_day(f"(case when {four} then {parsed_date('%Y')} else {parsed_date('%y')} end)", zones)}
        else {_local_to_utc(f"(case when {four} then {parsed('%Y')} else {parsed('%y')} end)", zones.source)}
    end"""


def written_instant(value: str, order: str, zones: Zones) -> str:
    """Text as naive UTC, or null where it is no instant. ``order`` is dmy, mdy or "" (unsettled)."""
    normal = f"replace(upper({value}), ',', '.')"
    normal = f"regexp_replace({normal}, '([T ]\\d{{1,2}}:\\d{{2}})(\\s*(Z|UTC|GMT|[+-].*)?)$', '\\1:00\\2')"
    normal = f"regexp_replace({normal}, '\\s*(Z|UTC|GMT)$', '+00')"
    normal = f"regexp_replace({normal}, '\\s+([+-][0-9:]+)$', '\\1')"
    compact = f"try_strptime({value}, '%Y%m%dT%H%M%SZ')"
    written = ""
    if order:
        written = (
            f"when regexp_full_match({value}, '{WRITTEN_DATE}({_WRITTEN_CLOCK})?') then {_written(value, order, zones)}"
        )
    return f"""case
        when {value} is null then null
        when regexp_full_match({value}, '{ISO_DATE}') then {end_of_day(f"try_cast({value} as date)", zones)}
        when regexp_full_match({value}, '{ISO_INSTANT}') then case
            when regexp_matches({value}, '{_OFFSET}$') then timezone('UTC', try_cast({normal} as timestamptz))
            else {_local_to_utc(f"try_cast({normal} as timestamp)", zones.source)} end
        when regexp_full_match({value}, '{COMPACT_INSTANT}') then {compact}
        {written}
    end"""


def within_bounds(instant: str) -> str:
    """The instant, or null where it is implausible."""
    return f"case when {instant} >= timestamp '{EARLIEST}' and {instant} < timestamp '{LATEST}' then {instant} end"


def written_date(value: str, order: str) -> str:
    """Text as a DATE, or null; a time behind the date is ignored."""
    branches = (
        f"when regexp_matches({value}, '^{ISO_DATE}') then try_cast(regexp_extract({value}, '^{ISO_DATE}') as date)"
    )
    if order:
        day_month = "%d-%m" if order == "dmy" else "%m-%d"
        plain = f"regexp_replace(regexp_extract({value}, '^{WRITTEN_DATE}'), '[/.]', '-', 'g')"
        branches += f" when regexp_full_match({value}, '\\d{{1,2}}[-/.]\\d{{1,2}}[-/.]\\d{{4}}.*') then cast(try_strptime({plain}, '{day_month}-%Y') as date)"
        branches += f" when regexp_full_match({value}, '\\d{{1,2}}[-/.]\\d{{1,2}}[-/.]\\d{{2}}([^\\d].*)?') then cast(try_strptime({plain}, '{day_month}-%y') as date)"
    return f"case {branches} end"


def settle_orders(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: dict[str, str],
    *,
    configured: str | None,
    prescribed: str,
    key: str | None,
) -> dict[str, str]:
    """Order of day and month of each text column of one file that holds written dates.

    Args:
        relation: a FROM clause; ``columns`` maps a contract column to its expression in it.
        configured: order from the configuration, which overrules all else.
        prescribed: order that the format lays down, used where the file's values leave it open.
        key: expression of the record's id, for the last resort (dates that ascend with numeric ids).

    Returns:
        column → ``dmy``, ``mdy`` or "" (nothing settles it: its ambiguous values are bad values).
    """
    if configured:
        return dict.fromkeys(columns, configured)
    if not columns:
        return {}
    pattern = f"'^{WRITTEN_DATE}'"
    parts = []
    for expression in columns.values():
        text = f"trim(cast({expression} as varchar))"
        matches = f"regexp_matches({text}, {pattern})"
        dmy, mdy = written_date(text, "dmy"), written_date(text, "mdy")
        parts.append(f"count(case when {matches} then 1 end)")
        # Only a date under one order alone is evidence: 45-02-2016 is none under either.
        parts.append(f"count(case when {matches} then case when {dmy} is not null and {mdy} is null then 1 end end)")
        parts.append(f"count(case when {matches} then case when {mdy} is not null and {dmy} is null then 1 end end)")
    counts = connection.execute(f"select {', '.join(parts)} from {relation}").fetchone() or (0,) * len(parts)
    orders: dict[str, str] = {}
    for index, (column, expression) in enumerate(columns.items()):
        written, only_dmy, only_mdy = counts[3 * index : 3 * index + 3]
        if bool(only_dmy) != bool(only_mdy):
            orders[column] = "dmy" if only_dmy else "mdy"
        elif prescribed or not key or not written or only_dmy:
            orders[column] = prescribed
        else:
            orders[column] = _order_by_ids(connection, relation, expression, key)
    return orders


def _order_by_ids(connection: duckdb.DuckDBPyConnection, relation: str, expression: str, key: str) -> str:
    """The one order under which dates never descend while numeric ids ascend; "" if both or neither does."""
    holds = {}
    for order in ("dmy", "mdy"):
        read = written_date(f"trim(cast({expression} as varchar))", order)
        row = connection.execute(
            f"""select count(*), count(*) filter (where day < earlier) from (
                select day, lag(day) over (order by id) as earlier from (
                    select {read} as day, try_cast({key} as bigint) as id from {relation}) where day is not null and id is not null)"""
        ).fetchone()
        holds[order] = row is not None and row[0] >= 3 and row[1] == 0
    settled = [order for order, ascending in holds.items() if ascending]
    return settled[0] if len(settled) == 1 else ""

"""Why a value is bad: one rule for each reason, and its words.

Rules are stable names, so that bad values can be counted by source, table, column and rule. The words say what was
expected and what becomes of the value, and hold no value of any record.
"""

import re

from pipelines.contract import Column, Kind
from pipelines.warehouse.written import (
    EARLIEST,
    LATEST,
    WRITTEN_DATE,
    bound,
    clock_of,
    day_of,
    is_clock,
    numeric_date,
    spelled_out,
)

#: A date of a person's working life may lie long before the first contact.
EARLIEST_DATE = "1900-01-01"

#: Rule → what is wrong, as the end of a sentence that begins with the column's name.
_WORDS = {
    "missing": "is required and empty",
    "in_the_future": "lies more than a day after the file arrived: a clock or a date is wrong",
    "before_start": "lies before {not_before}",
    "not_allowed": "is not one of {allowed}",
    "not_text": "is not text",
    "rounded_id": "is a number that was rounded before it was written (a float beyond 2^53, or 1.23457E+12): deliver ids as text or integers",
    "not_true_or_false": "is not true or false (yes, no, 1, 0)",
    "not_a_number": "is not {number}",
    "not_a_whole_number": "is not {number}",
    "ambiguous_number": "could have a decimal comma or a comma between thousands: write a decimal point and no separator of thousands",
    "not_a_duration": "is not {number} of seconds, nor a duration such as 00:01:30, PT1M30S or 90 s",
    "out_of_range": "is not {range}",
    "impossible_date": "names a day that does not exist",
    "impossible_time": "names a time of day that does not exist",
    "unknown_month": "names a month that is not an English name or its abbreviation: set date_format, or write months as numbers",
    "ambiguous_day_month": "has day and month in an order that neither the file nor the configuration settles: set date_order",
    "other_day_month_order": "names no day in the order of day and month in which its file is read: correct it, or deliver it in a file of its own",
    "not_in_date_format": "is in none of the source's date_format, and cannot be read without",
    "not_an_instant": "is not a date or an instant that can be read: write ISO 8601 with an offset, or set date_format",
}
RULES = tuple(_WORDS)

WHOLE_TYPES = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
)


def is_number(duckdb_type: str) -> bool:
    """Whether a native type holds numbers."""
    return duckdb_type in {*WHOLE_TYPES, "FLOAT", "DOUBLE"} or re.fullmatch(r"DECIMAL\(.*\)", duckdb_type) is not None


def limits_of(column: Column, scale: tuple[float, float] | None) -> tuple[float | None, float | None]:
    """Least and greatest value that may stand in the file, in its own scale."""
    return scale or (column.minimum, column.maximum)


def fault_rule(
    column: Column,
    duckdb_type: str,
    text: str | None,
    *,
    order: str,
    formats: tuple[str, ...],
    scale: tuple[float, float] | None,
) -> str:
    """SQL of the rule that a bad value breaks. ``text`` is the SQL of its text, None where its type holds none."""
    read = f"p_{column.name}"
    match column.kind:
        case Kind.TEXT if column.allowed:
            return "'not_allowed'"
        case Kind.TEXT:
            is_number = text is not None or duckdb_type in {"DOUBLE", "FLOAT"}
            if duckdb_type == "BLOB":
                return f"case when {text} is null then 'not_text' else 'rounded_id' end"
            return "'rounded_id'" if is_number else "'not_text'"
        case Kind.BOOLEAN:
            return "'not_true_or_false'"
        case Kind.INSTANT | Kind.DATE:
            return _instant_rule(column, duckdb_type, text, order, formats)
    unread = other = "'not_a_duration'" if column.unit == "seconds" else "'not_a_number'"
    if text is not None:
        unread = (
            f"case when regexp_full_match({text}, '[+-]?\\d{{1,3}},\\d{{3}}') then 'ambiguous_number' else {unread} end"
        )
    minimum, maximum = limits_of(column, scale)
    outside = [f"{read} < {minimum}"] if minimum is not None else []
    outside += [f"{read} > {maximum}"] if maximum is not None else []
    branches = [f"when {' or '.join(outside)} then 'out_of_range'"] if outside else []
    whole = "'not_a_whole_number'" if column.kind is Kind.INTEGER else "'not_a_number'"
    return f"case when {read} is null then {unread} when not isfinite({read}) then {other} {' '.join(branches)} else {whole} end"


def _instant_rule(column: Column, duckdb_type: str, text: str | None, order: str, formats: tuple[str, ...]) -> str:
    read = f"p_{column.name}"
    earliest = EARLIEST_DATE if column.kind is Kind.DATE else EARLIEST
    kind = column.kind.duckdb_type
    is_inside = f"{read} >= cast('{earliest}' as {kind}) and {read} < cast('{LATEST}' as {kind})"
    known = f"case when {is_inside} then 'before_start' else 'out_of_range' end"
    if text is None:
        # Native instants, and numbers, lie outside all plausible years; other types hold no instant.
        far = f"case when {read} is not null then {known} else 'out_of_range' end"
        is_instant = duckdb_type.startswith(("TIMESTAMP", "DATE")) and not duckdb_type.endswith("]")
        return far if is_instant or is_number(duckdb_type) else "'not_an_instant'"
    written = f"regexp_matches({text}, '^{WRITTEN_DATE}(?:[^\\d].*)?$')"
    dmy, mdy = numeric_date(text, "dmy"), numeric_date(text, "mdy")
    exists = f"({dmy} is not null or {mdy} is not null)"
    settled = f"case {order} when 'dmy' then {dmy} when 'mdy' then {mdy} end"
    ambiguous = "'not_in_date_format'" if formats else "'ambiguous_day_month'"
    # Either order will do to tell a clock that is wrong from a day that is.
    spelled = bound(
        spelled_out(text, f"case when {dmy} is null then 'mdy' else 'dmy' end"),
        "found",
        _spelled_rule("found", column, formats),
    )
    month = r"(?:\d{1,4}[-/.\s]*)?[[:alpha:]]{3,}\.?[-/.,\s]*\d{1,2}(?:\D.*)?|\d{1,4}[-/.\s]*[[:alpha:]]{3,}\.?[-/.,\s]*\d{1,4}(?:\D.*)?"
    return f"""case
        when {text} is null then 'not_an_instant'
        when {read} is not null then {known}
        when regexp_full_match({text}, '[+-]?\\d+([.]\\d+)?') then 'out_of_range'
        when {written} and not {exists} then 'impossible_date'
        when {written} and {order} = '' then {ambiguous}
        when {written} and {settled} is null then 'other_day_month_order'
        else coalesce({spelled}, case when regexp_full_match({text}, '{month}') then 'unknown_month' end, {"'not_in_date_format'" if formats else "'not_an_instant'"})
    end"""


def _spelled_rule(spelled: str, column: Column, formats: tuple[str, ...]) -> str:
    clock = clock_of(spelled)
    has_clock = f"({clock} = '' or {is_clock(clock)})" if column.kind is Kind.INSTANT else "true"
    unread = "'not_in_date_format'" if formats else "'not_an_instant'"
    return f"case when {spelled} is null then null when {day_of(spelled)} is null then 'impossible_date' when {has_clock} and {clock} <> '' then 'impossible_time' else {unread} end"


def reason_in_words(column: Column, rule: str, *, required: bool, scale: tuple[float, float] | None = None) -> str:
    """What is wrong with a value, what was expected, and what becomes of it."""
    end = "the record is quarantined" if required else "the value is left out"
    minimum, maximum = limits_of(column, scale if column.is_rating else None)
    kind = "a whole number" if column.kind is Kind.INTEGER else "a number"
    limits = [f"at least {minimum:g}"] if minimum is not None else []
    limits += [f"at most {maximum:g}"] if maximum is not None else []
    number = " ".join([kind, " and ".join(limits)]).strip()
    bounds = number
    if column.kind is Kind.INSTANT:
        bounds = f"between {EARLIEST} and {LATEST} (numbers are read as s, ms, µs or ns since 1970, or as YYYYMMDD)"
    if column.kind is Kind.DATE:
        bounds = f"between {EARLIEST_DATE} and {LATEST}"
    words = _WORDS[rule].format(
        not_before=column.not_before,
        allowed=", ".join(column.allowed),
        number=kind if rule == "not_a_duration" else number,
        range=bounds,
    )
    remedy = (
        "; set rating_scale = [lowest, highest] on the source if it rates on another scale"
        if column.is_rating and rule == "out_of_range"
        else ""
    )
    return f"{column.name} {words}{remedy}; {end}"

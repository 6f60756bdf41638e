"""SQL of the parts of a mapping: each takes the SQL of a text value and gives that of another text value."""

from collections.abc import Callable
from math import floor

from pipelines.sources.mapping.declaration import DAY_NUMBERS, DURATION_UNITS, ColumnRule, DateRule, ValueMap
from pipelines.sources.mapping.templates import parsed_template

#: Rule → what is wrong and what to do, behind the key of the mapping.
FAULT_WORDS = {
    "expression_failed": "cannot be computed for this record: a value has not the type that the expression casts it to; "
    "use try_cast, or handle it with case",
    "not_in_values": 'does not list this value; add it to map or null, or say what the rest means (default, or rest = "null" or "keep")',
    "not_in_date_format": "has no pattern for this value; add it to format",
}
_WHOLE = "%Y-%m-%dT%H:%M:%S.%f"
_PLAIN_NUMBER = r"[+-]?\d+([.]\d+)?|[+-]?[.]\d+|[+-]?\d+,(\d{1,2}|\d{4,})"


def literal(value: object) -> str:
    """A text literal; true and false as text that typing reads."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "'" + text.replace("'", "''") + "'"


def without_blanks(value: str) -> str:
    """Null where nothing but blanks stands."""
    return f"case when trim({value}) <> '' then {value} end"


def computed(expression: str) -> str:
    """A struct whose ``v`` is what an expression gives, null included; no struct where it fails for a row."""
    return f"try({{'v': {expression}}})"


def rule_sql(rule: ColumnRule, name_of: Callable[[str], str]) -> str:
    """A column's value, for every rule but an expression."""
    if rule.field is not None:
        return name_of(rule.field)
    if rule.template is not None:
        # Null where a field is: half an id would be another record's.
        parts = [
            f"trim({without_blanks(name_of(part))})" if is_field else literal(part)
            for part, is_field in parsed_template(rule.template)
        ]
        return " || ".join(parts)
    if rule.coalesce is not None:
        return f"coalesce({', '.join(without_blanks(name_of(reference)) for reference in rule.coalesce)})"
    if rule.date_and_time is not None:
        return _date_and_time(*(name_of(reference) for reference in rule.date_and_time))
    return f"cast({literal(rule.constant)} as varchar)"


def _date_and_time(date: str, time: str) -> str:
    """Spreadsheets write a date as midnight, and a time as one of their first day: both are left off."""
    day = f"regexp_replace(trim({without_blanks(date)}), '[T ]0?0:00(:00([.]0+)?)?Z?$', '')"
    clock = f"regexp_replace(trim({without_blanks(time)}), '^(1899-12-3[01]|1900-01-0[01])[T ]', '')"
    return f"{day} || coalesce(' ' || {clock}, '')"


def mapped(rule: ValueMap, value: str) -> tuple[str, str]:
    """The value that a map gives, and SQL truth of whether it does not list the value ("" where unlisted values are allowed)."""
    key = f"lower(trim({value}))"
    known = {spelled: meant for spelled, meant in rule.map.items() if spelled.strip()}
    blank = next((meant for spelled, meant in rule.map.items() if not spelled.strip()), None)
    branches = [
        f"when {key} = lower(trim({literal(spelled)})) then {literal(meant)}" for spelled, meant in known.items()
    ]
    branches += [f"when {key} = lower(trim({literal(spelled)})) then cast(null as varchar)" for spelled in rule.null]
    branches.insert(
        0, f"when coalesce({key}, '') = '' then {'cast(null as varchar)' if blank is None else literal(blank)}"
    )
    rest = (
        literal(rule.default) if rule.default is not None else value if rule.rest == "keep" else "cast(null as varchar)"
    )
    fault = ""
    if rule.default is None and rule.rest == "bad":
        listed = [f"lower(trim({literal(spelled)}))" for spelled in (*known, *rule.null)]
        others = f" and {key} not in ({', '.join(listed)})" if listed else ""
        fault = f"trim({value}) <> ''{others}"
    return f"case {' '.join(branches)} else {rest} end", fault


def dated(rule: DateRule, value: str) -> str:
    """The date or instant in ISO, null where no pattern fits. An instant of a zone comes in UTC."""
    return f"coalesce({', '.join(_dated(pattern, rule.zone, f'trim({value})') for pattern in rule.format)})"


def _dated(pattern: str, zone: str | None, value: str) -> str:
    if pattern in DAY_NUMBERS:
        return _numbered_day(DAY_NUMBERS[pattern], zone, value)
    codes = {code[:1] for code in pattern.replace("%%", "").replace("%-", "%").split("%")[1:]}
    read = f"try_strptime({value}, {literal(pattern)})"
    if not codes & set("HIXc"):
        return f"strftime({read}, '%Y-%m-%d')"
    if codes & set("zZ"):
        return f"strftime(timezone('UTC', {read}), '{_WHOLE}Z')"
    return _instant(read, zone)


def _instant(moment: str, zone: str | None) -> str:
    if zone is not None:
        return f"strftime(timezone('UTC', timezone({literal(zone)}, {moment})), '{_WHOLE}Z')"
    return f"strftime({moment}, '{_WHOLE}')"


def _numbered_day(epoch: float, zone: str | None, value: str) -> str:
    """Days and their fractions as a number; ``epoch``: the number at which 1970 begins. Of a spreadsheet a whole one is a day."""
    number = f"try_cast(replace({value}, ',', '.') as double)"
    # To the millisecond: no such number is exact to more.
    moment = f"make_timestamp(cast(round(({number} - {epoch}) * 86400000) as bigint) * 1000)"
    day = f"when {number} = floor({number}) then strftime({moment}, '%Y-%m-%d')" if epoch == floor(epoch) else ""
    return f"case when {number} - {epoch} between -719162 and 2932896 then case {day or 'when false then null'} else {_instant(moment, zone)} end end"


def in_seconds(unit: str, value: str) -> str:
    """A plain number of the unit in seconds; other text as it stands, which typing reads: 01:02:03, PT5M, 5 min."""
    if unit == "hh:mm":
        parts = f"regexp_extract(trim({value}), '^(\\d+):([0-5]?\\d)$', ['hours', 'minutes'])"
        seconds = f"cast(cast({parts}.hours as bigint) * 3600 + cast({parts}.minutes as bigint) * 60 as varchar)"
        return f"case when regexp_full_match(trim({value}), '\\d+:[0-5]?\\d') then {seconds} else {value} end"
    factor = DURATION_UNITS.get(unit, 1.0)
    if factor == 1.0:
        return value
    number = f"try_cast(replace(trim({value}), ',', '.') as double)"
    return f"case when regexp_full_match(trim({value}), '{_PLAIN_NUMBER}') then cast({number} * {factor} as varchar) else {value} end"

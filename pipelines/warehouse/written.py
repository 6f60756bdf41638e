"""SQL that reads a written date or instant, in whatever of the usual spellings it stands.

What belongs here: the grammar of single values. What a whole file tells (the order of day and month) is settled in
``instants``. Spellings that name their parts (a month's name, a year of four digits in front) need no settling.

Every spelling is first turned into ``Y-M-D clock`` text, which one expression then reads; ISO, which nearly all exports
write, is read directly and comes first, so that clean files do not pay for the others.
"""

from dataclasses import dataclass

ISO_DATE = r"\d{4}-\d{1,2}-\d{1,2}"
_NUMERIC_OFFSET = r"[+-](?:0\d|1[0-4])(?::?[0-5]\d)?"
_OFFSET = rf"\s*(Z|z|UTC|GMT|{_NUMERIC_OFFSET})"
_PLAIN_ISO = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?"
ISO_INSTANT = rf"{ISO_DATE}[Tt ]\d{{1,2}}:\d{{2}}(:\d{{2}}([.,]\d+)?)?({_OFFSET})?"
#: The day and month of such a date may stand in either order.
WRITTEN_DATE = r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})"

_MONTH = (
    "(?:JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|AUG(?:UST)?|SEPT?(?:EMBER)?|OCT(?:OBER)?"
    "|NOV(?:EMBER)?|DEC(?:EMBER)?)"
)
_MONTHS = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"
_WEEKDAY = (
    "(?:MON(?:DAY)?|TUE(?:S(?:DAY)?)?|WED(?:NESDAY)?|THU(?:R(?:S(?:DAY)?)?)?|FRI(?:DAY)?|SAT(?:URDAY)?|SUN(?:DAY)?)"
)
#: Words that a written instant may hold beside its digits, as masks of it may show them.
KNOWN_WORDS = f"{_MONTH}|{_WEEKDAY}"
_DAY = r"(\d{1,2})(?:ST|ND|RD|TH)?"
_YEAR = r"'?(\d{4}|\d{2})"
_THEN_CLOCK = r"(?:(?:T|,|\s|AT\s)+(\d.*))?"
_CLOCK = r"(\d{1,2}(?::\d{2}){1,2}(?:[.,]\d+)?)"
#: RFC 2822, 4.3: the zones that mails name. Other abbreviations mean different zones in different countries.
_NAMED_OFFSETS = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_ZONE = rf"(?:(?:UTC|GMT|UT)?({_NUMERIC_OFFSET})|(Z|UTC|GMT|UT|{'|'.join(_NAMED_OFFSETS)}))"
_REST = rf"(\d{{1,2}}(?::\d{{2}}(?::\d{{2}}(?:[.,]\d+)?)?)?)\s*(?:([AP])\.?(?:M\.?)?)?\s*{_ZONE}?"

#: Elapsed times written as dates (1970-01-02) and other nonsense fall outside; both ends are UTC days.
EARLIEST, LATEST = "1980-01-01", "2200-01-01"
_EARLIEST_SECONDS, _LATEST_SECONDS = 315_532_800, 7_258_118_400
_ODD_BLANKS = "chr(160) || chr(8239) || chr(8201) || chr(8199) || chr(8722)"


@dataclass(frozen=True)
class Zones:
    """Where instants without an offset, and dates without a time, belong."""

    source: str
    business: str


def bound(expression: str, name: str, body: str) -> str:
    """``body`` with ``name`` for the value of ``expression``, which is then computed once, where ``body`` is."""
    return f"list_transform([{expression}], lambda {name}: {body})[1]"


def local_to_utc(naive: str, zone: str) -> str:
    """Naive local timestamp → naive UTC. Zone names are validated by the configuration; quotes cannot occur."""
    return naive if zone == "UTC" else f"timezone('UTC', timezone('{zone}', {naive}))"


def end_of_day(date: str, zones: Zones) -> str:
    """The last microsecond of a business day, as naive UTC: it still falls on its own day.

    Taken off on the local clock: where midnight comes twice in a night, the day ends with the first.
    """
    return local_to_utc(f"(cast({date} + 1 as timestamp) - interval 1 microsecond)", zones.business)


def within_bounds(instant: str) -> str:
    """The instant, or null where it is implausible."""
    return f"case when {instant} >= timestamp '{EARLIEST}' and {instant} < timestamp '{LATEST}' then {instant} end"


def written_instant(value: str, order: str, zones: Zones, formats: tuple[str, ...] = ()) -> str:
    """Text as naive UTC, or null where it is no instant.

    ``value`` is SQL; ``order`` is SQL, too: an expression that gives dmy, mdy or '' (unsettled). ``formats`` are
    patterns of the configuration, in the notation of strptime: they go first. A pattern that begins with a year stands
    in place of ISO, too.
    """
    own = _by_formats(value, formats, zones)
    normal = f"replace(upper({value}), ',', '.')"
    normal = f"regexp_replace({normal}, '([T ]\\d{{1,2}}:\\d{{2}})(\\s*(Z|UTC|GMT|[+-].*)?)$', '\\1:00\\2')"
    normal = f"regexp_replace({normal}, '\\s*(Z|UTC|GMT)$', '+00')"
    normal = f"regexp_replace({normal}, '\\s+([+-][0-9:]+)$', '\\1')"
    iso = f"""
        when regexp_full_match({value}, '{_PLAIN_ISO}Z') then try_cast(left({value}, length({value}) - 1) as timestamp)
        when regexp_full_match({value}, '{_PLAIN_ISO}') then {local_to_utc(f"try_cast({value} as timestamp)", zones.source)}
        when regexp_full_match({value}, '{ISO_DATE}') then {end_of_day(f"try_cast({value} as date)", zones)}
        when regexp_full_match({value}, '{ISO_INSTANT}') then case
            when regexp_matches({value}, '{_OFFSET}$') then timezone('UTC', try_cast({normal} as timestamptz))
            else {local_to_utc(f"try_cast({normal} as timestamp)", zones.source)} end"""
    return f"""case
        when {value} is null then null
        {own}
        {"" if _years_first(formats) else iso}
        when regexp_full_match({value}, '\\d+([.]\\d+)?') then {_epoch_or_compact(value, zones)}
        else {bound(spelled_out(value, order, year_first=not _years_first(formats)), "spelled", _read("spelled", zones))}
    end"""


def written_date(value: str, order: str, formats: tuple[str, ...] = ()) -> str:
    """Text as a DATE, or null; a time behind the date says nothing of the day meant and is ignored. As :func:`written_instant`.

    An epoch gives its day in UTC.
    """
    own = _by_formats(value, formats, None)
    iso = f"when regexp_matches({value}, '^{ISO_DATE}') then try_cast(regexp_extract({value}, '^{ISO_DATE}') as date)"
    epoch = _epoch_or_compact(value, Zones("UTC", "UTC"))
    return f"""case
        when {value} is null then null
        {own}
        {"" if _years_first(formats) else iso}
        when regexp_full_match({value}, '\\d+([.]\\d+)?') then cast({epoch} as date)
        else {bound(spelled_out(value, order, year_first=not _years_first(formats)), "spelled", day_of("spelled"))}
    end"""


def numeric_date(value: str, order: str) -> str:
    """The DATE that a value beginning with ``WRITTEN_DATE`` has in ``order`` ('dmy' or 'mdy', Python); null if there is none."""
    day, month = (1, 2) if order == "dmy" else (2, 1)
    start = f"'^{WRITTEN_DATE}(?:[^\\d].*)?$'"
    return f"try_cast({_year(f'regexp_extract({value}, {start}, 3)')} || '-' || regexp_extract({value}, {start}, {month}) || '-' || regexp_extract({value}, {start}, {day}) as date)"


def spelled_out(value: str, order: str, *, year_first: bool = True) -> str:
    """Any spelling but ISO's as ``Y-M-D clock`` text (upper case, month as number or name), or null. SQL in, SQL out."""
    text = f"upper(translate({value}, {_ODD_BLANKS}, '    -'))"
    # A zone's name in brackets adds nothing to the offset before it, and says without one what is not read here.
    text = f"regexp_replace({text}, '(Z|{_NUMERIC_OFFSET})\\s*(?:\\[[A-Z_/+-]+\\]|\\([A-Z ]+\\))$', '\\1')"
    text = f"regexp_replace({text}, '^{_WEEKDAY}\\.?,?\\s+', '')"
    return bound(text, "plain", _rearranged("plain", order, year_first=year_first))


def _rearranged(text: str, order: str, *, year_first: bool) -> str:
    separator = r"[-/.,\s]*"
    named = {
        # Oct 31 22:10:47 +0000 2017: before the month first, which would take the hour for a year.
        rf"({_MONTH})\.?\s+{_DAY}\s+{_CLOCK}(\s+{_ZONE})?\s+(\d{{4}})": r"\7-\1-\2 \3 \4",
        rf"{_DAY}{separator}(?:OF\s+)?({_MONTH}){separator}{_YEAR}{_THEN_CLOCK}": r"\3-\2-\1 \4",
        # 31/Oct/2017:22:10:47 +0000, of web servers, and 31OCT17:22:10:47.
        rf"{_DAY}[-/]?({_MONTH})[-/]?{_YEAR}:(\d{{1,2}}:\d{{2}}:\d{{2}}.*)": r"\3-\2-\1 \4",
        rf"({_MONTH})\.?[-/\s]*{_DAY}[-/.,\s]+{_YEAR}{_THEN_CLOCK}": r"\3-\1-\2 \4",
        rf"(\d{{4}}){separator}({_MONTH}){separator}{_DAY}{_THEN_CLOCK}": r"\1-\2-\3 \4",
    }
    ordered = {
        rf"(\d{{4}})-?(\d{{2}})-?(\d{{2}})T(\d{{2}})\s*({_ZONE})?": r"\1-\2-\3 \4:00 \5",
        rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_THEN_CLOCK}": r"\1-\2-\3 \4",
        rf"(\d{{4}})(\d{{2}})(\d{{2}})[T\s]?(\d{{2}}):?(\d{{2}}):?(\d{{2}}(?:[.,]\d+)?)\s*({_ZONE})?": r"\1-\2-\3 \4:\5:\6 \7",
        rf"(\d{{4}})(\d{{2}})(\d{{2}})T(\d{{2}}):?(\d{{2}})\s*({_ZONE})?": r"\1-\2-\3 \4:\5 \6",
    }
    branches = []
    written = f"'{WRITTEN_DATE}{_THEN_CLOCK}'"
    if order != "''":
        branches += [
            f"when regexp_full_match({text}, {written}) then case {order} when 'dmy' then regexp_replace({text}, {written}, '\\3-\\2-\\1 \\4') when 'mdy' then regexp_replace({text}, {written}, '\\3-\\1-\\2 \\4') end"
        ]
    patterns = {**(ordered if year_first else {}), **named}
    branches += [
        f"when regexp_full_match({text}, {_quoted(pattern)}) then regexp_replace({text}, {_quoted(pattern)}, '{replacement}')"
        for pattern, replacement in patterns.items()
    ]
    return f"case {' '.join(branches)} end"


def day_of(spelled: str) -> str:
    """The DATE of ``Y-M-D clock`` text; null where no such day exists."""
    year, month, day = (f"regexp_extract({spelled}, '^(\\d+)-(\\d+|[A-Z]+)-(\\d+)', {group})" for group in (1, 2, 3))
    number = f"case when {month} ~ '[A-Z]+' then cast((strpos('{_MONTHS}', left({month}, 3)) + 2) // 3 as varchar) else {month} end"
    return f"try_cast({_year(year)} || '-' || {number} || '-' || {day} as date)"


def clock_of(spelled: str) -> str:
    """What stands behind the date in ``Y-M-D clock`` text; '' where it is a date alone."""
    return f"trim(regexp_extract({spelled}, '^\\S+ (.*)$', 1))"


def is_clock(text: str) -> str:
    """Whether ``text`` has the form of a time of day, be there such a time or not."""
    return f"regexp_full_match({text}, {_quoted(_REST)})"


def _read(spelled: str, zones: Zones) -> str:
    """``Y-M-D clock`` text as naive UTC."""
    day, clock = day_of(spelled), clock_of(spelled)
    return f"case when {spelled} is null then null when {clock} = '' then {end_of_day(day, zones)} else {bound(f'{{d: {day}, c: {clock}}}', 'part', _with_clock('part.d', 'part.c', zones))} end"


def _with_clock(day: str, clock: str, zones: Zones) -> str:
    pattern = _quoted(f"^{_REST}$")
    digits, half, offset, zone = (f"regexp_extract({clock}, {pattern}, {group})" for group in (1, 2, 3, 4))
    # An hour alone says enough only with AM or PM behind it.
    full = f"replace(case when length({digits}) <= 2 then {digits} || ':00:00' when length({digits}) <= 5 then {digits} || ':00' else {digits} end, ',', '.')"
    hours = " ".join(f"when '{name}' then interval ({-hours}) hour" for name, hours in _NAMED_OFFSETS.items())
    hour = f"try_cast(regexp_extract({clock}, '^\\d+') as integer)"
    twelve = f"""case {half} when '' then interval 0 hour
        when 'A' then case when {hour} = 12 then interval (-12) hour when {hour} between 1 and 11 then interval 0 hour end
        else case when {hour} = 12 then interval 0 hour when {hour} between 1 and 11 then interval 12 hour end end"""
    # AM and PM are taken off on the local clock, before its zone applies.
    naive = f"(try_cast(cast({day} as varchar) || ' ' || {full} as timestamp) + {twelve})"
    signed = f"(try_cast({offset}[2:3] as integer) * 60 + coalesce(try_cast(right(replace({offset}, ':', ''), 2) as integer) * cast(length({offset}) > 3 as integer), 0)) * case {offset}[1] when '-' then -1 else 1 end"
    return f"""case
        when not {is_clock(clock)} or (length({digits}) <= 2 and {half} = '') then null
        when {offset} <> '' then {naive} - to_minutes({signed})
        when {zone} in ('Z', 'UTC', 'GMT', 'UT') then {naive}
        when {zone} <> '' then {naive} + case {zone} {hours} end
        else {local_to_utc(naive, zones.source)}
    end"""


def _epoch_or_compact(digits: str, zones: Zones) -> str:
    """Digits alone: an epoch in s, ms, µs or ns, told apart by its magnitude, or a date without separators.

    The plausible years of the four units do not overlap, and neither do 8, 12 or 14 digits of a date with any of them.
    """
    whole = f"try_cast(split_part({digits}, '.', 1) as hugeint)"
    fraction = f"coalesce(try_cast('0.' || nullif(split_part({digits}, '.', 2), '') as double), 0)"
    units = " ".join(
        f"when {whole} >= {_EARLIEST_SECONDS * per_second} and {whole} < {_LATEST_SECONDS * per_second} then make_timestamp({micros})"
        for per_second, micros in (
            (1, f"cast({whole} * 1000000 + cast(round({fraction} * 1000000) as hugeint) as bigint)"),
            (10**3, f"cast({whole} * 1000 + cast(round({fraction} * 1000) as hugeint) as bigint)"),
            (10**6, f"cast({whole} as bigint)"),
            (10**9, f"cast({whole} // 1000 as bigint)"),
        )
    )
    day = f"try_strptime(left({digits}, 8), '%Y%m%d')"
    naive = f"try_strptime(rpad({digits}, 14, '0'), '%Y%m%d%H%M%S')"
    return f"""case
        when length({digits}) = 8 then {end_of_day(f"cast({day} as date)", zones)}
        when length({digits}) in (12, 14) and left({digits}, 4) between '1980' and '2199' and not contains({digits}, '.') and {whole} not between {_EARLIEST_SECONDS * 1000} and {_LATEST_SECONDS * 1000} then {local_to_utc(naive, zones.source)}
        {units}
    end"""


def _by_formats(value: str, formats: tuple[str, ...], zones: Zones | None) -> str:
    """Branches that read the patterns of the configuration; as a DATE where no zones are given."""
    branches = []
    for pattern in formats:
        parsed = f"try_strptime({value}, {_quoted(pattern)})"
        read = f"cast({parsed} as timestamp)"
        if zones is None:
            read = f"cast({parsed} as date)"
        elif not has_clock(pattern):
            read = end_of_day(f"cast({parsed} as date)", zones)
        elif "%z" not in pattern:
            read = local_to_utc(read, zones.source)
        branches.append(f"when {parsed} is not null then {read}")
    return " ".join(branches)


def has_clock(pattern: str) -> bool:
    """Whether a pattern of strptime holds a time of day."""
    return any(f"%{code}" in pattern for code in ("H", "-H", "I", "-I", "c", "X"))


def _years_first(formats: tuple[str, ...]) -> bool:
    return any(pattern.lstrip().startswith(("%Y", "%y", "%-y")) for pattern in formats)


def _year(digits: str) -> str:
    """A year of two digits as POSIX reads it: 69 to 99 are of the last century."""
    return f"case when length({digits}) = 4 then {digits} when {digits} >= '69' then '19' || {digits} else '20' || {digits} end"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

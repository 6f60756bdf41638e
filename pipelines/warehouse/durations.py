"""SQL that reads a duration in seconds: plain numbers, clocks, ISO 8601, numbers with units, native times and intervals."""

_NUMBER = r"\d+(?:[.,]\d+)?|[.,]\d+"
_UNITS = (
    (86_400, "D|DAYS?"),
    (3_600, "H|HRS?|HOURS?"),
    (60, "M|MINS?|MINUTES?"),
    (1, "S|SECS?|SECONDS?"),
    (0.001, "MS|MSECS?|MILLIS|MILLISECONDS?"),
)
_WITH_UNITS = r"\s*,?\s*".join(rf"(?:({_NUMBER})\s*(?:{names})\b\.?)?" for _, names in _UNITS)
_GLUED_UNITS = r"\s*".join(rf"(?:({_NUMBER})(?:{names.split('|')[0]}))?" for _, names in _UNITS)
_ISO = rf"P(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?"
_ISO_SECONDS = (604_800, 86_400, 3_600, 60, 1)
#: `0 days 00:05:00` is what pandas writes, `1 day, 2:03:04` what Python does.
_LONG_CLOCK = r"(?:(\d+)\s*DAYS?,?\s+)?(\d+):([0-5]?\d):([0-5]?\d(?:[.,]\d+)?)"
_SHORT_CLOCK = r"(\d+):([0-5]?\d(?:[.,]\d+)?)"


def written_seconds(value: str) -> str:
    """Text that is no plain number as seconds (DOUBLE), or null. ``12:30`` is twelve minutes and a half."""
    text = f"upper({value})"
    return f"""case
        when not regexp_matches({text}, '\\d') then null
        when regexp_full_match({text}, '{_LONG_CLOCK}') then {_sum(text, _LONG_CLOCK, (86_400, 3_600, 60, 1))}
        when regexp_full_match({text}, '{_SHORT_CLOCK}') then {_sum(text, _SHORT_CLOCK, (60, 1))}
        when regexp_full_match({text}, '{_ISO}') and regexp_matches({text}, '\\d[A-Z]$') then {_sum(text, _ISO, _ISO_SECONDS)}
        when regexp_full_match({text}, '{_GLUED_UNITS}') then {_sum(text, _GLUED_UNITS, tuple(seconds for seconds, _ in _UNITS))}
        when regexp_full_match({text}, '{_WITH_UNITS}') then {_sum(text, _WITH_UNITS, tuple(seconds for seconds, _ in _UNITS))}
    end"""


def native_seconds(value: str, duckdb_type: str) -> str | None:
    """A native time of day or interval as seconds; None for a type that holds no duration."""
    if duckdb_type in {"TIME", "TIME_NS", "INTERVAL"}:
        return f"cast(epoch({value}) as double)"
    return None


def _sum(text: str, pattern: str, seconds: tuple[float, ...]) -> str:
    parts = [
        f"coalesce(try_cast(replace(nullif(regexp_extract({text}, '^(?:{pattern})$', {group}), ''), ',', '.') as double), 0) * {each}"
        for group, each in enumerate(seconds, 1)
    ]
    return f"({' + '.join(parts)})"

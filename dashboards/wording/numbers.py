"""Numbers as people read them: counts, shares, points, money, durations. No number is computed here."""

from collections.abc import Sequence

from pipelines.statistics import Rate

#: Shown where a number is missing; the reason stands beside it.
MISSING = "–"
_THIN = "\u202f"
_MINUTE, _HOUR = 60, 3600


def count(value: float) -> str:
    return f"{value:,.0f}"


def left_out_by_filter(records: int) -> str:
    """What closes a list of fates; nothing where no source has a filter."""
    return f", {count(records)} left out by a source's filter" if records else ""


def percent(value: float | None, decimals: int = 1) -> str:
    return MISSING if value is None else f"{100 * value:.{decimals}f}%"


def points(value: float | None, decimals: int = 1) -> str:
    """A difference of two shares, in percentage points with its sign: ``+7.3 points``."""
    return MISSING if value is None else f"{signed(100 * value, decimals)} points"


def percent_range(lower: float | None, upper: float | None) -> str:
    """``58.2–63.9%``; a dash where a bound is missing."""
    return MISSING if lower is None or upper is None else f"{100 * lower:.1f}–{100 * upper:.1f}%"


def percents(before: float, now: float) -> tuple[str, str]:
    """Two shares that a sentence compares: whole per cents where these tell them apart, else with a decimal."""
    decimals = 0 if abs(round(100 * before) - round(100 * now)) >= 2 else 1
    return percent(before, decimals), percent(now, decimals)


def whole_percent(value: float) -> str:
    """``76%``; near 0 and 100, where a whole per cent hides too much, with a decimal."""
    per_cent = 100 * value
    return percent(value, 0 if per_cent in {0, 100} or 1 <= per_cent <= 99 else 1)


def points_range(lower: float | None, upper: float | None) -> str:
    """``−2.0 to 10.2 points``."""
    span = bare_points_range(lower, upper)
    return span if span == MISSING else f"{span} points"


def bare_points_range(lower: float | None, upper: float | None) -> str:
    """``−2.0 to 10.2``, after a number that names the unit."""
    if lower is None or upper is None:
        return MISSING
    return f"{_signed(100 * lower)} to {_signed(100 * upper)}"


def plain_points(value: float, decimals: int = 1) -> str:
    """``8.6 points`` of a difference whose direction the sentence says."""
    return f"{abs(100 * value):.{decimals}f} points"


def money(amount: float | None, currency: str) -> str:
    """``INR 12,400``; what is below 0 carries its sign."""
    if amount is None:
        return MISSING
    return f"{'−' if amount <= -0.5 else ''}{currency}\u00a0{abs(amount):,.0f}"


def per_thousand(value: float | None) -> str:
    return MISSING if value is None else f"{value:.2f}"


def percent_interval(rate: Rate) -> str:
    """``58.2–63.9%``, or the reason for which there is no rate."""
    if rate.lower is None or rate.upper is None:
        return rate.reason or ""
    return f"{100 * rate.lower:.1f}–{100 * rate.upper:.1f}%"


def points_interval(rate: Rate) -> str:
    """``+1.2 to +4.5 points``, or the reason for which there is no rate."""
    if rate.lower is None or rate.upper is None:
        return rate.reason or ""
    return f"{signed(100 * rate.lower, 1)} to {signed(100 * rate.upper, 1)} points"


def thousand_interval(rate: Rate) -> str:
    if rate.lower is None or rate.upper is None:
        return rate.reason or ""
    return f"{rate.lower:.2f}–{rate.upper:.2f}"


def rests_on(n: float) -> str:
    """``n = 342`` that no line break takes apart."""
    return f"n\u00a0=\u00a0{count(n)}"


def score(value: float | None) -> str:
    """A sentiment from −1 to 1, or a difference of two, with its sign."""
    if value is None:
        return MISSING
    text = f"{abs(value):.2f}"
    return text if text == "0.00" else f"{'−' if value < 0 else '+'}{text}"


def rating(value: float | None) -> str:
    return MISSING if value is None else f"{value:.1f} of 5"


def duration(seconds: float | None) -> str:
    """``45 s``, ``6 min 12 s``, ``1 h 12 min``; what is 0 is left out."""
    if seconds is None:
        return MISSING
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}{_THIN}s"
    parts = (
        ((whole // _MINUTE, "min"), (whole % _MINUTE, "s"))
        if whole < _HOUR
        else ((whole // _HOUR, "h"), (whole % _HOUR // _MINUTE, "min"))
    )
    return " ".join(f"{number}{_THIN}{unit}" for number, unit in parts if number)


def q_value(q: float | None) -> str:
    """``0.012``; below a thousandth that it is."""
    return MISSING if q is None else "< 0.1%" if q < 0.001 else f"{100 * q:.1f}%"


def joined(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def plural(number: int, noun: str, several: str = "") -> str:
    """``1 customer``, ``2,104 customers``; ``several``: the plural where it is not ``noun`` with an s."""
    return f"{count(number)} {noun if number == 1 else several or f'{noun}s'}"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else ''}{abs(value):.1f}"


def signed(value: float, decimals: int) -> str:
    """``+0.012`` or ``−0.012``."""
    return f"{'−' if value < 0 else '+'}{abs(value):,.{decimals}f}"

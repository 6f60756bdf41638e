"""Numbers as people read them. No number is computed here."""

import html
import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboards.wording.weeks import describe_days
from pipelines.statistics import Rate

#: Shown where a number is missing; the reason stands beside it.
MISSING = "–"
#: Stands for a name that is missing.
NOT_RECORDED = "not recorded"

_THIN = "\u202f"
_SOURCE_NAMES = {
    "survey_csat": "survey rating",
    "survey_verbatim": "survey words",
    "closing_turns": "closing words",
}
_MODE_NAMES = {"ai_primary": "AI first", "human_primary": "Human first", "joint": "AI, then human"}
#: Text of data longer than this is cut: no name and no sentence of ours comes near it.
_LONGEST_MODE, _LONGEST_NAME, _LONGEST_TEXT = 40, 160, 1_500
#: Marks that turn the direction of the text that follows them.
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_RAW_MODE = re.compile(rf"\b[Mm]ode ({'|'.join([*_MODE_NAMES, 'null'])})\b")
_RAW_DAYS = re.compile(r"\b\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d\b")


def count(value: float) -> str:
    return f"{value:,.0f}"


def percent(value: float | None, decimals: int = 1) -> str:
    return MISSING if value is None else f"{100 * value:.{decimals}f}%"


def points(value: float | None, decimals: int = 1) -> str:
    """A difference of two rates, in percentage points with its sign."""
    if value is None:
        return MISSING
    sign = "−" if value < 0 else "+"
    return f"{sign}{abs(100 * value):.{decimals}f} points"


def percent_range(lower: float | None, upper: float | None) -> str:
    """``58.2–63.9%``; a dash where a bound is missing."""
    return MISSING if lower is None or upper is None else f"{100 * lower:.1f}–{100 * upper:.1f}%"


def points_range(lower: float | None, upper: float | None) -> str:
    """``−2.0 to 10.2 points``."""
    if lower is None or upper is None:
        return MISSING
    return f"{_signed(100 * lower)} to {_signed(100 * upper)} points"


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
    if rate.lower is None or rate.upper is None:
        return rate.reason or ""
    return f"{100 * rate.lower:+.1f} to {100 * rate.upper:+.1f} points".replace("-", "−")


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
    """``6 min 12 s``; hours where there are any."""
    if seconds is None:
        return MISSING
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{_THIN}s"
    if whole < 3600:
        return f"{whole // 60}{_THIN}min {whole % 60:02d}{_THIN}s"
    return f"{whole // 3600}{_THIN}h {whole % 3600 // 60:02d}{_THIN}min"


def mode_name(mode: str | None) -> str:
    """The mode as people say it; an unknown value stays as it is."""
    return "Mode not recorded" if mode is None else _MODE_NAMES.get(mode, clipped(mode, _LONGEST_MODE))


def clipped(text: str, longest: int = _LONGEST_NAME) -> str:
    """``text`` of the data in one line's order: no longer than ``longest``, and without marks that turn its direction."""
    straight = text.translate(_TURNS)
    return straight if len(straight) <= longest else f"{straight[: longest - 1]}…"


def said(sentence: str) -> str:
    """A published sentence as people read it: modes by their names, days as dates, and cut where data made it endless."""
    dated = _RAW_DAYS.sub(lambda found: describe_days(found[0]), sentence)
    return clipped(with_mode_names(dated), _LONGEST_TEXT)


def with_mode_names(text: str) -> str:
    """``AI first with queue billing`` for ``Mode ai_primary with queue billing``."""
    return _RAW_MODE.sub(lambda found: mode_name(None if found[1] == "null" else found[1]), text)


def source_name(source: str) -> str:
    """A source of sentiment as people say it; an unknown value stays as it is."""
    return _SOURCE_NAMES.get(source, source)


def q_value(q: float | None) -> str:
    """``0.012``; nothing is told from chance with a q of 0."""
    return MISSING if q is None else "< 0.001" if q < 0.001 else f"{q:.3f}"


def joined(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def moment(instant: datetime, time_zone: str) -> str:
    """``22 Nov 2026, 00:00 (Asia/Kolkata)``."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {local:%b %Y, %H:%M} ({time_zone})"


def short_moment(instant: datetime, time_zone: str) -> str:
    """``22 Nov 2026, 00:00``, where the page has said the zone."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {local:%b %Y, %H:%M}"


def plain(text: str | None) -> str:
    """Text that Plotly shows as it is: Plotly reads a subset of HTML in labels, and data is never markup."""
    return html.escape(text or NOT_RECORDED, quote=False)


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else ''}{abs(value):.1f}"

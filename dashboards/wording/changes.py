"""Changes of a figure on the week before, and a small line in words."""

from dashboards.wording.numbers import percent

NO_WEEK_BEFORE = "no comparable week before"


def difference_words(change: float, unit: str, before: str, *, is_significant: bool) -> str:
    """``▲ 1.2 points on 2026-W34, may be chance``."""
    if abs(change) < 0.05:
        return f"as in {before}"
    chance = "" if is_significant else ", may be chance"
    return f"{_arrow(change)} {abs(change):.1f} {unit} on {before}{chance}"


def seconds_change(change: float, before: str) -> str:
    """``▼ 12 s on 2026-W38``."""
    return f"{_arrow(change)} {abs(change):.0f} s on {before}" if round(abs(change)) else f"as in {before}"


def count_change(share: float, before: str) -> str:
    """``▲ 3.1% on 2026-W38``."""
    return f"{_arrow(share)} {percent(abs(share))} on {before}" if abs(share) >= 0.0005 else f"as in {before}"


def line_words(first: str, last: str, lowest: str, highest: str) -> str:
    """``2026-W24 to 2026-W36: from 60.1% to 71.2%``: the range of a small line."""
    return f"{first} to {last}: between {lowest} and {highest}"


def _arrow(change: float) -> str:
    return "▲" if change > 0 else "▼"

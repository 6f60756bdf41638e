"""Proxy validity (M17) in sentences: whether a claim of resolution still means what it says."""

from dataclasses import dataclass

from dashboards.wording.dates import month_words
from dashboards.wording.numbers import bare_points_range, percent, plain_points
from dashboards.wording.texts import capital

NONE = (
    "Whether a claim of resolution still means what it says is not known yet: no month has claims with their outcomes."
)


@dataclass(frozen=True)
class _Words:
    """``what``: the measure; ``of``: its rows where ``what`` does not say them; the two readings of a line that moves."""

    what: str
    of: str
    good_when_rising: bool
    better: str
    worse: str


_MEASURES = {
    "false_resolution_rate": _Words(
        "false resolutions", "claims", False, "a claim means more than it did", "a claim means less than it did"
    ),
    "sensitivity": _Words(
        "resolved contacts that were claimed resolved",
        "",
        True,
        "claims catch more of what was resolved",
        "claims catch less of what was resolved",
    ),
    "specificity": _Words(
        "unresolved contacts that were not claimed resolved",
        "",
        True,
        "fewer unresolved contacts are claimed resolved",
        "more unresolved contacts are claimed resolved",
    ),
}


@dataclass(frozen=True)
class MonthValue:
    """One month (``2026-10``) and its share."""

    month: str
    value: float


def line(
    measure: str,
    *,
    first: MonthValue | None,
    last: MonthValue | None,
    months: int,
    slope: float | None,
    lower: float | None,
    upper: float | None,
    is_significant: bool,
    reason: str = "",
) -> str:
    """``False resolutions rose from 21% of claims in Jun 2026 to 34% in Oct 2026 (3.1 points a month, …): …``.

    Raises KeyError for a measure other than ``false_resolution_rate``, ``sensitivity`` and ``specificity``.
    """
    words = _MEASURES[measure]
    if slope is None or lower is None or upper is None or first is None or last is None:
        return f"Trend of {words.what} not known yet{f': {reason}' if reason else ''}."
    begins = f"{percent(first.value, 0)}{f' of {words.of}' if words.of else ''} in {month_words(first.month)}"
    course = f"from {begins} to {percent(last.value, 0)} in {month_words(last.month)}"
    if not is_significant:
        return f"{capital(words.what)} went {course}: no statistically significant trend over {months} months."
    sign = 1 if slope > 0 else -1
    span = bare_points_range(*sorted((sign * lower, sign * upper)))
    pace = f"{plain_points(slope)} a month, 95% confidence interval {span}"
    reading = words.better if (slope > 0) == words.good_when_rising else words.worse
    return f"{capital(words.what)} {'rose' if slope > 0 else 'fell'} {course} ({pace}): {reading}."

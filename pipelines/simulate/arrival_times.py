"""The clock of habits: time measured in how much calling an hour brings, not in how long it lasts.

A customer's habit (morning, noon, afternoon, evening) and the weekday give every hour of the business time zone
an intensity whose mean is one. ``Clock.elapsed`` adds it up, in days. New occasions are a Poisson process on this
clock and delays of returns are drawn on it, so every probability of an arrival keeps a closed form
although nobody calls at four in the morning. Daylight saving time is in the grid: its hours are hours of UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from pipelines.simulate.parameters import Rhythm

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
"""Small whole numbers, of which a million contacts hold many."""

HOUR = 3_600
DAY = 86_400


def midnight(day: date, zone: ZoneInfo) -> int:
    """Epoch second of the local midnight at which ``day`` begins."""
    return int(datetime.combine(day, time(), zone).astimezone(UTC).timestamp())


def midnights(first: date, count: int, zone: ZoneInfo) -> Ints:
    """Epoch seconds of the local midnights at which ``count`` days from ``first`` on begin, shape (count,)."""
    return np.array([midnight(first + timedelta(days=number), zone) for number in range(count)], dtype=np.int64)


@dataclass(frozen=True)
class Horizon:
    """The period that is simulated, in epoch seconds: written contacts start in [first, last)."""

    warm_up: int
    first: int
    last: int
    first_day: date
    last_day: date
    zone: ZoneInfo


def horizon(end: date, days: int, warm_up_days: int, zone: ZoneInfo) -> Horizon:
    """The ``days`` local days up to and including ``end``, and the warm-up before them."""
    first_day = end - timedelta(days=days - 1)
    return Horizon(
        warm_up=midnight(first_day - timedelta(days=warm_up_days), zone),
        first=midnight(first_day, zone),
        last=midnight(end + timedelta(days=1), zone),
        first_day=first_day,
        last_day=end,
        zone=zone,
    )


@dataclass(frozen=True)
class Clock:
    """Cumulated intensity per habit on a grid of hours: ``cumulative`` (habits, hours + 1), ``local_hour`` (hours,)."""

    origin: int
    cumulative: Floats
    local_hour: Ints

    def elapsed(self, habit: Ints, seconds: npt.NDArray[np.generic]) -> Floats:
        """Days on the clock of ``habit`` from the origin to each epoch second (clipped to the grid)."""
        hours = np.clip((np.asarray(seconds, dtype=np.float64) - self.origin) / HOUR, 0, self.local_hour.size - 1e-9)
        whole = hours.astype(np.int64)
        before = self.cumulative[habit, whole]
        return before + (self.cumulative[habit, whole + 1] - before) * (hours - whole)

    def instant(self, habit: Ints, days: Floats) -> Floats:
        """Epoch second at which the clock of ``habit`` shows ``days``: the inverse of ``elapsed``."""
        grid = self.origin + HOUR * np.arange(self.local_hour.size + 1, dtype=np.float64)
        result = np.empty(days.size)
        for number, cumulative in enumerate(self.cumulative):
            chosen = habit == number
            result[chosen] = np.interp(days[chosen], cumulative, grid)
        return result

    def hour_of_day(self, seconds: Ints) -> Ints:
        """Local hour of each epoch second."""
        return self.local_hour[np.clip((seconds - self.origin) // HOUR, 0, self.local_hour.size - 1)]


def wind_clock(rhythm: Rhythm, span: Horizon, days_beyond: int) -> Clock:
    """The clock from the start of the warm-up to ``days_beyond`` days after the last instant."""
    hours = (span.last - span.warm_up) // HOUR + 24 * days_beyond
    local = [datetime.fromtimestamp(span.warm_up + HOUR * hour, span.zone) for hour in range(hours)]
    weekday = np.array([moment.weekday() for moment in local])
    local_hour = np.array([moment.hour for moment in local], dtype=np.int64)
    by_day = np.array(rhythm.weekdays) / np.mean(rhythm.weekdays)
    by_hour = np.stack([_day_shape(rhythm, peak) for peak in rhythm.peaks])
    intensity = by_day[weekday] * by_hour[:, local_hour] / 24
    cumulative = np.concatenate([np.zeros((len(rhythm.peaks), 1)), np.cumsum(intensity, axis=1)], axis=1)
    return Clock(span.warm_up, cumulative, local_hour)


def _day_shape(rhythm: Rhythm, peak: float) -> Floats:
    """24 intensities with mean one: office hours for all, a bump around the habit's peak, a floor at night."""
    hour = np.arange(24) + 0.5
    around = np.abs(hour - peak)
    around = np.minimum(around, 24 - around)
    shape = (
        rhythm.night + 0.5 * ((hour > 8) & (hour < 20)) + 2.0 * np.exp(-0.5 * (around / rhythm.peak_hours_wide) ** 2)
    )
    return np.asarray(shape / shape.mean())

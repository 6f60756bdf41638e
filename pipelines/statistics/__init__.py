"""Pure statistics: numbers in, numbers out.

Belongs here: functions of counts, arrays and frames, with the source of their formula in the docstring.
Does not belong here: files, SQL, Dagster, Plotly, wording; nothing is imported but the data contract.
"""

from pipelines.statistics.intervals import (
    Interval,
    Rate,
    events_per_thousand,
    garwood,
    paired_gap,
    proportion,
    rate_difference,
    wilson,
)

__all__ = [
    "Interval",
    "Rate",
    "events_per_thousand",
    "garwood",
    "paired_gap",
    "proportion",
    "rate_difference",
    "wilson",
]

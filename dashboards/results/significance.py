"""When a difference or bias counts as statistically significant: by its q among all that was tested together.

One 95% interval in twenty leaves out 0 by chance; forty groups of a calibrated AI would give two verdicts. So no sentence
goes by an interval where a q was published.
"""

#: Greatest Benjamini-Hochberg q of a significant result.
SIGNIFICANT = 0.05


def is_significant(q: float | None) -> bool:
    """Whether ``q`` is known and small enough."""
    return q is not None and q <= SIGNIFICANT

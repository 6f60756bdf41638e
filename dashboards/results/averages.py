"""Means of sums: a mean is made of a sum and the rows it was taken over, never of other means."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mean:
    """A mean with the rows it rests on; null with a reason when there is none."""

    value: float | None
    n: int
    of: int
    reason: str | None = None


def mean(total: float, n: int, *, of: int, min_n: int, rows: str) -> Mean:
    """``total / n``; null with a reason when n < ``min_n``. ``of``: the rows that might have had a value."""
    if n < min_n or n == 0:
        return Mean(None, n, of, f"{n:,} {rows}, fewer than {min_n}" if n else f"no {rows}")
    return Mean(total / n, n, of)

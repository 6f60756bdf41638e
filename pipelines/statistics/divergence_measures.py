"""What segment divergence compares (M16): the dimensions, the measures, and the contacts of two periods as arrays.

Belongs here: which measure is a proxy and which an outcome, and the check of the input frame. Not: any estimate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]

#: Dimensions whose values, and pairs of values, are segments.
DIMENSIONS = ("mode", "channel", "queue", "workflow", "issue", "product", "region", "language", "ai_model")

#: Codes number the values of a dimension, so that they lie far below this; a key of two must fit 64 bits.
_HIGHEST_CODE = 2**31 - 1

#: The dimension within whose values every change is compared.
STRATUM = "issue"


@dataclass(frozen=True)
class Measure:
    """One column of the contacts, and what a change of it means.

    ``role``: a proxy is what the operation is steered by, an outcome what happened after the contact. ``good``: +1
    when more is better, −1 when less is. ``kind``: a rate is a mean of zeros and ones (a continuity correction
    applies), a mean is anything else. ``minimum``: the smallest change worth a verdict, in the measure's unit, or as a
    fraction of the baseline where ``relative``. ``within``: a further column whose values are never compared with each
    other. ``per``: what the wording multiplies by (1,000 contacts for complaints).
    """

    name: str
    role: Literal["proxy", "outcome"]
    good: Literal[-1, 1]
    kind: Literal["rate", "mean"]
    minimum: float
    relative: bool = False
    within: str | None = None
    per: float = 1.0


#: The measures of M16 with their default minimum effects.
MEASURES = (
    Measure("handle_seconds", "proxy", -1, "mean", 0.03, relative=True),
    Measure("claimed", "proxy", 1, "rate", 0.02),
    Measure("contained", "proxy", 1, "rate", 0.02),
    Measure("repeat", "outcome", -1, "rate", 0.02),
    Measure("false_resolution", "outcome", -1, "rate", 0.02),
    Measure("complaint", "outcome", -1, "rate", 0.001, per=1000.0),
    Measure("post_call_sentiment", "outcome", 1, "mean", 0.05, within="sentiment_source"),
)


@dataclass(frozen=True)
class Values:
    """One measure on the rows of a cohort: ``y`` of shape (n,), NaN where it is not defined, and its ``stratum``."""

    y: Floats
    stratum: Codes
    strata: int


@dataclass(frozen=True)
class Cohort:
    """Contacts of two periods, sorted by customer; all arrays have one entry a contact.

    ``period`` is 1 in the period and 0 in its baseline; ``customer`` is 0…customers−1 and ascends; ``codes`` holds a
    value's number for each dimension, −1 where it is null.
    """

    period: npt.NDArray[np.int8]
    customer: Codes
    codes: dict[str, Codes]
    values: dict[str, Values]

    @property
    def contacts(self) -> int:
        """Number of contacts of both periods."""
        return len(self.period)


def cohort(
    contacts: pl.DataFrame, measures: Sequence[Measure] = MEASURES, dimensions: Sequence[str] = DIMENSIONS
) -> Cohort:
    """Arrays of the frame, one row a mature contact: ``period`` (0/1), ``customer``, dimensions and measures.

    ``customer`` is any integer; a dimension holds integers from 0, −1 or null where unknown; a measure holds numbers or
    booleans, null or NaN where it is not defined. An unknown issue is a stratum of its own, so that contacts without
    one are compared with each other and with nothing else.

    Raises ValueError when there is no dimension, a column is missing, a period is neither 0 nor 1, a code is no integer or
    below −1, a rate is outside 0…1, or a value is infinite.
    """
    if not dimensions:
        raise ValueError("divergence needs at least one dimension")
    needed = ["period", "customer", STRATUM, *dimensions, *(m.name for m in measures)]
    needed += [m.within for m in measures if m.within]
    missing = sorted(set(needed) - set(contacts.columns))
    if missing:
        raise ValueError(f"the contacts lack {', '.join(missing)}")
    period = contacts["period"].to_numpy()
    if contacts["period"].null_count() or not np.isin(period, (0, 1)).all():
        raise ValueError("period is 1 in the period and 0 in its baseline, nothing else")
    customer = contacts["customer"]
    if customer.null_count() or (customer.dtype.is_float() and customer.is_nan().any()):
        raise ValueError("every contact has a customer")
    order = np.argsort(contacts["customer"].to_numpy(), kind="stable")
    sorted_customers = contacts["customer"].to_numpy()[order]
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = sorted_customers[1:] != sorted_customers[:-1]
    codes = {name: _codes(contacts[name])[order] for name in {*dimensions, STRATUM}}
    issue = codes[STRATUM] + 1
    issues = int(issue.max(initial=0)) + 1
    values = {}
    for measure in measures:
        stratum, strata = issue, issues
        if measure.within:
            source = _codes(contacts[measure.within])[order] + 1
            # Numbered anew: the product of two large codes would not fit.
            found, number = np.unique(issue + issues * source.astype(np.int64), return_inverse=True)
            stratum, strata = number.reshape(-1).astype(np.int32), max(1, len(found))
        values[measure.name] = Values(_numbers(contacts[measure.name], measure)[order], stratum, strata)
    return Cohort(period[order].astype(np.int8), (np.cumsum(starts) - 1).astype(np.int32), codes, values)


def _codes(column: pl.Series) -> Codes:
    known = column.cast(pl.Int64) if column.dtype in {pl.Null, pl.Boolean} else column
    codes = known.fill_null(-1).to_numpy()
    if not column.dtype.is_integer() and codes.dtype.kind != "i":
        raise ValueError(f"codes of {column.name} are integers, not {column.dtype}")
    if len(codes) and not -1 <= codes.min() <= codes.max() < _HIGHEST_CODE:
        raise ValueError(f"codes of {column.name} are integers from 0, and −1 for unknown")
    return codes.astype(np.int32)


def _numbers(column: pl.Series, measure: Measure) -> Floats:
    numbers: Floats = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if np.isinf(numbers).any():
        raise ValueError(f"{measure.name} holds an infinite value")
    known = numbers[~np.isnan(numbers)]
    if measure.kind == "rate" and len(known) and not (known.min() >= 0 and known.max() <= 1):
        raise ValueError(f"{measure.name} is a rate: its values lie between 0 and 1")
    return numbers

"""Early read of repeat contacts (M4): one curve a group and week, any and same issue side by side."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import polars as pl

from pipelines.analyses.groups import CUTS, group_name, table
from pipelines.statistics.survival import DAYS, MIN_AT_RISK, follow_up, repeat_survival_by_group

#: Scope → (instant of the repeat, whether the mature contact was repeated).
_SCOPES = {"any": ("next_us", "repeat_any_30d"), "same_issue": ("next_same_issue_us", "repeat_issue_30d")}


def repeat_survival(contacts: pl.DataFrame, as_of: datetime, min_n: int) -> pl.DataFrame:
    """Table ``repeat_survival`` from the rows of ``input_followed_contacts``; ``as_of`` is naive UTC.

    Groups: all, and each value of each dimension and hour of day, by week. A curve of fewer than ``min_n`` contacts has its
    counts and no probability.
    """
    moment = round(as_of.replace(tzinfo=UTC).timestamp() * 1_000_000)
    parts = []
    for scope, (following, repeated) in _SCOPES.items():
        # Without an issue no contact can be repeated with the same one.
        frame = contacts if scope == "any" else contacts.filter(pl.col("issue").is_not_null())
        seen = follow_up(
            frame["ended_us"].to_numpy(),
            frame[following].fill_null(0).to_numpy(),
            frame[following].is_not_null().to_numpy(),
            moment,
        )
        frame = frame.with_columns(
            exit_day=seen.exit_day,
            is_event=seen.is_event,
            window_share=seen.window_share,
            mature=pl.col("mature_30d").cast(pl.Int64),
            repeated=(pl.col("mature_30d") & pl.col(repeated).fill_null(value=False)).cast(pl.Int64),
        ).filter(seen.is_observed)
        parts += [part for cut in (None, *CUTS) for part in _cut(frame, scope, cut, min_n)]
    return table("repeat_survival", pl.concat(parts) if parts else [])


def _cut(frame: pl.DataFrame, scope: str, cut: str | None, min_n: int) -> Iterator[pl.DataFrame]:
    columns = ["week", *([cut] if cut else [])]
    known = frame.drop_nulls(columns)
    if known.is_empty():
        return
    names = (
        known.group_by(columns)
        .agg(
            pl.col("mature").sum(),
            pl.col("repeated").sum(),
            pl.col("window_share").mean(),
            pl.len().alias("n"),
            # Unknown ones (negative) are alone.
            (pl.col("customer").filter(pl.col("customer") >= 0).n_unique() + (pl.col("customer") < 0).sum()).alias(
                "customers"
            ),
        )
        .sort(columns)
        .with_row_index("group")
    )
    numbered = known.join(names.select("group", "n", *columns), on=columns, how="left")
    # Most groups of a small operation have too few contacts: they are counted, all at once.
    days_of_groups = numbered["group"].cast(pl.Int64).to_numpy() * DAYS + numbered["exit_day"].to_numpy()
    shape = (names.height, DAYS)
    left = np.bincount(days_of_groups, minlength=names.height * DAYS).reshape(shape)
    events = np.bincount(days_of_groups[numbered["is_event"].to_numpy()], minlength=names.height * DAYS).reshape(shape)
    estimated = {column: np.full(shape, np.nan) for column in ("repeat_probability", "lower", "upper")}
    reasons: list[str | None] = [f"{n:,} contacts, fewer than {min_n}" for n in names["n"]]
    enough = numbered.filter(pl.col("n") >= min_n)
    for group, curve in repeat_survival_by_group(
        enough["group"].cast(pl.Int64).to_numpy(),
        enough["exit_day"].to_numpy(),
        enough["is_event"].to_numpy(),
        enough["customer"].to_numpy(),
        min_at_risk=min(MIN_AT_RISK, min_n),
    ):
        reasons[group] = curve.reason
        for column, values in estimated.items():
            values[group] = getattr(curve, column)
    whole = np.repeat(np.arange(names.height), DAYS)
    yield pl.DataFrame(
        {
            "grouping": pl.Series(
                [group_name({cut: value} if cut else {}) for value in (names[cut] if cut else names["week"])],
                dtype=pl.String,
            ).gather(whole),
            "scope": pl.Series([scope]).new_from_index(0, len(whole)),
            "week": names["week"].gather(whole),
            "day": np.tile(np.arange(DAYS), names.height),
            "at_risk": left[:, ::-1].cumsum(axis=1)[:, ::-1].ravel(),
            "events": events.ravel(),
            **{column: values.ravel() for column, values in estimated.items()},
            "n": names["n"].cast(pl.Int64).gather(whole),
            "customers": names["customers"].cast(pl.Int64).gather(whole),
            "reason": pl.Series(reasons, dtype=pl.String).gather(whole),
            "window_share": names["window_share"].gather(whole),
            "is_provisional": (names["mature"] < names["n"]).gather(whole),
            "mature_n": names["mature"].gather(whole),
            "mature_repeated": names["repeated"].gather(whole),
        }
    )

"""Early read of repeat contacts (M4): one curve a group and week, any and same issue side by side."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl

from pipelines.analyses.groups import CUTS, group_name, table
from pipelines.statistics.survival import DAYS, MIN_AT_RISK, SurvivalCurve, follow_up, repeat_survival_by_group

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
        .agg(pl.col("mature").sum(), pl.col("repeated").sum(), pl.col("window_share").mean(), pl.len().alias("n"))
        .sort(columns)
        .with_row_index("group")
    )
    numbered = known.join(names.select("group", *columns), on=columns, how="left")
    curves = repeat_survival_by_group(
        numbered["group"].cast(pl.Int64).to_numpy(),
        numbered["exit_day"].to_numpy(),
        numbered["is_event"].to_numpy(),
        numbered["customer"].to_numpy(),
        min_at_risk=min(MIN_AT_RISK, min_n),
    )
    by_group = [_counted(curve, min_n) for _, curve in curves]
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
            **{
                column: np.concatenate([getattr(group, column) for group in by_group])
                for column in ("at_risk", "events", "repeat_probability", "lower", "upper")
            },
            **{
                column: pl.Series([getattr(group, column) for group in by_group], dtype=kind).gather(whole)
                for column, kind in (("n", pl.Int64()), ("customers", pl.Int64()), ("reason", pl.String()))
            },
            "window_share": names["window_share"].gather(whole),
            "is_provisional": (names["mature"] < names["n"]).gather(whole),
            "mature_n": names["mature"].gather(whole),
            "mature_repeated": names["repeated"].gather(whole),
        }
    )


def _counted(curve: SurvivalCurve, min_n: int) -> SurvivalCurve:
    """The curve, without its probabilities where it has too few contacts."""
    if curve.n >= min_n:
        return curve
    nothing = np.full(DAYS, np.nan)
    return replace(
        curve,
        repeat_probability=nothing,
        lower=nothing,
        upper=nothing,
        reason=f"{curve.n:,} contacts, fewer than {min_n}",
    )

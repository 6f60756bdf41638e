"""Outcomes by mode (M14): as they are, and standardised to the mix of issues that the modes share."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from pipelines.analyses.groups import group_name, groups, table
from pipelines.analyses.rates import separated
from pipelines.contract.canonical import MODES
from pipelines.contract.handoffs_and_promises import OUTCOME_MEASURES
from pipelines.statistics.clusters import clustered_mean, clustered_rate, dense_codes
from pipelines.statistics.standardised import Standardised, standardised_means

MODE_MEASURES = (
    "repeat_any_30d",
    "repeat_issue_30d",
    "unresolved",
    "false_resolution",
    "complaint_30d",
    "closed_account_30d",
    "survey_sentiment",
    "closing_sentiment",
    "handle_seconds",
    "claimed",
)


def mode_outcomes_table(contacts: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Table ``mode_outcomes`` from the rows of ``input_contact_measures``: for all contacts, and by workflow."""
    known = separated(contacts.drop_nulls("mode"), "customer").with_columns(
        stratum=pl.col("issue").rank("dense").cast(pl.Int64).fill_null(0) - 1,
        client=pl.col("customer").rank("dense").cast(pl.Int64) - 1,
        place=pl.col("mode").replace_strict({mode: place for place, mode in enumerate(MODES)}, return_dtype=pl.Int64),
    )
    rows: list[dict[str, Any]] = []
    for cut in ((), ("workflow",)):
        for group in groups(known, cut):
            part = known[group.rows]
            for measure in MODE_MEASURES:
                rows += _rows(part.drop_nulls(measure), group_name(group.values), measure, min_n)
    return table("mode_outcomes", rows)


def _rows(part: pl.DataFrame, grouping: str, measure: str, min_n: int) -> Iterator[dict[str, Any]]:
    y = part[measure].cast(pl.Float64).to_numpy()
    place, client = part["place"].to_numpy(), part["client"].to_numpy()
    rate = OUTCOME_MEASURES[measure] == "share"
    counts = np.bincount(place, minlength=len(MODES))
    # Modes that are there in numbers are compared; one that is hardly there must not take the common mix from the others.
    compared = [code for code in range(len(MODES)) if counts[code] >= min_n]
    common = _common(part, y, compared, rate=rate) if len(compared) > 1 else None
    for code, mode in enumerate(MODES):
        if not counts[code]:
            continue
        row: dict[str, Any] = {
            "grouping": grouping,
            "mode": mode,
            "measure": measure,
            "unit": OUTCOME_MEASURES[measure],
        }
        row |= {"n": int(counts[code]), "customers": len(np.unique(client[place == code]))}
        if code not in compared:
            yield row | {"reason": f"{counts[code]:,} contacts, fewer than {min_n}"}
            continue
        row |= _raw(y[place == code], client[place == code], rate=rate)
        if common is None:
            yield row | {"reason": "no other mode to compare with"}
        elif not common.strata:
            yield row | {"covered": 0.0, "issues": 0, "reason": "the modes share no issue"}
        else:
            at = compared.index(code)
            row |= {
                "standardised": float(common.mean[at]),
                "standardised_lower": float(common.lower[at]),
                "standardised_upper": float(common.upper[at]),
                "covered": common.covered,
                "issues": common.strata,
            }
            yield row


def _common(part: pl.DataFrame, y: np.ndarray[Any, Any], compared: list[int], *, rate: bool) -> Standardised:
    place = part["place"].to_numpy()
    number = np.full(len(MODES), -1)
    number[compared] = np.arange(len(compared))
    taken = number[place] >= 0
    return standardised_means(
        y[taken],
        number[place][taken],
        part["stratum"].to_numpy()[taken],
        part["client"].to_numpy()[taken],
        groups=len(compared),
        rate=rate,
    )


def _raw(y: np.ndarray[Any, Any], client: np.ndarray[Any, Any], *, rate: bool) -> dict[str, Any]:
    if not rate:
        found = clustered_mean(y, client)
        return {"value": found.value, "lower": found.lower, "upper": found.upper}
    codes, number = dense_codes(client, len(y))
    share, sizes = float(y.mean()), np.bincount(codes, minlength=number)
    spread = float(np.square(np.bincount(codes, weights=y - share, minlength=number)).sum())
    bounds = clustered_rate(
        float(y.sum()), len(y), spread=spread, clusters=number, squares=float(np.square(sizes).sum())
    )
    return {"value": share, "lower": bounds.lower, "upper": bounds.upper}

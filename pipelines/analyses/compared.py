"""What followed, by what happened (M11, M12, M13, M19): one level against its reference within issues, so that a shift in
the mix of issues is not read as an effect.

Compared are rows, not experiments: what differs beside the issue (mood, hour, customer) is not adjusted for, so that
a difference says "where", never "because".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipelines.analyses.groups import table
from pipelines.analyses.rates import separated
from pipelines.contract.canonical import HANDOFF_TRIGGERS
from pipelines.contract.handoffs_and_promises import HANDOFF_PARTS, OUTCOME_MEASURES, STUCK_SIGNS
from pipelines.statistics.bias import q_values
from pipelines.statistics.stratified_change import StratifiedChange, stratified_change

_AFTER = (
    "repeat_any_30d",
    "repeat_issue_30d",
    "unresolved",
    "false_resolution",
    "complaint_30d",
    "closed_account_30d",
    "survey_sentiment",
    "closing_sentiment",
)
#: Rows and mean of one side of a comparison.
_Side = tuple[int, float | None]


@dataclass(frozen=True)
class Comparison:
    """Rows for which ``is_level`` is true against those for which it is false; null: in neither."""

    factor: str
    level: str
    reference: str
    is_level: pl.Expr


def _handoff_comparisons() -> list[Comparison]:
    parts = [Comparison(part, "missing", "arrived", pl.col(f"has_{part}").not_()) for part in HANDOFF_PARTS]
    all_four = len(HANDOFF_PARTS)
    present = (pl.col("completeness") * all_four).round()
    recorded = pl.col("parts_recorded") == all_four
    steps = [
        Comparison(
            "completeness",
            f"{number} of {all_four}",
            f"{all_four} of {all_four}",
            pl.when(recorded & (present == number)).then(True).when(recorded & (present == all_four)).then(False),
        )
        for number in range(all_four)
    ]
    triggers = [Comparison("trigger", name, "other triggers", pl.col("trigger") == name) for name in HANDOFF_TRIGGERS]
    again = Comparison("customer_repeated", "yes", "no", pl.col("customer_repeated"))
    return [*parts, *steps, *triggers, again]


def _promise_comparisons() -> list[Comparison]:
    """All promises, and apart those of the AI and of agents: whose word the customer goes by afterwards."""
    found = []
    is_level: pl.Expr
    for factor, those in (
        ("status", pl.lit(True)),
        ("status_of_ai", pl.col("made_by") == "ai"),
        ("status_of_agent", pl.col("made_by") == "agent"),
    ):
        for level in ("broken", "kept_late"):
            is_level = pl.when(those & (pl.col("status") == level)).then(True)
            is_level = is_level.when(those & (pl.col("status") == "kept_on_time")).then(False)
            found.append(Comparison(factor, level, "kept_on_time", is_level))
    return found


_WRONG = Comparison(
    "wrong_suggestion", "accepted", "rejected", pl.when(pl.col("correct").not_()).then(pl.col("accepted"))
)
_STUCK = ("stuck", *STUCK_SIGNS)


def outcomes_compared_table(
    handoffs: pl.DataFrame, promises: pl.DataFrame, suggestions: pl.DataFrame, contacts: pl.DataFrame, min_n: int
) -> pl.DataFrame:
    """Table ``outcomes_compared`` from the rows of the four ``input_*`` models of these names."""
    stuck = [Comparison(sign, "yes", "no", pl.col(sign)) for sign in _STUCK]
    rows = [
        *compared("handoff", handoffs, _handoff_comparisons(), (*_AFTER, "customer_repeated"), min_n),
        *compared(
            "promise", promises, _promise_comparisons(), (*_AFTER, "next_asked_for_human", "next_led_by_human"), min_n
        ),
        *compared("suggestion", suggestions, [_WRONG], _AFTER, min_n),
        *compared("stuck", contacts.filter("is_ai_only"), stuck, _AFTER, min_n),
    ]
    return _with_q(table("outcomes_compared", rows))


def compared(
    subject: str, frame: pl.DataFrame, comparisons: Sequence[Comparison], measures: Sequence[str], min_n: int
) -> list[dict[str, Any]]:
    """A row a comparison and measure. ``frame`` has the columns customer, issue, those of the comparisons and measures."""
    numbered, strata = _numbered(frame, "customer")
    parts = [
        numbered.select(
            "stratum", "client", *measures, segment=pl.lit(place, dtype=pl.Int64), x=comparison.is_level.cast(pl.Int64)
        ).drop_nulls("x")
        for place, comparison in enumerate(comparisons)
    ]
    stacked = pl.concat(parts).sort("segment", "client")
    rows: list[dict[str, Any]] = []
    for measure in measures:
        known = stacked.drop_nulls(measure)
        rate = OUTCOME_MEASURES[measure] == "share"
        change = _change(known, measure, len(comparisons), strata, rate=rate)
        raw = {
            (segment, x): (n, mean)
            for segment, x, n, mean in known.group_by("segment", "x")
            .agg(pl.len(), pl.col(measure).cast(pl.Float64).sort().mean().alias("mean"))
            .iter_rows()
        }
        for place, comparison in enumerate(comparisons):
            # That those who had to say it again had to say it again is no finding.
            if comparison.factor != measure and ((place, 0) in raw or (place, 1) in raw):
                sides = raw.get((place, 1), (0, None)), raw.get((place, 0), (0, None))
                rows.append({"subject": subject} | _row(comparison, measure, change, place, sides=sides, min_n=min_n))
    return rows


def compared_means(frame: pl.DataFrame, is_level: pl.Expr, measure: str, *, cluster: str) -> dict[str, Any] | None:
    """One comparison of a share within issues: n, n_reference, difference, lower, upper, p (two-sided); None where no issue has both."""
    numbered, strata = _numbered(frame, cluster)
    known = numbered.with_columns(segment=pl.lit(0, dtype=pl.Int64), x=is_level.cast(pl.Int64)).sort("client")
    if known.is_empty():
        return None
    change = _change(known, measure, 1, strata, rate=True)
    if not np.isfinite(change.change[0]):
        return None
    names = {"n": "n_period", "n_reference": "n_baseline", "difference": "change", "lower": "lower", "upper": "upper"}
    return {name: float(getattr(change, field)[0]) for name, field in names.items()} | {"p": _two_sided(change, 0)}


def _numbered(frame: pl.DataFrame, cluster: str) -> tuple[pl.DataFrame, int]:
    """``frame`` with numbers from 0 of its strata (issues; none is a stratum, too) and clients, and how many strata there are."""
    numbered = separated(frame, cluster).with_columns(
        stratum=pl.col("issue").fill_null("").rank("dense").cast(pl.Int64) - 1,
        client=pl.col(cluster).rank("dense").cast(pl.Int64) - 1,
    )
    return numbered, max(1, numbered["stratum"].n_unique())


def _change(known: pl.DataFrame, measure: str, segments: int, strata: int, *, rate: bool) -> StratifiedChange:
    segment, client = known["segment"].to_numpy(), known["client"].to_numpy()
    # Pairs of segment and client, numbered in the order of the rows, which are sorted by both.
    new = np.ones(len(segment), dtype=bool)
    new[1:] = (segment[1:] != segment[:-1]) | (client[1:] != client[:-1])
    return stratified_change(
        segment,
        np.cumsum(new) - 1,
        known["x"].to_numpy(),
        known[measure].cast(pl.Float64).to_numpy(),
        known["stratum"].to_numpy(),
        segments=segments,
        strata=strata,
        rate=rate,
    )


def _row(
    comparison: Comparison,
    measure: str,
    change: StratifiedChange,
    place: int,
    *,
    sides: tuple[_Side, _Side],
    min_n: int,
) -> dict[str, Any]:
    (n, value), (n_reference, reference_value) = sides
    row: dict[str, Any] = {
        "factor": comparison.factor,
        "level": comparison.level,
        "reference": comparison.reference,
        "measure": measure,
        "unit": OUTCOME_MEASURES[measure],
        "n": n,
        "n_reference": n_reference,
        "customers": int(change.customers[place]),
        "value": value if n >= min_n else None,
        "reference_value": reference_value if n_reference >= min_n else None,
    }
    fewest = min(change.n_period[place], change.n_baseline[place])
    if min(n, n_reference) < min_n:
        return row | {"reason": f"{n:,} against {n_reference:,} rows; each needs {min_n}"}
    if fewest < min_n:
        return row | {
            "reason": f"under the issues that both have there are only {fewest:,.0f} rows; {min_n} are needed"
        }
    return row | {
        "adjusted": float(change.period[place]),
        "reference_adjusted": float(change.baseline[place]),
        "difference": float(change.change[place]),
        "lower": float(change.lower[place]),
        "upper": float(change.upper[place]),
        "covered": min(1.0, float(change.covered[place])),
        "p": _two_sided(change, place),
    }


def _two_sided(change: StratifiedChange, place: int) -> float:
    return min(1.0, 2 * float(min(change.p_up[place], change.p_down[place])))


def _with_q(frame: pl.DataFrame) -> pl.DataFrame:
    if frame.is_empty():
        return frame
    parts = [
        part.with_columns(q=pl.Series(q_values(part["p"].to_list()), dtype=pl.Float64))
        for part in frame.partition_by("subject", maintain_order=True)
    ]
    return pl.concat(parts)

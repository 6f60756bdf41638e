"""Over-reliance on suggestions (M13): who takes wrong ones, and who turns down right ones, by tenure."""

from typing import Any

import polars as pl

from pipelines.analyses.compared import compared_means
from pipelines.analyses.groups import CUTS, group_name, groups, table
from pipelines.analyses.rates import share_rows
from pipelines.contract.handoffs_and_promises import RELIANCE_MEASURES, TENURES
from pipelines.statistics.bias import q_values

_SEASONED = "12+"


def suggestion_reliance_table(suggestions: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Table ``suggestion_reliance`` from the rows of ``input_suggestions``.

    Suggestions that nobody judged, or that were neither taken nor turned down, count nowhere. Suggestions of one agent
    are not independent: intervals go by agents.
    """
    judged = suggestions.drop_nulls(["accepted", "correct"]).with_columns(
        accepted_wrong=pl.when(pl.col("correct").not_()).then(pl.col("accepted")),
        rejected_right=pl.when(pl.col("correct")).then(pl.col("accepted").not_()),
    )
    measures = {name: pl.col(name) for name in RELIANCE_MEASURES}
    rows: list[dict[str, Any]] = []
    for cut in ((), *((name,) for name in CUTS)):
        for group in groups(judged, cut):
            part = judged[group.rows]
            name = group_name(group.values)
            for found in share_rows(
                part, measures, ((), ("tenure",)), cluster="agent", min_n=min_n, rows="suggestions"
            ):
                tenure = _tenure(found["grouping"])
                row = found | {"grouping": name, "tenure": tenure}
                row |= _against_seasoned(part, tenure, row["measure"], min_n) if row.get("value") is not None else {}
                rows.append(row)
    adjusted = q_values([row.pop("p", None) for row in rows])
    return table("suggestion_reliance", [row | {"difference_q": q} for row, q in zip(rows, adjusted, strict=True)])


def _tenure(grouping: str) -> str | None:
    return next((tenure for tenure in TENURES if f'"{tenure}"' in grouping), None)


def _against_seasoned(part: pl.DataFrame, tenure: str | None, measure: str, min_n: int) -> dict[str, Any]:
    if tenure in {None, _SEASONED, "unknown"}:
        return {}
    found = compared_means(
        part.filter(pl.col("tenure").is_in([tenure, _SEASONED])).drop_nulls(measure),
        pl.col("tenure") == tenure,
        measure,
        cluster="agent",
    )
    if found is None or min(found["n"], found["n_reference"]) < min_n:
        return {}
    bounds = {"difference_lower": found["lower"], "difference_upper": found["upper"]}
    return {"difference": found["difference"], **bounds, "p": found["p"]}

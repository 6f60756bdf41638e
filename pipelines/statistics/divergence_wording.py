"""What a row of segment divergence says, in words (M16). The word is "diverges", never a motive."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipelines.statistics.divergence_measures import MEASURES, Measure
from pipelines.statistics.divergence_verdict import ALIGNED, DIVERGING, INSUFFICIENT

#: Dimension → the names of its codes, by position.
Labels = Mapping[str, Sequence[str]]

#: Measure → (how it is called, unit of its values, factor, decimals).
_WORDS = {
    "handle_seconds": ("handle time", " s", 1.0, 0),
    "claimed": ("claimed resolution", "%", 100.0, 1),
    "contained": ("containment", "%", 100.0, 1),
    "repeat": ("repeat contacts", "%", 100.0, 1),
    "false_resolution": ("false resolutions", "%", 100.0, 1),
    "complaint": ("complaints", " per 1,000", 1000.0, 1),
    "post_call_sentiment": ("sentiment after the contact", "", 1.0, 2),
}

_DIMENSIONS = {"ai_model": "AI model"}


def segment_names(found: pl.DataFrame, labels: Labels, *, prefix: str = "") -> pl.Series:
    """The segment of every row as a JSON object of dimension → value, keys sorted; null where there is none.

    ``found`` as `segment_divergence` returns it; ``prefix`` is ``cause_`` for the segment that explains it. Raises
    KeyError or IndexError for a dimension or code without a label.
    """
    columns = [prefix + name for name in ("dimension_1", "value_1", "dimension_2", "value_2")]
    return pl.Series(
        [
            json.dumps({d: labels[d][v] for d, v in ((d1, v1), (d2, v2)) if d}, sort_keys=True, ensure_ascii=False)
            if d1
            else None
            for d1, v1, d2, v2 in found.select(columns).iter_rows()
        ],
        dtype=pl.String,
    )


def sentences(found: pl.DataFrame, labels: Labels, *, measures: Sequence[Measure] = MEASURES) -> pl.Series:
    """One sentence or more for every row of `segment_divergence`: what moved, by how much, whom it concerns, and why."""
    return pl.Series([_sentence(row, labels, measures) for row in found.iter_rows(named=True)], dtype=pl.String)


def _sentence(row: dict[str, Any], labels: Labels, measures: Sequence[Measure]) -> str:
    name = _named(row, labels, "")
    name = name[:1].upper() + name[1:]
    if row["verdict"] == INSUFFICIENT:
        return f"{name}: too little to say ({row['reason']})."
    if row["verdict"] == ALIGNED:
        return f"{name}: no proxy and outcome are seen to move apart."
    proxy, outcome = _moved(row, row["lead_proxy"]), _moved(row, row["lead_outcome"])
    customers = f"{row['customers']:,} customer{'' if row['customers'] == 1 else 's'} had a contact there"
    opening = "diverges" if row["verdict"] == DIVERGING else "is undervalued"
    joint = "while" if row["verdict"] == DIVERGING else "yet"
    text = f"{name} {opening}: {proxy}, {joint} {outcome}, at the same mix of issues; {customers} in the period."
    if row["cause_dimension_1"]:
        text += f" Without {_named(row, labels, 'cause_')} nothing of it is left."
    others = [m for m in measures if row[f"{m.name}_change"] is None]
    if others:
        text += f" Not compared for want of data: {', '.join(_WORDS.get(m.name, (m.name,))[0] for m in others)}."
    return text


def _named(row: dict[str, Any], labels: Labels, prefix: str) -> str:
    parts = []
    for i in (1, 2):
        dimension = row[f"{prefix}dimension_{i}"]
        if dimension:
            word = _DIMENSIONS.get(dimension, dimension.replace("_", " "))
            parts.append(f"{word} {labels[dimension][row[f'{prefix}value_{i}']]}")
    return " with ".join(parts)


def _moved(row: dict[str, Any], measure: str) -> str:
    word, unit, factor, decimals = _WORDS.get(measure, (measure, "", 1.0, 3))
    before, after, change, lower, upper = (
        row[f"{measure}_{part}"] * factor for part in ("baseline", "period", "change", "lower", "upper")
    )
    verb = "fell" if change < 0 else "rose"
    span = f"change {change:+.{decimals}f}, 95% confidence interval {lower:+.{decimals}f} to {upper:+.{decimals}f}".replace(
        "-", "−"
    )
    return f"{word} {verb} from {before:.{decimals}f} to {after:.{decimals}f}{unit} ({span})"

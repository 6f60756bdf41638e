"""What reviewers say: of the flags of each rule (M15), and of the AI's claims, for all of which a random sample stands (M9)."""

from typing import Any

import numpy as np
import polars as pl

from pipelines.analyses.groups import CUTS, group_name, groups, table
from pipelines.statistics.clusters import dense_codes
from pipelines.statistics.intervals import proportion, wilson_at

_COUNTS = ("flags", "judged", "confirmed", "explained", "dismissed", "stale")
_Z = 1.959963984540054


def flag_precision_table(verdicts: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Table ``flag_precision`` from the rows of ``input_flag_verdicts``: every rule, over all modes and by mode.

    What reviewers chose to look at is no random sample of the flags, so the share holds for what they looked at.
    """
    rows: list[dict[str, Any]] = []
    for cut in ((), ("mode",)):
        for group in groups(verdicts, ("rule", *cut)):
            part = verdicts[group.rows].select(_COUNTS).sum().row(0, named=True)
            rate = proportion(part["confirmed"], part["judged"], min_n=min_n, rows="verdicts")
            true = part["confirmed"] + part["explained"]
            rows.append(
                {
                    "rule": group.values["rule"],
                    "grouping": group_name({key: group.values[key] for key in cut}),
                    **part,
                    "precision": rate.value,
                    "lower": rate.lower,
                    "upper": rate.upper,
                    "true_share": None if rate.value is None else true / part["judged"],
                    "reason": rate.reason,
                }
            )
    return table("flag_precision", rows)


def review_accuracy_table(sample: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Table ``review_accuracy`` from the rows of ``input_reviews``.

    Accuracy Σ w y / Σ w over the reviewed claims (J. Hájek's ratio estimator), with Wilson's interval on p (1 − p) /
    variance rows, the variance linearised and clustered by customer (W. G. Cochran, Sampling Techniques, 1977, 2.11 and
    9A). It stands for all claims if those drawn were reviewed whether or not they looked right.
    """
    rows: list[dict[str, Any]] = []
    cuts: list[tuple[str, ...]] = [(), ("claim_type",), *((cut,) for cut in CUTS if cut != "hour_of_day")]
    for cut in cuts:
        for period in ((), ("month",)):
            rows += [
                {
                    "grouping": group_name({key: group.values[key] for key in cut}),
                    "period": group.values.get("month"),
                    **_accuracy(sample[group.rows], min_n),
                }
                for group in groups(sample, (*cut, *period))
            ]
    return table("review_accuracy", rows)


def _accuracy(part: pl.DataFrame, min_n: int) -> dict[str, Any]:
    weight = part["sampling_weight"].to_numpy()
    stated = part["stated_confidence"].to_numpy()
    known = part.drop_nulls("verified_correct")
    row: dict[str, Any] = {
        "claims": round(float(weight.sum())),
        "drawn": part.height,
        "reviewed": known.height,
        "mean_confidence": float(np.average(stated, weights=weight)),
    }
    if known.height < min_n:
        return row | {"reason": f"{known.height:,} reviewed claims, fewer than {min_n}"}
    w = known["sampling_weight"].to_numpy()
    y = known["verified_correct"].cast(pl.Float64).to_numpy()
    accuracy = float(np.average(y, weights=w))
    codes, number = dense_codes(known["customer"].to_numpy(), known.height)
    sums = np.bincount(codes, weights=w * (y - accuracy), minlength=number)
    variance = float(np.square(sums).sum()) / float(w.sum()) ** 2 * number / max(number - 1, 1)
    # Where all are right or wrong no spread tells anything: the effective number of equal weights does.
    kish = float(w.sum()) ** 2 / float(np.square(w).sum())
    effective = min(kish, accuracy * (1 - accuracy) / variance) if variance > 0 else kish
    lower, upper = wilson_at(accuracy, max(effective, 1.0), _Z)
    bias = float(np.average(known["stated_confidence"].to_numpy(), weights=w)) - accuracy
    return row | {"accuracy": accuracy, "lower": lower, "upper": upper, "bias": bias}

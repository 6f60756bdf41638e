"""Logistic regression in a few lines: what is planted on the logit is found again with a standard error."""

from collections.abc import Sequence

import numpy as np
import polars as pl


def fitted(
    frame: pl.DataFrame, outcome: str, effects: Sequence[str], within: Sequence[str] = ()
) -> dict[str, tuple[float, float]]:
    """Coefficient and standard error of each of ``effects`` on the logit of ``outcome``, and of "constant".

    ``within``: columns whose every value gets a level of its own. Newton's method from zero; steps of a concave problem.
    """
    dummies = [
        frame.select(pl.col(name).cast(pl.String).fill_null("none")).to_dummies(drop_first=True) for name in within
    ]
    design = pl.concat([frame.select(pl.col(effects).cast(pl.Float64)), *dummies], how="horizontal").to_numpy()
    design = np.column_stack([np.ones(frame.height), design]).astype(np.float64)
    said = frame[outcome].cast(pl.Float64).to_numpy()
    beta = np.zeros(design.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-design @ beta))
        information = design.T @ (design * (chance * (1 - chance))[:, None])
        step = np.linalg.solve(information, design.T @ (said - chance))
        beta += step
        if np.abs(step).max() < 1e-10:
            break
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    names = ("constant", *effects)
    return {name: (float(beta[at]), float(errors[at])) for at, name in enumerate(names)}


def off(found: tuple[float, float], planted: float) -> float:
    """By how many standard errors an estimate misses what is planted."""
    return abs(found[0] - planted) / found[1]

"""Closing words on the customer-rating scale (M7) in sentences."""

from dashboards.wording.numbers import count, percent, signed


def scale_sentence(
    *,
    fitted_on: int,
    judged_on: int,
    auc: float | None,
    auc_raw: float | None,
    brier: float | None,
    brier_base: float | None,
    gain: float | None,
    lower: float | None,
    upper: float | None,
    reason: str,
) -> str:
    """How well closing words tell high ratings from low ones, with and without the customer-rating scale."""
    if auc is None or auc_raw is None or gain is None:
        return f"No customer-rating scale for closing words{f': {reason}' if reason else ''}."
    text = (
        f"On the customer-rating scale, closing words rank a high rating above a low one in {percent(auc, 0)} of pairs "
        f"({percent(auc_raw, 0)} without it; fitted to {count(fitted_on)} earlier ratings, checked on "
        f"{count(judged_on)} later ones)"
    )
    if brier is not None and brier_base is not None and brier >= brier_base:
        return f"{text}. They predict a rating no better than the overall share of high ratings does."
    span = "" if lower is None or upper is None else f" ({signed(lower, 3)} to {signed(upper, 3)})"
    if lower is not None and lower > 0:
        return f"{text}. The scale lowers the prediction error by {gain:.3f}{span}."
    return f"{text}. The scale brings no statistically significant gain{span}."

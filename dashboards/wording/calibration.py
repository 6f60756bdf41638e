"""Calibration (M9) in sentences: what the AI states against how often it is right, for whom not, and since when."""

from dashboards.wording.dates import month_words
from dashboards.wording.numbers import (
    bare_points_range,
    count,
    percent,
    plain_points,
    plural,
    rests_on,
    signed,
    whole_percent,
)
from dashboards.wording.texts import capital, sentence

NO_CLAIMS = "No calibration: no AI claim has both a stated confidence and a verdict."
SOURCES_DIFFER = (
    "Claims are judged in two ways. Reviewers judge the answer itself; outcomes count a wrong answer as right when the "
    "customer neither comes back, nor complains, nor has the case reopened."
)
_SOURCES = {"reviewed": "judged by reviewers", "outcome": "judged by outcomes"}
_SAMPLINGS = {
    "random": "random sample",
    "targeted": "chosen for review",
    "unknown": "sampling unknown",
    "kept": "where the AI's answer stood",
}


def no_claims_of(group: str) -> str:
    return f"No calibration for {group}: none of them has an AI claim with a stated confidence and a verdict."


def source_words(source: str, sampling: str | None) -> str:
    """``judged by reviewers, random sample``."""
    how = f", {_SAMPLINGS.get(sampling, 'sampling unknown')}" if sampling else ""
    return f"{_SOURCES.get(source, source)}{how}"


def overall(
    speaker: str,
    stated: float | None,
    right: float | None,
    *,
    bias: float | None,
    lower: float | None,
    upper: float | None,
    is_significant: bool,
    reason: str,
) -> str:
    """``The AI is overconfident by 8.6 points (8.1 to 9.2): it states 76% and is right 67% of the time.``

    ``is_significant``: among all groups that were judged together. One interval in twenty leaves out 0 by chance.
    """
    if stated is None or right is None or bias is None:
        return sentence(reason or "too few claims to judge calibration")
    both = f"states {whole_percent(stated)} and is right {whole_percent(right)} of the time"
    if lower is None or upper is None:
        return f"{capital(speaker)} {both}."
    if not is_significant:
        return f"{capital(speaker)} {both}: no statistically significant bias."
    return f"{capital(speaker)} is {over_or_under(bias)} by {size(bias, lower, upper)}: it {both}."


def typical(stated: float, stated_from: float, stated_to: float, *, right: float, lower: float, upper: float) -> str:
    """``When it states 90% (88% to 93%), it is right 72% of the time (70% to 75%).``"""
    low, high = whole_percent(stated_from), whole_percent(stated_to)
    width = "" if low == high else f" ({low} to {high})"
    return (
        f"When it states {whole_percent(stated)}{width}, it is right {whole_percent(right)} of the time "
        f"({whole_percent(lower)} to {whole_percent(upper)})."
    )


def worst_group(name: str, *, bias: float, lower: float | None, upper: float | None, n: int) -> str:
    """``Billing contacts with AI model assist-2: overconfident by 27.1 points (23.1 to 31.2), n = 1,240.``"""
    return f"{capital(name)}: {over_or_under(bias)} by {size(bias, lower, upper)}, {rests_on(n)}."


def drift(name: str, *, change: float, lower: float | None, upper: float | None, before: str | None, month: str) -> str:
    """``Billing contacts: 6.2 points (2.1 to 10.4) more overconfident in Oct 2026 than in Sep 2026.``"""
    than = f" than in {month_words(before)}" if before else " than the month before"
    return f"{capital(name)}: {size(change, lower, upper)} more {over_or_under(change)} in {month_words(month)}{than}."


def no_biased_group(groups: int) -> str:
    if not groups:
        return "No group of this kind has a claim with a verdict."
    return f"No statistically significant bias in {plural(groups, 'group')} (false-alarm rate at most 5%)."


def biased_groups(
    groups: int, biased: int, worst: str, *, bias: float, lower: float | None, upper: float | None
) -> str:
    """How many of the listed groups have a significant bias, and which one the largest."""
    return (
        f"{count(biased)} of {plural(groups, 'group')} {'has' if biased == 1 else 'have'} a statistically significant "
        f"bias; the largest: {worst}, {over_or_under(bias)} by {size(bias, lower, upper)}."
    )


def month_bias(month: str, *, bias: float, lower: float | None, upper: float | None, is_significant: bool) -> str:
    """``In Oct 2026 the AI was overconfident by 9.1 points (7.0 to 11.2).``"""
    if not is_significant:
        return f"In {month_words(month)} the AI had no statistically significant bias."
    return f"In {month_words(month)} the AI was {over_or_under(bias)} by {size(bias, lower, upper)}."


def largest_drift(month: str, change: float) -> str:
    way = "towards overconfidence" if change > 0 else "towards underconfidence"
    return f"Largest significant change: {plain_points(change)} {way} in {month_words(month)}."


def recalibrated(
    kind: str,
    *,
    fitted_on: int,
    judged_on: int,
    gain: float,
    lower: float | None,
    upper: float | None,
    helps: bool,
    stated: float | None,
    calibrated: float | None,
    withdrawn_since: str | None = None,
) -> str:
    """What the map from stated to calibrated confidence is worth on later claims, and whether it still holds."""
    on = f"{kind} map fitted to {count(fitted_on)} earlier claims, checked on {count(judged_on)} later ones"
    span = (
        "" if lower is None or upper is None else f" (95% confidence interval {signed(lower, 4)} to {signed(upper, 4)})"
    )
    if withdrawn_since:
        return (
            f"Withdrawn since {month_words(withdrawn_since)}: from then on the map makes confidences worse, whatever it gained "
            f"before ({signed(gain, 4)} in prediction error over all later claims{span}); {on}."
        )
    if not helps:
        return f"Recalibration brings no statistically significant gain: {signed(gain, 4)} in prediction error{span}; {on}."
    means = ""
    if stated is not None and calibrated is not None:
        means = f"A stated {whole_percent(stated)} means {whole_percent(calibrated)}. "
    return f"{means}Recalibration lowers the prediction error by {gain:.4f}{span}; {on}."


def over_or_under(bias: float) -> str:
    return "overconfident" if bias > 0 else "underconfident"


def size(value: float, lower: float | None, upper: float | None) -> str:
    """``27.1 points (23.1 to 31.2)`` of a difference whose direction the sentence says."""
    if lower is None or upper is None:
        return plain_points(value)
    sign = 1 if value > 0 else -1
    return f"{plain_points(value)} ({bare_points_range(*sorted((sign * lower, sign * upper)))})"


def states_and_is_right(name: str, stated: float, right: float) -> str:
    """``Billing contacts: the AI states 87% and is right 60%.``"""
    return f"{capital(name)}: the AI states {percent(stated, 0)} and is right {percent(right, 0)}."

"""Panels of what followed (M11, M12, M13, M19): adjusted differences with intervals."""

from collections.abc import Callable, Sequence

import polars as pl

from dashboards import wording
from dashboards.figures.differences import differences_from_reference
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.results.outcome_differences import Difference, strongest
from dashboards.results.published_rates import Grouped, Rates
from dashboards.wording.outcomes import OUTCOMES, mean_words


def differences_panel(
    name: str,
    found: Sequence[Difference],
    title: str,
    subtitle: str,
    *,
    axis: str,
    label: Callable[[Difference], str] = lambda each: each.name,
    link: str | None = None,
) -> Panel:
    """``found`` as points around no difference. Differences in a unit other than a share stand in the table alone.

    ``subtitle`` begins with the metric number. ``link``: where a click on a point leads.
    """
    shares = [each for each in found if each.unit == "share"]
    frame = pl.DataFrame(
        [
            (
                label(each),
                wording.code_words(each.reference),
                each.difference,
                each.lower,
                each.upper,
                float(each.n),
                float(each.n_reference),
                each.is_significant,
                link or "",
            )
            for each in shares
        ],
        schema={
            "name": pl.String,
            "reference": pl.String,
            "difference": pl.Float64,
            "lower": pl.Float64,
            "upper": pl.Float64,
            "n": pl.Float64,
            "n_reference": pl.Float64,
            "is_significant": pl.Boolean,
            "link": pl.String,
        },
        orient="row",
    )
    figure = differences_from_reference(
        frame,
        title,
        f"{subtitle}; at the same mix of issues, bars are 95% confidence intervals; filled where statistically significant over all comparisons "
        "(false-alarm rate at most 5%)",
        axis=axis,
    )
    return make_panel(name, figure, strongest(shares), differences_table(found, label))


def differences_table(found: Sequence[Difference], label: Callable[[Difference], str]) -> Table:
    several = len({each.measure for each in found}) > 1
    rows = tuple(
        (
            f"{label(each)}",
            mean_words(each.unit, each.value) + f"\n{wording.rests_on(each.n)}",
            mean_words(each.unit, each.reference_value) + f"\n{wording.rests_on(each.n_reference)}",
            _difference(each),
            wording.q_value(each.q),
            wording.percent(each.covered),
            wording.count(each.customers),
        )
        for each in found
    )
    references = {wording.code_words(each.reference) for each in found}
    caption = f"Against: {wording.joined(sorted(references))}. " if found else ""
    caption += "As they are; the difference is taken at the same mix of issues, over the covered share of rows."
    first = "Outcome" if several else "What happened"
    return Table(
        (first, "As it is", "Reference", "Difference", "False-alarm rate", "Covered", "Customers"), rows, caption
    )


def outcome_label(each: Difference) -> str:
    return OUTCOMES.get(each.measure, wording.code_words(each.measure))


def _difference(each: Difference) -> str:
    if each.difference is None:
        return f"{wording.MISSING}\n{each.reason}" if each.reason else wording.MISSING
    if each.unit == "share":
        return f"{wording.points(each.difference)}\n{wording.points_range(each.lower, each.upper)}"
    low, high = wording.score(each.lower), wording.score(each.upper)
    return f"{wording.score(each.difference)}\n{low} to {high}"


def apart(rates: Rates, groups: Sequence[Grouped], measure: str, words: str) -> str:
    """Which groups lie wholly apart by their intervals, if any; no group is called best or worst by its rate."""
    known = []
    for each in groups:
        share = rates.of(measure, each.group)
        if share.lower is not None and share.upper is not None:
            known.append((share.lower, share.upper, each.name))
    if len(known) < 2:
        return "Too few groups have enough cases to compare."
    high, low = max(known), min(known, key=lambda each: each[1])
    if high[0] <= low[1]:
        return f"No statistically significant difference between groups ({words}): all intervals overlap."
    span, other = wording.percent_range(*high[:2]), wording.percent_range(*low[:2])
    return f"{wording.capital(high[2])} ({words}: {span}) is significantly higher than {low[2]} ({other})."

"""Panels of a change that is taken apart (M16): its weeks, the AI models of the weeks, and its parts by dimension."""

import math
from datetime import date, timedelta

import polars as pl

from dashboards import wording
from dashboards.figures import outcome_about_its_step, parts_by_dimension, shares_by_week
from dashboards.findings.explained_change import OTHER, DimensionParts, ExplainedChange, WeekOfSide
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.wording.dates import span
from dashboards.wording.divergence import MEASURES, change_range, change_words, value_words
from dashboards.wording.explained import dimension_name, more_values, percent_of, value_name
from pipelines.statistics.decomposition import Estimate

#: Values of a dimension that get a line of their own in a table.
_LISTED = 15
#: Measure → what its values are multiplied by on an axis, and the axis's name.
_AXES = {
    "repeat": (100.0, "contacts followed by a repeat (%)", "points"),
    "false_resolution": (100.0, "claimed resolutions that did not hold (%)", "points"),
    "complaint": (1000.0, "complaints per 1,000 contacts", "per 1,000 contacts"),
    "post_call_sentiment": (1.0, "sentiment after the contact (−1 to 1)", "sentiment"),
}


def began_days(found: ExplainedChange) -> tuple[tuple[date, date], tuple[date, date]] | None:
    """The days of the week in which it began, and from the first to the last day of its interval; None where there is no step."""
    step = found.began
    if step is None:
        return None
    at, first, last = (found.weeks[week] for week in (step.week, step.first, step.last))
    return (at.first, at.last), (first.first, last.last)


def weeks_panel(found: ExplainedChange, sentence: str) -> Panel:
    """The outcome by week, with the step if there is one."""
    scale, axis, _ = _AXES[found.measure]
    days, step = began_days(found), found.began
    frame = pl.DataFrame(
        [(week.first, _days(week), *_known(week.mean), week.contacts) for week in found.weeks],
        schema={
            "monday": pl.Date,
            "days": pl.String,
            "value": pl.Float64,
            "lower": pl.Float64,
            "upper": pl.Float64,
            "n": pl.Int64,
        },
        orient="row",
    )
    figure = outcome_about_its_step(
        frame,
        f"{wording.capital(MEASURES[found.measure])} by week",
        axis=axis,
        scale=scale,
        levels=(step.before, step.after) if step else None,
        at=days[0][0] if days else None,
        between=days[1] if days else None,
    )
    rows = tuple(
        (
            _days(week),
            f"{value_words(found.measure, _or_none(week.mean.value))}\n{_range(found.measure, week.mean)}",
            wording.count(week.contacts),
        )
        for week in reversed(found.weeks)
    )
    return make_panel(
        "change-weeks", figure, sentence, Table(("Week", wording.capital(MEASURES[found.measure]), "n"), rows)
    )


def models_panel(found: ExplainedChange, sentence: str) -> Panel:
    """The AI models by week."""
    names = {model: value_name("ai_model", model, OTHER) if model else "no AI model" for model in found.models}
    frame = pl.DataFrame(
        [
            (week.first, _days(week), names[model], week.models[model], week.contacts)
            for model in found.models
            for week in found.weeks
        ],
        schema={"monday": pl.Date, "days": pl.String, "label": pl.String, "share": pl.Float64, "n": pl.Int64},
        orient="row",
    )
    rows = tuple(
        (_days(week), *(wording.percent(week.models[model]) for model in found.models), wording.count(week.contacts))
        for week in reversed(found.weeks)
    )
    table = Table(("Week", *names.values(), "n"), rows)
    return make_panel("model-weeks", shares_by_week(frame, "Which AI model answered"), sentence, table)


def parts_panel(found: ExplainedChange, sentence: str) -> Panel:
    """By dimension how much of the change is a shift of the mix, and how much lies within the values."""
    scale, _, unit = _AXES[found.measure]
    frame = pl.DataFrame(
        [
            (wording.capital(dimension_name(each.dimension)), kind, part.value, part.lower, part.upper)
            for each in found.dimensions
            for kind, part in (("mix", each.whole.mix), ("within", each.whole.rate))
        ],
        schema={"name": pl.String, "kind": pl.String, "value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64},
        orient="row",
    )
    figure = parts_by_dimension(
        frame,
        "More of some contacts, or the same contacts going differently",
        axis=f"part of the change ({unit})",
        scale=scale,
    )
    rows = tuple(
        (
            wording.capital(dimension_name(each.dimension)),
            *(_cell(found.measure, part) for part in (each.whole.mix, each.whole.rate, each.whole.change)),
        )
        for each in found.dimensions
    )
    table = Table(("Cut by", "More of some contacts", "The same going differently", "Together"), rows)
    return make_panel("change-parts", figure, sentence, table)


def cells_table(found: ExplainedChange, cut: DimensionParts, min_n: int, sides: tuple[str, str]) -> Table:
    """The values of one dimension with their parts; ``sides``: what the two sides are called."""
    before, after = sides
    totals = cut.whole.contacts
    rows = [
        (
            value_name(cut.dimension, cell.value, OTHER),
            *_held(cell.parts.contacts, totals),
            *(
                value_words(found.measure, mean) if contacts >= min_n else wording.MISSING
                for mean, contacts in zip(cell.parts.means, cell.parts.contacts, strict=True)
            ),
            _cell(found.measure, cell.parts.mix),
            _cell(found.measure, cell.parts.rate),
            change_words(found.measure, cell.parts.total),
        )
        for cell in cut.cells[:_LISTED]
    ]
    more = [cell.parts for cell in cut.cells[_LISTED:]]
    if more:
        parts = [sum(part.mix.value for part in more), sum(part.rate.value for part in more)]
        held = (sum(part.contacts[0] for part in more), sum(part.contacts[1] for part in more))
        rows.append(
            (
                more_values(len(more)),
                *_held(held, totals),
                wording.MISSING,
                wording.MISSING,
                *(change_words(found.measure, part) for part in (*parts, sum(parts))),
            )
        )
    sums = (
        "Sum",
        *_held(totals, totals),
        *(value_words(found.measure, mean) for mean in cut.whole.means),
        _cell(found.measure, cut.whole.mix),
        _cell(found.measure, cut.whole.rate),
        change_words(found.measure, cut.whole.change.value),
    )
    name = wording.capital(dimension_name(cut.dimension))
    what = wording.capital(MEASURES[found.measure])
    headers = (
        name,
        f"Contacts, {before}",
        f"Contacts, {after}",
        f"{what}, {before}",
        f"{what}, {after}",
        "More or fewer of them",
        "The same going differently",
        "Together",
    )
    return Table(headers, (*rows, sums))


def _held(contacts: tuple[int, int], of: tuple[int, int]) -> tuple[str, str]:
    """Contacts of both sides as shares with their counts."""
    first, second = (
        f"{percent_of(n, total)}\n{wording.plural(n, 'contact')}" for n, total in zip(contacts, of, strict=True)
    )
    return first, second


def _days(week: WeekOfSide) -> str:
    return span(week.first, week.first + timedelta(days=6))


def _known(each: Estimate) -> tuple[float | None, float | None, float | None]:
    return _or_none(each.value), _or_none(each.lower), _or_none(each.upper)


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _range(measure: str, each: Estimate) -> str:
    lower, upper = _or_none(each.lower), _or_none(each.upper)
    if lower is None or upper is None:
        return "too few contacts"
    return f"{value_words(measure, lower)} to {value_words(measure, upper)}"


def _cell(measure: str, each: Estimate) -> str:
    return f"{change_words(measure, each.value)}\n{change_range(measure, _or_none(each.lower), _or_none(each.upper))}"

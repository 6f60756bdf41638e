"""Panels of the customer-rating scale (M7), and of negatives by group."""

from dataclasses import fields

import polars as pl

from dashboards import wording
from dashboards.figures import closing_raw_and_calibrated, rates_by_group, scale_and_ratings
from dashboards.findings.calibration import CurvePoint
from dashboards.findings.csat import RatingScale
from dashboards.pages.sentiment.closing_weeks import ClosingWeek
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.results.group_rates import GroupRates, group_frame, left_out_words
from dashboards.snapshot.filters import BY_COLUMN
from dashboards.wording.weeks import Week


def closing_panel(weeks: tuple[ClosingWeek, ...]) -> Panel:
    rows = [(each.monday, Week(each.monday).label, each.n, each.raw, each.calibrated) for each in weeks]
    schema = {"monday": pl.Date, "week": pl.String, "n": pl.Int64, "raw": pl.Float64, "calibrated": pl.Float64}
    known = [each for each in weeks if each.raw is not None]
    if known:
        last = known[-1]
        sentence = (
            f"In {Week(last.monday).label} closing words scored {wording.score(last.calibrated)} on the customer-rating scale, "
            f"{wording.score(last.raw)} unscaled ({wording.rests_on(last.n)})."
        )
    else:
        sentence = "No week has enough contacts with both scores."
    table = Table(
        ("Week", "Unscaled", "Customer-rating scale", "n"),
        tuple(
            (
                Week(each.monday).label,
                wording.score(each.raw),
                wording.score(each.calibrated),
                wording.count(each.n),
            )
            for each in reversed(weeks)
        ),
    )
    return make_panel(
        "closing", closing_raw_and_calibrated(pl.DataFrame(rows, schema=schema, orient="row")), sentence, table
    )


def scale_panel(found: RatingScale) -> Panel:
    curve = pl.DataFrame(found.curve, schema=dict.fromkeys((field.name for field in fields(CurvePoint)), pl.Float64))
    table = Table(
        ("Predicted", "Rated high", "90% band of the curve", "90% band of a calibrated scale"),
        tuple(
            (
                wording.percent(point.confidence),
                wording.percent(point.estimate),
                wording.percent_range(point.lower, point.upper),
                wording.percent_range(point.consistency_lower, point.consistency_upper),
            )
            for point in found.curve
        ),
    )
    return make_panel("layer", scale_and_ratings(curve, found.judged_on), found.sentence, table, worth_table(found))


def worth_table(found: RatingScale) -> Table:
    """What the scale gains over the unscaled score, on later contacts."""

    def number(value: float | None) -> str:
        return wording.MISSING if value is None else f"{value:.3f}"

    gain = number(found.gain)
    if found.lower is not None and found.upper is not None:
        gain = f"{gain}\n{found.lower:.3f} to {found.upper:.3f}"
    return Table(
        ("On later contacts", "Scale", "Unscaled"),
        (
            ("Ranks a high rating above a low one", number(found.auc), number(found.auc_raw)),
            ("Prediction error", number(found.brier), number(found.brier_raw)),
            ("Gain in prediction error", gain, wording.MISSING),
        ),
        f"Fitted on {wording.count(found.fitted_on)} earlier contacts, checked on {wording.count(found.judged_on)} later ones.",
    )


def negatives_by_panel(rates: GroupRates, source: str, links: dict[str | None, str | None]) -> Panel:
    dimension = BY_COLUMN[rates.column]
    table = Table(
        (dimension.title, "Negative", "95% confidence interval", "n"),
        tuple(
            (
                each.name,
                wording.percent(each.rate.value)
                if each.rate.value is not None
                else each.rate.reason or wording.MISSING,
                wording.percent_interval(each.rate) if each.rate.value is not None else wording.MISSING,
                wording.count(each.rate.denominator),
            )
            for each in rates.groups
        ),
    )
    figure = rates_by_group(
        group_frame(rates, links.get),
        f"Negative {wording.source_name(source)} by {'AI model' if rates.column == 'ai_model' else dimension.title.lower()}",
        "M7 · within one source, over the complete weeks shown; bars are 95% confidence intervals; in order of size, never of the rate",
        axis="share of the source's contacts (%)",
    )
    return make_panel("negatives-by", figure, f"{rates.sentence}{left_out_words(rates)}", table)

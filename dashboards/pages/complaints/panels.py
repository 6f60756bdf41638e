"""Panels of complaints (M8): time to complaint, and rates by group."""

import polars as pl

from dashboards import wording
from dashboards.figures import days_to_complaint, rates_by_group
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.results.complaints import ComplaintsReceived
from dashboards.results.group_rates import GroupRates, group_frame, left_out_words
from dashboards.snapshot.filters import BY_COLUMN


def time_panel(found: ComplaintsReceived) -> Panel:
    frame = pl.DataFrame(
        [(bar.name, bar.start, bar.complaints) for bar in found.bars],
        schema={"name": pl.String, "start": pl.Int64, "complaints": pl.Int64},
        orient="row",
    )
    table = Table(
        ("Days after the contact", "Complaints", "Share"),
        tuple(
            (
                bar.name,
                wording.count(bar.complaints),
                wording.percent(bar.complaints / found.linked) if found.linked else wording.MISSING,
            )
            for bar in found.bars
        ),
    )
    return make_panel("complaint-days", days_to_complaint(frame), found.time_sentence, table)


def complaints_by_panel(rates: GroupRates, links: dict[str | None, str | None]) -> Panel:
    dimension = BY_COLUMN[rates.column]
    table = Table(
        (dimension.title, "Linked complaints", "Eligible contacts", "Per 1,000", "95% confidence interval"),
        tuple(
            (
                each.name,
                wording.count(each.rate.numerator),
                wording.count(each.rate.denominator),
                wording.per_thousand(each.rate.value),
                wording.thousand_interval(each.rate),
            )
            for each in rates.groups
        ),
    )
    figure = rates_by_group(
        group_frame(rates, links.get),
        f"Linked complaints by {dimension.title.lower() if dimension.column != 'ai_model' else 'AI model'}",
        "M8 · per 1,000 eligible contacts of the complete weeks shown; bars are exact 95% Poisson intervals; "
        "in order of size, never of the rate",
        axis="linked complaints per 1,000 contacts",
        scale=1,
        unit=" per 1,000",
    )
    return make_panel("complaints-by", figure, f"{rates.sentence}{left_out_words(rates)}", table)


def link_table(found: ComplaintsReceived) -> Table:
    rows = tuple(
        (
            "linked" if rule.is_linked else "not linked",
            rule.words,
            wording.count(rule.complaints),
            wording.percent(rule.complaints / found.total),
        )
        for rule in found.rules
    )
    return Table(("Link", "Why", "Complaints", "Share"), rows)

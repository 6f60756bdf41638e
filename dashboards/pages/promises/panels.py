"""Panels of promises (M12): what became of them, by whom and of what kind; week by week; what is open."""

from collections.abc import Callable, Sequence

import polars as pl

from dashboards import wording
from dashboards.figures.dots import Series, dots_by_group
from dashboards.figures.promise_weeks import promises_by_week
from dashboards.figures.template import BLUE, ORANGE, VERMILLION
from dashboards.pages.promises.data import FATES, SOURCES, STATUSES, WHY_UNVERIFIABLE, Promised
from dashboards.panels.differences import apart
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.results.published_rates import DOTS, SHOWN, Grouped, Rates, share_cell
from dashboards.wording.weeks import Week

_FATES = (
    Series("kept_on_time", "kept on time", BLUE),
    Series("kept_late", "kept late", ORANGE, "square"),
    Series("broken", "broken", VERMILLION, "diamond"),
)


def fates_panel(rates: Rates, groups: Sequence[Grouped], title: str, link: Callable[[Grouped], str | None]) -> Panel:
    """Kept on time, late and broken, group by group."""
    shown = groups[:SHOWN]
    frame = pl.DataFrame(
        [
            (each.name, series.key, s.value, s.lower, s.upper, float(s.n), link(each) or "")
            for each in shown
            for series in _FATES
            for s in (rates.of(series.key, each.group),)
        ],
        schema=DOTS,
        orient="row",
    )
    name = title if title.startswith("AI") else title.lower()
    figure = dots_by_group(
        frame,
        _FATES,
        f"By {name}",
        "M12 · share of promises with a known result; bars are 95% confidence intervals, customers clustered; in order of size, never "
        "of the rate",
        axis="promises with a known result (%)",
        rows="promises",
    )
    table = Table(
        (title, "Kept on time", "Kept late", "Broken", "Known"),
        tuple(
            (
                each.name,
                *(share_cell(rates.of(fate, each.group)) for fate in FATES),
                wording.count(rates.of("broken", each.group).n),
            )
            for each in shown
        ),
        f"{wording.count(len(groups) - SHOWN)} smaller groups are not listed." if len(groups) > SHOWN else "",
    )
    return make_panel("promise-fates", figure, apart(rates, shown, "broken", "broken"), table)


def weeks_panel(found: Promised, link: Callable[[Week], str | None]) -> Panel:
    statuses = (*FATES, "pending")
    frame = pl.DataFrame(
        [
            (each.week.monday, each.week.label, *(each.counts.get(s, 0) for s in statuses), link(each.week) or "")
            for each in found.weeks
        ],
        schema={
            "monday": pl.Date,
            "week": pl.String,
            **dict.fromkeys(statuses, pl.Int64),
            "link": pl.String,
        },
        orient="row",
    )
    table = Table(
        ("Week", *(STATUSES[status].capitalize() for status in STATUSES), "All"),
        tuple(
            (
                each.week.label,
                *(wording.count(each.counts.get(status, 0)) for status in STATUSES),
                wording.count(each.total),
            )
            for each in reversed(found.weeks)
        ),
    )
    return make_panel("promise-weeks", promises_by_week(frame), found.weekly_sentence, table)


def open_tables(found: Promised) -> tuple[Table, Table]:
    """Status by source, and why some cannot be verified."""
    sources = Table(
        ("Source", *(STATUSES[status].capitalize() for status in STATUSES), "All"),
        tuple(
            (
                SOURCES.get(each.source, wording.clipped(each.source)),
                *(wording.count(each.counts.get(status, 0)) for status in STATUSES),
                wording.count(sum(each.counts.values())),
            )
            for each in found.sources
        ),
    )
    why = Table(
        ("Why they cannot be verified", "Promises"),
        tuple(
            (WHY_UNVERIFIABLE.get(reason, wording.clipped(reason) or "not said"), wording.count(number))
            for reason, number in found.reasons.items()
        ),
    )
    return sources, why

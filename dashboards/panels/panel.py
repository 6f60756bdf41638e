"""What a panel is: a figure with heading, a sentence of what it says, and the table behind it. Report and pages share them."""

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboards import wording
from dashboards.figures.template import FigureTitle, take_title
from dashboards.results.weekly_rates import WeekKpis
from dashboards.results.weekly_results import Results
from pipelines.statistics import Rate


@dataclass(frozen=True)
class Table:
    """Cells as people read them, a line feed before what stands small; the first column is a row heading."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Panel:
    """``more``: a second table behind the figure, where it shows two things."""

    name: str
    title: FigureTitle
    sentence: str
    figure: go.Figure
    table: Table
    more: Table | None = None


def make_panel(name: str, figure: go.Figure, sentence: str, table: Table, more: Table | None = None) -> Panel:
    """A panel of ``figure``, whose title becomes the panel's."""
    return Panel(name, take_title(figure), sentence, figure, table, more)


def week_table(results: Results, headers: tuple[str, ...], cells: Callable[[WeekKpis], tuple[str, ...]]) -> Table:
    """One row a week of the trend, the latest first."""
    rows = tuple((kpis.week.label, *cells(kpis)) for kpis in reversed(results.trend))
    return Table(("Week", *headers), rows)


def rate_cell(rate: Rate | None) -> str:
    """A rate with its interval in one cell."""
    if rate is None or rate.value is None:
        return wording.MISSING
    return f"{wording.percent(rate.value)}\n{wording.percent_interval(rate)}"

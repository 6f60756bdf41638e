"""The parts of the page that tell how data arrives, what columns hold, what was rejected week by week, and how runs went."""

from datetime import date

from dash import html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import choices, table
from dashboards.components.view import View
from dashboards.pages.data_quality.arrivals import SourceArrival, source_arrivals
from dashboards.pages.data_quality.fill import ColumnFill, column_fills, fill_drops, last_weeks
from dashboards.pages.data_quality.quarantine import ReasonWeeks
from dashboards.pages.data_quality.steps import run_parts
from dashboards.panels.panel import Table
from dashboards.wording import data_quality as words
from pipelines.run_log import LoggedRun, read_runs

_RUNS = 10


def arrivals_section(view: View) -> list[Component]:
    """Per source the last delivery, how often it delivers, and whether it is late."""
    frames = view.queries.frames
    found = source_arrivals(frames.ledger, frames.manifest.presentation.late_after_hours)
    if not found:
        return []
    now = view.status.started_at if view.status else frames.manifest.published_at
    late = [each.source for each in found if each.late_by(now) is not None]
    known = sum(each.due is not None for each in found)
    last = max(each.last for each in found)
    # Of an archive each line would say the same again.
    is_over = len(late) == known > 1

    def row(each: SourceArrival) -> tuple[str, ...]:
        late_by = each.late_by(now)
        state = "on time" if late_by is None else wording.MISSING if is_over else words.lateness(late_by)
        return (
            wording.clipped(each.source),
            wording.short_moment(each.last, frames.time_zone),
            wording.MISSING if each.usual is None else words.rhythm(each.usual),
            wording.MISSING if each.due is None else wording.short_moment(each.due, frames.time_zone),
            f"{wording.plural(each.gaps + 1, 'delivery', 'deliveries')} so far" if each.due is None else state,
        )

    headers = ("Source", "Last delivery", "Usual", "Late from", "State")
    content = Table(headers, tuple(row(each) for each in found), words.ARRIVAL_METHOD)
    return [
        html.H2("Arrival: when sources deliver"),
        html.P(words.arrivals_headline(late, known, last, frames.time_zone), className="sub"),
        html.Div(table(content, words=True), className="panel wide"),
    ]


def fill_section(view: View) -> list[Component]:
    """Columns that dropped, and the fill rates of one table by week."""
    frames = view.queries.frames
    rates = view.queries.frame("select * from fill_rates where week is not null")
    fills = column_fills(rates, frames.manifest.as_of, frames.time_zone)
    if not fills:
        return []
    drops = fill_drops(fills, frames.min_n)
    tables = {each.table: wording.capital(wording.code_words(each.table)) for each in fills}
    default = drops[0].fill.table if drops else next(iter(tables))
    chosen = view.choice("table", tables, default)
    said: Component = html.P(words.no_drops(len(fills)), className="sub")
    if drops:
        lines = [
            words.fill_drop(
                wording.clipped(each.fill.source),
                each.fill.column,
                wording.day_words(each.week),
                each.before,
                each.after,
            )
            for each in drops[:20]
        ]
        said = html.Ul([html.Li(line) for line in lines], className="sub")
    return [
        html.H2("Fill: how much of each column is there"),
        said,
        *([choices("Table", view, "table", tables, chosen)] if len(tables) > 1 else []),
        html.Div(table(_fill_table([each for each in fills if each.table == chosen])), className="panel wide"),
    ]


def _fill_table(fills: list[ColumnFill]) -> Table:
    weeks = last_weeks(fills)
    several = len({each.source for each in fills}) > 1

    def row(each: ColumnFill) -> tuple[str, ...]:
        name = f"{each.column} · {wording.clipped(each.source)}" if several else each.column
        shares = (each.share(week) for week in weeks)
        return (name, *(wording.MISSING if share is None else wording.whole_percent(share) for share in shares))

    return Table(("Column", *_week_headers(weeks)), tuple(row(each) for each in fills), words.FILL_METHOD)


def _week_headers(weeks: tuple[date, ...]) -> tuple[str, ...]:
    return tuple(f"{week.day} {week:%b}" for week in weeks)


def rejected_by_week(found: ReasonWeeks) -> list[Component]:
    """The most frequent reasons of the quarantine by week of delivery; nothing where there is a single week."""
    if len(found.weeks) < 2:
        return []
    rows = tuple(
        (
            f"{wording.clipped(each.source)}: {wording.clipped(each.column) + ', ' if each.column else ''}{each.rule.replace('_', ' ')}",
            *(wording.count(number) if number else "" for number in counts),
        )
        for each, counts in found.rows
    )
    content = Table(
        ("Times, by week of delivery", *_week_headers(found.weeks)),
        rows,
        "The most frequent reasons; weeks by their Monday.",
    )
    return [html.Div(table(content), className="panel wide")]


def runs_section(view: View) -> list[Component]:
    """The last runs, whatever their end, and where the time of the last one that published went."""
    runs = read_runs(view.data_dir)
    if not runs:
        return []
    zone = view.queries.frames.time_zone
    shown: list[Component] = [html.Div(table(_runs(runs, zone)), className="panel wide")]
    parts = run_parts(runs)
    if parts:
        rows = tuple(
            (
                words.run_part(each.part),
                f"{each.seconds:,.1f} s",
                wording.MISSING if each.usual is None else f"{each.usual:,.1f} s",
                wording.MISSING if each.rows is None else wording.count(each.rows),
            )
            for each in parts
        )
        steps = tuple(
            (step.name, f"{step.seconds:,.2f} s", wording.MISSING if step.rows is None else wording.count(step.rows))
            for part in parts
            for step in part.steps
        )
        content = Table(
            ("Part of the last published run", "Time", "Usual", "Rows"),
            rows,
            "Usual: the middle of the runs before it.",
        )
        shown += [
            html.Div(table(content), className="panel wide"),
            html.Details(
                [
                    html.Summary("Every step"),
                    html.Div(table(Table(("Step", "Time", "Rows"), steps)), className="panel wide"),
                ]
            ),
        ]
    return shown


def _runs(runs: tuple[LoggedRun, ...], time_zone: str) -> Table:
    rows = tuple(
        (
            wording.short_moment(run.started_at, time_zone),
            words.run_outcome(run.outcome),
            wording.duration(run.seconds),
            wording.MISSING if run.rows_in is None else wording.count(run.rows_in),
        )
        for run in reversed(runs[-_RUNS:])
    )
    return Table(("Run started", "Ended", "Took", "Records known"), rows, "The last runs, whatever their end.")

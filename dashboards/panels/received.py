"""Panels of complaints and survey answers by week, and tables of what complaints are about."""

import polars as pl

from dashboards import wording
from dashboards.figures import answers_by_rating, complaints_received
from dashboards.panels.complaints import named_table
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.results.received import Answers, AnswerWeek, Complaints, ComplaintWeek, only_yes_recorded

#: Weeks in the table behind a figure.
_LISTED = 60


def complaints_received_panel(found: Complaints) -> Panel:
    rows = [(each.week.monday, each.week.label, each.linked, each.complaints - each.linked, "") for each in found.weeks]
    schema = {"monday": pl.Date, "week": pl.String, "linked": pl.Int64, "unlinked": pl.Int64, "link": pl.String}
    figure = complaints_received(pl.DataFrame(rows, schema=schema, orient="row"))
    return make_panel("complaints-received", figure, found.sentence, complaint_week_table(found))


def complaint_week_table(found: Complaints) -> Table:
    def row(each: ComplaintWeek) -> tuple[str, ...]:
        return (
            each.week.label,
            wording.count(each.complaints),
            wording.count(each.linked),
            _of(each.in_time, each.answered, each.complaints),
            _of(each.disputed, each.judged, each.complaints),
        )

    headers = ("Week", "Complaints", "Linked", "Answered in time", "Answer disputed")
    return _listed(headers, [row(each) for each in found.weeks])


def answers_panel(found: Answers) -> Panel:
    names = [f"rated_{points}" for points in range(1, 6)]
    rows = [(each.week.monday, each.week.label, *each.ratings, each.answers - each.rated, "") for each in found.weeks]
    schema = {"monday": pl.Date, "week": pl.String, **dict.fromkeys((*names, "unrated"), pl.Int64), "link": pl.String}
    figure = answers_by_rating(pl.DataFrame(rows, schema=schema, orient="row"))
    return make_panel("answers-received", figure, found.sentence, answer_week_table(found))


def answer_week_table(found: Answers) -> Table:
    def row(each: AnswerWeek) -> tuple[str, ...]:
        enough = each.rated >= found.min_n
        return (
            each.week.label,
            wording.count(each.answers),
            wording.count(each.linked),
            *(wording.count(number) for number in each.ratings),
            wording.count(each.answers - each.rated),
            wording.rating(each.mean) if enough else f"{wording.MISSING}\n{each.rated} ratings",
        )

    headers = ("Week", "Answers", "Linked", "1", "2", "3", "4", "5", "Without rating", "Average")
    return _listed(headers, [row(each) for each in found.weeks])


def about_tables(found: Complaints) -> tuple[Table, Table]:
    """What the complaints are about: by product and by issue."""
    return named_table("Product", found.products), named_table("Issue", found.issues)


def _of(number: int, known: int, total: int) -> str:
    if not known:
        return "not recorded"
    if only_yes_recorded(number, known, total):
        return f"{wording.count(number)} recorded"
    return f"{wording.count(number)} of {wording.count(known)}"


def _listed(headers: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    """The latest weeks first."""
    latest = rows[: -_LISTED - 1 : -1]
    caption = f"The latest {_LISTED} of {wording.count(len(rows))} weeks." if len(rows) > _LISTED else ""
    return Table(headers, tuple(latest), caption)

"""A line of links to the cases behind a part of a page, for those who may see single contacts."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.components.links import cases_link, segment_text
from dashboards.components.view import View
from dashboards.snapshot.filters import BY_COLUMN
from dashboards.snapshot.groups import Group


def cases_line(view: View, text: str, rule: str) -> list[Component]:
    """``text`` as a link to the cases that ``rule`` flags; nothing where the reader has no page of cases."""
    link = cases_link(view, rule=rule)
    return [html.P(dcc.Link(text, href=link), className="sub after")] if link else []


def group_cases(view: View, group: Group, rule: str) -> str | None:
    """The cases that ``rule`` flags among the contacts of ``group``.

    A dimension that is a filter is set as one, channel and product go as a segment. Cases do not know what else there is
    (a trigger, an hour): then all that ``rule`` flags are shown.
    """
    names = set(group.dimensions)
    if names <= BY_COLUMN.keys():
        selection = view.selection
        for column, value in group.parts:
            selection = selection.filtered(column, None if value == "null" else value)
        return cases_link(
            View(view.path, selection, view.queries, view.status, view.data_dir, view.paths, view.sees_cases), rule=rule
        )
    if names <= {"channel", "product", *BY_COLUMN}:
        return cases_link(view, segment=segment_text(group), rule=rule)
    return cases_link(view, rule=rule)

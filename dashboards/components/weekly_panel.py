"""Panels of lines over weeks: each point leads to its cases, and events stand on the lines."""

from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from dashboards.components.blocks import panel
from dashboards.components.event_lines import events_of, with_events
from dashboards.components.links import cases_link, with_links_by_week
from dashboards.components.view import View
from dashboards.panels.panel import Panel


def weekly_panel(view: View, content: Panel, *, rule: str | None = None, segment: str | None = None) -> Component:
    """``content`` with links by week and the events of the view's weeks."""
    events = events_of(view.results, view.frames.manifest.presentation.events)
    linked = with_links_by_week(content.figure, lambda week: cases_link(view, week=week, rule=rule, segment=segment))
    return panel(replace(content, figure=with_events(linked, events)))


def event_lines(view: View) -> list[Component]:
    """What the letters on the lines mean; nothing where there is none."""
    events = events_of(view.results, view.frames.manifest.presentation.events)
    return [html.P(" · ".join(each.words for each in events), className="sub")] if events else []

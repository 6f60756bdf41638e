"""What can be taken from a chart: a picture, the table behind it, its address. ``assets/charts.js`` does it on a click.

Everything is taken from the page as this reader sees it: the picture is drawn from the figure there, and the table is read from
the same page once more by the server (``serving.chart_table``), which checks who asks.
"""

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.view import Page, View

#: What a button does, as ``charts.js`` knows it → what stands on it.
_ACTIONS = {"png": "Picture (PNG)", "svg": "Picture (SVG)", "csv": "Table (CSV)", "link": "Copy link"}


def chart_id(name: str) -> str:
    """The fragment under which a chart stands in its page's address."""
    return f"chart-{name}"


def chart_tools(title: str) -> Component:
    """The menu of one chart; ``title`` names it to a screen reader."""
    said: dict[str, Any] = {"aria-label": f"Export: {title}"}
    buttons = [html.Li(_button(action, text)) for action, text in _ACTIONS.items()]
    return html.Details([html.Summary("Export", **said), html.Ul(buttons)], className="chart-tools")


def _button(action: str, text: str) -> Component:
    marked: dict[str, Any] = {"data-export": action}
    return html.Button(text, type="button", disable_n_clicks=True, **marked)


def source_line(entry: Page, view: View) -> str:
    """Whose numbers, of which contacts and as of when: what stands below a chart that has left its page.

    A page that does not heed filters names its own contacts, or none.
    """
    manifest = view.queries.snapshot.manifest
    if entry.contacts is not None:
        contacts = entry.contacts(view)
    else:
        contacts = (view.filters.words if view.filters else "all contacts") if entry.filtered else ""
    as_of = wording.day_words(manifest.as_of.date())
    parts = (wording.clipped(manifest.presentation.name), contacts, f"as of {as_of}", "aftercall")
    return " · ".join(each for each in parts if each)

"""Compare: placeholder of this commit."""

from dash.development.base_component import Component

from dashboards.components.blocks import lead
from dashboards.components.view import Page, View


def render(view: View) -> list[Component]:
    return [lead("Compare", view.path)]


PAGE = Page(
    "/compare", "Compare", "How do two segments, periods or snapshots differ?", render, weekly=False, filtered=False
)

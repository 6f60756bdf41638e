"""A line of a few values without axes, as one shape of the page's own colours: no figure to load, and dark by itself."""

import math
from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboards.components.blocks import aria_label

#: Width of the shape by its height, and half of the line's thickness as a share of the height.
_ASPECT, _HALF = 6.0, 0.04


def sparkline(values: Sequence[float | None], says: str) -> Component:
    """``values`` in order, those that are None left out, with a dot on the last; at least two are known.

    ``says`` is read aloud in place of the line.
    """
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    low, high = min(value for _, value in known), max(value for _, value in known)
    width, height = max(place for place, _ in known) or 1, (high - low) or 1.0
    points = [
        (place / width, 0.1 + 0.8 * (1 - (value - low) / height) if high > low else 0.5) for place, value in known
    ]
    thick = [_HALF * math.hypot(1, _steepness(points, place)) for place in range(len(points))]
    above = [(x, y - half) for (x, y), half in zip(points, thick, strict=True)]
    below = [(x, y + half) for (x, y), half in zip(points, thick, strict=True)]
    shape = ", ".join(f"{100 * x:.1f}% {100 * y:.1f}%" for x, y in (*above, *reversed(below)))
    x, y = points[-1]
    return html.Div(
        [
            html.Div(className="spark-line", style={"clipPath": f"polygon({shape})"}),
            html.Span(className="spark-dot", style={"left": f"{100 * x:.1f}%", "top": f"{100 * y:.1f}%"}),
        ],
        className="spark",
        role="img",
        **aria_label(says),
    )


def _steepness(points: Sequence[tuple[float, float]], place: int) -> float:
    """Of the line at a point, in units of its height: a steep line is cut thicker upright, to look as thick."""
    (x, y), (after_x, after_y) = points[max(0, place - 1)], points[min(len(points) - 1, place + 1)]
    return (after_y - y) / ((after_x - x) * _ASPECT)

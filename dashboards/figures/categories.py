"""Axes whose places are names: queues, modes, months, windows.

Plotly guesses an axis's type from its values, so queues called 101 and 9001 would stand 8,900 apart and one called
``sales`` would fall off. Every axis of names is made here, and nowhere else.
"""

import textwrap
from collections.abc import Iterable, Sequence

import plotly.graph_objects as go

from dashboards.figures.template import leave_room_for_two_lines
from dashboards.wording import NOT_RECORDED, plain

#: Characters in a line of a name on an axis, and lines; the hover and the table behind the figure have it in full.
_LINE, _LINES = 24, 2
#: Pixels of a character on the wide side, and of the room beside names for a point that stands at zero.
_CHARACTER, _STANDOFF = 6.6, 10


def category_axis(
    figure: go.Figure, names: Iterable[str | None], *, across: bool = False, labels: Sequence[str] | None = None
) -> dict[str | None, str]:
    """Make the y axis (``across``: the x axis) one of ``names``, each once, the first on top (left).

    Gives the category of each name: what traces put on that axis. ``labels``: other texts for the names, as Plotly
    shows them.
    """
    order = list(dict.fromkeys(names))
    labels = axis_labels(order) if labels is None else list(labels)
    axis: dict[str, object] = {"type": "category", "categoryorder": "array", "showgrid": False}
    if across:
        figure.update_xaxes(axis, categoryarray=labels)
        if any("<br>" in label for label in labels):
            leave_room_for_two_lines(figure)
    else:
        # Categories are counted from below. Each line has its name, however many there are.
        figure.update_yaxes({**axis, "categoryarray": labels[::-1], "tickmode": "linear", "dtick": 1})
        _make_room(figure, labels)
    return dict(zip(order, labels, strict=True))


def place_axis(figure: go.Figure, names: Sequence[str | None]) -> list[int]:
    """Name places of the y axis, the first of ``names`` on top, for points that stand beside their place.

    Gives the place of each name, in the order of ``names``: from one less than their number down to 0.
    """
    places = list(range(len(names)))[::-1]
    labels = axis_labels(names)
    figure.update_yaxes(type="linear", tickvals=places, ticktext=labels, range=[-0.6, len(names) - 0.4], showgrid=False)
    _make_room(figure, labels)
    return places


def _make_room(figure: go.Figure, labels: Sequence[str]) -> None:
    """Names have their room from the start, or the browser draws twice; and no point at zero lies on one."""
    longest = max((len(line) for label in labels for line in label.split("<br>")), default=0)
    figure.update_yaxes(ticklabelstandoff=_STANDOFF)
    figure.update_layout(margin={"l": round(_CHARACTER * longest) + _STANDOFF + 14})


def axis_labels(names: Iterable[str | None]) -> list[str]:
    """Names wrapped at words, short enough to leave room for the points; equal ones get a number, or they would share a line."""
    taken: set[tuple[str, ...]] = set()
    labels = []
    for name in names:
        lines = short = tuple(wrapped(name or NOT_RECORDED, _LINE))
        number = 1
        while lines in taken:
            number += 1
            lines = (*short[:-1], f"{short[-1]} ({number})")
        taken.add(lines)
        labels.append("<br>".join(plain(line) for line in lines))
    return labels


def wrapped(name: str, width: int) -> list[str]:
    """``name`` in at most two lines of ``width`` characters, broken between words; what is beyond is an ellipsis."""
    lines = textwrap.wrap(name, width) or [name]
    if len(lines) <= _LINES:
        return lines
    return [*lines[: _LINES - 1], f"{lines[_LINES - 1][: width - 1]}…"]

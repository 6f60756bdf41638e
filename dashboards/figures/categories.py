"""Axes whose places are names: queues, modes, months, windows.

Plotly guesses an axis's type from its values, so queues called 101 and 9001 would stand 8,900 apart and one called
``sales`` would fall off. Every axis of names is made here, and nowhere else.
"""

from collections.abc import Iterable, Sequence

import plotly.graph_objects as go

from dashboards.wording import NOT_RECORDED, plain

#: Longest name on an axis; the hover and the table behind the figure have it in full.
_LONGEST = 28


def category_axis(
    figure: go.Figure, names: Iterable[str | None], *, across: bool = False, labels: Sequence[str] | None = None
) -> dict[str | None, str]:
    """Make the y axis (``across``: the x axis) one of ``names``, each once, the first on top (left).

    Gives the category of each name: what traces put on that axis. ``labels``: other texts for the names, as Plotly
    shows them.
    """
    order = list(dict.fromkeys(names))
    labels = axis_labels(order) if labels is None else list(labels)
    axis: dict[str, object] = {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": labels,
        "showgrid": False,
    }
    if across:
        figure.update_xaxes(axis)
    else:
        # Each line has its name, however many there are.
        figure.update_yaxes({**axis, "autorange": "reversed", "tickmode": "linear", "dtick": 1})
    return dict(zip(order, labels, strict=True))


def place_axis(figure: go.Figure, names: Sequence[str | None]) -> None:
    """Name the places 0, 1, 2 … of the y axis, the first on top, for points that stand beside their place."""
    figure.update_yaxes(
        type="linear",
        tickvals=list(range(len(names))),
        ticktext=axis_labels(names),
        range=[len(names) - 0.4, -0.6],
        showgrid=False,
    )


def axis_labels(names: Iterable[str | None]) -> list[str]:
    """Names short enough to leave room for the points; equal ones get a number, or they would share a line."""
    taken: set[str] = set()
    labels = []
    for name in names:
        short = _shortened(name or NOT_RECORDED)
        label, number = short, 1
        while label in taken:
            number += 1
            label = f"{short} ({number})"
        taken.add(label)
        labels.append(plain(label))
    return labels


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"

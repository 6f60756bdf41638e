"""Names and values beside the points that matter: the segments with a verdict, the latest value of a line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboards.figures.categories import wrapped
from dashboards.figures.template import GREY
from dashboards.wording import NOT_RECORDED, plain

#: Points named in one figure, characters in a line of a name.
_NAMED, _LINE = 8, 26
#: Pixels of a character and of a line of names, and of the figure on a wide screen, for which names are placed.
_CHARACTER, _HEIGHT = 6.0, 14.0
_WIDE, _TALL = 1000.0, 360.0


@dataclass(frozen=True)
class _Box:
    """Pixels from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def name_points(
    figure: go.Figure,
    points: Sequence[tuple[str | None, float, float]],
    everything: Sequence[tuple[float, float]],
) -> None:
    """Name the first eight of ``points`` (name, x, y), each with a line to its point and no two names on one another.

    ``everything``: x and y of all points drawn, from which follows where in the figure a point lies.
    """
    taken: list[_Box] = []
    spots = [_place(x, y, everything) for _, x, y in points]
    for left, top in spots:
        taken.append(_Box(left - 7, top - 7, left + 7, top + 7))
    for (name, x, y), (left, top) in zip(points[:_NAMED], spots, strict=False):
        lines = wrapped(name or NOT_RECORDED, _LINE)
        width, height = _CHARACTER * max(map(len, lines)), _HEIGHT * len(lines)
        for aside, up in _offsets():
            middle = left + aside
            box = _Box(
                middle if aside > 0 else middle - width,
                top + up - height / 2,
                middle + width if aside > 0 else middle,
                top + up + height / 2,
            )
            within = box.left >= 0 and box.right <= _WIDE and box.top >= 0 and box.bottom <= _TALL
            if within and not any(box.meets(other) for other in taken):
                taken.append(box)
                figure.add_annotation(
                    name="point",
                    x=x,
                    y=y,
                    ax=aside,
                    ay=up,
                    text="<br>".join(plain(line) for line in lines),
                    xanchor="left" if aside > 0 else "right",
                    align="left" if aside > 0 else "right",
                    font={"size": 11},
                    showarrow=True,
                    arrowhead=0,
                    arrowwidth=1,
                    arrowcolor=GREY,
                    standoff=7,
                    bgcolor="rgba(255,255,255,0.8)",
                )
                break


def _place(x: float, y: float, everything: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Pixels of the point on a wide screen; the axes go a little beyond the outermost points."""
    across, up = [point[0] for point in everything], [point[1] for point in everything]
    return _WIDE * (0.05 + 0.9 * _share(x, across)), _TALL * (0.95 - 0.9 * _share(y, up))


def _share(value: float, values: Sequence[float]) -> float:
    low, high = min(values), max(values)
    return 0.5 if high == low else (value - low) / (high - low)


def _offsets() -> Iterator[tuple[float, float]]:
    """Where a name may begin, seen from its point: nearest first, right before left."""
    for aside in (18, 48, 90, 140):
        for up in (0, -22, 22, -44, 44, -66, 66, -88, 88, -110, 110):
            yield aside, up
            yield -aside, up


def last_value(values: Sequence[float | None], form: str, *, below: bool = False) -> dict[str, object]:
    """What a line of ``values`` needs so that its latest known point bears its value, written as ``form`` says."""
    last = max((place for place, value in enumerate(values) if value is not None), default=-1)
    return {
        "mode": "lines+markers+text",
        "text": ["" if value is None or place != last else format(value, form) for place, value in enumerate(values)],
        "textposition": "bottom center" if below else "top center",
        "textfont": {"size": 12},
        "cliponaxis": False,
    }

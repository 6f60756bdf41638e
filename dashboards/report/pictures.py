"""The two pictures of the report as SVG: the line of a number, and stated confidence beside how often it was right.

Drawn here and not by Plotly because they stand in print, in mail and on a page without scripts: plain marks that need no
script and take their colours from the style sheet (``currentColor`` and classes). No number is computed; positions are.
Text of data never enters an SVG but as escaped text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from dashboards.findings.calibration import CurvePoint, Reliability
from dashboards.report.executive_summary import ReportedEvent
from dashboards.report.numbers import KeyNumber, WeekPoint, figure

LINE_SIZE = (230, 62)
_TOP, _BOTTOM, _LEFT = 11, 14, 3
#: Room on the right: for a target's figure, or for none.
_AIMED, _FREE = 34, 10
DIAGRAM_SIZE = (330, 230)


@dataclass(frozen=True)
class Scale:
    """Value → pixel along one axis; a span of nothing lies in the middle."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = 0.5 if self.high == self.low else (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def line_picture(number: KeyNumber, events: Sequence[ReportedEvent]) -> Markup:
    """The line of ``number``: its closed weeks, the open ones apart on grey and hollow, target dashed, events as letters."""
    width, height = LINE_SIZE
    points = number.points
    if not any(point.value is not None for point in points):
        return Markup("")
    known = [point for point in points if point.value is not None and (point.final or _is_steady(point))]
    # An interval of an open week is drawn as far as the picture goes: one of a few contacts would flatten the line.
    bounds = [value for point in known if point.final for value in (point.lower, point.upper)]
    values = [value for value in (*bounds, *(point.value for point in known)) if value is not None]
    values += [] if number.target is None else [number.target]
    right = width - (_FREE if number.target is None else _AIMED)
    y = Scale(min(values), max(values), height - _BOTTOM, _TOP)
    x = Scale(0, max(1, len(points) - 1), _LEFT + 3, right)
    place = {point.monday: index for index, point in enumerate(points)}
    parts = [shade(points, x, (2, height - _BOTTOM + 2))]
    parts += _events(events, place, x, height)
    if number.target is not None:
        at = y.at(number.target)
        parts.append(f'<line class="aim" x1="{_LEFT}" x2="{right + 4}" y1="{at}" y2="{at}"/>')
        parts.append(
            f'<text class="aim" x="{right + 6}" y="{at + 3}">{escape(_short(number.target, number.unit))}</text>'
        )
    closed = [(place[point.monday], point) for point in points if point.final and point.value is not None]
    parts += [band(run, x, y) for run in runs(closed)]
    parts += [line(run, x, y) for run in runs(closed)]
    parts += [open_week(x.at(place[point.monday]), point, y) for point in known if not point.final]
    parts.append(_ends(number, closed, x, y))
    first, last = points[0].week.partition("-")[2], points[-1].week.partition("-")[2]
    parts.append(f'<text x="{_LEFT}" y="{height - 3}">{escape(first)}</text>')
    if first != last:
        parts.append(f'<text x="{right + 3}" y="{height - 3}" text-anchor="end">{escape(last)}</text>')
    return svg("spark", LINE_SIZE, f"{number.name} by week", _said(number), parts)


def _short(value: float, unit: str) -> str:
    """``38%``, ``6``: a target without decimals that say nothing."""
    return f"{100 * value:.3g}%" if unit == "share" else f"{value:.3g}"


def _said(number: KeyNumber) -> str:
    """The line as words: what a screen reader reads of it."""
    known = [point for point in number.points if point.final and point.value is not None]
    if not known:
        return f"{number.name}: no closed week yet"
    first, last = known[0], known[-1]
    went = (
        f"from {figure(first.value, number.unit)} in {first.week} to {figure(last.value, number.unit)} in {last.week}"
    )
    return f"{number.name}, {len(known)} closed weeks: {went}"


def _is_steady(point: WeekPoint) -> bool:
    """Open weeks are drawn only where enough is known for an interval."""
    return point.lower is not None and point.upper is not None and point.value is not None


def open_week(at: float, point: WeekPoint, y: Scale) -> str:
    """What is known of an open week so far, hollow, with its interval: a day or two of a week swing widely."""
    if point.value is None or point.lower is None or point.upper is None:
        return ""
    low, high = max(point.lower, y.low), min(point.upper, y.high)
    span = f'<line class="open" x1="{at}" x2="{at}" y1="{y.at(low)}" y2="{y.at(high)}"/>'
    return f'{span}<circle class="open" cx="{at}" cy="{y.at(point.value)}" r="2.1"/>'


def shade(points: Sequence[WeekPoint], x: Scale, ends: tuple[int, int]) -> str:
    """Grey behind the weeks after the last closed one, between ``ends`` of the y axis."""
    last = max((index for index, point in enumerate(points) if point.final), default=-1)
    if last >= len(points) - 1:
        return ""
    start = x.at(last + 0.5) if last >= 0 else x.start - 3
    end = x.at(len(points) - 1) + 4
    top, foot = ends
    return f'<rect class="unknown" x="{start}" y="{top}" width="{round(end - start, 1)}" height="{foot - top}"/>'


def _events(events: Sequence[ReportedEvent], place: dict[date, int], x: Scale, height: int) -> list[str]:
    parts = []
    for event in events:
        if event.monday in place:
            at = x.at(place[event.monday])
            parts.append(f'<line class="event" x1="{at}" x2="{at}" y1="{_TOP - 2}" y2="{height - _BOTTOM + 2}"/>')
            parts.append(
                f'<text class="event" x="{at}" y="{_TOP - 3}" text-anchor="middle">{escape(event.mark)}</text>'
            )
    return parts


def runs(points: Sequence[tuple[int, WeekPoint]]) -> list[list[tuple[int, WeekPoint]]]:
    """Weeks that follow each other without a gap."""
    runs: list[list[tuple[int, WeekPoint]]] = []
    for index, point in points:
        if runs and runs[-1][-1][0] == index - 1:
            runs[-1].append((index, point))
        else:
            runs.append([(index, point)])
    return runs


def band(run: Sequence[tuple[int, WeekPoint]], x: Scale, y: Scale) -> str:
    bounds = [(x.at(i), y.at(p.lower), y.at(p.upper)) for i, p in run if p.lower is not None and p.upper is not None]
    if len(bounds) < 2:
        return ""
    there = " ".join(f"{at},{high}" for at, _, high in bounds)
    back = " ".join(f"{at},{low}" for at, low, _ in reversed(bounds))
    return f'<polygon class="band" points="{there} {back}"/>'


def line(run: Sequence[tuple[int, WeekPoint]], x: Scale, y: Scale) -> str:
    places = [f"{x.at(index)},{y.at(point.value)}" for index, point in run if point.value is not None]
    return f'<polyline class="line" points="{" ".join(places)}"/>' if len(places) > 1 else ""


def _ends(number: KeyNumber, closed: Sequence[tuple[int, WeekPoint]], x: Scale, y: Scale) -> str:
    """A dot at the week that the number is of, and its value beside the line."""
    own = next(((index, point) for index, point in closed if point.week == number.week), None)
    if own is None or own[1].value is None:
        return ""
    return f'<circle class="dot" cx="{x.at(own[0])}" cy="{y.at(own[1].value)}" r="3"/>'


def diagram(source: Reliability) -> Markup:
    """Reliability diagram: the curve with its band, the band of a calibrated model, the diagonal, and the claims beneath."""
    width, height = DIAGRAM_SIZE
    left, right, top, foot, bars = 34, 16, 8, 26, 30
    stated = [point.confidence for point in source.curve]
    held = [bar.start for bar in source.histogram if bar.claims]
    low = min(0.7, max(0.0, int(10 * min([*stated, *held]) + 1e-9) / 10))
    lowest = min([low, *(point.lower if point.lower is not None else point.estimate for point in source.curve)])
    lowest = max(0.0, int(10 * lowest + 1e-9) / 10)
    x = Scale(low, 1.0, left, width - right)
    y = Scale(lowest, 1.0, height - foot - bars, top)
    parts = [_grid(x, y, low, lowest, (left, width - right, height - foot))]
    parts.append(_area("model", source.curve, "consistency", x, y))
    parts.append(_area("band", source.curve, "", x, y))
    parts.append(
        f'<line class="aim" x1="{x.at(max(low, lowest))}" y1="{y.at(max(low, lowest))}" x2="{x.at(1)}" y2="{y.at(1)}"/>'
    )
    curve = " ".join(f"{x.at(point.confidence)},{y.at(point.estimate)}" for point in source.curve)
    parts.append(f'<polyline class="line" points="{curve}"/>')
    most = max((bar.claims for bar in source.histogram), default=0)
    base = height - foot
    for bar in source.histogram:
        if bar.claims and bar.end > low:
            start, end = x.at(max(bar.start, low)), x.at(bar.end)
            tall = max(1.0, round((bars - 8) * bar.claims / most, 1))
            wide = max(0.5, round(end - start - 1, 1))
            parts.append(f'<rect class="claims" x="{start + 0.5}" y="{base - tall}" width="{wide}" height="{tall}"/>')
    parts.append(
        f'<text x="{(left + width - right) / 2}" y="{height - 2}" text-anchor="middle">confidence stated</text>'
    )
    title = f"Stated confidence and how often it was right, {source.name}"
    return svg("diagram", DIAGRAM_SIZE, title, source.sentence, parts)


def _grid(x: Scale, y: Scale, low: float, lowest: float, edges: tuple[int, int, int]) -> str:
    left, right, base = edges
    parts = []
    for tenth in range(round(10 * lowest), 11, 2 if lowest < 0.55 else 1):
        at = y.at(tenth / 10)
        parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{left - 4}" y="{at + 3}" text-anchor="end">{10 * tenth}</text>')
    parts += [
        f'<text x="{x.at(tenth / 10)}" y="{base + 11}" text-anchor="middle">{10 * tenth}%</text>'
        for tenth in range(round(10 * low), 11, 2 if low < 0.55 else 1)
    ]
    return "".join(parts)


def _area(name: str, curve: Sequence[CurvePoint], prefix: str, x: Scale, y: Scale) -> str:
    lower, upper = (f"{prefix}_{side}" if prefix else side for side in ("lower", "upper"))
    bounds = [(point.confidence, getattr(point, lower), getattr(point, upper)) for point in curve]
    known = [
        (x.at(at), y.at(max(low, y.low)), y.at(high))
        for at, low, high in bounds
        if low is not None and high is not None
    ]
    if len(known) < 2:
        return ""
    there = " ".join(f"{at},{high}" for at, _, high in known)
    back = " ".join(f"{at},{low}" for at, low, _ in reversed(known))
    return f'<polygon class="{name}" points="{there} {back}"/>'


def svg(kind: str, size: tuple[int, int], title: str, said: str, parts: Sequence[str]) -> Markup:
    """An element of class ``kind`` that a screen reader reads as ``title`` and ``said``."""
    width, height = size
    words = f"<title>{escape(title)}</title><desc>{escape(said)}</desc>"
    head = f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img">{words}'
    return Markup(f"{head}{''.join(parts)}</svg>")  # noqa: S704  # numbers of ours and escaped text

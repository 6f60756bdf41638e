"""What happened on a day and should be seen on the lines: a release, a change of tariff. Configured, never guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import plotly.graph_objects as go

from dashboards import wording
from dashboards.figures.template import GREY
from dashboards.results.weekly_results import Results
from pipelines.snapshot import PresentedEvent

#: Events shown; the latest are.
SHOWN = 8


@dataclass(frozen=True)
class EventMark:
    """``letter`` stands on the lines, ``label`` beneath them."""

    letter: str
    day: date
    label: str

    @property
    def words(self) -> str:
        return f"{self.letter} {wording.day_words(self.day)}: {self.label}"


def events_of(results: Results, events: Sequence[PresentedEvent]) -> tuple[EventMark, ...]:
    """The latest events within the weeks of the trend, lettered in order of day."""
    if not results.trend:
        return ()
    return mark_events(events, results.trend[0].week.monday, results.trend[-1].week.sunday)


def mark_events(events: Sequence[PresentedEvent], first: date, last: date) -> tuple[EventMark, ...]:
    """The latest events from ``first`` to ``last``, lettered in order of day."""
    within = sorted((event.day, event.label) for event in events if first <= event.day <= last)[-SHOWN:]
    return tuple(
        EventMark("abcdefgh"[place], day, wording.clipped(label, 80)) for place, (day, label) in enumerate(within)
    )


def with_events(figure: go.Figure, events: Sequence[EventMark]) -> go.Figure:
    """A copy of ``figure``, whose x axis is of days, with a dotted line and the letter of each event."""
    if not events or figure.layout.meta.get("empty"):
        return figure
    marked = go.Figure(figure)
    for event in events:
        day = event.day.isoformat()
        marked.add_shape(
            type="line", x0=day, x1=day, y0=0, y1=1, yref="paper", line={"color": GREY, "width": 1, "dash": "dot"}
        )
        marked.add_annotation(x=day, y=1, yref="paper", yanchor="bottom", text=event.letter, showarrow=False)
    return marked

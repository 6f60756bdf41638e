"""What a page is given, and what a page is.

A page is a ``render`` function from a ``View`` to components, entered as a ``Page`` in ``dashboards.pages.PAGES``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dash.development.base_component import Component

from dashboards.findings.divergence import DivergenceFindings, divergence_of
from dashboards.results.weekly_results import Results, compute_results
from dashboards.snapshot.address import Selection
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.frames import Frames
from dashboards.snapshot.queries import Queries
from dashboards.wording.labels import use_segment_names
from pipelines.config.access import Role
from pipelines.snapshot import RunStatus


def offered_to(queries: Queries, *, sees_cases: bool) -> dict[str, tuple[str | None, ...]]:
    """The values of each filter: for who may not see single contacts, only those of as many as a rate needs."""
    return queries.offered(1 if sees_cases else queries.frames.min_n)


class AddressError(ValueError):
    """An argument of a page in the address means nothing; the message is shown, with a link to the page without it."""


@dataclass(frozen=True)
class View:
    """One request: a snapshot, what was chosen of it, and where.

    ``frames`` and ``results`` are of the contacts that the selection leaves. ``paths``: pages that the reader may open,
    so that no page links to one that is not there. ``sees_cases``: whether single contacts and agents may be named to the reader.
    """

    path: str
    selection: Selection
    queries: Queries
    status: RunStatus | None
    data_dir: Path
    paths: frozenset[str]
    sees_cases: bool = True

    def __post_init__(self) -> None:
        use_segment_names(self.queries.frames.segment_names)

    @property
    def filters(self) -> Filters:
        return self.selection.filters

    @property
    def offered(self) -> dict[str, tuple[str | None, ...]]:
        """The values of each filter that this reader is offered."""
        return offered_to(self.queries, sees_cases=self.sees_cases)

    @cached_property
    def frames(self) -> Frames:
        return self.queries.cut(self.filters)

    @property
    def results(self) -> Results:
        """The results of the latest week of the chosen period that is over, with a trend as long as that."""
        return self.results_over(0)

    def results_over(self, least: int) -> Results:
        """The same with a trend of at least ``least`` weeks."""
        key = ("results", self.filters, self.selection.period, least)
        return self.queries.remember(key, lambda: self.results_of(self.frames, least), lambda _: 200_000)

    def results_of(self, frames: Frames, least: int = 0) -> Results:
        """The results of other ``frames`` of this snapshot in the chosen period."""
        period = self.selection.period
        end = period.end
        if end is None:
            return compute_results(frames, length=max(period.weeks, least))
        return compute_results(frames, within=(end.plus(1 - max(period.weeks, least)), end))

    @property
    def has_rows(self) -> bool:
        """Whether the filters leave any contact; without filters they do."""
        return not self.filters or bool(self.frames.weekly["contacts"].sum() > 0)

    @property
    def divergence(self) -> DivergenceFindings:
        """The folded lists of segments (M16), which all pages share: of all contacts."""
        return self.queries.remember("divergence", lambda: divergence_of(self.queries.frames), lambda _: 200_000)

    def here(self, arguments: Mapping[str, str | None]) -> str:
        """The address of this page with these arguments changed; None takes one away."""
        kept = {**dict(self.selection.arguments), **arguments}
        own = {name: value for name, value in kept.items() if value is not None}
        return f"{self.path}{self.selection.address(own)}"

    def at(self, path: str) -> str:
        """The address of another page with the same filters and period."""
        return f"{path}{self.selection.shared.removesuffix('?')}"

    def choice(self, name: str, options: Mapping[str, Any], default: str) -> str:
        """The page's argument ``name``, one of ``options``. Raises AddressError for any other value."""
        value = self.selection.argument(name)
        if value is None:
            return default
        if value not in options:
            raise AddressError(f"{name} = {value[:60]!r} is not offered here; there is {', '.join(options)}.")
        return value

    def number(self, name: str, default: int, least: int = 1, most: int = 1_000_000) -> int:
        """The page's argument ``name`` as a whole number. Raises AddressError for anything else."""
        value = self.selection.argument(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdecimal() and len(value) < 8 and least <= int(value) <= most):
            raise AddressError(f"{name} = {value[:60]!r} is not a whole number from {least} to {most:,}.")
        return int(value)


#: Groups of the navigation, in order.
OUTCOMES, AI_AND_PEOPLE, CASES_GROUP, DATA = GROUPS = ("Outcomes", "AI and people", "Cases", "Data")


@dataclass(frozen=True)
class Page:
    """One page. ``name`` stands in the navigation, ``question`` says what the page answers.

    ``audience``: the least role that may open it and ask its callbacks: viewers see aggregates, analysts single contacts.
    That somebody opened a page that is not for viewers is logged, by the page itself where ``notes_itself``. ``weekly``: whether
    the period matters to it, as it is asked for; where it does not, none is offered. ``group``: where it stands in the
    navigation. ``filtered``: whether it heeds filters; where it does not, they stay in the
    address for the next page and are not shown; ``contacts``: in words, whose numbers such a page shows. ``keep``: whether what is rendered may be kept and shown again.
    ``callbacks`` registers the page's own Dash callbacks, once: it gets the application and a function from a query to
    its View. ``under``: the page whose entry in the navigation stands for this one, which is reached from there alone.
    """

    path: str
    name: str
    question: str
    render: Callable[[View], list[Component]]
    audience: Role = "viewer"
    weekly: bool | Callable[[View], bool] = True
    filtered: bool = True
    contacts: Callable[[View], str] | None = None
    keep: bool = True
    group: str = OUTCOMES
    callbacks: Callable[[Any, Callable[[str], View]], None] | None = None
    under: str = ""
    notes_itself: bool = False

    def has_period(self, view: View) -> bool:
        """Whether the period changes anything on what ``view`` asks of this page."""
        return self.weekly(view) if callable(self.weekly) else self.weekly

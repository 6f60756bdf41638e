"""Compare: two segments or two periods side by side, and what changed between two snapshots. Each has an address."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.components.blocks import aria_label, choices, lead, meaning, panel, table
from dashboards.components.explained import goes_with, link_line, made_of, moved_lines
from dashboards.components.forms import button, form
from dashboards.components.links import compare_link, segment_link
from dashboards.components.view import AddressError, Page, View
from dashboards.findings.known_segments import known_segments
from dashboards.findings.side_by_side import SideBySide, side_by_side
from dashboards.findings.snapshot_changes import SnapshotChanges, kept_snapshots, snapshot_changes
from dashboards.pages.compare.address import UnknownSegmentError, last_day, offered_segments, read_compared_sides
from dashboards.panels.explained import weeks_panel
from dashboards.panels.panel import Table
from dashboards.results.compared_sides import Side
from dashboards.snapshot.segment_ids import id_hash, segment_id
from dashboards.wording import comparing, explained
from dashboards.wording.dates import moment, span
from dashboards.wording.divergence import OUTCOMES
from dashboards.wording.flags import rule_name
from pipelines.snapshot import SnapshotError, SnapshotStore

PATH = "/compare"
#: Verdicts and snapshots that are listed.
_LISTED, _OFFERED = 40, 14
#: What the form asks, and the characters of one answer.
_ARGUMENTS = ("a", "a_from", "a_to", "b", "b_from", "b_to")
_LONGEST = 300


def render(view: View) -> list[Component]:
    """The page. Raises AddressError."""
    shown = view.choice("show", comparing.TITLES, "sides")
    first, *rest = _snapshots(view) if shown == "snapshots" else _sides(view)
    return [first, choices("Compare", view, "show", comparing.TITLES, shown), *rest]


def _sides(view: View) -> list[Component]:
    last = last_day(view)
    if last is None:
        return [lead(comparing.nothing_known())]
    measure = view.choice("outcome", OUTCOMES, "false_resolution")
    try:
        sides = read_compared_sides(view, last)
    except AddressError as error:
        return _asked_again(view, measure, last, error)
    found = side_by_side(view.queries, sides, measure)
    return [
        _sides_lead(view, sides, measure, found),
        _ask(view, [(side.group.words, side.first.isoformat(), side.last.isoformat()) for side in sides], measure),
        _how(last),
        choices("Outcome", view, "outcome", OUTCOMES, measure),
        *_difference(view, sides, found),
    ]


def _asked_again(view: View, measure: str, last: date, error: AddressError) -> list[Component]:
    """The form as it was filled in, with what is wrong, and segments of a similar name."""
    asked = {name: view.selection.argument(name) or "" for name in _ARGUMENTS}
    typed = [
        (asked[name][:_LONGEST], asked[f"{name}_from"][:_LONGEST], asked[f"{name}_to"][:_LONGEST])
        for name in ("a", "b")
    ]
    if not isinstance(error, UnknownSegmentError):
        return [lead(comparing.cannot_be_compared(), str(error)), _ask(view, typed, measure), _how(last)]
    given = {name: text for name, text in asked.items() if text} | {"outcome": measure}
    near: list[Component | str] = [comparing.nearest_segments(len(error.nearest))]
    for place, words in enumerate(error.nearest):
        near += [" · "] * bool(place) + [dcc.Link(words, href=compare_link(**given | {error.name: words}))]
    return [lead(str(error)), html.P(near, className="sub"), _ask(view, typed, measure), _how(last)]


def _how(last: date) -> Component:
    return html.P(comparing.how_to_ask(last), className="sub")


def _contacts(view: View) -> str:
    """Both sides in words; nothing where they cannot be compared, and for two snapshots."""
    last = last_day(view) if view.choice("show", comparing.TITLES, "sides") == "sides" else None
    try:
        return comparing.sides_words(*_named(read_compared_sides(view, last))).rstrip(".") if last else ""
    except AddressError:
        return ""


def _named(sides: tuple[Side, Side]) -> tuple[list[str], list[str]]:
    return [each.group.words for each in sides], [span(each.first, each.last) for each in sides]


def _sides_lead(view: View, sides: tuple[Side, Side], measure: str, found: SideBySide) -> Component:
    names, days = _named(sides)
    is_same = sides[0].group == sides[1].group
    letters = comparing.sides_words(names, days)
    if is_same:
        shared = comparing.overlap_words(max(each.first for each in sides), min(each.last for each in sides))
        letters = f"{letters} {shared}".rstrip()
    change = found.change
    if change is None:
        return lead(explained.too_few(measure, view.frames.min_n), letters)
    whole = change.whole
    if is_same and change.is_significant and sides[0].last < sides[1].first:
        title = explained.change_headline(names[0], measure, whole.means, is_significant=True)
    else:
        called = comparing.SIDES if is_same else (names[0], names[1])
        title = explained.difference_headline(called, measure, whole.means, is_significant=change.is_significant)
        title = f"{wording.capital(names[0])}: {title[0].lower()}{title[1:]}" if is_same else title
    basis = explained.difference_basis(
        measure,
        (whole.change.value, whole.change.lower, whole.change.upper),
        contacts=whole.contacts,
        customers=change.customers,
        source=change.source,
    )
    return lead(title, f"{letters} {basis}")


def _ask(view: View, sides: Sequence[tuple[str, str, str]], measure: str) -> Component:
    """Both sides, each a segment with its first and last day, as a form whose answer is an address."""
    rows = [
        html.Div(
            [
                _line(f"Segment {letter}", name, segment, listed=True),
                _line("from", f"{name}_from", first),
                _line("to", f"{name}_to", last),
            ],
            className="side",
        )
        for letter, name, (segment, first, last) in zip(comparing.SIDES, ("a", "b"), sides, strict=True)
    ]
    offered = html.Datalist([html.Option(value=each) for each in offered_segments(view)], id="segments")
    return html.Section(
        form(PATH, [*rows, offered, button("Compare")], hidden={"outcome": measure}, post=False, label="Two sides"),
        className="search two-sides",
    )


def _line(title: str, name: str, value: str, *, listed: bool = False) -> Component:
    given: dict[str, Any] = {"list": "segments"} if listed else {}
    line = dcc.Input(type="text", name=name, value=value, maxLength=_LONGEST, spellCheck=False, **given)
    return html.Label([html.Span(title), line], className="field")


def _difference(view: View, sides: tuple[Side, Side], found: SideBySide) -> list[Component]:
    change = found.change
    if change is None:
        return []
    weeks = [panel(weeks_panel(change, ""))] if change.weeks else []
    return [
        html.Div([html.H2("What the difference goes with"), meaning("M16")], className="tile-head"),
        *goes_with(change, comparing.SIDES),
        *link_line(_own_pages(view, sides)),
        *weeks,
        html.H2("What else differs"),
        *moved_lines(found.moved, found.compared, view.frames.manifest.presentation.currency, comparing.SIDES),
        *made_of(change, view.frames.min_n, comparing.SIDES),
    ]


def _own_pages(view: View, sides: tuple[Side, Side]) -> list[tuple[str, str | None]]:
    """The pages of the sides' segments, where they have one."""
    known = known_segments(view.queries)
    groups = dict.fromkeys(side.group for side in sides)
    return [
        (f"Why: {group.words}", segment_link(view, group)) for group in groups if id_hash(segment_id(group)) in known
    ]


def _snapshots(view: View) -> list[Component]:
    store, now = SnapshotStore(view.data_dir), view.queries.snapshot
    kept = kept_snapshots(store, now)[:_OFFERED]
    if not kept:
        return [lead(comparing.no_other_snapshot())]
    zone = view.frames.time_zone
    options = {each.snapshot_id: moment(each.as_of, zone) for each in kept}
    chosen = view.choice("with", options, kept[0].snapshot_id)
    try:
        before = store.open(chosen)
        found = view.queries.remember(
            ("snapshot changes", chosen), lambda: snapshot_changes(before, now), lambda _: 200_000
        )
    except (SnapshotError, OSError) as error:
        raise AddressError("That snapshot is no longer kept, or is damaged.") from error
    came, went = sum(each.came for each in found.flags), sum(each.went for each in found.flags)
    return [
        lead(
            comparing.snapshots_headline(len(found.verdicts), len(found.weeks), came, went),
            comparing.snapshots_basis(before.manifest.as_of, now.manifest.as_of, zone),
        ),
        choices("Earlier snapshot", view, "with", options, chosen),
        *_changes(view, found),
    ]


def _changes(view: View, found: SnapshotChanges) -> list[Component]:
    known = known_segments(view.queries)
    verdicts = [
        html.Li(
            dcc.Link(words, href=segment_link(view, each.group)) if id_hash(segment_id(each.group)) in known else words
        )
        for each in found.verdicts[:_LISTED]
        for words in [comparing.verdict_from_to(each.group.words, each.before, each.now)]
    ]
    weeks = Table(
        ("Week", "Number", "Earlier snapshot", "Current snapshot"),
        tuple(
            (
                comparing.week_name(each.monday),
                comparing.measure_name(each.measure),
                comparing.counted(each.before),
                comparing.counted(each.now),
            )
            for each in found.weeks
        ),
    )
    flags = Table(
        ("Rule", "Came", "Went", "In both"),
        tuple(
            (rule_name(each.rule), wording.count(each.came), wording.count(each.went), wording.count(each.stayed))
            for each in found.flags
        ),
    )
    none = html.P("None changed.", className="sub")
    return [
        html.Div([html.H2("Verdicts of segments"), meaning("M16")], className="tile-head"),
        html.Ul(verdicts, className="lines panel", **aria_label("Changed verdicts")) if verdicts else none,
        html.Div([html.H2("Numbers of the latest weeks"), meaning("M3")], className="tile-head"),
        html.Div(table(weeks), className="panel wide") if weeks.rows else none,
        html.Div([html.H2("Flags"), meaning("M15")], className="tile-head"),
        html.Div(table(flags), className="panel wide") if flags.rows else none,
    ]


PAGE = Page(
    PATH,
    "Compare",
    "How do two segments, periods or snapshots differ?",
    render,
    weekly=False,
    filtered=False,
    contacts=_contacts,
    keep=False,
    under="/divergence",
)

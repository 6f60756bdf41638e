"""Panels of people, queues and modes: shrunk rates (M18), reliance on suggestions (M13), mix and outcomes by mode (M14)."""

from collections.abc import Callable, Sequence

import polars as pl

from dashboards import wording
from dashboards.figures.dots import Series, dots_by_group
from dashboards.figures.mix import share_by_hour_and_day, shares_by_mode
from dashboards.figures.template import BLUE, GREY, ORANGE, VERMILLION
from dashboards.pages.people.mode_mix import DAYS, Cell, Mix, ModeOutcome
from dashboards.pages.people.suggestion_reliance import MEASURES as RELIANCE
from dashboards.pages.people.suggestion_reliance import Reliances
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.results.published_rates import DOTS
from dashboards.results.shrunk_rates import (
    DRAWN,
    KINDS,
    LISTED,
    MEASURES,
    PER_THOUSAND,
    SPREAD_FROM,
    ShrunkRate,
    Spread,
    number,
    shrunk_name,
    span,
)
from dashboards.wording.outcomes import OUTCOMES

_SPREAD = (Series("shrunk", "estimate", BLUE),)
_SHRUNK = (Series("shrunk", "estimate", BLUE), Series("raw", "as counted", GREY, "circle-open"))
_RELIANCE = (
    Series("accepted_wrong", RELIANCE["accepted_wrong"], VERMILLION, "diamond"),
    Series("rejected_right", RELIANCE["rejected_right"], BLUE),
)
_OUTCOME = (
    Series("raw", "as it is", GREY, "circle-open"),
    Series("standardised", "at the common mix of issues", ORANGE, "diamond"),
)
#: How a unit of an outcome is drawn: factor, unit on hover, unit of the axis.
_UNITS = {"share": (100.0, "%", "%"), "seconds": (1.0, " s", "seconds"), "-1 to 1": (1.0, "", "−1 to 1")}


def shrunk_panel(
    found: Sequence[ShrunkRate], kind: str, measure: str, said: str, link: Callable[[ShrunkRate], str | None]
) -> Panel:
    """Shrunk rates in their published order, the raw ones beside them as what they were drawn from; ``said`` is the sentence."""
    drawn = [each for each in found if each.shrunk is not None][:DRAWN]
    rows = []
    for each in drawn:
        name, to = shrunk_name(kind, each), link(each) or ""
        rows.append((name, "shrunk", each.shrunk, each.lower, each.upper, float(each.n), to))
        rows.append((name, "raw", each.raw, None, None, float(each.n), to))
    per_thousand = measure in PER_THOUSAND
    figure = dots_by_group(
        pl.DataFrame(rows, schema=DOTS, orient="row"),
        _SHRUNK,
        f"{KINDS[kind].capitalize()}: {MEASURES[measure]}",
        "M18 · drawn towards the usual rate of the kind (dashed), the more the fewer contacts there are; bars are 95% "
        "confidence intervals of the estimate; in order of the estimate, never of the counted rate",
        axis=MEASURES[measure] + ("" if per_thousand else " (%)"),
        scale=1 if per_thousand else 100,
        unit=" per 1,000" if per_thousand else "%",
        reference=drawn[0].usual if drawn else None,
        line=True,
    )
    table = Table(
        (KINDS[kind][:-1].capitalize(), "Rank", "Estimate", "95% confidence interval", "As counted", "n", "Own data"),
        tuple(
            (
                shrunk_name(kind, each),
                wording.MISSING if each.rank is None else wording.count(each.rank),
                number(measure, each.shrunk) if each.shrunk is not None else each.reason or wording.MISSING,
                span(measure, each.lower, each.upper),
                f"{number(measure, each.raw)}\n{wording.count(each.numerator)} counted",
                wording.count(each.n),
                wording.percent(each.weight, 0),
            )
            for each in found[:LISTED]
        ),
        _listed(found),
    )
    return make_panel("shrunk", figure, said, table)


def _listed(found: Sequence[ShrunkRate]) -> str:
    said = "Own data: weight of the group's own contacts in the estimate; equal rates share a rank."
    known = sum(each.shrunk is not None for each in found)
    said += f" The first {DRAWN} of {wording.count(known)} are drawn." if known > DRAWN else ""
    return said + (f" {wording.count(len(found) - LISTED)} more are not listed." if len(found) > LISTED else "")


def spread_panel(found: Spread, measure: str, days: str) -> Panel:
    """How far agents lie apart by shrunk rates, none of them named; ``days`` says of which days."""
    places = [(f"{name[:1].upper()}{name[1:]}", value) for name, value in found.places]
    per_thousand = measure in PER_THOUSAND
    figure = dots_by_group(
        pl.DataFrame(
            [(name, "shrunk", value, None, None, float(found.agents), "") for name, value in places],
            schema=DOTS,
            orient="row",
        ),
        _SPREAD,
        f"Agents: {MEASURES[measure]}",
        "M18 · spread of agents by rates drawn towards the usual one (dashed); no agent is named",
        axis=MEASURES[measure] + ("" if per_thousand else " (%)"),
        scale=1 if per_thousand else 100,
        unit=" per 1,000" if per_thousand else "%",
        rows="agents",
        reference=found.usual if places else None,
    )
    table = Table(
        ("Of the agents", "Estimate", "n"),
        tuple((name, number(measure, value), wording.rests_on(found.agents)) for name, value in places),
    )
    return make_panel("agents", figure, f"{_spread_sentence(found, measure)} {days}".rstrip(), table)


def _spread_sentence(found: Spread, measure: str) -> str:
    if not found.places:
        return (
            f"{wording.count(found.agents)} of {wording.count(found.all_agents)} agents have a rate: fewer than "
            f"{SPREAD_FROM}, so that any figure would identify a person."
        )
    return (
        f"Half of {wording.count(found.agents)} agents lie between {number(measure, found.lower_quarter)} and "
        f"{number(measure, found.upper_quarter)}, all of them between {number(measure, found.lowest)} and "
        f"{number(measure, found.highest)} (median {number(measure, found.median)})."
    )


def reliance_panel(found: Reliances) -> Panel:
    """Wrong suggestions taken and right ones turned down, by tenure."""
    frame = pl.DataFrame(
        [(each.name, each.measure, each.value, each.lower, each.upper, float(each.n), "") for each in found.rows],
        schema=DOTS,
        orient="row",
    )
    figure = dots_by_group(
        frame,
        _RELIANCE,
        "By tenure",
        "M13 · share of wrong suggestions that agents accepted, and of right ones that they rejected; bars are 95% "
        "confidence intervals, clustered by agent",
        axis="suggestions (%)",
        rows="suggestions",
    )
    overall = found.of("accepted_wrong")
    whole = (overall.sentence or (wording.sentence(overall.reason) if overall.reason else "")) if overall else ""
    differences = [each.sentence for each in found.significant]
    differences = differences or ["No statistically significant difference between tenures."]
    return make_panel("reliance", figure, " ".join(filter(None, (whole, *differences))), _reliance_table(found))


def _reliance_table(found: Reliances) -> Table:
    rows = tuple(
        (
            each.name,
            RELIANCE.get(each.measure, each.measure),
            _share(each.value, each.lower, each.upper, each.reason),
            f"{wording.count(each.numerator)} of {wording.count(each.n)}",
            wording.MISSING
            if each.difference is None
            else f"{wording.points(each.difference)}\n{wording.points_range(each.difference_lower, each.difference_upper)}",
        )
        for each in found.rows
    )
    return Table(("Tenure", "What", "Share", "n", "Against 12 months and more"), rows)


def mix_panel(found: Mix, title: str, link: Callable[[str], str | None], *, across: bool) -> Panel:
    """Who led, slice by slice."""
    frame = pl.DataFrame(
        [
            (
                each.name,
                mode,
                wording.mode_name(mode),
                each.share(mode),
                each.counts.get(mode, 0),
                each.total,
                link(each.name) or "",
            )
            for mode in found.modes
            for each in found.slices
        ],
        schema={
            "name": pl.String,
            "mode": pl.String,
            "label": pl.String,
            "share": pl.Float64,
            "contacts": pl.Int64,
            "n": pl.Int64,
            "link": pl.String,
        },
        orient="row",
    )
    table = Table(
        (title, *(wording.mode_name(mode) for mode in found.modes), "Contacts"),
        tuple(
            (
                each.name,
                *(
                    f"{wording.percent(each.share(mode))}\n{wording.count(each.counts.get(mode, 0))}"
                    for mode in found.modes
                ),
                wording.count(each.total),
            )
            for each in found.slices
        ),
    )
    figure = shares_by_mode(frame, f"By {title.lower()}", across=across)
    return make_panel("mode-mix", figure, found.sentence, table)


def heat_panel(cells: Sequence[Cell], mode: str, min_n: int) -> Panel:
    """The share of one mode in every hour of the week."""
    frame = pl.DataFrame(
        [(c.weekday, c.hour, c.led / c.contacts if c.contacts >= min_n else None, c.contacts) for c in cells],
        schema={"weekday": pl.Int64, "hour": pl.Int64, "share": pl.Float64, "contacts": pl.Int64},
        orient="row",
    )
    name = wording.mode_name(mode)
    enough = [c for c in cells if c.contacts >= min_n]
    said = f"No hour of the week has {min_n} contacts."
    if enough:
        high, low = max(enough, key=_led), min(enough, key=_led)
        said = (
            f"{name} led most on {DAYS[high.weekday]} {high.hour:02d}:00 ({wording.percent(_led(high))}, "
            f"{wording.rests_on(high.contacts)}) and least on {DAYS[low.weekday]} {low.hour:02d}:00 "
            f"({wording.percent(_led(low))}, {wording.rests_on(low.contacts)}), over hours with at least {min_n} contacts."
        )
    by_place = {(c.weekday, c.hour): c for c in cells}
    hours = sorted({c.hour for c in cells})
    rows = tuple((f"{hour:02d}:00", *(_cell(by_place.get((day, hour)), min_n) for day in range(7))) for hour in hours)
    figure = share_by_hour_and_day(frame, f"{name}, hour by hour", DAYS)
    return make_panel("mode-hours", figure, said, Table(("Hour", *DAYS), rows))


def _led(cell: Cell) -> float:
    return cell.led / cell.contacts


def _cell(cell: Cell | None, min_n: int) -> str:
    if cell is None:
        return wording.MISSING
    share = wording.percent(_led(cell), 0) if cell.contacts >= min_n else wording.MISSING
    return f"{share}\n{wording.rests_on(cell.contacts)}"


def outcomes_panel(rows: Sequence[ModeOutcome], measure: str, link: Callable[[ModeOutcome], str | None]) -> Panel:
    """One outcome by mode: as it is, and standardised."""
    unit = rows[0].unit if rows else "share"
    scale, said_unit, axis = _UNITS.get(unit, (1.0, "", unit))
    frame = pl.DataFrame(
        [
            (wording.mode_name(each.mode), series, value, lower, upper, float(each.n), link(each) or "")
            for each in rows
            for series, value, lower, upper in (
                ("raw", each.value, each.lower, each.upper),
                ("standardised", each.standardised, each.standardised_lower, each.standardised_upper),
            )
        ],
        schema=DOTS,
        orient="row",
    )
    name = OUTCOMES.get(measure, wording.code_words(measure))
    covered = next((each for each in rows if each.covered is not None), None)
    note = (
        f"standardised over {wording.count(covered.issues or 0)} issues that the modes share, {wording.percent(covered.covered)} of contacts"
        if covered
        else "nothing was standardised"
    )
    figure = dots_by_group(
        frame,
        _OUTCOME,
        f"Outcome: {name}",
        f"M14 · {note}; bars are 95% confidence intervals, customers clustered",
        axis=f"{name} ({axis})",
        scale=scale,
        unit=said_unit,
        reference=0.0 if unit == "-1 to 1" else None,
    )
    said = " ".join(each.sentence for each in rows if each.sentence)
    reasons = [each.reason for each in rows if each.reason]
    table = Table(
        ("Mode", "As it is", "At the common mix", "n", "Customers", "Covered"),
        tuple(
            (
                wording.mode_name(each.mode),
                _in_unit(unit, each.value, each.lower, each.upper),
                _in_unit(unit, each.standardised, each.standardised_lower, each.standardised_upper, each.reason),
                wording.count(each.n),
                wording.count(each.customers),
                wording.percent(each.covered),
            )
            for each in rows
        ),
    )
    return make_panel(
        "mode-outcomes",
        figure,
        said or (f"Nothing to compare: {reasons[0]}." if reasons else "Nothing to compare."),
        table,
    )


def _share(value: float | None, lower: float | None, upper: float | None, reason: str) -> str:
    if value is None:
        return f"{wording.MISSING}\n{reason}" if reason else wording.MISSING
    return f"{wording.percent(value)}\n{wording.percent_range(lower, upper)}"


def _in_unit(unit: str, value: float | None, lower: float | None, upper: float | None, reason: str = "") -> str:
    if unit == "share":
        return _share(value, lower, upper, reason)
    if value is None:
        return f"{wording.MISSING}\n{reason}" if reason else wording.MISSING
    words = wording.duration if unit == "seconds" else wording.score
    return f"{words(value)}\n{words(lower)} to {words(upper)}"

"""Panels of handoffs (M11) and of contacts stuck with the AI (M19)."""

from collections.abc import Callable, Sequence

import polars as pl

from dashboards import wording
from dashboards.figures.dots import Series, dots_by_group
from dashboards.figures.template import BLUE, ORANGE, VERMILLION
from dashboards.panels.differences import apart
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.results.published_rates import DOTS, SHOWN, Grouped, Rates, share_cell, share_words
from dashboards.snapshot.groups import Group
from dashboards.wording import handoffs as sentences
from dashboards.wording.outcomes import PARTS
from pipelines.contract.handoffs_and_promises import HANDOFF_PARTS, STUCK_SIGNS

SIGNS = {
    "asked_for_human": "asked for a human, got none",
    "hung_up_unresolved": "hung up unresolved",
    "was_misunderstood": "misunderstood three times or more",
}
_WAITS = (
    Series("median_seconds_to_human", "median", BLUE),
    Series("p90_seconds_to_human", "90th percentile", ORANGE, "diamond"),
)
_ANSWERS = (
    Series("complete", "complete", BLUE),
    Series("customer_repeated", "customer repeated", VERMILLION, "diamond"),
)


def parts_panel(rates: Rates, group: Group, link: str | None) -> Panel:
    """What reaches the human, part by part."""
    shares = [(PARTS[part], rates.of(f"{part}_arrived", group)) for part in HANDOFF_PARTS]
    shares.append(("all that is recorded", rates.of("complete", group)))
    frame = pl.DataFrame(
        [(name, "", s.value, s.lower, s.upper, float(s.n), link or "") for name, s in shares],
        schema=DOTS,
        orient="row",
    )
    known = [(name, share) for name, share in shares[:-1] if share.value is not None]
    sentence = f"Parts that arrived are unknown: {shares[0][1].reason or 'no handoff'}."
    if known:
        rarest = min(known, key=lambda each: each[1].value or 0.0)
        sentence = sentences.rarest_part(rarest[0], share_words(rarest[1]))
    figure = dots_by_group(
        frame,
        (Series("", "arrived", BLUE),),
        "What reaches the human",
        "M11 · share of handoffs in which the part arrived; bars are 95% confidence intervals",
        axis="handoffs in which it arrived (%)",
        rows="handoffs",
    )
    rows = tuple((name, share_cell(s), _count(s.numerator), wording.count(s.n)) for name, s in shares)
    return make_panel("handoff-parts", figure, sentence, Table(("Part", "Arrived", "Handoffs", "of"), rows))


def by_group_panel(rates: Rates, groups: Sequence[Grouped], title: str, link: Callable[[Grouped], str | None]) -> Panel:
    """Complete, and repeated by the customer, group by group."""
    shown = groups[:SHOWN]
    frame = pl.DataFrame(
        [
            (each.name, series.key, s.value, s.lower, s.upper, float(s.n), link(each) or "")
            for each in shown
            for series in _ANSWERS
            for s in (rates.of(series.key, each.group),)
        ],
        schema=DOTS,
        orient="row",
    )
    figure = dots_by_group(
        frame,
        _ANSWERS,
        f"By {title.lower() if not title.startswith('AI') else title}",
        "M11 · share of handoffs that reached the human complete, and after which the customer had to repeat themselves; bars "
        "are 95% confidence intervals; in order of size, never of the rate",
        axis="handoffs (%)",
        rows="handoffs",
    )
    table = Table(
        (title, "Complete", "of", "Customer repeated", "of"),
        tuple(
            (
                each.name,
                share_cell(rates.of("complete", each.group)),
                wording.count(rates.of("complete", each.group).n),
                share_cell(rates.of("customer_repeated", each.group)),
                wording.count(rates.of("customer_repeated", each.group).n),
            )
            for each in shown
        ),
        _left_out(groups),
    )
    # The two are drawn side by side, and each is compared by itself.
    comparison = " ".join(apart(rates, shown, series.key, series.label) for series in _ANSWERS)
    return make_panel("handoff-groups", figure, comparison, table)


def waits_panel(rates: Rates, groups: Sequence[Grouped], title: str, group: Group) -> Panel:
    """How long customers wait for a human: median and 90th percentile, group by group."""
    shown = groups[:SHOWN]
    frame = pl.DataFrame(
        [
            (each.name, series.key, s.value, s.lower, s.upper, float(s.n), "")
            for each in shown
            for series in _WAITS
            for s in (rates.of(series.key, each.group),)
        ],
        schema=DOTS,
        orient="row",
    )
    median, high = (rates.of(series.key, group) for series in _WAITS)
    sentence = f"Waiting times are unknown: {median.reason or 'no handoff'}."
    if median.value is not None and high.value is not None:
        sentence = sentences.waits(median.value, high.value, median.n)
    figure = dots_by_group(
        frame,
        _WAITS,
        "Time to a human",
        "M11 · seconds from the handoff until a human took over: median and 90th percentile, published without an interval",
        axis="seconds",
        scale=1,
        unit=" s",
        rows="handoffs",
        line=True,
    )
    table = Table(
        (title, "Median", "90th percentile", "Handoffs"),
        tuple(
            (
                each.name,
                *(wording.duration(rates.of(series.key, each.group).value) for series in _WAITS),
                wording.count(rates.of(_WAITS[0].key, each.group).n),
            )
            for each in shown
        ),
        _left_out(groups),
    )
    return make_panel("handoff-waits", figure, sentence, table)


def stuck_panel(rates: Rates, groups: Sequence[Grouped], title: str, link: Callable[[Grouped], str | None]) -> Panel:
    """Stuck with the AI, group by group, beside what is usual."""
    shown = groups[:SHOWN]
    frame = pl.DataFrame(
        [
            (each.name, "", s.value, s.lower, s.upper, float(s.n), link(each) or "")
            for each in shown
            for s in (rates.of("stuck", each.group),)
        ],
        schema=DOTS,
        orient="row",
    )
    figure = dots_by_group(
        frame,
        (Series("", "stuck", VERMILLION),),
        f"Failed containment by {title.lower() if not title.startswith('AI') else title}",
        "M19 · share of contacts that the AI led alone in which the customer was stuck with it; bars are 95% confidence intervals, "
        "the line is all contacts; in order of size, never of the rate",
        axis="contacts led by the AI alone (%)",
        reference=rates.of("stuck").value,
    )
    table = Table(
        (title, "Stuck", "Contacts", "of", *(SIGNS[sign].capitalize() for sign in STUCK_SIGNS)),
        tuple(
            (
                each.name,
                share_cell(rates.of("stuck", each.group)),
                _count(rates.of("stuck", each.group).numerator),
                wording.count(rates.of("stuck", each.group).n),
                *(share_cell(rates.of(sign, each.group)) for sign in STUCK_SIGNS),
            )
            for each in shown
        ),
        _left_out(groups),
    )
    return make_panel("stuck-groups", figure, apart(rates, shown, "stuck", "stuck"), table)


def signs_panel(rates: Rates, group: Group, link: str | None) -> Panel:
    """By which sign a contact counts as failed containment; one contact may show several."""
    shares = [(SIGNS[sign], rates.of(sign, group)) for sign in STUCK_SIGNS]
    shares.append(("any of these", rates.of("stuck", group)))
    hung_up = rates.of("hung_up", group)
    if hung_up.n:
        shares.append(("hung up, regardless of the claim", hung_up))
    frame = pl.DataFrame(
        [(name, "", s.value, s.lower, s.upper, float(s.n), link or "") for name, s in shares],
        schema=DOTS,
        orient="row",
    )
    figure = dots_by_group(
        frame,
        (Series("", "share", VERMILLION),),
        "By which sign",
        "M19 · share of contacts that the AI led alone, of those in which the sign can be seen; bars are 95% confidence intervals",
        axis="contacts led by the AI alone (%)",
    )
    stuck, seen = rates.of("stuck", group), rates.of("observable", group)
    sentence = f"Failed containment is unknown: {stuck.reason or 'no such contact'}."
    if stuck.is_known:
        unseen = None if seen.value is None else 1 - seen.value
        sentence = sentences.stuck(
            share_words(stuck), unseen=unseen, hung_up=share_words(hung_up) if hung_up.is_known else ""
        )
    rows = tuple((name, share_cell(s), _count(s.numerator), wording.count(s.n)) for name, s in shares)
    return make_panel("stuck-signs", figure, sentence, Table(("Sign", "Share", "Contacts", "of"), rows))


def _left_out(groups: Sequence[Grouped]) -> str:
    return f"{wording.count(len(groups) - SHOWN)} smaller groups are not listed." if len(groups) > SHOWN else ""


def _count(value: int | None) -> str:
    return wording.MISSING if value is None else wording.count(value)

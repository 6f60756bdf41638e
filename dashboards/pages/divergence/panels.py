"""Panels of segments (M16): the quadrant, and the changes of one segment as a table."""

from collections.abc import Callable, Sequence

import polars as pl

from dashboards import wording
from dashboards.figures import proxy_against_outcome
from dashboards.pages.divergence.segments import (
    MORE_IS_BETTER,
    SENSITIVE_MARK,
    Detail,
    Moved,
    SegmentChange,
    quadrant_sentence,
)
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.wording.divergence import (
    MEASURES,
    OUTCOMES,
    PROXIES,
    change_range,
    change_words,
    silence,
    smallest_change,
    value_words,
)
from pipelines.contract.analyses import DIVERGENCE_MEASURES

#: Rows of the table behind the quadrant, those with a verdict first.
_LISTED = 40
#: Points without a verdict.
_DRAWN = 800


def quadrant_panel(found: Sequence[Moved], proxy: str, outcome: str, link: Callable[[Moved], str]) -> Panel:
    scale_x, unit_x = _unit(proxy)
    scale_y, unit_y = _unit(outcome)
    # Those with a verdict come last, so that they are drawn on top; of the others the largest are drawn.
    plain = sorted((each for each in found if not each.has_verdict), key=lambda each: -each.customers)
    drawn = [*plain[:_DRAWN], *(each for each in found if each.has_verdict)]
    rows = [
        (
            wording.capital(wording.clipped(each.group.words, 90)),
            each.verdict if each.has_verdict or not each.is_sensitive else SENSITIVE_MARK,
            scale_x * (each.proxy.change or 0.0),
            change_words(proxy, each.proxy.change),
            change_range(proxy, each.proxy.lower, each.proxy.upper),
            scale_y * (each.outcome.change or 0.0),
            change_words(outcome, each.outcome.change),
            change_range(outcome, each.outcome.lower, each.outcome.upper),
            each.customers,
            link(each),
        )
        for each in drawn
    ]
    schema = {
        "name": pl.String,
        "verdict": pl.String,
        "x": pl.Float64,
        "x_words": pl.String,
        "x_range": pl.String,
        "y": pl.Float64,
        "y_words": pl.String,
        "y_range": pl.String,
        "customers": pl.Int64,
        "link": pl.String,
    }
    figure = proxy_against_outcome(
        pl.DataFrame(rows, schema=schema, orient="row"),
        f"{PROXIES[proxy]} ({unit_x})",
        f"{OUTCOMES[outcome]} ({unit_y})",
        # Better is right, worse is up.
        (proxy not in MORE_IS_BETTER, outcome in MORE_IS_BETTER),
    )
    listed = sorted(found, key=lambda each: (each.q is None, each.q or 0.0, -each.customers))[:_LISTED]
    table = Table(
        (
            "Segment",
            "Verdict",
            PROXIES[proxy].capitalize(),
            OUTCOMES[outcome].capitalize(),
            "False-alarm rate",
            "Customers",
        ),
        tuple(
            (
                wording.capital(each.group.words),
                each.said,
                _moved(each.proxy),
                _moved(each.outcome),
                wording.q_value(each.q),
                wording.count(each.customers),
            )
            for each in listed
        ),
        f"The {len(listed)} with the strongest evidence; changes with 95% confidence intervals."
        if len(found) > _LISTED
        else "",
    )
    more = f" {wording.count(len(found) - len(drawn))} smaller ones are not drawn." if len(found) > len(drawn) else ""
    return make_panel("quadrant", figure, f"{quadrant_sentence(found, proxy, outcome)}{more}", table)


def changes_table(found: Detail) -> Table:
    rows = tuple(
        (
            MEASURES[each.measure].capitalize(),
            value_words(each.measure, each.baseline),
            value_words(each.measure, each.period),
            change_words(each.measure, each.change),
            change_range(each.measure, each.lower, each.upper),
            _way(each.is_better),
            wording.MISSING if each.change is None else smallest_change(each.measure, each.detectable),
            f"{wording.count(each.n_baseline)} / {wording.count(each.n_period)}",
        )
        for each in found.changes
    )
    headers = (
        "Measure",
        "Baseline",
        "Current",
        "Change",
        "95% confidence interval",
        "Direction",
        "Smallest found",
        "n baseline / current",
    )
    caption = (
        f"{found.period} compared with {found.baseline}, at the same mix of issues. Smallest found: the change for the better of "
        "the first three, or for the worse of the others, that together with one of the other kind would be found in 8 of 10 "
        "cases if this segment alone diverged."
    )
    return Table(headers, rows, caption)


def smallest_panel_table(found: Sequence[Moved], proxy: str, outcome: str) -> Table:
    """The smallest changes that would be found in each segment of one dimension, the largest segments first."""
    single = sorted((each for each in found if each.is_single), key=lambda each: (-each.contacts, each.group.words))
    rows = tuple(
        (
            wording.capital(each.group.words),
            wording.count(each.contacts),
            smallest_change(proxy, each.proxy.detectable),
            smallest_change(outcome, each.outcome.detectable),
        )
        for each in single[:_LISTED]
    )
    more = len(single) - len(rows)
    caption = "Found in 8 of 10 cases, both together, if the segment alone diverged."
    caption += f" {wording.count(more)} smaller ones are not listed." if more else ""
    return Table(("Segment", "Contacts", PROXIES[proxy].capitalize(), OUTCOMES[outcome].capitalize()), rows, caption)


def silence_sentence(found: Sequence[Moved], proxy: str, outcome: str) -> str:
    """What the segment of the middle size lets one see; empty without segments."""
    single = sorted((each for each in found if each.is_single), key=lambda each: (each.contacts, each.group.words))
    if not single:
        return ""
    middle = single[len(single) // 2]
    return silence(middle.contacts, proxy, middle.proxy.detectable, outcome, middle.outcome.detectable)


def _moved(change: SegmentChange) -> str:
    words = change_words(change.measure, change.change)
    return f"{words}\n{change_range(change.measure, change.lower, change.upper)}"


def _way(better: bool | None) -> str:
    return wording.MISSING if better is None else "improved" if better else "worsened"


def _unit(measure: str) -> tuple[float, str]:
    if measure == "complaint":
        return 1000.0, "per 1,000"
    return {"seconds": (1.0, "s"), "share": (100.0, "points")}.get(DIVERGENCE_MEASURES[measure], (1.0, "−1 to 1"))

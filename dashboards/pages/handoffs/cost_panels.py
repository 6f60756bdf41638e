"""The cost curve of a policy (M10) as a panel, and its figures as tiles."""

from collections.abc import Callable

import polars as pl

from dashboards import wording
from dashboards.figures.cost_curve import Marks, cost_by_threshold
from dashboards.pages.handoffs.cost_curve import AssumedCosts, JudgedPolicy, ThresholdCost, at, cheapest
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.panels.tiles import Tile
from dashboards.wording.escalation import at_other_costs, threshold_words

#: Rows of the table behind the curve: every fifth threshold, and those that something is said of.
_STEP = 5


def curve_panel(
    policy: JudgedPolicy,
    points: tuple[ThresholdCost, ...],
    chosen: float | None,
    *,
    currency: str,
    link: Callable[[ThresholdCost], str],
    costs: AssumedCosts | None = None,
    published: tuple[ThresholdCost, ...] = (),
) -> Panel:
    """``points`` at the configured costs, or at ``costs`` with the ``published`` ones behind them."""
    marks = Marks(
        currency=currency,
        chosen=chosen,
        keep_from=costs.keep_from if costs else policy.keep_from,
        in_force=policy.in_force_at(costs) if costs else policy.in_force,
        in_force_lower=None if costs else policy.in_force_lower,
        in_force_upper=None if costs else policy.in_force_upper,
        scale=policy.scale,
    )
    behind = _frame(published, link) if costs else None
    figure = cost_by_threshold(_frame(points, link), marks, published=behind)
    sentence = (
        policy.sentence(currency)
        if costs is None
        else _recomputed_sentence(points, costs, chosen, policy.in_force_at(costs), currency)
    )
    return make_panel("cost-curve", figure, sentence, _table(policy, points, chosen, currency))


def _recomputed_sentence(
    points: tuple[ThresholdCost, ...],
    costs: AssumedCosts,
    chosen: float | None,
    in_force: float | None,
    currency: str,
) -> str:
    least = cheapest(points)
    parts = [
        (
            f"Recomputed from the published counts, with a wrong answer at {wording.money(costs.wrong, currency)} and a handoff "
            f"at {wording.money(costs.handoff, currency)}. The interval is known at the configured costs only and is not drawn."
        )
    ]
    if least is None:
        return f"{parts[0]} No threshold's cost is known."
    parts.append(at_other_costs(threshold_words(least.threshold), least.cost or 0.0, in_force, currency))
    here = at(points, chosen) if chosen is not None else None
    if here is not None and here.cost is not None and here != least:
        parts.append(f"Kept {threshold_words(here.threshold)}: {wording.money(here.cost, currency)}.")
    return " ".join(parts)


def _frame(points: tuple[ThresholdCost, ...], link: Callable[[ThresholdCost], str]) -> pl.DataFrame:
    names = ("threshold", "cost", "lower", "upper", "kept", "kept_wrong", "handed_off")
    return pl.DataFrame(
        [(*(getattr(point, name) for name in names), link(point)) for point in points],
        schema={**dict.fromkeys(names, pl.Float64), "link": pl.String},
        orient="row",
    )


def _table(policy: JudgedPolicy, points: tuple[ThresholdCost, ...], chosen: float | None, currency: str) -> Table:
    said = {round(100 * each) for each in (chosen, policy.threshold, policy.stops_at, 1.01) if each is not None}
    shown = [p for p in points if round(100 * p.threshold) % _STEP == 0 or round(100 * p.threshold) in said]
    shown = [p for p in shown if p.cost is not None] or shown[-1:]
    rows = tuple(
        (
            threshold_words(point.threshold) + (_mark(policy, point)),
            wording.money(point.cost, currency),
            wording.MISSING
            if point.lower is None or point.upper is None
            else f"{wording.money(point.lower, currency)} to {wording.money(point.upper, currency)}",
            _count(point.kept),
            _count(point.kept_wrong),
            _count(point.handed_off),
        )
        for point in shown
    )
    headers = ("Answers kept", "Cost per 1,000", "95% confidence interval", "Kept", "Of these wrong", "Handed off")
    caption = f"Per 1,000 of {policy.basis}."
    if policy.stops_at is not None:
        caption += f" Below {100 * policy.stops_at:.0f}% there are too few labels."
    return Table(headers, rows, caption)


def _mark(policy: JudgedPolicy, point: ThresholdCost) -> str:
    if point.threshold != policy.threshold:
        return ""
    return "\nrecommended" if policy.recommended is not None else "\ncheapest judged, not recommended"


def tiles(
    policy: JudgedPolicy, point: ThresholdCost | None, costs: AssumedCosts | None, currency: str
) -> tuple[Tile, ...]:
    """Cost at the threshold, the policy in force, its excess cost. At other ``costs`` only the first is known."""
    here = "unknown: no labels here" if point is None or point.cost is None else ""
    if point is not None and point.lower is not None and point.upper is not None:
        here = (
            f"95% confidence interval {wording.money(point.lower, currency)} to {wording.money(point.upper, currency)}"
        )
    elif point is not None and point.cost is not None:
        here = "recomputed, no interval"
    name = f"Answers kept {threshold_words(point.threshold)}" if point is not None else "At the threshold"
    cost = Tile("M10", name, wording.money(point.cost if point else None, currency), here, "per 1,000 claims", "")
    if costs is not None:
        unknown = "known at the configured costs only"
        now = policy.in_force_at(costs)
        return (
            cost,
            Tile(
                "M10",
                "Policy in force",
                wording.money(now, currency),
                unknown if now is None else "recomputed, no interval",
                "per 1,000 claims",
                "",
            ),
            Tile("M10", "Excess cost", wording.MISSING, unknown, "", ""),
        )
    return (
        cost,
        Tile(
            "M10",
            "Policy in force",
            wording.money(policy.in_force, currency),
            _span(policy.in_force_lower, policy.in_force_upper, currency) or policy.reason,
            "per 1,000 claims",
            "",
        ),
        Tile(
            "M10",
            "Excess cost of the policy in force",
            wording.money(policy.excess, currency),
            _span(policy.excess_lower, policy.excess_upper, currency) or policy.reason,
            f"per 1,000 claims, above answers kept {threshold_words(policy.said)}",
            "",
            f"{wording.money(policy.excess_total, currency)} over {policy.basis}"
            if policy.excess_total is not None
            else "",
        ),
    )


def timing_table(policy: JudgedPolicy) -> Table:
    """Which handoffs came too late, which too early."""
    rows = (
        ("Too late", wording.count(policy.too_late), "after 3 misunderstandings, or after sentiment turned negative"),
        ("Too early", wording.count(policy.too_eager), "recalibrated P(correct) above the optimum"),
        ("Undecided", wording.count(policy.undecided), "no P(correct) or no optimum to compare with"),
        ("All", wording.count(policy.handoffs), "handoffs of the later period"),
    )
    return Table(("Handoffs", "Number", "Which are"), rows)


def _span(lower: float | None, upper: float | None, currency: str) -> str:
    if lower is None or upper is None:
        return ""
    return f"95% confidence interval {wording.money(lower, currency)} to {wording.money(upper, currency)}"


def _count(value: float | None) -> str:
    return wording.MISSING if value is None else wording.count(value)

"""Escalation policy (M10) in sentences: what the policy in force costs, and what the best threshold would have cost."""

from dashboards.wording.labels import value_in_sentence
from dashboards.wording.numbers import count, joined, money, plural
from dashboards.wording.texts import capital, clipped, sentence

NO_COSTS = (
    "No escalation policy is judged: this needs AI claims with a stated confidence, and the costs of a wrong answer and "
    "of a handoff ([costs] in the configuration)."
)
_MOODS = {
    "negative": "opened in a negative mood",
    "not_negative": "did not open in a negative mood",
    "unknown": "opening mood unknown",
}
_SCALES = {"raw": "stated", "recalibrated": "recalibrated"}


def policy_name(workflow: str | None, mood: str) -> str:
    """``billing contacts, customer opened in a negative mood``."""
    contacts = (
        "contacts without a workflow"
        if workflow is None
        else f"{clipped(value_in_sentence('workflow', workflow))} contacts"
    )
    words = _MOODS.get(mood, clipped(mood))
    return f"{contacts}, {words if mood not in ('negative', 'not_negative') else f'customer {words}'}"


def threshold_words(threshold: float | None) -> str:
    """From which confidence answers are kept: ``from 84%``, ``none: all handed off``."""
    if threshold is None:
        return "no threshold"
    return "none, all handed off" if threshold > 1 else f"from {100 * threshold:.0f}%"


def rule(threshold: float, scale: str, *, is_lowest_known: bool = False) -> str:
    """``handing off every claim``, ``handing off below 84% recalibrated confidence``."""
    if threshold > 1:
        return "handing off every claim"
    lowest = " (the lowest threshold with labels)" if is_lowest_known else ""
    return f"handing off below {100 * threshold:.0f}% {_SCALES.get(scale, scale)} confidence{lowest}"


def policy_sentence(
    name: str,
    *,
    threshold: float | None,
    scale: str,
    is_lowest_known: bool,
    cost: float | None,
    in_force: float | None,
    excess: float | None,
    lower: float | None,
    upper: float | None,
    total: float | None,
    currency: str,
    reason: str,
) -> str:
    """What the policy in force costs above the best threshold, per 1,000 claims and in all."""
    name = capital(name)
    if threshold is None or cost is None:
        return f"{name}: no policy can be judged{f' ({reason})' if reason else ''}."
    best = f"{rule(threshold, scale, is_lowest_known=is_lowest_known)} would have cost {money(cost, currency)}"
    if excess is None or in_force is None:
        return f"{name}: {best} per 1,000 claims."
    text = f"{name}: the policy in force cost {money(in_force, currency)} per 1,000 claims, {best}"
    if lower is None or upper is None:
        return f"{text}."
    span = f"95% confidence interval {money(lower, currency)} to {money(upper, currency)}"
    if lower <= 0 <= upper:
        return f"{text}. The difference is not statistically significant ({span})."
    more = "Excess cost" if excess > 0 else "Saving of the policy in force"
    in_all = "" if total is None else f", {money(abs(total), currency)} in total"
    return f"{text}. {more}: {money(abs(excess), currency)} ({span}){in_all}."


def timing(handoffs: int, *, too_late: int, too_early: int, undecided: int) -> str:
    """``Of 310 handoffs, 21 came too late and 13 too early.``; empty without handoffs."""
    if not handoffs:
        return ""
    if undecided == handoffs:
        return f"Of {plural(handoffs, 'handoff')}, {count(too_late)} came too late."
    return f"Of {plural(handoffs, 'handoff')}, {count(too_late)} came too late and {count(too_early)} too early."


def curve_stops(reason: str) -> str:
    return sentence(reason)


def less_would_do(threshold: float, scale: str, *, saved: float, currency: str, mood: str, days: str) -> str:
    """``Handing off below 84% recalibrated confidence would have saved INR 2,790 (…).``"""
    about = ", ".join(filter(None, (_about_mood(mood), days)))
    return f"{capital(rule(threshold, scale))} would have saved {money(saved, currency)} ({about})."


def overview(policies: int, *, judged: int, costly: int, excess: float, currency: str, reason: str) -> str:
    """How many policies cost more than their best threshold, and how much together."""
    number = plural(policies, "policy", "policies") if policies != 1 else "1 policy"
    of = f"{number} by workflow and opening mood"
    if not judged:
        return f"Not one of {of} can be judged{f': {reason}' if reason else ''}."
    rest = [f"{count(policies - judged)} cannot be judged"] if policies > judged else []
    if not costly:
        return f"Not one of {of} cost more than its best threshold would have{''.join(f'; {each}' for each in rest)}."
    fine = judged - costly
    rest = ([f"{count(fine)} did not"] if fine else []) + rest
    return (
        f"{count(costly)} of {of} cost more than the best threshold would have: {money(excess, currency)} excess cost"
        f"{f'; {joined(rest)}' if rest else ''}."
    )


def _about_mood(mood: str) -> str:
    words = _MOODS.get(mood, clipped(mood))
    return f"customers who {words}" if mood in ("negative", "not_negative") else words

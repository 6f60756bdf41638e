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
    """``handing every contact to people``, ``handing off below 84% recalibrated confidence``."""
    if threshold > 1:
        return "handing every contact to people"
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
    verdict: str | None,
    currency: str,
    reason: str,
) -> str:
    """What the policy in force costs above the cheapest threshold that can be judged, per 1,000 claims and in all.

    Only a threshold that costs significantly less is recommended (``verdict`` costs_less).
    """
    name = capital(name)
    if threshold is None or cost is None:
        return f"{name}: no policy can be judged{f' ({reason})' if reason else ''}."
    best = f"{rule(threshold, scale, is_lowest_known=is_lowest_known)} would have cost {money(cost, currency)}"
    if excess is None or in_force is None:
        return f"{name}: {best} per 1,000 claims."
    text = f"{name}: the policy in force cost {money(in_force, currency)} per 1,000 claims, {best}"
    if lower is None or upper is None:
        return f"{text}. No difference can be told: all claims are of one customer."
    span = f"95% confidence interval {money(lower, currency)} to {money(upper, currency)}"
    if verdict == "in_force_cheapest":
        saving = f"95% confidence interval {money(-upper, currency)} to {money(-lower, currency)}"
        saved = f": it saved {money(-excess, currency)} ({saving})" if excess < 0 else ""
        return f"{text}. The policy in force is the cheapest that can be judged{saved}."
    if verdict != "costs_less":
        return f"{text}. No difference can be told (excess cost {money(excess, currency)}, {span})."
    in_all = "" if total is None else f", {money(total, currency)} in total"
    return f"{text}. Excess cost: {money(excess, currency)} ({span}){in_all}."


def unlabelled_kept(claims: int, *, if_right: float, if_wrong: float, currency: str) -> str:
    """``12 claims that it would keep were handed off and have no label: INR 2,100 if all were right, …``; empty for none."""
    if not claims:
        return ""
    verb, were = ("was", "it was") if claims == 1 else ("were", "all were")
    return (
        f"{plural(claims, 'claim')} that the threshold would keep {verb} handed off and {'has' if claims == 1 else 'have'} no "
        f"label: {money(if_right, currency)} per 1,000 claims if {were} right, {money(if_wrong, currency)} if wrong."
    )


def at_other_costs(least: str, cost: float, in_force: float | None, currency: str) -> str:
    """The cheapest threshold at costs that were not configured, beside the policy in force; without an interval, no advice."""
    if in_force is not None and in_force <= cost:
        return f"At these costs the policy in force is the cheapest that can be judged ({money(in_force, currency)} per 1,000 claims)."
    now = "" if in_force is None else f"; the policy in force: {money(in_force, currency)}"
    return (
        f"In hindsight the cheapest known threshold: answers kept {least} ({money(cost, currency)} per 1,000 claims){now}. "
        "Without an interval this is no recommendation."
    )


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
    """How many policies cost significantly more than their best threshold, and how much together."""
    number = plural(policies, "policy", "policies") if policies != 1 else "1 policy"
    of = f"{number} by workflow and opening mood"
    if not judged:
        return f"Not one of {of} can be judged{f': {reason}' if reason else ''}."
    rest = [f"{count(policies - judged)} cannot be judged"] if policies > judged else []
    if not costly:
        return f"Not one of {of} is known to have cost more than another threshold would have{''.join(f'; {each}' for each in rest)}."
    fine = judged - costly
    rest = ([f"for {count(fine)} no saving can be shown"] if fine else []) + rest
    return (
        f"{count(costly)} of {of} cost more than the best threshold would have: {money(excess, currency)} excess cost"
        f"{f'; {joined(rest)}' if rest else ''}."
    )


def _about_mood(mood: str) -> str:
    words = _MOODS.get(mood, clipped(mood))
    return f"customers who {words}" if mood in ("negative", "not_negative") else words

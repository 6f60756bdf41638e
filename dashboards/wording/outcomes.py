"""What followed (M11 to M14, M19) in sentences: one group against its reference at the same mix of issues."""

from dashboards.wording.labels import code_words, mode_name
from dashboards.wording.numbers import (
    bare_points_range,
    count,
    duration,
    percent,
    percent_range,
    percents,
    plain_points,
    points,
    points_range,
    rests_on,
    score,
)
from dashboards.wording.texts import capital

#: Outcomes as names, in the order in which they are offered.
OUTCOMES = {
    "repeat_any_30d": "repeat contact within 30 days",
    "repeat_issue_30d": "repeat contact, same issue",
    "unresolved": "not resolved",
    "false_resolution": "false resolution",
    "customer_repeated": "customer repeated themselves",
    "next_asked_for_human": "asked for a human next time",
    "next_led_by_human": "next contact human-led",
    "complaint_30d": "complaint",
    "closed_account_30d": "account closed",
    "survey_sentiment": "survey rating",
    "closing_sentiment": "closing words",
    "handle_seconds": "handle time",
    "claimed": "claimed resolved",
}
#: Outcome → what happened to the contacts (or handoffs, promises) of which a share is given; a mean has a name.
_HAPPENED = {
    "repeat_any_30d": "were followed by a repeat contact within 30 days",
    "repeat_issue_30d": "were followed by a repeat contact about the same issue within 30 days",
    "unresolved": "were not resolved",
    "false_resolution": "were false resolutions",
    "complaint_30d": "were followed by a complaint within 30 days",
    "closed_account_30d": "were followed by the closing of the account within 30 days",
    "customer_repeated": "made the customer repeat themselves",
    "next_asked_for_human": "were followed by a request for a human at the next contact",
    "next_led_by_human": "were followed by a human-led contact",
    "claimed": "were claimed resolved",
    "survey_sentiment": "survey rating (−1 to 1)",
    "closing_sentiment": "sentiment of the closing words (−1 to 1)",
    "handle_seconds": "handle time",
}
#: Parts of a handoff.
PARTS = {
    "summary": "summary",
    "transcript": "transcript",
    "tool_results": "tool results",
    "attempt_account": "account of what was tried",
}
_LEVELS = {
    ("customer_repeated", "yes"): "customer repeated themselves",
    ("stuck", "yes"): "stuck with the AI",
    ("asked_for_human", "yes"): "asked for a human, got none",
    ("hung_up_unresolved", "yes"): "hung up unresolved",
    ("was_misunderstood", "yes"): "misunderstood three times or more",
    ("wrong_suggestion", "accepted"): "wrong suggestion accepted",
    ("status_of_ai", "broken"): "broken, made by the AI",
    ("status_of_ai", "kept_late"): "kept late, made by the AI",
    ("status_of_agent", "broken"): "broken, made by agents",
    ("status_of_agent", "kept_late"): "kept late, made by agents",
}
#: (factor, level) → the group, and what it is compared with.
_GROUPS = {
    ("customer_repeated", "yes"): ("handoffs after which the customer had to repeat themselves", "the others"),
    ("wrong_suggestion", "accepted"): ("wrong suggestions that the agent accepted", "those rejected"),
    ("stuck", "yes"): ("AI-only contacts in which the customer was stuck with the AI", "the others"),
    ("asked_for_human", "yes"): ("AI-only contacts in which the customer asked for a human", "the others"),
    ("hung_up_unresolved", "yes"): ("AI-only contacts in which the customer hung up unresolved", "the others"),
    ("was_misunderstood", "yes"): (
        "AI-only contacts in which the customer was misunderstood three times or more",
        "the others",
    ),
}
_MAKERS = {"status": "", "status_of_ai": " by the AI", "status_of_agent": " by agents"}
_TENURES = {None: "Agents", "unknown": "Agents of unknown tenure", "0-3": "Agents in their first 3 months"}
_NOT_SIGNIFICANT = "not statistically significant"


def level_name(factor: str, level: str) -> str:
    """A compared group as a name: ``no summary``."""
    if factor in PARTS:
        return f"no {PARTS[factor]}"
    return _LEVELS.get((factor, level), code_words(level))


def groups_compared(factor: str, level: str) -> tuple[str, str]:
    """The compared group and its reference, within a sentence."""
    if (factor, level) in _GROUPS:
        return _GROUPS[factor, level]
    if factor in PARTS:
        return f"handoffs in which the {PARTS[factor]} did not reach the person", "those in which it did"
    if factor == "completeness":
        return f"handoffs in which {code_words(level)} parts reached the person", "those in which all did"
    if factor == "trigger":
        return f"handoffs triggered by {code_words(level)}", "the others"
    if factor in _MAKERS:
        promises = (
            f"broken promises{_MAKERS[factor]}"
            if level == "broken"
            else f"promises{_MAKERS[factor]} {code_words(level)}"
        )
        return promises, "those kept on time"
    return f"those with {code_words(factor)} {code_words(level)}", "the others"


def difference_sentence(
    factor: str,
    level: str,
    measure: str,
    unit: str,
    *,
    adjusted: float,
    reference: float,
    difference: float,
    lower: float,
    upper: float,
    is_significant: bool,
) -> str:
    """``55% of handoffs in which … were not resolved, 40% of those in which it did (+15.0 points, …).``"""
    group, other = groups_compared(factor, level)
    happened = _HAPPENED.get(measure, code_words(measure))
    if unit == "share":
        here, there = percents(adjusted, reference)
        span = f"{points(difference)}, 95% confidence interval {points_range(lower, upper)}"
        text = f"{here} of {group} {happened}, {there} of {other} ({span}, at the same mix of issues"
    else:
        here, there = mean_words(unit, adjusted), mean_words(unit, reference)
        span = f"95% confidence interval of the difference {mean_words(unit, lower)} to {mean_words(unit, upper)}"
        text = (
            f"{capital(happened)} averages {here} for {group}, {there} for {other} ({span}, at the same mix of issues"
        )
    return f"{text})." if is_significant else f"{text}; {_NOT_SIGNIFICANT})."


def mode_sentence(
    mode: str,
    measure: str,
    unit: str,
    *,
    value: float,
    standardised: float,
    issues: int,
    covered: float,
) -> str:
    """``AI-led: 52.0% were followed by …; 55.0% at the mix of the 10 issues that all modes share (99% of contacts).``"""
    happened = _HAPPENED.get(measure, code_words(measure))
    mix = f"at the mix of the {count(issues)} issues that all modes share ({percent(covered, 0)} of contacts)"
    if unit == "share":
        return f"{mode_name(mode)}: {percent(value)} {happened}; {percent(standardised)} {mix}."
    return f"{mode_name(mode)}: {happened} {mean_words(unit, value)}; {mean_words(unit, standardised)} {mix}."


def reliance_sentence(
    tenure: str | None,
    measure: str,
    *,
    value: float,
    lower: float | None,
    upper: float | None,
    n: int,
    difference: float | None,
    difference_lower: float | None,
    difference_upper: float | None,
    is_significant: bool,
) -> str:
    """``Agents in their first 3 months accepted 60% of wrong suggestions (…), 25.0 points more than agents with …``."""
    who = _TENURES.get(tenure, f"Agents with {tenure} months")
    did, of = ("accepted", "wrong") if measure == "accepted_wrong" else ("rejected", "right")
    span = "" if lower is None or upper is None else f"{percent_range(lower, upper)}, "
    text = f"{who} {did} {percent(value, 0)} of {of} suggestions ({span}{rests_on(n)})"
    if difference is None or difference_lower is None or difference_upper is None:
        return f"{text}."
    sign = 1 if difference > 0 else -1
    bounds = bare_points_range(*sorted((sign * difference_lower, sign * difference_upper)))
    way = "more" if difference > 0 else "less"
    certainty = "" if is_significant else f"; {_NOT_SIGNIFICANT}"
    return f"{text}, {plain_points(difference)} {way} than agents with 12 months and more ({bounds}{certainty})."


def mean_words(unit: str, value: float | None) -> str:
    """A share, a duration or a score, by the unit of the outcome."""
    if unit == "share":
        return percent(value)
    return duration(value) if unit == "seconds" else score(value)

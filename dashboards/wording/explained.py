"""Why an outcome changed, in sentences: what goes with it, when it began, what else moved. Nothing is called a cause."""

from collections.abc import Sequence
from datetime import date

from dashboards.wording.dates import day_words, span
from dashboards.wording.divergence import MEASURES, change_range, change_words, q_words, value_words
from dashboards.wording.labels import code_words, dimension_words, mode_name, shown_value, source_name
from dashboards.wording.numbers import (
    MISSING,
    count,
    duration,
    joined,
    money,
    percent,
    percents,
    plural,
    points,
    signed,
)
from dashboards.wording.segments import segment_words
from dashboards.wording.texts import capital, clipped

#: Names of dimensions that contacts are not filtered by.
_DIMENSIONS = {"agents": "agent group", "hour": "hour of day", "mode": "mode"}
_PLURALS = {
    "ai_model": "AI models",
    "agents": "agent groups",
    "hour": "hours of day",
}
_AGENTS = {
    "no_agent": "no agent",
    "both_sides": "agents on both sides",
    "one_side": "agents on one side only",
}
_AGENT_CONTACTS = {
    "no_agent": "contacts without an agent",
    "both_sides": "contacts of agents who stand on both sides",
    "one_side": "contacts of agents who stand on one side only",
}
#: What moved beside: what it is called, and its unit.
_BESIDE = {
    "promise_broken": ("contacts with a broken promise, of those with a promise that can be judged", "share"),
    "handle_seconds": ("handle time", "seconds"),
    "transferred": ("contacts that were transferred", "share"),
    "closed_account": ("customers who closed their account within 30 days", "share"),
    "confidence_gap": ("the AI’s stated confidence above its share of right answers", "points"),
    "summary_missing": ("handoffs without a summary", "share"),
    "transcript_missing": ("handoffs without the transcript", "share"),
    "tool_results_missing": ("handoffs without the tools’ results", "share"),
    "attempt_account_missing": ("handoffs without an account of what was tried", "share"),
    "customer_repeated": ("handoffs after which the customer had to say it again", "share"),
    "seconds_to_human": ("time until a human took over", "seconds"),
    "cost": ("cost of wrong answers and handoffs at the threshold in force, per 1,000 AI-led contacts", "money"),
}
#: What the two sides are called where they are one segment in two periods.
NOW_AND_BEFORE = ("before", "now")
#: Shares of the contacts that differ by less are said once.
_SAME_SHARE = 0.03
#: AI models that one sentence names.
_MODELS = 3


def not_a_cause(sides: tuple[str, str] = NOW_AND_BEFORE) -> str:
    """What none of the sentences of what a change goes with says."""
    if sides != NOW_AND_BEFORE:
        return "These are sums over the contacts, not causes: whatever else differs between the two sides would look the same."
    return "These are sums over the contacts, not causes: whatever else changed in the same contacts on the same days would look the same."


def made_of_title(sides: tuple[str, str]) -> str:
    return f"What the {_what(sides)} is made of"


def _what(sides: tuple[str, str]) -> str:
    return "change" if sides == NOW_AND_BEFORE else "difference"


def dimension_name(dimension: str) -> str:
    return _DIMENSIONS.get(dimension, dimension_words(dimension))


def dimension_plural(dimension: str) -> str:
    return _PLURALS.get(dimension, f"{dimension_name(dimension)}s")


def value_name(dimension: str, value: str | None, other: str) -> str:
    """A value where it stands alone; ``other``: the key of all values without a line of their own."""
    if value == other:
        return "all others"
    if value is None:
        return "Mode not recorded" if dimension == "mode" else "not recorded"
    if dimension == "mode":
        return mode_name(value)
    if dimension == "agents":
        return _AGENTS.get(value, code_words(value))
    if dimension == "hour":
        return hours(value)
    return clipped(shown_value(dimension, value)) or "(blank)"


def hours(band: str, width: int = 3) -> str:
    """``09:00–11:59`` for the band 3 of three hours each."""
    first = int(band) * width
    return f"{first:02d}:00–{first + width - 1:02d}:59"


def contacts_of(values: Sequence[tuple[str, str | None]]) -> str:
    """The contacts that have all of ``values``, within a sentence."""
    parts = [(name, "null" if value is None else value) for name, value in values if name not in ("hour", "agents")]
    said = segment_words(parts) if parts else ""
    for name, value in values:
        if name == "agents":
            said = _AGENT_CONTACTS[value or ""] if not said else f"{said} with {_AGENTS[value or '']}"
        elif name == "hour":
            said = f"{said or 'contacts'} that began at {hours(value or '0')}"
    return said


def change_headline(name: str, measure: str, means: tuple[float, float], *, is_significant: bool) -> str:
    """``AI-led billing contacts: false resolutions rose from 36% to 57%.``"""
    before, after = _values(measure, *means)
    what = MEASURES[measure]
    if not is_significant:
        return f"{capital(name)}: {what} did not change significantly ({before} before, {after} now)."
    return f"{capital(name)}: {what} {'rose' if means[1] > means[0] else 'fell'} from {before} to {after}."


def difference_headline(
    names: tuple[str, str], measure: str, means: tuple[float, float], *, is_significant: bool
) -> str:
    """Two sides: ``False resolutions: 57% in …, 36% in ….``; that they differ only where they do so significantly."""
    first, second = _values(measure, *means)
    what = MEASURES[measure]
    if not is_significant:
        return f"No significant difference in {what}: {first} in {names[0]}, {second} in {names[1]}."
    return f"{capital(what)}: {first} in {names[0]}, {second} in {names[1]}."


def change_basis(
    measure: str,
    change: tuple[float, float, float],
    *,
    contacts: tuple[int, int],
    customers: int,
    days: tuple[str, str],
    source: str | None = None,
) -> str:
    """Size, interval, contacts and days of a change; ``change``: value and bounds; ``days``: now and before."""
    value, lower, upper = change
    within = f", within {source_name(source)}" if source else ""
    return (
        f"{change_words(measure, value)} (95% confidence interval {change_range(measure, lower, upper)}){within}: "
        f"{plural(contacts[1], 'contact')}, {days[0]}, against {count(contacts[0])}, {days[1]}; {plural(customers, 'customer')}."
    )


def difference_basis(
    measure: str,
    change: tuple[float, float, float],
    *,
    contacts: tuple[int, int],
    customers: int,
    source: str | None = None,
) -> str:
    """Size, interval and contacts of a difference B less A."""
    value, lower, upper = change
    within = f", within {source_name(source)}" if source else ""
    return (
        f"B less A: {change_words(measure, value)} (95% confidence interval {change_range(measure, lower, upper)}){within}. "
        f"{plural(contacts[0], 'contact')} in A, {count(contacts[1])} in B, {plural(customers, 'customer')}."
    )


def named_sentence(
    values: Sequence[tuple[str, str | None]],
    measure: str,
    *,
    shares: tuple[float, float],
    inside: tuple[float, float] | None,
    without: tuple[float, float, float],
    whole: float,
    is_all: bool,
    sides: tuple[str, str] = NOW_AND_BEFORE,
) -> str:
    """What the change goes with. ``inside``: the means of its own contacts where both sides have enough of them."""
    left, lower, upper = without
    what = _what(sides)
    held = percent(shares[1], 0)
    if sides != NOW_AND_BEFORE:
        held = f"{percent(shares[0], 0)} of {sides[0]}, {held} of {sides[1]}"
    elif abs(shares[1] - shares[0]) >= _SAME_SHARE:
        held = f"{held} of the contacts, {percent(shares[0], 0)} before"
    else:
        held = f"{held} of the contacts"
    own = f" Within them, {_from_to(measure, inside, sides)}." if inside else ""
    rest = ", not significant," if is_all else ""
    return (
        f"Without {contacts_of(values)} ({held}) the {what} would be {change_words(measure, left)} "
        f"({change_range(measure, lower, upper)}){rest} instead of {change_words(measure, whole)}.{own}"
    )


def same_contacts(names: Sequence[str]) -> str:
    """Other names of what was named first."""
    return f"Largely the same contacts: {joined(list(names))}."


def mix_sentence(
    measure: str,
    dimension: str,
    *,
    mix: float,
    whole: float,
    value: str,
    shares: tuple[float, float],
    sides: tuple[str, str] = NOW_AND_BEFORE,
) -> str:
    """How much of the change another mix of a dimension's values accounts for; ``value``: the one that moved it most."""
    start = (
        f"A different mix of {dimension_plural(dimension)} makes up {change_words(measure, mix)} of the "
        f"{change_words(measure, whole)}: {value} "
    )
    first, second = percent(shares[0], 0), percent(shares[1], 0)
    if sides != NOW_AND_BEFORE:
        return f"{start}holds {first} of {sides[0]} and {second} of {sides[1]}."
    return f"{start}{'rose' if shares[1] > shares[0] else 'fell'} from {first} to {second} of the contacts."


def no_overlap(dimension: str) -> str:
    """Where hardly any value stands on both sides."""
    return (
        f"Hardly any contact before has {_article(dimension_name(dimension))} of now, so this cannot be told from whatever else "
        "changed between the two periods."
    )


def within_them(names: Sequence[str]) -> str:
    """Narrower names of a part of what was named."""
    return f"Within these stand out: {joined(list(names))}."


def nothing_stands_out(dimensions: Sequence[str], looked_at: int, sides: tuple[str, str] = NOW_AND_BEFORE) -> str:
    names = joined([dimension_name(each) for each in dimensions])
    values = plural(looked_at, "value was", "values were")
    return f"No single value of {names} stands out ({values} looked at): the {_what(sides)} is spread over them."


def no_change_to_explain(sides: tuple[str, str] = NOW_AND_BEFORE) -> str:
    return f"There is no significant {_what(sides)} to explain. The tables below show how the figures are made up."


def models_alike() -> str:
    return "AI models do not differ significantly in this change, so none is named."


def models_shown(
    measure: str,
    *,
    moved: str,
    shares: tuple[float, float],
    contacts: tuple[int, int],
    has_enough: bool,
    compared: Sequence[tuple[str, tuple[float, float]]],
    alike: Sequence[tuple[str, tuple[float, float]]],
    is_moved_alike: bool,
    sides: tuple[str, str] = NOW_AND_BEFORE,
) -> str:
    """Whose share grew most, and whether the outcome went the same way with others.

    ``compared``: models with enough contacts on both sides; ``alike``: those of which the outcome went significantly the way of
    the change.
    """
    is_time = sides == NOW_AND_BEFORE
    held = [percent(share, 0) if number else "none" for share, number in zip(shares, contacts, strict=True)]
    of_these = " of these contacts" if is_time else ""
    where = ("before", "now") if is_time else (f"of {sides[0]}", f"of {sides[1]}")
    named = [f"{name} ({_pair(measure, each)})" for name, each in alike[-_MODELS:]]
    rose = bool(alike) and alike[-1][1][1] > alike[-1][1][0]
    verb = ("rose" if rose else "fell") if is_time else f"are {'higher' if rose else 'lower'} in {sides[1]}"
    said = f"{moved} answered {held[0]}{of_these} {where[0]} and {held[1]} {where[1]}"
    if not has_enough:
        why = "" if 0 in contacts else ", too few on one side to compare"
        others = f" {capital(MEASURES[measure])} {verb} with {joined(named)} as well." if named else ""
        return f"{said}{why}, so the model and the {_what(sides)} cannot be told apart.{others}"
    if len(named) > 1 and is_moved_alike:
        what = "change" if is_time else "difference"
        return (
            f"{said}; {MEASURES[measure]} {verb} with {joined(named[:-1])} as well as with {named[-1]}, so the {what} of model "
            "does not explain it."
        )
    pairs = [(name, _values(measure, *each)) for name, each in compared[:_MODELS]]
    if is_time:
        went = f" went {joined([f'from {first} to {second} with {name}' for name, (first, second) in pairs])}"
    else:
        there = [f"{first} in {sides[0]} and {second} in {sides[1]} with {name}" for name, (first, second) in pairs]
        went = f": {'; '.join(there)}"
    return f"{said}; {MEASURES[measure]}{went}. {models_alike()}"


def began_sentence(
    measure: str, days: tuple[date, date], between: tuple[date, date], levels: tuple[float, float]
) -> str:
    """``It began in the week of 4–10 Aug 2026 (95% confidence interval: 28 Jul – 10 Aug 2026): 36% a week before, 57% since.``"""
    before, after = _values(measure, *levels)
    return f"It began in the week of {span(*days)} (95% confidence interval: {span(*between)}): {before} before, {after} since."


def no_week(reason: str) -> str:
    return {
        "gradual": "It came gradually: a steady line fits the weeks better than a step, so no week is named.",
        "none": "No single week stands out as the one in which it began.",
        "short": "Too few weeks to tell when it began.",
    }[reason]


def events_then(events: Sequence[tuple[date, str]]) -> str:
    """Events of the days in which it may have begun; that they are the reason is not said."""
    named = joined([f"{clipped(label, 80)} ({day_words(day)})" for day, label in events])
    return f"In those days: {named}. That it fell together does not say that it was the reason."


def moved_sentence(
    name: str,
    means: tuple[float, float],
    change: tuple[float, float],
    *,
    q: float,
    currency: str,
    sides: tuple[str, str] = NOW_AND_BEFORE,
) -> str:
    """``Handoffs without a summary: 31% now, 12% before (+14 to +24 points, q < 0.001).``"""
    words, unit = _BESIDE[name]
    before, after = means
    lower, upper = change
    if unit in ("share", "points"):
        first, second = percents(before, after) if unit == "share" else (points(before), points(after))
        size = f"{signed(100 * lower, 1)} to {signed(100 * upper, 1)} points"
    elif unit == "money":
        first, second = money(1000 * before, currency), money(1000 * after, currency)
        size = f"{signed(1000 * lower, 0)} to {signed(1000 * upper, 0)}"
    else:
        first, second = duration(before), duration(after)
        size = f"{signed(lower, 0)} to {signed(upper, 0)}\u202fs"
    both = (
        f"{second} now, {first} before" if sides == NOW_AND_BEFORE else f"{first} in {sides[0]}, {second} in {sides[1]}"
    )
    return f"{capital(words)}: {both} ({size}, {q_words(q)})."


def nothing_moved(compared: int, sides: tuple[str, str] = NOW_AND_BEFORE) -> str:
    verb = "moved" if sides == NOW_AND_BEFORE else "differs"
    if not compared:
        return "Nothing else could be compared: handoffs, promises and confidence have too few contacts here."
    were = plural(compared, "figure was", "figures were")
    return f"Nothing else {verb} significantly ({were} compared: handoffs, promises, confidence, cost)."


def percent_of(contacts: int, of: int) -> str:
    return percent(contacts / of, 1) if of else MISSING


def too_few(measure: str, min_n: int) -> str:
    return f"Too few contacts with {MEASURES[measure]} to take a change apart: fewer than {min_n} on a side."


def _from_to(measure: str, means: tuple[float, float], sides: tuple[str, str]) -> str:
    before, after = _values(measure, *means)
    if sides != NOW_AND_BEFORE:
        return f"{MEASURES[measure]}: {before} in {sides[0]}, {after} in {sides[1]}"
    return f"{MEASURES[measure]} {'rose' if means[1] > means[0] else 'fell'} from {before} to {after}"


def _pair(measure: str, means: tuple[float, float]) -> str:
    return " to ".join(_values(measure, *means))


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _values(measure: str, before: float, after: float) -> tuple[str, str]:
    if measure in ("repeat", "false_resolution"):
        return percents(before, after)
    return value_words(measure, before), value_words(measure, after)


def parts_sentence() -> str:
    return (
        "Each line splits the whole in its own way: some contacts are more or less frequent, or the same contacts go better or worse. "
        "On each line the two add up to the whole."
    )


#: Why the figures of a verdict and of its parts are not the same.
FIXED_MIX = "The verdict compares at a fixed mix of issues; here every contact counts, so that the parts add up."


def models_sentence(first: str | None, last: str | None) -> str:
    """Which model answered most at the beginning and at the end of the weeks."""
    names = [value_name("ai_model", each, "") if each else "no AI model" for each in (first, last)]
    if names[0] == names[1]:
        return f"{capital(names[0])} answered most contacts from the first week to the last."
    return f"{capital(names[0])} answered most contacts in the first of these weeks, {names[1]} in the last."


def words_sentence(words: Sequence[tuple[str, tuple[int, int], tuple[int, int]]]) -> str:
    """``“credit” (31% of those who came back, 9% before), “again” …``; each word with its customers now and before."""
    said = [
        f"“{clipped(word, 30)}” ({percent(now[0] / now[1], 0)}, {percent(before[0] / before[1], 0)} before)"
        for word, now, before in words
        if now[1] and before[1]
    ]
    return (
        f"Said significantly more often: {joined(said)}. Shares of the customers who came back and said anything; redacted words of "
        "at least 10 customers."
    )


def more_values(number: int) -> str:
    """The line of the values that a table does not list."""
    return plural(number, "more value")

"""Sentences of the weekly report alone: what is new, what it costs for certain, what to do, and why an earlier week is judged."""

from collections.abc import Sequence
from datetime import date

from dashboards.wording.dates import day_words
from dashboards.wording.numbers import count, joined, money, percent, plural, signed
from dashboards.wording.texts import capital, clipped

_THINGS = {"repeat": "repeat contact", "complaint": "complaint"}

#: Metric number → its definition in one or two sentences: the footnotes of the PDF.
FOOTNOTES = {
    "M2": "The same customer starts another eligible contact (inbound, served, customer known) within 30 days after this one ended, whatever the issue.",
    "M5": "Claimed: recorded as resolved. Judged by outcomes: no repeat contact, no linked complaint and no reopened case within 30 days. A false resolution is a claim that the outcome contradicts.",
    "M7": "The share of survey ratings of 1 or 2 (of 5); without surveys the share of conversations whose last customer turns a text model scores −0.25 or below.",
    "M8": "Complaints received in the week per 1,000 eligible contacts, with an exact Poisson interval; of a part of the contacts only complaints linked to one.",
    "M9": "Mean confidence that the AI states minus the share of its claims that were right; above 0 is overconfident.",
    "M11": "A handoff is complete if summary, transcript, results of tools and an honest account reached the human, as far as recorded.",
    "M12": "Promises matched to the event that keeps them. Broken: due date and grace period have passed. Shares are of promises with a known result.",
    "M16": "A usual figure (handle time, claimed resolution, containment) improves while an outcome worsens, against the weeks before, at the same mix of issues, q at most 0.05 over all segments. It says what changed, not why.",
    "M19": "AI-only contacts in which the customer asked for a human and got none, hung up unresolved, or was misunderstood three times or more.",
    "Interval": "95% confidence interval: widened where one customer makes several contacts. Too few contacts: no rate.",
}


def why_an_earlier_week(judged: str, shown: str, known_from: date) -> str:
    """Why a report of one week speaks of the outcomes of another (spans of days)."""
    return (
        f"Why {judged}: a contact is judged by the 30 days after it, and this is the latest week that has had them. "
        f"Outcomes of {shown} are known from {day_words(known_from)}."
    )


def no_week_judged(reason: str) -> str:
    return f"No week can be judged by its outcomes yet: {reason}."


# What is new


def new_finding(sentence: str) -> str:
    return f"New: {sentence}"


def new_in_short(name: str, briefly: str, overlap: str) -> str:
    """A new finding whose figures stand elsewhere, with what it shares with another one."""
    return " ".join(filter(None, (f"New: {name}: {briefly}.", overlap)))


NO_NUMBER_CHANGED = "None of the five numbers changed significantly from the week before."


def more_new(number: int) -> str:
    return f"{plural(number, 'more finding is', 'more findings are')} new."


def no_longer(names: Sequence[str]) -> str:
    """``No longer diverging: contacts in region North; …``; empty for none."""
    return f"No longer diverging: {'; '.join(names)}." if names else ""


def number_changed(name: str, change: str) -> str:
    return f"{name}: {change}."


def nothing_new(diverging: int, since: str, *, compared: bool) -> str:
    """One sentence for a week without news. ``compared``: with a snapshot of a week ago, of ``since``."""
    numbers = "none of the five numbers changed significantly from the week before"
    if not compared:
        return f"Nothing new in the numbers: {numbers}."
    if not diverging:
        return f"Nothing new: as on {since} no segment diverges, and {numbers}."
    same = "the same segment diverges" if diverging == 1 else f"the same {diverging} segments diverge"
    return f"Nothing new: {same} as on {since}, and {numbers}."


def still(sentence: str) -> str:
    return f"Still: {sentence}"


def nothing_wrong(*, has_targets: bool) -> str:
    targets = ", no target is missed" if has_targets else ""
    return f"Nothing new and nothing wrong: no segment diverges{targets}, and no number got significantly worse."


NO_PRIOR = "No snapshot of a week ago is kept, so it cannot be said which findings are new; numbers are compared with the week before."


def compared_with(when: str) -> str:
    return f"Findings are compared with the snapshot of {when}, numbers with the week before."


def subject(name: str, week: str, news: str) -> str:
    return f"{name}, {week}: {news}"


NOTHING_NEW, NOT_JUDGED = "nothing new", "outcomes are not known yet"


def subject_missed(number: int) -> str:
    return plural(number, "number misses its target", "numbers miss their targets")


def subject_finding(name: str, briefly: str, *, is_new: bool, more: int) -> str:
    """``new: AI-led billing contacts: handle time fell and false resolutions rose (and 2 more findings)``."""
    rest = f" (and {plural(more, 'more finding')})" if more else ""
    return f"{'new: ' if is_new else ''}{clipped(name, 90)}: {briefly}{rest}"


def subject_numbers(names: Sequence[str]) -> str:
    return f"worse than the week before: {joined([name[:1].lower() + name[1:] for name in names])}"


# What it costs


def certain_cost(
    measure: str,
    number: float,
    price: float,
    *,
    amount: float,
    lower: float,
    upper: float,
    currency: str,
) -> str:
    """``Certain: 51 more repeat contacts × USD 7 = USD 354 (95% confidence interval USD 153 to USD 556).``"""
    what = f"{_number(abs(number))} {'more' if number > 0 else 'fewer'} {_thing(measure, abs(number))}"
    saved = "" if amount >= 0 else " saved"
    low, high = (lower, upper) if amount >= 0 else (-upper, -lower)
    span = f"95% confidence interval {money(low, currency)} to {money(high, currency)}"
    return f"{what} × {_price(price, currency)} = {money(abs(amount), currency)}{saved} ({span})"


def uncertain_cost(
    measure: str, number: float, *, lower: float, upper: float, low: float, high: float, contacts: int, currency: str
) -> str:
    """What may be chance: bounds of the money, and why nothing can be said."""
    return (
        f"{_THINGS[measure]}s, {money(low, currency)} to {money(high, currency)} (95% confidence interval): a change of "
        f"{signed(number, 1)} ({signed(lower, 1)} to {signed(upper, 1)}) among {plural(contacts, 'contact')} may be chance"
    )


def unpriced(measure: str, number: float, lower: float, upper: float) -> str:
    """A change that is certain and has no price: ``51 more repeat contacts (22 to 79)``."""
    more = "more" if number > 0 else "fewer"
    low, high = (lower, upper) if number > 0 else (-upper, -lower)
    return f"{_number(abs(number))} {more} {_thing(measure, abs(number))} ({_number(low)} to {_number(high)}); no price is configured"


def _number(value: float) -> str:
    """A number of contacts: whole, and below ten with a decimal."""
    return f"{value:.1f}" if abs(value) < 10 else count(round(value))


def _thing(measure: str, number: float) -> str:
    return _THINGS[measure] if _number(number) == "1.0" else f"{_THINGS[measure]}s"


def _price(price: float, currency: str) -> str:
    return f"{currency}\u00a0{price:,.0f}" if price == round(price) else f"{currency}\u00a0{price:,.2f}"


def how_sure(changes: str, q: float | None) -> str:
    """The changes with their intervals, and how many of such findings would be chance (the q of M16)."""
    if q is None:
        return changes
    share = "fewer than 1 in 1,000" if q < 0.001 else f"at most {percent(q)}"
    return f"{changes}; 95% confidence intervals. {share[:1].upper()}{share[1:]} of such findings would be chance."


def affected(contacts: int, customers: int) -> str:
    return f"{plural(customers, 'customer')}, {plural(contacts, 'contact')}"


# What to do


def start_with(cause: str) -> str:
    return f"Start with {cause}: without them the divergence disappears."


def change_threshold(saving: str, contacts: str = "") -> str:
    about = f" ({contacts})" if contacts else ""
    return f"Change when the AI hands over{about}. {saving}"


def do_not_trust(stated: str) -> str:
    return f"Do not let the AI decide by its stated confidence alone. {stated}"


def read_cases(name: str, customers: int) -> str:
    return f"Read the flagged cases of {name} ({plural(customers, 'customer')}) and find out what changed."


def promise_less(ai: float, agents: float) -> str:
    return f"Let the AI promise only what somebody fulfils: {percent(ai)} of its promises are broken, {percent(agents)} of the agents'."


def is_within(share: float, other: str) -> str:
    """A finding that may be another one seen from afar."""
    return f"{percent(share, 0)} of these contacts are also {other}: the same trouble may stand behind both."


def may_come_from(share: float, other: str) -> str:
    return f"It holds {percent(share, 0)} of {other}: solve that one first and see what is left."


def better_than_it_looks(sentence: str) -> str:
    return f"Better than it looks: {sentence}"


# Reports that were written

NO_REPORTS = "No report has been written yet."
HOW_TO_REPORT = "`aftercall report --config FILE` writes one, and so does Monday's job."


def latest_report(week: str, days: str) -> str:
    return f"The latest report is of {week}, {days}."


# What is of a part of the contacts


def part_title(name: str, part: str) -> str:
    return f"{name}, {part}"


NO_PARTS = "Nothing mailed of parts of the contacts: this snapshot holds no contacts."


def too_small(part: str, contacts: int, least: int) -> str:
    return f"{part}: {plural(contacts, 'contact')} in this snapshot, and a rate needs {least}; check the spelling of [[subscriptions]] segment"


def only_of(part: str) -> str:
    return f"{capital(part)} only: every number and interval is of these contacts; targets are those of the operation."

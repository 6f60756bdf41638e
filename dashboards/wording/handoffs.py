"""Handoffs (M11), promises (M12) and failed containment (M19) in sentences."""

from collections.abc import Sequence

from dashboards.wording.numbers import count, duration, joined, percent, percent_range, rests_on
from dashboards.wording.texts import capital

UNKNOWN_HANDOFFS = "Too few handoffs record what reached the human."
NO_PROMISES = "No promise with a known result."


def handoffs_headline(complete: float | None, repeated: float | None) -> str:
    """``23.0% of handoffs reach the human complete; after 25.0% the customer has to repeat themselves.``"""
    parts = [] if complete is None else [f"{percent(complete)} of handoffs reach the human complete"]
    parts += [] if repeated is None else [f"after {percent(repeated)} the customer has to repeat themselves"]
    return f"{capital('; '.join(parts))}." if parts else "No figures on handoffs for these contacts"


def rarest_part(part: str, words: str) -> str:
    return f"The part that reaches the human least often is the {part}: {words}."


def waits(median: float, p90: float, handoffs: int) -> str:
    return (
        f"Half of the customers reached a human within {duration(median)}, 90% within {duration(p90)} "
        f"({rests_on(handoffs)} handoffs)."
    )


def half_within(median: float) -> str:
    return f"Half of the customers reached a human within {duration(median)}."


def stuck(share: str, *, unseen: float | None, hung_up: str) -> str:
    """``share`` and ``hung_up`` in words; ``unseen``: share of contacts in which no sign can be seen."""
    parts = [f"The customer was stuck with the AI in {share} of contacts that the AI led alone."]
    if unseen:
        parts.append(f"In {percent(unseen)} of them no sign can be observed.")
    if hung_up:
        parts.append(
            "This is a lower bound: hanging up counts only where the record says that nothing was resolved. Regardless of "
            f"the claim, the customer hung up in {hung_up}."
        )
    return " ".join(parts)


def promises_kept(
    n: int, *, on_time: float, late: float, broken: float, lower: float | None, upper: float | None
) -> str:
    """``Of 1,000 promises with a known result, 62.0% were kept on time, 8.0% late and 30.0% broken (28.0–32.0%).``"""
    span = "" if lower is None or upper is None else f" ({percent_range(lower, upper)})"
    return (
        f"Of {count(n)} promises with a known result, {percent(on_time)} were kept on time, {percent(late)} late and "
        f"{percent(broken)} broken{span}."
    )


def broken_by_maker(makers: Sequence[tuple[str, float]]) -> str:
    """``Broken: 42.0% of promises by the AI and 22.0% of promises by agents.``; empty for none."""
    named = [f"{percent(value)} of promises {maker}" for maker, value in makers]
    return f"Broken: {joined(named)}." if named else ""


def unverifiable(share: float, n: int) -> str:
    return f"{percent(share)} of all {count(n)} promises cannot be verified and are not included."

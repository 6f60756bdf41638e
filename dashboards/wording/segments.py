"""Names of segments as people say them: ``AI-led billing contacts in Spanish``."""

from collections.abc import Sequence

from dashboards.wording.labels import NO_VALUE, dimension_words, mode_in_sentence, shown_value, value_in_sentence
from dashboards.wording.texts import clipped

#: Dimensions that stand before the noun, in this order.
_BEFORE = ("mode", "channel", "workflow")
#: Dimension → how its value follows the noun.
_AFTER = {
    "issue": "about {}",
    "product": "about {}",
    "queue": "in queue {}",
    "region": "in region {}",
    "language": "in {}",
    "ai_model": "with AI model {}",
    "trigger": "handed over for {}",
    "kind": "with a promise of {}",
}


def segment_words(parts: Sequence[tuple[str, str]]) -> str:
    """The contacts of ``parts`` ((dimension, value); ``null`` where it has none) within a sentence; a plural.

    Text that names no dimension stands as it is. ``all contacts`` for none.
    """
    if not parts:
        return "all contacts"
    if len(parts) == 1 and not parts[0][0]:
        return clipped(parts[0][1])
    known = {name: value for name, value in parts if value != NO_VALUE}
    noun = "claims" if "claim_type" in known else "contacts"
    before = [_before(name, known[name]) for name in (*_BEFORE, "claim_type") if name in known]
    after = [_after(name, value) for name, value in parts if name in known and name not in (*_BEFORE, "claim_type")]
    missing = [f"without a recorded {dimension_words(name)}" for name, value in parts if value == NO_VALUE]
    return " ".join([*before, noun, *after, *missing])


def _before(name: str, value: str) -> str:
    return mode_in_sentence(value) if name == "mode" else clipped(value_in_sentence(name, value))


def _after(name: str, value: str) -> str:
    if name == "hour_of_day":
        return f"at {int(value):02d}:00" if value.isdecimal() and len(value) <= 2 else f"at hour {clipped(value)}"
    if name == "made_by":
        return {"ai": "with a promise by the AI", "agent": "with a promise by an agent"}.get(value, clipped(value))
    shown = shown_value(name, value) if name in ("region", "language") else value_in_sentence(name, value)
    return _AFTER.get(name, f"with {dimension_words(name)} {{}}").format(clipped(shown) or "(blank)")

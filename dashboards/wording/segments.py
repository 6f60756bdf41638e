"""Names of segments as people say them: ``AI-led billing contacts in Spanish``."""

from collections.abc import Sequence

from dashboards.wording.labels import NO_VALUE, dimension_words, mode_in_sentence, shown_value, value_in_sentence
from dashboards.wording.texts import clipped

#: Values of one dimension that are named.
_NAMED = 3
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

    Of a dimension that stands there several times, contacts have any of the values.
    Text that names no dimension stands as it is. ``all contacts`` for none.
    """
    if not parts:
        return "all contacts"
    if len(parts) == 1 and not parts[0][0]:
        return clipped(parts[0][1])
    known: dict[str, list[str]] = {}
    for name, value in parts:
        known.setdefault(name, []).append(value)
    noun = "claims" if "claim_type" in known else "contacts"
    first = [name for name in (*_BEFORE, "claim_type") if name in known and NO_VALUE not in known[name]]
    before = [_either([_before(name, value) for value in known[name]]) for name in first]
    after = [_after(name, values) for name, values in known.items() if name not in first and values != [NO_VALUE]]
    missing = [f"without a recorded {dimension_words(name)}" for name, values in known.items() if values == [NO_VALUE]]
    return " ".join([*before, noun, *after, *missing])


def _either(names: Sequence[str]) -> str:
    """``a``, ``a or b``, ``a, b or 4 more``."""
    shown = [*names[:_NAMED], *([f"{len(names) - _NAMED} more"] if len(names) > _NAMED else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _before(name: str, value: str) -> str:
    return mode_in_sentence(value) if name == "mode" else clipped(value_in_sentence(name, value))


def _after(name: str, values: Sequence[str]) -> str:
    """What follows the noun; of several values the last may be that none is recorded."""
    given = [value for value in values if value != NO_VALUE]
    if name in ("hour_of_day", "made_by"):
        said = _either([_own_way(name, value) for value in given])
    else:
        said = _AFTER.get(name, f"with {dimension_words(name)} {{}}").format(_either([_shown(name, v) for v in given]))
    return said if len(given) == len(values) else f"{said} or without a recorded {dimension_words(name)}"


def _shown(name: str, value: str) -> str:
    shown = shown_value(name, value) if name in ("region", "language") else value_in_sentence(name, value)
    return clipped(shown) or "(blank)"


def _own_way(name: str, value: str) -> str:
    if name == "hour_of_day":
        return f"at {int(value):02d}:00" if value.isdecimal() and len(value) <= 2 else f"at hour {clipped(value)}"
    return {"ai": "with a promise by the AI", "agent": "with a promise by an agent"}.get(value, clipped(value))

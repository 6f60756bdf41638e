"""Sentences of case flags as a night published them: modes and days inside them as people read them.

For flags alone, whose table still carries its own sentences; gone when flags carry fields like every other table.
"""

import re

from dashboards.wording.dates import describe_days
from dashboards.wording.labels import mode_name, shown_value
from dashboards.wording.texts import clipped

#: Text of data longer than this is cut: no sentence of ours comes near it.
_LONGEST_TEXT = 1_500
_RAW_MODE = re.compile(r"\b[Mm]ode (ai_primary|human_primary|joint|null)\b")
_RAW_DAYS = re.compile(r"\b\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d\b")


def said(sentence: str) -> str:
    """A published sentence as people read it: modes by their names, days as dates, and cut where data made it endless."""
    dated = _RAW_DAYS.sub(lambda found: describe_days(found[0]), sentence)
    return clipped(with_mode_names(dated), _LONGEST_TEXT)


def with_mode_names(text: str) -> str:
    """``AI-led with queue billing`` for ``Mode ai_primary with queue billing``."""
    return _RAW_MODE.sub(lambda found: mode_name(None if found[1] == "null" else found[1]), text)


def shown_in_quotes(sentence: str, dimension: str, value: str | None) -> str:
    """A published sentence that quotes the key of ``value``, with its spelling instead."""
    if not value:
        return sentence
    return sentence.replace(f'"{value}"', f'"{shown_value(dimension, value)}"', 1)

"""A segment as it is written in an address: a JSON object of dimensions and values, read with no trust in its text."""

import json

from dashboards.components.view import AddressError
from pipelines.contract import SEGMENT_DIMENSIONS


def written_segment(text: str) -> dict[str, str]:
    """Dimension → value. Raises AddressError for what is no segment, or names a dimension that contacts are not cut by."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) and _is_text(value) for value in found.values()):
        raise AddressError("The segment is not a JSON object of dimensions and values.")
    unknown = [name for name in found if name not in SEGMENT_DIMENSIONS]
    if unknown:
        raise AddressError(
            f"Contacts are not cut by {unknown[0][:60].replace('_', ' ')}; a segment may name {', '.join(SEGMENT_DIMENSIONS)}."
        )
    return found


def _is_text(value: str) -> bool:
    """Whether it can be looked for: half a character, as JSON may write one, stands nowhere."""
    return value.encode("utf-8", "ignore").decode() == value

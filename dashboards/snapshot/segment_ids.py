"""Segments as they stand in a path: an id of plain letters that names the segment and tells it from all others."""

import hashlib
import json
import re

from dashboards.snapshot.groups import Group

#: Digits of the hash: of a million segments, two share 48 bits once in five hundred snapshots.
_DIGITS = 12
_LONGEST_SLUG = 40
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_ID = re.compile(rf"(?:[a-z0-9-]*-)?([0-9a-f]{{{_DIGITS}}})")


def segment_id(group: Group) -> str:
    """``billing-ai-primary-3fa9c2d41b07``: the values for people, the hash of all names and values for the look-up.

    >>> segment_id(Group((("queue", "billing"),)))
    'billing-ae1b4b4ea2c1'
    """
    slug = _NOT_PLAIN.sub("-", " ".join(value for _, value in group.parts).lower())[:_LONGEST_SLUG].strip("-")
    text = json.dumps(group.parts, ensure_ascii=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
    return f"{slug}-{digest}" if slug else digest


def id_hash(text: str) -> str | None:
    """What tells the segment in an id, whatever its words; None for any other text."""
    found = _ID.fullmatch(text)
    return found.group(1) if found else None

"""Ids of segments in addresses: plain letters, one a segment, whatever a value holds."""

import re

from hypothesis import given
from hypothesis import strategies as st

from dashboards.snapshot.groups import Group
from dashboards.snapshot.segment_ids import id_hash, segment_id

parts = st.lists(st.tuples(st.text(max_size=30), st.text(max_size=60)), max_size=3).map(tuple)


@given(parts, parts)
def test_ids_are_plain_and_tell_segments_apart(
    one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]
) -> None:
    found = segment_id(Group(one))
    assert re.fullmatch(r"[a-z0-9-]{12,60}", found)
    assert id_hash(found) == found[-12:]
    assert (found[-12:] == segment_id(Group(other))[-12:]) == (one == other)


def test_words_of_the_id_are_for_people_alone() -> None:
    group = Group((("mode", "ai_primary"), ("queue", "Über/Süd ../..")))
    found = segment_id(group)
    assert found.startswith("ai-primary-ber-s-d-")
    assert id_hash(f"anything-{found[-12:]}") == found[-12:] == id_hash(found[-12:])


def test_what_is_no_id() -> None:
    assert [
        id_hash(each) for each in ("", "billing", "../../x", "A" * 12, "0" * 13, "<script>", "x-0123456789ab/")
    ] == [None] * 7

"""Gates of the input at their bounds: shares of a source's records and of a column's values."""

import pytest
from builders.landed import Landed

START = "2026-01-05T10:00:00Z"


def _night(landing: Landed, name: str, records: int, *, bad_starts: int = 0, bad_seconds: int = 0) -> None:
    rows = [
        f"{name}{n},{'soon' if n < bad_starts else START},{'n/k' if bad_starts <= n < bad_starts + bad_seconds else 60}"
        for n in range(records)
    ]
    landing.put(f"in/{name}.csv", "\n".join(["contact_id,started_at,handle_seconds", *rows, ""]))


@pytest.mark.parametrize(
    ("files", "is_blocked"),
    [
        ([(100, 5)], False),  # 5% is not more than 5%
        ([(100, 6)], True),
        ([(99, 99)], False),  # too small a source to judge
        ([(50, 10), (51, 0)], True),  # the share is the source's, not a file's
    ],
)
def test_quarantined_records(landing: Landed, files: list[tuple[int, int]], is_blocked: bool) -> None:
    landing.source("in/*.csv")
    for number, (records, bad) in enumerate(files):
        _night(landing, f"f{number}", records, bad_starts=bad)
    landing.night()
    assert ["records quarantined" in notice for notice in landing.notices] == [True] * is_blocked


@pytest.mark.parametrize(
    ("records", "bad", "is_blocked"), [(20, 1, False), (20, 2, True), (19, 19, False), (40, 2, False), (40, 3, True)]
)
def test_values_left_out(landing: Landed, records: int, bad: int, is_blocked: bool) -> None:
    landing.source("in/*.csv")
    _night(landing, "f", records, bad_seconds=bad)
    landing.night()
    assert ["values of contacts.handle_seconds left out" in notice for notice in landing.notices] == [True] * is_blocked


def test_a_corrected_delivery_ends_a_gate(landing: Landed) -> None:
    landing.source("in/*.csv")
    _night(landing, "f", 40, bad_seconds=20)
    landing.night()
    assert len(landing.notices) == 1
    _night(landing, "f", 40)
    landing.night()
    assert landing.notices == []


def test_misspelt_columns_are_named_with_the_nearest_known_name(landing: Landed) -> None:
    landing.source("in.csv", name="calls")
    landing.put("in.csv", f"contact_id,started_at,custmer_id\nc,{START},u\n")
    landing.night()
    assert landing.notices == ["source calls: column custmer_id of in.csv is not read; did you mean customer_id?"]
    assert landing.query("select unknown_columns from ingest_ledger") == [{"unknown_columns": "custmer_id"}]

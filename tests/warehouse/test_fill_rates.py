"""How much of each column a source fills, by week: of the records that count, counted by hand."""

from datetime import date
from pathlib import Path

from builders.landed import Landed

from pipelines.warehouse.fill_rates import WEEKS, write_fill_rates

CONTACTS = """contact_id,started_at,queue,channel,updated_at,deleted_at
a,2026-06-01T05:00:00Z,q1,voice,,
b,2026-06-02T10:00:00Z,,voice,,
c,2026-06-09T10:00:00Z,q1,,2026-06-10T00:00:00Z,
c,2026-06-09T10:00:00Z,,voice,2026-06-11T00:00:00Z,
d,2026-06-10T10:00:00Z,q2,voice,,2026-06-11T00:00:00Z
"""


def rates(landed: Landed, zone: str, column: str) -> dict[date, tuple[int, int]]:
    write_fill_rates(landed.connection, landed.settings().filled_tables, zone)
    rows = landed.query(
        "select week, records, filled from fill_rates where column_name = $column order by week", {"column": column}
    )
    return {row["week"]: (row["records"], row["filled"]) for row in rows}


def test_only_records_that_count_are_counted_in_weeks_of_the_business_time_zone(tmp_path: Path) -> None:
    landed = Landed(tmp_path).source("in/*.csv", name="calls")
    landed.put("in/a.csv", CONTACTS)
    landed.night()
    first, second = date(2026, 6, 1), date(2026, 6, 8)
    # The later version of c counts, without a queue; d was withdrawn.
    assert rates(landed, "UTC", "queue") == {first: (2, 1), second: (1, 0)}
    assert rates(landed, "UTC", "channel") == {first: (2, 2), second: (1, 1)}
    # 1 June, 05:00 UTC is still Sunday in Los Angeles.
    assert rates(landed, "America/Los_Angeles", "queue") == {
        date(2026, 5, 25): (1, 1),
        first: (1, 0),
        second: (1, 0),
    }
    assert rates(landed, "UTC", "agent_id") == {}, "never filled"
    assert rates(landed, "UTC", "contact_id") == {}, "a key is always filled"
    assert landed.query("select distinct source, table_name from fill_rates") == [
        {"source": "calls", "table_name": "contacts"}
    ]


def test_records_without_a_time_belong_to_their_delivery_and_old_weeks_go(tmp_path: Path) -> None:
    landed = Landed(tmp_path).source("ids/*.csv", "identities", delivered_at=r"ids/(?P<delivered>[0-9-]+)")
    landed.source("in/*.csv")
    landed.put("ids/2026-06-03.csv", "customer_id,alias,kind\nk,+12025550143,phone\n")
    weeks = "".join(f"c{week},{date.fromordinal(738000 + 7 * week)}T10:00:00Z,q\n" for week in range(WEEKS + 5))
    landed.put("in/a.csv", "contact_id,started_at,queue\n" + weeks)
    landed.night()
    assert rates(landed, "UTC", "kind") == {date(2026, 6, 1): (1, 1)}
    assert len(rates(landed, "UTC", "queue")) == WEEKS

"""Written instants → UTC: every spelling that is read, those that are not, and how day and month are told apart."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import duckdb
import pytest
from builders.examples import examples
from builders.landed import Landed, naive_utc
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.warehouse import instants
from pipelines.warehouse.instants import (
    SuspiciousOrder,
    Zones,
    decide_orders,
    suspicious_orders,
    within_bounds,
    written_date,
    written_instant,
)

NEW_YORK_AND_INDIA = Zones(source="America/New_York", business="Asia/Kolkata")


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    return connection


def _read(value: str, order: str = "", zones: Zones = NEW_YORK_AND_INDIA, formats: tuple[str, ...] = ()) -> str | None:
    read = written_instant("v", f"'{order}'", zones, formats)
    sql = f"select {within_bounds('r')} from (select {read} as r from (select $v::varchar as v))"
    row = _connection().execute(sql, {"v": value}).fetchone()
    return None if row is None or row[0] is None else row[0].isoformat(sep=" ")


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        # An offset is obeyed: UTC = local − offset.
        ("2026-01-05T10:20:30+02:00", "2026-01-05 08:20:30"),
        ("2026-01-05T10:20:30+05", "2026-01-05 05:20:30"),
        ("2026-01-05T10:20:30-0330", "2026-01-05 13:50:30"),
        ("2026-01-05 10:20:30 +0530", "2026-01-05 04:50:30"),
        ("2026-01-05T10:20:30 -05:00", "2026-01-05 15:20:30"),
        ("2026-01-05T23:59:59-12:00", "2026-01-06 11:59:59"),
        ("2026-01-05T00:00:00+14:00", "2026-01-04 10:00:00"),
        ("2026-01-05T10:20:30Z", "2026-01-05 10:20:30"),
        ("2026-01-05t10:20:30z", "2026-01-05 10:20:30"),
        ("2026-01-05 10:20:30 UTC", "2026-01-05 10:20:30"),
        ("2026-01-05 10:20:30GMT", "2026-01-05 10:20:30"),
        # Without seconds.
        ("2026-01-05T10:20Z", "2026-01-05 10:20:00"),
        ("2026-01-05T10:20+05:30", "2026-01-05 04:50:00"),
        ("2026-01-05 10:20 -0500", "2026-01-05 15:20:00"),
        # Fractions, with a point or a comma; what a microsecond cannot hold is cut.
        ("2026-01-05T10:20:30.1Z", "2026-01-05 10:20:30.100000"),
        ("2026-01-05T10:20:30,5Z", "2026-01-05 10:20:30.500000"),
        ("2026-01-05T10:20:30.123456789Z", "2026-01-05 10:20:30.123456"),
        ("20260105T102030Z", "2026-01-05 10:20:30"),
        # Other years in front: slashes and points, no separators at all, an hour alone; 12-hour clocks.
        ("2026/01/05", "2026-01-05 18:29:59.999999"),
        ("2026/1/5 10:20:30", "2026-01-05 15:20:30"),
        ("2026.01.05 10:20", "2026-01-05 15:20:00"),
        ("20260105", "2026-01-05 18:29:59.999999"),
        ("20260105102030", "2026-01-05 15:20:30"),
        ("20260105T1020", "2026-01-05 15:20:00"),
        ("20260105T102030.25+0200", "2026-01-05 08:20:30.250000"),
        ("2026-01-05T10", "2026-01-05 15:00:00"),
        ("2026-01-05T10Z", "2026-01-05 10:00:00"),
        ("2026-01-05 10:20 AM", "2026-01-05 15:20:00"),
        ("2026-01-05 12:20:30 a.m.", "2026-01-05 05:20:30"),
        ("2026-01-05 12:20:30 PM", "2026-01-05 17:20:30"),
        ("2026-01-05T10:20:30.5 PM +0200", "2026-01-05 20:20:30.500000"),
        ("2026-01-05, 10:20:30\u202fPM", "2026-01-06 03:20:30"),  # as browsers write it
        ("2026-01-05T10:20:30+01:00[Europe/Paris]", "2026-01-05 09:20:30"),
        # Without an offset: New York is UTC − 5 in January, UTC − 4 in July.
        ("2026-01-05 10:20", "2026-01-05 15:20:00"),
        ("2026-1-5 9:20", "2026-01-05 14:20:00"),
        ("2026-07-05 10:20:30", "2026-07-05 14:20:30"),
        ("2026-01-05T10:20:30,123456", "2026-01-05 15:20:30.123456"),
        ("2026-01-05T24:00:00", "2026-01-06 05:00:00"),
        # The clocks skip from 02:00 EST to 03:00 EDT: 02:30 is read with the offset before the gap, 02:30 + 5 h.
        ("2026-03-08 01:59:59", "2026-03-08 06:59:59"),
        ("2026-03-08 02:30:00", "2026-03-08 07:30:00"),
        ("2026-03-08 03:00:00", "2026-03-08 07:00:00"),
        # The hour from 01:00 comes twice: it is read as the second one, in EST.
        ("2026-11-01 00:59:59", "2026-11-01 04:59:59"),
        ("2026-11-01 01:30:00", "2026-11-01 06:30:00"),
        ("2026-11-01 02:00:00", "2026-11-01 07:00:00"),
        # A date alone: the last microsecond of the business day; midnight in India is 18:30 UTC of the day before.
        ("2026-01-05", "2026-01-05 18:29:59.999999"),
        ("2024-2-29", "2024-02-29 18:29:59.999999"),
        # The ends of what is plausible.
        ("1980-01-01T00:00:00Z", "1980-01-01 00:00:00"),
        ("2199-12-31T23:59:59.999999Z", "2199-12-31 23:59:59.999999"),
    ],
)
def test_iso_spellings(written: str, utc: str) -> None:
    assert _read(written) == utc
    assert _read(written, "dmy") == utc, "a settled order of day and month changes no ISO date"


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        # Months by name tell their order. New York is UTC − 4 in April and October 2017; India for dates alone.
        ("22-Apr-15", "2015-04-22 18:29:59.999999"),
        ("22-Apr-15 3:53:50 PM", "2015-04-22 19:53:50"),
        ("04-Aug-15 10:22:56 AM", "2015-08-04 14:22:56"),
        ("Apr 22, 2015 3:53 PM", "2015-04-22 19:53:00"),
        ("April 22, 2015, 3:53 p.m.", "2015-04-22 19:53:00"),
        ("April 22nd, 2015 at 3:53 PM", "2015-04-22 19:53:00"),
        ("April 22 2015", "2015-04-22 18:29:59.999999"),
        ("2015 Apr 22", "2015-04-22 18:29:59.999999"),
        ("2015-Apr-22 03:53", "2015-04-22 07:53:00"),
        ("22 april 2015 03:53:50.25", "2015-04-22 07:53:50.250000"),
        ("22/Sept/2015", "2015-09-22 18:29:59.999999"),
        ("22APR2015", "2015-04-22 18:29:59.999999"),
        ("22APR15:03:53:50", "2015-04-22 07:53:50"),
        # RFC 2822, mails and their comments; Twitter; `date`; web servers; JavaScript.
        ("Tue, 31 Oct 2017 22:10:47 +0000", "2017-10-31 22:10:47"),
        ("31 Oct 2017 22:10 -0400", "2017-11-01 02:10:00"),
        ("Tue, 31 Oct 2017 22:10:47 -0400 (EDT)", "2017-11-01 02:10:47"),
        ("Tue, 31 Oct 2017 22:10:47 EST", "2017-11-01 03:10:47"),
        ("Tue, 31 Oct 2017 22:10:47 GMT", "2017-10-31 22:10:47"),
        ("Tue Oct 31 22:10:47 +0000 2017", "2017-10-31 22:10:47"),
        ("Tue Oct 31 22:10:47 UTC 2017", "2017-10-31 22:10:47"),
        ("Tue Oct  3 22:10:47 2017", "2017-10-04 02:10:47"),
        ("31/Oct/2017:22:10:47 +0100", "2017-10-31 21:10:47"),
        ("Tue Oct 31 2017 22:10:47 GMT+0100 (CET)", "2017-10-31 21:10:47"),
        # Epochs say their unit by their size: 1767608430 s is 2026-01-05 10:20:30 UTC, whatever the zone.
        ("1767608430", "2026-01-05 10:20:30"),
        ("1767608430.5", "2026-01-05 10:20:30.500000"),
        ("1767608430000", "2026-01-05 10:20:30"),
        ("1767608430123", "2026-01-05 10:20:30.123000"),
        ("1767608430123.456", "2026-01-05 10:20:30.123456"),
        ("1767608430123456", "2026-01-05 10:20:30.123456"),
        ("1767608430123456789", "2026-01-05 10:20:30.123456"),
        ("315532800", "1980-01-01 00:00:00"),
    ],
)
def test_other_spellings(written: str, utc: str) -> None:
    assert _read(written) == utc
    assert _read(written, "mdy") == utc


@pytest.mark.parametrize(
    ("written", "formats", "utc"),
    [
        ("2026-02-01", ("%Y-%d-%m",), "2026-01-02 18:29:59.999999"),
        # Where the year comes first in a way of its own, ISO would be another guess.
        ("2026-02-13", ("%Y-%d-%m",), None),
        ("02.01.26 10h20", ("%d.%m.%y %Hh%M", "%d.%m.%y"), "2026-01-02 15:20:00"),
        ("02.01.26", ("%d.%m.%y %Hh%M", "%d.%m.%y"), "2026-01-02 18:29:59.999999"),
        ("2 Jan 26 10:20 +0200", ("%d %b %y %H:%M %z",), "2026-01-02 08:20:00"),
        ("2026-01-02T10:20:30Z", ("%d.%m.%Y",), "2026-01-02 10:20:30"),
        ("03/02/2026", ("%m/%d/%Y",), "2026-03-02 18:29:59.999999"),
    ],
)
def test_patterns_of_the_configuration_go_first(written: str, formats: tuple[str, ...], utc: str | None) -> None:
    assert _read(written, "dmy", formats=formats) == utc


@pytest.mark.parametrize(
    ("written", "as_dmy", "as_mdy"),
    [
        # New York again; India for dates alone.
        ("09-02-2016 01:16", "2016-02-09 06:16:00", "2016-09-02 05:16:00"),
        ("9/2/2016 1:16:05", "2016-02-09 06:16:05", "2016-09-02 05:16:05"),
        ("09.02.2016 01:16:05.25", "2016-02-09 06:16:05.250000", "2016-09-02 05:16:05.250000"),
        ("09.02.2016 01:16:05,25", "2016-02-09 06:16:05.250000", "2016-09-02 05:16:05.250000"),
        ("09/02/2016T23:16", "2016-02-10 04:16:00", "2016-09-03 03:16:00"),
        ("09-02-16 01:16", "2016-02-09 06:16:00", "2016-09-02 05:16:00"),
        ("9/2/16 1:05 PM", "2016-02-09 18:05:00", "2016-09-02 17:05:00"),
        ("9/2/2016 12:05:09 AM", "2016-02-09 05:05:09", "2016-09-02 04:05:09"),
        ("9/2/2016 12:05am", "2016-02-09 05:05:00", "2016-09-02 04:05:00"),
        ("9/2/2016 1:05:09.5 pm", "2016-02-09 18:05:09.500000", "2016-09-02 17:05:09.500000"),
        ("09-02-2016", "2016-02-09 18:29:59.999999", "2016-09-02 18:29:59.999999"),
        ("9.2.16", "2016-02-09 18:29:59.999999", "2016-09-02 18:29:59.999999"),
        ("29/02/2016 01:16", "2016-02-29 06:16:00", None),
        ("02/29/2016 01:16", None, "2016-02-29 06:16:00"),
        ("29-02-2015", None, None),
        ("31.04.2016 10:00", None, None),
        ("9/2/2016 13:05 PM", None, None),
        ("09-02-69", None, None),  # 1969: before anything plausible
    ],
)
def test_written_dates(written: str, as_dmy: str | None, as_mdy: str | None) -> None:
    assert (_read(written, "dmy"), _read(written, "mdy")) == (as_dmy, as_mdy)
    assert _read(written) is None, "unsettled, it is not guessed"


@pytest.mark.parametrize(
    ("written", "zone", "utc"),
    [
        # Havana: at 1:00 on 2 November 2025 (UTC − 4) the clock goes back to 0:00, so that midnight comes twice; the day
        # before ends with the first, 04:00 UTC.
        ("2025-11-01", "America/Havana", "2025-11-02 03:59:59.999999"),
        # Santiago: at 0:00 on 5 April 2026 (UTC − 3) it goes back to 23:00 of the 4th, which ends an hour later, 04:00 UTC.
        ("2026-04-04", "America/Santiago", "2026-04-05 03:59:59.999999"),
        # Beirut: at 0:00 on 29 March 2026 (UTC + 2) it goes on to 1:00; the day before ends at 22:00 UTC.
        ("2026-03-28", "Asia/Beirut", "2026-03-28 21:59:59.999999"),
    ],
)
def test_a_date_stays_on_its_day_where_midnight_is_moved(written: str, zone: str, utc: str) -> None:
    assert _read(written, zones=Zones(source="UTC", business=zone)) == utc
    local = datetime.fromisoformat(utc).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    assert local.date() == date.fromisoformat(written)


@pytest.mark.parametrize(
    "written",
    [
        "1970-01-02 09:46:18",  # an elapsed time
        "1979-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31",
        "2026-02-30",
        "2026-02-30 10:00:00",
        "2026-13-01",
        "0000-00-00",
        "1a-02-2026",
        "315532799",  # a second before 1980
        "7258118400",  # 2200
        "99999999999999999999999999",
        "-1767608430",
        "1.767608430e9",  # digits may be lost
        "17676084.5",
        "2026-01-05T25:00:00",
        "2026-01-05T10:60",
        "2026-01-05T10:20:30+99:00",
        "2026-01-05T10:20:30+02:75",
        "2026-01-05T10:20:30[Europe/Paris]",
        "2026-01-05T10:20:30.Z",
        "2026/02/30",
        "20260230",
        "20260105T1060Z",
        "30-Feb-2015",
        "31 April 2015",
        "22-Foo-15",
        "Oct 31 22:10:47",  # no year
        "22-Apr-15 13:05 PM",
        "22-Apr-15 0:05 AM",
        "2026-01-05 10:20:30 (EST)",
        "2026-01-05 10:20:30 CEST",
        "3:53 PM",
        "45-02-2016",
        "tomorrow",
        "",
    ],
)
def test_no_instants(written: str) -> None:
    assert [_read(written, order) for order in ("", "dmy", "mdy")] == [None, None, None]


_SPELLINGS = {
    "%d-%b-%Y %H:%M:%S.%f": "",
    "%B %d, %Y %I:%M:%S.%f %p": "",
    "%Y %b %d %H:%M:%S.%f": "",
    "%Y/%m/%d %I:%M:%S.%f%p": "",
    "%d/%m/%Y %I:%M:%S.%f %p": "dmy",
    "%m.%d.%Y, %H:%M:%S.%f": "mdy",
    "%a, %d %b %Y %H:%M:%S.%f": "",
    "%Y%m%dT%H%M%S.%f": "",
}


@settings(max_examples=examples(25, 60))
@given(
    moment=st.datetimes(naive_utc("1980-01-02"), naive_utc("2199-12-30")),
    spelling=st.sampled_from(sorted(_SPELLINGS)),
    offset=st.sampled_from(["", "Z", " +0000", "-00:00"]),
    change=st.sampled_from([str, str.upper, str.lower]),
)
def test_every_spelling_says_the_instant_that_it_was_made_of(
    moment: datetime, spelling: str, offset: str, change: Callable[[str], str]
) -> None:
    written = change(moment.strftime(spelling) + offset)
    assert _read(written, _SPELLINGS[spelling], Zones("UTC", "UTC")) == moment.isoformat(sep=" ")


@settings(max_examples=examples(25, 60))
@given(moment=st.datetimes(naive_utc("1980-01-02"), naive_utc("2199-12-30")), digits=st.sampled_from([0, 3, 6, 9]))
def test_every_epoch_says_its_unit(moment: datetime, digits: int) -> None:
    micros = (moment - naive_utc("1970-01-01")) // timedelta(microseconds=1)
    kept = micros * 1000 // 10 ** (9 - digits)
    exact = naive_utc("1970-01-01") + timedelta(microseconds=kept * 10 ** (9 - digits) // 1000)
    assert _read(str(kept)) == exact.isoformat(sep=" ")


@settings(max_examples=examples(25, 60))
@given(
    moment=st.datetimes(naive_utc("1990-01-01"), naive_utc("2100-01-01")),
    zone=st.sampled_from(["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati"]),
)
def test_every_instant_comes_back_as_it_was_written(moment: datetime, zone: str) -> None:
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    assert _read(local.isoformat()) == moment.isoformat(sep=" ")
    if local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset():  # else the local hour comes twice
        naive = local.replace(tzinfo=None).isoformat(sep=" ")
        assert _read(naive, zones=Zones(zone, "UTC")) == moment.isoformat(sep=" ")


@pytest.mark.parametrize(
    ("written", "order", "expected"),
    [
        ("2026-02-03", "", date(2026, 2, 3)),
        ("2026-02-03T23:00:00-09:00", "", date(2026, 2, 3)),  # a time behind a date says nothing of the day meant
        ("03/02/2026", "dmy", date(2026, 2, 3)),
        ("03/02/2026", "mdy", date(2026, 3, 2)),
        ("3.2.26 10:00", "dmy", date(2026, 2, 3)),
        ("03/02/2026", "", None),
        ("3 Feb 2026 10:00", "", date(2026, 2, 3)),
        ("20260203", "", date(2026, 2, 3)),
        ("1770112800000", "", date(2026, 2, 3)),  # 2026-02-03 10:00 UTC
        ("2026-02-30", "", None),
        ("soon", "dmy", None),
    ],
)
def test_dates(written: str, order: str, expected: date | None) -> None:
    with duckdb.connect() as connection:
        sql = f"select {written_date('v', repr(order))} from (select $v::varchar as v)"
        assert connection.execute(sql, {"v": written}).fetchone() == (expected,)


def _settled(
    values: list[str | None],
    ids: list[str] | None = None,
    *,
    configured: str | None = None,
    prescribed: str = "",
    formats: tuple[str, ...] = (),
) -> str:
    with duckdb.connect() as connection:
        connection.execute("create table raw (id varchar, day varchar)")
        rows = list(zip(ids or [f"x{i}" for i in range(len(values))], values, strict=True))
        connection.executemany("insert into raw values (?, ?)", rows)
        orders = decide_orders(
            connection,
            "raw",
            {"day": "day"},
            file="7",
            configured=configured,
            prescribed=prescribed,
            key="id",
            formats=formats,
        )
        row = connection.execute(f"select {orders['day'].sql('7')}").fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["03-04-2016", "29-02-2016"], "dmy"),
        (["03-04-2016", "02-29-2016"], "mdy"),
        (["2016-04-03", None, " 29/02/16 10:00"], "dmy"),
        (["03-04-2016", "05-06-2016"], ""),
        (["2016-04-03", "2016-04-13"], ""),
        ([None, None], ""),
        # Contradicting: neither order is right for the column.
        (["29-02-2016", "02-29-2016", "03-04-2016"], ""),
        # What is a date under neither order says nothing of the others.
        (["45-02-2016", "03-04-2016"], ""),
        (["31-02-2016", "03-04-2016", "02-13-2016"], "mdy"),
    ],
)
def test_a_files_own_values_settle_the_order(values: list[str | None], order: str) -> None:
    assert _settled(values) == order


def test_configuration_overrules_values_and_values_overrule_what_the_format_prescribes() -> None:
    assert _settled(["02-29-2016"], configured="dmy") == "dmy"
    assert _settled(["02-29-2016"], prescribed="dmy") == "mdy"
    assert _settled(["03-04-2016"], prescribed="mdy") == "mdy"
    assert _settled(["02-29-2016", "29-02-2016"], prescribed="dmy") == "dmy"


def test_beside_patterns_of_the_configuration_nothing_is_settled() -> None:
    assert _settled(["02-29-2016"], formats=("%d.%m.%Y",)) == ""
    assert _settled(["02-29-2016"], formats=("%d.%m.%Y",), prescribed="mdy") == ""
    assert _settled(["02-29-2016"], formats=("%d.%m.%Y",), configured="dmy") == "dmy"


def test_ids_that_ascend_with_the_dates_settle_the_order_last() -> None:
    # As day-month: 1, 2 and 3 April. As month-day: 4 January, 4 February, 4 March. Both ascend, so neither is chosen.
    assert _settled(["01-04-2016", "02-04-2016", "03-04-2016"], ["1", "2", "3"]) == ""
    # As day-month: 11 January, 12 January, 1 February. As month-day: 1 November, 1 December, 2 January: descends.
    assert _settled(["11-01-2016", "12-01-2016", "01-02-2016"], ["1", "2", "3"]) == "dmy"
    assert _settled(["01-11-2016", "01-12-2016", "02-01-2016"], ["1", "2", "3"]) == "mdy"
    # The same in the order of the ids, whatever the order of the rows; text ids and two rows are no evidence.
    assert _settled(["01-02-2016", "11-01-2016", "12-01-2016"], ["30", "1", "2"]) == "dmy"
    assert _settled(["11-01-2016", "12-01-2016", "01-02-2016"], ["a", "b", "c"]) == ""
    assert _settled(["12-01-2016", "01-02-2016"], ["1", "2"]) == ""


def test_each_file_of_a_relation_settles_its_own_order() -> None:
    rows = [
        (1, "03-04-2016"), (1, "29-02-2016"),
        (2, "03-04-2016"), (2, "02-29-2016"),
        (3, "03-04-2016"), (3, "05-06-2016"),
        (4, "2016-04-03"),
    ]  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("create table raw (file integer, day varchar)")
        connection.executemany("insert into raw values (?, ?)", rows)
        orders = decide_orders(connection, "raw", {"day": "day"}, file="file", configured=None, prescribed="", key=None)
        found = connection.execute(
            f"select file, {orders['day'].sql('file')} from (select distinct file from raw) order by file"
        ).fetchall()
    assert found == [(1, "dmy"), (2, "mdy"), (3, ""), (4, "")]


def _suspicious(days: list[str]) -> list[SuspiciousOrder]:
    with duckdb.connect() as connection:
        connection.execute("create table raw (day varchar)")
        connection.executemany("insert into raw values (?)", [(day,) for day in days])
        orders = decide_orders(connection, "raw", {"day": "day"}, file="7", configured=None, prescribed="", key=None)
        return suspicious_orders(connection, "raw", {"day": "day"}, file="7", orders=orders)


def test_dates_that_fit_only_the_other_order_are_suspicious() -> None:
    # 22 and 18 April and 24 June are unambiguous. 04-08 is 4 August or 8 April, 06-09 is 6 September or 9 June: read in the
    # settled order they lie in months of their own, in the other order where the others lie.
    swapped = ["22-04-15", "18-04-15", "04-08-15", "06-09-15", "24-06-15"]
    assert _suspicious(swapped) == [SuspiciousOrder(7, "day", "dmy", 3, 2, 2, 2, 2)]
    # The same rows written right.
    assert _suspicious(["22-04-15", "18-04-15", "08-04-15", "09-06-15", "24-06-15"]) == []


def test_an_export_that_swaps_all_ambiguous_days_is_suspicious_and_one_that_grows_is_not() -> None:
    first = date(2015, 4, 1)
    days = [first + timedelta(days=number) for number in range(91)]
    right = [day.strftime("%d-%m-%Y") for day in days]
    assert _suspicious(right) == []
    assert _suspicious([day.strftime("%m-%d-%Y") for day in days]) == []
    swapped = [day.strftime("%m-%d-%Y" if day.day <= 12 else "%d-%m-%Y") for day in days]
    # 36 days of three months are ambiguous, 3 of them the same in both orders (4 April, 5 May, 6 June). Of the others,
    # 4 or 5 or 6 of the other month's number stay within April to June: 2 a month. So 33 rows, 27 of them elsewhere.
    assert _suspicious(swapped) == [SuspiciousOrder(7, "day", "dmy", 55, 3, 33, 12, 27)]
    # A year of days has no month without unambiguous dates: nothing speaks for either order.
    year = [date(2015, 1, 1) + timedelta(days=number) for number in range(365)]
    assert _suspicious([day.strftime("%d-%m-%Y") for day in year]) == []
    # At the turn of a month a few days of the next one fall among the earlier ones in the other order; one month is no sign.
    for until in (35, 66):
        assert _suspicious([day.strftime("%d-%m-%Y") for day in days[:until]]) == []
    turn = [date(2026, 1, 1) + timedelta(days=number // 4) for number in range(130)]
    assert _suspicious([day.strftime("%d-%m-%Y") for day in turn]) == []


def test_an_unsettled_date_is_a_bad_value_and_date_order_settles_it(landing: Landed) -> None:
    landing.source("contacts.csv", time_zone="America/New_York")
    landing.put(
        "contacts.csv", "contact_id,started_at,ended_at\nx,2016-04-03T10:00:00Z,03-04-2016 10:00\ny,03-04-2016,\n"
    )
    landing.night()
    assert landing.surviving(columns="contact_id, ended_at") == [{"contact_id": "x"}]
    faults = landing.quarantine()
    assert [(fault["position"], fault["column_name"], fault["scope"]) for fault in faults] == [
        ("1", "ended_at", "value"),
        ("2", "started_at", "row"),
    ]
    assert all("set date_order" in fault["reason"] for fault in faults)
    landing.sources[0]["date_order"] = "dmy"
    landing.night()
    assert landing.quarantine() == []
    # New York is UTC − 4 in April; a date alone is the end of the day in the project's zone, UTC.
    assert landing.surviving(columns="contact_id, started_at, ended_at") == [
        {"contact_id": "x", "started_at": naive_utc("2016-04-03 10:00"), "ended_at": naive_utc("2016-04-03 14:00")},
        {"contact_id": "y", "started_at": naive_utc("2016-04-03 23:59:59.999999")},
    ]


@pytest.mark.parametrize(
    ("ambiguous", "elsewhere", "is_suspicious"),
    [(5, 2, True), (6, 2, True), (7, 2, False), (30, 10, True), (30, 9, False), (4, 4, True), (4, 3, False)],
)
def test_dates_are_suspicious_from_a_third_on_and_where_there_are_few_all_of_them(
    ambiguous: int, elsewhere: int, is_suspicious: bool
) -> None:
    assert instants._is_suspicious(ambiguous, elsewhere) is is_suspicious

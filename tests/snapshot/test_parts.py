"""How tables are cut into files: by their size, in bounded memory, and readers find every day wherever it lies."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from builders.small_warehouse import add_contact, published

from dashboards.snapshot.frames import files_between
from dashboards.snapshot.queries import Queries
from pipelines.config import Settings
from pipelines.contract import PUBLISHED_TABLES
from pipelines.snapshot import SnapshotStore, part_days
from pipelines.warehouse.parts import Granularity, bytes_of, granularity_of, write_parts

OUTCOMES = PUBLISHED_TABLES["contact_outcomes"]


def _spread(warehouse: duckdb.DuckDBPyConnection, first: str, days: int, rows_a_day: int) -> None:
    """``rows_a_day`` contacts on each of ``days`` days in a row."""
    add_contact(warehouse, "pattern", first)
    warehouse.execute(
        f"""insert into contact_outcomes by name select pattern.* replace (
            'c-' || days.number || '-' || {rows_a_day} || '-' || n.number as contact_id, date '{first}' + cast(days.number as integer) as day)
        from contact_outcomes as pattern, range({days}) as days (number), range({rows_a_day}) as n (number)
        where contact_id = 'pattern'"""
    )
    warehouse.execute("delete from contact_outcomes where contact_id = 'pattern'")


@pytest.mark.parametrize(
    ("spread", "expected", "parts"),
    [
        # 3 days of 10,000: each day is large enough.
        (("2026-01-30", 3, 10_000), Granularity.DAY, ["2026-01-30", "2026-01-31", "2026-02-01"]),
        # One row fewer a day: 29,997 rows are 14,998 in each of two months.
        (("2026-01-30", 3, 9_999), Granularity.MONTH, ["2026-01", "2026-02"]),
        # 19,998 rows in two months are 9,999 in each, and all of one year.
        (("2026-01-30", 3, 6_666), Granularity.YEAR, ["2026"]),
        # 20,000 rows in two years.
        (("2025-12-31", 2, 10_000), Granularity.DAY, ["2025-12-31", "2026-01-01"]),
        # 19,998 in two years: 9,999 in each.
        (("2025-12-31", 2, 9_999), Granularity.WHOLE, ["all"]),
        (("2018-01-01", 3_000, 1), Granularity.WHOLE, ["all"]),
        (("2026-01-01", 1, 1), Granularity.WHOLE, ["all"]),
    ],
)
def test_the_finest_that_holds_ten_thousand_rows(
    warehouse: duckdb.DuckDBPyConnection,
    settings: Settings,
    spread: tuple[str, int, int],
    expected: Granularity,
    parts: list[str],
) -> None:
    _spread(warehouse, *spread)
    rows = spread[1] * spread[2]
    assert granularity_of(warehouse, OUTCOMES) is expected
    snapshot = SnapshotStore(settings.data_dir)
    manifest = published(warehouse, settings).manifest
    assert sorted({file.part for file in manifest.tables["contact_outcomes"].files}) == parts
    assert sum(file.rows for file in manifest.tables["contact_outcomes"].files) == rows
    frame = snapshot.current().scan("contact_outcomes").select("contact_id").collect()
    assert frame["contact_id"].n_unique() == frame.height == rows


def test_a_table_that_grows_gets_new_parts_and_earlier_snapshots_keep_theirs(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    _spread(warehouse, "2026-01-30", 3, 9_999)
    small = published(warehouse, settings).manifest
    _spread(warehouse, "2026-01-30", 3, 1)
    large = published(warehouse, settings).manifest
    assert sorted(file.part for file in large.tables["contact_outcomes"].files) == [
        "2026-01-30",
        "2026-01-31",
        "2026-02-01",
    ]
    store = SnapshotStore(settings.data_dir)
    assert store.open(small.snapshot_id).scan("contact_outcomes").collect().height == 29_997
    assert store.current().scan("contact_outcomes").collect().height == 30_000


def test_many_parts_are_written_few_at_a_time(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Eight years by the day under 150 MB: one COPY into as many partitions needs several gigabytes."""
    _spread(warehouse, "2018-01-01", 400, 3)
    warehouse.execute("set memory_limit = '150MB'; set threads = 2; set temp_directory = ''")
    names = [str(date(2018, 1, 1) + timedelta(days=day)) for day in range(400)]
    written = write_parts(warehouse, OUTCOMES, Granularity.DAY, names, tmp_path)
    assert sorted(written) == names
    counted = warehouse.execute(
        "select count(*), count(distinct day) from read_parquet($paths)",
        {"paths": [str(path) for paths in written.values() for path in paths]},
    ).fetchone()
    assert counted == (1_200, 400)
    for name in names[::97]:
        assert warehouse.execute(
            "select distinct cast(day as varchar) from read_parquet($paths)",
            {"paths": [str(path) for path in written[name]]},
        ).fetchall() == [(name,)]


@pytest.mark.parametrize(
    ("part", "days"),
    [
        ("2026-11-30", ("2026-11-30", "2026-11-30")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2026", ("2026-01-01", "2026-12-31")),
        ("9999", ("9999-01-01", "9999-12-31")),
        ("all", None),
        ("2026-13", None),
        ("0000", None),
        ("10000-01-01", None),
        ("0044-03-15 (BC)", None),
    ],
)
def test_the_days_of_a_part(part: str, days: tuple[str, str] | None) -> None:
    expected = None if days is None else tuple(map(date.fromisoformat, days))
    assert part_days(part) == expected


def test_readers_find_a_day_in_whatever_part_it_lies(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, day in enumerate(("2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01", "2027-01-01")):
        for _ in range(4):
            add_contact(warehouse, f"c{number}", day)
    # 20 rows on 5 days of 4 months and 3 years: parts of 4, 5 and 6 rows, and the whole.
    expected_files = {4: [1, 2, 3], 5: [1, 2, 2], 6: [1, 1, 2], 7: [1, 1, 1]}
    for rows, counts in expected_files.items():
        monkeypatch.setattr("pipelines.warehouse.parts.ROWS_PER_PART", rows)
        published(warehouse, settings)
        queries = Queries(SnapshotStore(settings.data_dir).current())
        found, files = [], []
        for first, last in (("2026-01-31", "2026-01-31"), ("2026-01-02", "2026-02-01"), ("2025-12-01", "2026-01-31")):
            between = (date.fromisoformat(first), date.fromisoformat(last))
            relation = queries.days("contact_outcomes", *between)
            found.append(
                queries.frame(f"select distinct contact_id from {relation} order by all")["contact_id"].to_list()
            )
            files.append(len(files_between(queries.snapshot, "contact_outcomes", *between)))
            frames = queries.frames.outcomes_between(*between).collect()
            assert sorted(frames["contact_id"].unique()) == found[-1]
        assert found == [["c2"], ["c2", "c3"], ["c0", "c1", "c2"]]
        queries.close()
        assert files == counts, f"{rows} rows a part"


@pytest.mark.parametrize(
    ("size", "expected"), [("2GB", 2_000_000_000), ("1.5 GiB", 1_610_612_736), ("512 bytes", 512), ("much", 0)]
)
def test_sizes(size: str, expected: int) -> None:
    assert bytes_of(size) == expected

"""The query layer: snapshots of before, eight threads at once, and the store of results."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from builders.snapshots import kpi_row, midnight, publish

from dashboards.snapshot.filters import Filters
from dashboards.snapshot.frames import files_between, read_frames
from dashboards.snapshot.queries import Queries
from dashboards.snapshot.result_cache import ResultCache
from pipelines.snapshot import Snapshot, SnapshotError

MONDAY = date(2026, 8, 3)
AS_OF = midnight(2026, 12, 1)


def many(tmp_path: Path, **given: object) -> Snapshot:
    rows = [
        kpi_row(MONDAY + timedelta(days=day), mode, contacts=40 + day, queue=f"q{day % 5}")
        for day in range(60)
        for mode in ("ai_primary", "joint", None)
    ]
    return publish(tmp_path, {"kpi_daily": rows}, as_of=AS_OF, **given)  # type: ignore[arg-type]


def test_a_snapshot_from_before_kpi_weekly_gives_the_same(tmp_path: Path) -> None:
    new = Queries(many(tmp_path / "a"))
    old = Queries(many(tmp_path / "b", without=("kpi_weekly",)))
    assert old.frames.weekly.equals(new.frames.weekly)
    assert old.offered() == new.offered()
    filters = Filters.of({"queue": "q3", "mode": None})
    assert old.cut(filters).weekly.equals(new.cut(filters).weekly)
    assert new.cut(filters).weekly["contacts"].sum() == sum(40 + day for day in range(60) if day % 5 == 3)


def test_a_column_that_was_not_published_then_is_null(tmp_path: Path) -> None:
    snapshot = many(tmp_path)
    (path,) = snapshot.files("complaints")
    pl.read_parquet(path).drop("narrative_sentiment", "disputed").write_parquet(path)
    queries = Queries(snapshot)
    assert queries.frame("select disputed, regulator from complaints").columns == ["disputed", "regulator"]
    assert read_frames(snapshot).flags.collect().is_empty()


@pytest.mark.parametrize("name", ["kpi_weekly", "complaints", "quarantine", "contact_outcomes"])
def test_a_damaged_file_is_one_kind_of_error(tmp_path: Path, name: str) -> None:
    snapshot = many(tmp_path)
    snapshot.files(name)[0].write_bytes(b"PAR1 nothing")
    with pytest.raises(SnapshotError, match="cannot be read"):
        Queries(snapshot)


def test_eight_threads_each_get_what_they_ask_for(tmp_path: Path) -> None:
    queries = Queries(many(tmp_path))

    def asked(number: int) -> tuple[int, int]:
        place = number % 5
        return place, queries.cut(Filters.of({"queue": f"q{place}"})).weekly["contacts"].sum()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(asked, range(200)))
    for place, contacts in found:
        assert contacts == 3 * sum(40 + day for day in range(60) if day % 5 == place)


def test_values_are_parameters_and_never_sql(tmp_path: Path) -> None:
    hostile = "'; drop table weekly; --"
    queries = Queries(publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY, queue=hostile), kpi_row(MONDAY)]}, as_of=AS_OF))
    assert queries.cut(Filters.of({"queue": hostile})).weekly["contacts"].sum() == 100
    assert queries.frames.weekly["contacts"].sum() == 200
    assert queries.weekly(Filters())["contacts"].sum() == 200


def test_only_the_files_of_the_days_asked_for_are_opened(tmp_path: Path) -> None:
    days = [MONDAY + timedelta(days=day) for day in range(5)]
    snapshot = publish(tmp_path, {"kpi_daily": [kpi_row(day) for day in days]}, as_of=AS_OF)
    assert len(files_between(snapshot, "kpi_daily", days[1], days[3])) == 3
    for path in snapshot.files("kpi_daily")[:1]:
        path.write_bytes(b"broken")
    queries = Queries(publish(tmp_path / "b", {"kpi_daily": [kpi_row(day) for day in days]}, as_of=AS_OF))
    found = queries.frame(f"select count(*) as n from {queries.days('kpi_daily', days[1], days[3])}")
    assert found["n"].item() == 3
    assert files_between(snapshot, "no_such_table", days[0], days[1]) == []


def test_a_result_is_made_once_however_many_ask() -> None:
    kept, made = ResultCache(1_000), []
    gate = threading.Event()

    def make() -> str:
        made.append(1)
        gate.wait(5)
        return "result"

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(kept.get, "key", make, len) for _ in range(8)]
        while not made:
            time.sleep(0.001)
        gate.set()
        assert [each.result() for each in waiting] == ["result"] * 8
    assert len(made) == 1


def test_the_store_is_bounded_and_forgets_what_was_asked_for_longest_ago() -> None:
    kept, made = ResultCache(100), []

    def get(key: str) -> str:
        return kept.get(key, lambda: made.append(key) or key, lambda _: 40)  # type: ignore[func-returns-value]

    for key in ("a", "b", "a", "c", "a", "b"):
        get(key)
    # c made room by forgetting b, so b was made again.
    assert made == ["a", "b", "c", "b"]
    assert kept.bytes <= 100
    assert kept.get("large", lambda: "x", lambda _: 1_000) == "x"
    assert kept.bytes <= 100


def test_an_error_is_not_kept() -> None:
    kept = ResultCache(100)
    answers = iter([ValueError("first"), "second"])

    def make() -> str:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    with pytest.raises(ValueError, match="first"):
        kept.get("key", make, len)
    assert kept.get("key", make, len) == "second"

"""Column lineage of SQL models: of small ones by hand, and of all of them as it is kept for runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import lineage
from pipelines.contract import PUBLISHED_TABLES
from pipelines.lineage import column_lineage, lineage_text
from pipelines.lineage_parsing import LineageError, _of_model
from pipelines.warehouse.models import all_models, parse_model

SCHEMA = {
    "calls": {"id": "VARCHAR", "day": "DATE", "seconds": "DOUBLE", "source": "VARCHAR"},
    "mails": {"id": "VARCHAR", "sent": "DATE"},
}
HEADER = "-- What it is.\n-- Grain: a. Metrics: M1. Refresh: whole.\n"


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    lineage._kept_lineage.cache_clear()
    yield
    lineage._kept_lineage.cache_clear()


def sources_of(folder: Path, sql: str) -> dict[str, tuple[tuple[str, str], ...]]:
    path = folder / "marts" / "made.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEADER + sql, "utf-8")
    return _of_model(parse_model(path), SCHEMA)


def test_values_come_from_columns_and_filters_do_not_count(tmp_path: Path) -> None:
    sql = """with long as (select id, day, seconds / 60 as minutes, "source" from calls where seconds > $least)
        select long.day, count(*) as calls, sum(minutes) filter (where mails.sent > long.day) as minutes, "source", 1 as one
        from long left join mails on long.id = mails.id group by all"""
    assert sources_of(tmp_path, sql) == {
        "day": (("calls", "day"),),
        "calls": (),
        "minutes": (("calls", "day"), ("calls", "seconds"), ("mails", "sent")),
        "source": (("calls", "source"),),
        "one": (),
    }


def test_a_union_by_name_is_followed_by_name(tmp_path: Path) -> None:
    """By position ``sent`` of mails would be taken for ``seconds`` of calls."""
    sql = """with parts as (
            select id, seconds, day from calls
            union all by name
            select * from mails
            union all by name
            select day, id as sent from calls
        )
        select id, day, seconds, sent from parts"""
    assert sources_of(tmp_path, sql) == {
        "id": (("calls", "id"), ("mails", "id")),
        "day": (("calls", "day"),),
        "seconds": (("calls", "seconds"),),
        "sent": (("calls", "id"), ("mails", "sent")),
    }


@pytest.mark.parametrize("sql", ["select nothing from calls", "select calls.nothing from calls"])
def test_a_column_that_nobody_has_is_an_error_that_names_the_model(tmp_path: Path, sql: str) -> None:
    with pytest.raises(LineageError, match=r"made\.sql: .*nothing"):
        sources_of(tmp_path, sql)


def test_runs_look_up_the_lineage_of_the_current_models() -> None:
    """That it is what parsing gives, the test of generated pages says."""
    assert column_lineage("kpi_weekly")["eligible"] == (("kpi_daily", "eligible"),)
    assert ("contact_outcomes", "resolved_outcome") in column_lineage("kpi_daily")["cohort_n"]
    assert column_lineage("data_quality") == {}, "no SQL model makes it"
    for model in all_models():
        found = column_lineage(model.name)
        assert {table for sources in found.values() for table, _ in sources} <= model.reads
        if model.name in PUBLISHED_TABLES:
            assert tuple(found) == PUBLISHED_TABLES[model.name].column_names


def test_of_models_that_changed_since_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "lineage.json"
    kept.write_text(lineage_text({"t": {"a": (("u", "b.c"),), "n": ()}}), "utf-8")
    monkeypatch.setattr(lineage, "LINEAGE_FILE", kept)
    assert column_lineage("t") == {"a": (("u", "b.c"),), "n": ()}
    monkeypatch.setattr(lineage, "models_fingerprint", lambda: "others")
    lineage._kept_lineage.cache_clear()
    assert column_lineage("t") == {}

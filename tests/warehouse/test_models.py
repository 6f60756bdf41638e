"""The SQL models as a whole: headers, dependencies, parameters and columns; and what a broken one is told."""

from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import pytest
from builders.landed import KEY, Landed, naive_utc

from pipelines.contract import ANALYSIS_TABLES, CANONICAL_TABLES, CASE_RULES, PUBLISHED_TABLES
from pipelines.contract.data_tables import DATA_TABLES
from pipelines.quality.sql_checks import CHECKS_DIR
from pipelines.run_context import RunContext, RunOptions
from pipelines.warehouse.landing import ORIGIN_COLUMNS, record_tables
from pipelines.warehouse.models import (
    LAYERS,
    SQL_DIR,
    Model,
    ModelError,
    all_models,
    column_types,
    parse_model,
    run_model,
    run_models,
)

MODELS = {model.name: model for model in all_models()}
GIVEN = {
    *(f"landing_{name}" for name in record_tables()),
    "superseded_versions",
    "segment_spellings",
    "settings_lists",
    "language_names",
    "text_languages",
    "text_scores",
    "text_findings",
    "handoff_similarities",
    "promise_matches",
    "promise_kinds",
    "flag_rules",
    "client_terms",
}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunContext]:
    """All models over a landing area without a row."""
    landing = Landed(tmp_path_factory.mktemp("nothing")).source("*.csv")
    night = RunContext(landing.settings(), landing.connection, KEY.encode(), RunOptions(), "run")
    night.write_settings_lists()
    night.begin_recompute(naive_utc("2026-02-01"))
    for model in all_models():
        run_model(night.connection, model, night.parameters())
    yield night
    landing.connection.close()


@pytest.fixture(scope="module")
def empty(night: RunContext) -> duckdb.DuckDBPyConnection:
    return night.connection


def test_every_file_is_a_model_in_a_known_layer() -> None:
    files = {path.relative_to(SQL_DIR) for path in SQL_DIR.rglob("*") if path.is_file() and path.parent != CHECKS_DIR}
    assert files == {Path(model.layer) / f"{model.name}.sql" for model in MODELS.values()}
    assert {model.layer for model in MODELS.values()} <= set(LAYERS)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_reads_what_is_there_and_comes_after_it(name: str, night: RunContext) -> None:
    model = MODELS[name]
    assert model.reads <= MODELS.keys() | GIVEN
    names = list(MODELS)
    assert all(names.index(read) < names.index(name) for read in model.reads & MODELS.keys())
    assert model.parameters <= night.parameters().keys()
    layer = LAYERS.index(model.layer)
    assert all(LAYERS.index(MODELS[read].layer) <= layer for read in model.reads & MODELS.keys())
    if model.layer == "staging":
        assert not model.reads & MODELS.keys(), "staging reads the landing area and nothing else"
    else:
        assert not any(read.startswith("landing_") for read in model.reads), "only staging reads the landing area"


@pytest.mark.parametrize("name", MODELS)
def test_a_header_says_grain_metrics_and_refresh(name: str) -> None:
    header = MODELS[name].header
    assert len(header.splitlines()[0]) > 20
    for word in ("Grain:", "Metrics:", "Refresh:"):
        assert header.split(word, 1)[1].strip(), f"{name}: {word} says nothing"


def test_the_order_of_models_has_no_cycle() -> None:
    graph = {name: model.reads & MODELS.keys() for name, model in MODELS.items()}
    assert sorted(TopologicalSorter(graph).static_order()) == sorted(MODELS)


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.layer == "staging"])
def test_a_staging_model_keeps_the_key_and_every_contract_column_that_is_read(
    name: str, empty: duckdb.DuckDBPyConnection
) -> None:
    table = CANONICAL_TABLES[name.removeprefix("stg_")]
    staged = dict(column_types(empty, name))
    landed = dict(column_types(empty, f"landing_{table.name}"))
    # Parts of handle time are merged into it; change columns have done their work; no metric reads the others yet.
    merged = {"talk_seconds", "hold_seconds", "wrap_seconds", "updated_at", "deleted_at"}
    unread = {"stg_contacts": {"agent_started_on", "misunderstandings"}}.get(name, set())
    for column in table.columns:
        if column.name in merged | unread:
            continue
        assert staged.get(column.name) == landed[column.name], f"{name}.{column.name}"
    assert {"system", *table.key} <= staged.keys()
    assert not staged.keys() & (ORIGIN_COLUMNS.keys() - {"system"})


@pytest.mark.parametrize("name", [name for name in PUBLISHED_TABLES if name in MODELS])
def test_a_published_table_is_its_mart_column_by_column(name: str, empty: duckdb.DuckDBPyConnection) -> None:
    assert tuple(column for column, _ in column_types(empty, name)) == PUBLISHED_TABLES[name].column_names


def test_every_mart_is_published_and_every_other_published_table_has_a_maker() -> None:
    marts = {name for name, model in MODELS.items() if model.layer == "marts"}
    # The flags of each rule are published together, as case_flags.
    flags = {f"flag_{rule}" for rule in CASE_RULES}
    assert MODELS["case_flags"].reads == flags | {"contact_outcomes"}
    marts -= flags
    assert marts <= PUBLISHED_TABLES.keys()
    assert PUBLISHED_TABLES.keys() - marts == {*DATA_TABLES, *ANALYSIS_TABLES}


def test_nothing_in_gives_nothing_out(empty: duckdb.DuckDBPyConnection) -> None:
    for name in MODELS:
        assert empty.execute(f"select count(*) from {name}").fetchone() == (0,), name


HEADER = "-- What it is.\n-- Grain: a. Metrics: M1. Refresh: whole.\n"


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("-- Grain: a. Metrics: M1.\nselect 1 as a", "lacks 'Refresh:'"),
        ("select 1 as a", "lacks 'Grain:'"),
        (f"{HEADER}select 1 as a;", "semicolon"),
        (f"{HEADER}create table x as select 1", "not a single SELECT"),
        (f"{HEADER}select from where (", "can be parsed"),
    ],
)
def test_a_broken_model_is_named_with_its_fault(tmp_path: Path, sql: str, words: str) -> None:
    path = tmp_path / "bad.sql"
    path.write_text(sql)
    with pytest.raises(ModelError, match=words) as caught:
        parse_model(path)
    assert str(path) in str(caught.value)


def test_what_a_model_reads_and_takes_comes_from_its_text(tmp_path: Path) -> None:
    path = tmp_path / "marts" / "good.sql"
    path.parent.mkdir()
    path.write_text(
        f"{HEADER}-- not $this; nor from that\nwith own as (select * from landing_turns where x < $as_of)\n"
        "select * from own inner join stg_contacts as c on c.day in (select day from days where zone = $time_zone)"
    )
    model = parse_model(path)
    assert (model.name, model.layer) == ("good", "marts")
    assert model.reads == {"landing_turns", "stg_contacts", "days"}
    assert model.parameters == {"as_of", "time_zone"}
    with pytest.raises(KeyError, match=r"as_of|time_zone"), duckdb.connect() as connection:
        run_model(connection, model, {})


def _model(folder: Path, name: str, sql: str, refresh: str = "whole") -> Model:
    path = folder / f"{name}.sql"
    path.write_text(f"-- Grain: g. Metrics: M1. Refresh: {refresh}.\n{sql}")
    return parse_model(path)


def test_models_made_together_are_made_all_or_none(tmp_path: Path) -> None:
    broken = _model(tmp_path, "second", "select cast('no number' as integer) + a as b from first")
    with duckdb.connect() as connection:
        for value in (1, 2):
            first = _model(tmp_path, "first", f"select {value} as a")
            if value == 1:
                assert run_models(connection, [first], {}, together=True) == {"first": 1}
                continue
            with pytest.raises(duckdb.ConversionException):
                run_models(connection, [first, broken], {}, together=True)
            assert connection.execute("from first").fetchall() == [(1,)]
            with pytest.raises(duckdb.ConversionException):
                run_models(connection, [first, broken], {})
            assert connection.execute("from first").fetchall() == [(2,)]


@pytest.mark.parametrize("together", [False, True])
def test_a_view_is_counted_where_that_is_asked_for_and_makes_way_for_a_table(tmp_path: Path, *, together: bool) -> None:
    view = _model(tmp_path, "which", "select * from range(3)", "view")
    table = _model(tmp_path, "which", "select * from range(4)")
    with duckdb.connect() as connection:
        assert run_models(connection, [view], {}, together=together) == {"which": 3}
        assert run_models(connection, [view], {}, counts_views=False, together=together) == {}
        assert run_models(connection, [table], {}, counts_views=False, together=together) == {"which": 4}
        assert run_models(connection, [view], {}, together=together) == {"which": 3}


def test_little_data_is_computed_by_one_thread(night: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def threads() -> int:
        row = night.connection.execute("select current_setting('threads')").fetchone()
        return int(row[0]) if row else 0

    wanted = night.settings.project.model_copy(update={"threads": 3})
    monkeypatch.setattr(night, "settings", night.settings.model_copy(update={"project": wanted}))
    night.weigh(5_000_000)
    assert (night.is_small, threads()) == (False, 3)
    night.weigh()
    assert (night.is_small, threads()) == (True, 1)

"""The jobs as the web UI and the schedules start them: configuration from the environment, no command line."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest
from builders.landed_days import Folder, Nights, assert_same_tables, folder_at

from pipelines.defs import build_defs
from pipelines.defs.checks import _result
from pipelines.quality.auditor import CheckResult
from pipelines.quality.rules import Rule
from pipelines.warehouse.models import all_models


@pytest.fixture(scope="module")
def folder(undisturbed: Folder) -> Folder:
    return undisturbed


@pytest.fixture(scope="module")
def night(request: pytest.FixtureRequest) -> dg.ExecuteInProcessResult:
    """The job `nightly`, started with nothing but AFTERCALL_CONFIG."""
    result: dg.ExecuteInProcessResult = request.getfixturevalue("job_run").result
    return result


def test_the_job_publishes_what_the_command_publishes(folder: Folder, nights: Nights) -> None:
    """One code path; and a file that came a night late makes no difference."""
    assert_same_tables(folder.store.current(), nights.late_file.snapshot)


def test_row_counts_and_columns_are_metadata(night: dg.ExecuteInProcessResult, folder: Folder) -> None:
    metadata = {
        event.asset_key.to_user_string(): event.step_materialization_data.materialization.metadata
        for event in night.get_asset_materialization_events()
        if event.asset_key is not None
    }
    with duckdb.connect(str(folder.store.data_dir / "warehouse.duckdb"), read_only=True) as warehouse:
        for model in all_models():
            relation = warehouse.table(model.name) if _is_table(warehouse, model.name) else warehouse.view(model.name)
            (rows,) = relation.aggregate("count(*)").fetchall()[0]
            assert metadata[model.name]["dagster/row_count"].value == rows, model.name
            schema = metadata[model.name]["dagster/column_schema"].value
            assert isinstance(schema, dg.TableSchema)
            assert [column.name for column in schema.columns] == relation.columns
            assert [column.type for column in schema.columns] == [str(kind) for kind in relation.types]
    assert metadata["ingest_ledger"]["rows_in"].value == 1440 + 30 + 40
    assert metadata["snapshot"]["snapshot"].value == folder.store.current_id()


def _is_table(warehouse: duckdb.DuckDBPyConnection, name: str) -> bool:
    return bool(warehouse.execute("select 1 from duckdb_tables() where table_name = ?", [name]).fetchall())


def test_every_check_has_a_result(night: dg.ExecuteInProcessResult) -> None:
    evaluations = night.get_asset_check_evaluations()
    defined = build_defs().resolve_asset_graph().asset_check_keys
    assert {evaluation.asset_check_key for evaluation in evaluations} == set(defined)
    assert all(evaluation.passed for evaluation in evaluations if evaluation.blocking)
    metadata = next(e for e in evaluations if e.asset_key == dg.AssetKey("kpi_weekly") and e.blocking).metadata
    assert metadata["failed_groups"].value == {}
    assert metadata["rules"].value == len(str(metadata["findings"].value).splitlines()) - 2
    for rule in ("| keys | key_unique | ", "| reconciliation | sums_conserved | "):
        assert rule in str(metadata["findings"].value)


def test_a_check_says_which_group_and_rule_failed() -> None:
    """Both severities of a table; what warns is not told as what blocks."""
    rules = [
        Rule("contacts", name, group, "no_rows", "none")
        for name, group in (("key_unique", "keys"), ("a", "ranges"), ("b", "ranges"), ("known", "references"))
    ]
    broken = [CheckResult(rules[0], 2, "2 rows break it"), CheckResult(rules[1], 0, "holds")]
    result = _result("contacts", "blocking", [*broken, CheckResult(rules[2], 1, "1 row breaks it")])
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert result.description == "key_unique: 2 rows break it; b: 1 row breaks it"
    assert result.metadata["failed"].value == 2
    assert result.metadata["failed_groups"].value == {
        "keys": "key_unique: 2 rows break it",
        "ranges": "b: 1 row breaks it",
    }
    warned = _result("contacts", "warning", [CheckResult(rules[3], 1, "1 row breaks it")])
    assert (warned.check_name, warned.passed, warned.severity) == ("warning", False, dg.AssetCheckSeverity.WARN)


def test_one_model_alone(night: dg.ExecuteInProcessResult, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """As from the UI, after a night: its table is made again from the others, which stay."""
    assert night.success
    monkeypatch.setenv("AFTERCALL_CONFIG", str(folder.config))
    current = folder.store.current_id()
    job = build_defs().resolve_job_def("nightly")
    result = job.execute_in_process(asset_selection=[dg.AssetKey("kpi_daily")])
    assert result.success
    (event,) = result.get_asset_materialization_events()
    rows = event.step_materialization_data.materialization.metadata["dagster/row_count"].value
    assert rows == folder.store.current().manifest.tables["kpi_daily"].rows
    assert folder.store.current_id() == current


def test_one_model_before_any_night_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCALL_CONFIG", str(folder_at(tmp_path, days=5).config))
    job = build_defs().resolve_job_def("nightly")
    result = job.execute_in_process(asset_selection=[dg.AssetKey("stg_contacts")], raise_on_error=False)
    assert not result.success
    said = [str(event.event_specific_data) for event in result.all_events if event.is_step_failure]
    assert any("run the whole nightly job once" in text for text in said)


def test_the_weekly_report(night: dg.ExecuteInProcessResult, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert night.success
    monkeypatch.setenv("AFTERCALL_CONFIG", str(folder.config))
    result = build_defs().resolve_job_def("weekly_report").execute_in_process()
    assert result.success
    (event,) = result.get_asset_materialization_events()
    path = Path(str(event.step_materialization_data.materialization.metadata["path"].value))
    assert path.parent == folder.store.data_dir / "reports"
    assert path.read_text("utf-8").lstrip().lower().startswith("<!doctype html")


def test_the_weekly_report_needs_a_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCALL_CONFIG", str(folder_at(tmp_path, days=5).config))
    job = build_defs().resolve_job_def("weekly_report")
    result = job.execute_in_process(raise_on_error=False)
    (failure,) = [event.event_specific_data for event in result.all_events if event.is_step_failure]
    assert "run `aftercall run` first" in str(failure)
    assert not [event for event in result.all_events if event.is_step_up_for_retry], "a retry would change nothing"


def test_without_configuration_the_job_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.defs.run.SAMPLE_CONFIG", Path("/nowhere/aftercall.toml"))
    result = build_defs().resolve_job_def("nightly").execute_in_process(raise_on_error=False)
    assert not result.success
    said = " ".join(str(event.event_specific_data) for event in result.all_events if event.is_failure)
    assert "/nowhere/aftercall.toml does not exist" in said
    assert "make run" in said

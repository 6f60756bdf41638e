"""What `dagster dev` loads: jobs, schedules, sensor, lineage, checks. It must load before anything is set up."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from builders.landed_days import Folder, folder_at

from pipelines.contract import ANALYSIS_TABLES, PUBLISHED_TABLES
from pipelines.defs import build_defs
from pipelines.defs.ingest import LANDING_TABLES
from pipelines.defs.schedules import new_files_sensor
from pipelines.quality.rules import GROUPS
from pipelines.warehouse.models import all_models

ROOT = Path(__file__).resolve().parents[2]
#: Tables of the scoring stage, which no SQL makes.
SCORING = {"text_languages", "text_scores", "text_findings", "handoff_similarities"}
#: Steps between models that neither score a text nor are published.
MATCHING = {"promise_matches"}
MODEL_FILES = sorted(model.path for model in all_models())
MARTS = sorted(path.stem for path in MODEL_FILES if path.parent.name == "marts" and path.stem in PUBLISHED_TABLES)


@pytest.fixture(scope="module")
def bare_defs() -> dg.Definitions:
    """Definitions of a fresh clone: no configuration, no key, no sample."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AFTERCALL_PSEUDONYM_KEY")
        patch.setattr("pipelines.defs.run.SAMPLE_CONFIG", Path("/nowhere/aftercall.toml"))
        return build_defs()


@pytest.fixture(scope="module")
def graph(bare_defs: dg.Definitions) -> "dg.AssetGraph":  # type: ignore[name-defined]
    return bare_defs.resolve_asset_graph()


@pytest.fixture
def landed(tmp_path: Path) -> Folder:
    """Files and a configuration, before any night."""
    return folder_at(tmp_path, days=5)


def test_they_load_without_configuration_and_key(bare_defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(bare_defs)
    jobs = {job.name for job in bare_defs.resolve_all_job_defs()} - {"__ASSET_JOB"}
    assert jobs == {"nightly", "weekly_report"}
    assert [sensor.job_name for sensor in bare_defs.sensors or ()] == ["nightly"]


def test_schedules_run_in_the_business_time_zone(landed: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    config = landed.path / "late.toml"
    config.write_text(
        landed.config.read_text().replace("[project]", '[project]\nnightly_at = "23:15"'), encoding="utf-8"
    )
    monkeypatch.setenv("AFTERCALL_CONFIG", str(config))
    defs = build_defs()
    nightly, weekly = defs.resolve_schedule_def("every_night"), defs.resolve_schedule_def("every_monday")
    assert (nightly.job_name, nightly.cron_schedule) == ("nightly", "15 23 * * *")
    assert weekly.job_name == "weekly_report"
    # Sunday's night ends on Monday, and so does the report that follows it.
    assert weekly.cron_schedule == "45 0 * * 1"
    assert nightly.execution_timezone == weekly.execution_timezone == "Europe/Berlin"


def test_the_report_is_due_ninety_minutes_after_the_night(bare_defs: dg.Definitions) -> None:
    assert bare_defs.resolve_schedule_def("every_night").cron_schedule == "30 2 * * *"
    assert bare_defs.resolve_schedule_def("every_monday").cron_schedule == "0 4 * * 1"


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_every_model_is_an_asset_with_the_dependencies_of_its_text(path: Path, graph: "dg.AssetGraph") -> None:  # type: ignore[name-defined]
    model = next(model for model in all_models() if model.path == path)
    node = graph.get(dg.AssetKey(path.stem))
    assert {key.to_user_string() for key in node.parent_keys} == set(model.reads)
    assert node.group_name == path.parent.name
    made = {m.name for m in all_models()} | set(LANDING_TABLES) | SCORING | MATCHING | set(ANALYSIS_TABLES)
    assert model.reads <= made, "it reads nothing that nobody makes"
    assert node.description


def test_no_other_asset_computes(graph: "dg.AssetGraph") -> None:  # type: ignore[name-defined]
    names = {key.to_user_string() for key in graph.get_all_asset_keys()}
    models = {path.stem for path in MODEL_FILES}
    made = models | set(LANDING_TABLES) | SCORING | MATCHING | set(ANALYSIS_TABLES)
    assert names == made | {"snapshot", "weekly_report_page"}


def test_statistics_stand_between_the_models_that_they_read_and_the_snapshot(graph: "dg.AssetGraph") -> None:  # type: ignore[name-defined]
    models = {m.name: m for m in all_models()}
    for name in ANALYSIS_TABLES:
        node = graph.get(dg.AssetKey(name))
        assert (node.group_name, node.description) == ("metrics", ANALYSIS_TABLES[name].description)
        parents = {key.to_user_string() for key in node.parent_keys}
        assert parents
        # Words are looked for in the segments that diverge.
        assert parents <= models.keys() | ({"segment_divergence"} if name == "segment_words" else set())
    # What the statistics read is made for them: nothing in that layer stands there unread.
    read = {key.to_user_string() for name in ANALYSIS_TABLES for key in graph.get(dg.AssetKey(name)).parent_keys}
    read |= {name for model in models.values() for name in model.reads}
    assert {name for name, model in models.items() if model.layer == "analysis_inputs"} <= read


def test_texts_are_scored_between_the_models_that_choose_and_those_that_use_them(graph: "dg.AssetGraph") -> None:  # type: ignore[name-defined]
    for name in SCORING:
        node = graph.get(dg.AssetKey(name))
        assert (node.group_name, bool(node.description)) == ("scoring", True)
        assert node.parent_keys
    parents = {name: {key.to_user_string() for key in graph.get(dg.AssetKey(name)).parent_keys} for name in SCORING}
    assert "int_language_samples" in parents["text_languages"] & parents["text_scores"]
    assert "text_languages" in parents["text_scores"] & parents["text_findings"]
    users = {
        "int_text_sentiment": "text_scores",
        "int_findings": "text_findings",
        "handoff_quality": "handoff_similarities",
    }
    for user, scored in users.items():
        assert dg.AssetKey(scored) in graph.get(dg.AssetKey(user)).parent_keys
    nightly = build_defs().resolve_job_def("nightly").asset_layer.asset_graph.get_all_asset_keys()
    assert {dg.AssetKey(name) for name in SCORING} < set(nightly)


def test_blocking_checks_stand_before_the_snapshot(bare_defs: dg.Definitions, graph: "dg.AssetGraph") -> None:  # type: ignore[name-defined]
    checks = {key: graph.get(key) for key in graph.asset_check_keys}
    blocking = {key for key in checks if graph.get_check_spec(key).blocking}
    assert {key.name for key in checks} == set(GROUPS.values())
    assert {key.name for key in blocking} == {"blocking"}
    named = {key: str(graph.get_check_spec(key).description).split(", ") for key in checks}
    for key, groups in named.items():
        assert {GROUPS[group] for group in groups} == {key.name}, key
    assert {group for groups in named.values() for group in groups} == set(GROUPS)
    for mart in MARTS:
        assert {"keys", "required"} <= set(named[dg.AssetCheckKey(dg.AssetKey(mart), "blocking")]), mart
    # Every published table that a check looks at stands upstream of the snapshot, in the job that publishes.
    parents = {key.to_user_string() for key in graph.get(dg.AssetKey("snapshot")).parent_keys}
    assert parents >= set(PUBLISHED_TABLES) - {"data_quality"} | set(MARTS)
    gated = bare_defs.resolve_job_def("nightly").asset_layer.asset_graph
    assert blocking <= set(gated.asset_check_keys)


def test_retries(bare_defs: dg.Definitions) -> None:
    for node in bare_defs.resolve_job_def("nightly").nodes:
        if not node.name.startswith("audit_"):
            policy = node.definition.retry_policy
            assert policy is not None, node.name
            assert policy.max_retries >= 1


def test_the_sensor_asks_once_for_every_change(landed: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCALL_CONFIG", str(landed.config))
    first = new_files_sensor.evaluate_tick(dg.build_sensor_context())
    assert len(first.run_requests or ()) == 1
    again = new_files_sensor.evaluate_tick(dg.build_sensor_context(cursor=first.cursor))
    assert not again.run_requests
    assert again.skip_message
    assert "none of them new" in again.skip_message
    monkeypatch.setenv("AFTERCALL_CONFIG", "/nowhere.toml")
    unset = new_files_sensor.evaluate_tick(dg.build_sensor_context())
    assert not unset.run_requests
    assert unset.skip_message
    assert "aftercall doctor" in unset.skip_message


def test_dagster_accepts_the_definitions(tmp_path: Path) -> None:
    """As on a fresh clone: from the root of the repository, with nothing in the environment."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"AFTERCALL_PSEUDONYM_KEY", "AFTERCALL_CONFIG", "DAGSTER_HOME"}
    }
    done = subprocess.run(
        [Path(sys.executable).parent / "dagster", "definitions", "validate"],
        cwd=ROOT,
        env=environment | {"DAGSTER_HOME": str(tmp_path), "DAGSTER_DISABLE_TELEMETRY": "yes"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Validation successful" in done.stdout + done.stderr


def test_the_instance_configuration_is_valid(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert not instance.telemetry_enabled
        assert instance.get_concurrency_config().run_queue_config is not None
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1  # type: ignore[union-attr]

"""What a simulated operation looks like on disk: shape, references, disorder, determinism."""

import hashlib
import json
import tomllib
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from builders.simulated_landing import eligible, files, last_versions, read_file, read_table

from pipelines.contract import CANONICAL_TABLES
from pipelines.simulate import SimulationSummary, simulate
from pipelines.simulate.deliveries import formats

TABLES = sorted(set(CANONICAL_TABLES) - {"dispositions", "identities"})


def _hashes(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    first, second = (simulate(tmp_path / name, contacts=1_500, days=30, seed=3).out for name in "ab")
    assert _hashes(first) == _hashes(second)
    assert len(_hashes(first)) > 30


def test_another_seed_is_another_operation(tmp_path: Path) -> None:
    first, second = (
        simulate(tmp_path / str(seed), contacts=300, days=20, seed=seed, transcripts=False).out for seed in (3, 4)
    )
    assert _hashes(first) != _hashes(second)


def test_transcripts_change_nothing_else(tmp_path: Path) -> None:
    spoken, silent = (
        simulate(tmp_path / str(on), contacts=800, days=30, seed=5, transcripts=on).out for on in (True, False)
    )
    apart = {name for name, _ in _hashes(spoken).items() ^ _hashes(silent).items()}
    assert {name.split("/")[1] for name in apart if name.startswith("landing/")} == {"turns"}
    assert {name for name in apart if not name.startswith("landing/")} == {
        "aftercall.toml",
        "_truth/deliveries.parquet",
        "_truth/world.json",
    }


@pytest.mark.parametrize("table", TABLES)
def test_files_hold_columns_of_the_contract(operation: SimulationSummary, table: str) -> None:
    known = CANONICAL_TABLES[table]
    paths = files(operation.out, table)
    assert 1 < len(paths) < 40
    assert len({path.name.partition(".")[2] for path in paths}) == 1
    for path in paths:
        columns = read_file(path).columns
        assert set(columns) <= set(known.column_names)
        assert {column.name for column in known.required} <= set(columns)


@pytest.mark.parametrize("table", TABLES)
def test_required_values_are_there_and_keys_repeat_only_as_stated(operation: SimulationSummary, table: str) -> None:
    known = CANONICAL_TABLES[table]
    rows = read_table(operation.out, table)
    assert rows.select(pl.col([column.name for column in known.required]).null_count()).sum_horizontal().item() == 0
    changed = [name for name in ("updated_at", "deleted_at") if name in rows.columns]
    versions = rows.unique()
    assert versions.select(*known.key, *changed).is_duplicated().sum() == 0


@pytest.mark.parametrize("table", [table for table in TABLES if table != "contacts"])
def test_references_lead_somewhere(operation: SimulationSummary, table: str) -> None:
    rows = read_table(operation.out, table)
    for column in CANONICAL_TABLES[table].columns:
        if column.references and column.name in rows.columns:
            target, key = column.references.split(".")
            ids = read_table(operation.out, target)[key].unique()
            given = rows[column.name].drop_nulls()
            assert given.len() > 0
            assert given.is_in(ids.implode()).all(), f"{table}.{column.name}"


def test_handle_time_is_the_sum_of_its_parts(operation: SimulationSummary) -> None:
    contacts = last_versions(read_table(operation.out, "contacts")).filter(pl.col("handle_seconds") >= 0)
    parts = contacts["talk_seconds"] + contacts["hold_seconds"] + contacts["wrap_seconds"]
    assert (parts == contacts["handle_seconds"]).all()
    means = dict(
        contacts.filter(pl.col("root_contact_id").is_null())
        .group_by("mode")
        .agg(pl.col("handle_seconds").mean())
        .iter_rows()
    )
    assert means["ai_primary"] < means["human_primary"] / 2


def test_joint_contacts_are_an_ai_leg_then_a_human_one_with_a_handoff(operation: SimulationSummary) -> None:
    legs = last_versions(read_table(operation.out, "contacts")).filter(pl.col("root_contact_id").is_not_null())
    pairs = (
        legs.sort("root_contact_id", "started_at")
        .group_by("root_contact_id", maintain_order=True)
        .agg("mode", "contact_id", "started_at", "ended_at")
    )
    assert pairs.height > 100
    assert (pairs["mode"].list.join(">") == "ai_primary>human_primary").all()
    assert (pairs["contact_id"].list.first() == pairs["root_contact_id"]).all()
    assert set(read_table(operation.out, "handoffs")["contact_id"]) == set(pairs["root_contact_id"])


def test_the_untidy_is_there_and_rare(operation: SimulationSummary) -> None:
    contacts = read_table(operation.out, "contacts")
    current = last_versions(contacts)
    assert set(current["direction"].unique()) == {None, "inbound", "outbound", "callback"}
    assert {"", "?", None} <= set(current["customer_id"].unique())
    assert current.filter(~pl.col("served"))["disconnect_reason"].is_in(["abandoned", "system_error"]).all()
    assert (contacts["handle_seconds"] < 0).sum() >= 1
    assert contacts.is_duplicated().any()
    for column in ("ended_at", "handle_seconds", "issue", "served"):
        assert 0 < current[column].null_count() < 0.1 * current.height
    done = pl.read_parquet(operation.truth / "deliveries.parquet")
    kinds = set(done.filter(pl.col("table") == "contacts")["kind"])
    assert kinds == {"late", "redelivered", "corrected", "withdrawn", "bad handle_seconds"}
    broken = done.filter(pl.col("kind").str.starts_with("bad")).group_by("table").len()
    for table, count in broken.iter_rows():
        assert count / operation.rows[table] < 0.01
    surveys = read_table(operation.out, "surveys")
    assert (surveys["csat"] == 9).any()
    assert (surveys["responded_at"] == "yesterday").any()


def test_corrections_end_with_what_happened(operation: SimulationSummary) -> None:
    contacts = read_table(operation.out, "contacts").unique()
    done = pl.read_parquet(operation.truth / "deliveries.parquet").filter(pl.col("table") == "contacts")
    versions = contacts.group_by("contact_id").len().filter(pl.col("len") > 1)["contact_id"]
    assert set(versions) == set(done.filter(pl.col("kind").is_in(["corrected", "withdrawn"]))["key"])
    withdrawn = contacts.filter(pl.col("deleted_at").is_not_null())
    assert (withdrawn["deleted_at"] == withdrawn["updated_at"]).all()


def test_late_records_come_after_their_delivery_was_due(operation: SimulationSummary) -> None:
    done = pl.read_parquet(operation.truth / "deliveries.parquet").filter(
        (pl.col("table") == "contacts") & (pl.col("kind") == "late")
    )
    contacts = read_table(operation.out, "contacts").select("contact_id", "updated_at")
    waited = done.join(contacts, left_on="key", right_on="contact_id").select(
        (pl.col("delivered") - pl.col("updated_at").dt.date()).dt.total_days()
    )
    # Deliveries are a week apart: the next one is at most seven days away.
    assert done.height > 10
    assert waited.to_series().max() > 7


def test_configuration_names_every_table_that_landed(operation: SimulationSummary) -> None:
    text = operation.config.read_text(encoding="utf-8")
    assert list(operation.out.rglob("*.toml")) == [operation.config]
    lines = text.splitlines()
    assert "[project]" in lines
    assert any(line.startswith("data_dir = ") for line in lines)
    assert not any(line.lstrip().startswith("engine") for line in lines)
    read = tomllib.loads(text)
    assert set(read["project"]) == {"name", "data_dir", "time_zone", "currency"}
    assert sorted(source["table"] for source in read["sources"]) == TABLES
    for source in read["sources"]:
        found = sorted(operation.out.glob(source["path"]))
        assert found == files(operation.out, source["table"])


def test_the_period_is_kept(operation: SimulationSummary) -> None:
    started = read_table(operation.out, "contacts")["started_at"].dt.convert_time_zone("America/New_York")
    assert (operation.first_day, operation.last_day) == (date(2026, 8, 2), date(2026, 9, 30))
    assert started.dt.date().min() == operation.first_day
    assert started.dt.date().max() == operation.last_day
    by_hour = dict(started.dt.hour().value_counts().iter_rows())
    assert by_hour[10] > 5 * by_hour.get(3, 0)
    by_day = dict(started.dt.weekday().value_counts().iter_rows())
    assert by_day[1] > 1.4 * by_day[7]


def test_the_requested_size_is_met(large_operation: SimulationSummary) -> None:
    assert large_operation.contacts == pytest.approx(60_000, rel=0.02)
    assert "turns" not in large_operation.rows
    world = json.loads((large_operation.truth / "world.json").read_text(encoding="utf-8"))
    assert world["world"]["issues"][0]["name"] == "billing_dispute"


def test_modes_and_claims_differ_as_planted(large_operation: SimulationSummary) -> None:
    contacts = read_table(large_operation.out, "contacts")
    truth = pl.read_parquet(large_operation.truth / "contacts.parquet")
    claims = (
        last_versions(contacts)
        .filter(pl.col("resolved_claimed").is_not_null())
        .select(pl.col("root_contact_id").fill_null(pl.col("contact_id")).alias("contact_id"), "resolved_claimed")
    )
    false = (
        truth.join(claims, on="contact_id")
        .filter(~pl.col("resolved"), pl.col("changed_by").is_null() | (pl.col("changed_by") == "pacific_issue_mix"))
        .group_by("mode")
        .agg(pl.col("resolved_claimed").mean())
    )
    shares = dict(false.iter_rows())
    assert shares["ai_primary"] == pytest.approx(0.66, abs=0.03)
    assert shares["human_primary"] == pytest.approx(0.34, abs=0.03)
    assert set(eligible(contacts)["root"]) == set(truth.filter(pl.col("identified"))["contact_id"])


def test_unhappy_and_happy_customers_answer_surveys_most(large_operation: SimulationSummary) -> None:
    truth = pl.read_parquet(large_operation.truth / "contacts.parquet").select("contact_id", "closing_mood")
    answered = read_table(large_operation.out, "surveys")["contact_id"].drop_nulls().unique()
    rates = [
        truth.filter(pl.col("closing_mood").is_between(lower, upper))["contact_id"].is_in(answered.implode()).mean()
        for lower, upper in ((-9.0, -1.5), (-0.3, 0.3), (1.5, 9.0))
    ]
    assert rates[0] > 1.5 * rates[1]
    assert rates[2] > 1.5 * rates[1]


def test_unresolved_contacts_bring_more_complaints(large_operation: SimulationSummary) -> None:
    truth = pl.read_parquet(large_operation.truth / "contacts.parquet")
    complaints = read_table(large_operation.out, "complaints").unique()
    named = complaints["contact_id"].drop_nulls()
    resolved = truth.filter(pl.col("contact_id").is_in(named.implode()))["resolved"]
    assert resolved.mean() < 0.35
    assert complaints.filter(pl.col("customer_id").is_null() & pl.col("contact_id").is_null()).height > 0


def test_a_large_operation_lands_bulky_tables_as_parquet() -> None:
    assert formats(199_999)["crm_events"] == "csv.gz"
    assert formats(200_000)["crm_events"] == "parquet"


@pytest.mark.parametrize(("contacts", "days"), [(1, 1), (40, 2)])
def test_tiny_operations_are_whole(tmp_path: Path, contacts: int, days: int) -> None:
    done = simulate(tmp_path / "tiny", contacts=contacts, days=days, seed=1)
    for source in tomllib.loads(done.config.read_text(encoding="utf-8"))["sources"]:
        assert list(done.out.glob(source["path"]))


def test_what_cannot_be_simulated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        simulate(tmp_path / "none", contacts=0, days=10, seed=1)
    simulate(tmp_path / "once", contacts=5, days=1, seed=1, transcripts=False)
    with pytest.raises(FileExistsError, match="already holds"):
        simulate(tmp_path / "once", contacts=5, days=1, seed=1)

"""One configuration over real exports of three systems: it publishes, and every record is accounted for."""

import csv
import io
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest
from builders.walk_of_real_files import (  # noqa: F401  # of the same night: another file would make another one
    tabs,
    test_a_case_of_a_real_incident_is_opened,
    test_a_page_stands_and_its_points_lead_to_cases,
    test_a_page_stands_on_a_phone_and_is_filtered,
)
from polars.testing import assert_frame_equal
from rich.console import Console

from pipelines.commands.run_nightly import NightlyOutcome, run_nightly
from pipelines.config import load_settings
from pipelines.snapshot import Snapshot, SnapshotStore

_CONFIG = """
[project]
data_dir = "data"
threads = 1

[[sources]]
format = "servicenow_incident"
path = "{real}/servicenow-*/*.csv"

[[sources]]
format = "cfpb"
path = "{real}/cfpb-*/*.csv"

[[sources]]
format = "vcon"
path = "{real}/vcon-*/*.*on"
"""
_INCIDENTS = """
[project]
data_dir = "data"

[[sources]]
format = "servicenow_incident"
path = "landing/*.csv"
"""
#: File → words of the reason. Everything else must be read.
_REFUSED = {
    "complaints-subset.csv": "required column absent: complaint_id",
    "ab_call_ext_rec_encrypted.vcon": "encrypted",
    "ab_call_ext_rec_signed.vcon": "signed",
}


#: What the vCons' author asked for, where it is plainly good or bad.
_MOODS = {
    **dict.fromkeys(("happy", "excited", "relieved"), "good"),
    **dict.fromkeys(("angry", "disappointed", "frustrated", "sad", "nervous"), "bad"),
}


def _run(config: Path) -> NightlyOutcome:
    return run_nightly(load_settings(config), as_of="", full_refresh=False, console=Console(file=io.StringIO()))


@pytest.fixture(scope="module", autouse=True)
def key() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCALL_PSEUDONYM_KEY", "a test key of at least thirty-two bytes")
        patch.delenv("DAGSTER_HOME", raising=False)
        yield


@dataclass(frozen=True)
class Published:
    """Two nights on the same files."""

    data_dir: Path
    first: NightlyOutcome
    second: NightlyOutcome
    snapshot: Snapshot

    def table(self, name: str) -> pl.DataFrame:
        return self.snapshot.scan(name).collect()


@pytest.fixture(scope="module")
def published(real_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("real")
    config = folder / "aftercall.toml"
    config.write_text(_CONFIG.format(real=real_files), "utf-8")
    first = _run(config)
    return Published(folder / "data", first, _run(config), SnapshotStore(folder / "data").current())


def test_it_publishes_and_runs_again_unchanged(published: Published) -> None:
    assert (published.first.exit_code, published.first.outcome) == (0, "published")
    assert (published.second.exit_code, published.second.outcome) == (0, "unchanged")
    assert published.second.manifest == published.first.manifest == published.snapshot.manifest


def test_the_ledger_balances_for_every_file(published: Published, real_files: Path) -> None:
    ledger = published.table("ingest_ledger")
    delivered = [
        *real_files.glob("servicenow-*/*.csv"),
        *real_files.glob("cfpb-*/*.csv"),
        *real_files.glob("vcon-*/*.*on"),
    ]
    assert sorted(ledger["file"]) == sorted(map(str, delivered))
    fates = pl.sum_horizontal("accepted", "duplicates", "superseded", "quarantined")
    assert ledger.filter(pl.col("rows_in") != fates).is_empty()
    assert ledger.filter(pl.min_horizontal("accepted", "duplicates", "superseded", "quarantined") < 0).is_empty()
    by_format = {str(name): rows for name, rows in ledger.group_by("source").agg(pl.sum("rows_in")).iter_rows()}
    (log,) = real_files.glob("servicenow-*/*.csv")
    with log.open(encoding="utf-8-sig", newline="") as handle:
        assert by_format["servicenow_incident"] == sum(1 for _ in csv.reader(handle)) - 1
    readable_vcons = len(list(real_files.glob("vcon-*/*.*on"))) - 2
    assert by_format["vcon"] == readable_vcons, "one container is one record"


def test_what_is_not_accepted_is_explained(published: Published) -> None:
    """Every rejected record of the ledger stands in quarantine with a reason."""
    ledger, quarantine = published.table("ingest_ledger"), published.table("quarantine")
    rows = quarantine.filter(pl.col("scope") == "row")
    positions = rows.group_by("file").agg(pl.col("position").n_unique().alias("positions"))
    rejected = ledger.filter(pl.col("quarantined") > 0).select("file", "quarantined")
    joined = rejected.join(positions, on="file", how="full", coalesce=True)
    assert joined.filter(pl.col("quarantined") != pl.col("positions").cast(pl.Int64)).is_empty()
    assert quarantine.filter(pl.col("reason").str.len_chars() < 10).is_empty()


def test_exactly_the_expected_files_are_refused(published: Published) -> None:
    refused = published.table("ingest_ledger").filter(pl.col("reason").is_not_null())
    assert {Path(row["file"]).name for row in refused.iter_rows(named=True)} == set(_REFUSED)
    for row in refused.iter_rows(named=True):
        assert _REFUSED[Path(row["file"]).name] in row["reason"]
        assert row["rows_in"] == 0
    of_files = published.table("quarantine").filter(pl.col("scope") == "file")
    assert {Path(file).name for file in of_files["file"]} == set(_REFUSED)


def _incidents(real_files: Path) -> set[str]:
    (log,) = real_files.glob("servicenow-*/*.csv")
    with log.open(encoding="utf-8-sig", newline="") as handle:
        rows = csv.DictReader(handle)
        return {next(value for name, value in row.items() if name.lower() == "number") for row in rows}


def test_all_incidents_are_outcomes(published: Published, real_files: Path) -> None:
    incidents = _incidents(real_files)
    assert len(incidents) == 890
    outcomes = published.table("contact_outcomes")
    assert incidents <= set(outcomes["contact_id"])
    of_incidents = outcomes.filter(pl.col("contact_id").is_in(sorted(incidents)))
    assert of_incidents.height == 890
    assert of_incidents["mature_30d"].all()
    assert of_incidents["resolved_outcome"].null_count() == 0


def test_reopenings_flag_the_incidents_that_they_reopen_in_time(published: Published) -> None:
    with duckdb.connect(str(published.data_dir / "warehouse.duckdb"), read_only=True) as warehouse:
        events = warehouse.execute(
            "select contact_id, occurred_at from stg_crm_events where event_type = 'case_reopened'"
        ).fetchall()
    assert len(events) == 11
    outcomes = {row["contact_id"]: row for row in published.table("contact_outcomes").iter_rows(named=True)}
    in_time = set()
    for contact_id, occurred_at in events:
        ended_at = outcomes[contact_id]["ended_at"].replace(tzinfo=None)
        assert occurred_at >= ended_at, "every reopening comes after the first resolution"
        if (occurred_at - ended_at).total_seconds() <= 30 * 86_400:
            in_time.add(contact_id)
    assert in_time
    flagged = {contact_id for contact_id, row in outcomes.items() if row["reopened_within_30d"]}
    assert flagged == in_time
    assert not any(outcomes[contact_id]["resolved_outcome"] for contact_id in in_time)
    assert all(outcomes[contact_id]["resolved_claimed"] for contact_id in in_time), "the claim was made all the same"


def test_how_conversations_open_tells_the_mood_that_their_author_asked_for(
    published: Published, real_files: Path
) -> None:
    """Of how they close this does not hold: their author has every one of them end politely (docs/decisions.md)."""
    asked = {}
    for path in (real_files / "vcon-dev-synthetic").glob("*.vcon.json"):
        for attachment in json.loads(path.read_text("utf-8"))["attachments"]:
            if attachment["type"] == "generation_info":
                asked[path.name.split(".")[0]] = attachment["body"]["emotion"]
    heard = published.table("contact_outcomes").filter(pl.col("contact_id").is_in(list(asked)))
    assert heard["transcript_scoring"].to_list() == ["scored"] * len(asked)
    by_mood: dict[str, list[float]] = {"good": [], "bad": []}
    for contact_id, opening in heard.select("contact_id", "opening_sentiment").iter_rows():
        mood = _MOODS.get(asked[contact_id])
        if mood:
            by_mood[mood].append(opening)
    ahead = [good > bad for good in by_mood["good"] for bad in by_mood["bad"]]
    assert len(ahead) > 200
    assert sum(ahead) / len(ahead) > 0.75
    assert heard["closing_sentiment"].min() > -0.25


@pytest.mark.wide
def test_a_log_split_over_files_and_nights_is_the_same_log(real_files: Path, tmp_path: Path) -> None:
    (log,) = real_files.glob("servicenow-*/*.csv")
    header, *lines = log.read_bytes().splitlines(keepends=True)
    chance = random.Random(20261123)  # noqa: S311
    parts: list[list[bytes]] = [[] for _ in range(5)]
    for line in lines:
        parts[chance.randrange(5)].append(line if line.endswith(b"\n") else line + b"\n")
    configs = {}
    for name in ("whole", "split"):
        (tmp_path / name / "landing").mkdir(parents=True)
        configs[name] = tmp_path / name / "aftercall.toml"
        configs[name].write_text(_INCIDENTS, "utf-8")
    (tmp_path / "whole" / "landing" / "log.csv").write_bytes(log.read_bytes())
    assert _run(configs["whole"]).outcome == "published"
    for night in (range(3), range(3, 5)):
        for number in night:
            rows = parts[number]
            chance.shuffle(rows)
            (tmp_path / "split" / "landing" / f"{number}.csv").write_bytes(header + b"".join(rows))
        assert _run(configs["split"]).outcome == "published"
    tables = {
        name: SnapshotStore(config.parent / "data").current().scan("contact_outcomes").collect()
        for name, config in configs.items()
    }
    assert tables["whole"].height == 890
    ordered = [table.sort("system", "contact_id") for table in (tables["whole"], tables["split"])]
    assert_frame_equal(*ordered, abs_tol=1e-9)

"""Laws of ingestion: which version of a record wins, and a ledger that accounts for every source record."""

import hashlib
import itertools
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builders.landed import Landed, naive_utc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.contract import CANONICAL_TABLES
from pipelines.warehouse.resolve_versions import write_ledger

START = "2026-01-05 10:00:00"
DELIVERED_AT = r"in/(?P<delivered>\d{4}-\d\d-\d\d)/"
LAWS = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None)


@dataclass(frozen=True)
class Version:
    """One delivered record; a key of None is a record that must be quarantined."""

    key: str | None
    queue: str
    updated_at: str | None
    deleted_at: str | None

    @property
    def line(self) -> str:
        values = (self.key, START, self.queue, self.updated_at, self.deleted_at)
        return ",".join(value or "" for value in values)

    @property
    def sha(self) -> str:
        """Of the record as the contract lays it out, typed: columns in order, nulls marked."""
        known = {
            "contact_id": self.key, "started_at": START, "queue": self.queue,
            "updated_at": self.updated_at, "deleted_at": self.deleted_at,
        }  # fmt: skip
        values = ["default", *(known.get(name) or "\0" for name in CANONICAL_TABLES["contacts"].column_names)]
        return hashlib.sha256("\x1f".join(values).encode()).hexdigest()


@dataclass(frozen=True)
class Delivery:
    """One file. ``number`` makes paths differ, not contents."""

    day: str
    number: int
    versions: tuple[Version, ...]

    @property
    def name(self) -> str:
        return f"in/{self.day}/{self.number}.csv"

    @property
    def content(self) -> str:
        return "\n".join(["contact_id,started_at,queue,updated_at,deleted_at", *(v.line for v in self.versions), ""])

    @property
    def sha(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


MOMENTS = st.sampled_from([None, "2026-02-01 00:00:00", "2026-03-01 00:00:00"])
VERSIONS = st.builds(
    Version,
    key=st.sampled_from(["a", "b", "c", "a", "b", None]),
    queue=st.sampled_from(["x", "y"]),
    updated_at=MOMENTS,
    deleted_at=st.sampled_from([None, None, None, "2026-04-01 00:00:00"]),
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Delivery, ...]:
    contents = draw(st.lists(st.lists(VERSIONS, max_size=5).map(tuple), min_size=1, max_size=4))
    contents += draw(st.lists(st.sampled_from(contents), max_size=1))  # the same bytes at a second path
    days = st.sampled_from(["2026-05-01", "2026-05-02"])
    return tuple(Delivery(draw(days), number, versions) for number, versions in enumerate(contents))


def _nights(*nights: Sequence[Delivery]) -> tuple[list[dict[str, Any]], dict[str, tuple[int, ...]]]:
    """Surviving rows and ledger after these nights, each of which finds the files of the earlier ones as well."""
    with tempfile.TemporaryDirectory() as folder:
        landing = Landed(Path(folder)).source("in/*/*.csv", delivered_at=DELIVERED_AT)
        for night in nights:
            for delivery in night:
                landing.put(delivery.name, delivery.content)
            landing.night()
        surviving, ledger = landing.surviving(), landing.ledger()
        landing.connection.close()
    return surviving, ledger


def _by_the_law(files: Sequence[Delivery]) -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    """key → sha of the winning record, and the ledger, by brute force."""
    # The same bytes are read once, at the first path; they count as delivered when they first were.
    contents: dict[str, Delivery] = {}
    delivered: dict[str, str] = {}
    for file in sorted(files, key=lambda file: file.name):
        contents.setdefault(file.sha, file)
        delivered[file.sha] = min(delivered.get(file.sha, "9"), file.day)
    copies = [
        (version, sha, position)
        for sha, file in contents.items()
        for position, version in enumerate(file.versions)
        if version.key is not None
    ]
    winners: dict[str, str] = {}
    accepted: set[tuple[str, int]] = set()
    for key in {version.key for version, _, _ in copies if version.key is not None}:
        mine = [copy for copy in copies if copy[0].key == key]
        best = max(mine, key=lambda copy: (copy[0].updated_at or "", delivered[copy[1]], copy[2], copy[0].sha))[0].sha
        winners[key] = best
        accepted.add(min((sha, position) for version, sha, position in mine if version.sha == best))
    ledger: dict[str, tuple[int, ...]] = {}
    for file in files:
        fates = []
        for position, version in enumerate(file.versions):
            if version.key is None:
                fates.append("quarantined")
            elif contents[file.sha] is not file:
                fates.append("duplicate")
            elif (file.sha, position) in accepted:
                fates.append("accepted")
            else:
                fates.append("duplicate" if winners[version.key] == version.sha else "superseded")
        counted = (fates.count(fate) for fate in ("accepted", "duplicate", "superseded", "quarantined"))
        ledger[file.name] = (len(fates), *counted)
    return winners, ledger


@settings(LAWS, max_examples=12)
@given(files=deliveries())
def test_winners_and_ledger_follow_the_law(files: tuple[Delivery, ...]) -> None:
    surviving, ledger = _nights(files)
    winners, expected = _by_the_law(files)
    found = {
        row["contact_id"]: Version(
            row["contact_id"], row["queue"], _text(row.get("updated_at")), _text(row.get("deleted_at"))
        ).sha
        for row in surviving
    }
    assert found == winners
    assert len(surviving) == len(winners)
    assert ledger == expected
    assert all(rows_in == sum(fates) for rows_in, *fates in ledger.values())


def _text(moment: object) -> str | None:
    return None if moment is None else str(moment)


@settings(LAWS, max_examples=6)
@given(data=st.data(), drawn=deliveries())
def test_order_repeats_and_nights_change_nothing(data: st.DataObject, drawn: tuple[Delivery, ...]) -> None:
    # Each on a day of its own: of two deliveries of one moment the later run's wins, which is no matter of order.
    days = data.draw(st.permutations(range(1, len(drawn) + 1)))
    files = [Delivery(f"2026-05-0{day}", file.number, file.versions) for day, file in zip(days, drawn, strict=True)]
    together, _ = _nights(files)
    shuffled = data.draw(st.permutations(files))
    nights = [shuffled[:1], shuffled[1:]]
    again = data.draw(st.lists(st.sampled_from(files), max_size=2))
    repeats = [Delivery(file.day, file.number + 100 + place, file.versions) for place, file in enumerate(again)]
    # Repeats keep the day of delivery: a later delivery of a record may rightly win.
    split, ledger = _nights(*nights, repeats)
    assert split == together
    assert all(rows_in == sum(fates) for rows_in, *fates in ledger.values())


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_version_arriving_late_does_not_win_by_being_late(landing: Landed, order: tuple[int, ...]) -> None:
    landing.source("in/*.csv")
    for number in order:
        landing.put(
            f"in/{number}.csv", f"contact_id,started_at,queue,updated_at\na,{START},q{number},2026-02-0{number + 1}\n"
        )
        landing.night()
    assert landing.surviving(columns="queue") == [{"queue": "q2"}]
    assert landing.ledger()["in/2.csv"] == (1, 1, 0, 0, 0)
    assert landing.ledger()["in/0.csv"] == (1, 0, 0, 1, 0)


def test_the_same_bytes_at_two_paths_are_read_once(landing: Landed) -> None:
    content = f"contact_id,started_at,handle_seconds\na,{START},1\nb,{START},x\nc,,\n"
    landing.source("in/*.csv")
    landing.put("in/1.csv", content)
    landing.put("in/2.csv", content)
    landing.night()
    assert landing.ledger() == {"in/1.csv": (3, 2, 0, 0, 1), "in/2.csv": (3, 0, 2, 0, 1)}
    assert landing.query("select count(*) as n from landing_contacts") == [{"n": 2}]


def test_a_refused_path_does_not_refuse_the_same_bytes_elsewhere(landing: Landed) -> None:
    landing.source("in/**/*.csv", delivered_at=DELIVERED_AT)
    content = f"contact_id,started_at\na,{START}\n"
    landing.put("in/1900-no-day/1.csv", content)
    landing.put("in/2026-05-01/2.csv", content)
    landing.night()
    assert landing.ledger() == {"in/1900-no-day/1.csv": (0, 0, 0, 0, 0), "in/2026-05-01/2.csv": (1, 1, 0, 0, 0)}
    assert "does not match delivered_at" in landing.refusals()["in/1900-no-day/1.csv"]
    assert len(landing.surviving()) == 1


def test_a_night_without_news_reads_nothing(landing: Landed) -> None:
    landing.source("in.csv")
    path = landing.put("in.csv", f"contact_id,started_at\na,{START}\n")
    landing.night()
    summary = landing.night()
    assert (summary.files_known, summary.files_new, summary.changed) == (1, 0, False)
    path.write_bytes(path.read_bytes())  # touched, not changed
    summary = landing.night()
    assert (summary.files_known, summary.files_new, summary.changed) == (1, 0, False)


def test_configuration_and_files_may_move_together(landing: Landed, tmp_path: Path) -> None:
    """A folder copied to another place, its clock times lost on the way, is the same delivery."""
    landing.source("in/*.csv")
    landing.put("in/a.csv", f"contact_id,started_at\nc1,{START}\n")
    landing.put("in/b.csv", f"contact_id,started_at\nc2,{START}\n")
    landing.night()
    before = (landing.ledger(), landing.surviving())
    landing.folder = tmp_path / "moved"
    for name in ("a", "b"):
        path = landing.put(f"in/{name}.csv", (tmp_path / "in" / f"{name}.csv").read_bytes())
        os.utime(path, ns=(1, 1))
    summary = landing.night()
    assert (summary.files_known, summary.changed) == (2, False)
    assert (landing.ledger(), landing.surviving()) == before
    assert landing.query("select count(*) as n from landing_files where is_present") == [{"n": 2}]


def test_a_source_that_is_taken_out_counts_no_more_until_it_returns(landing: Landed) -> None:
    landing.source("one.csv", name="one").source("two.csv", name="two")
    landing.put("one.csv", f"contact_id,started_at,queue\na,{START},one\n")
    landing.put("two.csv", f"contact_id,started_at,queue,updated_at\na,{START},two,2026-02-01\nb,{START},two,\n")
    landing.night()
    both = landing.surviving()
    assert [row["queue"] for row in both] == ["two", "two"]
    two = landing.sources.pop()
    assert landing.night().changed
    assert [row["queue"] for row in landing.surviving()] == ["one"]
    assert landing.ledger() == {"one.csv": (1, 1, 0, 0, 0)}
    landing.sources.append(two)
    summary = landing.night()
    assert (summary.changed, summary.files_new) == (True, 0)
    assert landing.surviving() == both
    assert landing.ledger() == {"one.csv": (1, 0, 0, 1, 0), "two.csv": (2, 2, 0, 0, 0)}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("time_zone", "America/New_York", {"system": "default", "started_at": naive_utc("2026-04-05 14:00")}),
        ("system", "eu", {"system": "eu", "started_at": naive_utc("2026-04-05 10:00")}),
        ("date_order", "mdy", {"system": "default", "started_at": naive_utc("2026-04-05 10:00"), "ended_at": naive_utc("2026-05-04 10:00")}),
    ],
)  # fmt: skip
def test_changed_settings_of_a_source_read_its_files_anew(
    landing: Landed, key: str, value: str, expected: dict[str, object]
) -> None:
    landing.source("*.csv", name="exports")
    content = "contact_id,started_at,ended_at\na,2026-04-05 10:00,05-04-2026 10:00\n"
    landing.put("one.csv", content)
    landing.put("two.csv", content)
    landing.night()
    before = landing.surviving()
    assert len(landing.quarantine()) == 2, "the order of day and month is not settled"
    landing.sources[0][key] = value
    assert landing.night().files_new == 2
    assert landing.surviving(columns="system, started_at, ended_at") == [expected]
    assert landing.query("select count(*) as n from landing_contacts") == [{"n": 1}], (
        "nothing of the first reading stays"
    )
    del landing.sources[0][key]
    landing.night()
    assert landing.surviving() == before


def test_keys_of_different_systems_are_different_records(landing: Landed) -> None:
    landing.source("one.csv", system="eu").source("two.csv", system="us")
    landing.put("one.csv", f"contact_id,started_at\na,{START}\n")
    landing.put("two.csv", f"contact_id,started_at\na,{START}\n")
    landing.night()
    assert [(row["system"], row["contact_id"]) for row in landing.surviving()] == [("eu", "a"), ("us", "a")]


def test_a_failed_load_leaves_nothing_of_the_file(landing: Landed, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.source("in.csv")
    landing.put("in.csv", f"contact_id,started_at\na,{START}\n")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.warehouse.rejects.Rejects.keep", killed)
        with pytest.raises(KeyboardInterrupt):
            landing.night()
    assert landing.query("select count(*) as n from landing_contacts") == [{"n": 0}]
    assert landing.query("select count(*) as n from landing_files") == [{"n": 0}]
    landing.night()
    assert landing.ledger() == {"in.csv": (1, 1, 0, 0, 0)}


def _vcon(updated_at: str, *turns: str) -> str:
    return json.dumps(
        {
            "uuid": "u1",
            "updated_at": updated_at,
            "parties": [
                {"name": "Lou", "meta": {"role": "agent"}},
                {"tel": "+12025550147", "meta": {"role": "customer"}},
            ],
            "dialog": [{"type": "recording", "start": "2026-01-05T10:00:00Z", "duration": 60, "parties": [1, 0]}],
            "analysis": [
                {
                    "type": "transcript", "dialog": 0, "encoding": "none",
                    "body": [{"speaker": "Customer", "message": turn} for turn in turns],
                }
            ],
        }
    )  # fmt: skip


@pytest.mark.parametrize("order", [("1.json", "2.json"), ("2.json", "1.json")])
def test_the_turns_of_a_superseded_container_die_with_it(landing: Landed, order: tuple[str, str]) -> None:
    landing.source("vcon/*.json", format="vcon")
    contents = {
        "1.json": _vcon("2026-01-06T00:00:00Z", "one", "two", "three"),
        "2.json": _vcon("2026-01-07T00:00:00Z", "ONE"),
    }
    for name in order:
        landing.put(f"vcon/{name}", contents[name])
        landing.night()
    assert [row["contact_id"] for row in landing.surviving()] == ["u1"]
    assert landing.surviving("turns", "turn_index, text") == [{"turn_index": 0, "text": "ONE"}]
    assert landing.ledger() == {"vcon/1.json": (1, 0, 0, 1, 0), "vcon/2.json": (1, 1, 0, 0, 0)}


def test_a_container_delivered_twice_keeps_its_turns_once(landing: Landed) -> None:
    landing.source("vcon/*.json", format="vcon")
    content = _vcon("2026-01-06T00:00:00Z", "one", "two")
    landing.put("vcon/1.json", content)
    landing.put("vcon/2.json", content + "\n")
    landing.night()
    assert [row["text"] for row in landing.surviving("turns")] == ["one", "two"]
    assert sorted(landing.ledger().values()) == [(1, 0, 1, 0, 0), (1, 1, 0, 0, 0)]


def test_a_row_that_is_lost_unbalances_the_ledger(landing: Landed) -> None:
    landing.source("in/*.csv")
    landing.put("in/1.csv", f"contact_id,started_at\na,{START}\nb,{START}\n")
    landing.night()
    assert landing.ledger() == {"in/1.csv": (2, 2, 0, 0, 0)}
    landing.connection.execute("delete from landing_contacts where contact_id = 'b'")
    write_ledger(landing.connection)
    assert landing.ledger() == {"in/1.csv": (2, 1, 0, 0, 0)}

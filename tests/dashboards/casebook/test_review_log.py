"""What reviewers record: whole lines whoever writes at once, read back after a night's as_of, and nothing else believed."""

import json
import multiprocessing
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from dashboards.casebook.key import CaseKey
from dashboards.casebook.review_log import Claim, ReviewLog
from pipelines.contract.reviews import review_folder, reviewed_systems

AT = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
KEY = CaseKey("default", "C1", AT.date())


def judge(data_dir: Path, n: int, *, system: str = "default", at: datetime = AT) -> None:
    ReviewLog(data_dir).judge_flag(
        CaseKey(system, f"C{n}", AT.date()),
        rule="promise_broken",
        verdict="explained",
        reason=f"reason {n}\n\u2028\U0001f600" * 20,
        evidence_hash=f"{n:016x}",
        by="anna",
        at=at,
    )


def _judge_many(data_dir: Path, first: int) -> None:
    for n in range(first, first + 25):
        judge(data_dir, n)


def test_threads_and_processes_lose_nothing_and_mix_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers: list[threading.Thread | multiprocessing.context.SpawnProcess] = [
        threading.Thread(target=_judge_many, args=(tmp_path, 100 * n)) for n in range(4)
    ]
    workers += [context.Process(target=_judge_many, args=(tmp_path, 100 * n)) for n in range(4, 6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    (path,) = review_folder(tmp_path, "dispositions", "default").glob("*.jsonl")
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    expected = {f"C{100 * worker + n}" for worker in range(6) for n in range(25)}
    assert {record["contact_id"] for record in records} == expected
    assert len(records) == len({record["disposition_id"] for record in records}) == len(expected)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_records_are_read_back_after_an_instant_of_any_day_and_system(tmp_path: Path) -> None:
    judge(tmp_path, 1, at=AT)
    judge(tmp_path, 2, at=AT + timedelta(minutes=40))
    # The same evening elsewhere: files go by the day in UTC.
    judge(tmp_path, 3, at=(AT + timedelta(minutes=50)).astimezone(timezone(timedelta(hours=-5))), system="..")
    log = ReviewLog(tmp_path)
    assert [each.contact_id for each in log.dispositions_since(AT - timedelta(days=400))] == ["C3", "C2", "C1"]
    assert [each.contact_id for each in log.dispositions_since(AT)] == ["C3", "C2"]
    assert [each.system for each in log.dispositions_since(AT + timedelta(minutes=45))] == [".."]
    assert log.dispositions_since(AT + timedelta(days=1)) == ()
    assert reviewed_systems(tmp_path, "dispositions") == ["..", "default"]
    days = sorted(path.name for path in (tmp_path / "reviews").rglob("*.jsonl"))
    assert days == ["2026-11-24.jsonl", "2026-11-25.jsonl", "2026-11-25.jsonl"]
    assert ReviewLog(tmp_path / "nowhere").dispositions_since(AT) == ()


@pytest.mark.parametrize("system", ["", "..", ".", "a/b", "a%2Fb", "system-x", "ü \n", "*[a]?"])
def test_every_name_of_a_system_is_one_folder_of_its_own(system: str, tmp_path: Path) -> None:
    folder = review_folder(tmp_path, "dispositions", system)
    assert folder.parent == tmp_path / "reviews" / "dispositions"
    folder.mkdir(parents=True)
    assert reviewed_systems(tmp_path, "dispositions") == ([system] if system else [])


def test_lines_that_are_none_of_ours_are_skipped(tmp_path: Path) -> None:
    judge(tmp_path, 1)
    (path,) = review_folder(tmp_path, "dispositions", "default").glob("*.jsonl")
    line = path.read_text()
    broken = [
        "",
        "{",
        "[]",
        "null",
        "7",
        "[" * 50_000,
        '{"decided_at": 5}',
        '{"decided_at": "2026-11-24T00:00:00"}',
        line[:40],
        "\udcff",
    ]
    path.write_bytes("\n".join([*broken, line]).encode("utf-8", "surrogateescape"))
    assert [each.contact_id for each in ReviewLog(tmp_path).dispositions_since(AT - timedelta(days=1))] == ["C1"]


def test_a_new_version_of_a_claim_is_later_than_any_before_it(tmp_path: Path) -> None:
    log = ReviewLog(tmp_path)
    ahead = AT + timedelta(days=3)
    for claim_id, before, version in (("K1", None, AT), ("K2", AT - timedelta(days=9), AT), ("K3", ahead, ahead)):
        claim = Claim("default", claim_id, "C1-2", None, "Balance", "=1+1\n", 0.125, before)
        log.judge_claim(claim, is_right=claim_id == "K2", by="anna", at=AT)
        (path,) = review_folder(tmp_path, "ai_claims", "default").glob("*.jsonl")
        record = json.loads(path.read_text().splitlines()[-1])
        assert datetime.fromisoformat(record["verified_at"]) == AT
        written = datetime.fromisoformat(record["updated_at"])
        assert written == version if claim_id != "K3" else written > version
        assert (record["contact_id"], record["claimed_value"], record["turn_index"]) == ("C1-2", "=1+1\n", None)
    verdicts = {each.claim_id: each.is_right for each in log.claim_verdicts_since(AT - timedelta(seconds=1))}
    assert verdicts == {"K1": False, "K2": True, "K3": False}


def test_only_what_can_be_recorded_is(tmp_path: Path) -> None:
    log = ReviewLog(tmp_path)
    given = {"rule": "promise_broken", "evidence_hash": "x", "by": "anna", "at": AT}
    with pytest.raises(ValueError, match="is no verdict"):
        log.judge_flag(KEY, verdict="right", reason="", **given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="2,000"):
        log.judge_flag(KEY, verdict="confirmed", reason="x" * 2_001, **given)  # type: ignore[arg-type]
    assert not (tmp_path / "reviews").exists()
    made = log.judge_flag(
        KEY,
        verdict="confirmed",
        reason=" card 4111 1111 1111 1111,\x1b tel +1 212 555 0123 ",
        **given,  # type: ignore[arg-type]
    )
    assert made.reason == "card [card], tel [phone]"


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    folder = review_folder(tmp_path, "dispositions", "default")
    folder.mkdir(parents=True)
    target = tmp_path / "elsewhere"
    (folder / f"{AT:%Y-%m-%d}.jsonl").symlink_to(target)
    with pytest.raises(OSError, match=r".+"):
        judge(tmp_path, 1)
    assert not target.exists()

"""Round trip: a night publishes, a reviewer judges in the application, the next night counts it, without any configuration."""

import csv
import io
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders.access import Browser, Place, drawing
from rich.console import Console

from dashboards.casebook.review_log import ReviewLog
from pipelines.commands.run_nightly import NightlyOutcome, run_nightly
from pipelines.config import load_settings
from pipelines.snapshot import Snapshot, SnapshotStore
from pipelines.transcript_index import index_folder

KEY = "a test key of at least thirty-two bytes"
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
SYSTEM = "crm/eu"
CONFIG = f"""
[project]
data_dir = "data"
[metrics]
min_n = 2
[dashboard]
users = "users.toml"
[[sources]]
format = "canonical"
table = "contacts"
path = "landing/contacts/*.csv"
system = "{SYSTEM}"
[[sources]]
format = "canonical"
table = "ai_claims"
path = "landing/ai_claims/*.csv"
system = "{SYSTEM}"
[[sources]]
format = "canonical"
table = "turns"
path = "landing/turns/*.csv"
system = "{SYSTEM}"
"""
#: A claim carries whatever its source wrote, capitals and markup included.
VALUE = 'Paid "=12,50" <b>'


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows(rows)


def _deliver(folder: Path, claims_changed: str = "2026-03-02T00:00:00Z") -> None:
    """Forty contacts of eight customers, who come back every eight hours about what was claimed to be resolved."""
    contacts, claims, turns = [], [], []
    for n in range(40):
        start = START + timedelta(hours=n)
        contact = f"c{n:03d}"
        contacts.append(
            (contact, f"customer-{n % 8}", "chat", "billing", "ai_primary", "aria-1", start.isoformat(), (start + timedelta(minutes=5)).isoformat(), "true")
        )  # fmt: skip
        claims.append((f"k{n:03d}", contact, 1, "Balance", VALUE, 0.9, claims_changed))
        turns += [(contact, 0, "customer", "It is not right."), (contact, 1, "ai", "It is paid.")]
    landing = folder / "landing"
    _write(
        landing / "contacts" / "all.csv",
        (
            "contact_id",
            "customer_id",
            "channel",
            "issue",
            "mode",
            "ai_model",
            "started_at",
            "ended_at",
            "resolved_claimed",
        ),
        contacts,
    )
    header = ("claim_id", "contact_id", "turn_index", "claim_type", "claimed_value", "stated_confidence", "updated_at")
    _write(landing / "ai_claims" / "all.csv", header, claims)
    _write(landing / "turns" / "all.csv", ("contact_id", "turn_index", "speaker", "text"), turns)


def _night(folder: Path, as_of: str) -> NightlyOutcome:
    outcome = run_nightly(
        load_settings(folder / "aftercall.toml"),
        console=Console(file=io.StringIO()),
        as_of=as_of,
        full_refresh=False,
    )
    assert outcome.outcome == "published", outcome.message
    return outcome


def _table(snapshot: Snapshot, name: str) -> pl.DataFrame:
    return snapshot.scan(name).collect()


def _drawn(browser: Browser, path: str, query: str = "") -> str:
    body = drawing(path)
    body["inputs"][1]["value"] = query
    answer = browser.ask("POST", "/_dash-update-component", json=body).get_json()
    return json.dumps(answer["response"]["page"]["children"], ensure_ascii=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", KEY)
    for name in ("DAGSTER_HOME", "AFTERCALL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    _deliver(tmp_path)
    return tmp_path


def test_what_a_reviewer_records_is_counted_by_the_next_night(folder: Path) -> None:
    store = SnapshotStore(folder / "data")
    place = Place(folder)
    (folder / "aftercall.toml").write_text(CONFIG, "utf-8")
    _night(folder, "2026-03-04T00:00:00Z")
    first = store.current()
    assert _table(first, "dispositions").is_empty()
    assert _table(first, "transcripts").height == 80
    claims = _table(first, "review_claims").sort("claim_id")
    assert claims.height == 40
    flags = _table(first, "case_flags").filter(pl.col("rule") == "claimed_resolved_came_back").sort("contact_id")
    assert flags.height == 32

    place.now = datetime(2026, 3, 4, 9, tzinfo=UTC).timestamp()
    browser = Browser(place.server)
    browser.log_in("anna")
    judged = flags.row(0, named=True)
    sent = {"system": SYSTEM, "contact": judged["contact_id"], "day": str(judged["day"]), "rule": judged["rule"]}
    sent |= {"evidence_hash": judged["evidence_hash"]}
    for verdict in ("dismissed", "confirmed"):
        place.now += 60
        answer = browser.ask("POST", "/case/disposition", data=sent | {"verdict": verdict, "reason": "Seen."})
        assert answer.status_code == 303
    other = flags.row(1, named=True)
    undone = flags.row(2, named=True)
    place.now += 60
    sent |= {"contact": undone["contact_id"], "day": str(undone["day"]), "evidence_hash": undone["evidence_hash"]}
    assert browser.ask("POST", "/case/disposition", data=sent | {"verdict": "confirmed"}).status_code == 303
    (taken,) = ReviewLog(folder / "data").dispositions_since(first.manifest.as_of)[:1]
    place.now += 60
    taken_back = sent | {"disposition": taken.id}
    assert browser.ask("POST", "/case/undo", data=taken_back).status_code == 303
    assert browser.ask("POST", "/case/undo", data=taken_back).status_code == 303, "a button pressed twice"
    place.now += 60
    sent = {"system": SYSTEM, "contact": other["contact_id"], "day": str(other["day"]), "reason": "A strike."}
    sent |= {"flags": other["evidence_hash"], "verdict": "explained"}
    assert browser.ask("POST", "/judge/verdict", data=sent).status_code == 303
    # What was said is searched in an index of the night; the next one leaves nothing of it.
    assert "flagged contacts" in _drawn(browser, "/search", "?words=paid")
    (index,) = index_folder(folder / "data").iterdir()
    assert index.stat().st_mode & 0o777 == 0o600
    # Many reviewers at once; each answer is a line of its own.
    verdicts = {row["claim_id"]: row["claim_id"] > "k003" for row in claims.head(8).iter_rows(named=True)}
    days = dict(claims.select("claim_id", "day").rows())

    def review(claim_id: str, right: bool) -> None:
        reviewer = Browser(place.server)
        reviewer.log_in("ada")
        data = {
            "system": SYSTEM,
            "claim": claim_id,
            "day": str(days[claim_id]),
            "verdict": "right" if right else "wrong",
        }
        assert reviewer.ask("POST", "/review/verdict", data=data).status_code == 303

    reviewers = [threading.Thread(target=review, args=each) for each in verdicts.items()]
    for each in reviewers:
        each.start()
    for each in reviewers:
        each.join()
    assert "8 verdicts were recorded since the last night" in _drawn(browser, "/review")
    assert "Counts from the next night" in _drawn(browser, "/review", "?page=2")

    # The source delivers everything anew, as it does every night, with the dates that it always had.
    with (folder / "landing" / "ai_claims" / "all.csv").open("a") as handle:
        handle.write("k999,c000,1,Balance,another,0.5,2026-03-03T00:00:00Z\n")
    # A turn is withdrawn: its words leave the index with the night, before anybody searches again.
    withdrawn = ("contact_id", "turn_index", "updated_at", "deleted_at")
    day = "2026-03-04T12:00:00Z"
    _write(folder / "landing" / "turns" / "withdrawn.csv", withdrawn, [(other["contact_id"], 0, day, day)])
    _night(folder, "2026-03-05T00:00:00Z")
    second = store.current()
    found = _table(second, "dispositions").sort("decided_at")
    assert found.select(
        "system", "contact_id", "verdict", "reason", "decided_by", "given_blind", "is_latest", "stale_reason"
    ).rows() == [
        (SYSTEM, judged["contact_id"], "dismissed", "Seen.", "anna", False, False, None),
        (SYSTEM, judged["contact_id"], "confirmed", "Seen.", "anna", False, True, None),
        (SYSTEM, other["contact_id"], "explained", "A strike.", "anna", True, True, None),
    ], "what was taken back counts nowhere"
    assert _table(second, "transcripts").height == 79
    assert not index.exists()
    (precision,) = (
        _table(second, "flag_precision")
        .filter((pl.col("rule") == "claimed_resolved_came_back") & (pl.col("grouping") == "{}"))
        .select("flags", "judged", "confirmed", "explained", "precision")
        .rows()
    )
    assert precision == (32, 2, 1, 1, 0.5)
    after = _table(second, "review_claims").sort("claim_id")
    given = after.filter(pl.col("verified_by").is_not_null())
    assert dict(given.select("claim_id", "verified_correct").rows()) == verdicts
    # Whatever else was known of the claims stands as it was delivered.
    same = ["claim_id", "leg_id", "turn_index", "claim_type", "claimed_value", "stated_confidence", "day"]
    assert after.filter(pl.col("claim_id") != "k999").select(same).equals(claims.select(same))
    assert claims["claimed_value"].unique().to_list() == [VALUE]
    accuracy: dict[str, Any] = (
        _table(second, "review_accuracy")
        .filter((pl.col("grouping") == "{}") & pl.col("period").is_null())
        .row(0, named=True)
    )
    assert (accuracy["claims"], accuracy["reviewed"], accuracy["accuracy"]) == (41, 8, 0.5)
    ledger = _table(second, "ingest_ledger").filter(pl.col("source").str.starts_with("reviews/"))
    assert sorted(ledger.select("source", "system", "rows_in", "accepted", "quarantined").rows()) == [
        (f"reviews/ai_claims/{SYSTEM}", SYSTEM, 8, 8, 0),
        (f"reviews/dispositions/{SYSTEM}", SYSTEM, 5, 4, 0),
    ]
    checks = _table(second, "data_quality")
    assert not checks.filter(pl.col("check_name").str.contains("reviews/")).height, "nobody owes reviews"

    # The pages show them as counted, once each.
    assert "Counts from the next night" not in _drawn(browser, "/review", "?page=3") + _drawn(browser, "/review")
    shown = _drawn(browser, "/case", f"?system={SYSTEM}&contact={judged['contact_id']}&day={judged['day']}")
    assert shown.count(" by anna, ") == 2
    assert "Counts from the next night" not in shown
    assert "1 flag, " in _drawn(browser, "/cases", "?verdict=confirmed")

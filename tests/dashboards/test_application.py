"""The application without a browser: access, headers, refresh, selection, and what it says when there is nothing."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import flask.testing
import pytest
from builders.snapshots import kpi_row, midnight, publish

from dashboards.access import AccessError, is_local_host, require_loopback
from dashboards.app import create_app, serve
from dashboards.pages import PAGES
from dashboards.results.data_quality import Freshness, freshness
from pipelines.snapshot import RunStatus, SnapshotStore

MONDAY = date(2026, 9, 7)
AS_OF = midnight(2026, 12, 1)
OUTPUTS = "..page.children...state.data.."


def client_of(data_dir: Path) -> flask.testing.FlaskClient:
    server = create_app(data_dir).server
    return server.test_client()


def drawn(client: flask.testing.FlaskClient, query: str = "", *, path: str = "/", tick: str | None = None) -> Any:
    """What the page's callback answers; ``tick`` is the state that the page was drawn from, when the clock asks."""
    body = {
        "output": OUTPUTS,
        "outputs": [{"id": "page", "property": "children"}, {"id": "state", "property": "data"}],
        "inputs": [
            {"id": "address", "property": "pathname", "value": path},
            {"id": "address", "property": "search", "value": query},
            {"id": "clock", "property": "n_intervals", "value": 1},
        ],
        "state": [{"id": "state", "property": "data", "value": tick}],
        "changedPropIds": ["clock.n_intervals"] if tick else ["address.search"],
    }
    answer = client.post("/_dash-update-component", json=body, headers={"Host": "127.0.0.1:8050"})
    return answer.get_json() if answer.status_code == 200 else None


def words(answer: Any) -> str:
    return json.dumps(answer["response"]["page"]["children"], ensure_ascii=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])  # noqa: S104  # to be refused
def test_any_host_but_loopback_is_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="no login yet"):
        serve(tmp_path, host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.2"])
def test_loopback_is_accepted(host: str) -> None:
    require_loopback(host)


@pytest.mark.parametrize(
    ("header", "local"),
    [
        ("127.0.0.1:8050", True),
        ("localhost", True),
        ("[::1]:8050", True),
        ("LOCALHOST:1", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example:8050", False),
        ("localhost.evil", False),
        ("evil@localhost.x", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_only_loopback_names_are_local(header: str, local: bool) -> None:
    assert is_local_host(header) is local


def test_every_route_rejects_a_foreign_host(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    for path in ("/", "/_dash-layout", "/_dash-dependencies", "/assets/theme.css"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 403
        assert client.get(path, headers={"Host": "localhost:8050"}).status_code == 200
    assert client.post("/_dash-update-component", json={}, headers={"Host": "evil.example"}).status_code == 403


def test_answers_forbid_everything_remote(tmp_path: Path) -> None:
    answer = client_of(tmp_path).get("/", headers={"Host": "localhost"})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    # Every script and style sheet of the shell is asked of this very server.
    asked = re.findall(r'(?:src|href)="([^"]*)"', answer.get_data(as_text=True))
    assert asked
    assert all(url == "data:," or (url.startswith("/") and not url.startswith("//")) for url in asked)


def test_no_snapshot_is_a_page_that_says_what_to_do(tmp_path: Path) -> None:
    said = words(drawn(client_of(tmp_path)))
    assert "No snapshot has been published" in said
    assert "run `aftercall run` first" in said


def test_a_damaged_snapshot_is_a_page_without_a_traceback(tmp_path: Path) -> None:
    snapshot = publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY)]}, as_of=AS_OF)
    snapshot.files("kpi_daily")[0].write_bytes(b"PAR1 nothing")
    assert "cannot be read" in words(drawn(client_of(tmp_path)))
    (tmp_path / "snapshots" / "current.json").write_text("{")
    said = words(drawn(client_of(tmp_path)))
    assert "cannot be read" in said
    assert "Traceback" not in said


def test_an_unforeseen_fault_is_logged_and_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY)]}, as_of=AS_OF)

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    pages = create_app.__globals__["PAGES"]
    monkeypatch.setitem(pages, "/", replace(pages["/"], render=broken))
    said = words(drawn(client_of(tmp_path)))
    assert "could not be drawn" in said
    assert "secret detail" not in said


def test_an_unknown_path_is_a_page(tmp_path: Path) -> None:
    assert "There is no such page" in words(drawn(client_of(tmp_path), path="/nowhere"))


def test_a_new_snapshot_shows_without_restart(tmp_path: Path) -> None:
    publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY, contacts=1234)]}, as_of=AS_OF)
    client = client_of(tmp_path)
    first = drawn(client)
    assert "1,234" in words(first)
    state = first["response"]["state"]["data"]
    # The clock asks and nothing has changed: nothing is sent.
    assert drawn(client, tick=state)["response"] == {}
    publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY, contacts=4321)]}, as_of=AS_OF, snapshot_id="s2")
    assert "4,321" in words(drawn(client, tick=state))


def test_a_failed_night_is_said_and_the_numbers_stay(tmp_path: Path) -> None:
    publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY, contacts=1234)]}, as_of=AS_OF)
    client = client_of(tmp_path)
    state = drawn(client)["response"]["state"]["data"]
    status = RunStatus(outcome="failed", run_id="r9", started_at=AS_OF, finished_at=AS_OF, message="disk full")
    SnapshotStore(tmp_path).write_status(status)
    said = words(drawn(client, tick=state))
    assert "The last run failed" in said
    assert "disk full" in said
    assert "1,234" in said


def test_the_selection_cuts_every_number(tmp_path: Path) -> None:
    rows = [kpi_row(MONDAY, contacts=1234), kpi_row(MONDAY, "joint", contacts=777), kpi_row(MONDAY, None, contacts=55)]
    publish(tmp_path, {"kpi_daily": rows}, as_of=AS_OF)
    client = client_of(tmp_path)
    assert "2,066" in words(drawn(client))
    joint = words(drawn(client, "?mode=joint"))
    assert "777" in joint
    assert "2,066" not in joint
    assert "55 served" in words(drawn(client, "?mode=none"))


def test_what_the_address_asks_for_and_is_not_there_is_said_and_nothing_shown(tmp_path: Path) -> None:
    publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY, contacts=1234, queue="care")]}, as_of=AS_OF)
    client = client_of(tmp_path)
    for query in ("?queue=nowhere&mode=ai_primary", "?weeks=0", "?mode=%3Cscript%3E", "?model=none&issue=x"):
        said = words(drawn(client, query))
        assert "asks for what is not there" in said
        assert "1,234" not in said
    said = words(drawn(client, "?queue=nowhere&mode=ai_primary"))
    assert "there is no “nowhere” in this snapshot. There are care." in said
    # The way out keeps what is known.
    assert '"href": "/?mode=ai_primary"' in said
    assert "1,234" in words(drawn(client, "?queue=care&mode=ai_primary"))


def test_freshness_of_each_outcome(tmp_path: Path) -> None:
    manifest = publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY)]}, as_of=AS_OF).manifest

    def told(outcome: Any, run: str = "run-1", hours: float = 0, **given: Any) -> Freshness:
        """What is told so many hours after the snapshot and the last run, whose end they were."""
        status = RunStatus(outcome=outcome, run_id=run, started_at=AS_OF, finished_at=AS_OF).model_copy(update=given)
        return freshness(manifest, status, AS_OF + timedelta(hours=hours), 36)

    assert told("published").state == told("unchanged").state == told("published", hours=36).state == "good"
    assert told("blocked").state == told("failed").state == "warning"
    # A run that is under way is no fault: neither that which published, on its way to the report, nor another.
    assert told("running", finished_at=None).state == "good"
    under_way = told("running", "run-2", hours=24, finished_at=None, started_at=AS_OF + timedelta(hours=23))
    assert under_way.state == "good"
    assert under_way.headline == "Data as of 1 Dec 2026, 00:00 (UTC); a run started on 1 Dec 2026, 23:00 (UTC)"
    # After more than 36 hours without success, whatever came meanwhile.
    for outcome in ("published", "unchanged", "running", "failed", "blocked"):
        late = told(outcome, "run-2", hours=36.1)
        assert late.state == "warning"
        assert "No run has succeeded since 1 Dec 2026, 00:00 (UTC)" in f"{late.headline}. {late.detail}"
    assert "has not ended" in told("running", "run-2", hours=40, finished_at=None).detail
    # A run that found nothing new counts, also when another one failed after it.
    found_nothing = AS_OF + timedelta(hours=30)
    assert told("unchanged", hours=60, finished_at=found_nothing).state == "good"
    failed_since = told("failed", hours=60, finished_at=found_nothing, succeeded_at=found_nothing)
    assert "No run has succeeded" not in failed_since.detail
    assert freshness(manifest, None).state == "good"
    assert freshness(manifest, None, AS_OF + timedelta(hours=37), 36).state == "warning"


def test_when_a_run_last_succeeded_outlives_those_that_fail(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)

    def kept(outcome: Any, at: datetime) -> datetime | None:
        store.write_status(RunStatus(outcome=outcome, run_id="r", started_at=at, finished_at=at))
        status = store.read_status()
        assert status is not None
        return status.succeeded_at

    first, second = AS_OF, AS_OF + timedelta(days=1)
    assert kept("failed", first) is None
    assert kept("unchanged", first) == first
    assert kept("running", second) == kept("blocked", second) == first
    assert kept("published", second) == second


def test_every_page_says_that_no_run_has_succeeded_for_too_long(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY, contacts=1234)]}, as_of=now - timedelta(hours=40))
    said = "No run has succeeded since"
    client = client_of(tmp_path)
    for path in (*PAGES, "/nowhere"):
        assert said in words(drawn(client, path=path)), path
    assert said in words(drawn(client, "?queue=nowhere")), "where the filters mean nothing, too"
    patient = create_app(tmp_path, stale_run_hours=48).server.test_client()
    assert said not in words(drawn(patient))


def test_a_page_left_open_says_so_when_the_runs_stop(tmp_path: Path) -> None:
    """Nothing new was published, yet what the page says has changed by the clock alone."""
    publish(tmp_path, {"kpi_daily": [kpi_row(MONDAY)]}, as_of=datetime.now(UTC) - timedelta(hours=40))
    before, after = (create_app(tmp_path, stale_run_hours=hours).server.test_client() for hours in (41, 39))
    state = drawn(before)["response"]["state"]["data"]
    assert drawn(before, tick=state)["response"] == {}
    words(drawn(after))
    assert "No run has succeeded since" in words(drawn(after, tick=state))

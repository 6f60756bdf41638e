"""`python -m benchmarks.dashboards [contacts] [folder]`: pages over a snapshot of 10 million contacts, and 50 viewers at once.

Each page is measured three times: of all contacts for the first time, with a filter that nobody asked for before, and asked
for again. ``data`` is what stands behind the page (the weekly results of the cut), ``page`` all of it with figures and
JSON. Then it is opened in Chromium: what comes over the wire, and how long a click takes (``browsing``). Beside it what a user would do instead: polars scanning kpi_daily anew for each request. The ratios are of one run;
milliseconds are of this machine. Then 50 viewers at once ask a server of 8 threads for pages with filters.
"""

import json
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import polars as pl
from plotly.io.json import to_json_plotly

from benchmarks.browsing import CLICKS, browsing
from benchmarks.published_world import write_snapshot
from benchmarks.results import Figure, report
from dashboards.components.view import View
from dashboards.pages import PAGES
from dashboards.snapshot.address import read_selection
from dashboards.snapshot.frames import ADDITIVE
from dashboards.snapshot.queries import Queries
from pipelines.snapshot import Snapshot, SnapshotStore

VIEWERS, ROUNDS = 50, 4
FILTERS = ("?queue=workflow_1", "?issue=issue_7&region=region_3", "?mode=joint&language=es", "?workflow=workflow_4")
#: A case needs its address, reviewing a reader, and the audit log is no page of data.
MEASURED = tuple(path for path in PAGES if path not in {"/case", "/judge", "/review", "/audit"})
#: Those that stand in the navigation.
CLICKED = tuple(path for path in MEASURED if not PAGES[path].under)
SERVE = "import sys, pathlib, dashboards.app as a; a.serve(pathlib.Path(sys.argv[1]), port=int(sys.argv[2]))"


def milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return round(1000 * (time.perf_counter() - begin), 1)


def by_scanning(snapshot: Snapshot) -> None:
    """What a page without kpi_weekly would do: add up kpi_daily by week and mode for one filter."""
    rows = snapshot.scan("kpi_daily").filter(pl.col("queue") == "workflow_1")
    rows = rows.with_columns(week=pl.col("day").dt.truncate("1w"))
    rows.group_by("week", "mode").agg(pl.col(name).sum() for name in ADDITIVE).collect()


def view(queries: Queries, path: str, query: str) -> View:
    return View(path, read_selection(query, queries.offered()), queries, None, Path("data"), frozenset(PAGES))


def pages(snapshot: Snapshot) -> list[Figure]:
    """Times of every page in this process."""
    scan = min(milliseconds(lambda: by_scanning(snapshot)) for _ in range(3))
    queries: list[Queries] = []
    opened = milliseconds(lambda: queries.append(Queries(snapshot)))
    # The first figure of a process loads Plotly; that is no page's time.
    to_json_plotly(PAGES["/data-quality"].render(view(queries[0], "/data-quality", "")))
    to_json_plotly(PAGES["/calibration"].render(view(queries[0], "/calibration", "")))
    whole, *changed = (
        milliseconds(lambda query=query: view(queries[0], "/", query).results) for query in ("", *FILTERS)
    )
    found = [
        Figure("polars scanning kpi_daily ÷ weekly results after a filter change, worst", scan / max(changed), ""),
        Figure("opening the snapshot", opened, "ms"),
        Figure("weekly results of all contacts", whole, "ms", "at most 500"),
        Figure("weekly results after a filter change, worst", max(changed), "ms", "at most 300"),
    ]
    for path in MEASURED:
        for query, cut in (("", "all"), (FILTERS[1], "filtered")):
            asked = view(queries[0], path, query)
            drawn = milliseconds(lambda asked=asked: to_json_plotly(PAGES[asked.path].render(asked)))
            found.append(Figure(f"page {path}, {cut}", drawn, "ms"))
    return found


def viewers(data_dir: Path, count: int = VIEWERS, clicks: int = CLICKS) -> list[Figure]:
    """One viewer in a browser, then ``count`` at once, against a server in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(data_dir), str(port)], stdout=subprocess.DEVNULL)
    try:
        _await(port)
        wanted = [(path, query) for path in MEASURED for query in ("", *FILTERS)]
        first = [_ask(port, *each) for each in wanted]
        clicked = browsing(port, CLICKED, clicks)
        asked = random.Random(0).choices(wanted, k=count * ROUNDS)  # noqa: S311  # which page is no secret
        with ThreadPoolExecutor(count) as pool:
            times = sorted(pool.map(lambda each: _ask(port, *each), asked))
        return [
            *clicked,
            Figure("first request of a page, median", statistics.median(first), "ms"),
            Figure("first request of a page, worst", max(first), "ms"),
            Figure(f"{count} viewers at once, median", statistics.median(times), "ms"),
            Figure(f"{count} viewers at once, 95th percentile", times[int(0.95 * len(times))], "ms", "at most 1,000"),
            Figure("peak memory of the server", _peak(process.pid), "MB", "at most 1,000"),
        ]
    finally:
        process.terminate()
        process.wait(30)


def _await(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def _ask(port: int, path: str, query: str) -> float:
    """Milliseconds until the whole page has come, asked for as the browser does."""
    inputs = [("address", "pathname", path), ("address", "search", query), ("clock", "n_intervals", 0)]
    body = {
        "output": "..page.children...state.data..",
        "outputs": [{"id": "page", "property": "children"}, {"id": "state", "property": "data"}],
        "inputs": [{"id": name, "property": part, "value": value} for name, part, value in inputs],
        "state": [{"id": "state", "property": "data", "value": None}],
        "changedPropIds": ["address.search"],
    }
    begin = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(
        "POST",
        "/_dash-update-component",
        json.dumps(body),
        {"Content-Type": "application/json", "Accept-Encoding": "gzip"},
    )
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}{query}: {answer.status}")
    return 1000 * (time.perf_counter() - begin)


def _peak(pid: int) -> int:
    """Peak resident memory in MB."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


def main() -> None:
    """Measure once and report."""
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "work"
    data_dir = write_snapshot(folder, contacts)
    found = [*pages(SnapshotStore(data_dir).current()), *viewers(data_dir)]
    report("dashboards", f"{contacts:,} contacts of a year", found)


if __name__ == "__main__":
    main()

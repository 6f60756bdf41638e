"""What pages weigh on the wire, and how long a click takes until every figure stands: in Chromium, against a running server.

Weights are of bodies and headers as the browser received them, with an empty cache. A click is a link of the navigation, from the
event until the page has its name and each figure its drawing; each is the median of ``CLICKS``. Seconds are of this
machine with whatever else it has to do: measure when it is idle.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.results import Figure
from dashboards.report.chromium import find_chromium

CLICKS = 11
_STANDS = """() => document.querySelector('main[data-title]') !== null
  && [...document.querySelectorAll('main .dash-graph')].every((graph) => graph.querySelector('.main-svg')
    && !graph.querySelector('.dash-graph--pending'))"""
_CLICK = f"""(at) => new Promise((done, fail) => {{
  if (location.pathname === at) return done(0);
  setTimeout(() => fail(new Error(`${{at}} does not stand after a minute`)), 60000);
  const stands = {_STANDS}, before = document.querySelector('main').dataset.title, begin = performance.now();
  const look = () => {{
    if (stands() && document.querySelector('main').dataset.title !== before) done(performance.now() - begin);
    else requestAnimationFrame(look);
  }};
  [...document.querySelectorAll('nav a')].find((link) => link.pathname === at).click();
  requestAnimationFrame(look);
}})"""


def browsing(port: int, paths: tuple[str, ...], clicks: int = CLICKS) -> list[Figure]:
    """The first load, then each of ``paths`` from another page and back, ``clicks`` times; nothing without a Chromium.

    In a process of its own: whoever asks may have a browser open already.
    """
    command = [sys.executable, "-m", "benchmarks.browsing", str(port), str(clicks), *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the browser was not measured:\n{done.stderr[-2000:]}")
    return [Figure(*each) for each in json.loads(done.stdout)]


def main(port: str, clicks: str, *paths: str) -> None:
    """Print the figures as JSON."""
    with _opened() as page:
        found = _measured(page, f"http://127.0.0.1:{port}", paths, int(clicks)) if page else []
    print(json.dumps([astuple(each) for each in found]))


def _measured(page: Page, address: str, paths: tuple[str, ...], clicks: int) -> list[Figure]:
    received: list[float] = []
    wire: Any = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"] / 1000))
    page.goto(f"{address}{paths[0]}")
    page.wait_for_function(_STANDS)
    page.wait_for_timeout(500)
    found = [Figure("first load on the wire", sum(received), "kB", "at most 1,600")]
    slowest, heaviest = 0.0, 0.0
    for path in paths:
        times, weights = [], []
        for _ in range(clicks):
            _click(page, paths[1] if path == paths[0] else paths[0])
            received.clear()
            times.append(_click(page, path))
            weights.append(sum(received))
        slowest, heaviest = max(slowest, statistics.median(times)), max(heaviest, *weights)
        found.append(Figure(f"click to {path}, on the wire", max(weights), "kB", "at most 150"))
        found.append(
            Figure(f"click to {path}, figures stand, median of {clicks}", statistics.median(times), "ms", "at most 500")
        )
    return [
        *found,
        Figure("heaviest click", heaviest, "kB", "at most 150"),
        Figure("slowest click, median", slowest, "ms", "at most 500"),
    ]


def _click(page: Page, path: str) -> float:
    """Milliseconds until the page at ``path`` stands; 0 if it is the one that is open."""
    taken = page.evaluate(_CLICK, path)
    page.wait_for_timeout(150)
    return float(taken)


@contextmanager
def _opened() -> Iterator[Page | None]:
    found = find_chromium()
    if found is None:
        yield None
        return
    with sync_playwright() as session:
        browser = session.chromium.launch(executable_path=found.program, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

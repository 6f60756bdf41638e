"""The Chromium in which tests open pages: the one that prints the report, where this machine has one."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Browser, sync_playwright

from dashboards.report.chromium import find_chromium

_FOUND = find_chromium()
#: `make test` installs one where it may, and says what to install where it may not: only there are these tests skipped.
_WITHOUT = "no Chromium on this machine: the pages were not looked at"
needs_chromium = pytest.mark.skipif(_FOUND is None, reason=_WITHOUT)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium; skips the test where there is none, or where Playwright's driver does not start."""
    if _FOUND is None:
        pytest.skip(_WITHOUT)
    node, _ = compute_driver_executable()
    driver = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    if driver.returncode:
        pytest.skip(f"Playwright's driver does not start; `make browser` says what it needs: {driver.stderr.strip()}")
    with sync_playwright() as session:
        found = session.chromium.launch(executable_path=_FOUND.program, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()

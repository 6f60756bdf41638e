"""A Chromium as printer: a page of ours becomes a PDF or a picture, where this machine has one.

What it is given is a page without scripts whose policy lets nothing be fetched; it runs with a home and a profile of its
own that go when it ends, and it is ended, with all its children, when it takes too long. Its sandbox stays on wherever
the machine allows it: not for root, and not where the kernel gives no namespaces, where it is tried first.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

#: Names of the programs that will do, the first that is found goes. The variable names one that lies elsewhere.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
CHROMIUM_VARIABLE = "AFTERCALL_CHROMIUM"
_SECONDS = 60.0

_QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--no-first-run",
    "--no-default-browser-check",
    "--mute-audio",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


class PrintingError(Exception):
    """Chromium did not print; the message says what it did instead."""


class _TooLongError(PrintingError):
    """It had to be ended."""


@dataclass(frozen=True)
class Chromium:
    """One program; ``seconds``: how long one attempt at a page may take, of which there are two."""

    program: str
    seconds: float = _SECONDS

    def pdf(self, page: str) -> bytes:
        """``page`` (HTML) as PDF, on the paper that its style names. Raises PrintingError."""
        return self._make(page, "page.pdf", "--no-pdf-header-footer", "--print-to-pdf={}")

    def picture(self, page: str, width: int, height: int) -> bytes:
        """The upper left ``width`` × ``height`` (CSS pixels) of ``page`` as PNG, at twice that. Raises PrintingError."""
        return self._make(
            page, "page.png", f"--window-size={width},{height}", "--force-device-scale-factor=2", "--screenshot={}"
        )

    def _make(self, page: str, name: str, *options: str) -> bytes:
        try:
            return self._made(page, name, *options)
        except _TooLongError:
            # A headless Chromium sometimes hangs on a busy machine; the next one, with a profile of its own, seldom does.
            return self._made(page, name, *options)

    def _made(self, page: str, name: str, *options: str) -> bytes:
        with tempfile.TemporaryDirectory(prefix="aftercall-", ignore_cleanup_errors=True) as folder:
            home = Path(folder)
            source, target = home / "page.html", home / name
            source.write_text(page, "utf-8")
            said = ""
            for sandbox in _sandboxes():
                command = [self.program, *_QUIET, *sandbox, f"--user-data-dir={home / 'profile'}"]
                command += [*(option.format(target) for option in options), source.as_uri()]
                said = self._run(command, home)
                if target.exists() and target.stat().st_size:
                    return target.read_bytes()
            raise PrintingError(f"{self.program} made nothing: {_last_line(said)}")

    def _run(self, command: list[str], home: Path) -> str:
        """Run to its end, or end it; returns what it said."""
        places = {
            name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "TMPDIR")
        }
        environment = {
            key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "FONTCONFIG_PATH") if key in os.environ
        }
        try:
            process = subprocess.Popen(  # noqa: S603  # a program of this machine, arguments of ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment | places,
                start_new_session=True,
            )
        except OSError as error:
            raise PrintingError(f"{self.program} cannot be started: {error.strerror or error}") from error
        try:
            _, said = process.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired as error:
            raise _TooLongError(f"{self.program} took longer than {self.seconds:.0f} seconds") from error
        finally:
            _end(process)
        return said.decode("utf-8", "replace")


def find_chromium() -> Chromium | None:
    """The Chromium of this machine: that of AFTERCALL_CHROMIUM, else the first on the path; None if there is none."""
    named = os.environ.get(CHROMIUM_VARIABLE)
    candidates = (named,) if named else _NAMES
    return next((Chromium(found) for name in candidates if (found := shutil.which(name))), None)


def _sandboxes() -> tuple[tuple[str, ...], ...]:
    """What is tried, in order. Root cannot have a sandbox; elsewhere it is tried first."""
    off = ("--no-sandbox",)
    return (off,) if hasattr(os, "geteuid") and os.geteuid() == 0 else ((), off)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End what is left of the process and its children."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip() and "dbus" not in line]
    return lines[-1][:300] if lines else "it said nothing"

"""`aftercall dashboard --demo`: a simulated operation that has been run, made where there is none yet.

What `make run` built is taken where it is there. Else one is simulated and run in a folder of the account's own, once for
each version; it appears there as a whole or not at all.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pipelines import __version__
from pipelines.config import ConfigError, Settings, load_settings
from pipelines.config.settings import PSEUDONYM_KEY_VARIABLE, SAMPLE_CONFIG
from pipelines.file_modes import private_folder
from pipelines.simulate import simulate
from pipelines.snapshot import SnapshotStore

#: Enough for most pages to have something to say, and few enough for a minute.
CONTACTS, DAYS, SEED = 4_000, 120, 1


def demo_folder() -> Path:
    """Where a demo of this version is kept: below the account's cache."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if cache else Path.home() / ".cache") / "aftercall" / f"demo-{__version__}"


def demo_settings(say: Callable[[str], None]) -> Settings:
    """The settings of a simulated operation with a published snapshot; ``say`` is told what is being done.

    Raises:
        ConfigError: it cannot be written, or its run did not publish.
    """
    own = demo_folder()
    for config in (SAMPLE_CONFIG, own / "aftercall.toml"):
        settings = load_settings(config) if config.is_file() else None
        if settings is not None and SnapshotStore(settings.data_dir).current_id() is not None:
            say(f"Demo: the simulated operation in {config.parent}")
            return settings
    say(f"Demo: simulating {CONTACTS:,} contacts and running them, once, in about a minute; kept in {own}")
    try:
        _make(own)
    except OSError as error:
        raise ConfigError(
            f"the demo cannot be written to {own}: {error.strerror or error}; name a folder of yours as XDG_CACHE_HOME"
        ) from error
    return load_settings(own / "aftercall.toml")


def _make(own: Path) -> None:
    private_folder(own.parent)
    making = own.with_name(f"{own.name}.{os.getpid()}.making")
    try:
        simulate(making, contacts=CONTACTS, days=DAYS, seed=SEED, transcripts=True)
        _run(making / "aftercall.toml")
        # One without a snapshot is of no use to anybody.
        shutil.rmtree(own, ignore_errors=True)
        making.rename(own)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _run(config: Path) -> None:
    """The nightly run as a process of its own, whose memory is free again while pages are served; it draws its own progress.

    Its customers do not exist, so a key that nobody keeps does.
    """
    environment = {PSEUDONYM_KEY_VARIABLE: secrets.token_hex(32), **os.environ}
    command = [sys.executable, "-m", "pipelines.cli", "run", "--config", str(config)]
    # What it says of the data stands on the pages.
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S603  (our own program)
    if done.returncode:
        raise ConfigError(f"the run of the demo ended with code {done.returncode}; what it said stands above")

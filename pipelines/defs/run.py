"""The resource that all steps of a run share: one configuration, one warehouse connection, one ``as_of``."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from pipelines.config import ConfigError, Settings, load_settings, pseudonym_key
from pipelines.config.settings import SAMPLE_CONFIG
from pipelines.file_modes import private_umask
from pipelines.interruption import go_on
from pipelines.run_context import RunContext, RunOptions
from pipelines.run_status import begin_run, begun_run
from pipelines.warehouse.database import open_warehouse

CONFIG_VARIABLE = "AFTERCALL_CONFIG"


def config_path(configured: str = "") -> Path:
    """The configuration that a run uses: named in the run, else by the environment, else the sample's."""
    return Path(configured or os.environ.get(CONFIG_VARIABLE, "") or SAMPLE_CONFIG)


def settings_or_none() -> Settings | None:
    """The configuration for schedules and checks that are built before any run; None where there is none yet."""
    try:
        return load_settings(config_path())
    except ConfigError:
        return None


class RunResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """One nightly run: the one that the command line has begun, else one of its own.

    Empty fields mean: the configuration of the environment, and the default ``as_of``.
    """

    config_path: str = ""
    as_of: str = ""
    full_refresh: bool = False
    forget: list[str] = []  # noqa: RUF012  (a field of a configuration, copied for each run)

    _current: RunContext = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["RunResource"]:
        begun = begun_run.get()
        if begun is not None:
            self._current = begun
            yield self
            return
        # The web server's and the daemon's runs are processes of their own.
        private_umask()
        try:
            settings = load_settings(config_path(self.config_path))
            key = pseudonym_key()
        except ConfigError as error:
            remedy = "" if config_path(self.config_path).exists() else " (or run `make run` for a sample)"
            raise dg.Failure(description=f"{error}{remedy}", allow_retries=False) from error
        options = RunOptions(self.as_of or None, self.full_refresh, tuple(self.forget))
        run_id = context.run.run_id if context.run is not None else "local"
        with (
            open_warehouse(settings) as connection,
            begin_run(connection, settings, key, options, run_id) as self._current,
        ):
            yield self

    @property
    def current(self) -> RunContext:
        # A step that was broken off is tried again by its retry policy: not by a run that is to stop.
        go_on()
        # Hooks ask, too, and they are no steps.
        with suppress(dg.DagsterInvariantViolationError):
            self._current.steps.begin(dg.OpExecutionContext.get().op.name)
        return self._current

"""The Dagster job ``nightly`` in this process, on a run that the command line has begun; and how it ended, without Dagster's words."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import dagster as dg

from pipelines.commands.job_end import FailedStep, JobEnd
from pipelines.defs import build_defs
from pipelines.run_context import RunContext
from pipelines.run_status import begun_run

_QUIET_LOGS = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_job(run: RunContext) -> JobEnd:
    """Run all steps of the job. A step that fails is told by what is returned, not raised."""
    token = begun_run.set(run)
    try:
        with _quiet(), _instance() as instance:
            job = build_defs().resolve_job_def("nightly")
            result = job.execute_in_process(
                instance=instance, raise_on_error=False, run_config=_QUIET_LOGS, run_id=run.run_id
            )
            return JobEnd(_failed_checks(result), _failed(result), _step_seconds(result))
    finally:
        begun_run.reset(token)


def _step_seconds(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    """Seconds of every step that ran to its end."""
    return {
        event.step_key: event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success and event.step_key
    }


def _failed_checks(result: dg.ExecuteInProcessResult) -> tuple[str, ...]:
    return tuple(
        f"{evaluation.asset_key.to_user_string()}.{group} ({said})"
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed and evaluation.blocking
        for group, said in cast("dict[str, str]", evaluation.metadata["failed_groups"].value).items()
    )


def _failed(result: dg.ExecuteInProcessResult) -> FailedStep | None:
    """The first failure, unwrapped from Dagster's own errors; None if none failed."""
    for event in result.all_events:
        if event.is_step_failure or event.is_failure:
            error = getattr(event.event_specific_data, "error", None)
            data = event.event_specific_data
            failure = getattr(data, "user_failure_data", None)
            if failure is not None and failure.description:
                return FailedStep(event.step_key or "start", "Failure", failure.description, "")
            if error is None:
                continue
            inner = error
            while inner.cause is not None and inner.cls_name not in {"ConfigError", "Failure"}:
                inner = inner.cause
            name = inner.cls_name or "Error"
            # Dagster writes the message as `module.Class: text`.
            message = (inner.message.strip().splitlines() or [""])[0]
            text = re.sub(rf"^(?:\w+\.)*{re.escape(name)}: ", "", message)
            return FailedStep(event.step_key or "start", name, text, error.to_string(), _told(result))
    return None if result.success else FailedStep("run", "Error", "the run failed without saying why", "")


def _told(result: dg.ExecuteInProcessResult) -> tuple[tuple[str, str], ...]:
    """(class, text) of the errors behind the first failure, the outermost first."""
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None) if event.is_step_failure or event.is_failure else None
        told: list[tuple[str, str]] = []
        while error is not None:
            told.append((error.cls_name or "Error", error.message))
            error = error.cause or error.context
        if told:
            return tuple(told)
    return ()


@contextmanager
def _instance() -> Iterator[dg.DagsterInstance]:
    """The instance of DAGSTER_HOME, so that runs show in the web UI; without one, a throw-away."""
    if os.environ.get("DAGSTER_HOME"):
        with dg.DagsterInstance.get() as instance:
            yield instance
    else:
        with dg.DagsterInstance.ephemeral() as instance:
            _forget_events(instance)
            yield instance


def _forget_events(instance: dg.DagsterInstance) -> None:
    """Keep no events in an instance that ends with the run, and look for none: the result holds all of them, and an index
    of a thousand costs a small run a fifth of its time."""
    nothing = dg.EventRecordsResult([], "", has_more=False)
    for method, answer in (("store_event", None), ("get_asset_records", ()), ("fetch_observations", nothing)):
        setattr(instance.event_log_storage, method, lambda *_, answer=answer, **_given: answer)


@contextmanager
def _quiet() -> Iterator[None]:
    """Dagster and Great Expectations log every step, and SQLAlchemy what an interruption breaks off; here the progress bar says it."""
    # Dagster sets the level of "dagster" itself, so what it logs from its core is silenced by name.
    names = ("dagster", "dagster._core", "great_expectations", "sqlalchemy", "root")
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)

"""Faults of the machine have one message with what, where and remedy, whoever reports them and however it is wrapped."""

import errno
import os
import sqlite3
from pathlib import Path

import duckdb
import numpy as np
import pytest

from pipelines.config import ConfigError
from pipelines.failures import doubled, machine_reason, machine_reason_of
from pipelines.warehouse.database import configure


def _wrapped(error: BaseException) -> BaseException:
    """As the orchestrator hands it on."""
    outer = RuntimeError("Error occurred while executing op")
    outer.__cause__ = error
    return outer


def test_memory_short_in_the_engine(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        configure(connection, "20MB", 2, tmp_path / "spill")
        connection.execute("set temp_directory = ''")
        with pytest.raises(duckdb.Error) as caught:
            connection.execute(
                "create table t as select range, repeat(range::varchar, 90) as text from range(2000000) order by text"
            )
    for error in (caught.value, _wrapped(caught.value)):
        reason = machine_reason(error, memory_limit="20MB", folder=tmp_path)
        assert reason is not None
        assert "memory_limit = '20MB'" in reason
        assert "set memory_limit to at least '40MB'" in reason


def test_temporary_files_without_room_are_a_full_disk(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        configure(connection, "60MB", 1, tmp_path / "spill")
        connection.execute("set max_temp_directory_size = '1MB'")
        with pytest.raises(duckdb.Error) as caught:
            connection.execute(
                "create table t as select range, repeat(range::varchar, 90) as text from range(2000000) order by text"
            )
    reason = machine_reason(caught.value, memory_limit="60MB", folder=tmp_path)
    assert reason is not None
    assert reason.startswith("the disk is full")
    assert str(tmp_path) in reason
    assert "MB free" in reason


def test_memory_short_in_python() -> None:
    with pytest.raises(MemoryError) as caught:
        np.zeros(10**16)
    for error in (caught.value, MemoryError()):
        reason = machine_reason(error, memory_limit="4GB")
        assert reason is not None
        assert "the machine gave this process no more memory" in reason
        assert "set memory_limit (now '4GB') and threads in [project] lower" in reason


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, ("the disk is full at /data/x", "make room there", "data_dir")),
        (errno.EDQUOT, ("the disk is full",)),
        (errno.EROFS, ("access is denied at /data/x", "read-only", "name another folder")),
        (errno.EACCES, ("access is denied at /data/x",)),
        (errno.EMFILE, ("too many open files", "ulimit -n")),
        (errno.ENFILE, ("too many open files",)),
        (errno.EIO, ("input/output error at /data/x", "check the disk")),
        (errno.ENOMEM, ("no more memory",)),
        (errno.EFBIG, ("a file at /data/x", "ulimit -f")),
    ],
)
def test_errors_of_the_system(number: int, words: tuple[str, ...]) -> None:
    """The same number tells the same, in Python's words, in those of Rust and Arrow, and in the orchestrator's."""
    error = OSError(number, os.strerror(number), "/data/x")
    reasons = [
        machine_reason(error),
        machine_reason(_wrapped(error)),
        machine_reason_of([("DagsterExecutionStepExecutionError", "Error occurred"), ("OSError", f"{error}\n")]),
        machine_reason_of([("ComputeError", f'failed (os error {number}): "/data/x"')]),
        machine_reason_of([("OSError", f"Error writing bytes to file '/data/x'. Detail: [errno {number}] Something")]),
    ]
    for reason in reasons:
        assert reason is not None
        assert all(word in reason for word in words), reason
        assert "run again" in reason


def test_errors_of_the_engine_and_of_its_orchestrator() -> None:
    full = duckdb.IOException('IO Error: Could not write file "/data/w.duckdb": No space left on device')
    assert "the disk is full at /data/w.duckdb" in (machine_reason(full) or "")
    denied = duckdb.IOException('IO Error: Cannot open file "/data/w.duckdb": Permission denied')
    assert "access is denied at /data/w.duckdb" in (machine_reason(denied) or "")
    fatal = duckdb.FatalException(
        "FATAL Error: database has been invalidated: Failed to commit: No space left on device"
    )
    assert "the disk is full" in (machine_reason(fatal) or "")
    files = duckdb.IOException('IO Error: Cannot open file "/data/w.duckdb": Too many open files')
    assert "too many open files" in (machine_reason(files) or "")
    assert "the disk is full" in (machine_reason(sqlite3.OperationalError("database or disk is full")) or "")
    assert "access is denied" in (
        machine_reason(sqlite3.OperationalError("attempt to write a readonly database")) or ""
    )


@pytest.mark.parametrize(
    "error",
    [
        ValueError("permission denied"),
        ConfigError("out of memory is no reason"),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/data/x"),
        ZeroDivisionError("division by zero"),
        duckdb.ConversionException("Conversion Error: 'out of memory' is no number"),
        duckdb.BinderException("Binder Error: column permission denied not found"),
        AssertionError("no space left on device"),
        KeyError("too many open files"),
    ],
)
def test_other_faults_are_not_the_machines(error: Exception) -> None:
    assert machine_reason(error, memory_limit="4GB") is None


def test_an_error_that_causes_itself_is_looked_at_once() -> None:
    error = OSError(errno.ENOENT, "gone")
    error.__context__ = error
    assert machine_reason(error) is None


@pytest.mark.parametrize(
    ("size", "expected"), [("2GB", "4GB"), ("512MB", "1024MB"), ("1.5 GiB", "3GiB"), ("much", "much")]
)
def test_twice_a_size(size: str, expected: str) -> None:
    assert doubled(size) == expected

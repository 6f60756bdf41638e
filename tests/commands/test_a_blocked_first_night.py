"""A night that its input blocks explains itself, before any snapshot exists: in the run, in doctor and in the quarantine."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from builders.command_line import Command

CONFIG = """
[project]
data_dir = "data"

[[sources]]
name = "calls"
format = "canonical"
table = "contacts"
path = "landing/*.csv"
"""
#: Of 120 records 30 have no readable start; of 90 others the handle time of 9 is no number: 10%.
ROWS = [
    f"c{n},u{n},{'next week' if n < 30 else f'2026-03-{1 + n % 28:02}T10:00:00Z'},{'n/k' if 30 <= n < 39 else 300}"
    for n in range(120)
]
QUARANTINED = (
    "source calls: 30 of 120 records quarantined (25%, at most 5.0% may be), most by rule not_an_instant in column started_at, "
    "for example landing/calls.csv, row 1 (text, 9 characters). What to do: set date_format on this source"
)
LEFT_OUT = "source calls: 9 of 90 values of contacts.handle_seconds left out (10%, at most 5.0% may be)"


@pytest.fixture
def blocked(configured: Callable[[str], Path], tmp_path: Path) -> Path:
    path = configured(CONFIG)
    (tmp_path / "landing").mkdir()
    content = "\n".join(["contact_id,customer_id,started_at,handle_seconds", *ROWS, ""])
    (tmp_path / "landing" / "calls.csv").write_text(content)
    return path


def test_it_explains_itself(aftercall: Command, blocked: Path, tmp_path: Path) -> None:
    none_yet = aftercall("quarantine", "--config", blocked)
    assert none_yet.code == 2
    assert "nothing was read" in none_yet.err
    doctor = aftercall("doctor", "--config", blocked)
    assert doctor.code == 2, "doctor may not say ok where a run would block"
    assert "would keep a run from publishing: 30 of 120 records quarantined" in doctor.out
    assert "would keep a run from publishing: 9 of 90 values of contacts.handle_seconds left out" in doctor.out
    run = aftercall("run", "--config", blocked)
    assert run.code == 1
    for said in (run.out, run.err):
        assert QUARANTINED in said
        assert LEFT_OUT in said
        assert "next week" not in said, "no message quotes a value"
        assert "n/k" not in said
    listed = aftercall("quarantine", "--config", blocked, "--limit", "2")
    assert listed.code == 0
    lines = listed.out.splitlines()
    assert lines[0].split() == ["30", "calls:", "row,", "column", "started_at,", "not_an_instant"]
    assert lines[1].split() == ["9", "calls:", "value,", "column", "handle_seconds,", "not_a_duration"]
    assert lines[3].startswith("landing/calls.csv, row 1: started_at ")
    assert lines[3].endswith("(text, 9 characters)")
    assert "37 more" in lines[-1]
    out = tmp_path / "rejects.parquet"
    assert aftercall("quarantine", "--config", blocked, "--rule", "not_a_duration", "--out", out).code == 0
    rejects = pl.read_parquet(out)
    assert rejects["position"].to_list() == [str(n) for n in range(31, 40)]
    unknown = aftercall("quarantine", "--config", blocked, "--rule", "no_such_rule")
    assert unknown.code == 2
    assert "rules are not_a_duration, not_an_instant" in unknown.err

"""The words of the report: one golden file, read as a whole by whoever changes them."""

from pathlib import Path

from builders.golden_report import GOLDEN, golden_text


def test_the_report_reads_as_the_golden_file(tmp_path: Path) -> None:
    assert golden_text(tmp_path) == GOLDEN.read_text("utf-8"), (
        "if the words changed on purpose: PYTHONPATH=.:tests python -m builders.golden_report, and read the difference"
    )

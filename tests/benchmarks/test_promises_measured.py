"""`python -m benchmarks.coverage` at its smallest: every promise is measured, and the page keeps what was not."""

from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.coverage.__main__ import DOCUMENT, MARK, main, promises, updated
from benchmarks.coverage.promise import mean, share

PROMISES = promises()


@pytest.mark.parametrize("name", PROMISES)
def test_every_promise_can_be_measured_and_stands_on_the_page(name: str) -> None:
    (first,) = islice(PROMISES[name].measure(2, 1), 1)
    assert first.trials >= 2
    assert first.error >= 0
    assert f"\n### {name}\n" in DOCUMENT.read_text("utf-8").partition(MARK)[2]


@pytest.mark.wide
@pytest.mark.parametrize("name", PROMISES)
def test_every_figure_of_a_promise_can_be_measured(name: str) -> None:
    assert len(list(PROMISES[name].measure(2, 1))) > 1


def test_the_command_writes_one_section_and_keeps_the_others(tmp_path: Path) -> None:
    page = tmp_path / "statistics.md"
    page.write_text(
        f"# By hand\n\n{MARK}\n\n### slices\n\nOf an earlier day.\n\n### gone\n\nNo such promise.\n", "utf-8"
    )
    done = CliRunner().invoke(main, ["--only", "small_segments", "--trials", "2", "--out", str(page)])
    assert done.exit_code == 0, done.output
    written = page.read_text("utf-8")
    assert written.startswith(f"# By hand\n\n{MARK}\n")
    assert "Of an earlier day." in written
    assert "No such promise." not in written
    assert "`python -m benchmarks.coverage --only small_segments --seed 1`" in written
    assert updated(written, {}, list(PROMISES)) == written


def test_a_promise_that_nobody_made_is_refused() -> None:
    done = CliRunner().invoke(main, ["--only", "luck"])
    assert done.exit_code == 2
    assert "no such promise: luck; there are bands" in done.output


def test_monte_carlo_errors_by_hand() -> None:
    # 3 of 4: √(.75 · .25 / 4); none of 4 has the error of one in five: √(.2 · .8 / 4).
    assert share("w", "x", [True, True, True, False], "").error == pytest.approx(0.2165064)
    assert share("w", "x", [False] * 4, "").error == pytest.approx(0.2)
    # 1, 2, 3: standard deviation 1, error 1 / √3.
    assert mean("w", "x", [1, 2, 3], "").error == pytest.approx(3**-0.5)

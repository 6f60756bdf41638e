"""The report on paper: two pages on A4 and Letter whatever the names, and a Chromium that fails, hangs or leaves things behind."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builders import season
from builders.browser import needs_chromium
from builders.odd_tables import everywhere
from builders.report_weeks import with_presentation
from builders.snapshots import publish

from dashboards.report import PrintingError, ReportError, publish_report
from dashboards.report.chromium import Chromium, find_chromium
from dashboards.report.content import WeeklyReport, weekly_report
from dashboards.report.page import SCALES, render_pages
from dashboards.report.printing import mail_pictures, pages_of, print_report
from dashboards.snapshot.queries import Queries
from pipelines.config.presentation import ReportSettings
from pipelines.snapshot import PresentedEvent, PresentedOwner, Snapshot, SnapshotStore


def report_of(snapshot: Snapshot) -> WeeklyReport:
    return weekly_report(Queries(snapshot), None, None)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> WeeklyReport:
    """The season with a hostile name, targets, events and owner."""
    made = publish(
        tmp_path_factory.mktemp("season"),
        season.tables(hostile=True),
        as_of=season.AS_OF,
        name=f"Evil {season.HOSTILE}",
    )
    return report_of(
        with_presentation(
            made,
            targets={"fcr_outcome": 0.6, "repeat_any_30d": 0.3},
            events=(PresentedEvent(day=season.FIRST.replace(month=10), label=season.HOSTILE),),
            owners=(PresentedOwner(segment={}, name=season.HOSTILE),),
        )
    )


@needs_chromium
@pytest.mark.parametrize(("paper", "size"), [("A4", ("595", "842")), ("Letter", ("612", "792"))])
def test_two_pages_on_either_paper(hostile: WeeklyReport, paper: str, size: tuple[str, str], tmp_path: Path) -> None:
    chromium = find_chromium()
    assert chromium is not None
    pdf = print_report(hostile, chromium, paper=paper)
    assert pdf.startswith(b"%PDF-")
    assert pages_of(pdf) == 2
    (tmp_path / "report.pdf").write_bytes(pdf)
    if shutil.which("pdftotext"):
        said = subprocess.run(["pdftotext", "-layout", tmp_path / "report.pdf", "-"], capture_output=True, check=True)
        text = said.stdout.decode()
        first, second = text.split("\f")[:2]
        order = ("What is new this week", "What is worse than it looks", "What to do")
        assert sorted(order, key=first.index) == list(order)
        assert "About the data" in second
        # What is hostile elsewhere is text on paper.
        assert "<script>document.title" in text
    if shutil.which("pdfinfo"):
        told = subprocess.run(["pdfinfo", tmp_path / "report.pdf"], capture_output=True, check=True).stdout.decode()
        (found,) = [line.split()[2:5:2] for line in told.splitlines() if line.startswith("Page size")]
        assert tuple(f"{float(side):.0f}" for side in found) == size


@needs_chromium
@pytest.mark.parametrize(
    "text", ["x" * 10_000, "very long " * 1_000, "\u202emarhaba " * 500], ids=["unbroken", "words", "turned"]
)
def test_endless_names_make_no_third_page(text: str, tmp_path: Path) -> None:
    chromium = find_chromium()
    assert chromium is not None
    made = publish(tmp_path / "data", everywhere(text), as_of=season.AS_OF, name=text[:500])
    events = tuple(PresentedEvent(day=season.AS_OF.date().replace(day=day), label=text[:80]) for day in range(1, 7))
    report = report_of(with_presentation(made, events=events, owners=(PresentedOwner(segment={}, name=text[:80]),)))
    # The smallest type is what remains for them.
    assert pages_of(chromium.pdf(render_pages(report, paper="Letter", scale=min(SCALES)))) == 2


@needs_chromium
def test_every_picture_of_the_mail_is_drawn(hostile: WeeklyReport) -> None:
    chromium = find_chromium()
    assert chromium is not None
    pictures = mail_pictures(hostile, chromium)
    assert set(pictures) == {number.key for number in hostile.summary.numbers} | {"calibration"}
    assert all(picture.startswith(b"\x89PNG\r\n") for picture in pictures.values())
    # A line of 230 × 62 at twice the density; width and height stand in bytes 16 to 24.
    line = pictures["fcr_outcome"]
    assert (int.from_bytes(line[16:20]), int.from_bytes(line[20:24])) == (460, 124)


def test_what_is_printed_has_no_script_and_fetches_nothing(hostile: WeeklyReport) -> None:
    page = render_pages(hostile, paper="A4")
    assert "<script" not in page
    assert "script-src &#39;none&#39;" in page
    assert season.HOSTILE not in page
    assert "http" not in page.split("<body")[1]


class _Paper(Chromium):
    """A printer on whose paper everything fits that is set no larger than ``fits``; keeps what it was asked."""

    fits = 0.0
    asked: tuple[float, ...] = ()

    def pdf(self, page: str) -> bytes:
        found = re.findall(r"html \{ font-size: ([0-9.]+)px; \}", page.partition("</style>")[0])
        size = float(found[-1]) / 10
        type(self).asked = (*self.asked, size)
        return b"/Type /Page\n" * (2 if size <= self.fits else 3) + str(size).encode()


@pytest.mark.parametrize("fits", [2.0, 1.28, 1.0, 0.75, 0.1])
def test_paper_is_set_as_large_as_two_pages_hold(hostile: WeeklyReport, fits: float) -> None:
    _Paper.fits, _Paper.asked = fits, ()
    made = print_report(hostile, _Paper("none"), paper="A4")
    wanted = max((scale for scale in SCALES if scale <= fits), default=min(SCALES))
    assert float(made.rpartition(b"\n")[2]) == pytest.approx(wanted, abs=0.001)
    assert len(_Paper.asked) <= 5


def program(folder: Path, body: str) -> Chromium:
    """A made-up browser: a Python program that gets the command line of the real one."""
    path = folder / "made-chromium"
    path.write_text(f"#!{sys.executable}\nimport os, pathlib, subprocess, sys, time\n{body}\n", "utf-8")
    path.chmod(0o755)
    return Chromium(str(path), seconds=2.0)


def test_a_browser_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    started = tmp_path / "child"
    body = f"child = subprocess.Popen(['sleep', '60'])\npathlib.Path({str(started)!r}).write_text(str(child.pid))\ntime.sleep(60)"
    with pytest.raises(PrintingError, match="took longer than 2 seconds"):
        program(tmp_path, body).pdf("<p>page</p>")
    child = int(started.read_text())
    # It was killed; who reaps it is not ours to say, so that it may still be listed as a zombie.
    for _ in range(100):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            break
        time.sleep(0.05)
    else:
        pytest.fail("the child still runs")


def test_a_browser_that_hangs_once_is_asked_once_more(tmp_path: Path) -> None:
    been = tmp_path / "been"
    target = "next(each for each in sys.argv if each.startswith('--print-to-pdf=')).partition('=')[2]"
    body = f"been = pathlib.Path({str(been)!r})\nif not been.exists(): been.touch(); time.sleep(60)\npathlib.Path({target}).write_text('made')"
    assert program(tmp_path, body).pdf("<p>page</p>") == b"made"


def test_a_browser_that_fails_says_why_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    seen = tmp_path / "seen"
    body = f"pathlib.Path({str(seen)!r}).write_text(os.environ['HOME'])\nsys.exit('no display, no fun')"
    with pytest.raises(PrintingError, match="made nothing: no display, no fun"):
        program(tmp_path, body).pdf("<p>page</p>")
    home = Path(seen.read_text())
    assert home.name.startswith("aftercall-")
    assert not home.exists(), "home and profile go with the browser"


def test_the_browser_gets_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", "k" * 40)
    body = "target = next(a for a in sys.argv if a.startswith('--print-to-pdf=')).split('=', 1)[1]\npathlib.Path(target).write_text(repr(sorted(os.environ)))"
    given = program(tmp_path, body).pdf("<p>page</p>").decode()
    assert "PATH" in given
    assert "AFTERCALL" not in given


def test_the_sandbox_is_tried_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    body = "target = next(a for a in sys.argv if a.startswith('--print-to-pdf=')).split('=', 1)[1]\npathlib.Path(target).write_text(repr(sys.argv))"
    assert "--no-sandbox" not in program(tmp_path, body).pdf("<p>page</p>").decode()


def test_without_a_sandbox_it_is_tried_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    body = "if '--no-sandbox' not in sys.argv: sys.exit('No usable sandbox!')\n"
    body += "target = next(a for a in sys.argv if a.startswith('--print-to-pdf=')).split('=', 1)[1]\npathlib.Path(target).write_text('made')"
    assert program(tmp_path, body).pdf("<p>page</p>") == b"made"


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    publish(tmp_path / "data", season.tables(), as_of=season.AS_OF)
    return SnapshotStore(tmp_path / "data")


def test_without_a_chromium_the_pdf_is_left_out_and_that_is_said(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCALL_CHROMIUM", "no-such-browser")
    stale = tmp_path / "out" / "aftercall-2026-W47.pdf"
    stale.parent.mkdir()
    stale.write_bytes(b"of an earlier night")
    made = publish_report(store, None, tmp_path / "out", settings=ReportSettings())
    assert (made.pdf, made.page.exists(), stale.exists()) == (None, True, False)
    assert made.said[1].startswith("No PDF: no Chromium was found on this machine")
    with pytest.raises(ReportError, match="--pdf: no Chromium was found"):
        publish_report(store, None, tmp_path / "out", settings=ReportSettings(), pdf=True)


def test_a_browser_that_fails_costs_the_pdf_unless_it_was_demanded(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCALL_CHROMIUM", program(tmp_path, "sys.exit('broken')").program)
    made = publish_report(store, None, tmp_path / "out", settings=ReportSettings())
    assert made.pdf is None
    assert "made nothing: broken" in made.said[1]
    with pytest.raises(PrintingError, match="broken"):
        publish_report(store, None, tmp_path / "out", settings=ReportSettings(), pdf=True)
    assert publish_report(store, None, tmp_path / "out", settings=ReportSettings(), pdf=False).said == made.said[:1]

"""The five numbers: the published values of their weeks, targets, changes told from chance or not, and their lines."""

import json
import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import season
from builders.report_weeks import AS_OF, MONDAY, weeks, with_presentation
from builders.snapshots import kpi_row, publish

from dashboards.panels import tiles
from dashboards.report.content import WeeklyReport, weekly_report
from dashboards.report.numbers import KeyNumber
from dashboards.report.rate_change import change
from dashboards.report.write import write_report
from dashboards.results.weekly_results import compute_results
from dashboards.snapshot.frames import read_frames
from dashboards.snapshot.queries import Queries
from pipelines.snapshot import PresentedEvent, PresentedOwner, Snapshot
from pipelines.statistics import Rate, proportion


def report_of(tmp_path: Path, rows: list[dict[str, Any]], **presentation: Any) -> WeeklyReport:
    snapshot = publish(tmp_path / "data", {"kpi_daily": rows}, as_of=AS_OF)
    return weekly_report(Queries(with_presentation(snapshot, **presentation)), None, None)


def number(report: WeeklyReport, key: str) -> KeyNumber:
    (found,) = [each for each in report.summary.numbers if each.key == key]
    return found


def test_a_change_is_newcombes_interval() -> None:
    """Newcombe 1998, method 10, example (a): 56/70 against 48/80 gives 0.2000 (0.0524 to 0.3339)."""
    found = change(proportion(56, 70), proportion(48, 80))
    assert found is not None
    assert (round(found.value, 4), round(found.lower, 4), round(found.upper, 4)) == (0.2, 0.0524, 0.3339)
    assert found.is_significant


def test_a_change_without_two_rates_is_none() -> None:
    known, unknown = proportion(56, 70), Rate(1, 2, None, None, None, "too few")
    assert change(known, unknown) is None
    assert change(unknown, known) is None
    assert change(known, Rate(1, 0, 1.0, 0.0, math.inf)) is None


def test_a_change_that_is_not_significant_says_so(tmp_path: Path) -> None:
    same = number(report_of(tmp_path, weeks()), "fcr_outcome")
    assert (same.change is not None, same.direction) == (True, "")
    # Wilson of 240 in 400 is .5513 to .6468; √(.0487² + .0468²) = .0676.
    assert same.change_words == "+0.0 points from 2026-W38 (−6.8 to 6.8): not significant"


@pytest.mark.parametrize(("held", "direction"), [(80, "worse"), (330, "better")])
def test_a_significant_change_has_a_direction(tmp_path: Path, held: int, direction: str) -> None:
    last = kpi_row(MONDAY + timedelta(weeks=16), contacts=400, cohort_outcome_yes=held, cohort_claimed_yes_outcome_no=0)
    last["cohort_claimed_yes_outcome_no"] = max(0, 320 - held)
    found = number(report_of(tmp_path, weeks([last])), "fcr_outcome")
    assert (found.week, found.before, found.direction) == ("2026-W39", "2026-W38", direction)
    assert found.change_words.endswith(f": {direction}")
    # The other way round for what should be low.
    lost = number(report_of(tmp_path / "b", weeks([last])), "false_resolution")
    assert lost.direction == direction


def test_without_a_week_before_there_is_no_change(tmp_path: Path) -> None:
    alone = [kpi_row(MONDAY + timedelta(weeks=16), contacts=400)]
    found = number(report_of(tmp_path, alone), "fcr_outcome")
    assert (found.change, found.change_words) == (None, "no prior week to compare with")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (0.30, "target ≥\u00a030.0%: met"),
        (0.58, "target ≥\u00a058.0%: met, not significantly"),
        (0.62, "target ≥\u00a062.0%: missed, not significantly"),
        (0.90, "target ≥\u00a090.0%: missed"),
    ],
)
def test_a_target_that_is_a_floor(tmp_path: Path, target: float, words: str) -> None:
    assert number(report_of(tmp_path, weeks(), targets={"fcr_outcome": target}), "fcr_outcome").target_words == words


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (0.50, "target ≤\u00a050.0%: met"),
        (0.32, "target ≤\u00a032.0%: met, not significantly"),
        (0.28, "target ≤\u00a028.0%: missed, not significantly"),
        (0.10, "target ≤\u00a010.0%: missed"),
    ],
)
def test_a_target_that_is_a_ceiling(tmp_path: Path, target: float, words: str) -> None:
    found = number(report_of(tmp_path, weeks(), targets={"repeat_any_30d": target}), "repeat_any_30d")
    assert found.target_words == words


def test_twenty_six_closed_weeks_and_the_open_ones_apart(tmp_path: Path) -> None:
    earlier = [kpi_row(MONDAY - timedelta(weeks=i), contacts=400) for i in range(1, 13)]
    points = number(report_of(tmp_path, [*earlier, *weeks()]), "fcr_outcome").points
    closed = [point.week for point in points if point.final]
    assert (len(closed), closed[0], closed[-1]) == (26, "2026-W14", "2026-W39")
    assert [point.week for point in points if not point.final] == [f"2026-W{week}" for week in range(40, 45)]
    assert {point.value for point in points if not point.final} == {None}


def test_the_fifth_is_what_customers_rated_else_what_they_said(tmp_path: Path) -> None:
    rated = {"surveys": 60, "sentiment_survey_csat_n": 60, "sentiment_survey_csat_negative": 15}
    spoken = {"transcripts": 300, "transcripts_scored": 300, "sentiment_closing_turns_n": 300}
    spoken |= {"sentiment_closing_turns_negative": 90}

    def fifth(**given: Any) -> KeyNumber:
        rows = [row | given for row in weeks()]
        return report_of(tmp_path / str(len(given)), rows).summary.numbers[4]

    both, only_words, neither = fifth(**rated, **spoken), fifth(**spoken), fifth()
    assert (both.key, both.rate.value) == ("negative_survey_csat", 0.25)
    assert (only_words.key, only_words.rate.value) == ("negative_closing_turns", 0.3)
    assert (neither.missing, neither.interval_words) == (True, "no contact comes with a transcript")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("season"), season.tables(), as_of=season.AS_OF)


def test_numbers_are_those_of_the_typed_results_and_the_pages(made: Snapshot, tmp_path: Path) -> None:
    """Report, JSON and page show the very rates that the application's figures are made of."""
    results = compute_results(read_frames(made), None)
    outcome, longest, heard = results.outcome, results.longest.kpis, results.heard.kpis
    assert outcome is not None and longest is not None and heard is not None  # noqa: PT018
    typed = {
        "fcr_outcome": outcome.fcr_outcome,
        "false_resolution": outcome.false_resolution,
        "repeat_any_30d": longest.repeat(30).any_issue,
        "complaints": longest.complaints,
        "negative_survey_csat": heard.sentiment.source("survey_csat").negative,
    }
    path = write_report(made, None, None, tmp_path)
    document = json.loads(path.with_suffix(".json").read_text("utf-8"))
    page = path.read_text("utf-8").split("<script")[0]
    assert document["schema_version"] == 4
    assert [each["key"] for each in document["summary"]["numbers"]] == list(typed)
    for shown in document["summary"]["numbers"]:
        rate = typed[shown["key"]]
        for name in ("value", "lower", "upper", "numerator", "denominator"):
            assert shown["rate"][name] == getattr(rate, name), (shown["key"], name)
        for words in ("value_words", "interval_words", "target_words", "change_words"):
            # Without any target the page has no column for them.
            assert (shown[words] in page) == (words != "target_words"), words
    aimed = with_presentation(made, targets={"fcr_outcome": 0.9, "complaints": 1.0})
    page = write_report(aimed, None, None, tmp_path / "aimed").read_text("utf-8").split("<script")[0]
    wanted = [each.target_words for each in weekly_report(Queries(aimed), None, None).summary.numbers]
    assert [words in page for words in wanted] == [True] * 5
    assert wanted.count("no target") == 3
    shown_by_name = {tile.name: tile.value for tile in (tiles.held(results), tiles.false_resolution(results))}
    words = {each["key"]: each["value_words"] for each in document["summary"]["numbers"]}
    assert words["fcr_outcome"] == shown_by_name["Resolved, judged by outcomes"]
    assert words["false_resolution"] == shown_by_name["False resolutions"]
    assert words["repeat_any_30d"] == tiles.repeats(results.longest).value
    assert words["complaints"] == tiles.complaints(results).value


def test_lines_are_those_of_the_weeks(made: Snapshot) -> None:
    report = weekly_report(Queries(made), None, None)
    by_week = {kpis.week.label: kpis for kpis in report.results.trend}
    found = [point for point in number(report, "repeat_any_30d").points if point.week in by_week]
    assert len(found) == 13
    for point in found:
        rates = by_week[point.week].repeat(30)
        assert (point.value, point.lower, point.upper) == (
            rates.any_issue.value,
            rates.any_issue.lower,
            rates.any_issue.upper,
        )
        assert point.final == rates.closed


def test_events_of_the_weeks_drawn_are_marked_in_order(tmp_path: Path) -> None:
    events = tuple(
        PresentedEvent(day=day, label=label)
        for day, label in (
            (date(2026, 10, 12), "release"),
            (date(2026, 7, 8), "tariffs"),
            (date(2026, 5, 26), "before the line"),
            (date(2026, 11, 2), "after it"),
        )
    )
    report = report_of(tmp_path, weeks(), events=events, owners=(PresentedOwner(segment={}, name="all"),))
    assert [(each.mark, each.words, each.monday) for each in report.summary.events] == [
        ("a", "8 Jul: tariffs", date(2026, 7, 6)),
        ("b", "12 Oct: release", date(2026, 10, 12)),
    ]

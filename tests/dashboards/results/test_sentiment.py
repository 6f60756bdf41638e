"""Sentiment as shown (M7): sums over n, one source at a time, coverage beside it, and what is said without a source."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.snapshots import kpi_row, midnight, publish, table_frame
from builders.views import rendered

from dashboards import figures
from dashboards.panels.sentiment import negatives_panel, sentiment_mode_table, sentiment_panels, words_panel
from dashboards.report import write_report
from dashboards.report.content import WeeklyReport, weekly_report
from dashboards.results import feedback_sentences
from dashboards.results.clustering import Clustering
from dashboards.results.weekly_rates import WeekKpis, stretch, trend, week_counts, week_kpis
from dashboards.snapshot.frames import weekly_counts
from dashboards.snapshot.queries import Queries
from pipelines.commands.run_summary import headline_figures
from pipelines.snapshot import Snapshot
from pipelines.statistics import wilson
from pipelines.statistics.slices import with_student

MONDAY = date(2026, 9, 7)  # 2026-W37
NO_EFFECTS = Clustering(table_frame("design_effects", []))

#: Ratings 1 × 10, 2 × 5, 3 × 5, 4 × 10, 5 × 10: 125 in 40, so 3.125 on average; on the published scale (125 − 120) / 2.
RATED = {
    "surveys": 45,
    "sentiment_survey_csat_n": 40,
    "sentiment_survey_csat_sum": 2.5,
    "sentiment_survey_csat_negative": 15,
}
SPOKEN = {
    "sentiment_closing_turns_n": 200,
    "sentiment_closing_turns_sum": -30.0,
    "sentiment_closing_turns_negative": 62,
    "opening_closing_n": 240,
    "opening_sentiment_sum": -60.0,
    "closing_sentiment_sum": -36.0,
    "transcripts": 290,
    "transcripts_scored": 260,
    "transcripts_too_short": 4,
    "transcripts_unknown_language": 6,
    "transcripts_unsupported_language": 15,
}
HEARD = {**RATED, **SPOKEN}


def kpis_of(*rows: dict[str, Any], effects: Clustering = NO_EFFECTS, **cut: Any) -> list[WeekKpis]:
    weekly = weekly_counts(table_frame("kpi_daily", rows).lazy())
    weeks = week_counts(weekly, midnight(2026, 12, 1), "UTC", **cut)
    return [week_kpis(counts, effects, 30, **cut) for counts in stretch(weeks, weeks[-1].week, 13)]


def contact(*, has_survey: bool | None = True) -> dict[str, Any]:
    return {"system": "d", "contact_id": "1", "day": MONDAY, "has_survey": has_survey}


def snapshot_of(tmp_path: Path, *rows: dict[str, Any], has_survey: bool | None = True, **tables: Any) -> Snapshot:
    tables = {"kpi_daily": rows, "contact_outcomes": [contact(has_survey=has_survey)], **tables}
    return publish(tmp_path / "data", tables, as_of=midnight(2026, 9, 28))


def report_of(snapshot: Snapshot) -> WeeklyReport:
    return weekly_report(Queries(snapshot), None, None)


def test_one_week_by_hand() -> None:
    (kpis,) = kpis_of(kpi_row(MONDAY, contacts=400, **HEARD))
    found = kpis.sentiment
    assert (found.rating.value, found.rating.n, found.rating.of) == (pytest.approx(3.125), 40, 400)
    rated = found.source("survey_csat")
    assert rated.mean.value == pytest.approx(2.5 / 40)
    assert (rated.negative.value, rated.negative.lower, rated.negative.upper) == (
        15 / 40,
        *wilson(15, 40, with_student(1.0, 40)),
    )
    closing = found.source("closing_turns")
    assert (closing.mean.value, closing.negative.value) == (pytest.approx(-0.15), 62 / 200)
    # Over the 240 with both, whoever they were: not the 200 that are judged by their closing words.
    assert (found.opening.value, found.closing.value) == (pytest.approx(-0.25), pytest.approx(-0.15))
    assert (found.shift.value, found.shift.n) == (pytest.approx(0.10), 240)
    assert found.response.value == 45 / 400
    assert (found.scored.value, found.scored_transcripts.value) == (260 / 400, 260 / 290)
    # Of 290 transcripts 260 are scored, 25 are told why not; the rest has no words to read.
    assert (found.too_short, found.unknown_language, found.unsupported_language, found.no_words) == (4, 6, 15, 5)
    with pytest.raises(KeyError):
        found.source("mood")


def test_means_are_of_sums_and_never_of_means() -> None:
    few = {"sentiment_closing_turns_n": 10, "sentiment_closing_turns_sum": -8.0}
    many = {"sentiment_closing_turns_n": 90, "sentiment_closing_turns_sum": 18.0}
    (kpis,) = kpis_of(kpi_row(MONDAY, **few), kpi_row(MONDAY + timedelta(days=1), "joint", **many))
    # (−8 + 18) / 100; the mean of −.8 and .2 would be −.3.
    assert kpis.sentiment.source("closing_turns").mean.value == pytest.approx(0.1)


def test_an_interval_widens_with_the_correlation_of_its_own_source() -> None:
    published = [{"metric": "negative_closing_turns", "dimension": "mode", "correlation": 0.5, "deff": 1.1}]
    of_slice = {"week": MONDAY, "dimension": "mode", "segment": "ai_primary", "metric": "negative_closing_turns"}
    slices = [of_slice | {"n": 200, "sum_squares": 600, "largest": 20}]
    effects = Clustering(table_frame("design_effects", published), table_frame("slice_clusters", slices))
    (cut,) = kpis_of(kpi_row(MONDAY, contacts=400, **HEARD), effects=effects, mode="ai_primary", cut=True)
    closing = cut.sentiment.source("closing_turns").negative
    rated = cut.sentiment.source("survey_csat").negative
    # k = 600 / 200 = 3, so the design effect is 1 + .5 · 2 = 2, and 100 contacts are left.
    assert (closing.lower, closing.upper) == wilson(62, 200, with_student(2.0, 200))
    assert (rated.lower, rated.upper) == wilson(15, 40, with_student(1.0, 40))


def test_too_few_are_not_published_and_say_how_few() -> None:
    few = {"sentiment_survey_csat_n": 29, "sentiment_survey_verbatim_n": 1, "opening_closing_n": 29}
    (kpis,) = kpis_of(kpi_row(MONDAY, **few))
    found = kpis.sentiment
    assert (found.rating.value, found.rating.reason) == (None, "29 contacts with a survey rating, fewer than 30")
    wrote = found.source("survey_verbatim")
    assert wrote.negative.reason == wrote.mean.reason == "1 contact judged by the words in a survey, fewer than 30"
    assert found.source("closing_turns").mean.reason == "no contacts judged by their closing words"
    assert (found.shift.value, found.opening.value, found.closing.value) == (None, None, None)


def test_a_week_is_judged_when_its_answers_are_in(tmp_path: Path) -> None:
    rows = [kpi_row(MONDAY + timedelta(weeks=i), contacts=400, mature=(1, 7), **HEARD) for i in range(2)]
    rows.append(kpi_row(MONDAY + timedelta(weeks=2), contacts=400, mature=(1,), **HEARD))
    report = report_of(snapshot_of(tmp_path, *rows))
    assert report.results.heard.kpis is not None
    assert (report.week, report.results.heard.kpis.week.label) == ("2026-W39", "2026-W38")
    # W39 ends on 27 September; the seven days after its last contact are over when 5 October begins.
    said = (
        "Customer feedback is shown for 2026-W38; survey answers about 2026-W39 may arrive until 5 Oct 2026 or later."
    )
    assert said in report.provisional
    # Without surveys nothing is waited for.
    alone = [row | dict.fromkeys(RATED, 0) for row in rows]
    words = weekly_report(
        Queries(publish(tmp_path / "b", {"kpi_daily": alone}, as_of=midnight(2026, 9, 28))), None, None
    )
    assert words.results.heard.kpis is not None
    assert words.results.heard.kpis.week.label == "2026-W39"
    assert all(kpis.answers_complete for kpis in words.results.trend)


def test_the_tiles_say_source_n_and_interval(tmp_path: Path) -> None:
    report = report_of(snapshot_of(tmp_path, kpi_row(MONDAY, contacts=400, **HEARD)))
    tiles = {tile.name: tile for tile in report.tiles_heard}
    assert {tile.metric for tile in tiles.values()} == {"M7"}
    rating = tiles["Survey rating"]
    assert rating.value == "3.1 of 5"
    assert rating.interval.startswith("37.5% gave 1 or 2, 95% confidence interval ")
    assert rating.basis == "n = 40 of 400 eligible contacts; 11.2% answered"
    closing = tiles["Closing words, negative"]
    assert (closing.value, closing.interval) == ("31.0%", "95% confidence interval 25.0–37.8%")
    assert closing.note == "mean −0.15 on a scale of −1 to +1; words are a weak proxy for satisfaction"
    assert closing.basis == "n = 200 contacts without a survey answer; 65.0% of all eligible scored"
    assert (tiles["From opening to closing"].value, tiles["From opening to closing"].interval) == (
        "+0.10",
        "from −0.25 to −0.15 on a scale of −1 to +1",
    )
    assert tiles["Survey words, negative"].missing
    assert (
        "15 in a language that the model does not support, 6 in an unknown language"
        in tiles["Conversations scored"].note
    )
    assert report.feedback.startswith("Week 2026-W37: 11.2% of contacts have a survey answer, average rating 3.1 of 5")
    assert "31.0% of contacts without a survey answer ended on negative words" in report.feedback


def test_the_json_holds_the_figures(tmp_path: Path) -> None:
    path = write_report(snapshot_of(tmp_path, kpi_row(MONDAY, contacts=400, **HEARD)), None, None, tmp_path)
    found = json.loads(path.with_suffix(".json").read_text("utf-8"))["results"]["heard"]["kpis"]["sentiment"]
    assert found["rating"] == {"value": 3.125, "n": 40, "of": 400, "reason": None}
    by_source = {each["source"]: each["negative"]["value"] for each in found["sources"]}
    assert by_source == {"survey_csat": 0.375, "survey_verbatim": None, "closing_turns": 0.31}
    assert "a weak proxy for satisfaction" in path.read_text("utf-8")


def test_without_surveys_their_tiles_and_lines_are_gone_and_said_to_be(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, kpi_row(MONDAY, contacts=400, **SPOKEN), has_survey=None)
    report = report_of(snapshot)
    assert [tile.name for tile in report.tiles_heard] == [
        "Closing words, negative",
        "From opening to closing",
        "Conversations scored",
    ]
    assert "no survey figures (no survey source is configured)" in report.feedback
    assert "No survey ratings: no survey source is configured." in report.caveats
    (kpis,) = report.results.trend
    assert kpis.sentiment.response.reason == kpis.sentiment.rating.reason == "no survey source is configured"
    page = str(rendered(snapshot, None, "/data-quality"))
    assert "no survey source is configured" in page


def test_a_survey_that_nobody_answered_is_a_response_of_zero(tmp_path: Path) -> None:
    report = report_of(snapshot_of(tmp_path, kpi_row(MONDAY, contacts=400), has_survey=False))
    tiles = {tile.name: tile for tile in report.tiles_heard}
    assert tiles["Survey answered"].value == "0.0%"
    assert tiles["Survey rating"].interval == "no contacts with a survey rating"


def test_without_transcripts_the_survey_stands_alone(tmp_path: Path) -> None:
    report = report_of(snapshot_of(tmp_path, kpi_row(MONDAY, contacts=400, **RATED)))
    assert [tile.name for tile in report.tiles_heard] == ["Survey rating", "Survey words, negative", "Survey answered"]
    assert [panel.name for panel in sentiment_panels(report.results)] == ["negatives"]
    assert "Closing words not scored: no contact comes with a transcript." in report.feedback
    assert feedback_sentences.caution(report.results) == ""


def test_without_either_there_is_a_sentence_and_no_chart(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, kpi_row(MONDAY, contacts=400), has_survey=None)
    report = report_of(snapshot)
    assert report.feedback == "No sentiment: no survey source is configured, and no contact comes with a transcript."
    assert (report.tiles_heard, sentiment_panels(report.results)) == ((), ())
    assert sentiment_mode_table(report.results) is None
    page = str(rendered(snapshot, None, "/sentiment"))
    assert report.feedback in page
    assert "Survey rating" not in page
    assert report.feedback in write_report(snapshot, None, None, tmp_path).read_text("utf-8")


def test_modes_are_compared_within_a_source(tmp_path: Path) -> None:
    rows = [kpi_row(MONDAY, contacts=400, **HEARD), kpi_row(MONDAY, "joint", contacts=20, **dict.fromkeys(SPOKEN, 10))]
    table = sentiment_mode_table(report_of(snapshot_of(tmp_path, *rows)).results)
    assert table is not None
    assert table.headers == (
        "Mode",
        "Survey answered",
        "Survey rating",
        "Rated 1 or 2",
        "Closing words negative",
        "Opening → closing",
        "Scored",
    )
    first, second = table.rows
    assert (first[0], first[2]) == ("AI-led", "3.1 of 5\nn\u00a0=\u00a040")
    assert first[4] == "31.0%\n25.0–37.8%, n\u00a0=\u00a0200"
    assert first[5] == "−0.25 → −0.15\nn\u00a0=\u00a0240"
    assert (second[0], second[4]) == ("Joint", "–\nn\u00a0=\u00a010")


def test_each_source_is_a_line_of_its_own_and_open_weeks_are_hollow() -> None:
    rows = [kpi_row(MONDAY + timedelta(weeks=i), contacts=400, mature=(1, 7), **HEARD) for i in range(2)]
    rows.append(kpi_row(MONDAY + timedelta(weeks=2), contacts=400, mature=(1,), **HEARD))
    figure = figures.negative_by_source_by_week(trend(kpis_of(*rows)))
    named = {trace.name: trace for trace in figure.data if trace.name and trace.showlegend is not False}
    # Nobody is judged by the words of a survey: no line and no legend.
    assert set(named) == {"survey rating of 1 or 2", "closing words"}
    assert list(named["closing words"].y) == [31.0, 31.0, None]
    assert named["closing words"].customdata[0][2] == 200
    hollow = [trace for trace in figure.data if trace.marker.symbol == "diamond-open"]
    assert [list(trace.y) for trace in hollow] == [[31.0]]
    assert [a.text for a in figure.layout.annotations] == ["answers open"]
    assert "M7" in figure.layout.title.subtitle.text


def test_opening_and_closing_stand_on_a_scale_that_does_not_flatter_noise() -> None:
    figure = figures.opening_and_closing_by_week(trend(kpis_of(kpi_row(MONDAY, contacts=400, **HEARD))))
    opening, closing = figure.data
    assert (opening.y[0], closing.y[0]) == (pytest.approx(-0.25), pytest.approx(-0.15))
    assert list(opening.customdata[0]) == ["2026-W37", 240.0, 400.0]
    assert list(figure.layout.yaxis.range) == [-0.5, 0.5]


def test_nothing_to_draw_says_why() -> None:
    frame = trend(kpis_of(kpi_row(MONDAY, sentiment_closing_turns_n=9, opening_closing_n=9)))
    negatives, words = figures.negative_by_source_by_week(frame), figures.opening_and_closing_by_week(frame)
    assert negatives.layout.annotations[0].text == "9 contacts judged by their closing words, fewer than 30"
    assert words.layout.annotations[0].text == "9 contacts with an opening and a closing, fewer than 30"


def test_the_panels_say_what_they_show(tmp_path: Path) -> None:
    rows = [kpi_row(MONDAY + timedelta(weeks=i), contacts=400, mature=(1, 7), **HEARD) for i in range(2)]
    rows[1] |= {"sentiment_closing_turns_negative": 70}
    results = report_of(snapshot_of(tmp_path, *rows)).results
    said = negatives_panel(results).sentence
    assert "Closing words negative: 31.0% in 2026-W37, 35.0% in 2026-W38 (28.7–41.9%, " in said
    words = words_panel(results)
    assert words.sentence.startswith(
        "In 2026-W38 customers opened at −0.25 on average and closed at −0.15, a shift of +0.10"
    )
    # Opening, closing, shift, scored; then transcripts and why some have no score.
    assert words.table.rows[0][5:] == ("290", "15", "6", "4", "5")


def test_a_fast_but_unhappy_contact_reads_well(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    flag = {
        "system": "d",
        "contact_id": hostile,
        "rule": "fast_but_unhappy",
        "code": "D2",
        "severity": 3,
        "known_at": midnight(2026, 9, 27),
        "day": MONDAY,
        "customer_key": "k",
        "evidence": json.dumps(
            {"handle_seconds": 71.0, "sentiment_source": "survey_csat", "csat": 1.0, "note": hostile}
        ),
    }
    snapshot = snapshot_of(tmp_path, kpi_row(MONDAY, contacts=400, **HEARD), case_flags=[flag])
    (found,) = report_of(snapshot).flags.top
    assert [e.value for e in found.evidence] == ["71.0", "survey rating", "1.0", hostile]
    assert found.sentence == "Handled in 1\u202fmin 11\u202fs, yet the customer's rating was 1 of 5."
    page = write_report(snapshot, None, None, tmp_path).read_text("utf-8")
    assert "1 flag to look at today" in page
    assert "Fast, but the customer was unhappy: 1 (1 of severity 3). There is no backlog." in page
    assert hostile not in page


def test_the_closing_summary_has_a_line_for_sentiment(tmp_path: Path) -> None:
    def line(*rows: dict[str, Any]) -> str:
        return dict(
            headline_figures(publish(tmp_path / str(len(rows)), {"kpi_daily": rows}, as_of=midnight(2026, 12, 1)))
        )["sentiment"]

    assert line(kpi_row(MONDAY, contacts=400, **HEARD)) == (
        "survey rating 3.1 of 5 (n = 40, answered 11.2%); "
        "closing words negative 31.0% (n = 200), conversations scored 65.0% (n = 400)"
    )
    week = timedelta(weeks=1)
    assert line(kpi_row(MONDAY), kpi_row(MONDAY + week)) == "no survey answers; no transcripts"
    few = kpi_row(MONDAY, surveys=3, sentiment_survey_csat_n=2)
    assert line(few, kpi_row(MONDAY + week), kpi_row(MONDAY + 2 * week)) == (
        "survey rating not shown: n = 2 is below 30; no transcripts"
    )

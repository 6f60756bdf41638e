"""Panels of sentiment (M7): each source by itself over the weeks, opening beside closing, and both by mode."""

from collections.abc import Callable

from dashboards import wording
from dashboards.figures import negative_by_source_by_week, opening_and_closing_by_week
from dashboards.panels.panel import Panel, Table, make_panel, rate_cell, week_table
from dashboards.results.averages import Mean
from dashboards.results.sentiment import NO_SURVEYS, NO_TRANSCRIPTS, WeekSentiment
from dashboards.results.weekly_rates import WeekKpis, trend
from dashboards.results.weekly_results import Results
from pipelines.contract.published import SENTIMENT_SOURCES
from pipelines.statistics import Rate

#: A column of a table: its heading, and the cell of one week or mode.
Column = tuple[str, Callable[[WeekSentiment], str]]

#: What negative means, by source.
_NEGATIVE = {
    "survey_csat": "Rated 1 or 2",
    "survey_verbatim": "Survey words negative",
    "closing_turns": "Closing words negative",
}


def sentiment_panels(results: Results) -> tuple[Panel, ...]:
    """The panels for which there is a source; none without surveys and transcripts."""
    with_negatives = results.has_surveys or results.has_transcripts
    return (
        *((negatives_panel(results),) if with_negatives else ()),
        *((words_panel(results),) if results.has_transcripts else ()),
    )


def negatives_panel(results: Results) -> Panel:
    """Share of negatives within each source by week."""
    said = [line for source in SENTIMENT_SOURCES if (line := _change(source, results))]
    sentence = " ".join(said) or "No share can be drawn: too few contacts have a sentiment."
    columns: list[Column] = []
    for source in _sources(results):
        columns += [(_NEGATIVE[source], _negative(source)), (_mean_name(source), _mean(source))]
    if results.has_surveys:
        columns.append(("Survey answered", lambda found: _with_n(found.response)))
    table = week_table(
        results,
        (*(heading for heading, _ in columns), "State"),
        lambda kpis: (*(cell(kpis.sentiment) for _, cell in columns), _state(kpis)),
    )
    return make_panel("negatives", negative_by_source_by_week(trend(results.trend)), sentence, table)


def words_panel(results: Results) -> Panel:
    """Opening beside closing by week; the table counts what could not be scored, and why."""
    kpis = results.heard.kpis
    found = kpis.sentiment if kpis else None
    if kpis is None or found is None or found.shift.value is None:
        sentence = f"No shift: {found.shift.reason if found else results.heard.reason}."
    else:
        opening, closing, moved = (wording.score(mean.value) for mean in (found.opening, found.closing, found.shift))
        sentence = (
            f"In {kpis.week.label} customers opened at {opening} on average and closed at {closing}, "
            f"a shift of {moved} ({wording.rests_on(found.shift.n)})."
        )
    columns: list[Column] = [
        ("Opening", lambda found: wording.score(found.opening.value)),
        ("Closing", lambda found: wording.score(found.closing.value)),
        ("Shift", lambda found: _mean_with_n(wording.score(found.shift.value), found.shift)),
        ("Scored, of eligible", lambda found: _with_n(found.scored)),
        ("Transcripts", lambda found: wording.count(found.transcripts)),
        ("Language not supported", lambda found: wording.count(found.unsupported_language)),
        ("Language unknown", lambda found: wording.count(found.unknown_language)),
        ("Too short", lambda found: wording.count(found.too_short)),
        ("Nothing readable", lambda found: wording.count(found.no_words)),
    ]
    headings = tuple(heading for heading, _ in columns)
    table = week_table(results, headings, lambda kpis: tuple(cell(kpis.sentiment) for _, cell in columns))
    return make_panel("words", opening_and_closing_by_week(trend(results.trend)), sentence, table)


def sentiment_mode_table(results: Results) -> Table | None:
    """Sentiment with its coverage, one row a mode and a column a source; None where no source has any."""
    if not (results.has_surveys or results.has_transcripts):
        return None
    kpis = results.heard.kpis
    columns: list[Column] = []
    if results.has_surveys:
        columns += [
            ("Survey answered", lambda found: _with_n(found.response)),
            ("Survey rating", lambda found: _mean_with_n(wording.rating(found.rating.value), found.rating)),
        ]
    columns += [(_NEGATIVE[source], _negative(source)) for source in _sources(results)]
    if results.has_transcripts:
        columns += [
            ("Opening → closing", _opening_to_closing),
            ("Scored", lambda found: _with_n(found.scored)),
        ]
    caption = f"What customers said: {f'week {kpis.week.label}' if kpis else results.heard.reason}. "
    caption += "Compare within a column: each source is of other customers."
    caption += "" if results.has_surveys else f" No survey figures: {NO_SURVEYS}."
    caption += "" if results.has_transcripts else f" No words: {NO_TRANSCRIPTS}."
    rows = tuple(
        (mode.name, *(cell(mode.heard.sentiment) if mode.heard else wording.MISSING for _, cell in columns))
        for mode in results.by_mode
    )
    return Table(("Mode", *(heading for heading, _ in columns)), rows, caption)


def _sources(results: Results) -> list[str]:
    """The sources from which any contact of the weeks shown is judged."""
    return [
        source
        for source in SENTIMENT_SOURCES
        if any(kpis.sentiment.source(source).negative.denominator for kpis in results.trend)
    ]


def _change(source: str, results: Results) -> str:
    """``Rated 1 or 2: 52.0% in 2026-W27, 47.5% in 2026-W38 (…).``; empty where no week has a share."""
    known = [
        (kpis.week.label, rate)
        for kpis in results.trend
        if kpis.answers_complete and (rate := kpis.sentiment.source(source).negative).value is not None
    ]
    if not known:
        return ""
    (first, before), (last, now) = known[0], known[-1]
    n = wording.rests_on(now.denominator)
    start = f"{wording.percent(before.value)} in {first}, " if first != last else ""
    said = f"{start}{wording.percent(now.value)} in {last} ({wording.percent_interval(now)}, {n})"
    return f"{_NEGATIVE[source]}: {said}."


def _negative(source: str) -> Callable[[WeekSentiment], str]:
    return lambda found: _with_n(found.source(source).negative)


def _mean_name(source: str) -> str:
    return "Mean rating" if source == "survey_csat" else f"Mean, {wording.source_name(source)}"


def _mean(source: str) -> Callable[[WeekSentiment], str]:
    if source == "survey_csat":
        return lambda found: wording.rating(found.rating.value)
    return lambda found: wording.score(found.source(source).mean.value)


def _opening_to_closing(found: WeekSentiment) -> str:
    if found.shift.value is None:
        return _mean_with_n(wording.MISSING, found.shift)
    ends = f"{wording.score(found.opening.value)} → {wording.score(found.closing.value)}"
    return _mean_with_n(ends, found.shift)


def _state(kpis: WeekKpis) -> str:
    return "complete" if kpis.answers_complete else "not yet complete"


def _with_n(rate: Rate) -> str:
    """A rate with interval and n in one cell; where it is not shown, n says why."""
    n = wording.rests_on(rate.denominator)
    return f"{wording.MISSING}\n{n}" if rate.value is None else f"{rate_cell(rate)}, {n}"


def _mean_with_n(text: str, mean: Mean) -> str:
    return f"{text}\n{wording.rests_on(mean.n)}"

"""Sentiment (M7) from weekly counts: what customers rated, wrote and said last, each source by itself.

A contact is judged by one source only, the best it has: the survey's rating, else the survey's words, else its closing
turns. So the three are of different customers, and no figure here adds them up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from dashboards.results.averages import Mean, mean
from pipelines.contract.published import SENTIMENT_SOURCES
from pipelines.statistics import Rate, proportion

#: A survey answer without a contact id links to a contact that ended within so many days before (M7): when this window
#: of a week has closed, its answers are in.
SURVEY_DAYS = 7

NO_SURVEYS = "no survey source is configured"
NO_TRANSCRIPTS = "no contact comes with a transcript"

#: What n counts, by source, after the word contact or contacts.
_JUDGED = {
    "survey_csat": "with a survey rating",
    "survey_verbatim": "judged by the words in a survey",
    "closing_turns": "judged by their closing words",
}


@dataclass(frozen=True)
class SourceCounts:
    """Contacts whose post-call sentiment comes from ``source``, its sum, and how many are negative."""

    source: str
    n: int
    sum: float
    negative: int


@dataclass(frozen=True)
class SentimentCounts:
    """Sums of the sentiment columns of kpi_daily over one week."""

    surveys: int
    opening_closing_n: int
    opening_sentiment_sum: float
    closing_sentiment_sum: float
    transcripts: int
    transcripts_scored: int
    transcripts_too_short: int
    transcripts_unknown_language: int
    transcripts_unsupported_language: int
    sources: tuple[SourceCounts, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "SentimentCounts":
        """The counts in ``row``, a row of sums by the names of kpi_daily's columns."""
        sources = tuple(
            SourceCounts(
                source,
                row[f"sentiment_{source}_n"],
                row[f"sentiment_{source}_sum"],
                row[f"sentiment_{source}_negative"],
            )
            for source in SENTIMENT_SOURCES
        )
        return cls(**{f.name: row[f.name] for f in fields(cls) if f.name != "sources"}, sources=sources)

    @classmethod
    def nothing(cls) -> "SentimentCounts":
        """A week in which nothing was said."""
        zeros = {f.name: 0 for f in fields(cls) if f.name != "sources"}
        return cls(**zeros, sources=tuple(SourceCounts(source, 0, 0.0, 0) for source in SENTIMENT_SOURCES))


@dataclass(frozen=True)
class SourceSentiment:
    """Post-call sentiment within one source: mean from −1 to 1, and the share at most −0.25."""

    source: str
    mean: Mean
    negative: Rate


@dataclass(frozen=True)
class WeekSentiment:
    """One week's sentiment with its coverage.

    ``rating``: mean of the ratings that were given, 1 to 5. ``opening``, ``closing`` and ``shift`` (closing − opening)
    are over the same contacts, those with both, surveyed or not. ``scored`` is over eligible contacts,
    ``scored_transcripts`` over those with a customer turn; the rest of these is counted by why it has no score.
    """

    response: Rate
    rating: Mean
    sources: tuple[SourceSentiment, ...]
    opening: Mean
    closing: Mean
    shift: Mean
    scored: Rate
    scored_transcripts: Rate
    transcripts: int
    too_short: int
    unknown_language: int
    unsupported_language: int
    no_words: int

    def source(self, name: str) -> SourceSentiment:
        """The result of the source called ``name``; raises KeyError for one that is not published."""
        for each in self.sources:
            if each.source == name:
                return each
        raise KeyError(name)


def sentiment(
    counts: SentimentCounts, eligible: int, effect: Callable[[str, float], float], min_n: int
) -> WeekSentiment:
    """Means and shares of one week; null with a reason below ``min_n``.

    ``effect``: design effect of a metric on n contacts; ``negative_`` and the source's name for the share of negatives.
    """
    rated = next(each for each in counts.sources if each.source == "survey_csat")

    def share(numerator: int, denominator: int, rows: str, metric: str = "") -> Rate:
        deff = effect(metric, denominator) if metric else 1.0
        return proportion(numerator, denominator, deff=deff, min_n=min_n, rows=rows)

    def over_both(total: float) -> Mean:
        rows = "contacts with an opening and a closing"
        return mean(total, counts.opening_closing_n, of=eligible, min_n=min_n, rows=rows)

    return WeekSentiment(
        response=share(counts.surveys, eligible, "eligible contacts", "survey_response"),
        # The published scale is (rating − 3) / 2; its sum is turned back into a sum of ratings.
        rating=mean(3 * rated.n + 2 * rated.sum, rated.n, of=eligible, min_n=min_n, rows=_rows(rated)),
        sources=tuple(
            SourceSentiment(
                each.source,
                mean(each.sum, each.n, of=eligible, min_n=min_n, rows=_rows(each)),
                share(each.negative, each.n, _rows(each), f"negative_{each.source}"),
            )
            for each in counts.sources
        ),
        opening=over_both(counts.opening_sentiment_sum),
        closing=over_both(counts.closing_sentiment_sum),
        shift=over_both(counts.closing_sentiment_sum - counts.opening_sentiment_sum),
        scored=share(counts.transcripts_scored, eligible, "eligible contacts", "scored"),
        scored_transcripts=share(counts.transcripts_scored, counts.transcripts, "contacts with a transcript"),
        transcripts=counts.transcripts,
        too_short=counts.transcripts_too_short,
        unknown_language=counts.transcripts_unknown_language,
        unsupported_language=counts.transcripts_unsupported_language,
        no_words=counts.transcripts
        - counts.transcripts_scored
        - counts.transcripts_too_short
        - counts.transcripts_unknown_language
        - counts.transcripts_unsupported_language,
    )


def without_absent_sources(found: WeekSentiment, *, surveys: bool, transcripts: bool) -> WeekSentiment:
    """``found`` where what has no source says so: a response rate of zero would be a claim about the customers."""

    def rate(of: Rate, why: str) -> Rate:
        return Rate(of.numerator, of.denominator, None, None, None, why)

    def no_mean(of: Mean, why: str) -> Mean:
        return replace(of, value=None, reason=why)

    absent = {} if surveys else {"survey_csat": NO_SURVEYS, "survey_verbatim": NO_SURVEYS}
    absent |= {} if transcripts else {"closing_turns": NO_TRANSCRIPTS}
    silenced = replace(
        found,
        sources=tuple(
            replace(
                each,
                mean=no_mean(each.mean, absent[each.source]),
                negative=rate(each.negative, absent[each.source]),
            )
            if each.source in absent
            else each
            for each in found.sources
        ),
    )
    if not surveys:
        silenced = replace(
            silenced, response=rate(found.response, NO_SURVEYS), rating=no_mean(found.rating, NO_SURVEYS)
        )
    if not transcripts:
        silenced = replace(
            silenced,
            opening=no_mean(found.opening, NO_TRANSCRIPTS),
            closing=no_mean(found.closing, NO_TRANSCRIPTS),
            shift=no_mean(found.shift, NO_TRANSCRIPTS),
            scored=rate(found.scored, NO_TRANSCRIPTS),
            scored_transcripts=rate(found.scored_transcripts, NO_TRANSCRIPTS),
        )
    return silenced


def _rows(counts: SourceCounts) -> str:
    return f"contact{'' if counts.n == 1 else 's'} {_JUDGED[counts.source]}"

"""What customers said, in sentences: survey answers and the words of a conversation (M7), and what both leave out."""

from dashboards import wording
from dashboards.results.sentiment import NO_SURVEYS, NO_TRANSCRIPTS, WeekSentiment
from dashboards.results.weekly_results import Results

#: Stands wherever words are judged.
_PROXY = (
    "Words are a weak proxy for satisfaction (rank correlation 0.2 to 0.5 with ratings). Ratings and closing words come "
    "from different customers: compare a source with itself, never with another."
)


def feedback(results: Results) -> tuple[str, ...]:
    """The latest week that can be judged, one sentence a source, or why there is nothing; at least one."""
    if not (results.has_surveys or results.has_transcripts):
        return (f"No sentiment: {NO_SURVEYS}, and {NO_TRANSCRIPTS}.",)
    kpis = results.heard.kpis
    if kpis is None:
        return (f"No sentiment yet: {results.heard.reason}.",)
    found = kpis.sentiment
    lines = (f"Week {kpis.week.label}: {_ratings(found)}", _closing(found), _coverage(found))
    return tuple(each for each in lines if each)


def caution(results: Results) -> str:
    """What a reader must not take from these figures; empty where no words are judged."""
    return _PROXY if results.has_transcripts else ""


def unscored(found: WeekSentiment) -> str:
    """``30 in a language that the model does not support, 2 …``: transcripts without a score; empty for none."""
    kinds = (
        (found.unsupported_language, "in a language that the model does not support"),
        (found.unknown_language, "in an unknown language"),
        (found.too_short, "without a customer turn of three words"),
        (found.no_words, "without readable words"),
    )
    return ", ".join(f"{wording.count(number)} {why}" for number, why in kinds if number)


def _ratings(found: WeekSentiment) -> str:
    if found.response.value is None:
        return f"no survey figures ({found.response.reason})."
    answered = f"{wording.percent(found.response.value)} of contacts have a survey answer"
    if found.rating.value is None:
        return f"{answered}; no average rating ({found.rating.reason})."
    return f"{answered}, average rating {wording.rating(found.rating.value)} ({wording.rests_on(found.rating.n)})."


def _closing(found: WeekSentiment) -> str:
    closing = found.source("closing_turns").negative
    if closing.value is None:
        return f"Closing words not scored: {closing.reason}."
    return (
        f"{wording.percent(closing.value)} of contacts without a survey answer ended on negative words "
        f"({wording.rests_on(closing.denominator)})."
    )


def _coverage(found: WeekSentiment) -> str:
    if found.scored.value is None:
        return ""
    left_out = unscored(found)
    counted = f"; not scored: {left_out}" if left_out else ""
    return f"{wording.percent(found.scored.value)} of contacts have a scored conversation{counted}."

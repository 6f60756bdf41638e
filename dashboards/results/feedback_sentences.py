"""What customers said, in sentences: survey answers and the words of a conversation (M7), and what both leave out."""

from dashboards import wording
from dashboards.results.sentiment import NO_SURVEYS, NO_TRANSCRIPTS, WeekSentiment
from dashboards.results.weekly_results import Results

#: Stands wherever words are judged.
_PROXY = (
    "Words are a weak proxy for satisfaction (rank correlation .2 to .5 with people's ratings). Ratings and closing words "
    "are of different customers: compare a source with itself, never with another."
)


def said(results: Results) -> str:
    """What the latest week that can be judged says, one sentence a source, or why it says nothing."""
    if not (results.has_surveys or results.has_transcripts):
        return f"No sentiment: {NO_SURVEYS}, and {NO_TRANSCRIPTS}."
    kpis = results.heard.kpis
    if kpis is None:
        return f"No sentiment yet: {results.heard.reason}."
    found = kpis.sentiment
    return " ".join(filter(None, (f"Week {kpis.week.label}: {_ratings(found)}", _closing(found), _coverage(found))))


def caution(results: Results) -> str:
    """What a reader must not take from these figures; empty where no words are judged."""
    return _PROXY if results.has_transcripts else ""


def unscored(found: WeekSentiment) -> str:
    """``30 in a language that the model does not know, 2 too short``: transcripts without a score; empty for none."""
    kinds = (
        (found.unsupported_language, "in a language that the model does not know"),
        (found.unknown_language, "in a language that could not be told"),
        (found.too_short, "without a customer turn of three words"),
        (found.no_words, "without words that the model can read"),
    )
    return ", ".join(f"{wording.count(number)} {why}" for number, why in kinds if number)


def _ratings(found: WeekSentiment) -> str:
    if found.response.value is None:
        return f"no survey figures ({found.response.reason})."
    answered = f"{wording.percent(found.response.value)} of contacts drew a survey answer"
    if found.rating.value is None:
        return f"{answered}; no mean rating ({found.rating.reason})."
    return (
        f"{answered}, with a mean rating of {wording.rating(found.rating.value)} ({wording.rests_on(found.rating.n)})."
    )


def _closing(found: WeekSentiment) -> str:
    closing = found.source("closing_turns").negative
    if closing.value is None:
        return f"No closing words are judged: {closing.reason}."
    negative = f"{wording.percent(closing.value)} ended on negative words ({wording.rests_on(closing.denominator)})"
    return f"Of the contacts for which no survey speaks, {negative}."


def _coverage(found: WeekSentiment) -> str:
    if found.scored.value is None:
        return ""
    left_out = unscored(found)
    counted = f"; not scored, but counted: {left_out}" if left_out else ""
    return f"Conversations could be scored for {wording.percent(found.scored.value)} of contacts{counted}."

"""Promises (M12), handoffs (M11) and failed containment (M19): published shares, and what followed.

What followed is said where the difference is statistically significant. A snapshot without these tables has no rows here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards import wording
from dashboards.results.outcome_differences import differences
from dashboards.results.published_rates import Rates, Share, read_rates
from dashboards.snapshot.groups import ALL, Group
from dashboards.snapshot.queries import Queries
from dashboards.wording import handoffs as sentences

_MAKERS = (
    ("all promises", ALL),
    ("by the AI", Group((("made_by", "ai"),))),
    ("by agents", Group((("made_by", "agent"),))),
)
#: What followed, the most telling first.
_FOLLOWED = ("next_asked_for_human", "repeat_any_30d", "complaint_30d", "closed_account_30d")


@dataclass(frozen=True)
class PromisesOfMaker:
    """What became of the promises of one maker; shares of those with a known result (``n``)."""

    maker: str
    n: int
    on_time: Share
    late: Share
    broken: Share


@dataclass(frozen=True)
class ReportedPromises:
    """``sentence`` says the whole or why there is nothing; ``followed``: what came after broken ones, may be empty."""

    makers: tuple[PromisesOfMaker, ...]
    sentence: str
    followed: str


@dataclass(frozen=True)
class ReportedHandoffs:
    """Handoffs and failed containment: shares of all, the time to a human, and what followed (sentences, may be empty).

    ``unknown``: why a figure is missing, a sentence each.
    """

    complete: Share
    repeated: Share
    median_seconds: float | None
    stuck: Share
    followed: str
    stuck_followed: str
    unknown: tuple[str, ...]

    @property
    def rows(self) -> tuple[tuple[str, Share], ...]:
        """What is a share of what, and the share; those that are known."""
        named = (
            ("handoffs that reached the human complete", self.complete),
            ("handoffs after which the customer had to repeat themselves", self.repeated),
            ("AI-only contacts in which the customer was stuck with the AI, although they look contained", self.stuck),
        )
        return tuple((what, share) for what, share in named if share.is_known)

    @property
    def lines(self) -> tuple[str, ...]:
        """What the rows do not say: the time to a human, what followed, and why a share is missing."""
        time = "" if self.median_seconds is None else sentences.half_within(self.median_seconds)
        return tuple(each for each in (time, self.followed, self.stuck_followed, *self.unknown) if each)


def reported_promises(queries: Queries, part: Group = ALL) -> ReportedPromises:
    """Kept on time, late, broken: all, the AI's, agents'; and what followed the broken ones.

    Of a ``part`` what was published of it alone: its makers and what followed may not be known.
    """
    rates = read_rates(queries, "promise_rates")
    groups = [(name, Group(tuple(sorted((*group.parts, *part.parts))))) for name, group in _MAKERS]
    makers = [
        PromisesOfMaker(name, rates.of("broken", group).n, *(rates.of(fate, group) for fate in _FATES))
        for name, group in groups
        if rates.of("broken", group).n
    ]
    if not makers or makers[0].maker != _MAKERS[0][0]:
        return ReportedPromises((), sentences.NO_PROMISES, "")
    whole = makers[0]
    if whole.on_time.value is None or whole.late.value is None or whole.broken.value is None:
        return ReportedPromises(tuple(makers), f"No rate of kept promises: {whole.broken.reason}.", "")
    unverifiable = rates.of("unverifiable", part)
    parts = [
        sentences.promises_kept(
            whole.n,
            on_time=whole.on_time.value,
            late=whole.late.value,
            broken=whole.broken.value,
            lower=whole.broken.lower,
            upper=whole.broken.upper,
        ),
        sentences.broken_by_maker(
            [(each.maker, each.broken.value) for each in makers[1:] if each.broken.value is not None]
        ),
        sentences.unverifiable(unverifiable.value, unverifiable.n) if unverifiable.value else "",
    ]
    followed = _followed(queries, "promise", (("status", "broken"),)) if part == ALL else ""
    return ReportedPromises(tuple(makers), " ".join(filter(None, parts)), followed)


_FATES = ("kept_on_time", "kept_late", "broken")


def reported_handoffs(queries: Queries, part: Group = ALL) -> ReportedHandoffs:
    """How complete handoffs are, how often customers repeat themselves; and who was stuck with the AI.

    Of a ``part`` what was published of it alone.
    """
    rates, stuck_rates = read_rates(queries, "handoff_rates"), read_rates(queries, "stuck")
    complete, repeated = rates.of("complete", part), rates.of("customer_repeated", part)
    stuck, median = stuck_rates.of("stuck", part), rates.of("median_seconds_to_human", part).value
    if part != ALL:
        return ReportedHandoffs(complete, repeated, median, stuck, "", "", ())
    unknown = [] if complete.is_known or repeated.is_known else [_unknown(rates, complete, "Handoffs")]
    unknown += [] if stuck.is_known else [_unknown(stuck_rates, stuck, "Failed containment")]
    return ReportedHandoffs(
        complete,
        repeated,
        median,
        stuck,
        _followed(queries, "handoff", (("customer_repeated", "yes"), ("summary", "missing"))),
        _followed(queries, "stuck", (("stuck", "yes"),)) if stuck.is_known else "",
        tuple(unknown),
    )


def _unknown(rates: Rates, share: Share, what: str) -> str:
    reason = share.reason if rates.rows else "not in this snapshot"
    return f"{what} unknown: {reason}."


def _followed(queries: Queries, subject: str, wanted: Sequence[tuple[str, str]]) -> str:
    """The first comparison in ``wanted`` that is statistically significant, in a sentence; empty if none is."""
    by_place = {
        (each.factor, each.level, each.measure): each for each in differences(queries, subject) if each.is_significant
    }
    for measure in _FOLLOWED:
        for factor, level in wanted:
            found = by_place.get((factor, level, measure))
            if found is not None and found.sentence:
                return wording.clipped(found.sentence, 320)
    return ""

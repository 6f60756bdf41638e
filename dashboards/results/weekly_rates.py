"""Weekly results from weekly counts: frames in, typed rates with intervals out.

Two steps, so that a page over years of history computes intervals only for the weeks that it shows: ``week_counts``
adds up (cheap), ``week_kpis`` makes rates of one week.

Maturity (M3) is read from the counts, not from the calendar: a contact may end weeks after it began, so a week's
30-day window has closed when every eligible contact of it says so. See ``WeekCounts``.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import polars as pl

from dashboards.results.averages import Mean
from dashboards.results.clustering import Clustering, Cut
from dashboards.results.sentiment import SURVEY_DAYS, SentimentCounts, WeekSentiment, sentiment
from dashboards.wording.weeks import Week
from pipelines.contract.published import WINDOWS_DAYS
from pipelines.statistics import Rate, events_per_thousand, proportion, rate_difference

LONGEST_WINDOW_DAYS = max(WINDOWS_DAYS)


@dataclass(frozen=True)
class WindowCounts:
    """Counts of one repeat window (M2, M3)."""

    days: int
    mature: int
    mature_with_issue: int
    repeat_any: int
    repeat_issue: int


@dataclass(frozen=True)
class WeekCounts:
    """Sums of kpi_daily over one ISO week; ``over`` says whether the week had ended at as_of."""

    week: Week
    over: bool
    contacts: int
    served: int
    served_inbound: int
    known_customer: int
    eligible: int
    handle_seconds_sum: float
    handle_seconds_n: int
    claimed_n: int
    claimed_yes: int
    cohort_n: int
    cohort_claimed_yes: int
    cohort_outcome_yes: int
    cohort_claimed_yes_outcome_no: int
    ai_contacts: int
    contained: int
    contained_outcome_n: int
    contained_outcome_yes: int
    complaints: int
    complaints_linked: int
    windows: tuple[WindowCounts, ...]
    sentiment: SentimentCounts

    @classmethod
    def nothing(cls, week: Week, *, over: bool) -> "WeekCounts":
        """A week in which nothing happened."""
        windows = tuple(WindowCounts(days, 0, 0, 0, 0) for days in WINDOWS_DAYS)
        zeros = {f.name: 0 for f in fields(cls) if f.name not in ("week", "over", "windows", "sentiment")}
        return cls(week=week, over=over, windows=windows, sentiment=SentimentCounts.nothing(), **zeros)

    def window(self, days: int) -> WindowCounts:
        """The counts of the ``days``-day window; raises KeyError for one that is not published."""
        for window in self.windows:
            if window.days == days:
                return window
        raise KeyError(days)

    def window_closed(self, days: int) -> bool:
        """Wholly mature: the week is over, has eligible contacts, and the window of every one of them has closed."""
        return self.over and self.eligible > 0 and self.window(days).mature == self.eligible

    def outcome_known(self) -> bool:
        """Also the lag of the complaint feed has passed: every claim of the week has its outcome (M5)."""
        return self.window_closed(LONGEST_WINDOW_DAYS) and self.claimed_n > 0 and self.cohort_n == self.claimed_n


@dataclass(frozen=True)
class RepeatRates:
    """Repeat rates of one window (M2), any issue beside same issue."""

    days: int
    closed: bool
    any_issue: Rate
    same_issue: Rate


@dataclass(frozen=True)
class WeekKpis:
    """One week's results. ``cut`` says that they are of a part of the contacts; ``mode`` is that part's, if it has one.

    FCR figures are over the M5 cohort. ``claimed_so_far`` is over every claim of the week, known outcome or not:
    provisional by nature. ``complaints`` counts receipts of the week (M8); ``complaints_complete`` says that the week
    is wholly mature, so that the feed has had its time; ``answers_complete`` likewise of survey answers (M7).
    """

    week: Week
    mode: str | None
    cut: bool
    over: bool
    contacts: int
    served: int
    eligible: int
    handle: Mean
    identity_coverage: Rate
    claim_coverage: Rate
    claimed_so_far: Rate
    outcome_known: bool
    fcr_claimed: Rate
    fcr_outcome: Rate
    fcr_gap: Rate
    false_resolution: Rate
    ai_contacts: int
    containment: Rate
    contained_outcome: Rate
    repeats: tuple[RepeatRates, ...]
    complaints: Rate
    complaints_complete: bool
    sentiment: WeekSentiment
    answers_complete: bool

    def repeat(self, days: int) -> RepeatRates:
        """Rates of the ``days``-day window; raises KeyError for one that is not published."""
        for rates in self.repeats:
            if rates.days == days:
                return rates
        raise KeyError(days)


def week_counts(
    weekly: pl.DataFrame, as_of: datetime, time_zone: str, *, mode: str | None = None, cut: bool = False
) -> list[WeekCounts]:
    """The weeks of ``weekly`` (see ``frames.weekly_counts``) in order, all modes added up, or one mode with ``cut``.

    Weeks in which nothing happened are not listed.
    """
    rows = weekly.filter(pl.col("mode").eq_missing(pl.lit(mode, pl.String))) if cut else weekly
    summed = rows.drop("mode").group_by("monday").sum().sort("monday")
    simple = [field.name for field in fields(WeekCounts) if field.name in summed.columns]
    result = []
    for row in summed.iter_rows(named=True):
        week = Week(row["monday"])
        windows = tuple(
            WindowCounts(
                days,
                row[f"mature_{days}d"],
                row[f"mature_with_issue_{days}d"],
                row[f"repeat_any_{days}d"],
                row[f"repeat_issue_{days}d"],
            )
            for days in WINDOWS_DAYS
        )
        over = week.ends_at(time_zone) <= as_of
        said = SentimentCounts.of(row)
        sums = {name: row[name] for name in simple}
        result.append(WeekCounts(week=week, over=over, windows=windows, sentiment=said, **sums))
    return result


def stretch(weeks: list[WeekCounts], last: Week, length: int) -> list[WeekCounts]:
    """At most ``length`` weeks up to ``last``, from the first with contacts on, gaps filled with weeks of nothing."""
    known = {counts.week: counts for counts in weeks if counts.week <= last}
    first = min((week for week, counts in known.items() if counts.contacts > 0), default=None)
    if first is None:
        return []
    wanted = [week for back in range(length - 1, -1, -1) if (week := last.plus(-back)) >= first]
    return [known.get(week) or WeekCounts.nothing(week, over=any(later > week for later in known)) for week in wanted]


def modes_of(weekly: pl.DataFrame) -> list[str | None]:
    """Modes that have contacts, the known ones in alphabetical order, then None where some have no mode."""
    present = weekly.group_by("mode").agg(pl.col("contacts").sum()).filter(pl.col("contacts") > 0)["mode"].to_list()
    return [*sorted(mode for mode in present if mode is not None), *([None] if None in present else [])]


def week_kpis(
    counts: WeekCounts,
    clustering: Clustering,
    min_n: int,
    *,
    mode: str | None = None,
    cut: bool = False,
    cuts: Sequence[Cut] = (),
) -> WeekKpis:
    """Rates of one week with their intervals; null with a reason below ``min_n``.

    ``cut``: the counts are of a part of the contacts, of those in all of ``cuts`` (default: of ``mode``).
    """
    within = (tuple(cuts) or (("mode", (mode,)),)) if cut else ()

    def effect(metric: str, n: float) -> float:
        return clustering.of_week(metric, n, counts.week, within)

    def share(numerator: float, denominator: float, metric: str, rows: str) -> Rate:
        deff = effect(metric, denominator) if metric else 1.0
        return proportion(numerator, denominator, deff=deff, min_n=min_n, rows=rows)

    cohort = "contacts with a claim and a known outcome"
    claimed_only = counts.cohort_claimed_yes_outcome_no
    # Outcome-only rows follow from the margins: outcome yes = both + outcome only, both = claimed yes − claimed only.
    outcome_only = counts.cohort_outcome_yes - (counts.cohort_claimed_yes - claimed_only)
    gap_effect = effect("fcr_gap", counts.cohort_n)
    complaints = counts.complaints_linked if cut else counts.complaints
    return WeekKpis(
        week=counts.week,
        mode=mode,
        cut=cut,
        over=counts.over,
        contacts=counts.contacts,
        served=counts.served,
        eligible=counts.eligible,
        handle=_mean_handle_time(counts),
        identity_coverage=share(counts.known_customer, counts.served_inbound, "", "served inbound contacts"),
        claim_coverage=share(counts.claimed_n, counts.eligible, "", "eligible contacts"),
        claimed_so_far=share(counts.claimed_yes, counts.claimed_n, "claimed_so_far", "contacts with a claim"),
        outcome_known=counts.outcome_known(),
        fcr_claimed=share(counts.cohort_claimed_yes, counts.cohort_n, "fcr_claimed", cohort),
        fcr_outcome=share(counts.cohort_outcome_yes, counts.cohort_n, "fcr_outcome", cohort),
        fcr_gap=rate_difference(claimed_only, outcome_only, counts.cohort_n, deff=gap_effect, min_n=min_n, rows=cohort),
        false_resolution=share(
            claimed_only,
            counts.cohort_claimed_yes,
            "false_resolution",
            "contacts claimed resolved with a known outcome",
        ),
        ai_contacts=counts.ai_contacts,
        containment=share(counts.contained, counts.ai_contacts, "containment", "contacts led by the AI"),
        contained_outcome=share(
            counts.contained_outcome_yes,
            counts.contained_outcome_n,
            "contained_outcome",
            "contained contacts with a known outcome",
        ),
        repeats=tuple(
            RepeatRates(
                window.days,
                counts.window_closed(window.days),
                share(window.repeat_any, window.mature, f"repeat_any_{window.days}d", "mature contacts"),
                share(
                    window.repeat_issue,
                    window.mature_with_issue,
                    f"repeat_issue_{window.days}d",
                    "mature contacts with an issue",
                ),
            )
            for window in counts.windows
        ),
        complaints=events_per_thousand(complaints, counts.eligible, min_n=min_n, rows="eligible contacts"),
        complaints_complete=counts.window_closed(LONGEST_WINDOW_DAYS),
        sentiment=sentiment(counts.sentiment, counts.eligible, effect, min_n),
        answers_complete=counts.window_closed(SURVEY_DAYS),
    )


def handle_time_quantiles(
    outcomes: pl.LazyFrame, week: Week, *, mode: str | None = None, cut: bool = False
) -> tuple[Mean, Mean]:
    """Median and 90th percentile of handle time over the eligible contacts of a week (M6), by nearest rank."""
    rows = outcomes.filter(pl.col("day").is_between(week.monday, week.sunday))
    if cut:
        rows = rows.filter(pl.col("mode").eq_missing(pl.lit(mode, pl.String)))
    seconds = rows.select("handle_seconds").collect()["handle_seconds"]
    known = seconds.drop_nulls().sort()
    if known.is_empty():
        none = Mean(None, 0, len(seconds), "no eligible contact with a known handle time")
        return none, none
    median, high = (float(known[max(0, math.ceil(p * len(known)) - 1)]) for p in (0.5, 0.9))
    return Mean(median, len(known), len(seconds)), Mean(high, len(known), len(seconds))


def latest(weeks: Iterable[WeekCounts], up_to: Week, *, days: int | None = None) -> Week | None:
    """The latest week not after ``up_to`` wholly mature for the ``days``-day window (None: for outcomes, M5)."""
    ripe = [w.week for w in weeks if w.week <= up_to and (w.outcome_known() if days is None else w.window_closed(days))]
    return max(ripe, default=None)


def trend(results: Iterable[WeekKpis]) -> pl.DataFrame:
    """One row per week and series, in order, weeks without contacts included as nulls: what the figures draw.

    Columns: monday (date), week, series, value, lower, upper (fractions, per 1,000, seconds, scores or counts),
    numerator, denominator, final (the week is wholly mature for this series), reason (why value is null).
    """
    rows: list[tuple[object, ...]] = []
    for kpis in results:

        def add(series: str, rate: Rate, *, final: bool, kpis: WeekKpis = kpis) -> None:
            bounds = (rate.value, rate.lower, rate.upper, float(rate.numerator), float(rate.denominator))
            rows.append((kpis.week.monday, kpis.week.label, series, *bounds, final, rate.reason))

        add("contacts", _plain(kpis.contacts, kpis.contacts), final=kpis.over)
        add("handle_seconds", _of_mean(kpis.handle), final=kpis.over)
        add("claimed_so_far", kpis.claimed_so_far, final=False)
        add("fcr_claimed", kpis.fcr_claimed, final=kpis.outcome_known)
        add("fcr_outcome", kpis.fcr_outcome, final=kpis.outcome_known)
        add("complaints", kpis.complaints, final=kpis.complaints_complete)
        for repeat in kpis.repeats:
            add(f"repeat_any_{repeat.days}d", repeat.any_issue, final=repeat.closed)
            add(f"repeat_issue_{repeat.days}d", repeat.same_issue, final=repeat.closed)
        for source in kpis.sentiment.sources:
            add(f"negative_{source.source}", source.negative, final=kpis.answers_complete)
        add("opening_sentiment", _of_mean(kpis.sentiment.opening), final=kpis.over)
        add("closing_sentiment", _of_mean(kpis.sentiment.closing), final=kpis.over)
    schema = {"monday": pl.Date, "week": pl.String, "series": pl.String}
    schema |= dict.fromkeys(("value", "lower", "upper", "numerator", "denominator"), pl.Float64)
    return pl.DataFrame(rows, schema={**schema, "final": pl.Boolean, "reason": pl.String}, orient="row")


def _plain(value: float, n: int) -> Rate:
    return Rate(value, n, float(value), None, None)


def _of_mean(mean: Mean) -> Rate:
    """A mean as a row of the trend: the numerator is its n, the denominator the rows that might have had a value."""
    return Rate(mean.n, mean.of, mean.value, None, None, mean.reason)


def _mean_handle_time(counts: WeekCounts) -> Mean:
    if counts.handle_seconds_n == 0:
        reason = "no served contact" if counts.served == 0 else "no served contact has a known handle time"
        return Mean(None, 0, counts.served, reason)
    return Mean(counts.handle_seconds_sum / counts.handle_seconds_n, counts.handle_seconds_n, counts.served)

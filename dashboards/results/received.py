"""What a snapshot received of complaints (M8) and survey answers (M7), whether or not it holds contacts.

Without contacts there is no rate per contact, no repeat and no resolution; what arrived can still be counted.
"""

from dataclasses import dataclass

import polars as pl

from dashboards import wording
from dashboards.results.complaints import Named, named
from dashboards.snapshot.frames import Frames
from dashboards.wording.dates import span
from dashboards.wording.weeks import Week
from pipelines.contract.published import RATINGS
from pipelines.statistics import Rate, proportion

#: Said wherever a page is about contacts and there are none.
NO_CONTACTS = (
    "No contacts are known here, so there are no rates per contact, repeat contacts or resolution; name a source of contacts "
    "in the configuration to see what went before."
)


@dataclass(frozen=True)
class ComplaintWeek:
    """Complaints received in one week. ``in_time`` of ``answered`` whose timeliness is known; ``disputed`` of ``judged``."""

    week: Week
    complaints: int
    linked: int
    in_time: int
    answered: int
    disputed: int
    judged: int


@dataclass(frozen=True)
class AnswerWeek:
    """Survey answers of one week; ``ratings``: how many rated 1, 2, 3, 4, 5."""

    week: Week
    answers: int
    linked: int
    rated: int
    rating_sum: float
    ratings: tuple[int, ...]
    recommended: int
    promoters: int
    detractors: int
    with_words: int

    @property
    def mean(self) -> float | None:
        return self.rating_sum / self.rated if self.rated else None


@dataclass(frozen=True)
class Complaints:
    """Weeks in order, those without a complaint left out; products and issues over these weeks."""

    weeks: tuple[ComplaintWeek, ...]
    products: tuple[Named, ...]
    issues: tuple[Named, ...]
    min_n: int

    def total(self, name: str) -> int:
        """The sum of a count over the weeks."""
        return sum(getattr(each, name) for each in self.weeks)

    @property
    def in_time(self) -> Rate:
        return proportion(self.total("in_time"), self.total("answered"), min_n=self.min_n, rows="complaints")

    @property
    def disputed(self) -> Rate:
        return proportion(self.total("disputed"), self.total("judged"), min_n=self.min_n, rows="complaints")

    @property
    def sentence(self) -> str:
        return (
            f"{counted(self.total('complaints'), 'complaint')} reached the regulator in {_weeks(self.weeks)}; "
            f"{_linked(self.total('linked'), self.total('complaints'))}."
        )

    @property
    def detail(self) -> str:
        """How many were answered in time and disputed, of those of which it is known."""
        total = self.total("complaints")
        return f"{_share('Answered in time', self.in_time, total)} {_share('Answer disputed', self.disputed, total)}"


@dataclass(frozen=True)
class Answers:
    """Weeks in order, those without an answer left out."""

    weeks: tuple[AnswerWeek, ...]
    min_n: int

    def total(self, name: str) -> int:
        """The sum of a count over the weeks."""
        return int(sum(getattr(each, name) for each in self.weeks))

    @property
    def low(self) -> Rate:
        """The share of ratings of 1 or 2."""
        few = sum(sum(each.ratings[:2]) for each in self.weeks)
        return proportion(few, self.total("rated"), min_n=self.min_n, rows="ratings")

    @property
    def mean(self) -> float | None:
        """None below the minimum of ratings."""
        rated = self.total("rated")
        return sum(each.rating_sum for each in self.weeks) / rated if rated >= self.min_n else None

    @property
    def sentence(self) -> str:
        return (
            f"{counted(self.total('answers'), 'survey answer')} came in {_weeks(self.weeks)}; "
            f"{_linked(self.total('linked'), self.total('answers'))}."
        )

    @property
    def detail(self) -> str:
        """What they rated, and of how many nothing but words or a recommendation is known."""
        if not self.total("rated"):
            rated = "No answer has a rating."
        else:
            average = "" if self.mean is None else f" The average rating is {wording.rating(self.mean)}."
            rated = f"{_share('Rated 1 or 2', self.low, self.total('rated'))}{average}"
        recommended = self.total("recommended")
        asked = (
            f" Of {wording.count(recommended)} with a likelihood to recommend {wording.count(self.total('promoters'))} say "
            f"9 or 10, {wording.count(self.total('detractors'))} say 6 or less."
            if recommended
            else ""
        )
        words = self.total("with_words")
        said = f" {wording.count(words)} hold{'s' if words == 1 else ''} the customer's own words." if words else ""
        return f"{rated}{asked}{said}"


@dataclass(frozen=True)
class ReceivedRecords:
    """``complaints`` and ``answers`` are None where the snapshot holds none."""

    complaints: Complaints | None
    answers: Answers | None

    @property
    def weeks(self) -> tuple[Week, ...]:
        """Weeks in which anything arrived, in order."""
        parts = [each.weeks for each in (self.complaints, self.answers) if each is not None]
        return tuple(sorted({each.week for weeks in parts for each in weeks}))


def received(frames: Frames, last: Week | None = None, length: int | None = None) -> ReceivedRecords:
    """What arrived in the ``length`` weeks up to ``last`` (None: of all weeks), of all contacts and of none."""
    complaints, answers = _complaint_weeks(frames.complaints), _answer_weeks(frames.survey_weeks)

    def shown(week: Week) -> bool:
        return last is None or (week <= last and (length is None or week > last.plus(-length)))

    complaints = tuple(each for each in complaints if shown(each.week))
    answers = tuple(each for each in answers if shown(each.week))
    return ReceivedRecords(
        _complaints(frames, complaints) if complaints else None,
        Answers(answers, frames.min_n) if answers else None,
    )


def _complaints(frames: Frames, weeks: tuple[ComplaintWeek, ...]) -> Complaints:
    rows = (
        frames.complaints.filter(pl.col("received_day").is_between(weeks[0].week.monday, weeks[-1].week.sunday))
        .select("product", "issue", "link_rule", "disputed", "timely")
        .collect()
    )
    return Complaints(weeks, named(rows, "product"), named(rows, "issue"), frames.min_n)


def counted(number: int, noun: str) -> str:
    return f"{wording.count(number)} {noun}{'' if number == 1 else 's'}"


def _complaint_weeks(complaints: pl.LazyFrame) -> tuple[ComplaintWeek, ...]:
    rows = (
        complaints.group_by(monday=pl.col("received_day").dt.truncate("1w"))
        .agg(
            complaints=pl.len(),
            linked=pl.col("contact_id").is_not_null().sum(),
            in_time=pl.col("timely").fill_null(value=False).sum(),
            answered=pl.col("timely").count(),
            disputed=pl.col("disputed").fill_null(value=False).sum(),
            judged=pl.col("disputed").count(),
        )
        .sort("monday")
        .collect()
        .rows()
    )
    return tuple(ComplaintWeek(Week(monday), *numbers) for monday, *numbers in rows)


def _answer_weeks(weeks: pl.LazyFrame) -> tuple[AnswerWeek, ...]:
    rows = weeks.sort("week").collect().iter_rows(named=True)
    return tuple(
        AnswerWeek(
            Week(row["week"]),
            row["responses"],
            row["linked"],
            row["rated"],
            row["rating_sum"],
            tuple(row[f"rated_{points}"] for points in RATINGS),
            row["recommended"],
            row["promoters"],
            row["detractors"],
            row["with_words"],
        )
        for row in rows
    )


def _weeks(weeks: tuple[ComplaintWeek, ...] | tuple[AnswerWeek, ...]) -> str:
    return span(weeks[0].week.monday, weeks[-1].week.sunday)


def _linked(linked: int, total: int) -> str:
    if not linked:
        return "it links to no contact" if total == 1 else "none links to a contact"
    return f"{wording.count(linked)} link{'s' if linked == 1 else ''} to a contact, {wording.count(total - linked)} to none"


def only_yes_recorded(yes: float, known: float, total: float) -> bool:
    """Whether records say when it was so and never when it was not: a share of those that say would always be all."""
    return 0 < known < total and yes == known


def _share(name: str, rate: Rate, total: int) -> str:
    """A share of the ``total``, over those of which it is known."""
    yes, known = rate.numerator, rate.denominator
    if only_yes_recorded(yes, known, total):
        return f"{name}: recorded of {wording.count(yes)}, not known of the other {wording.count(total - known)}."
    if rate.value is None:
        return f"{name}: not shown, {rate.reason}." if known else f"{name}: not recorded."
    return f"{name}: {wording.percent(rate.value)} ({wording.percent_interval(rate)}, {wording.rests_on(rate.denominator)})."

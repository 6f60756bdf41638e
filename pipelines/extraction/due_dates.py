"""By when a promise is to be kept: a span of time, a weekday, the end of a day, week or month, or a date.

Of a range the later bound counts ("in 3 to 5 business days"), of several times the one that is nearest behind the
promise. A date without a year is ``--12-04``. Vague words ("soon", "a few days") are no due time.
"""

import re
from dataclasses import dataclass

from pipelines.extraction.amounts import MoneyReader
from pipelines.extraction.pattern_files import PatternFile
from pipelines.extraction.templates import entries_regex, word_search
from pipelines.extraction.words import plain_words


@dataclass(frozen=True)
class DueTime:
    """``unit`` is hour, day, business_day, week, month (with ``count``), weekday, end_of or date (with ``value``)."""

    count: float | None
    unit: str
    value: str | None


@dataclass(frozen=True)
class DueReader:
    """Reads the due times of one language."""

    span: re.Pattern[str]
    fixed: re.Pattern[str]
    meanings: dict[str, DueTime]
    weekday: re.Pattern[str]
    weekdays: dict[str, str]
    dates: tuple[re.Pattern[str], ...]
    months: dict[str, int]
    units: dict[str, tuple[str, float]]
    counts: dict[str, float]
    not_after: re.Pattern[str]
    not_before: re.Pattern[str]
    ongoing: re.Pattern[str]
    money: MoneyReader

    def read(self, line: str, first: int, last: int) -> tuple[DueTime, int] | None:
        """The due time in ``line[first:last]`` and its offset; a span or a date goes before "today" or a weekday."""
        for readers in ((self._date,), (self._span,), (self._fixed, self._weekday)):
            found = [result for reader in readers if (result := reader(line, first, last))]
            if found:
                return min(found, key=lambda result: result[1])
        return None

    def _usable(self, line: str, match: re.Match[str]) -> bool:
        behind = max(0, match.start() - 40)
        before = next((m for m in self.not_after.finditer(line, behind) if m.end() == match.start()), None)
        return before is None and not self.not_before.match(line, match.end())

    def _span(self, line: str, first: int, last: int) -> tuple[DueTime, int] | None:
        for match in self.span.finditer(line, first, last):
            if not self._usable(line, match):
                continue
            text = match["upper"] or match["only"] or match["upper2"] or match["only2"]
            unit, times = self.units[(match["unit"] or match["unit2"]).strip()]
            count = self._count(text)
            if count is not None and count <= 1_000:
                return DueTime(round(count * times, 4), unit, None), match.start()
        return None

    def _count(self, text: str) -> float | None:
        value = self.counts.get(text.strip())
        return self.money.number(text) if value is None else value

    def _fixed(self, line: str, first: int, last: int) -> tuple[DueTime, int] | None:
        for match in self.fixed.finditer(line, first, last):
            if self._usable(line, match):
                return self.meanings[match.group().strip()], match.start()
        return None

    def _weekday(self, line: str, first: int, last: int) -> tuple[DueTime, int] | None:
        for match in self.weekday.finditer(line, first, last):
            if self._usable(line, match):
                return DueTime(None, "weekday", self.weekdays[match.group().strip()]), match.start()
        return None

    def _date(self, line: str, first: int, last: int) -> tuple[DueTime, int] | None:
        found = [match for pattern in self.dates for match in pattern.finditer(line, first, last)]
        for match in sorted(found, key=lambda match: match.start()):
            if not self._usable(line, match):
                continue
            groups = match.groupdict()
            if groups.get("iso"):
                return DueTime(None, "date", groups["iso"].strip()), match.start()
            month, day = self.months[groups["month"].strip()], int(groups["day"])
            if 1 <= day <= 31:
                year = groups["year"].strip() if groups["year"] else "-"
                return DueTime(None, "date", f"{year}-{month:02d}-{day:02d}"), match.start()
        return None


def due_reader(file: PatternFile, money: MoneyReader) -> DueReader:
    """The reader of a pattern file's due times."""
    due = file.due
    words = entries_regex(file.numbers.words)
    number = rf"(?:[0-9]{{1,3}} |{words}(?:{words})?|{entries_regex(due.counts)})"
    unit = entries_regex(word for unit in due.units for word in unit.words)
    ranges = entries_regex(due.ranges)
    lead, tail = entries_regex(due.leads), entries_regex(due.tails)
    hyphen = rf"(?:[0-9]{{1,3}} (?:{ranges})?|{number}{ranges})"
    span = (
        rf"(?<= )(?:{lead}(?:(?:{hyphen})(?P<upper>{number})|(?P<only>{number}))(?P<unit>{unit})"
        rf"|(?:(?:{hyphen})(?P<upper2>{number})|(?P<only2>{number}))(?P<unit2>{unit}){tail})"
    )
    month = entries_regex(due.months)
    ending = f"(?:{entries_regex(due.day_endings)})"
    year = "(?P<year>(?:19|20)[0-9]{2} )?"
    orders = {
        "month day": rf"(?<= )(?P<month>{month})(?:{ending})?(?P<day>[0-9]{{1,2}}) {ending}{{0,2}}{year}",
        "day month": rf"(?<= )(?P<day>[0-9]{{1,2}}) {ending}{{0,2}}(?P<month>{month}){ending}?{year}",
    }
    meanings = {
        " ".join(plain_words(word)): DueTime(word_.count, word_.unit, None)
        if word_.unit
        else DueTime(None, "end_of", word_.end_of)
        for word_ in due.expressions
        for word in word_.words
    }
    return DueReader(
        span=re.compile(span),
        fixed=word_search(meanings),
        meanings=meanings,
        weekday=word_search(due.weekdays),
        weekdays={" ".join(plain_words(word)): day for word, day in due.weekdays.items()},
        dates=(
            re.compile(r"(?<= )(?P<iso>[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]) )"),
            *(re.compile(orders[order]) for order in due.date_orders),
        ),
        months={" ".join(plain_words(word)): number for word, number in due.months.items()},
        units={" ".join(plain_words(word)): (unit_.unit, unit_.times) for unit_ in due.units for word in unit_.words},
        counts={" ".join(plain_words(word)): value for word, value in due.counts.items()},
        not_after=word_search(due.not_after),
        not_before=re.compile(entries_regex(due.not_before)),
        ongoing=re.compile(" " + entries_regex(due.ongoing)),
        money=money,
    )

"""Sums of money in a sentence, in digits or in words; each becomes one word of the sentence.

Digits: ``$1,200.50``, ``50 USD``, ``EUR 12,50``; words: "two hundred and fifty dollars", "thirty-two pounds fifty",
"45 dollars and 10 cents". A name that several currencies share has no code, only its symbol: the project's own
currency is meant. A number without a currency is a sum only with two decimals (``74.30``). What no amount reaches
(``contract.canonical.LARGEST_AMOUNT``) is the number of an account or a card, and no sum.
"""

import re
from dataclasses import dataclass

from pipelines.contract.canonical import LARGEST_AMOUNT
from pipelines.extraction.pattern_files import PatternFile
from pipelines.extraction.templates import entries_regex
from pipelines.extraction.words import MONEY, Sentence, Sum, plain_words

_DIGITS = r"[0-9]+(?:[.,][0-9]+)* "


@dataclass(frozen=True)
class MoneyReader:
    """Reads the sums of one language."""

    regex: re.Pattern[str]
    hint: re.Pattern[str]
    currencies: dict[str, tuple[str | None, str | None]]
    numbers: dict[str, int]
    joiners: frozenset[str]
    after: re.Pattern[str]

    def bare(self, line: str, first: int, last: int) -> Sum | None:
        """A number without a currency right behind what is promised: "a refund of 20"."""
        match = self.after.match(line, line.find(" ", first) + 1, last)
        value = self.number(match["number"]) if match else None
        return None if value is None else Sum(value, None, None)

    def put_together(self, sentence: Sentence) -> Sentence:
        """The sentence, sealed, with every sum as one word."""
        sentence.seal()
        if not self.hint.search(sentence.line):
            return sentence
        found = [(match, amount) for match in self.regex.finditer(sentence.line) if (amount := self._sum(match))]
        if not found:
            return sentence
        short = Sentence(asks=sentence.asks)
        place = 0
        for match, amount in found:
            first, last = sentence.index(match.start()), sentence.index(match.end())
            _copy(sentence, short, place, first)
            short.sums[len(short.words)] = amount
            short.append(MONEY, sentence.starts[first], sentence.ends[last - 1], pause=sentence.pauses[first])
            place = last
        _copy(sentence, short, place, len(sentence.words))
        short.seal()
        return short

    def _sum(self, match: re.Match[str]) -> Sum | None:
        groups = match.groupdict()
        if groups["plain"]:
            value = self.number(groups["plain"])
            return None if value is None else Sum(value, None, None)
        name = (groups["code"] or groups["sign"] or groups["name"] or groups["small_name"] or "").strip()
        value = self.number(groups["first"] or groups["second"] or groups["small"] or "")
        if value is None:
            return None
        code, symbol = self.currencies.get(name, (None, None))
        if groups["small"]:
            return Sum(round(value / 100, 2), code, symbol)
        cents = self.number(groups["cents"] or groups["bare_cents"] or "")
        if cents is not None and cents < 100 and value == int(value):
            value = round(value + cents / 100, 2)
        return Sum(value, code, symbol)

    def number(self, text: str) -> float | None:
        """The number that these words or digits are; None if they are none, or more than any amount."""
        number = self._read(text)
        return None if number is None or number > LARGEST_AMOUNT else number

    def _read(self, text: str) -> float | None:
        words = [word for word in text.split() if word not in self.joiners]
        if not words:
            return None
        if words[0][0].isdigit():
            return self._digits(words[0]) if len(words) == 1 else None
        total, current, smallest = 0, 0, 1_000
        for word in words:
            value = self.numbers.get(word)
            if value is None:
                return None
            if value == 1_000:
                total, current, smallest = total + max(current, 1) * value, 0, 1_000
            elif value == 100 and 0 < current < 100 and current % 10:
                current, smallest = current * 100, 100
            elif value >= smallest or (smallest == 20 and value >= 10):
                return None
            else:
                current += value
                smallest = 100 if value >= 100 else 10 if value >= 20 else 1
        return float(total + current)

    def _digits(self, text: str) -> float | None:
        groups = re.split(r"[.,]", text)
        marks = re.findall(r"[.,]", text)
        # Money has two decimals, so that three digits behind a mark are thousands, whatever the mark.
        decimals = groups.pop() if marks and len(groups[-1]) < 3 else ""
        if any(len(group) != 3 for group in groups[1:]):
            return None
        return float("".join(groups) + (f".{decimals}" if decimals else ""))


def _copy(sentence: Sentence, to: Sentence, first: int, last: int) -> None:
    to.words += sentence.words[first:last]
    to.starts += sentence.starts[first:last]
    to.ends += sentence.ends[first:last]
    to.pauses += sentence.pauses[first:last]


def money_reader(file: PatternFile) -> MoneyReader:
    """The reader of a pattern file's money."""
    currencies: dict[str, tuple[str | None, str | None]] = {}
    signs: list[str] = []
    names: list[str] = []
    small: list[str] = []
    for currency in file.money.currencies:
        signs += currency.signs
        names += currency.words
        small += currency.hundredths
        for entry in (*currency.signs, *currency.words, *currency.hundredths):
            currencies.setdefault(" ".join(plain_words(entry)), (currency.code, currency.symbol))
    number_words = entries_regex(file.numbers.words)
    joiners = entries_regex(file.numbers.joiners)
    large = entries_regex(word for word, value in file.numbers.words.items() if value >= 100)
    articles = entries_regex(file.numbers.articles)
    spoken = rf"(?:{articles}(?={large}))?{number_words}(?:(?:{joiners})?{number_words}){{0,6}}"
    number = rf"(?:{_DIGITS}|{spoken})"
    sign, name, cent = entries_regex(signs), entries_regex(names), entries_regex(small)
    unit = entries_regex((*(word for unit in file.due.units for word in unit.words), "%"))
    regex = (
        rf"(?<= )(?:(?P<sign>{sign})(?P<first>{_DIGITS})(?P<code>{sign})?(?:{name})?"
        rf"|(?P<second>{number})(?P<name>{name}|{sign})"
        rf"(?:(?:{joiners})?(?P<cents>{number}){cent}|(?P<bare_cents>{number})(?!{name}|{cent}))?"
        rf"|(?P<small>{number})(?P<small_name>{cent})"
        rf"|(?P<plain>[0-9]+[.,][0-9]{{2}} )(?!%))"
    )
    return MoneyReader(
        re.compile(regex),
        re.compile(rf"(?<= )(?:{sign}|{name}|{cent}|[0-9]+[.,][0-9]{{2}} )"),
        currencies,
        {" ".join(plain_words(word)): value for word, value in file.numbers.words.items()},
        frozenset(" ".join(plain_words(word)) for word in (*file.numbers.joiners, *file.numbers.articles)),
        re.compile(rf"{entries_regex(file.money.before_bare)}(?P<number>{_DIGITS})(?!{unit})"),
    )

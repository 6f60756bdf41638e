"""Which cases are asked for: filters and conditions on flags, as the pages of cases and their download share them."""

from dataclasses import dataclass
from datetime import date

from dashboards.snapshot.filters import NO_FILTERS, Filters

SORTS = {"severity": "Most severe first", "newest": "Newest first", "oldest": "Oldest first", "rule": "By rule"}
SEVERITIES = {"3": "3, highest", "2": "2", "1": "1, lowest"}
#: Lists of cases first (one row a contact), then lists of flags.
SHOWN = {
    "new": "new since the last night",
    "mine": "assigned to me",
    "today": "to look at today",
    "all": "all flags",
}
WORK_LISTS = ("new", "mine")
VERDICTS = {
    "open": "not judged",
    "confirmed": "confirmed",
    "explained": "explained",
    "dismissed": "dismissed",
}
LONGEST_ID = 1_000
_HEXADECIMAL = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class CaseQuery:
    """``first`` and ``last`` are days; what is None may be any. ``today``: only those to look at today, in their order.

    ``work``: the work list that is asked for (one of WORK_LISTS), ``uncapped`` with what lies below its cap; empty: a list
    of flags.
    """

    filters: Filters = NO_FILTERS
    rule: str | None = None
    severity: int | None = None
    first: date | None = None
    last: date | None = None
    segment: tuple[tuple[str, str | None], ...] = ()
    verdict: str | None = None
    agent: str | None = None
    contact: str | None = None
    customer: str | None = None
    sort: str = "severity"
    today: bool = False
    work: str = ""
    uncapped: bool = False

    @property
    def is_of_all(self) -> bool:
        """Whether nothing but filters narrows the flags that are asked for."""
        narrowed = (
            self.rule,
            self.severity,
            self.first,
            self.last,
            self.verdict,
            self.agent,
            self.contact,
            self.customer,
        )
        return not self.segment and all(each is None for each in narrowed)

    @property
    def is_of_one(self) -> bool:
        """Whether a single contact or customer is asked for."""
        return self.contact is not None or self.customer is not None


def is_pseudonym(text: str) -> bool:
    return len(text) == 64 and set(text) <= _HEXADECIMAL

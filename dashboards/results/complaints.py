"""Regulator complaints (M8) one by one: how long after the contact they came, which contact they link to and why."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from dashboards import wording
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.queries import Queries
from dashboards.wording.labels import shown_value

#: A complaint links to a contact that ended up to so many days before; a contact may last some days.
_LOOKBACK = timedelta(days=100)
#: First day of each bar of the distribution.
BAR_STARTS = (0, 1, 3, 7, 14, 30, 60)
LAST_DAY = 90

LINK_RULES = {
    "contact_id": "the complaint names the contact",
    "same_issue": "the customer's latest contact with the same issue",
    "same_product": "the customer's latest contact about the same product",
    "any": "the customer's latest contact",
    "unlinked_contact": "the contact named is not known or not eligible",
    "unlinked_no_customer": "no customer is known",
    "unlinked_no_contact": "the customer had no contact in the 90 days before",
}


@dataclass(frozen=True)
class DelayBar:
    """Linked complaints received from ``start`` up to (not including) ``end`` days after the contact ended."""

    start: int
    end: int
    complaints: int

    @property
    def name(self) -> str:
        return "under 1" if self.end == 1 else f"{self.start}–{self.end - 1}"


@dataclass(frozen=True)
class LinkRule:
    rule: str
    words: str
    complaints: int

    @property
    def is_linked(self) -> bool:
        return not self.rule.startswith("unlinked")


@dataclass(frozen=True)
class Named:
    """Complaints about one product or issue, as the complaint says; None where no record says whether it was so."""

    name: str
    complaints: int
    linked: int
    disputed: int | None
    late: int | None


@dataclass(frozen=True)
class ComplaintsReceived:
    """Complaints received from ``first`` to ``last``. ``median``, ``p90``: days by nearest rank, None without any.

    With filters only complaints linked to a contact that they leave are here: an unlinked one is of nobody's queue.
    """

    first: date
    last: date
    total: int
    linked: int
    within_30d: int
    median: float | None
    p90: float | None
    bars: tuple[DelayBar, ...]
    rules: tuple[LinkRule, ...]
    products: tuple[Named, ...]
    issues: tuple[Named, ...]

    @property
    def time_sentence(self) -> str:
        if self.median is None or self.p90 is None:
            return "No complaint of these weeks links to a contact."
        return (
            f"Half of the {wording.count(self.linked)} linked complaints came within {_days(self.median)} of the contact, "
            f"90% within {_days(self.p90)}; {wording.count(self.within_30d)} arrived within 30 days and count against it."
        )

    @property
    def link_sentence(self) -> str:
        if self.total == 0:
            return "No complaint was received in these weeks."
        share = wording.percent(self.linked / self.total)
        return (
            f"{wording.count(self.linked)} of {wording.count(self.total)} complaints ({share}) link to a contact; the "
            "others stay in the company's rate and count against no contact."
        )


def received(queries: Queries, filters: Filters, first: date, last: date) -> ComplaintsReceived:
    """The complaints received from ``first`` to ``last``, of the contacts that ``filters`` leave."""
    condition, parameters = filters.condition
    within = "true"
    if filters:
        contacts = queries.days("contact_outcomes", first - _LOOKBACK, last)
        within = f"""exists (select 1 from {contacts} as contact where contact.system = complaint.contact_system
            and contact.contact_id = complaint.contact_id and {condition})"""
    rows = queries.frame(
        f"""select link_rule, days_to_complaint, coalesce(within_30d, false) as within_30d, product, issue, disputed, timely
        from {queries.days("complaints", first, last)} as complaint
        where received_day between $first and $last and {within}""",
        {**parameters, "first": first, "last": last},
    )
    days = rows["days_to_complaint"].drop_nulls().sort()
    ends = (*BAR_STARTS[1:], LAST_DAY + 1)
    bars = tuple(
        DelayBar(start, end, int(((days >= start) & (days < end)).sum()))
        for start, end in zip(BAR_STARTS, ends, strict=True)
    )
    counts = dict(rows.group_by("link_rule").len().rows())
    rules = tuple(
        LinkRule(rule, words, counts.get(rule, 0)) for rule, words in LINK_RULES.items() if counts.get(rule, 0)
    )
    return ComplaintsReceived(
        first,
        last,
        rows.height,
        sum(rule.complaints for rule in rules if rule.is_linked),
        int(rows["within_30d"].sum()),
        _quantile(days, 0.5),
        _quantile(days, 0.9),
        bars,
        rules,
        named(rows, "product"),
        named(rows, "issue"),
    )


def _quantile(days: pl.Series, share: float) -> float | None:
    return float(days[max(0, math.ceil(share * len(days)) - 1)]) if len(days) else None


def named(rows: pl.DataFrame, column: str) -> tuple[Named, ...]:
    """By ``column`` (product or issue), the most frequent first. ``rows``: it, link_rule, disputed and timely."""
    found = (
        rows.group_by(column)
        .agg(
            pl.len(),
            (~pl.col("link_rule").str.starts_with("unlinked")).sum().alias("linked"),
            pl.when(pl.col("disputed").count() > 0).then(pl.col("disputed").sum()),
            pl.when(pl.col("timely").count() > 0).then((~pl.col("timely")).sum()).alias("late"),
        )
        .sort(pl.col("len"), column, descending=[True, False])
    )
    return tuple(
        Named("not said" if name is None else wording.clipped(shown_value(column, name)), *numbers)
        for name, *numbers in found.rows()
    )


def _days(days: float) -> str:
    whole = math.ceil(days)
    return f"{whole} day{'' if whole == 1 else 's'}"

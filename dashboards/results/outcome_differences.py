"""What followed, by what happened (M11, M12, M13, M19): the published differences at the same mix of issues.

Belongs here: choosing rows of outcomes_compared. Nothing is estimated here,
and nothing can be filtered: the night compares all contacts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import polars.selectors as cs

from dashboards import wording
from dashboards.results.significance import is_significant
from dashboards.snapshot.queries import Queries
from dashboards.wording.outcomes import OUTCOMES, difference_sentence, level_name

SCOPE = "Compared over all contacts, regardless of filters, at the same mix of issues."


@dataclass(frozen=True)
class Difference:
    """An outcome of a level against its reference. Shares as fractions; ``difference`` is None with a ``reason``."""

    factor: str
    level: str
    reference: str
    measure: str
    unit: str
    n: int
    n_reference: int
    customers: int
    value: float | None
    reference_value: float | None
    adjusted: float | None
    reference_adjusted: float | None
    difference: float | None
    lower: float | None
    upper: float | None
    covered: float | None
    q: float | None
    reason: str

    @property
    def is_significant(self) -> bool:
        """Over all comparisons of its subject."""
        return is_significant(self.q)

    @property
    def name(self) -> str:
        """The level as people say it."""
        return level_name(self.factor, self.level)

    @property
    def sentence(self) -> str:
        """Both shares, or means, and their difference; empty where nothing was compared."""
        known = (self.adjusted, self.reference_adjusted, self.difference, self.lower, self.upper)
        if any(each is None for each in known):
            return ""
        adjusted, reference, difference, lower, upper = (each or 0.0 for each in known)
        return difference_sentence(
            self.factor,
            self.level,
            self.measure,
            self.unit,
            adjusted=adjusted,
            reference=reference,
            difference=difference,
            lower=lower,
            upper=upper,
            is_significant=self.is_significant,
        )


def differences(queries: Queries, subject: str) -> tuple[Difference, ...]:
    """Everything compared of ``subject`` (handoff, promise, suggestion, stuck), as published."""
    return queries.remember(
        ("compared", subject), lambda: _differences(queries, subject), lambda found: 1_000 * (1 + len(found))
    )


def _differences(queries: Queries, subject: str) -> tuple[Difference, ...]:
    names = ", ".join(field.name for field in fields(Difference))
    rows = queries.frame(
        f"select {names} from outcomes_compared where subject = $subject order by factor, level, measure",
        {"subject": subject},
    ).with_columns(cs.float().fill_nan(None))
    return tuple(
        Difference(
            **{
                **row,
                "reason": wording.clipped(row["reason"] or ""),
            }
        )
        for row in rows.iter_rows(named=True)
    )


def chosen(found: Sequence[Difference], factors: Sequence[str], measure: str) -> tuple[Difference, ...]:
    """The rows of one outcome by these factors, in their order."""
    return tuple(
        each
        for factor in factors
        for each in sorted(
            (row for row in found if row.factor == factor and row.measure == measure), key=lambda row: row.level
        )
    )


def outcomes_of(found: Sequence[Difference]) -> dict[str, str]:
    """The outcomes that are shares and were compared → how they are called."""
    there = {each.measure for each in found if each.unit == "share"}
    return {measure: name for measure, name in OUTCOMES.items() if measure in there}


def strongest(found: Sequence[Difference]) -> str:
    """The largest significant difference in a sentence; that there is none, where there is none."""
    known = [each for each in found if each.difference is not None]
    if not known:
        reason = found[0].reason if found and found[0].reason else "no such contact"
        return f"Nothing to compare: {reason}."
    significant = [each for each in known if each.is_significant]
    if not significant:
        return "No difference shown is statistically significant."
    return max(significant, key=lambda each: abs(each.difference or 0.0)).sentence

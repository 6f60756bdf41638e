"""What followed, by what happened (M11, M12, M13, M19): the published differences at the same mix of issues.

Belongs here: choosing rows of outcomes_compared and how their outcomes and levels are called. Nothing is estimated here,
and nothing can be filtered: the night compares all contacts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import polars.selectors as cs

from dashboards import wording
from dashboards.snapshot.queries import Queries

#: Outcomes as people say them, in the order in which they are offered.
OUTCOMES = {
    "repeat_any_30d": "back within 30 days",
    "repeat_issue_30d": "back, same issue",
    "unresolved": "not resolved",
    "false_resolution": "claimed, did not hold",
    "customer_repeated": "had to say it again",
    "next_asked_for_human": "next time asked for a human",
    "next_led_by_human": "next time a human led",
    "complaint_30d": "complained",
    "closed_account_30d": "closed the account",
    "survey_sentiment": "survey sentiment",
    "closing_sentiment": "closing words",
    "handle_seconds": "handle time",
    "claimed": "claimed resolved",
}
#: A difference counts as beyond chance over all comparisons of its subject up to this q.
SIGNIFICANT = 0.05

SCOPE = "Compared over all contacts, whatever is filtered, at the same mix of issues."

_LEVELS = {
    ("summary", "missing"): "no summary",
    ("transcript", "missing"): "no transcript",
    ("tool_results", "missing"): "no tool results",
    ("attempt_account", "missing"): "no account of what was tried",
    ("customer_repeated", "yes"): "had to say it again",
    ("stuck", "yes"): "stuck",
    ("asked_for_human", "yes"): "asked for a human, got none",
    ("hung_up_unresolved", "yes"): "hung up unresolved",
    ("was_misunderstood", "yes"): "misunderstood time and again",
    ("wrong_suggestion", "accepted"): "took the wrong suggestion",
}


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
    sentence: str

    @property
    def is_sure(self) -> bool:
        """Whether it is beyond chance over all comparisons of its subject."""
        return self.q is not None and self.q <= SIGNIFICANT

    @property
    def name(self) -> str:
        """The level as people say it."""
        return _LEVELS.get((self.factor, self.level), wording.clipped(self.level.replace("_", " ")))


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
                "sentence": wording.said(row["sentence"] or ""),
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
    """The published sentence of the largest difference that is beyond chance; that there is none, where there is none."""
    known = [each for each in found if each.difference is not None]
    if not known:
        return (
            "Nothing can be compared here: "
            + (found[0].reason if found and found[0].reason else "no such contact")
            + "."
        )
    sure = [each for each in known if each.is_sure]
    if not sure:
        return "None of these differences can be told from chance."
    return max(sure, key=lambda each: abs(each.difference or 0.0)).sentence

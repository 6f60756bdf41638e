"""How records find each other: what became of survey answers (M7), and which ids were joined to one customer (M1).

Both are counted over everything that the snapshot holds, whatever week or filter is looked at: an answer that links to
no contact belongs to no week of contacts.
"""

from dataclasses import dataclass

import polars as pl

from dashboards import wording
from pipelines.contract.published import SURVEY_FATES, UNLINKED_SURVEY_FATES


@dataclass(frozen=True)
class SurveyAnswers:
    """Survey responses by fate, in the order of ``SURVEY_FATES``; only those that occur."""

    fates: tuple[tuple[str, int], ...]

    @property
    def finished(self) -> int:
        """Responses that say anything."""
        return sum(number for fate, number in self.fates if fate != "unfinished")

    @property
    def unlinked(self) -> tuple[tuple[str, int], ...]:
        """Fates of finished responses that are about no eligible contact."""
        return tuple((fate, number) for fate, number in self.fates if fate in UNLINKED_SURVEY_FATES)


@dataclass(frozen=True)
class AliasKind:
    """Aliases of one kind; columns as in the published table ``identity_links``."""

    kind: str
    aliases: int
    ambiguous: int
    chained: int
    used: int
    contacts: int
    served_inbound: int


def survey_answers(frame: pl.DataFrame) -> SurveyAnswers:
    """From the table ``survey_answers``."""
    known = dict(frame.select("fate", "responses").iter_rows())
    return SurveyAnswers(tuple((fate, known[fate]) for fate in SURVEY_FATES if known.get(fate)))


def alias_kinds(frame: pl.DataFrame) -> tuple[AliasKind, ...]:
    """From the table ``identity_links``, the kind that joins most contacts first."""
    columns = ("kind", "aliases", "ambiguous", "chained", "used", "contacts", "served_inbound")
    rows = frame.select(columns).sort("contacts", "kind", descending=[True, False]).rows()
    return tuple(AliasKind(*row) for row in rows)


def unlinked_sentence(found: SurveyAnswers) -> str:
    """Which survey answers count for no contact, and why; empty where there are none."""
    total = sum(number for _, number in found.unlinked)
    if not total:
        return ""
    why = ", ".join(f"{wording.count(number)} {SURVEY_FATES[fate]}" for fate, number in found.unlinked)
    return (
        f"{wording.count(total)} of {wording.count(found.finished)} survey answers {'is' if total == 1 else 'are'} linked to "
        f"no eligible contact and not included: {why}."
    )


def joined_sentence(kinds: tuple[AliasKind, ...]) -> str:
    """How many contacts found their customer by an alias, and which aliases join nobody; empty without aliases."""
    if not kinds:
        return ""
    contacts, ambiguous, chained = (
        sum(getattr(each, name) for each in kinds) for name in ("served_inbound", "ambiguous", "chained")
    )
    by_kind = ", ".join(
        f"{wording.clipped(each.kind)} {wording.count(each.served_inbound)}" for each in kinds if each.served_inbound
    )
    said = (
        f"{wording.count(contacts)} served inbound contacts were linked to their customer by an alias"
        + (f" ({by_kind})" if by_kind else "")
        + "."
    )
    if ambiguous:
        said += f" {wording.plural(ambiguous, 'alias belongs', 'aliases belong')} to several customers and {'links' if ambiguous == 1 else 'link'} none."
    if chained:
        said += (
            f" {wording.plural(chained, 'alias leads', 'aliases lead')} to another alias; only one step is followed."
        )
    return said

"""Every verdict on one flag, those that a night has counted and those recorded since."""

from dataclasses import dataclass
from datetime import datetime

from dashboards.casebook.flags import FlaggedContact
from dashboards.casebook.key import CaseKey
from dashboards.casebook.review_log import Disposition
from dashboards.casebook.verdicts import Recorded
from dashboards.snapshot.queries import Queries


@dataclass(frozen=True)
class KnownVerdict:
    """One verdict on a flag. ``is_stale``: it was given on other evidence; ``is_new``: no night has counted it yet.

    ``given_blind``: None where it is not known.
    """

    id: str
    verdict: str
    reason: str
    decided_by: str
    decided_at: datetime
    given_blind: bool | None
    is_stale: bool
    is_new: bool


def known_verdicts(queries: Queries, recorded: Recorded, flag: FlaggedContact) -> tuple[KnownVerdict, ...]:
    """Every verdict on a flag that was not taken back, the latest first."""
    key = (flag.system, flag.contact_id, flag.rule)
    new = [
        KnownVerdict(
            each.id,
            each.verdict,
            each.reason,
            each.decided_by,
            each.decided_at,
            each.given_blind,
            is_stale=each.evidence_hash not in (None, flag.evidence_hash),
            is_new=True,
        )
        for each in recorded.dispositions
        if (each.system, each.contact_id, each.rule) == key
    ]
    counted = queries.frame(
        """select disposition_id as id, verdict, coalesce(reason, '') as reason, coalesce(decided_by, '') as decided_by,
            decided_at, given_blind, stale_reason is not null as is_stale, false as is_new
        from dispositions where system = $system and contact_id = $contact and rule = $rule
        order by decided_at desc, disposition_id desc""",
        {"system": flag.system, "contact": flag.contact_id, "rule": flag.rule},
    )
    known = [KnownVerdict(**row) for row in counted.iter_rows(named=True)]
    return (*new, *(each for each in known if (flag.system, each.id) not in recorded.undone))


def given_verdict(queries: Queries, recorded: Recorded, key: CaseKey, disposition_id: str) -> Disposition | None:
    """The verdict of this id on a flag of ``key``, counted or not; None without one, or if it was taken back."""
    for each in recorded.dispositions:
        if (each.system, each.contact_id, each.id) == (key.system, key.contact_id, disposition_id):
            return each
    if (key.system, disposition_id) in recorded.undone:
        return None
    found = queries.frame(
        """select disposition_id as id, system, contact_id, rule, verdict, coalesce(reason, '') as reason,
            coalesce(decided_by, '') as decided_by, decided_at, null as evidence_hash
        from dispositions where system = $system and contact_id = $contact and disposition_id = $disposition""",
        {**key.parameters, "disposition": disposition_id},
    )
    return Disposition(**found.row(0, named=True)) if found.height else None

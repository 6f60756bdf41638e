"""Every verdict on one flag, those that a night has counted and those recorded since."""

from dataclasses import dataclass
from datetime import datetime

from dashboards.casebook.flags import FlaggedContact
from dashboards.casebook.verdicts import Recorded
from dashboards.snapshot.queries import Queries


@dataclass(frozen=True)
class KnownVerdict:
    """One verdict on a flag. ``is_stale``: it was given on other evidence; ``is_new``: no night has counted it yet."""

    verdict: str
    reason: str
    decided_by: str
    decided_at: datetime
    is_stale: bool
    is_new: bool


def known_verdicts(queries: Queries, recorded: Recorded, flag: FlaggedContact) -> tuple[KnownVerdict, ...]:
    """Every verdict on a flag, the latest first."""
    key = (flag.system, flag.contact_id, flag.rule)
    new = [
        KnownVerdict(
            each.verdict,
            each.reason,
            each.decided_by,
            each.decided_at,
            is_stale=each.evidence_hash not in (None, flag.evidence_hash),
            is_new=True,
        )
        for each in recorded.dispositions
        if (each.system, each.contact_id, each.rule) == key
    ]
    counted = queries.frame(
        """select verdict, coalesce(reason, '') as reason, coalesce(decided_by, '') as decided_by, decided_at,
            stale_reason is not null as is_stale, false as is_new
        from dispositions where system = $system and contact_id = $contact and rule = $rule
        order by decided_at desc, disposition_id desc""",
        {"system": flag.system, "contact": flag.contact_id, "rule": flag.rule},
    )
    return (*new, *(KnownVerdict(**row) for row in counted.iter_rows(named=True)))

"""What reviewers said of flags: verdicts that a night has counted, and those recorded since, which go before them."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dashboards.casebook.key import CaseKey
from dashboards.casebook.review_log import Disposition, ReviewLog

#: Relation ``judged``: the verdict in force on each flag that has one, and the evidence that it was given on (null where
#: a night found it to be that of the flag). Parameters: ``Recorded.parameters``. Of a flag whose last verdict was taken back
#: the one before it is in force, as it will be when a night has counted.
JUDGED_SQL = """recorded as (
    select unnest(
        from_json($recorded, '[{"system":"VARCHAR","contact_id":"VARCHAR","rule":"VARCHAR","verdict":"VARCHAR","evidence_hash":"VARCHAR"}]'),
        recursive := true
    )
),
undone as (
    select unnest(from_json($undone, '[{"system":"VARCHAR","disposition_id":"VARCHAR"}]'), recursive := true)
),
standing as (
    select known.* from dispositions as known
    anti join undone using (system, disposition_id)
    qualify row_number() over (
        partition by known.system, known.contact_id, known.rule order by known.decided_at desc, known.disposition_id desc
    ) = 1
),
judged as (
    select system, contact_id, rule, verdict, evidence_hash from recorded
    union all
    select standing.system, standing.contact_id, standing.rule, standing.verdict, null
    from standing
    anti join recorded using (system, contact_id, rule)
    where standing.stale_reason is null
)"""
#: A flag (``flag``) with the verdict on it, if that was given on its evidence as it stands.
JOIN_SQL = """left join judged on flag.system = judged.system and flag.contact_id = judged.contact_id
    and flag.rule = judged.rule and coalesce(judged.evidence_hash = flag.evidence_hash, true)"""


@dataclass(frozen=True)
class Recorded:
    """Verdicts on flags that no night has counted yet, the latest first, and those taken back since (system and id)."""

    dispositions: tuple[Disposition, ...]
    undone: frozenset[tuple[str, str]] = frozenset()

    @property
    def parameters(self) -> dict[str, str]:
        """Those of ``JUDGED_SQL``."""
        undone = [{"system": system, "disposition_id": of} for system, of in sorted(self.undone)]
        return {"recorded": self.json, "undone": json.dumps(undone)}

    def of(self, key: CaseKey, *, by: str) -> tuple[Disposition, ...]:
        """Those of one person on one contact."""
        return tuple(
            each
            for each in self.dispositions
            if (each.system, each.contact_id, each.decided_by) == (key.system, key.contact_id, by)
        )

    def latest(self, key: CaseKey, rule: str) -> Disposition | None:
        """The latest one on a flag."""
        named = (key.system, key.contact_id, rule)
        return next((each for each in self.dispositions if (each.system, each.contact_id, each.rule) == named), None)

    @property
    def json(self) -> str:
        """The latest one on each flag."""
        latest: dict[tuple[str, str, str], Disposition] = {}
        for each in self.dispositions:
            latest.setdefault((each.system, each.contact_id, each.rule), each)
        names = ("system", "contact_id", "rule", "verdict", "evidence_hash")
        return json.dumps([{name: getattr(each, name) for name in names} for each in latest.values()])


def recorded_since(data_dir: Path, as_of: datetime) -> Recorded:
    """What was recorded after ``as_of``: a night counts what was decided up to it."""
    log = ReviewLog(data_dir)
    return Recorded(log.dispositions_since(as_of), log.undone_since(as_of))

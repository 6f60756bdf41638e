"""What reviewers said of flags: verdicts that a night has counted, and those recorded since, which go before them."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dashboards.casebook.review_log import Disposition, ReviewLog

#: Relation ``judged``: the verdict in force on each flag that has one, and the evidence that it was given on (null where
#: a night found it to be that of the flag). ``$recorded`` is ``Recorded.json``.
JUDGED_SQL = """recorded as (
    select unnest(
        from_json($recorded, '[{"system":"VARCHAR","contact_id":"VARCHAR","rule":"VARCHAR","verdict":"VARCHAR","evidence_hash":"VARCHAR"}]'),
        recursive := true
    )
),
judged as (
    select system, contact_id, rule, verdict, evidence_hash from recorded
    union all
    select known.system, known.contact_id, known.rule, known.verdict, null
    from dispositions as known
    anti join recorded using (system, contact_id, rule)
    where known.is_latest and known.stale_reason is null
)"""
#: A flag (``flag``) with the verdict on it, if that was given on its evidence as it stands.
JOIN_SQL = """left join judged on flag.system = judged.system and flag.contact_id = judged.contact_id
    and flag.rule = judged.rule and coalesce(judged.evidence_hash = flag.evidence_hash, true)"""


@dataclass(frozen=True)
class Recorded:
    """Verdicts on flags that no night has counted yet, the latest first."""

    dispositions: tuple[Disposition, ...]

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
    return Recorded(ReviewLog(data_dir).dispositions_since(as_of))

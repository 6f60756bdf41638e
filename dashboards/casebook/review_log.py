"""What reviewers decide: appended to a landing folder that the next night reads, and read back until it has.

A verdict on a flag is a record of the canonical table ``dispositions``. A verdict on a claim is the claim once more, with
all that was known of it, the verdict, and an ``updated_at`` greater than that of the version before, so that by the rule
of the contract (the greatest wins) it is the version that counts; whatever the source delivers later, with a greater one
still, counts again. Where the records lie says ``pipelines.contract.reviews``.

A verdict that is taken back stays in its file: the undo is another line, the record once more with ``deleted_at``, which by
the same rule makes it count nowhere. A claim of which the verdict is taken back is written as it stood before.

Files are readable by the server's account alone and only ever appended to, whole lines under a lock of their folder.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from dashboards.access import private_files
from dashboards.casebook.casework import plain_text
from dashboards.casebook.key import CaseKey
from pipelines.contract.reviews import review_folder, reviewed_systems

Verdict = Literal["confirmed", "explained", "dismissed"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
#: Whoever calls a flag true but explained says by what.
NEEDS_REASON: frozenset[str] = frozenset({"explained"})
LONGEST_REASON = 2_000

T = TypeVar("T")


@dataclass(frozen=True)
class Disposition:
    """A verdict on a flag, as recorded. ``evidence_hash``: the evidence that the reviewer saw.

    ``given_blind``: whether the flag's wording and the AI's confidence were withheld until then; None: not known.
    """

    id: str
    system: str
    contact_id: str
    rule: str
    verdict: str
    reason: str
    decided_by: str
    decided_at: datetime
    evidence_hash: str | None
    given_blind: bool | None = None


@dataclass(frozen=True)
class ClaimVerdict:
    """``is_right`` is None, and so is all else, where the verdict was taken back and there was none before it.

    ``is_blind``: whether the AI's confidence was withheld until then; None: not known.
    """

    system: str
    claim_id: str
    is_right: bool | None
    verified_by: str | None
    verified_at: datetime | None
    is_blind: bool | None = None


@dataclass(frozen=True)
class Claim:
    """A claim of the review sample as it was delivered; ``leg_id`` is the contact or leg that it names."""

    system: str
    claim_id: str
    leg_id: str
    turn_index: int | None
    claim_type: str
    claimed_value: str | None
    stated_confidence: float
    updated_at: datetime | None


class ReviewLog:
    """The records below one data directory. Cheap to make."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def judge_flag(
        self,
        key: CaseKey,
        *,
        rule: str,
        verdict: Verdict,
        reason: str,
        evidence_hash: str,
        by: str,
        at: datetime,
        blind: bool = False,
    ) -> Disposition:
        """Record a verdict on a flag. Cards, phones and e-mails in the reason are replaced before it is kept.

        Raises:
            ValueError: no such verdict, a reason that is too long, or none for a flag that is to be explained.
            OSError: it could not be written.
        """
        if verdict not in VERDICTS:
            raise ValueError(f"{verdict!r} is no verdict; there is {', '.join(VERDICTS)}")
        if len(reason) > LONGEST_REASON:
            raise ValueError(f"the reason has {len(reason):,} characters; at most {LONGEST_REASON:,} are kept")
        kept = plain_text(reason)
        if verdict in NEEDS_REASON and not kept:
            raise ValueError("an explanation is missing")
        made = Disposition(
            uuid.uuid4().hex, key.system, key.contact_id, rule, verdict, kept, by, at, evidence_hash, blind
        )
        record = {
            "disposition_id": made.id,
            "contact_id": key.contact_id,
            "rule": rule,
            "verdict": verdict,
            "reason": made.reason or None,
            "decided_by": by,
            "decided_at": _written(at),
            "evidence_hash": evidence_hash,
            "given_blind": blind,
        }
        self._append("dispositions", key.system, at, record)
        return made

    def undo_flag(self, given: Disposition, *, at: datetime) -> None:
        """Take a verdict back, whether a night has counted it or not. Who did so, the audit log says. Raises OSError."""
        record = {
            "disposition_id": given.id,
            "contact_id": given.contact_id,
            "rule": given.rule,
            "verdict": given.verdict,
            "decided_by": given.decided_by,
            "decided_at": _written(given.decided_at),
            "updated_at": _written(at),
            "deleted_at": _written(at),
        }
        self._append("dispositions", given.system, at, record)

    def judge_claim(self, claim: Claim, *, is_right: bool, by: str, at: datetime, blind: bool = False) -> ClaimVerdict:
        """Record a verdict on a claim of the random sample. Raises OSError if it could not be written."""
        given = ClaimVerdict(claim.system, claim.claim_id, is_right, by, at, blind)
        self._write_claim(claim, given, at)
        return given

    def undo_claim(self, claim: Claim, before: ClaimVerdict | None, *, at: datetime) -> None:
        """Take the verdict on a claim back: the claim once more with the verdict ``before`` it, or none. Raises OSError."""
        self._write_claim(claim, before, at)

    def _write_claim(self, claim: Claim, given: ClaimVerdict | None, at: datetime) -> None:
        # A source whose clock runs ahead must not keep the version that it delivered in force.
        version = at if claim.updated_at is None else max(at, claim.updated_at + timedelta(microseconds=1))
        record = {
            "claim_id": claim.claim_id,
            "contact_id": claim.leg_id,
            "turn_index": claim.turn_index,
            "claim_type": claim.claim_type,
            "claimed_value": claim.claimed_value,
            "stated_confidence": claim.stated_confidence,
            "verified_correct": given.is_right if given else None,
            "verified_by": given.verified_by if given else None,
            "verified_at": _written(given.verified_at) if given and given.verified_at else None,
            "verified_blind": given.is_blind if given else None,
            "review_sampling": "random" if given else None,
            "updated_at": _written(version),
        }
        self._append("ai_claims", claim.system, at, record)

    def dispositions_since(self, as_of: datetime) -> tuple[Disposition, ...]:
        """Verdicts on flags decided after ``as_of`` that stand, the latest first: no night up to it has counted them."""
        undone = self.undone_since(as_of)
        found = [
            each for each in self._records("dispositions", as_of, _disposition) if (each.system, each.id) not in undone
        ]
        return tuple(sorted(found, key=lambda each: (each.decided_at, each.id), reverse=True))

    def undone_since(self, as_of: datetime) -> frozenset[tuple[str, str]]:
        """System and id of the verdicts on flags that were taken back after ``as_of``."""
        return frozenset(self._records("dispositions", as_of, _undone))

    def claim_verdicts_since(self, as_of: datetime) -> tuple[ClaimVerdict, ...]:
        """Verdicts on claims given or taken back after ``as_of``, what was recorded last first."""
        found = self._records("ai_claims", as_of, _claim_verdict)
        ordered = sorted(enumerate(found), key=lambda each: (each[1][0], each[0]), reverse=True)
        return tuple(verdict for _, (_, verdict) in ordered)

    def _append(self, table: str, system: str, at: datetime, record: dict[str, Any]) -> None:
        folder = review_folder(self._data_dir, table, system)
        path = folder / f"{at.astimezone(UTC):%Y-%m-%d}.jsonl"
        # In ASCII, so that no line break or control character of a text can begin another line.
        line = json.dumps(record).encode("ascii") + b"\n"
        with private_files.locked(folder):
            private_files.append(path, line)

    def _records(self, table: str, after: datetime, read: Callable[[str, Any], tuple[datetime, T]]) -> list[T]:
        """What ``read`` makes of the lines of the days from ``after`` on, where that is later than ``after``.

        Lines that are none of ours are skipped: the night says what is wrong with them.
        """
        first = after.astimezone(UTC).date().isoformat()
        found = []
        for system in reviewed_systems(self._data_dir, table):
            for path in sorted(review_folder(self._data_dir, table, system).glob("*.jsonl")):
                if path.stem < first:
                    continue
                for line in path.read_bytes().splitlines():
                    try:
                        at, made = read(system, json.loads(line))
                    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                        continue
                    if at > after:
                        found.append(made)
        return found


def _disposition(system: str, record: Any) -> tuple[datetime, Disposition]:
    if record.get("deleted_at"):
        raise ValueError("a verdict that is taken back")
    at = datetime.fromisoformat(record["decided_at"])
    names = ("contact_id", "rule", "verdict")
    contact_id, rule, verdict = (str(record[name]) for name in names)
    by, seen = str(record["decided_by"]), record["evidence_hash"]
    return at, Disposition(
        str(record["disposition_id"]),
        system,
        contact_id,
        rule,
        verdict,
        record["reason"] or "",
        by,
        at,
        seen,
        record.get("given_blind"),
    )


def _undone(system: str, record: Any) -> tuple[datetime, tuple[str, str]]:
    return datetime.fromisoformat(record["deleted_at"]), (system, str(record["disposition_id"]))


def _claim_verdict(system: str, record: Any) -> tuple[datetime, tuple[datetime, ClaimVerdict]]:
    at, right = datetime.fromisoformat(record["updated_at"]), record["verified_correct"]
    when = None if record["verified_at"] is None else datetime.fromisoformat(record["verified_at"])
    claim_id, by = str(record["claim_id"]), record["verified_by"]
    is_right = None if right is None else bool(right)
    return at, (at, ClaimVerdict(system, claim_id, is_right, by, when, record.get("verified_blind")))


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")

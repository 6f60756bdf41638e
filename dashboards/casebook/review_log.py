"""What reviewers decide: appended to a landing folder that the next night reads, and read back until it has.

A verdict on a flag is a record of the canonical table ``dispositions``. A verdict on a claim is the claim once more, with
all that was known of it, the verdict, and an ``updated_at`` greater than that of the version before, so that by the rule
of the contract (the greatest wins) it is the version that counts; whatever the source delivers later, with a greater one
still, counts again. Where the records lie says ``pipelines.contract.reviews``.

Files are readable by the server's account alone and only ever appended to, whole lines under a lock of their folder.
"""

import json
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from dashboards.access import private_files
from dashboards.casebook.key import CaseKey
from pipelines.contract.reviews import review_folder, reviewed_systems
from pipelines.privacy.redaction import redact

Verdict = Literal["confirmed", "explained", "dismissed"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
LONGEST_REASON = 2_000

T = TypeVar("T")


@dataclass(frozen=True)
class Disposition:
    """A verdict on a flag, as recorded. ``evidence_hash``: the evidence that the reviewer saw."""

    id: str
    system: str
    contact_id: str
    rule: str
    verdict: str
    reason: str
    decided_by: str
    decided_at: datetime
    evidence_hash: str | None


@dataclass(frozen=True)
class ClaimVerdict:
    system: str
    claim_id: str
    is_right: bool
    verified_by: str
    verified_at: datetime


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
    ) -> Disposition:
        """Record a verdict on a flag. Cards, phones and e-mails in the reason are replaced before it is kept.

        Raises:
            ValueError: no such verdict, or a reason that is too long.
            OSError: it could not be written.
        """
        if verdict not in VERDICTS:
            raise ValueError(f"{verdict!r} is no verdict; there is {', '.join(VERDICTS)}")
        if len(reason) > LONGEST_REASON:
            raise ValueError(f"the reason has {len(reason):,} characters; at most {LONGEST_REASON:,} are kept")
        made = Disposition(
            uuid.uuid4().hex, key.system, key.contact_id, rule, verdict, _kept(reason), by, at, evidence_hash
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
        }
        self._append("dispositions", key.system, at, record)
        return made

    def judge_claim(self, claim: Claim, *, is_right: bool, by: str, at: datetime) -> ClaimVerdict:
        """Record a verdict on a claim of the random sample. Raises OSError if it could not be written."""
        # A source whose clock runs ahead must not keep the version that it delivered in force.
        version = at if claim.updated_at is None else max(at, claim.updated_at + timedelta(microseconds=1))
        record = {
            "claim_id": claim.claim_id,
            "contact_id": claim.leg_id,
            "turn_index": claim.turn_index,
            "claim_type": claim.claim_type,
            "claimed_value": claim.claimed_value,
            "stated_confidence": claim.stated_confidence,
            "verified_correct": is_right,
            "verified_by": by,
            "verified_at": _written(at),
            "review_sampling": "random",
            "updated_at": _written(version),
        }
        self._append("ai_claims", claim.system, at, record)
        return ClaimVerdict(claim.system, claim.claim_id, is_right, by, at)

    def dispositions_since(self, as_of: datetime) -> tuple[Disposition, ...]:
        """Verdicts on flags decided after ``as_of``, the latest first: no night up to it has counted them."""
        found = self._records("dispositions", as_of, _disposition)
        return tuple(sorted(found, key=lambda each: (each.decided_at, each.id), reverse=True))

    def claim_verdicts_since(self, as_of: datetime) -> tuple[ClaimVerdict, ...]:
        """Verdicts on claims given after ``as_of``, the latest first."""
        found = self._records("ai_claims", as_of, _claim_verdict)
        return tuple(sorted(found, key=lambda each: (each.verified_at, each.claim_id), reverse=True))

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
                    except (ValueError, KeyError, TypeError, RecursionError):
                        continue
                    if at > after:
                        found.append(made)
        return found


def _disposition(system: str, record: Any) -> tuple[datetime, Disposition]:
    at = datetime.fromisoformat(record["decided_at"])
    names = ("contact_id", "rule", "verdict")
    contact_id, rule, verdict = (str(record[name]) for name in names)
    by, seen = str(record["decided_by"]), record["evidence_hash"]
    return at, Disposition(
        str(record["disposition_id"]), system, contact_id, rule, verdict, record["reason"] or "", by, at, seen
    )


def _claim_verdict(system: str, record: Any) -> tuple[datetime, ClaimVerdict]:
    at = datetime.fromisoformat(record["verified_at"])
    is_right, by = bool(record["verified_correct"]), str(record["verified_by"])
    return at, ClaimVerdict(system, str(record["claim_id"]), is_right, by, at)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _kept(reason: str) -> str:
    """The reason without control characters, which no reader needs, and without what would give a person away."""
    plain = "".join(each for each in reason if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs"))
    return redact(plain.strip())

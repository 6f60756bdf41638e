"""The claims that are to be reviewed: the random sample of a day or of the latest days, those without a verdict first."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dashboards.casebook.key import CaseKey
from dashboards.casebook.review_log import Claim, ClaimVerdict
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.queries import Queries

PAGE_CLAIMS = 20
#: Days of the sample that are shown where none is asked for.
LATEST_DAYS = 7


@dataclass(frozen=True)
class SampledClaim:
    """A claim with where it stands. ``is_right``: the verdict in force; ``is_new``: no night has counted it yet.

    ``counted``: the verdict that the night found, if any.
    """

    claim: Claim
    contact_id: str
    day: date
    mode: str | None
    workflow: str | None
    ai_model: str | None
    is_right: bool | None
    judged_by: str | None
    judged_at: datetime | None
    is_new: bool
    is_blind: bool | None
    counted: ClaimVerdict | None

    @property
    def key(self) -> CaseKey:
        return CaseKey(self.claim.system, self.contact_id, self.day)


@dataclass(frozen=True)
class ClaimPage:
    """``number`` of ``pages``, from 1. ``judged`` of ``total`` claims of the days ``first``–``last`` have a verdict."""

    first: date | None
    last: date | None
    number: int
    pages: int
    total: int
    judged: int
    rows: tuple[SampledClaim, ...]


_COLUMNS = """claim.system, claim.claim_id, claim.leg_id, claim.turn_index, claim.claim_type, claim.claimed_value,
    claim.stated_confidence, claim.updated_at, sample.contact_id, claim.day, sample.mode, sample.workflow, sample.ai_model,
    claim.verified_correct, claim.verified_by, claim.verified_at, claim.verified_blind"""


def claim_page(
    queries: Queries,
    recorded: tuple[ClaimVerdict, ...],
    filters: Filters,
    day: date | None,
    number: int,
) -> ClaimPage:
    """One page of the sample of ``day``, else of its latest days, of the contacts that ``filters`` leave."""
    first, last = (day, day) if day else _latest_days(queries)
    if first is None or last is None:
        return ClaimPage(None, None, 1, 1, 0, 0, ())
    where, parameters = filters.condition
    found = [_sampled(row, recorded) for row in _rows(queries, first, last, where, parameters)]
    found.sort(
        key=lambda each: (each.is_right is not None, -each.day.toordinal(), each.claim.system, each.claim.claim_id)
    )
    pages = max(-(-len(found) // PAGE_CLAIMS), 1)
    number = min(number, pages)
    judged = sum(each.is_right is not None for each in found)
    rows = found[(number - 1) * PAGE_CLAIMS : number * PAGE_CLAIMS]
    return ClaimPage(first, last, number, pages, len(found), judged, tuple(rows))


def claims_of_contact(queries: Queries, recorded: tuple[ClaimVerdict, ...], key: CaseKey) -> tuple[SampledClaim, ...]:
    """The claims of one contact that were drawn, in the order in which they were made."""
    where = "sample.system = $system and sample.contact_id = $contact"
    rows = _rows(queries, key.day, key.day, where, key.parameters)
    found = [_sampled(row, recorded) for row in rows]
    return tuple(sorted(found, key=lambda each: (each.claim.turn_index or 0, each.claim.claim_id)))


def find_claim(queries: Queries, recorded: tuple[ClaimVerdict, ...], key: CaseKey) -> SampledClaim | None:
    """The claim of the sample with the system, id and day of ``key``; None if it was not drawn."""
    where = "claim.system = $system and claim.claim_id = $claim"
    rows = _rows(queries, key.day, key.day, where, {"system": key.system, "claim": key.contact_id})
    return _sampled(rows[0], recorded) if rows else None


def _latest_days(queries: Queries) -> tuple[date | None, date | None]:
    last = queries.frame("select max(day) as last from review_claims")["last"].item()
    return (None, None) if last is None else (last - timedelta(days=LATEST_DAYS - 1), last)


def _rows(queries: Queries, first: date, last: date, where: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    claims, sample = (queries.days(name, first, last) for name in ("review_claims", "review_sample"))
    found = queries.frame(
        f"""select {_COLUMNS} from {claims} as claim
        inner join {sample} as sample on claim.system = sample.system and claim.claim_id = sample.claim_id
        where {where}""",
        parameters,
    )
    return list(found.iter_rows(named=True))


def _sampled(row: dict[str, Any], recorded: tuple[ClaimVerdict, ...]) -> SampledClaim:
    names = (
        "system",
        "claim_id",
        "leg_id",
        "turn_index",
        "claim_type",
        "claimed_value",
        "stated_confidence",
        "updated_at",
    )
    claim = Claim(**{name: row[name] for name in names})
    # The latest comes first.
    new = next((each for each in recorded if (each.system, each.claim_id) == (claim.system, claim.claim_id)), None)
    counted = None
    if row["verified_correct"] is not None:
        given_by, at, blind = row["verified_by"], row["verified_at"], row["verified_blind"]
        counted = ClaimVerdict(claim.system, claim.claim_id, row["verified_correct"], given_by, at, blind)
    given = new or counted
    return SampledClaim(
        claim,
        row["contact_id"],
        row["day"],
        row["mode"],
        row["workflow"],
        row["ai_model"],
        given.is_right if given else None,
        given.verified_by if given else None,
        given.verified_at if given else None,
        new is not None and new.is_right is not None,
        given.is_blind if given else None,
        counted,
    )

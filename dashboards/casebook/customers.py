"""Contacts of one customer or of one id, flagged or not; and the pseudonym of an id that somebody typed.

The real id lives for the length of the request that hashes it: it is not kept, not logged, and stands in no address.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboards.casebook.key import CaseKey
from dashboards.snapshot.queries import Queries
from pipelines.config import ConfigError, pseudonym_key
from pipelines.privacy.identity import BLANK_CHARACTERS, normal_customer_ids
from pipelines.privacy.pseudonyms import Pseudonymiser

MOST_CONTACTS = 200
#: How far back a customer's contacts are looked for unless earlier ones are asked for: their keys are long, and reading
#: those of all days takes as long as there is history.
DAYS_BACK = 365
_LONGEST_ID = 512


class SearchError(ValueError):
    """A customer cannot be searched for; ``code`` says why, ``WHY`` in words."""

    def __init__(self, code: str) -> None:
        super().__init__(WHY[code])
        self.code = code


WHY = {
    "empty": "Type the customer's id as your systems write it.",
    "long": f"No customer's id has more than {_LONGEST_ID} characters.",
    "key": (
        "Customers cannot be searched for here: the server runs without AFTERCALL_PSEUDONYM_KEY, the key with which the "
        "nightly run hashes their ids. Whoever starts the dashboards can set it."
    ),
}


@dataclass(frozen=True)
class KnownContact:
    system: str
    contact_id: str
    day: date
    started_at: datetime
    mode: str | None
    issue: str | None
    flags: int

    @property
    def key(self) -> CaseKey:
        return CaseKey(self.system, self.contact_id, self.day)


def customer_key(typed: str) -> str:
    """The pseudonym of an id. Raises SearchError."""
    if len(typed.strip(BLANK_CHARACTERS)) > _LONGEST_ID:
        raise SearchError("long")
    (plain,) = normal_customer_ids([typed])
    if plain is None:
        raise SearchError("empty")
    try:
        key = pseudonym_key()
    except ConfigError as error:
        raise SearchError("key") from error
    return Pseudonymiser(key).of(plain)


def customer_of_alias(queries: Queries, key: str) -> str:
    """The customer for whom the id of this pseudonym stands: another one where it is an alias of theirs (M1)."""
    found = queries.frame("select customer_key from customer_aliases where alias_key = $alias", {"alias": key})
    return key if found.is_empty() else str(found["customer_key"][0])


def contacts_of_customer(queries: Queries, key: str, *, earlier: bool = False) -> tuple[KnownContact, ...]:
    """The contacts of a customer within DAYS_BACK, or all, at most MOST_CONTACTS, the latest first."""
    last = queries.snapshot.manifest.as_of.date()
    first = date.min if earlier else last - timedelta(days=DAYS_BACK)
    return _contacts(queries, queries.days("contact_outcomes", first, date.max), "customer_key", key)


def contacts_of_id(queries: Queries, contact_id: str) -> tuple[KnownContact, ...]:
    """Contacts of this id: one of each system that knows it."""
    return _contacts(queries, "contact_outcomes", "contact_id", contact_id)


def _contacts(queries: Queries, relation: str, column: str, value: str) -> tuple[KnownContact, ...]:
    # First the narrow column of every part, then the few parts that hold a row.
    days = queries.frame(
        f"select distinct day from {relation} where {column} = $value order by day desc limit {MOST_CONTACTS}",
        {"value": value},
    )["day"].to_list()
    if not days:
        return ()
    outcomes, flags = (queries.days(name, days[-1], days[0]) for name in ("contact_outcomes", "case_flags"))
    found = queries.frame(
        f"""with flagged as (
            select system, contact_id, count(*) as flags from {flags} where {column} = $value group by all
        )
        select outcome.system, outcome.contact_id, outcome.day, outcome.started_at, outcome.mode, outcome.issue,
            coalesce(flagged.flags, 0) as flags
        from {outcomes} as outcome
        left join flagged on outcome.system = flagged.system and outcome.contact_id = flagged.contact_id
        where outcome.{column} = $value
        order by outcome.started_at desc, outcome.system, outcome.contact_id limit {MOST_CONTACTS}""",
        {"value": value},
    )
    return tuple(KnownContact(**row) for row in found.iter_rows(named=True))

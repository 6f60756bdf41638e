"""Who took part in a conversation: roles, identities, and which party is the customer.

A name never leaves this module but as the input of a pseudonym (a customer who has nothing else).

The customer is, in this order: the party with a customer's role; the only party that has neither an agent's nor a
machine's role; of several such, the one who started the first dialog, or in an outbound contact the first other one.
A container written by an agent who follows up on an earlier one, without roles, says the opposite; nothing in it
tells.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import phonenumbers

from pipelines.sources.vcon.container import Json, objects, text_of

_ROLES = {
    "customer": "customer, caller, client, consumer, patient, contact, end user, user, guest, member",
    "agent": "agent, human agent, representative, rep, csr, employee, operator, advisor, adviser, staff, supervisor, "
    "specialist, support, host, technician",
    "ai": "ai, bot, ai agent, ai assistant, assistant, chatbot, voicebot, virtual agent, virtual assistant",
    "system": "system, ivr, announcement, automated",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split(", ")}
_ANONYMOUS = re.compile(r"anonymous|restricted|unknown|unavailable|private|withheld|blocked")


@dataclass(frozen=True)
class Party:
    """``role`` is customer, agent, ai or system, "" where the container does not say."""

    role: str
    identity: str | None
    """Phone in E.164, e-mail in lower case, SIP address or uuid: what a customer is known by."""
    work_identity: str | None
    """The same with the e-mail first: an agent's phone is the desk's, the mailbox their own."""
    name: str | None


@dataclass(frozen=True)
class Cast:
    """The parties of a container, and the place of the customer among them (null: unknown)."""

    parties: tuple[Party, ...]
    customer: int | None

    def speaker(self, index: int | None) -> str | None:
        """The speaker of a turn (customer, agent, ai, system) behind a party; null for none."""
        if index is None or not 0 <= index < len(self.parties):
            return None
        if index == self.customer:
            return "customer"
        role = self.parties[index].role
        # Whoever is neither the customer nor a machine speaks for the company.
        return role if role in ("ai", "system") else "agent"


def role_of(label: str) -> str:
    """The role that a word names, "" if none: ``Virtual_Agent`` → ``ai``."""
    return _ROLE_OF.get(re.sub(r"[\s_-]+", " ", label).strip().lower(), "")


def read_parties(content: Json) -> tuple[Party, ...]:
    """The parties of a container in its order."""
    parties = []
    for entry in objects(content.get("parties")):
        meta = entry.get("meta")
        meta = meta if isinstance(meta, dict) else {}
        role = role_of(text_of(entry.get("role")) or text_of(meta.get("role")) or "")
        parties.append(Party(role, *_identities(entry), _name(entry)))
    return tuple(parties)


def find_customer(parties: Sequence[Party], first_dialog: Sequence[int], direction: str | None) -> int | None:
    """Place of the customer. ``first_dialog``: the parties of the first dialog, its originator first."""
    customers = [place for place, party in enumerate(parties) if party.role == "customer"]
    if customers:
        return customers[0]
    open_places = [place for place, party in enumerate(parties) if not party.role]
    present = [place for place in first_dialog if place in open_places] or open_places
    if len(open_places) == 1 or not present:
        return open_places[0] if open_places else None
    is_started_by_company = direction in ("outbound", "callback") and present[0] == first_dialog[0]
    return present[1 if is_started_by_company and len(present) > 1 else 0]


def customer_id(cast: Cast, *, is_redacted: bool) -> str | None:
    """What tells the customer from others: an address or number, else the name (as ``name:…``).

    A redacted copy keeps a name at best, which joins nobody with themselves: null.
    """
    if cast.customer is None:
        return None
    party = cast.parties[cast.customer]
    if party.identity or is_redacted or not party.name:
        return party.identity
    return f"name:{party.name}"


def agent_id(cast: Cast, present: Sequence[int]) -> str | None:
    """The last agent among the parties ``present`` (in order of appearance) who has an address or number.

    Never a name: agent ids are published as delivered unless they look like an address, and a name does not.
    """
    agents = [index for index in present if cast.speaker(index) == "agent"]
    identities = [cast.parties[index].work_identity for index in agents]
    return next((identity for identity in reversed(identities) if identity), None)


def _identities(entry: Json) -> tuple[str | None, str | None]:
    phone = _phone(text_of(entry.get("tel")))
    mail = _mail(text_of(entry.get("mailto"))) or _mail(text_of(entry.get("email")))
    other = _sip(text_of(entry.get("sip"))) or text_of(entry.get("uuid"))
    return phone or mail or other, mail or phone or other


def _name(entry: Json) -> str | None:
    name = text_of(entry.get("name"))
    return " ".join(name.casefold().split()) if name and not _ANONYMOUS.fullmatch(name.casefold()) else None


def _phone(value: str | None) -> str | None:
    """E.164 where the country is known, else the bare digits: without a country, none is guessed."""
    if not value or _ANONYMOUS.search(value.lower()):
        return None
    number = re.sub(r"^(?:tel:|sips?:)", "", value, flags=re.IGNORECASE).split(";")[0].strip()
    number = re.sub(r"^00(?=[1-9])", "+", number)
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return re.sub(r"[^\d]", "", number) or None


def _mail(value: str | None) -> str | None:
    if not value:
        return None
    address = re.sub(r"^mailto:", "", value, flags=re.IGNORECASE).split("?")[0]
    bracketed = re.search(r"<([^<>]+)>", address)
    return (bracketed.group(1) if bracketed else address).strip().lower() or None


def _sip(value: str | None) -> str | None:
    """``sip:name@host`` without parameters; a phone number where the user part is one."""
    if not value or _ANONYMOUS.search(value.lower()):
        return None
    address = re.sub(r"^sips?:", "", value, flags=re.IGNORECASE).split(";")[0].strip().lower()
    user = address.split("@")[0]
    return _phone(user) if re.fullmatch(r"\+\d{7,15}", user) else f"sip:{address}"

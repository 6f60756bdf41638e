"""A proxy in front: when its headers are believed, and what they say.

Headers are believed of a request that comes from a configured address *and* carries the shared secret: the address
alone would trust every other program on the proxy's machine, the secret alone whoever once saw it. All of X-Forwarded-For,
-Host and -Proto and the headers that name a person fall under this rule; of any other request they are ignored.

The proxy must set these headers itself, over whatever the browser sent. Where it appends instead, two values stand in
one header separated by a comma, and such a name is nobody's.
"""

import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import Headers

from dashboards.access.names import LONGEST_TYPED, canonical
from dashboards.access.roles import role_of
from pipelines.config.access import Role

PROXY_SECRET_VARIABLE = "AFTERCALL_PROXY_SECRET"  # noqa: S105  # the name of a variable, not its value
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+\\-]{0,127}")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Client:
    """Where a request came from and what it was addressed to, as far as that can be believed."""

    address: str
    host: str
    scheme: str
    by_proxy: bool


@dataclass(frozen=True)
class TrustedProxy:
    """``roles``: group (or user, without ``role_header``) in its canonical spelling → role."""

    networks: tuple[Network, ...]
    secret_header: str
    secret: bytes
    user_header: str
    role_header: str
    roles: Mapping[str, Role]

    def believed(self, peer: str, headers: Headers) -> bool:
        """Whether a request of address ``peer`` with these headers comes from the proxy."""
        given = headers.get(self.secret_header, "").encode("utf-8", "replace")
        return self._is_ours(peer) and hmac.compare_digest(given, self.secret)

    def client(self, peer: str, headers: Headers, host: str, scheme: str) -> Client:
        """The client as a believed request tells it; what it does not tell is as the request itself has it."""
        return Client(
            self._forwarded_for(headers.get("X-Forwarded-For", "")) or peer,
            headers.get("X-Forwarded-Host", "").strip() or host,
            headers.get("X-Forwarded-Proto", "").strip().lower() or scheme,
            True,
        )

    def person(self, headers: Headers) -> tuple[str, Role] | None:
        """Name and role that a believed request states; None if it names nobody, or nobody who has a role here."""
        if not self.user_header:
            return None
        name = person_name(headers.get(self.user_header, ""))
        if name is None:
            return None
        groups = headers.get(self.role_header, "").split(",") if self.role_header else [name]
        role = role_of((canonical(each) for each in groups), self.roles)
        return (name, role) if role else None

    def _forwarded_for(self, header: str) -> str | None:
        """The last address that is not the proxy's own: all before it could have been made up by the client."""
        for part in reversed(header.split(",")):
            address = _address(part.strip())
            if address is None:
                return None
            if not self._is_ours(str(address)):
                return str(address)
        return None

    def _is_ours(self, peer: str) -> bool:
        address = _address(peer)
        return address is not None and any(address in network for network in self.networks)


def person_name(given: str) -> str | None:
    """The canonical name of somebody who was logged in elsewhere; None if it can be nobody's."""
    if len(given) > LONGEST_TYPED:
        return None
    name = canonical(given)
    return name if _NAME.fullmatch(name) else None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def payer(address: str) -> str:
    """To whom the tries of ``address`` are counted: of IPv6, where a person has a whole network, to the /64."""
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((found, 64), strict=False))
    return address

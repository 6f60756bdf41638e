"""The sections of the configuration that say who may see the dashboards: users, a trusted proxy, single sign-on."""

from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, field_validator, model_validator

Role = Literal["viewer", "analyst", "admin"]
_HEADER = r"^([A-Za-z][A-Za-z0-9-]*)?$"
_CLAIM = r"^[\x21-\x7e]{1,200}$"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Proxy(_Section):
    """`[dashboard.proxy]`: a proxy in front whose headers are believed, if it also sends AFTERCALL_PROXY_SECRET."""

    addresses: tuple[IPvAnyNetwork, ...] = Field((), description="Its addresses or networks; none: there is no proxy.")
    secret_header: str = Field("X-Aftercall-Secret", pattern=_HEADER, description="Header with the shared secret.")
    user_header: str = Field("", pattern=_HEADER, description="Header with the user's name; empty: it logs nobody in.")
    role_header: str = Field("", pattern=_HEADER, description="Header with groups or roles; empty: roles go by name.")
    roles: dict[str, Role] = Field({}, description="Group (without role_header: user) and the role that it has here.")

    @field_validator("addresses")
    @classmethod
    def _not_everybody(cls, value: tuple[IPvAnyNetwork, ...]) -> tuple[IPvAnyNetwork, ...]:
        if any(network.prefixlen == 0 for network in value):
            raise ValueError("holds every address there is; name the addresses of the proxy alone")
        return value


class Oidc(_Section):
    """`[dashboard.oidc]`: single sign-on at an OpenID Connect provider; the secret comes from AFTERCALL_OIDC_SECRET."""

    issuer: str = Field("", description="The provider's issuer URL, exactly as it states it; empty: no single sign-on.")
    client_id: str = Field("", max_length=500, description="This application's id at the provider.")
    scopes: tuple[str, ...] = Field(("openid", "profile"), description="What is asked of the provider.")
    name_claim: str = Field(
        "preferred_username", pattern=_CLAIM, description="Claim of the ID token with the person's name."
    )
    groups_claim: str = Field("groups", pattern=_CLAIM, description="Claim of the ID token with the person's groups.")
    roles: dict[str, Role] = Field({}, description="Group, exactly as the provider writes it, and its role here.")

    @field_validator("issuer")
    @classmethod
    def _safe_address(cls, value: str) -> str:
        if value and not is_safe_url(value):
            raise ValueError("is not an https address; write the provider's issuer (http only at this machine itself)")
        return value

    @field_validator("scopes")
    @classmethod
    def _openid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError('lacks "openid", without which no provider says who logged in; add it')
        return value

    @model_validator(mode="after")
    def _whole(self) -> "Oidc":
        if self.issuer and not self.client_id:
            raise ValueError("client_id is missing; write the id that the provider gave this application")
        if self.issuer and not self.roles:
            raise ValueError('roles is empty: nobody would have a role; write roles = { "a group" = "viewer" }')
        if not self.issuer and self.model_fields_set - {"issuer"}:
            raise ValueError("issuer is missing; write the provider's issuer URL")
        return self


class Dashboard(_Section):
    """`[dashboard]`: who may see the pages. Without users, proxy and single sign-on only people at this machine may."""

    users: str = Field("", description="File of users, relative to this file; written by `aftercall user add`.")
    hosts: tuple[str, ...] = Field((), description="Names under which browsers reach the pages, without port.")
    idle_minutes: float = Field(30, gt=0, le=1440, description="A session ends after so long without use.")
    session_hours: float = Field(12, gt=0, le=168, description="A session ends so long after login in any case.")
    lookups_per_hour: int = Field(
        600, ge=10, le=100_000, description="Cases, lists of cases and searches that one person may open in an hour."
    )
    secure_cookies: bool | None = Field(
        None, description="Cookies go over TLS only; default: unless this machine alone is served."
    )
    proxy: Proxy = Proxy()  # type: ignore[call-arg]
    oidc: Oidc = Oidc()  # type: ignore[call-arg]


def is_safe_url(address: str) -> bool:
    """Whether an address is https, or http at this machine itself, and holds neither a user nor a fragment."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc or parts.fragment or not address.isascii() or not address.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""From the settings to who may see the application, or to a refusal that names the remedy."""

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dashboards.access.accounts import UserBook
from dashboards.access.audit import AuditLog
from dashboards.access.errors import AccessError
from dashboards.access.names import canonical
from dashboards.access.proxy import PROXY_SECRET_VARIABLE, TrustedProxy
from dashboards.access.rate_limit import RateLimit
from dashboards.access.same_origin import LOCAL_NAMES, host_name, is_loopback, require_loopback
from dashboards.access.sessions import SESSION_KEY_VARIABLE, EndedSessions, Sessions
from pipelines.config import MINIMUM_KEY_BYTES, Settings
from pipelines.config.access import Oidc, Proxy

if TYPE_CHECKING:
    from dashboards.access.identity_provider import IdentityProvider

OIDC_SECRET_VARIABLE = "AFTERCALL_OIDC_SECRET"  # noqa: S105  # the name of a variable, not its value

_ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # to be recognised


@dataclass(frozen=True)
class Login:
    """People log in by name and password (``book``), at an identity provider (``provider``), or either.

    Tries are bounded by user and by address; ``noted`` bounds how many refusals of an address are logged.
    """

    book: UserBook | None
    provider: "IdentityProvider | None"
    key: bytes
    sessions: Sessions
    by_user: RateLimit
    by_address: RateLimit
    noted: RateLimit = field(default_factory=lambda: RateLimit(1, 60.0))


@dataclass(frozen=True)
class Access:
    """Who may see the application.

    Without ``login`` and ``proxy`` whoever asks is taken for the person at this machine, with all rights. ``names``:
    hosts that are answered; ``secure``: TLS ends in front, cookies go over it only; ``notices``: what to say at start.
    ``look_ups`` bounds how many cases, lists and searches one person opens, ``noted`` how many of their refusals are
    logged.
    """

    audit: AuditLog
    login: Login | None = None
    proxy: TrustedProxy | None = None
    names: frozenset[str] = LOCAL_NAMES
    secure: bool = False
    notices: tuple[str, ...] = ()
    clock: Callable[[], float] = time.time
    look_ups: RateLimit | None = None
    noted: RateLimit = field(default_factory=lambda: RateLimit(60, 1.0))

    @property
    def open_to_all(self) -> bool:
        return self.login is None and self.proxy is None


def local_access(data_dir: Path) -> Access:
    """Access at this machine alone, without login."""
    return Access(AuditLog(data_dir))


def open_access(
    settings: Settings,
    host: str = "127.0.0.1",
    *,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
) -> Access:
    """Access as configured, for pages served at ``host``.

    Raises:
        AccessError: an address other than loopback where nobody logs in, a users file that is unusable or names
            nobody, a secret that is missing or too short, names that are no host names, cookies without TLS, single
            sign-on without its packages.
    """
    chosen = settings.dashboard
    audit = AuditLog(settings.data_dir)
    proxy = _proxy(chosen.proxy, environment)
    has_login = settings.users_file is not None or bool(chosen.oidc.issuer)
    if not has_login and not (proxy and proxy.user_header):
        if proxy:
            raise AccessError(
                "dashboard.proxy logs nobody in and there are no users; name dashboard.proxy.user_header, dashboard.users "
                "or dashboard.oidc"
            )
        require_loopback(host)
        if chosen.hosts:
            raise AccessError(
                "dashboard.hosts lets browsers elsewhere reach the pages, but nobody logs in; name dashboard.users, "
                "dashboard.oidc or a trusted proxy too, or remove hosts"
            )
        return Access(audit, clock=clock)
    loopback = is_loopback(host)
    names = _names(chosen.hosts)
    if host.strip("[]") in _ANY_ADDRESS and not names:
        raise AccessError(
            f"--host {host} binds every address; name under dashboard.hosts how browsers reach the pages, "
            'e.g. hosts = ["aftercall.example"]'
        )
    alone = loopback and not names and proxy is None
    if chosen.secure_cookies is False and not alone:
        raise AccessError(
            "dashboard.secure_cookies = false would send sessions unprotected over a network; it is allowed only with "
            "--host 127.0.0.1 and without hosts and proxy. Remove it and let TLS end at a proxy in front"
        )
    secure = not alone if chosen.secure_cookies is None else chosen.secure_cookies
    notices = []
    if secure:
        notices.append(
            "Cookies go over TLS only: let TLS end at a proxy in front and open the pages by https (docs/access.md)"
        )
    folder = settings.data_dir / "sessions"
    login = None
    if has_login:
        key, notice = _session_key(environment)
        notices += [notice] if notice else []
        login = _login(settings, folder, key, _provider(chosen.oidc, environment, clock), clock)
    each = 3600 / chosen.lookups_per_hour
    look_ups = _limit(folder / "look-ups", max(10, chosen.lookups_per_hour // 6), each)
    served = {host.strip("[]")} - _ANY_ADDRESS
    return Access(audit, login, proxy, LOCAL_NAMES | names | served, secure, tuple(notices), clock, look_ups)


def _login(
    settings: Settings, folder: Path, key: bytes, provider: "IdentityProvider | None", clock: Callable[[], float]
) -> Login:
    chosen = settings.dashboard
    book = UserBook(settings.users_file) if settings.users_file is not None else None
    sessions = Sessions(
        key,
        book,
        _ended_sessions(folder / "ended", clock()),
        idle=chosen.idle_minutes * 60,
        longest=chosen.session_hours * 3600,
        clock=clock,
        provider=provider.id if provider else "",
        roles=chosen.oidc.roles,
    )
    by_user, by_address = _limit(folder / "tries-by-user", 10, 30.0), _limit(folder / "tries-by-address", 20, 10.0)
    return Login(book, provider, key, sessions, by_user, by_address)


def _provider(chosen: Oidc, environment: Mapping[str, str], clock: Callable[[], float]) -> "IdentityProvider | None":
    if not chosen.issuer:
        return None
    secret = environment.get(OIDC_SECRET_VARIABLE, "")
    if not secret:
        raise AccessError(
            f"dashboard.oidc needs {OIDC_SECRET_VARIABLE} in the environment: the secret that the provider gave this client"
        )
    try:
        from dashboards.access.identity_provider import IdentityProvider  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        raise AccessError(
            f"dashboard.oidc needs the package {error.name}; install the extra: pip install 'aftercall[oidc]'"
        ) from error
    return IdentityProvider(chosen, secret, clock)


def _limit(path: Path, burst: int, seconds_each: float) -> RateLimit:
    try:
        return RateLimit(burst, seconds_each, path)
    except OSError as error:
        raise AccessError(
            f"{path}: how often something was tried cannot be read and kept: {error.strerror or error}; "
            "give this account the right to write there"
        ) from error


def _proxy(chosen: Proxy, environment: Mapping[str, str]) -> TrustedProxy | None:
    if not chosen.addresses:
        if chosen.user_header or chosen.role_header:
            raise AccessError(
                "dashboard.proxy.addresses is missing: without it no header is believed; name the proxy's addresses"
            )
        return None
    if not chosen.secret_header:
        raise AccessError("dashboard.proxy.secret_header is empty; name the header in which the proxy sends the secret")
    secret = os.fsencode(environment.get(PROXY_SECRET_VARIABLE, ""))
    if len(secret) < MINIMUM_KEY_BYTES:
        raise AccessError(
            f"dashboard.proxy needs {PROXY_SECRET_VARIABLE} in the environment, a secret of at least {MINIMUM_KEY_BYTES} "
            f"bytes that the proxy sends in {chosen.secret_header}; it has {len(secret)}"
        )
    if chosen.user_header and not chosen.roles:
        raise AccessError(
            "dashboard.proxy.roles is empty: nobody would have a role; write "
            + ('roles = { "a group" = "viewer" }' if chosen.role_header else 'roles = { "a user" = "viewer" }')
        )
    return TrustedProxy(
        tuple(chosen.addresses),
        chosen.secret_header,
        secret,
        chosen.user_header,
        chosen.role_header,
        {canonical(name): role for name, role in chosen.roles.items()},
    )


def _session_key(environment: Mapping[str, str]) -> tuple[bytes, str | None]:
    key = os.fsencode(environment.get(SESSION_KEY_VARIABLE, ""))
    if not key:
        return secrets.token_bytes(MINIMUM_KEY_BYTES), (
            f"{SESSION_KEY_VARIABLE} is not set: sessions are signed with a random key and end with this process"
        )
    if len(key) < MINIMUM_KEY_BYTES:
        raise AccessError(
            f"{SESSION_KEY_VARIABLE} has only {len(key)} bytes; set it to a secret of at least {MINIMUM_KEY_BYTES}"
        )
    return key, None


def _ended_sessions(path: Path, now: float) -> EndedSessions:
    try:
        return EndedSessions(path, now)
    except OSError as error:
        raise AccessError(
            f"{path}: which sessions were ended cannot be read and kept: {error.strerror or error}; "
            "give this account the right to write there"
        ) from error


def _names(hosts: tuple[str, ...]) -> frozenset[str]:
    for host in hosts:
        if host_name(host) != host.strip("[]").lower() or "/" in host or not host:
            raise AccessError(f"dashboard.hosts: {host!r} is not a host name; write it without scheme, port and path")
    return frozenset(host.strip("[]").lower() for host in hosts)

"""Sessions: what the cookie holds, when it stops being good, and how a session is ended before that.

The cookie is signed (HMAC-SHA256), not secret: a random id, the user's name, a fingerprint of the account, when the
session began and when it was last used. It is good while all of this holds: the signature is ours; neither the idle nor
the absolute time is over; the account exists and its fingerprint (over name, role and password hash) is the same, so
that a new password, another role or removal ends all sessions of that user at once; and the session was not ended.

Of a member, whom an identity provider vouched for at login, the cookie also holds the provider's id of the person and
those of their groups that have a role here. The role is looked up on every request, so that a role that the
configuration takes from a group ends with the next start; what the provider changes counts from the next login.

Ended sessions stand in a file until they would have run out anyway, so that a cookie that was copied before logout is
no use afterwards, not even after a restart with the same key or at another process over the same data directory.
"""

import hmac
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from dashboards.access import private_files
from dashboards.access.accounts import Account, UserBook
from dashboards.access.roles import role_of
from pipelines.config.access import Role

SESSION_KEY_VARIABLE = "AFTERCALL_SESSION_KEY"
#: A cookie is written anew when its last use lies this share of the idle time back, not on every request.
_RENEWED_AFTER = 0.1


@dataclass(frozen=True)
class Member:
    """Somebody whom the identity provider vouched for. ``groups``: those of theirs that have a role here."""

    name: str
    role: Role
    subject: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Session:
    """``begun`` and ``used`` are seconds since 1970; ``account`` is as users file or configuration have it now."""

    id: str
    account: Account | Member
    begun: float
    used: float


class EndedSessions:
    """Ids of sessions that were ended, in a file that several processes may share."""

    def __init__(self, path: Path, now: float) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self._read = (0, 0)
        if path.exists():
            with private_files.locked(path.parent):
                self._look()
                kept = {key: until for key, until in self._until.items() if until > now}
                private_files.replace(path, "".join(f"{key} {until:.0f}\n" for key, until in kept.items()).encode())

    def add(self, session_id: str, until: float) -> None:
        """End a session; it would have run out at ``until`` anyway. Raises OSError if that cannot be kept."""
        with private_files.locked(self._path.parent):
            private_files.append(self._path, f"{session_id} {until:.0f}\n".encode())

    def __contains__(self, session_id: str) -> bool:
        self._look()
        return session_id in self._until

    def _look(self) -> None:
        """Read what was appended since the last look, by whichever process."""
        with self._lock:
            try:
                status = self._path.stat()
            except FileNotFoundError:
                return
            inode, size = self._read
            if (status.st_ino, status.st_size) == self._read:
                return
            with self._path.open("rb") as stream:
                if os.fstat(stream.fileno()).st_ino == inode:
                    stream.seek(size)
                content = stream.read()
                self._read = (os.fstat(stream.fileno()).st_ino, stream.tell())
            for line in content.splitlines():
                key, _, until = line.decode("ascii", "replace").partition(" ")
                self._until[key] = float(until) if until.isdigit() else float("inf")


class Sessions:
    def __init__(
        self,
        key: bytes,
        book: UserBook | None,
        ended: EndedSessions,
        *,
        idle: float,
        longest: float,
        clock: Callable[[], float],
        provider: str = "",
        roles: Mapping[str, Role] = MappingProxyType({}),
    ) -> None:
        """``idle`` and ``longest`` in seconds; ``clock`` gives seconds since 1970.

        ``provider``: which identity provider vouches for members; ``roles``: group there → role here.
        """
        self._signed = URLSafeSerializer(
            key, salt="aftercall session", signer_kwargs={"key_derivation": "hmac", "digest_method": sha256}
        )
        self._key = key
        self._book = book
        self._provider, self._roles = provider, roles
        self.ended = ended
        self._idle, self._longest, self._clock = idle, longest, clock

    def begin(self, account: Account | Member) -> Session:
        """A new session, under an id that nobody knew before the login."""
        now = self._clock()
        return Session(secrets.token_urlsafe(24), account, now, now)

    def cookie(self, session: Session) -> str:
        account = session.account
        vouched = [account.subject, list(account.groups)] if isinstance(account, Member) else []
        value: str | bytes = self._signed.dumps(
            [session.id, account.name, self._fingerprint(account), session.begun, session.used, *vouched]
        )
        return value if isinstance(value, str) else value.decode("ascii")

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie, or None if the cookie is not, or no longer, good."""
        try:
            session_id, name, fingerprint, begun, used, *vouched = self._signed.loads(cookie)
        except (BadData, TypeError, ValueError):
            return None
        now = self._clock()
        if now - begun >= self._longest or now - used >= self._idle:
            return None
        account = self._account(name, vouched)
        if account is None or not hmac.compare_digest(fingerprint, self._fingerprint(account)):
            return None
        return None if session_id in self.ended else Session(session_id, account, begun, used)

    def renewed(self, session: Session) -> Session | None:
        """The session as used now; None while its cookie is fresh enough."""
        now = self._clock()
        return replace(session, used=now) if now - session.used >= self._idle * _RENEWED_AFTER else None

    def end(self, session: Session) -> None:
        """Raises OSError if the end cannot be kept; the session then goes on."""
        self.ended.add(session.id, session.begun + self._longest)

    def _account(self, name: str, vouched: list[Any]) -> Account | Member | None:
        """Whose session it is, as users file or configuration have it now."""
        if not vouched:
            return self._book.account(name) if self._book else None
        if not self._provider or len(vouched) != 2:
            return None
        subject, groups = vouched
        role = role_of(groups, self._roles)
        return Member(name, role, subject, tuple(groups)) if role else None

    def _fingerprint(self, account: Account | Member) -> str:
        if isinstance(account, Member):
            text = f"{self._provider}\n{account.name}\n{account.subject}"
        else:
            text = f"{account.name}\n{account.role}\n{account.password_hash}"
        return hmac.new(self._key, b"account\n" + text.encode(), sha256).hexdigest()[:32]

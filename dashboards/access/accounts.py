"""The users file: names, roles and argon2id hashes of passwords; and the check of a password.

The file is TOML, one table ``[users.NAME]`` with ``role`` and ``password`` for each person, and readable by its owner
alone. ``aftercall user`` writes it; a running server notices when it changes. What is wrong with it is one AccessError
that names file, key and remedy, and while it is wrong nobody is let in by it.
"""

import json
import logging
import os
import re
import secrets
import threading
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import argon2

from dashboards.access import private_files
from dashboards.access.errors import AccessError
from dashboards.access.names import LONGEST_TYPED, canonical
from dashboards.access.passwords import MAXIMUM_CHARACTERS, fault_of
from dashboards.access.roles import ROLES
from pipelines.config.access import Role

_LOG = logging.getLogger(__name__)

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
#: RFC 9106, second recommended option: 64 MiB, three passes, four lanes.
_HASHER = argon2.PasswordHasher()
#: Each check takes 64 MiB; two at a time keep a rush of logins within 128 MiB.
_CHECKS = threading.Semaphore(2)
_HEADER = "# Users of the dashboards. Written by `aftercall user`; passwords are argon2id hashes.\n"


@dataclass(frozen=True)
class Account:
    name: str
    role: Role
    password_hash: str


def canonical_name(name: str) -> str | None:
    """The name as it stands in the file; None if it can be nobody's. Too long a name is not cut, it is nobody's."""
    if len(name) > LONGEST_TYPED:
        return None
    known = canonical(name)
    return known if _NAME.fullmatch(known) else None


def read_accounts(path: Path) -> dict[str, Account]:
    """Accounts by name. Raises AccessError if the file is missing, open to others, or holds anything unexpected."""
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            document = tomllib.load(stream)
    except FileNotFoundError as error:
        raise AccessError(f"users file {path} does not exist; write it with `aftercall user add`") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AccessError(f"users file {path} is not valid TOML: {error}; write it with `aftercall user`") from error
    except OSError as error:
        raise AccessError(f"users file {path} cannot be read: {error.strerror or error}") from error
    if mode & 0o077:
        raise AccessError(
            f"users file {path} has mode {mode & 0o777:04o} and is open to other accounts; run `chmod 600 {path}`"
        )
    unknown = [key for key in document if key != "users"]
    if unknown:
        raise AccessError(f"users file {path}: {unknown[0]} is not a known key; remove it")
    users = document.get("users", {})
    if not isinstance(users, dict):
        raise AccessError(f"users file {path}: users is no table; write [users.NAME] for each person")
    return {name: _account(path, name, entry) for name, entry in users.items()}


def _account(path: Path, name: str, entry: Any) -> Account:
    place = f"users file {path}: users.{name}"
    if canonical_name(name) != name:
        raise AccessError(f"{place}: not a name; use up to 64 lower-case letters, digits and . _ @ -")
    if not isinstance(entry, dict):
        raise AccessError(f"{place} is no table; write [users.{name}]")
    for key in entry:
        if key not in ("role", "password"):
            raise AccessError(f"{place}.{key} is not a known key; remove it")
    for key in ("role", "password"):
        if key not in entry:
            raise AccessError(f"{place}.{key} is missing; write the entry anew with `aftercall user add --replace`")
    if entry["role"] not in ROLES:
        raise AccessError(f"{place}.role = {entry['role']!r} is no role; write one of {', '.join(ROLES)}")
    # What stands there instead of a hash may be a password: it is not repeated.
    try:
        kind = argon2.extract_parameters(entry["password"]).type
    except (argon2.exceptions.InvalidHashError, AttributeError, TypeError, ValueError):
        kind = None
    if kind is not argon2.Type.ID:
        raise AccessError(f"{place}.password is no argon2id hash; set it with `aftercall user add {name} --replace`")
    return Account(name, entry["role"], entry["password"])


def add_account(path: Path, name: str, role: Role, password: str, *, change: bool = False) -> None:
    """Add a user, or with ``change`` give an existing one a new role and password. Raises AccessError, OSError."""
    known = canonical_name(name)
    if known is None:
        raise AccessError(f"NAME = {name!r} is not a name; use up to 64 letters, digits and . _ @ -")
    _require_good(password, known)
    with private_files.locked(path.parent):
        accounts = read_accounts(path) if path.exists() else {}
        if known in accounts and not change:
            raise AccessError(f"NAME = {known!r} is a user already; --replace gives a new password and role")
        accounts[known] = Account(known, role, _HASHER.hash(_normal(password)))
        _write(path, accounts)


def change_password(path: Path, account: Account, password: str, before: Callable[[], None]) -> Account:
    """Give ``account`` a new password and return it as it is now; ``before`` is called when nothing is in the way.

    Raises AccessError if the password is refused, or the account has changed or gone meanwhile; OSError.
    """
    _require_good(password, account.name)
    with private_files.locked(path.parent):
        accounts = read_accounts(path)
        if accounts.get(account.name) != account:
            raise AccessError("your account was changed meanwhile; log in again")
        before()
        changed = replace(account, password_hash=_HASHER.hash(_normal(password)))
        _write(path, accounts | {account.name: changed})
    return changed


def _require_good(password: str, name: str) -> None:
    fault = fault_of(password, name)
    if fault:
        raise AccessError(fault)


def remove_account(path: Path, name: str) -> None:
    """Remove a user. Raises AccessError if there is none of this name."""
    with private_files.locked(path.parent):
        accounts = read_accounts(path)
        if accounts.pop(canonical_name(name) or "", None) is None:
            raise AccessError(f"NAME = {name!r} is no user in {path}; `aftercall user list` shows them")
        _write(path, accounts)


def _write(path: Path, accounts: dict[str, Account]) -> None:
    # Names, roles and hashes are plain ASCII, for which a JSON string is a TOML string.
    entries = [
        f"\n[users.{json.dumps(each.name)}]\nrole = {json.dumps(each.role)}\npassword = {json.dumps(each.password_hash)}\n"
        for _, each in sorted(accounts.items())
    ]
    private_files.replace(path, (_HEADER + "".join(entries)).encode("ascii"))


def _normal(password: str) -> str:
    """One spelling for what different keyboards write differently."""
    return unicodedata.normalize("NFKC", password)


class UserBook:
    """The users file as it stands now: looked at on every question, read when it has changed."""

    def __init__(self, path: Path) -> None:
        """Raises AccessError if the file is unusable or names nobody."""
        self.path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._accounts: dict[str, Account] = {}
        self._decoy = ""
        if not read_accounts(path):
            raise AccessError(f"users file {path} names nobody; add a user with `aftercall user add`")

    def account(self, name: str) -> Account | None:
        """The account of ``name``; None if there is none, and for everybody while the file is unusable."""
        return self._read().get(name)

    def check(self, name: str | None, password: str) -> Account | None:
        """The account if ``password`` is its password, else None. The work is the same whether or not ``name`` exists."""
        known = canonical_name(name) if name else None
        accounts = self._read()
        account = accounts.get(known) if known else None
        usable = len(password) <= MAXIMUM_CHARACTERS
        with _CHECKS:
            try:
                _HASHER.verify(account.password_hash if account else self._decoy, _normal(password) if usable else "")
            except (argon2.exceptions.VerificationError, UnicodeEncodeError):
                return None
        return account if usable else None

    def _read(self) -> dict[str, Account]:
        with self._lock:
            try:
                status = self.path.stat()
                now: tuple[int, ...] = (status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode)
            except OSError:
                now = ()
            if now != self._seen:
                self._seen = now
                try:
                    self._accounts = read_accounts(self.path)
                except AccessError as error:
                    self._accounts = {}
                    _LOG.error("nobody can log in, all sessions are suspended: %s", error)  # the message says all
                self._decoy = self._decoy_like(next(iter(self._accounts.values()), None))
            return self._accounts

    @staticmethod
    def _decoy_like(account: Account | None) -> str:
        """The hash of a password that nobody knows, as costly to check as that of ``account``."""
        if account is None:
            hasher = _HASHER
        else:
            hasher = argon2.PasswordHasher.from_parameters(argon2.extract_parameters(account.password_hash))
        return hasher.hash(secrets.token_hex(32))

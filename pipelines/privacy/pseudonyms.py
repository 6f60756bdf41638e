"""Keyed pseudonyms: HMAC-SHA256 of an identifier, in Python and, the same value, in DuckDB's SQL.

Without the key nobody can compute or reverse a pseudonym; with the same key the same person has the same one in
every system and every night.
"""

import hashlib
import hmac
import re

MINIMUM_KEY_BYTES = 32
_BLOCK_BYTES = 64  # of SHA-256
_FINGERPRINT_OF = b"aftercall: fingerprint of the pseudonym key"

#: RE2 and Python alike: an e-mail or SIP address, or a phone number in international form. A value that matches is
#: a person; an agent's staff number or login does not.
LOOKS_PERSONAL_PATTERN = r"^\s*(?:[^\s@]+@[^\s@]+|(?:tel:)?\+[\s().\-/]*[0-9](?:[\s().\-/]*[0-9]){7,14}(?:;\S*)?)\s*$"
_LOOKS_PERSONAL = re.compile(LOOKS_PERSONAL_PATTERN, re.ASCII)


def looks_personal(value: str) -> bool:
    """Whether an identifier is an e-mail address or a phone number (a leading + and 8 to 15 digits)."""
    return _LOOKS_PERSONAL.search(value) is not None


def looks_personal_sql(expression: str) -> str:
    """DuckDB predicate for :func:`looks_personal`; null for null. ``expression`` is SQL, not a value."""
    # Hardly any identifier holds an @ or a +; looking for those first spares the others the pattern.
    return f"((contains({expression}, '@') or contains({expression}, '+')) and regexp_matches({expression}, '{LOOKS_PERSONAL_PATTERN}'))"


class Pseudonymiser:
    """Pseudonyms under one key.

    Raises ValueError for a key of less than 32 bytes. The key is never part of a repr, of an error or of SQL text.
    """

    def __init__(self, key: bytes | str) -> None:
        secret = key.encode() if isinstance(key, str) else bytes(key)
        if len(secret) < MINIMUM_KEY_BYTES:
            raise ValueError(
                f"the pseudonym key has {len(secret)} bytes, at least {MINIMUM_KEY_BYTES} are needed: set "
                "AFTERCALL_PSEUDONYM_KEY to a long random string, e.g. what `openssl rand -hex 32` prints, and keep it"
            )
        block = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK_BYTES else secret).ljust(_BLOCK_BYTES, b"\0")
        self._hmac = hmac.new(secret, digestmod=hashlib.sha256)
        self._inner = bytes(byte ^ 0x36 for byte in block)
        self._outer = bytes(byte ^ 0x5C for byte in block)

    def of(self, identifier: str) -> str:
        """The pseudonym: 64 hexadecimal digits, HMAC-SHA256 (RFC 2104) of the identifier in UTF-8."""
        return self._digest(identifier.encode("utf-8", "surrogatepass"))

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that tell two keys apart and say nothing of either."""
        return self._digest(_FINGERPRINT_OF)[:16]

    def parameters(self, inner: str = "pseudonym_inner", outer: str = "pseudonym_outer") -> dict[str, bytes]:
        """The two padded key blocks, as the named parameters of :meth:`sql`. They are as secret as the key."""
        return {inner: self._inner, outer: self._outer}

    @staticmethod
    def sql(expression: str, inner: str = "pseudonym_inner", outer: str = "pseudonym_outer") -> str:
        """DuckDB expression for :meth:`of` of a text expression; null for null.

        ``inner`` and ``outer`` name the parameters that :meth:`parameters` gives the values for.
        """
        return f"sha256(${outer} || unhex(sha256(${inner} || encode({expression}))))"

    def __repr__(self) -> str:
        return f"Pseudonymiser(fingerprint={self.fingerprint()!r})"

    def _digest(self, message: bytes) -> str:
        keyed = self._hmac.copy()
        keyed.update(message)
        return keyed.hexdigest()

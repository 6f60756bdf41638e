"""How often something may be tried: a bound per name that needs the same little memory however many names are tried.

The generic cell rate algorithm: for each name one instant is kept, at which the tries so far would be due if they had
come at the allowed pace. Names share 65,536 places by a keyed hash that nobody outside can foresee, so memory is fixed,
nothing is ever forgotten to make room, and two names that meet in one place only make the bound stricter.
"""

import hashlib
import secrets
import threading
from array import array

_PLACES = 1 << 16


class RateLimit:
    """At most ``burst`` tries at once, and one more every ``seconds_each`` seconds."""

    def __init__(self, burst: int, seconds_each: float) -> None:
        self._each = seconds_each
        self._ahead = (burst - 1) * seconds_each
        self._due = array("d", bytes(8 * _PLACES))
        self._key = secrets.token_bytes(16)
        self._lock = threading.Lock()

    def wait(self, name: str, now: float) -> float:
        """Count a try of ``name`` at ``now`` (seconds) and return 0, or the seconds until one is allowed, uncounted."""
        place = self._place(name)
        with self._lock:
            due = max(self._due[place], now)
            excess = due - now - self._ahead
            if excess > 0:
                return excess
            self._due[place] = due + self._each
            return 0.0

    def give_back(self, name: str) -> None:
        """A counted try was a rightful one and does not count."""
        place = self._place(name)
        with self._lock:
            self._due[place] -= self._each

    def _place(self, name: str) -> int:
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=self._key, digest_size=4).digest()
        return int.from_bytes(digest, "big") % _PLACES

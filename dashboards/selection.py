"""What a reader chose to see, as it stands in the address: a view is sent to a colleague by sending its link."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

PERIODS = (8, 13, 26, 52)
DEFAULT_PERIOD = 13
#: Stands in the address for contacts without a mode.
NO_MODE = "none"


@dataclass(frozen=True)
class Selection:
    """``mode``: None for all, ``none`` for contacts without one. ``weeks``: length of the lines."""

    mode: str | None = None
    weeks: int = DEFAULT_PERIOD

    @property
    def query(self) -> str:
        """``?mode=joint&weeks=26``, defaults left out."""
        chosen = {} if self.mode is None else {"mode": self.mode}
        if self.weeks != DEFAULT_PERIOD:
            chosen["weeks"] = str(self.weeks)
        return f"?{urlencode(chosen)}"

    @property
    def published_mode(self) -> str | None:
        """The mode as the tables have it."""
        return None if self.mode in (None, NO_MODE) else self.mode


def read_selection(query: str | None, modes: list[str | None]) -> Selection:
    """The selection in an address's query; what is unknown there is as if it were not there."""
    given = parse_qs((query or "").removeprefix("?"))
    offered = {NO_MODE if mode is None else mode for mode in modes}
    mode = next((m for m in given.get("mode", []) if m in offered), None)
    weeks = next((int(w) for w in given.get("weeks", []) if w.isdecimal() and int(w) in PERIODS), DEFAULT_PERIOD)
    return Selection(mode, weeks)

"""What names a case everywhere: in links, questions and results."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class CaseKey:
    """``day``: the local day on which the contact started, which says in which file it lies."""

    system: str
    contact_id: str
    day: date

    @property
    def parameters(self) -> dict[str, str]:
        """``$system`` and ``$contact`` of a question."""
        return {"system": self.system, "contact": self.contact_id}

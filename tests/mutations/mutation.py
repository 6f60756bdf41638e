"""What a deliberate fault is."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mutation:
    """In ``file`` (from the repository's root) the only ``old`` becomes ``new``; ``tests`` (arguments of pytest) must then fail.

    ``name`` says what a careless colleague did.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied(self, root: Path) -> str:
        """The text of the file with the fault. Raises ValueError unless ``old`` occurs exactly once below ``root``."""
        text = (root / self.file).read_text("utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.file} holds {text.count(self.old)} times {self.old!r}, not once")
        return text.replace(self.old, self.new)

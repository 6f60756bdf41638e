"""One published night, and what was planted in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.snapshot import Snapshot

_TABLES = (
    "case_flags",
    "commitments",
    "contact_outcomes",
    "handoff_quality",
    "mode_outcomes",
    "outcomes_compared",
    "stuck",
    "suggestion_reliance",
)


@dataclass(frozen=True)
class HandoffsNight:
    """Published tables, and what was planted."""

    folder: Path
    snapshot: Snapshot

    @cached_property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        return {name: self.snapshot.scan(name).collect() for name in _TABLES}

    def truth(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "_truth" / f"{name}.parquet")

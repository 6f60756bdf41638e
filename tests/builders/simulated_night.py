"""One simulated and published night, and its records read anew: from landing files and truth, by plain counting.

Nothing here comes from the product but the tables that it published.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from builders.analysis_inputs import DIMENSIONS

Row = dict[str, Any]


@dataclass(frozen=True)
class PublishedNight:
    """``tables``: the published ones by name. ``folder``: landing, ``_truth`` and configuration of the operation."""

    folder: Path
    tables: Mapping[str, pl.DataFrame]
    as_of: datetime

    def table(self, name: str) -> pl.DataFrame:
        return self.tables[name]

    def truth(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "_truth" / f"{name}.parquet")

    @property
    def last_closed_day(self) -> date:
        """The last day whose last instant lies 30 days before as_of."""
        end = (self.as_of - timedelta(days=30)).astimezone(ZoneInfo("America/New_York"))
        return end.date() - timedelta(days=1)

    @property
    def prices(self) -> dict[str, float]:
        """Costs of the simulated configuration."""
        costs: dict[str, float] = tomllib.loads((self.folder / "aftercall.toml").read_text("utf-8"))["costs"]
        return costs

    def of_group(self, values: Mapping[str, str], source: str, sampling: str | None) -> list[tuple[Row, bool]]:
        """Claims of a group with a verdict of one source, and the verdict."""
        return [
            (claim, verdict)
            for claim, verdict in labelled(self.claims, source, sampling)
            if all(claim[key] == value for key, value in values.items())
        ]

    def of_week(self, week: date) -> list[Row]:
        """Rows of contact_outcomes whose day lies in the week that begins on this Monday."""
        return [row for row in self.outcomes if row["day"] - timedelta(days=row["day"].weekday()) == week]

    @cached_property
    def outcomes(self) -> list[Row]:
        """Rows of contact_outcomes."""
        return self.table("contact_outcomes").to_dicts()

    @cached_property
    def claims(self) -> list[Row]:
        """The current version of every claim about a contact that is there, with its truth and its contact's outcome."""
        contacts = {
            row["root_contact_id"] or row["contact_id"]
            for row in _winners(self.folder, "contacts", "contact_id")
            if row["deleted_at"] is None
        }
        by_contact = {row["contact_id"]: row for row in self.outcomes}
        truths = {row["claim_id"]: row for row in self.truth("claims").to_dicts()}
        found = []
        for claim in _winners(self.folder, "ai_claims", "claim_id"):
            confidence = claim["stated_confidence"]
            if claim["contact_id"] not in contacts or confidence is None or not 0 <= confidence <= 1:
                continue
            outcome = by_contact.get(claim["contact_id"])
            known = {name: truths[claim["claim_id"]][name] for name in ("workflow", "ai_model", "p_correct", "correct")}
            resolved = outcome["resolved_outcome"] if outcome and claim["claim_type"] == "resolution" else None
            found.append({**claim, **known, "outcome": outcome, "resolved_outcome": resolved})
        return found


def _winners(folder: Path, table: str, key: str) -> Iterator[Row]:
    """The latest version of each record: by updated_at where there is one, else by day of delivery."""
    versions: dict[str, tuple[tuple[bool, Any, str], Row]] = {}
    for path in sorted((folder / "landing" / table).rglob("*.parquet")):
        for row in pl.read_parquet(path).to_dicts():
            updated_at = row.get("updated_at")
            age = (updated_at is not None, updated_at, path.parent.name)
            if row[key] not in versions or age >= versions[row[key]][0]:
                versions[row[key]] = (age, row)
    return (row for _, row in versions.values())


def labelled(claims: Sequence[Row], source: str, sampling: str | None) -> list[tuple[Row, bool]]:
    """Claims with a verdict of one source, and the verdict."""
    found = []
    for claim in claims:
        if source == "outcome":
            is_kept = claim["outcome"] is not None and claim["outcome"]["contained"] is True
            if claim["resolved_outcome"] is not None and (sampling is None or is_kept):
                found.append((claim, claim["resolved_outcome"]))
        elif claim["verified_correct"] is not None and sampling in {None, claim["review_sampling"] or "unknown"}:
            found.append((claim, claim["verified_correct"]))
    return found


def name(**values: str) -> str:
    """The JSON by which groups and segments are named."""
    return json.dumps(values, sort_keys=True)


def words(segment_name: str) -> str:
    """As the sentence names a segment: mode first, the other dimensions in their order."""
    values = json.loads(segment_name)
    return " with ".join(
        f"{dimension.replace('_', ' ')} {values[dimension]}" for dimension in DIMENSIONS if dimension in values
    )

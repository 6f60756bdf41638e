"""How records land: a delivery every few days, some records late, some sent again, a few of them broken.

``landing/<table>/delivered=YYYY-MM-DD/<table>-NNN.<ext>``; what was done to which record is collected for ``_truth/``.
"""

import gzip
import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.contract import CANONICAL_TABLES
from pipelines.simulate.arrival_times import Horizon, Ints, midnight
from pipelines.simulate.frames import Records
from pipelines.simulate.parameters import Disorder

MOST_DELIVERIES = 36
LARGE_OPERATION = 200_000
"""Contacts from which the bulky tables come as Parquet."""

_SMALL_FORMATS = {
    "contacts": "parquet",
    "turns": "parquet",
    "ai_claims": "parquet",
    "suggestions": "csv",
    "handoffs": "csv",
    "commitments": "jsonl",
    "crm_events": "csv.gz",
    "surveys": "jsonl",
    "complaints": "csv",
}
_LARGE_FORMATS = _SMALL_FORMATS | dict.fromkeys(("suggestions", "handoffs", "crm_events"), "parquet")

_LOCAL_TIME = ("surveys", "handoffs")
"""Tables whose system writes instants with the local offset; the others write Z."""

_BAD_VALUES: dict[str, tuple[tuple[str, str | int], ...]] = {
    "contacts": (("handle_seconds", -30),),
    "surveys": (("csat", 9), ("responded_at", "yesterday")),
    "crm_events": (("event_type", "case_escalated"),),
    "complaints": (("received_at", "31/31/2026"),),
    "handoffs": (("trigger", "robot_gave_up"),),
}
_SOME = 300
"""Records from which a table has at least one bad value of each kind."""


def formats(contacts: int) -> dict[str, str]:
    """File format of each table in an operation of that size."""
    return _LARGE_FORMATS if contacts >= LARGE_OPERATION else _SMALL_FORMATS


@dataclass(frozen=True)
class Calendar:
    """The deliveries: ``days`` on whose first instant each leaves, ``cutoffs`` the same in epoch seconds."""

    days: tuple[date, ...]
    cutoffs: Ints

    def slot(self, ready: Ints) -> Ints:
        """The first delivery that can carry each record; what is ready after the last one goes with it."""
        return np.minimum(np.searchsorted(self.cutoffs, ready), len(self.days) - 1).astype(np.int64)


def delivery_calendar(span: Horizon) -> Calendar:
    """Weekly deliveries; a few in a short period, a bounded number in a long one. The last follows the last day."""
    length = (span.last_day - span.first_day).days + 1
    step = max(1, min(7, length // 4), -(-length // MOST_DELIVERIES))
    after = span.last_day + timedelta(days=1)
    days = sorted(after - timedelta(days=step * number) for number in range(-(-length // step)))
    return Calendar(tuple(days), np.array([midnight(day, span.zone) for day in days], dtype=np.int64))


@dataclass
class Landing:
    """Writes deliveries and remembers what was done to which record."""

    out: Path
    calendar: Calendar
    span: Horizon
    disorder: Disorder
    format: dict[str, str]
    rows: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    doings: list[pl.DataFrame] = field(default_factory=list)

    def land(self, records: Records, rng: np.random.Generator) -> None:
        """Deliver all records of a table. An empty table lands as one empty file where its format can say so."""
        n = records.frame.height
        frame = self._as_text(records.table, records.frame)
        frame, broken = _break(records.table, frame, self.disorder.bad, rng)
        slots, late = self._delay(self.calendar.slot(records.ready), rng)
        again = np.flatnonzero(rng.random(n) < self.disorder.redelivered)
        again_slots = np.minimum(slots[again] + rng.integers(1, 3, again.size), len(self.calendar.days) - 1)

        every = np.concatenate([np.arange(n), again])
        every_slot = np.concatenate([slots, again_slots])
        order = np.argsort(every_slot, kind="stable")
        bounds = np.searchsorted(every_slot[order], np.arange(len(self.calendar.days) + 1))
        for slot in range(len(self.calendar.days)):
            rows = every[order[bounds[slot] : bounds[slot + 1]]]
            if rows.size:
                self.write(records.table, slot, 0, frame[rows])
        if not n and self.format[records.table] != "jsonl":
            self.write(records.table, len(self.calendar.days) - 1, 0, frame)
        for kind, rows, where in [
            ("late", late, slots[late]),
            ("redelivered", again, again_slots),
            *((kind, rows, slots[rows]) for kind, rows in {**records.notes, **broken}.items()),
        ]:
            self.note(records.table, kind, frame[rows].get_column(CANONICAL_TABLES[records.table].key[0]), where)

    def _delay(self, slots: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """Slots with some records moved one to three deliveries back, and the rows that moved."""
        chosen = rng.random(slots.size) < self.disorder.late
        moved = np.where(chosen, slots + rng.integers(1, 4, slots.size), slots)
        moved = np.minimum(moved, len(self.calendar.days) - 1)
        return moved, np.flatnonzero(moved > slots)

    def late_slots(self, ready: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """For tables that are written in chunks: the delivery of each record, and the rows that are late."""
        return self._delay(self.calendar.slot(ready), rng)

    def write(self, table: str, slot: int, part: int, frame: pl.DataFrame) -> None:
        """Write one file of a delivery."""
        path = self.path(table, slot, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        match self.format[table]:
            case "parquet":
                frame.write_parquet(path, compression="zstd", statistics=True)
            case "jsonl":
                frame.write_ndjson(path)
            case "csv":
                frame.write_csv(path)
            case _:
                text = io.BytesIO()
                frame.write_csv(text)
                # No name and no time in the header: the same records are the same bytes.
                path.write_bytes(gzip.compress(text.getvalue(), compresslevel=6, mtime=0))
        self.rows[table] = self.rows.get(table, 0) + frame.height
        self.files[table] = self.files.get(table, 0) + 1

    def path(self, table: str, slot: int, part: int) -> Path:
        """Where a file of a delivery lies."""
        delivered = f"delivered={self.calendar.days[slot].isoformat()}"
        return self.out / "landing" / table / delivered / f"{table}-{part:03d}.{self.format[table]}"

    def note(self, table: str, kind: str, keys: pl.Series, slots: Ints) -> None:
        """Remember what was done to records, for the truth."""
        delivered = pl.Series("delivered", self.calendar.days, dtype=pl.Date).gather(slots)
        done = pl.DataFrame({"key": keys, "delivered": delivered})
        self.doings.append(
            done.select(pl.lit(table).alias("table"), pl.lit(kind).alias("kind"), "key", "delivered"),
        )

    def resend_file(self, table: str, rng: np.random.Generator) -> None:
        """Deliver one whole file a second time, byte for byte, with the next delivery."""
        slots = [slot for slot in range(len(self.calendar.days) - 1) if self.path(table, slot, 0).exists()]
        if not slots:
            return
        slot = int(rng.choice(slots))
        copy = self.path(table, slot + 1, 1)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(self.path(table, slot, 0).read_bytes())
        self.files[table] += 1
        name = str(copy.relative_to(self.out))
        self.note(table, "whole file redelivered", pl.Series([name]), np.array([slot + 1]))

    def write_truth(self) -> None:
        """``_truth/deliveries.parquet``: table, kind, key of the record (or name of the file), day of delivery."""
        pl.concat(self.doings).write_parquet(self.out / "_truth" / "deliveries.parquet")

    def _as_text(self, table: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Instants as ISO 8601 with an offset, for the formats that know no instants."""
        if self.format[table] == "parquet":
            return frame
        zone, pattern = (
            (self.span.zone.key, "%Y-%m-%dT%H:%M:%S%:z") if table in _LOCAL_TIME else ("UTC", "%Y-%m-%dT%H:%M:%SZ")
        )
        instants = pl.selectors.datetime(time_zone="*")
        return frame.with_columns(instants.dt.convert_time_zone(zone).dt.strftime(pattern))


def _break(
    table: str, frame: pl.DataFrame, share: float, rng: np.random.Generator
) -> tuple[pl.DataFrame, dict[str, Ints]]:
    """Plant bad values where the column can hold them. Returns the frame and the broken rows by kind."""
    broken: dict[str, Ints] = {}
    for column, value in _BAD_VALUES.get(table, ()):
        holds_text = frame.schema[column] == pl.String
        if isinstance(value, str) and not holds_text:
            continue
        count = max(round(share * frame.height), int(frame.height >= _SOME))
        rows = np.sort(rng.choice(frame.height, count, replace=False)) if count else np.zeros(0, dtype=np.int64)
        frame = frame.with_columns(frame[column].set(pl.Series(np.isin(np.arange(frame.height), rows)), value))
        broken[f"bad {column}"] = rows
    return frame, broken

"""The section `[project]` of the configuration: where things lie, who may read them, and how days are cut."""

import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

_MEMORY_LIMIT = re.compile(r"\d+(\.\d+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)")


def checked_zone(value: str) -> str:
    """``value``, if it names a time zone; ValueError if it does not."""
    if value not in available_timezones():
        raise ValueError("is not an IANA time zone; write one such as 'Europe/Vienna' or 'UTC'")
    return value


class Project(BaseModel):
    """`[project]`: where things lie and how days are cut."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("aftercall", description="Name shown on reports and pages.")
    data_dir: Path = Field(description="Folder for warehouse, snapshots and reports; relative to this file.")
    time_zone: str = Field("UTC", description="Business time zone: reporting days and weeks are cut in it.")
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="ISO 4217 code of money figures.")
    phone_region: str = Field(
        "US", pattern="^[A-Z]{2}$", description="Country in which a phone number without a prefix is read."
    )
    memory_limit: str = Field("4GB", description="Memory that DuckDB may use before it spills to disk.")
    threads: int = Field(default_factory=lambda: os.cpu_count() or 2, ge=1, description="Threads that DuckDB may use.")
    keep_snapshots: int = Field(8, ge=1, description="How many published snapshots are kept.")
    file_mode: str = Field(
        "0600", description="Mode of published files; '0640' lets the group of the account read them."
    )
    nightly_at: str = Field("02:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Local time of the nightly job.")

    _zone = field_validator("time_zone")(checked_zone)

    @field_validator("memory_limit")
    @classmethod
    def _memory(cls, value: str) -> str:
        if not _MEMORY_LIMIT.fullmatch(value):
            raise ValueError("is not a size; write one such as '4GB' or '512MB'")
        return value

    @field_validator("file_mode")
    @classmethod
    def _mode(cls, value: str) -> str:
        # The owner must be able to read and write; nobody else writes, and nothing of it is a program.
        if not re.fullmatch("0?6[04][04]", value):
            raise ValueError("is not a mode of files that are read; write '0600', '0640' (group) or '0644' (everybody)")
        return value

    @property
    def snapshot_mode(self) -> int:
        """``file_mode`` as the system takes it."""
        return int(self.file_mode, 8)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

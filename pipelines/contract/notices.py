"""What a run says of its input: gates that keep it from publishing, and warnings. One sentence a notice, for every face."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from typing import Any, Literal

import polars as pl


class NoticeKind(StrEnum):
    """What a notice is about. Those of ``GATES`` block publication."""

    QUARANTINED_SHARE = "quarantined_share"
    BAD_VALUE_SHARE = "bad_value_share"
    UNREAD_SHARE = "unread_share"
    REPLACED = "replaced_file"
    UNREAD = "unread_file"
    WAITING = "waiting_file"
    NO_FILE = "no_file"
    NO_FOLDER = "no_folder"
    NO_FILES = "no_files"
    GONE = "gone_file"
    UNKNOWN_COLUMN = "unknown_column"
    ABSENT_COLUMN = "absent_column"
    ALL_FILTERED = "all_filtered"
    SWAPPED_DATES = "swapped_dates"
    ROW_IDS = "row_ids"
    SHARED_IDS = "shared_ids"
    UNMATCHED = "unmatched"


GATES = (
    NoticeKind.QUARANTINED_SHARE,
    NoticeKind.BAD_VALUE_SHARE,
    NoticeKind.UNREAD_SHARE,
    NoticeKind.REPLACED,
    NoticeKind.ALL_FILTERED,
)


@dataclass(frozen=True)
class Notice:
    """``count`` of ``total`` (records, values or files) of a source; ``share`` of them, of which ``allowed`` may be.

    ``file``, ``position``, ``shape`` and ``rule`` say one example; ``detail`` is a reason in words or a name. No field
    holds a value of a record.
    """

    kind: NoticeKind
    source: str
    file: str | None = None
    table_name: str | None = None
    column_name: str | None = None
    rule: str | None = None
    count: int | None = None
    total: int | None = None
    share: float | None = None
    allowed: float | None = None
    position: str | None = None
    shape: str | None = None
    detail: str | None = None

    @property
    def severity(self) -> Literal["blocking", "warning"]:
        return "blocking" if self.kind in GATES else "warning"

    def fields(self) -> dict[str, object]:
        """The row of ``ingest_notices``."""
        names = (field.name for field in fields(self))
        return {"severity": self.severity, **dict(zip(names, astuple(self), strict=True)), "kind": self.kind.value}

    @staticmethod
    def schema() -> dict[str, pl.DataType]:
        numbers = {"count": pl.Int64(), "total": pl.Int64(), "share": pl.Float64(), "allowed": pl.Float64()}
        return {
            "severity": pl.String(),
            **{field.name: numbers.get(field.name, pl.String()) for field in fields(Notice)},
        }

    @classmethod
    def from_rows(cls, rows: pl.DataFrame) -> "list[Notice]":
        """Notices from rows of ``ingest_notices``."""
        made: list[Notice] = []
        for row in rows.iter_rows(named=True):
            given: dict[str, Any] = {name: value for name, value in row.items() if name != "severity"}
            made.append(cls(**{**given, "kind": NoticeKind(given["kind"])}))
        return made

    def __str__(self) -> str:
        """The notice as one sentence: what, where, and what to do."""
        return f"source {self.source}: {_WORDS[self.kind](self)}"


#: Rule → what to do about its bad values.
_REMEDIES = {
    "ambiguous_day_month": 'set date_order = "dmy" or "mdy" on this source',
    "not_an_instant": "set date_format on this source, or correct the export",
    "impossible_date": "correct the export",
    "not_in_date_format": "complete date_format (in a mapping: dates) on this source",
    "other_day_month_order": "deliver rows of each order in a file of their own",
    "ambiguous_number": "write numbers with a decimal point and no separator of thousands",
    "in_the_future": "correct the dates, or the clock of the sender",
    "malformed_record": "correct the file and deliver it again",
    "not_in_values": 'add the values to map, or say what the rest means (default, or rest = "null" or "keep")',
    "expression_failed": "use try_cast in the expression, or handle these values with case",
}


def _percent(share: float | None) -> str:
    share = share or 0.0
    return f"{share:.0%}" if share >= 0.1 or share == 0 else f"{share:.1%}"


def _remedy(notice: Notice) -> str:
    if notice.column_name in {"csat", "nps"} and notice.rule == "out_of_range":
        return f"set rating_scale = [lowest, highest] on this source if {notice.column_name} has another scale"
    return _REMEDIES.get(notice.rule or "", "correct the export, or the settings of this source")


def _example(notice: Notice) -> str:
    where = [part for part in (notice.file, notice.position and f"row {notice.position}") if part]
    shape = f" ({notice.shape})" if notice.shape else ""
    return f", for example {', '.join(where)}{shape}" if where else ""


def _cause(notice: Notice) -> str:
    column = f" in column {notice.column_name}" if notice.column_name else ""
    return f"most by rule {notice.rule}{column}{_example(notice)}" if notice.rule else "no reason was recorded"


def _quarantined_share(notice: Notice) -> str:
    return (
        f"{notice.count:,} of {notice.total:,} records quarantined ({_percent(notice.share)}, at most {_percent(notice.allowed)} may be), "
        f"{_cause(notice)}. What to do: {_remedy(notice)}; `aftercall quarantine --source {notice.source}` lists them"
    )


def _bad_value_share(notice: Notice) -> str:
    return (
        f"{notice.count:,} of {notice.total:,} values of {notice.table_name}.{notice.column_name} left out ({_percent(notice.share)}, at most "
        f"{_percent(notice.allowed)} may be), most by rule {notice.rule}{_example(notice)}. What to do: {_remedy(notice)}; "
        f"`aftercall quarantine --source {notice.source}` lists them"
    )


def _unread_share(notice: Notice) -> str:
    return (
        f"{notice.count:,} of {notice.total:,} files could not be read ({_percent(notice.share)} of bytes or files, at most "
        f"{_percent(notice.allowed)} may be missing), first {notice.file}: {notice.detail}. What to do: make them readable, or deliver them again; unread files are tried at each "
        "run, and `aftercall run --forget FILE` gives up one that will never come"
    )


def _replaced(notice: Notice) -> str:
    return (
        f"{notice.file} was rewritten and holds only {_percent(notice.share)} of its earlier records. Say what that means: "
        'rewritten = "replace" on this source lets the earlier ones go, rewritten = "add" keeps both'
    )


def _unknown_column(notice: Notice) -> str:
    meant = f"; did you mean {notice.detail}?" if notice.detail else ""
    files = f" in {notice.count:,} files" if notice.count and notice.count > 1 else f" of {notice.file}"
    return f"column {notice.column_name}{files} is not read{meant}"


def _absent_column(notice: Notice) -> str:
    if notice.detail:
        files = f"{notice.count:,} files" if notice.count and notice.count > 1 else notice.file
        return (
            f"no record of {files} has {notice.column_name}, which the mapping reads; what is made of it alone is unknown for "
            "these records. Correct the name in the mapping if it is misspelt"
        )
    files = (
        f"{notice.count:,} files, first {notice.file}, have"
        if notice.count and notice.count > 1
        else f"{notice.file} has"
    )
    return f"{files} no column {notice.column_name}, which the mapping reads; what is made of it alone is unknown for these records"


def _row_ids(notice: Notice) -> str:
    return (
        f'id = "row" gives records of {notice.table_name} ids by their place in a file: one that comes in two files counts twice. '
        'Name a column that holds an id, or write id = "hash"'
    )


def _shared_ids(notice: Notice) -> str:
    return (
        f"{notice.count:,} ids of {notice.table_name} stand in source {notice.detail} as well, and of each only one record counts. If they are "
        'ids of different systems, give each source a `system` of its own; if they are the same records, write system = "default" on each'
    )


def _unmatched(notice: Notice) -> str:
    return (
        f"{notice.count:,} of {notice.total:,} records of {notice.table_name} wait for what is joined to them ({notice.detail}) and do not count yet. "
        'If none is to come, check `on`, or write unmatched = "keep" in the join'
    )


def _swapped_dates(notice: Notice) -> str:
    read = {"dmy": "day before month", "mdy": "month before day"}.get(notice.rule or "", "in a known order")
    return (
        f"{notice.file}, column {notice.column_name}: {notice.detail}. It is read {read}; in a part of the rows day and month may be "
        "swapped. Ask the sender, or deliver those rows in a file of their own"
    )


_WORDS = {
    NoticeKind.QUARANTINED_SHARE: _quarantined_share,
    NoticeKind.BAD_VALUE_SHARE: _bad_value_share,
    NoticeKind.UNREAD_SHARE: _unread_share,
    NoticeKind.REPLACED: _replaced,
    NoticeKind.UNREAD: lambda notice: f"{notice.file} is not read yet: {notice.detail}. It is tried again at each run",
    NoticeKind.WAITING: lambda notice: f"{notice.file} waits for the next run: {notice.detail}",
    NoticeKind.NO_FILE: lambda notice: f"{notice.file} is {notice.detail}",
    NoticeKind.NO_FOLDER: lambda notice: (
        f"the folder {notice.file} does not exist; what was read from it earlier counts on"
    ),
    NoticeKind.NO_FILES: lambda _: "its path matches no file; what was read earlier counts on",
    NoticeKind.GONE: lambda notice: f"{notice.file} was read earlier and has gone; its records count on",
    NoticeKind.UNKNOWN_COLUMN: _unknown_column,
    NoticeKind.ABSENT_COLUMN: _absent_column,
    NoticeKind.ALL_FILTERED: lambda notice: (
        f"its filter leaves out all {notice.total:,} records; check the names of its fields and its values, or remove the source"
    ),
    NoticeKind.SWAPPED_DATES: _swapped_dates,
    NoticeKind.ROW_IDS: _row_ids,
    NoticeKind.SHARED_IDS: _shared_ids,
    NoticeKind.UNMATCHED: _unmatched,
}


def listed(notices: Iterable[Notice], most: int = 10) -> list[str]:
    """Sentences, at most ``most`` of each kind, with the number of those left out."""
    by_kind: dict[NoticeKind, list[Notice]] = {}
    for notice in notices:
        by_kind.setdefault(notice.kind, []).append(notice)
    lines: list[str] = []
    for of_kind in by_kind.values():
        lines += [str(notice) for notice in of_kind[:most]]
        if len(of_kind) > most:
            lines.append(f"… and {len(of_kind) - most:,} more of this kind (table ingest_notices)")
    return lines

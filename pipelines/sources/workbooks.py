"""One sheet of an Excel workbook (xlsx), every cell as the text that a CSV file would hold.

A library reads the cells: shared and inline texts, the values that formulas had when the file was saved, dates of either calendar.
What belongs here is what it does not do: bounds (one cell far out makes it ask for the memory of a whole sheet, which ends the
process), the choice of sheet and rows, merged cells, cells that hold an error, and how dates and durations are written.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import polars as pl

from pipelines.sources.limits import (
    LARGEST_RATIO,
    LARGEST_WORKBOOK_BYTES,
    MOST_COLUMNS,
    RATIO_APPLIES_FROM_BYTES,
)
from pipelines.sources.reading import RECORD, Reject, UnreadableFileError
from pipelines.sources.unpacking import CHUNK_BYTES
from pipelines.sources.workbook_measures import Measuring, column_number

if TYPE_CHECKING:
    import fastexcel
    import pyarrow as pa

_LARGEST_PART = 16_000_000
_INSTANT = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?$"
_MIDNIGHT = " 00:00:00"
#: Serial numbers below a year are times and durations: no record is so old.
_EARLIEST = {"1900": "1901", "1904": "1905"}
#: Detail of the library → what Excel shows.
_ERRORS = re.compile(r"Error\((\w+)\)")
_UNKNOWN_TO_LIBRARY = "Unsupported cell error value"
#: A cell of an error, its formula passed over, and an error that is none of those that the library knows.
_UNKNOWN_ERROR = re.compile(
    rb"(<(?:\w+:)?c\s[^>]*?\bt\s*=\s*[\"']e[\"'][^>]*>\s*(?:<(?:\w+:)?f\b[^>]*(?:(?<=/)>|>[^<]*</(?:\w+:)?f\s*>)\s*)?<(?:\w+:)?v[^>]*>)"
    rb"(?!\s*#(?:N/A|DIV/0!|NAME\?|NULL!|NUM!|REF!|VALUE!))[^<]*"
)
_LINKS = "xl/_rels/workbook.xml.rels"
_DETOUR = re.compile(rb"(\bTarget\s*=\s*[\"'])(?:\./|\.\./xl/)+")
_LARGEST_COPY = 256_000_000


@dataclass(frozen=True)
class Sheet:
    """The used cells of one sheet: rows from the first of the sheet, columns from the first used one."""

    cells: pl.DataFrame
    merged: tuple[tuple[int, int, int], ...]
    """(column, first row, last row) of ranges in which the upper cell holds the value, from 0."""
    errors: tuple[tuple[int, int, str], ...]
    """(row, column, what the cell shows)."""
    is_1904: bool


@dataclass(frozen=True)
class SheetTable:
    """A table in a sheet: names, and the rows of its records (0 is the first of the sheet)."""

    sheet: Sheet
    header: tuple[str, ...]
    rows: pl.Series
    begin: int
    """The first row that may be a record."""

    def frame(self, chosen: Mapping[str, int]) -> pl.DataFrame:
        """``_record`` and the chosen columns (name → place in the header) as text."""
        columns = [_as_written(self._filled(place), self.sheet.is_1904).alias(name) for name, place in chosen.items()]
        return pl.DataFrame([pl.Series(RECORD, range(1, self.rows.len() + 1), pl.Int64), *columns])

    def rejects(self, places: Sequence[int], table: str) -> Iterator[Reject]:
        """The cells of these columns that hold an error: values that are left out."""
        numbers = {row: number for number, row in enumerate(self.rows.to_list(), 1)} if self.sheet.errors else {}
        for row, place, shown in self.sheet.errors:
            if row in numbers and place in places:
                reason = f"column {self.header[place]}: the cell holds {shown} and no value; correct the workbook"
                yield Reject(numbers[row], "value", "error_in_cell", reason, table=table)

    def _filled(self, place: int) -> pl.Series:
        """A column's values, those of merged cells in each of their rows."""
        values = self.sheet.cells.to_series(place)
        merged = [(first, last) for column, first, last in self.sheet.merged if column == place]
        if merged:
            source, filled = list(range(values.len())), values.is_not_null().to_list()
            for first, last in merged:
                # A range that begins above the records holds a title or a name, which is no value of theirs.
                for row in range(first, min(last + 1, values.len()) if first >= self.begin else first):
                    source[row] = row if filled[row] else first
            values = values.gather(source)
        return values.gather(self.rows)


def is_workbook(path: Path) -> bool:
    """Whether a zip archive is a workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.lower() == "xl/workbook.xml" for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def open_sheet(
    path: Path, sheet: str | int | None, header: Sequence[str], header_row: int | None, first_row: int | None
) -> SheetTable:
    """The table of one sheet: by name or number (from 1), else the only one that is shown and holds anything.

    ``header``: names of the columns where the sheet has none. ``header_row`` and ``first_row`` count from 1, as Excel does; by
    default the first row that is not empty names the columns, and records begin below it. Empty rows are passed over.
    Raises UnreadableFileError for what is no workbook, is protected, or lies beyond the bounds.
    """
    parts = _Parts.of(path)
    found = _load(path, parts, sheet)
    if found.cells.width > MOST_COLUMNS:
        raise UnreadableFileError(f"the sheet has {found.cells.width} columns, more than {MOST_COLUMNS}; deliver fewer")
    filled = (
        found.cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        if found.cells.width
        else pl.Series([], dtype=pl.Boolean)
    )
    rows = filled.arg_true()
    if not rows.len():
        raise UnreadableFileError("the sheet is empty; name another one with `sheet`, or deliver the file again")
    named_in = header_row - 1 if header_row is not None else int(rows[0])
    if header:
        names = tuple(header)
        begin = first_row - 1 if first_row is not None else 0
    else:
        if named_in >= found.cells.height or not filled[named_in]:
            raise UnreadableFileError(
                f"row {named_in + 1} of the sheet names no column, and the first one that is not empty is row {int(rows[0]) + 1}; correct header_row"
            )
        names = tuple(name or "" for name in found.cells.row(named_in))
        begin = first_row - 1 if first_row is not None else named_in + 1
    if len(names) < found.cells.width:
        names += ("",) * (found.cells.width - len(names))
    elif len(names) > found.cells.width:
        raise UnreadableFileError(
            f"header names {len(names)} columns, and the sheet has {found.cells.width}; correct it"
        )
    return SheetTable(found, names, rows.filter(rows >= begin), begin)


@dataclass(frozen=True)
class _Parts:
    """What the archive says of itself: the sheets in order as (name, is shown, member), and what was measured of its members.

    Every member is measured, whatever it is called: none of them may make the library ask for more memory than there is.
    """

    sheets: tuple[tuple[str, bool, str], ...]
    is_1904: bool
    first_column: Mapping[str, int]
    """Member → its first used column, of those that hold rows."""
    merged: Mapping[str, tuple[tuple[str, int, str, int], ...]]
    has_detours: bool
    """Whether a sheet stands behind a place such as ``./worksheets/…``, which the library does not find."""

    @staticmethod
    def of(path: Path) -> "_Parts":
        first_column, merged = {}, {}
        kept: dict[str, bytes] = {}
        total, packed = 0, path.stat().st_size
        try:
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    if member.flag_bits & 1:
                        raise UnreadableFileError("the workbook is protected by a password; deliver it without one")
                    measuring = Measuring()
                    with archive.open(member) as stream:
                        while chunk := stream.read(CHUNK_BYTES):
                            total += len(chunk)
                            _refuse_beyond_bounds(total, packed)
                            if member.filename.lower().endswith((".xml", ".rels")):
                                measuring.add(chunk)
                    measuring.finish()
                    if measuring.height:
                        first_column[member.filename] = measuring.first_column
                    merged[member.filename] = tuple(measuring.merged)
                    if member.filename in ("xl/workbook.xml", _LINKS):
                        if member.file_size > _LARGEST_PART:
                            raise UnreadableFileError(
                                "the workbook's list of sheets is too long to be one; deliver it again"
                            )
                        kept[member.filename] = archive.read(member)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
            raise UnreadableFileError("the workbook is truncated or damaged; deliver it again") from error
        try:
            book = fromstring(kept["xl/workbook.xml"])  # noqa: S314  (no DTD, see Measuring)
            links = fromstring(kept[_LINKS])  # noqa: S314
        except (KeyError, SyntaxError) as error:
            raise UnreadableFileError("the workbook does not say which sheets it has; deliver it again") from error
        return _Parts(
            _sheets(book, links), _is_1904(book), first_column, merged, _DETOUR.search(kept[_LINKS]) is not None
        )


def _refuse_beyond_bounds(total: int, packed: int) -> None:
    if total > LARGEST_WORKBOOK_BYTES:
        raise UnreadableFileError(
            f"the workbook unpacks to more than {LARGEST_WORKBOOK_BYTES:,} bytes; deliver it as CSV, or in parts"
        )
    if total > RATIO_APPLIES_FROM_BYTES and total > LARGEST_RATIO * packed:
        raise UnreadableFileError(
            f"the workbook unpacks to more than {LARGEST_RATIO} times its size; deliver it as CSV if that is meant"
        )


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _sheets(book: Element, links: Element) -> tuple[tuple[str, bool, str], ...]:
    targets = {link.get("Id", ""): link.get("Target", "") for link in links}
    found = []
    for element in book.iter():
        if _local(element.tag) == "sheet":
            link = next((value for name, value in element.attrib.items() if _local(name) == "id"), "")
            target = targets.get(link, "")
            member = posixpath.normpath(posixpath.join("/xl", target.replace("\\", "/"))).lstrip("/")
            found.append((element.get("name", ""), element.get("state", "visible") == "visible", member))
    return tuple(found)


def _is_1904(book: Element) -> bool:
    said = next((element.get("date1904", "") for element in book.iter() if _local(element.tag) == "workbookPr"), "")
    return said.lower() in ("1", "true")


def _load(path: Path, parts: _Parts, wanted: str | int | None) -> Sheet:
    import fastexcel  # noqa: PLC0415  (only for workbooks)

    names = [name for name, _, _ in parts.sheets]
    if isinstance(wanted, int):
        if wanted > len(names):
            raise UnreadableFileError(
                f"sheet = {wanted}, and the workbook has {len(names)} ({', '.join(names)}); correct `sheet`"
            )
        place = wanted - 1
    elif wanted is not None:
        folded = [name.strip().lower() for name in names]
        if wanted.strip().lower() not in folded:
            raise UnreadableFileError(
                f"the workbook has no sheet {wanted!r}; it has {', '.join(names)}; correct `sheet`"
            )
        place = folded.index(wanted.strip().lower())
    else:
        shown = [
            place
            for place, (_, is_shown, member) in enumerate(parts.sheets)
            if is_shown and member in parts.first_column
        ]
        if len(shown) != 1:
            listed = ", ".join(names[place] for place in shown)
            raise UnreadableFileError(
                f"the workbook has {len(shown)} sheets that hold anything ({listed}); name one with `sheet`"
            )
        place = shown[0]
    member = parts.sheets[place][2]
    first = parts.first_column.get(member, 0)
    try:
        try:
            batch, faults = _cells_of(_readable(path, "") if parts.has_detours else path, names[place])
        except fastexcel.FastExcelError as error:
            if _UNKNOWN_TO_LIBRARY not in str(error):
                raise
            batch, faults = _cells_of(_readable(path, member), names[place])
    except fastexcel.FastExcelError as error:
        raise UnreadableFileError("the workbook is damaged; deliver it again") from error
    cells = pl.DataFrame(pl.from_arrow(batch))
    cells = cells.rename({name: f"x{number}" for number, name in enumerate(cells.columns)})
    errors = tuple((*error.position, _shown(error.detail)) for error in (faults.errors if faults else ()))
    merged = tuple(
        (column_number(left) - first, top - 1, bottom - 1) for left, top, right, bottom in parts.merged.get(member, ()) if bottom > top and column_number(left) >= first
    )  # fmt: skip
    return Sheet(cells, merged, errors, parts.is_1904)


def _cells_of(workbook: Path | bytes, name: str) -> "tuple[pa.RecordBatch, fastexcel.CellErrors | None]":
    import fastexcel  # noqa: PLC0415  (only for workbooks)

    sheet = fastexcel.read_excel(workbook).load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    return sheet.to_arrow_with_errors()


def _readable(path: Path, sheet: str) -> bytes:
    """A copy of the workbook in which errors that the library does not know (``#SPILL!``) are one that it knows,

    and places of sheets (``./worksheets/…``) are as it finds them.
    """
    copy = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST_COPY:
            raise UnreadableFileError(
                "a cell holds an error that cannot be read, such as #SPILL! or #CALC!, or a sheet is named in a way that is not read; "
                "save the workbook again, or deliver the sheet as CSV"
            )
        for member in archive.infolist():
            content = archive.read(member)
            if member.filename == sheet:
                content = _UNKNOWN_ERROR.sub(rb"\1#VALUE!", content)
            elif member.filename == _LINKS:
                content = _DETOUR.sub(rb"\1", content)
            target.writestr(member.filename, content)
    return copy.getvalue()


def _shown(detail: str) -> str:
    found = _ERRORS.search(detail)
    names = {
        "NA": "#N/A",
        "Div0": "#DIV/0!",
        "Name": "#NAME?",
        "Null": "#NULL!",
        "Num": "#NUM!",
        "Ref": "#REF!",
        "Value": "#VALUE!",
    }
    return names.get(found[1], "an error") if found else "an error"


def _as_written(values: pl.Series, is_1904: bool) -> pl.Series:
    """Times and durations as hh:mm:ss, where the library has instants of the calendar's first days; days without a midnight."""
    instants = values.filter(values.str.contains(_INSTANT).fill_null(value=False))
    if not instants.len():
        return values
    base, earliest = ("1904-01-01", _EARLIEST["1904"]) if is_1904 else ("1899-12-31", _EARLIEST["1900"])
    frame = pl.DataFrame({"v": values})
    is_instant = pl.col("v").str.contains(_INSTANT)
    moment = pl.col("v").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="ms")
    # The first calendar has a 29 February 1900, which never was.
    extra = pl.lit(0) if is_1904 else (moment >= pl.datetime(1900, 3, 1)).cast(pl.Int64) * 86_400_000
    span = (moment - pl.lit(base).str.to_datetime("%Y-%m-%d", time_unit="ms")).dt.total_milliseconds() + extra
    seconds, rest = span // 1000, span % 1000
    two = [(seconds // 3600), (seconds // 60 % 60), (seconds % 60)]
    clock = pl.concat_str([each.cast(pl.String).str.zfill(2) for each in two], separator=":")
    clock = pl.when(rest > 0).then(clock + pl.lit(".") + rest.cast(pl.String).str.zfill(3)).otherwise(clock)
    is_span = is_instant & (pl.col("v") < earliest) & (span >= 0)
    read = frame.with_columns(pl.when(is_span).then(clock).otherwise(pl.col("v")).alias("v"))
    dated = read.filter(is_instant).to_series()
    if dated.len() and dated.str.ends_with(_MIDNIGHT).all():
        read = read.with_columns(
            pl.when(is_instant).then(pl.col("v").str.strip_suffix(_MIDNIGHT)).otherwise(pl.col("v"))
        )
    return read.to_series()

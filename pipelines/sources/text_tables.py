"""A table of a format that is not the canonical one, from CSV or Parquet: text columns under normalised names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.contract import Kind
from pipelines.sources.column_names import checked_names, snake_case, unknown_names
from pipelines.sources.counting import count_parquet
from pipelines.sources.csv_records import open_csv, read_csv
from pipelines.sources.parquet_records import ParquetColumns, open_parquet
from pipelines.sources.plain_text import PlainText
from pipelines.sources.reading import Reject, UnreadableFileError, refuse_miscount
from pipelines.sources.tables import FrameSink, parquet_frame


@dataclass(frozen=True)
class TextTable:
    """``frame``: ``_record`` and the columns that the format reads, as String, a blank value as null."""

    rows_in: int
    frame: pl.DataFrame
    rejects: tuple[Reject, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """What a format knows of its columns, by normalised name (see ``snake_case``).

    ``required``: for each required column the names that it may have; ``read``: what is read; ``unread``: what the format
    is known to hold besides, so that only other columns count as unknown.
    """

    required: Sequence[tuple[str, ...]]
    read: Iterable[str]
    unread: Iterable[str] = ()

    def places(self, header: Sequence[str]) -> dict[str, int]:
        """Column that is read → its place. Raises UnreadableFileError if a required one has none of its names."""
        found = checked_names(header, {*self.read, *self.unread}, snake_case)
        missing = [names for names in self.required if not set(names) & set(found)]
        if missing:
            wanted = "; ".join(" or ".join(names) for names in missing)
            raise UnreadableFileError(f"required column absent: {wanted}")
        return {name: found[name] for name in self.read if name in found}

    def unknown(self, header: Sequence[str]) -> tuple[str, ...]:
        return unknown_names(header, {*self.read, *self.unread}, snake_case)


def read_csv_table(text: PlainText, layout: Layout) -> TextTable:
    """The records of a CSV file; see ``csv_records`` for what is rejected and what refuses the file."""
    names: Mapping[str, str] = {name.replace("_", " "): name for name in layout.read}
    file = open_csv(text, names)
    places = layout.places(file.header)
    sink = FrameSink()
    rows_in, rejects = read_csv(file, places, sink)
    return TextTable(rows_in, sink.frame, tuple(rejects), layout.unknown(file.header))


def read_parquet_table(path: Path, layout: Layout) -> TextTable:
    """The rows of a Parquet file, every value as the text that a CSV file would hold."""
    parquet = open_parquet(path)
    places = layout.places(parquet.header)
    columns = ParquetColumns(parquet, {name: (place, Kind.TEXT) for name, place in places.items()}, as_text=True)
    frame = parquet_frame(columns)
    refuse_miscount(count_parquet(path), frame.height)
    text = frame.with_columns(pl.col(name).replace("", None) for name in places)
    return TextTable(frame.height, text, (), layout.unknown(parquet.header))

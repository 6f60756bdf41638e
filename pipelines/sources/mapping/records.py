"""Files of a mapping → rows of text, as relations of the engine: tables (``tabular``) and nested files (JSON, JSONL, XML).

What belongs here: which way a file is read, and where in it the fields of the mapping stand. What the fields mean is
``evaluate``'s work.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import polars as pl

from pipelines.sources.counting import count_lines, count_list
from pipelines.sources.json_records import JsonLayout, layout_of, looks_like_json
from pipelines.sources.limits import SMALL_FILE_BYTES
from pipelines.sources.mapping.declaration import Declaration
from pipelines.sources.mapping.documents import DocumentWalk, RowsWanted
from pipelines.sources.mapping.misspellings import record_names
from pipelines.sources.mapping.nested_columns import NestedColumns
from pipelines.sources.mapping.references import INDEX, BadReferenceError
from pipelines.sources.mapping.rows import MappedRecords, MappedRows, needed_references, register_rows
from pipelines.sources.mapping.tabular import binary_file, read_binary, read_csv_rows
from pipelines.sources.mapping.xml_documents import XmlWalk, looks_like_xml
from pipelines.sources.plain_text import PlainText, is_utf8, plain_text
from pipelines.sources.reading import Reject, UnreadableFileError, refuse_miscount
from pipelines.sources.tables import forget_local_engine, local_engine
from pipelines.sources.unpacking import content_suffix

_JSON_PATH = ("no document has the list", "each list by its key and [*], such as calls[*].legs[*]")
_XML_PATH = ("the file has no element", "element names from the root with / between them, such as export/complaint")
_JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})


@contextmanager
def open_records(path: Path, encoding: str, declaration: Declaration) -> Iterator[MappedRecords]:
    """The rows of one file, on an engine of their own for as long as the context lasts.

    Raises UnreadableFileError where the file is no table, no JSON and no XML, lacks a field that a needed column is made of, or
    its records do not come to the independent count.
    """
    with ExitStack() as scratch:
        found = binary_file(path, scratch)
        if found is not None:
            connection = scratch.enter_context(_engine(found.path.stat().st_size))
            yield read_binary(found, declaration, connection, scratch)
            return
        _refuse_layout(declaration)
        text = scratch.enter_context(plain_text(path, encoding))
        connection = scratch.enter_context(_engine(text.size))
        if looks_like_xml(text):
            yield _xml(text, declaration, connection, scratch)
        elif looks_like_json(text) or content_suffix(path) in _JSON_SUFFIXES:
            yield _nested(text, declaration, connection, scratch)
        else:
            yield read_csv_rows(text, declaration, connection, scratch)


@contextmanager
def _engine(size: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """The thread's own engine for a small file, one of its own for a large one."""
    if size > SMALL_FILE_BYTES:
        with duckdb.connect() as connection:
            yield connection
        return
    try:
        yield local_engine()
    except (duckdb.InternalException, duckdb.FatalException):
        forget_local_engine()
        raise


def _nested(
    text: PlainText, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    if declaration.header:
        raise UnreadableFileError("header names the columns of a table, and this file is JSON; remove it")
    try:
        wanted = [RowsWanted.of(table, needed_references(table)) for table in declaration.tables]
    except BadReferenceError as error:
        raise UnreadableFileError(
            f"the mapping reads a field of this JSON file by a name that is no path: {error}"
        ) from error
    layout = layout_of(text)
    with text.open() as handle:
        documents = 1
        if layout is not JsonLayout.OBJECT:
            documents = count_lines(handle) if layout is JsonLayout.LINES else count_list(handle)
    relations: list[str] = []
    rejects: tuple[Reject, ...] = ()
    large = NestedColumns(connection, wanted)
    if text.path is not None and text.size > SMALL_FILE_BYTES and is_utf8(text) and large.take(text, layout, documents):
        rows_in, relations, missed = large.rows_in, large.relations, large.missed(text)
    else:
        walk = DocumentWalk(wanted)
        frames = walk.take(text, layout)
        refuse_miscount(documents, walk.documents)
        _refuse_foreign(walk, declaration, _JSON_PATH)
        rows_in, rejects, missed = walk.rows_in, tuple(walk.rejects), walk.missed
        relations = _registered(connection, frames, scratch)
    return MappedRecords(connection, rows_in, rejects, _rows(wanted, relations), missed)


def _xml(
    text: PlainText, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    first = declaration.tables[0]
    if declaration.header:
        raise UnreadableFileError("header names the columns of a table, and this file is XML; remove it")
    if not first.rows:
        raise UnreadableFileError(
            "the file is XML, and the mapping does not say which elements are records; write rows, such as complaints/complaint"
        )
    try:
        wanted = [RowsWanted.of(table, needed_references(table), separator="/") for table in declaration.tables]
    except BadReferenceError as error:
        raise UnreadableFileError(
            f"the mapping reads a field of this XML file by a name that is no path: {error}"
        ) from error
    walk = XmlWalk(wanted)
    frames = walk.take_xml(text)
    _refuse_foreign(walk, declaration, _XML_PATH)
    rows = _rows(wanted, _registered(connection, frames, scratch))
    return MappedRecords(connection, walk.rows_in, tuple(walk.rejects), rows, walk.missed)


def _refuse_foreign(walk: DocumentWalk, declaration: Declaration, path: tuple[str, str]) -> None:
    """Refuse a file that holds nothing of what the mapping is for. ``path``: what rows lead to, and how they are written."""
    levels = walk.wanted[0].levels
    if walk.documents and not walk.rows_in and not walk.has_list and walk.broken.is_misspelt(levels):
        sought, written = path
        raise UnreadableFileError(
            f"{sought} that rows = {declaration.tables[0].rows!r} leads to{walk.broken.words(levels)}; correct `rows` of the "
            f"mapping ({written}), or deliver the file that it is for"
        )
    places = walk.wanted[0].places
    whole = walk.rows_in - len([reject for reject in walk.rejects if reject.scope == "row"])
    if places and whole and not walk.has_value:
        names = ", ".join(repr(name) for name in places)
        raise UnreadableFileError(
            f"no record has any of the fields that the mapping reads ({names}){record_names(walk.example)}; correct `columns` or `rows` of the mapping, or "
            "deliver the file that it is for"
        )


def _refuse_layout(declaration: Declaration) -> None:
    """Refuse a text for which the mapping names a part of a workbook or a database."""
    for key in ("sheet", "header_row", "first_row", "from_table"):
        if getattr(declaration, key):
            holder = "database" if key == "from_table" else "workbook"
            raise UnreadableFileError(
                f"{key} names a part of a {holder}, and this file is none; remove it, or deliver the {holder}"
            )


def _registered(connection: duckdb.DuckDBPyConnection, frames: list[pl.DataFrame], scratch: ExitStack) -> list[str]:
    relations = [f"walked_rows_{number}" for number in range(len(frames))]
    for relation, frame in zip(relations, frames, strict=True):
        register_rows(connection, relation, frame, scratch)
    return relations


def _rows(wanted: list[RowsWanted], relations: list[str]) -> tuple[MappedRows, ...]:
    return tuple(
        MappedRows(relation, {**one.columns, INDEX: f"cast({INDEX} as varchar)"})
        for one, relation in zip(wanted, relations, strict=True)
    )

"""Column lineage of the SQL models: which columns of the tables that a model reads go into each of its columns.

It comes from parsing (``lineage_parsing``) and takes seconds, so a run only looks it up: ``make docs`` computes it and
writes it beside this module, with the fingerprint of the models that it is of. What filters or joins rows without being
part of a value is no source of a column.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from pipelines.warehouse.models import models_fingerprint

LINEAGE_FILE = Path(__file__).with_name("lineage.json")
#: Column → the (table, column) pairs that go into it, sorted; none for a constant or a mere count of rows.
ColumnLineage = dict[str, tuple[tuple[str, str], ...]]


def column_lineage(table: str) -> ColumnLineage:
    """Sources of the columns of ``table``; empty for one that no SQL model makes, or if a model has changed since ``make docs``."""
    return _kept_lineage().get(table, {})


@cache
def _kept_lineage() -> dict[str, ColumnLineage]:
    kept = json.loads(LINEAGE_FILE.read_text("utf-8"))
    if kept["fingerprint"] != _fingerprint():
        return {}
    return {
        table: {column: tuple(_pair(source) for source in sources) for column, sources in columns.items()}
        for table, columns in kept["tables"].items()
    }


def _pair(source: str) -> tuple[str, str]:
    table, _, column = source.partition(".")
    return table, column


def _fingerprint() -> str:
    return hashlib.sha256(models_fingerprint().encode()).hexdigest()


def lineage_text(lineage: Mapping[str, ColumnLineage]) -> str:
    """``lineage`` of the current models as the text of ``LINEAGE_FILE``: a column a line."""
    tables = []
    for table, columns in lineage.items():
        lines = [
            f"  {json.dumps(column)}: {json.dumps(['.'.join(source) for source in sources])}"
            for column, sources in columns.items()
        ]
        tables.append(f" {json.dumps(table)}: {{\n{_listed(lines)}\n }}")
    return f'{{\n"fingerprint": {json.dumps(_fingerprint())},\n"tables": {{\n{_listed(tables)}\n}}\n}}\n'


def _listed(parts: Iterable[str]) -> str:
    return ",\n".join(parts)

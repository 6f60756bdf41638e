"""Column lineage of the SQL models: which columns of the tables that a model reads go into each of its columns.

It comes from parsing (``sqlglot.lineage``) and takes seconds, so a run only looks it up: ``make docs`` computes it and
writes it beside this module, with the fingerprint of the models that it is of. What filters or joins rows without being
part of a value is no source of a column.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from sqlglot import exp, parse_one

from pipelines.warehouse.models import Model, all_models, models_fingerprint

LINEAGE_FILE = Path(__file__).with_name("lineage.json")
#: Table → its columns → their DuckDB types.
Schema = Mapping[str, Mapping[str, str]]
#: Column → the (table, column) pairs that go into it, sorted; none for a constant or a mere count of rows.
ColumnLineage = dict[str, tuple[tuple[str, str], ...]]


class LineageError(Exception):
    """The sources of a model's columns cannot be told. The message names the model."""


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


def model_lineage(schema: Schema) -> dict[str, ColumnLineage]:
    """Table → its column lineage, for every SQL model by name. ``schema``: of every table of the warehouse.

    Raises:
        LineageError: a model cannot be resolved against ``schema``, or a source that was found is not in it.
    """
    return {model.name: _of_model(model, schema) for model in sorted(all_models(), key=lambda model: model.name)}


def _of_model(model: Model, schema: Schema) -> ColumnLineage:
    from sqlglot.lineage import lineage  # noqa: PLC0415  (not for a run, which only looks up)

    try:
        tree = _positional(parse_one(model.sql, read="duckdb"), schema)
        nodes = lineage(None, tree, dict(schema), dialect="duckdb", trim_selects=False)
    except Exception as error:
        raise LineageError(f"{model.path}: {error}") from error
    found: ColumnLineage = {}
    for column, node in nodes.items():
        leaves = (each for each in node.walk() if isinstance(each.expression, exp.Table))
        sources = {(leaf.expression.name, exp.to_column(leaf.name, dialect="duckdb").name) for leaf in leaves}
        unknown = sorted(source for source in sources if source[1] not in schema.get(source[0], {}))
        if unknown:
            raise LineageError(f"{model.path}: {column} seems to come from {unknown}, which no table has")
        found[column] = tuple(sorted(sources))
    return found


def _positional(tree: exp.Expr, schema: Schema) -> exp.Expr:
    """``tree`` with every ``union by name`` written by position, which is all that sqlglot follows."""
    ctes = {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}

    def names(select: exp.Query) -> list[str]:
        if not select.is_star:
            return select.named_selects
        table = next(select.find_all(exp.Table)).name
        return names(ctes[table]) if table in ctes else list(schema[table])

    for union in list(tree.find_all(exp.SetOperation)):
        if not union.args.get("by_name"):
            continue
        parts = _parts(union)
        order = list(dict.fromkeys(name for part in parts for name in names(part)))
        for part in parts:
            written = {} if part.is_star else {each.alias_or_name: each for each in part.selects}
            own = {name: written.get(name, exp.column(name)) for name in names(part)}
            part.set("expressions", [own.get(name, exp.alias_(exp.Null(), name)) for name in order])
        for each in union.find_all(exp.SetOperation):
            each.set("by_name", None)
    return tree


def _parts(query: exp.Query) -> list[exp.Query]:
    """The SELECTs of a chain of unions by name, in order."""
    if isinstance(query, exp.SetOperation) and query.args.get("by_name"):
        return [*_parts(query.left), *_parts(query.right)]
    return [query]

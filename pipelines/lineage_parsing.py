"""Column lineage computed from the SQL models, for `make docs` and tests; runs look it up (``lineage``)."""

from collections.abc import Mapping

from sqlglot import exp, parse_one
from sqlglot.lineage import lineage

from pipelines.lineage import ColumnLineage
from pipelines.warehouse.models import Model, all_models

#: Table → its columns → their DuckDB types.
Schema = Mapping[str, Mapping[str, str]]


class LineageError(Exception):
    """The sources of a model's columns cannot be told. The message names the model."""


def model_lineage(schema: Schema) -> dict[str, ColumnLineage]:
    """Table → its column lineage, for every SQL model by name. ``schema``: of every table of the warehouse.

    Raises:
        LineageError: a model cannot be resolved against ``schema``, or a source that was found is not in it.
    """
    return {model.name: _of_model(model, schema) for model in sorted(all_models(), key=lambda model: model.name)}


def _of_model(model: Model, schema: Schema) -> ColumnLineage:
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

"""Single SQL expressions of a mapping: checked against a list of what may stand in them, and written out for the engine.

Allowed: fields, literals, comparisons, arithmetic, ``case``, ``cast`` to a plain type and the functions of ``FUNCTIONS``.
Nothing else can be written: no SELECT, no table, no aggregate, no function that reads a file, a setting or the clock. Every
field is text; where a number is called for (arithmetic, comparison with a number) it is read as one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

FUNCTIONS = (
    "abs", "ceil", "coalesce", "concat", "concat_ws", "contains", "date_diff", "ends_with", "floor", "greatest", "if", "least", "left",
    "length", "lower", "ltrim", "nullif", "regexp_extract", "regexp_matches", "regexp_replace", "replace", "right", "round", "rtrim",
    "split_part", "starts_with", "strpos", "substring", "trim", "upper",
)  # fmt: skip
_TYPES = (
    "VARCHAR",
    "TEXT",
    "DOUBLE",
    "INT",
    "BIGINT",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMPNTZ",
    "TIMESTAMPTZ",
    "TIME",
)
_STRUCTURE = (
    "Column", "Identifier", "Literal", "Boolean", "Null", "Paren", "And", "Or", "Not", "EQ", "NEQ", "GT", "GTE", "LT", "LTE", "Is", "In",
    "Between", "Like", "ILike", "Add", "Sub", "Mul", "Div", "Mod", "Neg", "DPipe", "Case", "If", "Cast", "TryCast", "DataType", "Var",
    "Tuple", "NullSafeEQ", "NullSafeNEQ",
)  # fmt: skip
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMPTZ", "TIME")
_UNITS = ("microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")
_FLAGS = frozenset("cgimnps")
_LONGEST = 4_000


class BadExpressionError(ValueError):
    """A text that is no expression that may stand in a mapping. The message says why, and what to write."""


@dataclass(frozen=True)
class Expression:
    """A checked expression; ``fields`` are the references in it, as ``references`` reads them."""

    text: str
    fields: tuple[str, ...]

    def sql(self, name_of: Callable[[str], str]) -> str:
        """The expression for DuckDB; ``name_of`` gives the column that stands for a field."""
        from sqlglot import exp  # noqa: PLC0415  (only for mappings that hold SQL)

        def replaced(node: Any) -> Any:
            return exp.column(name_of(_reference(node)), quoted=True) if isinstance(node, exp.Column) else node

        written: str = _with_numbers(_parsed(self.text).copy()).transform(replaced).sql(dialect="duckdb")
        return written


def checked_expression(text: str) -> Expression:
    """Parse and check. Raises BadExpressionError."""
    from sqlglot import exp  # noqa: PLC0415

    tree = _parsed(text)
    allowed = {getattr(exp, name) for name in _STRUCTURE} | _function_nodes()
    fields: dict[str, None] = {}
    for node in tree.walk():
        if type(node) not in allowed:
            raise BadExpressionError(_refusal(node))
        if isinstance(node, exp.Column):
            fields[_reference(node)] = None
        elif isinstance(node, exp.DataType) and node.this.name not in _TYPES:
            raise BadExpressionError(
                f"casts to {node.sql()}; write varchar, double, bigint, boolean, date, timestamp or time"
            )
        elif isinstance(node, exp.In) and (node.args.get("query") or node.args.get("unnest") or node.args.get("field")):
            raise BadExpressionError("holds an IN that is no list; write the values, such as x in ('a', 'b')")
        _refuse_unknown_words(node)
    return Expression(text, tuple(fields))


def _refuse_unknown_words(node: Any) -> None:
    """Units and flags are known when an expression is written; the engine would tell them only where a record gets that far."""
    from sqlglot import exp  # noqa: PLC0415

    if isinstance(node, exp.DateDiff):
        unit = node.args.get("unit")
        name = unit.name.lower() if unit is not None else ""
        if name.removesuffix("s") not in _UNITS:
            raise BadExpressionError(f"counts in {name!r}, which is no unit; write one of {', '.join(_UNITS)}")
    for key in ("modifiers", "flag"):
        flags = node.args.get(key) if isinstance(node, exp.RegexpReplace | exp.RegexpLike) else None
        if flags is not None and not (isinstance(flags, exp.Literal) and flags.is_string and set(flags.this) <= _FLAGS):
            raise BadExpressionError(
                "has flags of a pattern that are not known; write some of 'c', 'g', 'i', 'm', 'n', 'p', 's', such as 'gi'"
            )


def refuse_unbound(expression: Expression, *, is_condition: bool = False) -> None:
    """Raise BadExpressionError where the engine cannot compute an expression over text fields, whatever stands in them."""
    import duckdb  # noqa: PLC0415  (only for mappings that hold SQL)

    names = {reference: f"f{number}" for number, reference in enumerate(expression.fields)}
    fields = ", ".join(f"cast(null as varchar) as {name}" for name in names.values()) or "1 as one"
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            row = connection.execute(
                f"describe select ({expression.sql(names.__getitem__)}) as value from (select {fields})"
            ).fetchone()
            # Patterns are compiled only where the expression runs; a cast that fails is a fault of the record, which try takes.
            connection.execute(
                f"select try({{'value': {expression.sql(names.__getitem__)}}}) from (select {fields})"
            ).fetchall()
    except duckdb.Error as error:
        said = str(error).splitlines()[0].removeprefix("Binder Error: ")
        raise BadExpressionError(
            f"cannot be computed: {said}; every field is text, cast it where another type is needed"
        ) from error
    if is_condition and row is not None and row[1] != "BOOLEAN":
        raise BadExpressionError(
            "is no condition; write one that is true of the records that are meant, such as status = 'done'"
        )


def _refusal(node: Any) -> str:
    from sqlglot import exp  # noqa: PLC0415

    if isinstance(node, exp.Query | exp.Subquery | exp.Table):
        return "holds a SELECT; write one expression over the fields of a record"
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        return f"calls {name.lower()}, which may not stand in a mapping; there are {', '.join(FUNCTIONS)}"
    if isinstance(node, exp.Dot | exp.Bracket):
        return 'names a field by brackets or by more than four names; write the path in double quotes, such as "legs[0].queue"'
    return (
        f"holds {node.key}, which may not stand in a mapping; write fields, literals, comparisons, case and functions"
    )


@cache
def _parsed(text: str) -> Any:
    import sqlglot  # noqa: PLC0415

    if len(text) > _LONGEST:
        raise BadExpressionError(f"is longer than {_LONGEST:,} characters")
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        said = str(error).splitlines()[0].split(". Line")[0] if str(error) else type(error).__name__
        # What the parser says of its own classes helps nobody.
        told = "" if "<class" in said else f" ({said})"
        raise BadExpressionError(
            f"is no SQL expression{told}; something is missing, or stands where it may not"
        ) from error
    if len(trees) != 1 or trees[0] is None:
        raise BadExpressionError("is no single SQL expression")
    return trees[0]


@cache
def _function_nodes() -> frozenset[type]:
    """The classes of the parser that the allowed functions become."""
    import sqlglot  # noqa: PLC0415
    from sqlglot import exp  # noqa: PLC0415

    calls = {
        "if": "if(true, a, b)", "concat_ws": "concat_ws('-', a, b)", "date_diff": "date_diff('second', a, b)", "left": "left(a, 1)",
        "right": "right(a, 1)", "nullif": "nullif(a, 'b')", "substring": "substring(a, 1, 2)", "split_part": "split_part(a, '-', 1)",
        "replace": "replace(a, 'b', 'c')", "regexp_replace": "regexp_replace(a, 'b', 'c')",
    }  # fmt: skip
    two = ("contains", "ends_with", "regexp_extract", "regexp_matches", "starts_with", "strpos")
    nodes: set[type] = set()
    for name in FUNCTIONS:
        call = calls.get(name) or (f"{name}(a, 'b')" if name in two else f"{name}(a)")
        nodes |= {type(node) for node in sqlglot.parse_one(call, read="duckdb").walk()}
    if exp.Anonymous in nodes:
        raise AssertionError("a function of the list is not known to the parser")
    return frozenset(nodes - {exp.Anonymous})


def _reference(column: Any) -> str:
    parts = [part.name for part in column.parts]
    return (
        parts[0] if len(parts) == 1 else ".".join(f'"{part}"' if "." in part or "[" in part else part for part in parts)
    )


def _with_numbers(tree: Any) -> Any:
    """The tree with a cast around each field that stands where a number is called for."""
    from sqlglot import exp  # noqa: PLC0415

    arithmetic = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs, exp.Ceil, exp.Floor, exp.Round)
    compared = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)

    def bare(node: Any) -> Any:
        return node.unnest()

    def is_number(node: Any) -> bool:
        node = bare(node)
        return isinstance(node, arithmetic) or (isinstance(node, exp.Literal) and not node.is_string)

    def as_number(node: Any) -> None:
        column = bare(node)
        if isinstance(column, exp.Column):
            column.replace(exp.cast(column.copy(), "double"))

    for node in list(tree.walk()):
        operands = [child for child in node.iter_expressions() if isinstance(child, exp.Expression)]
        calculates = isinstance(node, arithmetic) and not _has_times(node)
        if calculates or (isinstance(node, compared) and any(is_number(child) for child in operands)):
            for child in operands:
                as_number(child)
    return tree


def _has_times(node: Any) -> bool:
    """Whether a sum or difference is one of instants, which stay what they are."""
    from sqlglot import exp  # noqa: PLC0415

    return any(isinstance(child.unnest(), exp.Cast | exp.TryCast) and child.unnest().to.this.name in _TIMES for child in node.iter_expressions())  # fmt: skip

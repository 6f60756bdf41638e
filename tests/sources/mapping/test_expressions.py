"""Single SQL expressions: what may stand in them, what may not, and where a field is read as a number."""

import pytest

from pipelines.sources.mapping.expressions import (
    FUNCTIONS,
    BadExpressionError,
    checked_expression,
    refuse_unbound,
)


@pytest.mark.parametrize(
    ("text", "fields", "sql"),
    [
        ("talk + hold", ("talk", "hold"), 'CAST("talk" AS DOUBLE) + CAST("hold" AS DOUBLE)'),
        ("talk > 10", ("talk",), 'CAST("talk" AS DOUBLE) > 10'),
        ("state > 'a'", ("state",), "\"state\" > 'a'"),
        ("a.b.c", ("a.b.c",), '"a.b.c"'),
        ('"legs[0].q"', ("legs[0].q",), '"legs[0].q"'),
        ("cast(a as date) - cast(b as date)", ("a", "b"), 'CAST("a" AS DATE) - CAST("b" AS DATE)'),
        ("x in (1, 2)", ("x",), 'CAST("x" AS DOUBLE) IN (1, 2)'),
    ],
)
def test_an_expression_is_written_for_the_engine(text: str, fields: tuple[str, ...], sql: str) -> None:
    expression = checked_expression(text)
    assert set(expression.fields) == set(fields)
    assert expression.sql(lambda reference: reference) == sql
    refuse_unbound(expression)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_the_list_can_be_called(name: str) -> None:
    two = {"contains", "ends_with", "nullif", "regexp_extract", "regexp_matches", "starts_with", "strpos"}
    numbers = {
        "left": "a, 2",
        "right": "a, 2",
        "substring": "a, 1, 2",
        "split_part": "a, '-', 1",
        "replace": "a, 'b', 'c'",
    }
    others = {
        "regexp_replace": "a, 'b', 'c'", "concat_ws": "'-', a, b", "if": "a = 'x', 'y', 'z'",
        "date_diff": "'second', cast(a as timestamp), cast(b as timestamp)",
    }  # fmt: skip
    arguments = (numbers | others).get(name, "a, 'b'" if name in two else "a")
    refuse_unbound(checked_expression(f"{name}({arguments})"))


@pytest.mark.parametrize(
    "text",
    [
        "(select 1)", "x in (select y from z)", "exists (select 1)", "read_csv('a.csv')", "read_text('/etc/passwd')", "getenv('HOME')",
        "current_setting('x')", "now()", "current_date", "random()", "sum(x)", "count(*)", "row_number() over ()", "*", "columns('x')",
        "1; drop table x", "x[1]", "x -> 'y'", "?", "$1", "interval 1 day", "cast(x as int[])", "cast(x as json)", "repeat(x, 1000000)",
        "lpad(x, 999999999, 'y')", "list_transform([1], y -> y)", "unnest([1])", "x collate nocase", "", "case", "a.b.c.d.e", "x as y",
        "a, b", "glob('*')", "query('select 1')", "nextval('s')", "md5(x)", "generate_series(1, 1000000000)", "x = any(select 1)",
    ],
)  # fmt: skip
def test_nothing_else_can_be_written(text: str) -> None:
    with pytest.raises(BadExpressionError):
        checked_expression(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date_diff('fortnight', cast(a as timestamp), cast(b as timestamp))", "counts in 'fortnight'"),
        ("date_diff(a, cast(a as timestamp), cast(b as timestamp))", "counts in 'a'"),
        ("regexp_replace(a, 'x', 'y', 'zz')", "flags of a pattern"),
        ("regexp_replace(a, 'x', 'y', b)", "flags of a pattern"),
        ("regexp_matches(a, 'x', 'q')", "flags of a pattern"),
    ],
)
def test_units_and_flags_are_known_before_a_record_needs_them(text: str, said: str) -> None:
    with pytest.raises(BadExpressionError, match=said):
        checked_expression(text)
    for fine in (
        "date_diff('minutes', cast(a as timestamp), cast(b as timestamp))",
        "regexp_replace(a, 'x', 'y', 'gi')",
    ):
        refuse_unbound(checked_expression(fine))


def test_what_the_engine_cannot_compute_is_refused_before_any_file() -> None:
    with pytest.raises(BadExpressionError, match="cannot be computed"):
        refuse_unbound(checked_expression("case when a = 'x' then cast(a as date) else true end"))
    with pytest.raises(BadExpressionError, match="is no condition"):
        refuse_unbound(checked_expression("a"), is_condition=True)
    refuse_unbound(checked_expression("a = 'x'"), is_condition=True)

"""The checks of ``sql/checks/``: one SELECT a file that returns the rows which break it, keys first.

A file is called ``<table>__<check>.sql``. Its header has a line each for ``Guards`` (the fault that it is there for),
``Table``, ``Group`` (see ``rules.GROUPS``) and ``Expected``; where the rows speak for themselves, ``Says`` is a sentence with
their columns in braces. ``$name`` is a parameter, in the header too. Checks that follow from the contract are no files:
``rules`` makes them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.warehouse.models import SQL_DIR, sql_literal
from pipelines.warehouse.parsed_sql import NotASelectError, tables_read

CHECKS_DIR = SQL_DIR / "checks"
_HEADER = re.compile(r"-- (Guards|Table|Group|Expected|Says): (.+)")
_PARAMETER = re.compile(r"\$([a-z_]+)")


class SqlCheckError(Exception):
    """A file in ``sql/checks`` breaks the rules of a check. The message names it."""


@dataclass(frozen=True)
class SqlCheck:
    """One file: ``query`` and ``expected`` may hold parameters; ``reads`` are the tables that the query names."""

    table: str
    name: str
    group: str
    guards: str
    expected: str
    says: str
    query: str
    reads: frozenset[str]

    def query_with(self, parameters: Mapping[str, object]) -> str:
        """The query with the values of its parameters as literals. Raises KeyError for one that is not given."""
        return _PARAMETER.sub(lambda match: sql_literal(parameters[match[1]]), self.query)

    def expected_with(self, parameters: Mapping[str, object]) -> str:
        """What is expected, with the values of the parameters. Raises KeyError for one that is not given."""
        return _PARAMETER.sub(lambda match: str(parameters[match[1]]), self.expected)


def parse_check(path: Path) -> SqlCheck:
    """Read one check.

    Raises:
        SqlCheckError: a line of the header is missing or names another table than the file does; a semicolon; or not
            exactly one SELECT.
    """
    text = path.read_text("utf-8")
    lines = (_HEADER.fullmatch(line.rstrip()) for line in text.splitlines())
    header = {match[1]: match[2] for match in lines if match}
    for word in ("Guards", "Table", "Group", "Expected"):
        if word not in header:
            raise SqlCheckError(f"{path}: the header lacks a line '-- {word}: …'")
    table, _, name = path.stem.partition("__")
    if not name or table != header["Table"]:
        raise SqlCheckError(f"{path}: checks {header['Table']}, so its name must be {header['Table']}__<check>.sql")
    query = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    if ";" in query:
        raise SqlCheckError(f"{path}: holds a semicolon; a check is one SELECT and nothing else")
    try:
        reads = tables_read(query)
    except NotASelectError as error:
        raise SqlCheckError(f"{path}: {error}") from error
    return SqlCheck(
        table,
        name,
        header["Group"],
        header["Guards"],
        header["Expected"],
        header.get("Says", ""),
        query,
        reads,
    )


@cache
def sql_checks() -> tuple[SqlCheck, ...]:
    """Every check in the order of the files' names. Raises SqlCheckError for a file that is none, or if there is no file."""
    paths = sorted(CHECKS_DIR.glob("*.sql"))
    if not paths:
        raise SqlCheckError(f"{CHECKS_DIR}: holds no .sql file; install aftercall again, or check out sql/ whole")
    return tuple(parse_check(path) for path in paths)

"""Which tables a SELECT of ``sql/`` reads: by parsing it, or by looking up what ``make docs`` found of the same text.

Parsing all of them takes longer than a run on nothing new. A text that is not the one that was parsed is parsed again, so
what is looked up is never stale.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PARSED_FILE = Path(__file__).with_name("parsed_sql.json")


class NotASelectError(ValueError):
    """The text is no SQL that can be parsed, or not exactly one SELECT. The message says which."""


def tables_read(sql: str) -> frozenset[str]:
    """Names of the tables that ``sql`` names, those of its own CTEs apart.

    Raises:
        NotASelectError: it is no single SELECT.
    """
    known = _parsed().get(_mark(sql))
    return parsed_tables(sql) if known is None else frozenset(known)


def parsed_tables(sql: str) -> frozenset[str]:
    """As ``tables_read``, by parsing."""
    import sqlglot  # noqa: PLC0415  (only for a text that make docs has not seen)
    from sqlglot import exp  # noqa: PLC0415

    try:
        statements = sqlglot.parse(sql, read="duckdb")
    except sqlglot.errors.ParseError as error:
        raise NotASelectError(f"is not SQL that can be parsed: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise NotASelectError("is not a single SELECT")
    tree = statements[0]
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table) if table.name and table.name not in own)


def parsed_text(texts: Iterable[str]) -> str:
    """What ``PARSED_FILE`` holds of ``texts``: a text's hash and its tables a line."""
    lines = sorted(f"{json.dumps(_mark(sql))}: {json.dumps(sorted(parsed_tables(sql)))}" for sql in texts)
    return "{\n" + ",\n".join(lines) + "\n}\n"


@cache
def _parsed() -> dict[str, list[str]]:
    try:
        found: dict[str, list[str]] = json.loads(PARSED_FILE.read_bytes())
    except FileNotFoundError:
        return {}
    return found


def _mark(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()

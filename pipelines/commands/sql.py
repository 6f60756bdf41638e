"""The command `aftercall sql`: what is asked on the command line, and where the rows go."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from pipelines.config import ConfigError, load_settings
from pipelines.console import CONTROLS, STDERR, config_option, guarded_reader, say
from pipelines.interruption import run_stoppable

_FORMATS = ("table", "csv", "json", "parquet")
_SHOWN_ROWS = 100


@click.command()
@config_option
@click.argument("statement", required=False)
@click.option("--tables", is_flag=True, help="List the published tables with their rows.")
@click.option("--describe", metavar="TABLE", help="List the columns of a table: type, unit, metric, what it says.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="Default: what --out ends with, else a table on the screen."
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write (.csv, .json, .parquet) instead.")
@click.option(
    "--limit", type=click.IntRange(min=1), help=f"How many rows; default: {_SHOWN_ROWS} as a table, else all."
)
@guarded_reader
def sql(
    config: Path,
    statement: str | None,
    *,
    tables: bool,
    describe: str | None,
    form: str | None,
    out: Path | None,
    limit: int | None,
) -> None:
    """Ask the published tables: one SELECT, DuckDB's SQL. `-` reads it from standard input.

    The tables hold pseudonyms and redacted text. They are only read, and nothing else can be: no file, no other database,
    no extension. A run in progress does not matter.
    """
    from pipelines.commands.published_sql import column_list, table_list  # noqa: PLC0415

    if sum((statement is not None, tables, describe is not None)) != 1:
        raise click.UsageError("Write a statement, --tables or --describe TABLE.")
    settings = load_settings(config)
    if tables:
        _print(("table", "rows", "what it holds"), table_list(settings))
    elif describe is not None:
        _print(("column", "type", "unit", "metric", "what it says"), column_list(describe.strip().lower()))
    else:
        text = _in_utf8(statement or "")
        chosen = _format(form, out)
        # One statement may take minutes; a signal breaks it off.
        run_stoppable(lambda: _answer(config, text, chosen, out, limit))


def _in_utf8(statement: str) -> str:
    """The statement, or for `-` what stands on standard input. Raises ConfigError where it is not UTF-8."""
    try:
        # Where the locale has no UTF-8, what is not ASCII arrives as surrogates: they are turned back and read anew.
        said = sys.stdin.buffer.read() if statement == "-" else os.fsencode(statement)
        return said.decode("utf-8-sig")
    except UnicodeError as error:
        raise ConfigError("sql: the statement is not UTF-8; save it, or set the terminal, as UTF-8") from error


def _print(headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
    from pipelines.commands.answer_formats import aligned  # noqa: PLC0415

    say("\n".join(aligned(headers, rows, widest=0)))


def _to_screen(write: Callable[[], object]) -> None:
    """Write to standard output; whoever reads it may stop reading at any line, as `head` does."""
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _format(form: str | None, out: Path | None) -> str:
    """The format asked for, or that of the file's ending. Raises ConfigError where the two do not go together."""
    if out is None:
        if form == "parquet":
            raise ConfigError("--format parquet goes into a file; name one with --out")
        return form or "table"
    ending = out.suffix.lower().removeprefix(".")
    if form is None and ending not in _FORMATS[1:]:
        raise ConfigError(
            f"--out = {out}: the ending {out.suffix or '(none)'} is not known; write .csv, .json or .parquet, or name a --format"
        )
    if form == "table":
        raise ConfigError("--format table is for the screen; write csv, json or parquet with --out")
    return form or ending


def _answer(config: Path, statement: str, form: str, out: Path | None, limit: int | None) -> None:
    from pipelines.commands import answer_formats as formats  # noqa: PLC0415
    from pipelines.commands.published_sql import answered  # noqa: PLC0415

    with answered(load_settings(config), statement) as answer:
        if answer.notice:
            say(answer.notice, STDERR)
        if form == "table":
            lines, more = formats.table_lines(answer, limit or _SHOWN_ROWS)
            _to_screen(lambda: sys.stdout.write("\n".join(lines).translate(CONTROLS) + "\n"))
            if more:
                say("… and more rows: --limit, or --out FILE for all of them", STDERR)
            return
        rows = formats.limited(answer, limit)
        write = formats.write_json if form == "json" else formats.write_csv
        if out is None:
            _to_screen(lambda: write(rows, sys.stdout))
            return

        def fill(path: Path) -> int:
            if form == "parquet":
                return formats.write_parquet(rows, path)
            with formats.text_file(path) as handle:
                return write(rows, handle)

        try:
            written = formats.to_file(out, fill)
        except OSError as error:
            raise ConfigError(
                f"--out = {out}: cannot be written: {error.strerror or error}; name another file"
            ) from error
        say(f"{written:,} rows → {out}", STDERR)

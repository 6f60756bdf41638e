"""Cells of a CSV file that a spreadsheet will open: text that it would run as a formula is made plain text.

A spreadsheet takes a cell that begins with = + - @ (also full-width, also after blanks or a quote) for a formula, even
one that stands in quotes. An apostrophe in front makes it text. Numbers stay numbers. Write such a file with every text
in quotes (``quote_style="non_numeric"`` of polars), so that a separator of another country inside a text starts no cell.
"""

import re
from typing import TypeVar

import polars as pl

# Rust's and Python's patterns alike, both linear: a fixed class of leading characters, then one that matters.
_LEADING = r"[\s\x00-\x20\x7f\u00a0\u200b\u200e\u200f\ufeff\"'`]*"
_FORMULA = rf"^(?:{_LEADING}[=+\-@＝＋－＠−]|[\t\r\n])"
_NUMBER = r"^[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,4})?$"
_FORMULA_PATTERN, _NUMBER_PATTERN = re.compile(_FORMULA), re.compile(_NUMBER)

_Cell = TypeVar("_Cell")


def safe_cell(value: _Cell) -> _Cell | str:
    """``value`` for a cell: text that could run gets an apostrophe in front; everything else stays what it is."""
    if isinstance(value, str) and _FORMULA_PATTERN.match(value) and not _NUMBER_PATTERN.fullmatch(value):
        return f"'{value}"
    return value


def safe_cells(text: pl.Expr) -> pl.Expr:
    """The same for a whole column of text; null stays null."""
    runs = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(~runs).then(text).otherwise(pl.lit("'") + text)

"""How large a file, a record and what is in it may be. Every bound of reading stands here, and in docs/data-contract.md.

They keep the memory of a run bounded whatever a file holds. A record beyond one is rejected alone, with its place;
a file beyond one is refused before it is read.
"""

from dataclasses import dataclass

LONGEST_RECORD_BYTES = 16_000_000
LONGEST_HEADER_BYTES = 1_000_000
MOST_COLUMNS = 4_096
DEEPEST_NESTING = 100
LARGEST_WORKBOOK_BYTES = 2_000_000_000
MOST_CELLS = 50_000_000
LARGEST_DOCUMENT_BYTES = 256_000_000
MOST_UNPACKED_BYTES = 20_000_000_000
LARGEST_RATIO = 200
RATIO_APPLIES_FROM_BYTES = 256_000_000

#: Below it a file is read in memory, without the engine: thousands of small files then cost seconds.
SMALL_FILE_BYTES = 1_000_000


@dataclass(frozen=True)
class Bound:
    """One bound as it is documented."""

    of: str
    most: str
    beyond: str


def _bytes(count: int) -> str:
    return f"{count // 1_000_000_000} GB" if count >= 1_000_000_000 else f"{count // 1_000_000} MB"


BOUNDS = (
    Bound("a record (CSV, JSONL), in bytes", _bytes(LONGEST_RECORD_BYTES), "the record is rejected"),
    Bound("nesting of a JSON record", f"{DEEPEST_NESTING} levels", "the record is rejected"),
    Bound("the header of a CSV file", _bytes(LONGEST_HEADER_BYTES), "the file is refused"),
    Bound("columns of a file", f"{MOST_COLUMNS:,}", "the file is refused"),
    Bound("a JSON document that is one object or a broken list", _bytes(LARGEST_DOCUMENT_BYTES), "the file is refused"),
    Bound("what a workbook unpacks to", _bytes(LARGEST_WORKBOOK_BYTES), "the file is refused"),
    Bound("cells of a sheet, from the first to the last column and row", f"{MOST_CELLS:,}", "the file is refused"),
    Bound("what a compressed file unpacks to", _bytes(MOST_UNPACKED_BYTES), "the file is refused"),
    Bound(
        f"unpacked to packed, from {_bytes(RATIO_APPLIES_FROM_BYTES)} unpacked",
        f"{LARGEST_RATIO} : 1",
        "the file is refused",
    ),
)

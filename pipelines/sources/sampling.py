"""The first and last records of a large file, as a small file of the same kind: for a look before a run."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_BYTES = 4_000_000
_ROWS = 20_000


def head_and_tail(path: Path, folder: Path) -> Path | None:
    """A file below ``folder`` with the first and last records of ``path``; None where it cannot be cut (packed, JSON, damaged).

    Text is cut at line ends: a record that spans lines may be cut in two where its quotes hold line ends.
    """
    target = folder / f"{path.stat().st_size}-{path.stem}{path.suffix}"
    with path.open("rb") as handle:
        start = handle.read(4)
        if start == b"PAR1":
            return _parquet(path, target)
        if path.suffix.lower() not in {".csv", ".tsv", ".txt", ".jsonl", ".ndjson"} or start[:2] in {
            b"\x1f\x8b",
            b"PK",
        }:
            return None
        handle.seek(0)
        head = handle.read(_BYTES)
        handle.seek(-_BYTES, 2)
        tail = handle.read(_BYTES)
    if b"\x00" in head:
        return None
    target.write_bytes(head[: head.rfind(b"\n") + 1] + tail[tail.find(b"\n") + 1 :])
    return target


def _parquet(path: Path, target: Path) -> Path | None:
    try:
        file = pq.ParquetFile(path)
        groups = sorted({0, file.num_row_groups - 1})
        with pq.ParquetWriter(target, file.schema_arrow) as writer:
            for group, end in zip(groups, ("head", "tail"), strict=False):
                rows = file.read_row_group(group)
                writer.write_table(rows.slice(0, _ROWS) if end == "head" else rows.slice(max(0, rows.num_rows - _ROWS)))
    except (pa.ArrowException, OSError, IndexError):
        return None
    return target

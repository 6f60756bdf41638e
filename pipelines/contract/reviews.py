"""Where what reviewers record on the pages is left for the next night: a landing folder of canonical records.

``<data_dir>/reviews/<table>/<system>/<YYYY-MM-DD>.jsonl``, the system percent-encoded, the day that of the record in
UTC. Every night reads it without being told (``warehouse.discover``); the dashboards append to it and nobody else.
"""

import re
from pathlib import Path
from urllib.parse import quote, unquote

#: A verdict on a flag is a record of its own; one on a claim is a new version of the claim.
REVIEW_TABLES = ("dispositions", "ai_claims")
_FOLDER = re.compile(r"system-(.+)")


def review_folder(data_dir: Path, table: str, system: str) -> Path:
    """The folder of the records of one table and one system, whose name stands for any text as a single folder."""
    return data_dir / "reviews" / table / f"system-{quote(system, safe='')}"


def reviewed_systems(data_dir: Path, table: str) -> list[str]:
    """Systems of which records of ``table`` were left, in alphabetical order."""
    root = data_dir / "reviews" / table
    names = (_FOLDER.fullmatch(path.name) for path in root.glob("system-*") if path.is_dir())
    return sorted(unquote(found[1]) for found in names if found)

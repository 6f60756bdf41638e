"""The data contract, stated once: what comes in, what is kept of it, what is published.

Everything that depends on a table's shape is derived from here: warehouse DDL, the SQL that types and
checks landing records, quarantine rules, Great Expectations suites, the published Parquet types and
``docs/data-contract.md``. Nothing in this package reads a file, runs SQL or knows Dagster.
"""

from pipelines.contract.analyses import ANALYSIS_TABLES
from pipelines.contract.canonical import CANONICAL_TABLES, CHANGE_COLUMNS, SEGMENT_DIMENSIONS
from pipelines.contract.handoffs_and_promises import HANDOFF_TABLES
from pipelines.contract.model import CanonicalTable, Column, Kind, Privacy
from pipelines.contract.published import CASE_RULES, PUBLISHED_TABLES
from pipelines.contract.published_model import PublishedColumn, PublishedTable

__all__ = [
    "ANALYSIS_TABLES",
    "CANONICAL_TABLES",
    "CASE_RULES",
    "CHANGE_COLUMNS",
    "HANDOFF_TABLES",
    "PUBLISHED_TABLES",
    "SEGMENT_DIMENSIONS",
    "CanonicalTable",
    "Column",
    "Kind",
    "Privacy",
    "PublishedColumn",
    "PublishedTable",
]

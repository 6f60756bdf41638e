"""What keeps people out of the warehouse: pseudonyms for identifiers, placeholders for what texts give away.

Nothing in this package reads a file or knows a table; it imports nothing of the project but the contract.
"""

from pipelines.privacy.pseudonyms import LOOKS_PERSONAL_PATTERN, Pseudonymiser, looks_personal, looks_personal_sql
from pipelines.privacy.redaction import candidate_sql, redact, redact_many

__all__ = [
    "LOOKS_PERSONAL_PATTERN",
    "Pseudonymiser",
    "candidate_sql",
    "looks_personal",
    "looks_personal_sql",
    "redact",
    "redact_many",
]

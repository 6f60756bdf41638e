from pipelines.extraction.finding import FINDING_SCHEMA, LONGEST_CHARACTERS, Role, find
from pipelines.extraction.languages import Patterns, load_patterns

__all__ = ["FINDING_SCHEMA", "LONGEST_CHARACTERS", "Patterns", "Role", "find", "load_patterns"]

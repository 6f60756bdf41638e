"""How many examples a property is tried on: few in every run, many where ``AFTERCALL_TESTS`` asks for the wide tests."""

import os

IS_WIDE = os.environ.get("AFTERCALL_TESTS") == "wide"


def examples(quick: int, wide: int) -> int:
    """``quick`` is enough to reach every branch; ``wide`` is what the property was written for."""
    return wide if IS_WIDE else quick

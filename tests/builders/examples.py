"""How many examples a property is tried on: few in every run, many where ``AFTERCALL_TESTS`` asks for the wide tests."""

import os
from collections.abc import Iterable

IS_WIDE = os.environ.get("AFTERCALL_TESTS") == "wide"


def examples(quick: int, wide: int) -> int:
    """``quick`` is enough to reach every branch; ``wide`` is what the property was written for."""
    return wide if IS_WIDE else quick


def apart(names: Iterable[str], groups: int = 4) -> list[tuple[str, ...]]:
    """Names to be tried together: every fourth, so that neighbours (tables of one section) are in different groups.

    What hides another fault of its group is seen by the wide tests, in which each name is a group of its own.
    """
    every = list(names)
    return [(name,) for name in every] if IS_WIDE else [tuple(every[place::groups]) for place in range(groups)]

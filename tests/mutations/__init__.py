"""Deliberate faults, and the quick tests that are to find each of them."""

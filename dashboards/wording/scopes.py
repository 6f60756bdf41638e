"""Whose numbers a headline gives where filters are chosen, or that they cannot be given."""

from dashboards.wording.texts import capital

#: Where statistics were published for some groups alone.
ONE_AT_A_TIME = "These figures are published for one filter at a time, and for groups that are large enough."


def of_contacts(words: str, sentence: str) -> str:
    """``Contacts in queue care-es: In 2026-W35, 22% …``; the bare sentence without filters (``words`` is empty)."""
    if not words:
        return sentence
    # One colon is enough.
    mark = ", week" if sentence.startswith("Week ") else ": "
    return f"{capital(words)}{mark}{sentence.removeprefix('Week')}"


def not_given(what: str, words: str) -> str:
    """``Handoffs cannot be given for contacts in queue care-es.``"""
    return f"{capital(what)} cannot be given for {words}."


def nothing_left(words: str) -> str:
    return f"There are no {words} in this snapshot."

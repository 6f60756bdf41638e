"""One spelling for the name of a person: what the bounds on tries, the audit log and every look-up go by."""

import unicodedata

#: Longest name that is looked at at all, in characters as typed. A longer one is nobody's, and is never cut to fit.
LONGEST_TYPED = 256


def canonical(name: str) -> str:
    """``name`` in the spelling by which names are compared: NFKC, case-folded, trimmed, blanks collapsed."""
    # Folding can undo composition (ẛ̣ and others), so that it stands between two rounds.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())

"""Text of the data, cut and made harmless, and the few things that sentences need of text."""

import html

#: Stands for a name that is missing.
NOT_RECORDED = "not recorded"
_LONGEST_NAME = 160
#: Marks that turn the direction of the text that follows them.
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def clipped(text: str, longest: int = _LONGEST_NAME) -> str:
    """``text`` of the data in one line's order: no longer than ``longest``, and without marks that turn its direction."""
    straight = text.translate(_TURNS)
    return straight if len(straight) <= longest else f"{straight[: longest - 1]}…"


def capital(text: str) -> str:
    """``text`` with a capital at its start."""
    return f"{text[:1].upper()}{text[1:]}"


def sentence(text: str) -> str:
    """A reason or another phrase without a full stop, as a sentence."""
    return f"{capital(text)}."


def plain(text: str | None) -> str:
    """Text that Plotly shows as it is: Plotly reads a subset of HTML in labels, and data is never markup."""
    return html.escape(text or NOT_RECORDED, quote=False)

"""Text of the data as text: nothing in it runs, turns the direction of what stands around it, or stays unseen.

Line breaks, tabs, emoji (with the joiners and tags that make them up) and letters of every script stay; control
characters and marks without a shape are written out. Components take the result as text, never as markup.
"""

import re

from dashboards.wording.labels import shown_value

#: A flag of emoji (a black flag and its tags), which stays; or a character that would not be seen.
_UNSEEN = re.compile(
    "\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
    "|[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """``text`` with every unseen character as a sign of its own: ``␀`` or ``⟨U+202E⟩``."""
    return _UNSEEN.sub(_sign, text.replace("\r\n", "\n"))


def shortened(text: str, longest: int, most_lines: int = 40) -> str:
    """The beginning of ``text``, made visible: at most so many characters and lines; the same text if it is shorter."""
    lines = text[:longest].replace("\r\n", "\n").split("\n", most_lines)
    return visible("\n".join(lines[:most_lines]))


def name(text: str | None, longest: int = 160) -> str:
    """An id or a name in one line; a dash where there is none."""
    if text is None:
        return "–"
    shown = visible(text[: longest + 1]).replace("\n", "␊").replace("\t", "␉")
    return shown if len(text) <= longest else f"{shown[:longest]}…"


def segment(dimension: str, value: str | None, longest: int = 160) -> str:
    """A value of a segment dimension in one line, as people spell it."""
    return name(None if value is None else shown_value(dimension, value), longest)


def _sign(found: re.Match[str]) -> str:
    text = found[0]
    code = ord(text[0])
    if len(text) > 1:
        return text
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"

"""Addresses of machines: IPv4, IPv6 and MAC."""

import ipaddress
import re
from collections.abc import Iterator

from pipelines.privacy.redaction.plain_text import Span

#: Four numbers with dots between them: an address, or at least no phone number.
FOUR_PARTS = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9])(?!\.[0-9])")
_VERSION = re.compile(
    r"(?<![a-z])(?:version|ver|v|release|build|firmware|software|app|update|updated to|ios|android|windows|macos|chrome|driver|"
    r"section|clause|chapter|paragraph|bios)(?: is| to| number|:)?[ .]?\Z",
    re.IGNORECASE,
)
_EVERYBODYS = frozenset(("0.0.0.0", "127.0.0.1", "255.255.255.255"))  # noqa: S104 - nothing is bound
_COLONS = re.compile(
    r"(?<![\w:.])(?=[0-9a-f:]{0,6}[0-9a-f])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?![\w:])", re.IGNORECASE | re.ASCII
)
_MAC = re.compile(
    r"(?<![0-9a-f:.\-])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![\w:])|(?<![\w\-])(?:[0-9a-f]{2}-){5}[0-9a-f]{2}(?![\w\-])"
    r"|(?<![\w.])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![\w.])",
    re.IGNORECASE | re.ASCII,
)


def ip_addresses(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses that tell of somebody; "version 1.2.3.4" is none."""
    for match in FOUR_PARTS.finditer(text) if text.count(".") >= 3 else ():
        fits = all(int(part) <= 255 for part in match.group().split("."))
        if (
            fits
            and match.group() not in _EVERYBODYS
            and not _VERSION.search(text, max(0, match.start() - 24), match.start())
        ):
            yield match.span()
    if text.count(":") < 2:
        return
    for match in _COLONS.finditer(text):
        if _is_ipv6(match.group()):
            yield match.span()


def _is_ipv6(written: str) -> bool:
    groups = [group for group in written.split(":") if group]
    if len(groups) < 3 and not (groups and len(groups[0]) == 4 and groups[0][0].lower() in "23f"):
        return False  # a::b is C++, and ::1 is everybody
    try:
        ipaddress.IPv6Address(written)
    except ValueError:
        return False
    return True


def mac_addresses(text: str) -> Iterator[Span]:
    """Hardware addresses; the form with dots only with a letter in it, or it may be a number."""
    if text.count(":") < 5 and text.count("-") < 5 and text.count(".") < 2:
        return
    for match in _MAC.finditer(text):
        if "." not in match.group() or not match.group().replace(".", "").isdigit():
            yield match.span()

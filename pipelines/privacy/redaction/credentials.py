"""Keys and tokens that open something, told by their form, and names and passwords inside addresses of pages."""

import re
from collections.abc import Iterator

from pipelines.privacy.redaction.plain_text import Span

_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|AGPA|AIDA|AROA)[0-9A-Z]{16}"
    r"|(?:sk|pk|rk|whsec)[_\-](?:(?:live|test|proj|ant|or|svcacct)[_\-])?[A-Za-z0-9_\-]{16,256}"
    r"|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}"
    r"|glpat-[A-Za-z0-9_\-]{16,64}|xox[abeprs]-[A-Za-z0-9\-]{10,256}|AIza[0-9A-Za-z_\-]{30,40}|ya29\.[0-9A-Za-z_\-]{20,512}"
    r"|SG\.[A-Za-z0-9_\-]{16,64}\.[A-Za-z0-9_\-]{16,64}|(?:npm|hf|pypi|dop_v1|shpat|shpss|sq0atp|lin_api|nfp)[_\-][A-Za-z0-9_\-]{16,256}"
    r"|eyJ[A-Za-z0-9_\-]{8,4096}\.[A-Za-z0-9_\-]{4,8192}(?:\.[A-Za-z0-9_\-]{0,4096})?"
    r")(?![A-Za-z0-9])"
)
_BEARER = re.compile(
    r"(?<![a-z])(?:bearer|basic)[ :]{1,3}(?=[^ ]{0,200}[0-9])([a-z0-9_\-./+=~]{16,4096})", re.IGNORECASE | re.ASCII
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{3,30}-----[^-]{16,8192}(?:-----END [A-Z ]{3,30}-----)?")
_USER_INFO = re.compile(r"://([^\s/@:?#\0]{1,64}:[^\s/@\0]{1,128}@)(?=[\w\[])")
_WALLET = re.compile(
    r"(?<![A-Za-z0-9])(?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,60}|[13][a-km-zA-HJ-NP-Z1-9]{25,34})(?![A-Za-z0-9])"
)


def keys(text: str) -> Iterator[Span]:
    """API keys, tokens, JSON web tokens and private keys."""
    yield from (match.span() for match in _KEY.finditer(text))
    yield from (match.span(1) for match in _BEARER.finditer(text))
    yield from (match.span() for match in _PRIVATE_KEY.finditer(text))


def user_infos(text: str) -> Iterator[Span]:
    """``name:password@`` in the address of a page."""
    return (match.span(1) for match in _USER_INFO.finditer(text)) if "://" in text else iter(())


def wallets(text: str) -> Iterator[Span]:
    """Bitcoin and Ethereum addresses."""
    for match in _WALLET.finditer(text):
        written = match.group()
        if written.startswith(("0x", "bc1")) or (any(c.isalpha() for c in written) and _has_both_cases(written)):
            yield match.span()


def _has_both_cases(written: str) -> bool:
    return written != written.lower() and written != written.upper()

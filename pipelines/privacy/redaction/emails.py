"""E-mail addresses, written and dictated ("ana punto lo arroba gmail punto com"), and UPI addresses."""

import re
from collections.abc import Iterator

from pipelines.privacy.redaction.plain_text import Span

#: Providers whose name needs no more proof that an address is meant.
PROVIDERS = (
    "gmail|googlemail|yahoo|ymail|rocketmail|hotmail|outlook|live|msn|icloud|me|mac|aol|protonmail|proton|gmx|web|mail|zoho|"
    "yandex|comcast|verizon|terra|uol|bol|rediffmail|orange|wanadoo|telefonica|movistar"
)
#: What UPI addresses end in; other words behind an @ need a cue.
UPI_HANDLES = (
    "upi|paytm|ybl|ibl|axl|apl|okaxis|oksbi|okhdfcbank|okicici|sbi|hdfcbank|icici|axisbank|kotak|kmbl|yesbank|yesbankltd|"
    "indus|federal|barodampay|idfcbank|idfcfirst|rbl|pnb|unionbank|unionbankofindia|cnrb|cboi|boi|ikwik|freecharge|jupiteraxis|"
    "fam|waaxis|wahdfcbank|waicici|wasbi|pthdfc|ptaxis|ptsbi|ptyes|slice|superyes|naviaxis|airtel|jio|postbank|dbs|hsbc|sc|citi"
)
_DOT_WORD = "dot|punto|ponto|point"
_DOT = rf"(?:\.| ?[(\[{{] ?(?:{_DOT_WORD}) ?[)\]}}] ?| (?:{_DOT_WORD}) )"
_OTHER_MARKS = (
    "underscore",
    "under score",
    "guion bajo",
    "guion medio",
    "guion",
    "underline",
    "sublinhado",
    "dash",
    "hyphen",
    "minus",
    "hifen",
    "traco",
    "menos",
    "plus",
)
#: Every way to put the @ of an address.
_AT = re.compile(r" ?@ ?| ?[(\[{] ?(?:at|arroba) ?[)\]}] ?| (?:at|arroba) ", re.IGNORECASE | re.ASCII)
_AT_SIGN = re.compile(r" ?@ ?")
_DOMAIN = re.compile(
    rf"(?:[\w\-]{{1,63}}{_DOT}){{1,5}}(?:[^\W\d_]{{2,24}})(?![\w\-])"
    r"|[\w\-]{1,63} ?\. ?(?:com|net|org)(?![\w\-])",
    re.IGNORECASE,
)
_PROVIDER = re.compile(rf"(?:{PROVIDERS})(?![\w\-])", re.IGNORECASE | re.ASCII)
_SPELLED_DOT = re.compile(rf" (?:{_DOT_WORD}) |[)\]}}]", re.IGNORECASE)
_EMAIL_WORD = re.compile(r"(?<![a-z])(?:e-?mail|mail|correo|address|direccion|endereco)(?![a-z])", re.IGNORECASE)
_UPI = re.compile(r"([a-z][a-z0-9]{1,30})(?![\w\-@])(?!\.\w)", re.IGNORECASE | re.ASCII)
_UPI_HANDLE = re.compile(rf"(?:{UPI_HANDLES})", re.IGNORECASE)
_UPI_WORD = re.compile(r"(?<![a-z])(?:upi|vpa|gpay|google pay|phone ?pe|paytm|bhim)(?![a-z])", re.IGNORECASE)
_WINDOW = 200


def _backwards(words: str | tuple[str, ...]) -> str:
    return "|".join(word[::-1] for word in (words.split("|") if isinstance(words, str) else words))


_DOT_REVERSED = rf"(?:\.| ?[)\]}}] ?(?:{_backwards(_DOT_WORD)}) ?[(\[{{] ?| (?:{_backwards(_DOT_WORD)}) )"
_MARK_REVERSED = rf"(?: (?:{_backwards(_OTHER_MARKS)}) )"
_LETTER_BY_LETTER = r"[a-z0-9](?: [a-z0-9](?![a-z0-9])){2,40}"
#: What stands before the @, read from the end: parts with dots or dictated marks between them.
_LOCAL_REVERSED = re.compile(
    rf"(?:{_LETTER_BY_LETTER}|[\w.%+'\-]{{1,64}})(?:(?:{_DOT_REVERSED}|{_MARK_REVERSED})[\w.%+'\-]{{1,64}}){{0,5}}",
    re.IGNORECASE,
)
_SPELLED_REVERSED = re.compile(rf" (?:{_backwards(_DOT_WORD)}|{_backwards(_OTHER_MARKS)}) |[0-9_.]", re.IGNORECASE)


def has_at(text: str) -> bool:
    """Whether anything stands for an @."""
    return _AT.search(text) is not None


def emails(text: str) -> Iterator[Span]:
    """Looks outward from each @ or word for it, so that a long text without one costs nothing."""
    done = 0
    for at in _AT.finditer(text):
        if at.start() < done:
            continue
        domain = _DOMAIN.match(text, at.end())
        window = text[max(done, at.start() - _WINDOW) : at.start()][::-1]
        local = _LOCAL_REVERSED.match(window) if domain else None
        if not domain or not local or not _is_meant(text, at, domain, local.group()):
            continue
        done = domain.end()
        yield at.start() - local.end(), done


def _is_meant(text: str, at: re.Match[str], domain: re.Match[str], local_reversed: str) -> bool:
    """Whether an address is meant: "at" is a word like any other."""
    sign = at.group().strip().lower()
    if sign != "at":
        return True
    if _PROVIDER.match(domain.group()):
        return True
    if not _SPELLED_DOT.search(domain.group()):
        return False
    before = text[max(0, at.start() - len(local_reversed) - 40) : at.start() - len(local_reversed)]
    return bool(_SPELLED_REVERSED.search(local_reversed) or _EMAIL_WORD.search(before))


def upi_addresses(text: str) -> Iterator[Span]:
    """``name@bank`` with a known bank, or behind a word for it."""
    done = 0
    for at in _AT_SIGN.finditer(text):
        handle = _UPI.match(text, at.end())
        local = _LOCAL_REVERSED.match(text[max(done, at.start() - 65) : at.start()][::-1]) if handle else None
        if not handle or not local or local.end() < 2:
            continue
        start = at.start() - local.end()
        if _UPI_HANDLE.fullmatch(handle[1]) or _UPI_WORD.search(text, max(0, start - 40), start):
            done = handle.end()
            yield start, done

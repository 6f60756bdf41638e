"""Values that only the words around them give away: "my PIN is 4711", "nací el 3 de mayo de 1985".

A cue is followed by filling words ("number", "is", "es el") and then by a value of the form that fits; or the value
comes first: "482913 is my verification code". Whatever else follows a cue stays.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.privacy.redaction import cue_words
from pipelines.privacy.redaction.phrases import Phrases
from pipelines.privacy.redaction.plain_text import MASK, Span
from pipelines.privacy.redaction.spoken import DIGIT_WORDS, spoken_end

_Value = Callable[[str, int], int | None]

#: What may stand between a cue and its value.
_FILLING = re.compile(
    r"(?:[ \n\r]{0,4}(?:[:=#>\"'(,،.*_\-]|(?:numbers?|num|nro|nr|no|n|code|id|is|are|was|be|a|o|it's|it|its|that's|s|es|era|ser|sera|eh|ist|est|"
    r"my|mi|mis|meu|minha|your|tu|su|sua|seu|the|el|la|los|as|os|uh|uhm|umm|er|ok|okay|on|in|em|en|at|al|ao|of|de|del|do|da|for|para|"
    r"digits?|digitos|just|please|por favor|actually|again|here|aqui|reads?|like|numero|card|tarjeta|cartao|with|con|com|should|would|"
    r"believe|think|creo|seria|foi|fue|ending in|which|que|e|is:|هو|هي|है|नंबर|संख्या)(?![a-z0-9]))){0,10}+[ \n\r]{0,4}"
)
_LINK = re.compile(
    r"[ \n\r]{0,4}(?:number|numero)?[ \n\r]{0,4}(?:[:=]|->|(?:is|was|es|era|e|eh|sera|ist|est|foi|fue)(?![a-z0-9]))"
)
_DIGITS = re.compile(r"[0-9](?:[ .\-/]{0,3}[0-9])*+")
_GROUP = re.compile(r"[0-9]+")
_PREFIX = re.compile(r"\+?[(]?")


def _digits(fewest: int, most: int, *, spoken: bool = True) -> _Value:
    """So many digits, grouped or not, in figures or spelled out."""

    def end(low: str, start: int) -> int | None:
        start = _PREFIX.match(low, start).end()  # type: ignore[union-attr]
        whole = _DIGITS.match(low, start)
        if whole is not None:
            for written in (whole, _GROUP.match(low, start)):
                count = sum(character.isdigit() for character in written.group()) if written else 0
                if written and fewest <= count <= most and low[written.end() : written.end() + 1] not in ("%", ":"):
                    return written.end()
        return spoken_end(low, start, fewest, most) if spoken else None

    return end


_IDENTITY = re.compile(
    r"(?:[a-z]{1,6}[\-.]?|[a-z][ \-])?[0-9](?:[ .\-/]{0,2}[0-9]|[a-z]{1,6}-?(?=[0-9]))*+(?:-?[a-z0-9]{1,3}(?![a-z0-9]))?"
)


def _identity(low: str, start: int) -> int | None:
    """Letters and five or more digits."""
    match = _IDENTITY.match(low, start)
    count = sum(character.isdigit() for character in match.group()) if match else 0
    return match.end() if match and 5 <= count <= 22 else spoken_end(low, start, 5, 22)


_MIXED = re.compile(
    r"(?:[a-z]{1,2}-)?(?=[a-z]{0,9}[0-9])(?=[0-9]{0,9}[a-z]|[0-9]{3,8}(?![a-z0-9]))[a-z0-9]{4,10}(?![a-z0-9])"
)


def _code(low: str, start: int) -> int | None:
    """Three to eight digits, or a word of letters and digits."""
    end = _digits(3, 8)(low, start)
    if end is not None and not low[end : end + 1].isalpha():
        return end
    match = _MIXED.match(low, start)
    return match.end() if match else None


_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre|"
    "janeiro|fevereiro|marco|maio|junho|julho|setembro|outubro|novembro|dezembro|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|ene|abr|ago|dic|fev|set|out|dez"
)
_ORDINALS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|"
    "sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|primero|primeiro"
)
_NUMBER_WORD = (
    rf"(?:{DIGIT_WORDS}|{_ORDINALS}|hundred|thousand|mil|cien|ciento|novecientos|novecentos|and|y|e|de|del|of)"
)
_YEAR = (
    r"(?:,? (?:of |de |del |do )?(?:(?:19|20)[0-9]{2}|'?[0-9]{2}(?![0-9])|(?:"
    + _NUMBER_WORD
    + r"(?![a-z])[ \-]?){1,8}+))?"
)
_BIRTH_DATE = re.compile(
    r"(?:the )?(?:"
    r"[0-3]?[0-9][ ./\-]{1,3}[0-3]?[0-9][ ./\-]{1,3}(?:19|20)?[0-9]{2}(?![0-9])"
    r"|(?:19|20)[0-9]{2}[ ./\-]{1,3}[0-3]?[0-9][ ./\-]{1,3}[0-3]?[0-9](?![0-9])"
    r"|(?:[0-9]{8}|[0-9]{6})(?![0-9])"
    rf"|[0-3]?[0-9](?:st|nd|rd|th|o|a)?[ .\-/]{{0,2}}(?:of |de |del |do )?(?:{_MONTHS})(?![a-z])[.\-/]?(?:[0-9]{{2,4}}|{_YEAR})"
    rf"|(?:{_MONTHS})(?![a-z])\.? (?:the )?[0-3]?[0-9](?:st|nd|rd|th)?(?![0-9]){_YEAR}"
    rf"|(?:(?:{_NUMBER_WORD})(?![a-z])[ \-]){{1,4}}+(?:{_MONTHS})(?![a-z]){_YEAR}"
    rf"|(?:{_MONTHS})(?![a-z])(?:,? (?:the )?(?:{_NUMBER_WORD})(?![a-z])){{1,9}}+"
    rf"|(?:{_MONTHS})(?![a-z]),? (?:of |de |del )?(?:19|20)[0-9]{{2}}"
    r"|(?:19|20)[0-9]{2}(?![0-9])"
    r")"
)


_KEY = re.compile(r"(?=[^ ]{0,60}[0-9])[a-z0-9_\-./+=~]{8,4096}(?![a-z0-9])")


def _key(low: str, start: int) -> int | None:
    match = _KEY.match(low, start)
    return start + len(match.group().rstrip("./-")) if match else None


@dataclass(frozen=True)
class _Rule:
    """What a cue announces. ``before``: how many digits a value may have that comes before the cue; (0, 0): none does."""

    placeholder: str
    value: _Value
    before: tuple[int, int] = (0, 0)
    needs_link: bool = False


PASSWORD, BIRTH = "[password]", "[date of birth]"
_PHONE = _Rule("[phone]", _digits(7, 15), (7, 15))
_CARD = _Rule("[card]", _digits(13, 19), (13, 19))
_ACCOUNT = _Rule("[account number]", _identity, (6, 22))
_ID = _Rule("[national id]", _identity, (6, 22))
_CODE = _Rule("[code]", _code, (4, 8))
_OF_THEIR_OWN = (_Rule(PASSWORD, _digits(0, 0)), _Rule(BIRTH, _digits(0, 0)))
_RULES: dict[str, _Rule] = {
    word: rule
    for words, rule in (
        (cue_words.PASSWORD, _OF_THEIR_OWN[0]),
        (cue_words.BIRTH, _OF_THEIR_OWN[1]),
        (cue_words.PHONE, _PHONE),
        (cue_words.CARD, _CARD),
        (cue_words.ACCOUNT, _ACCOUNT),
        (cue_words.NATIONAL_ID, _ID),
        (cue_words.SSN, _Rule("[ssn]", _digits(9, 12), (9, 9))),
        (cue_words.CODE, _CODE),
        (cue_words.PLAIN_CODE, _Rule("[code]", _digits(4, 8), needs_link=True)),
        (cue_words.KEY, _Rule("[access key]", _key)),
    )
    for word in words
}
_OTHER_SCRIPTS: dict[str, _Rule] = {
    word: rule
    for words, rule in (
        (cue_words.OTHER_SCRIPTS["password"], _OF_THEIR_OWN[0]),
        (cue_words.OTHER_SCRIPTS["birth"], _OF_THEIR_OWN[1]),
        (cue_words.OTHER_SCRIPTS["code"], _CODE),
        (cue_words.OTHER_SCRIPTS["id"], _ID),
        (cue_words.OTHER_SCRIPTS["card"], _CARD),
        (cue_words.OTHER_SCRIPTS["account"], _ACCOUNT),
        (cue_words.OTHER_SCRIPTS["phone"], _PHONE),
    )
    for word in words
}
_CUES = Phrases(_RULES)
_OTHER_CUES = re.compile("|".join(sorted(_OTHER_SCRIPTS, key=len, reverse=True)))
_WRITTEN = re.compile(r"[ _\-'.]")
_SPELLING = {_WRITTEN.sub("", word): rule for word, rule in _RULES.items()}

_BEFORE = re.compile(
    r"(?<![0-9])([0-9](?:[ .\-/]{0,2}[0-9]){3,21})[ ,]{1,2}(?:(?:is|was|es|era|e|eh|foi|as|como)(?: going to be)?[ ,])"
    r"(?:(?:my|your|the|mi|tu|su|el|la|meu|minha|seu|sua|o|a|uber|paypal|amazon|google)[ ])?(?:[a-z]{2,12} ){0,2}\Z"
)
_LONGEST_BEFORE = 90
_NOT_A_SECRET = re.compile(rf"(?<![a-z])(?:{'|'.join(cue_words.NOT_A_SECRET)})[ _\-]{{1,2}}\Z")


@dataclass(frozen=True)
class Cue:
    """A cue in a text: where it stands, and what it announces."""

    start: int
    end: int
    rule: _Rule

    @property
    def placeholder(self) -> str:
        return self.rule.placeholder


def find_cues(low: str) -> list[Cue]:
    """Every cue in a plain text in lower case."""
    found = [
        Cue(match.start(), match.end(), _SPELLING[_WRITTEN.sub("", match.group())]) for match in _CUES.finditer(low)
    ]
    if not low.isascii():
        found += [Cue(match.start(), match.end(), _OTHER_SCRIPTS[match.group()]) for match in _OTHER_CUES.finditer(low)]
    return found


def cued_values(low: str, cues: list[Cue]) -> Iterator[tuple[str, Span]]:
    """(placeholder, span) of each value that a cue announces, passwords and dates of birth apart."""
    for cue in cues:
        rule = cue.rule
        if rule in _OF_THEIR_OWN or low[cue.start] == MASK:
            continue
        if rule.needs_link and (
            not _LINK.match(low, cue.end) or _NOT_A_SECRET.search(low, max(0, cue.start - 20), cue.start)
        ):
            continue
        start = _filled(low, cue.end)
        end = rule.value(low, start)
        if end is not None:
            yield rule.placeholder, (start, end)
        elif said := _said_before(low, cue.start, rule):
            yield rule.placeholder, said


def _filled(low: str, start: int) -> int:
    """Where a value may begin behind a cue that ends at ``start``."""
    return _FILLING.match(low, start).end()  # type: ignore[union-attr]


def _said_before(low: str, start: int, rule: _Rule) -> Span | None:
    """The value of "482913 is my verification code", whose cue starts at ``start``."""
    said = _BEFORE.search(low, max(0, start - _LONGEST_BEFORE), start) if rule.before[1] else None
    count = sum(character.isdigit() for character in said[1]) if said else 0
    return said.span(1) if said and rule.before[0] <= count <= rule.before[1] else None


def birth_dates(low: str, cues: list[Cue]) -> Iterator[Span]:
    """Dates behind a word for birth; and those before "is my date of birth"."""
    for cue in cues:
        if cue.placeholder != BIRTH or low[cue.start] == MASK:
            continue
        start = _filled(low, cue.end)
        date = _BIRTH_DATE.match(low, start)
        if date:
            yield start, start + len(date.group().rstrip(" -,"))
            continue
        said = _BEFORE.search(low, max(0, cue.start - _LONGEST_BEFORE), cue.start)
        if said and _BIRTH_DATE.fullmatch(said[1]):
            yield said.span(1)

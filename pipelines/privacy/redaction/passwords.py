"""Passwords behind a word for them; "my password is wrong" holds none."""

import re
from collections.abc import Iterator

from pipelines.privacy.redaction.cues import PASSWORD, Cue
from pipelines.privacy.redaction.plain_text import MASK, Span
from pipelines.privacy.redaction.spoken import spoken_end

_LINK = re.compile(
    r"(?:[ \n\r]{0,4}(?:[:=>\-_#(,]|(?:is|was|es|era|e|eh|sera|ist|est|foi|fue|to|a|as|called|now|currently|ahora|agora|just|"
    r"it's|that's|number|numero|de|mi|my|minha|uh|um|هو|هي|है)(?![a-z0-9]))){0,10}+[ \n\r]{0,4}[\"'(“«]?"
)
_TOKEN = re.compile(r"[^\s\"”»<>,;\0\[\]]{3,64}")
_NUMBER = re.compile(r"[0-9](?:[ \-]?[0-9]){2,15}(?![0-9])")
_ENDS = re.compile(r"[\"'”»)]?(?:[.,;!?\n]|\Z| (?:and|y|e|but|pero|mas|please|por favor)(?![a-z]))")
_SIGNS = frozenset("!@#$%^&*_+=~|\\/")
#: What people say of a password.
_SAID_OF_IT = re.compile(
    r"(?:"
    r"not|wrong|right|correct|incorrect|invalid|valid|expired|locked|blocked|lost|forgotten|reset|weak|strong|"
    r"too|my|your|his|her|our|their|the|this|that|what|when|where|why|how|still|never|always|again|also|only|"
    r"already|required|needed|different|same|new|old|here|there|case|sensitive|empty|missing|unknown|secret|"
    r"safe|secure|gone|working|changed|fine|good|bad|ready|done|okay|yes|please|help|hint|field|page|screen|box|"
    r"link|email|text|sent|back|out|off|sorry|thanks|important|private|incorrecta|incorrecto|correcta|correcto|"
    r"invalida|invalido|valida|equivocada|errada|bloqueada|vencida|caducada|olvidada|nueva|nova|misma|mesma|"
    r"diferente|segura|fuerte|forte|debil|fraca|vieja|antigua|antiga|porque|pero|para|que|cuando|como|donde|"
    r"aqui|ali|ahora|agora|mal|bien|bem|otra|outra|esta|essa|esa|mia|minha|muy|muito|nada|nunca|siempre|sempre|"
    r"tambien|tambem|cancel|account|login|cuenta|conta|acceso|acesso|wifi|router|manager|policy|recovery|"
    r"protected"
    r")"
)
_INFLECTED = re.compile(r"(?:ing|ed|ly|ado|ada|ido|ida|ando|endo|mente|ar|er|ir)\Z")


def passwords(text: str, low: str, cues: list[Cue]) -> Iterator[Span]:
    """Spans of passwords. ``text``: a plain text with its case; ``low``: the same in lower case."""
    for cue in cues:
        if cue.placeholder != PASSWORD or low[cue.start] == MASK:
            continue
        link = _LINK.match(low, cue.end)
        start = link.end()  # type: ignore[union-attr]
        spoken = spoken_end(low, start, 3, 16)
        number = _NUMBER.match(low, start)
        if spoken is not None or number is not None:
            yield start, spoken or number.end()  # type: ignore[union-attr]
            continue
        token = _TOKEN.match(text, start)
        if token is None:
            continue
        word = token.group().rstrip(".!?)':")
        said = link.group()  # type: ignore[union-attr]
        if len(word) >= 3 and _is_password(word, said, text, start + len(word)):
            yield start, start + len(word)


def _is_password(word: str, link: str, text: str, end: int) -> bool:
    has_digit = any(character.isdigit() for character in word)
    has_sign = any(character in _SIGNS for character in word)
    is_mixed = word[1:] != word[1:].lower() and word != word.upper()
    if (has_digit and (link.strip() or any(character.isalpha() for character in word))) or (has_sign and link.strip()):
        return True
    if not link.strip() or _SAID_OF_IT.fullmatch(word.lower()) or _INFLECTED.search(word.lower()):
        return False
    is_explicit = any(sign in link for sign in ':=>"“«')
    return (
        is_mixed
        or (is_explicit and word.isalpha())
        or (word.isalpha() and len(word) >= 5 and bool(_ENDS.match(text, end)))
    )

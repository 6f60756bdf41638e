"""Which texts are worth a look: patterns that are true of every text that redaction changes, and of few others.

They run in DuckDB (RE2) over millions of texts; what they let through is looked at by Python.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache

from pipelines.privacy.redaction import cue_words
from pipelines.privacy.redaction.emails import PROVIDERS
from pipelines.privacy.redaction.plain_text import ACCENTS, INVISIBLE, OTHER_FORMS
from pipelines.privacy.redaction.spoken import DIGIT_WORDS, JOINERS

_AT_WORD = "at|arroba"
_DOT_WORD = "dot|punto|ponto|point"
#: ``D`` stands for a digit and ``S`` for what is neither letter nor digit; a blank in a cue for one or two of these.
_DENSE_DIGITS = "D(?:S*D){6}"
_WITH_LETTERS = (
    "[a-z]{5}S?D{4}S?[a-z]|[a-z]{2}S?D{2}S?D{2}S?D{2}S?[a-d]|[a-z&]S?D{6}S?[a-z0-9]{2}|D{6}S?[(]|D{6}[a-z]|<<|"
    "[a-z]{3}S?[a-z]{3}S?(?:D[0-9lmnp-v]|[lmnp-v]D)[a-t]|D[a-z][a-z0-9]DS?[a-z][a-z0-9]D"
)
_NETWORK = (
    r"D+(?:\.D+){3}|[0-9a-f]:[0-9a-f]{0,4}:[0-9a-f]{0,4}|(?:[0-9a-f]{2}S){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}"
)
_KEYS = (
    "a(?:kia|sia|gpa|ida|roa)[0-9a-z]{12}|(?:sk|pk|rk|whsec)[_-][a-z0-9_-]{14}|gh[pousr]_[a-z0-9]{12}|github_pat_|glpatS|xox[a-z]S|"
    r"aiza[0-9a-z_-]{12}|ya29\.|sg\.[a-z0-9_-]{12}|(?:npm|hf|pypi|dop_v1|shpat|shpss|sq0atp|lin_api|nfp)[_-][a-z0-9_-]{12}|"
    "eyj[a-z0-9_-]{8}|(?:bearer|basic)S|SSSSSbegin|0x[0-9a-f]{12}|bc1[a-z0-9]{12}|[13][a-z0-9]{25}"
)
_EMAILS = f"@|[(\\[{{]S?(?:{_AT_WORD})S?[)\\]}}]|SarrobaS|SatS(?:{PROVIDERS})|SatS[a-z0-9_ .(){{}}-]*S(?:{_DOT_WORD})S"
_SPOKEN = f"(?:{DIGIT_WORDS}|D)(?:S+(?:(?:{JOINERS})S+)?(?:{DIGIT_WORDS}|D+)){{4}}|DS(?:DS+){{9}}"


def _cues(*words: tuple[str, ...]) -> str:
    distinct = sorted({word for group in words for word in group})
    written = "|".join(word.replace(".", "[.]").replace(" ", "S{1,2}").replace("'", "S?") for word in distinct)
    return f"(?:^|[^a-z])(?:{written})(?:[^a-z]|$)"


#: What follows these may hold no digit, or few.
_WORD_CUE = _cues(cue_words.PASSWORD, cue_words.BIRTH, cue_words.KEY)
_CODE_CUE = _cues(cue_words.CODE, cue_words.PLAIN_CODE)
_NUMBER_CUE = _cues(cue_words.SSN, cue_words.NATIONAL_ID, cue_words.CARD, cue_words.ACCOUNT, cue_words.PHONE)
#: As many digits as the shortest value has, and digits that are spelled out.
_THREE_DIGITS = "D(?:[^D]*D){2}"
_FIVE_DIGITS = "D(?:[^D]*D){4}"
_WORDS = f"(?:{DIGIT_WORDS})S+(?:(?:{JOINERS})S+)?(?:{DIGIT_WORDS}|D)|DS+(?:(?:{JOINERS})S+)?(?:{DIGIT_WORDS})"
_OTHER_SCRIPTS = "|".join(word for words in cue_words.OTHER_SCRIPTS.values() for word in words)


_SHAPE = f"{_EMAILS}|{_DENSE_DIGITS}|{_WITH_LETTERS}|{_NETWORK}|{_KEYS}|{_SPOKEN}|{_WORD_CUE}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _predicate(expression: str) -> str:
    """Whether a text in lower case has such a shape, or a cue and digits. Whatever is not ASCII counts as a mark."""

    def holds(pattern: str) -> str:
        filled = pattern.replace("[^D]", "[^0-9]").replace("D", "[0-9]").replace("S", "[^a-z0-9]")
        return f"regexp_matches({expression}, {_literal(filled)})"

    # Cue and digits in one pattern take RE2 fifty times as long.
    return (
        f"({holds(_SHAPE)} or ({holds(_CODE_CUE)} and {holds(f'{_THREE_DIGITS}|{_WORDS}')})"
        f" or ({holds(_NUMBER_CUE)} and {holds(f'{_FIVE_DIGITS}|{_WORDS}')}))"
    )


def _ranges(codes: Sequence[int]) -> str:
    """Characters by their ascending code points as a class of RE2, in ranges."""
    there = frozenset(codes)
    starts = [code for code in codes if code - 1 not in there]
    ends = [code for code in codes if code + 1 not in there]
    return "[" + "".join(f"\\x{{{start:x}}}-\\x{{{end:x}}}" for start, end in zip(starts, ends, strict=True)) + "]"


@cache
def _hidden() -> str:
    """The characters in whose place a plain text has another, accents apart. There are no digits beyond the second plane."""
    replaced = frozenset((*OTHER_FORMS, *INVISIBLE, *ACCENTS))
    category = unicodedata.category
    return _ranges([code for code in range(0x80, 0x20000) if category(chr(code)) == "Nd" or chr(code) in replaced])


def candidate_sql(expression: str) -> str:
    """DuckDB predicate over a text expression: true of every text that ``redact`` changes, and of few others."""
    # Most texts are ASCII, and most others are without accents; what still is not counts as a mark.
    is_ascii = f"(strlen({expression}) = length({expression}))"
    plain = f"case when {is_ascii} then lower({expression}) else strip_accents(lower({expression})) end"
    hidden = f"regexp_matches({expression}, '{_hidden()}|{_OTHER_SCRIPTS}')"
    return f"({_predicate(plain)} or (not {is_ascii} and {hidden}))"

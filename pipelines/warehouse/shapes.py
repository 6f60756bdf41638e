"""SQL that says what a value looks like without saying the value: ``text, 15 characters``.

A reason, a log line or a page shows a shape where a person needs to see what was wrong, and nobody may see whose it was.
What is shown: the kind and the length; for numbers the count of digits; for what stands in a date's place and holds
digits, separators and names of months and weekdays alone, a mask (``99-Aaa-99``), in which every name is ``Aaa``,
since its length would tell the month. Never shown: a digit, a letter of a word, or where the letters stand.
"""

from pipelines.warehouse.written import KNOWN_WORDS

#: Words that a mask may show as they are: they tell the form of a clock, not the hour.
_CLOCK_WORDS = "AM|PM|A\\.M\\.|P\\.M\\.|UTC|GMT|AT"
_MASKABLE = rf"(?:\d|[-/.,:+\s]|T|Z|(?:{KNOWN_WORDS}|{_CLOCK_WORDS}|ST|ND|RD|TH)\b)+"
_LONGEST_MASK = 40
_PLAIN_NUMBER = r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?"


def shape_sql(value: str, duckdb_type: str, *, mask: bool = False) -> str:
    """DuckDB expression for the shape of ``value``, of ``duckdb_type``; null for null. ``mask`` where dates and durations belong."""
    named = _native_name(duckdb_type)
    if named is not None:
        return f"case when {value} is not null then '{named}' end"
    text = f"cast({value} as varchar)"
    upper = f"upper({text})"
    masked = f"regexp_replace({upper}, '\\b(?:{KNOWN_WORDS})\\b|(?:{KNOWN_WORDS})', 'Aaa', 'g')"
    masked = f"regexp_replace({masked}, '\\d', '9', 'g')"
    digits = f"length(regexp_replace({text}, '\\D', '', 'g'))"
    length = f"length({text})"
    number = f"case when starts_with({text}, '-') then 'negative number' else 'number' end || ', ' || {digits} || case {digits} when 1 then ' digit' else ' digits' end"
    branches = [f"when {text} is null then null", f"when regexp_full_match({text}, '{_PLAIN_NUMBER}') then {number}"]
    if mask:
        maskable = f"{length} <= {_LONGEST_MASK} and regexp_matches({text}, '\\d') and regexp_full_match({upper}, '{_MASKABLE}')"
        branches.append(f"when {maskable} then 'text like ' || {masked}")
    made_of = f"""case when regexp_full_match({text}, '[\\d\\s().,:/+_-]+') then ', of digits and separators' when regexp_matches({text}, '\\d') then ', with digits' else '' end"""
    branches.append(
        f"else 'text, ' || {length} || case {length} when 1 then ' character' else ' characters' end || {made_of}"
    )
    return f"case {' '.join(branches)} end"


def _native_name(duckdb_type: str) -> str | None:
    """What a value of a native type is called, where its kind alone says what is wrong."""
    if duckdb_type.endswith("]"):
        return "list"
    named = {
        "STRUCT": "struct", "MAP": "map", "UNION": "union", "BLOB": "bytes", "BIT": "bits", "BOOLEAN": "true or false", "UUID": "UUID",
        "TIMESTAMP": "instant", "DATE": "date", "TIME": "time of day", "INTERVAL": "interval", "GEOMETRY": "geometry",
    }  # fmt: skip
    return next((name for start, name in named.items() if duckdb_type.startswith(start)), None)

"""When two values of a segment dimension are one: letter case and blanks make no difference.

Tables hold a value's key; the spelling that people are shown stands in the published table ``segment_labels``. Sources
spell one queue in several ways, and each spelling by itself would hide repeats and split rates.
"""

import unicodedata

from pipelines.contract.canonical import CANONICAL_TABLES, SEGMENT_DIMENSIONS

#: Dimensions whose values a source may spell as it likes; modes are a fixed list.
SPELT_DIMENSIONS = tuple(name for name in SEGMENT_DIMENSIONS if name != "mode")

#: Canonical table → its columns that hold values of a segment dimension, each named as the dimension is. A turn's or a
#: verbatim's language is no segment.
SPELT_COLUMNS = {
    name: tuple(
        column for column in SPELT_DIMENSIONS if column in {each.name for each in CANONICAL_TABLES[name].columns}
    )
    for name in ("contacts", "complaints", "crm_events")
}


def segment_key(spelling: str) -> str:
    """The key of a value: NFC, case-folded, blanks at the ends gone and those within made one space.

    >>> segment_key("  Tech\u00a0 SUPPORT ")
    'tech support'
    """
    folded = unicodedata.normalize("NFC", spelling).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())

"""Faults of mappings: what is counted, what is made of values, and what may stand in an expression."""

from mutations.mutation import Mutation

_FEATURES = ("tests/sources/mapping/test_mapping_features.py",)
_LANDED = ("tests/warehouse/test_mapped_sources.py",)
_JOINED = ("tests/warehouse/test_joined_sources.py",)
_XML = ("tests/sources/mapping/test_xml_rows.py",)
_BOTH_WAYS = ("tests/sources/mapping/test_both_ways_of_reading_nested_files.py",)

MUTATIONS = (
    Mutation(
        "a record that waits counts",
        "pipelines/warehouse/joins.py",
        'waiting.append(f"{alias}.join_key is null")',
        'waiting.append("false")',
        _JOINED,
    ),
    Mutation(
        "an earlier version counts for one that waits",
        "pipelines/warehouse/resolve_versions.py",
        "from {candidates} group by {key}",
        "from {candidates} where landed._join_fate is null group by {key}",
        _JOINED,
    ),
    Mutation(
        "a withdrawn joined record withdraws nothing",
        "pipelines/warehouse/joins.py",
        'withdrawn.append(f"{alias}.deleted_at is not null")',
        'withdrawn.append("false")',
        _JOINED,
    ),
    Mutation(
        "a document type is read over",
        "pipelines/sources/mapping/xml_documents.py",
        "        parser.StartDoctypeDeclHandler = _refuse_doctype\n",
        "",
        _XML,
    ),
    Mutation(
        "a filter that leaves a record open keeps it",
        "pipelines/sources/mapping/evaluate.py",
        "where {self._expression(table.filter)}.v is true",
        "where {self._expression(table.filter)}.v is not false",
        _FEATURES,
    ),
    Mutation(
        "records that a filter leaves out are quarantined",
        "pipelines/warehouse/land.py",
        "filtered = one.read.filtered if one.read is not None else 0",
        "filtered = 0",
        _LANDED,
    ),
    Mutation(
        "records alike of two sources are one",
        "pipelines/warehouse/resolve_versions.py",
        "partition by source, _same_as",
        "partition by _record, _same_as",
        _LANDED,
    ),
    Mutation(
        "ids of content are not keyed",
        "pipelines/sources/mapping/evaluate.py",
        "left(sha256($secret || concat_ws(chr(31), {joined})), {_ID_DIGITS}) as _hash",
        "left(sha256(concat_ws(chr(31), {joined})), {_ID_DIGITS}) as _hash",
        _FEATURES,
    ),
    Mutation(
        "a value that no map lists is nothing, without a word",
        "pipelines/sources/mapping/column_sql.py",
        'if rule.default is None and rule.rest == "bad":',
        'if rule.default is None and rule.rest == "never":',
        _FEATURES,
    ),
    Mutation(
        "a template with an empty field gives half an id",
        "pipelines/sources/mapping/column_sql.py",
        'return " || ".join(parts)',
        "return f\"concat({', '.join(parts)})\"",
        _FEATURES,
    ),
    Mutation(
        "a zone of dates is not obeyed",
        "pipelines/sources/mapping/column_sql.py",
        "if zone is not None:",
        'if zone == "":',
        _FEATURES,
    ),
    Mutation(
        "an expression may call what it likes",
        "pipelines/sources/mapping/expressions.py",
        "if type(node) not in allowed:",
        "if node.key in ('select', 'subquery'):",
        (*_LANDED, "tests/sources/mapping/test_expressions.py"),
    ),
    Mutation(
        "parts of a record that is left out are kept",
        "pipelines/sources/mapping/reader.py",
        "found.frame = kept_with(found.frame, first)",
        "kept_with(found.frame, first)",
        _FEATURES,
    ),
    Mutation(
        "null in the place of an object is a record",
        "pipelines/sources/mapping/nested_columns.py",
        "if row is None or row[0]:\n            # It may be null itself",
        "if row is None:\n            # It may be null itself",
        _BOTH_WAYS,
    ),
)

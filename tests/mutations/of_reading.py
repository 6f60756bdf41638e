"""Faults between a delivered file and the warehouse: versions, written dates, identifiers, snapshots, checks."""

from mutations.mutation import Mutation

_VERSIONS = ("tests/warehouse/test_resolve_versions.py",)
_TYPING = ("tests/warehouse/test_typing.py", "tests/warehouse/test_instants.py")
_INSTANTS = ("tests/warehouse/test_instants.py",)
_CHECKS = ("tests/quality/test_checks.py",)
_SNAPSHOTS = ("tests/snapshot",)

MUTATIONS = (
    Mutation(
        "the oldest version of a record wins",
        "pipelines/warehouse/resolve_versions.py",
        "order by updated_at desc nulls last,",
        "order by updated_at nulls last,",
        _VERSIONS,
    ),
    Mutation(
        "a version without a date of change wins over dated ones",
        "pipelines/warehouse/resolve_versions.py",
        "order by updated_at desc nulls last,",
        "order by updated_at desc nulls first,",
        _VERSIONS,
    ),
    Mutation(
        "a second copy of a record is kept",
        "pipelines/warehouse/resolve_versions.py",
        "where record_sha <> winner_sha or copy > 1",
        "where record_sha <> winner_sha or copy > 2",
        _VERSIONS,
    ),
    Mutation(
        "older versions are counted as duplicates",
        "pipelines/warehouse/resolve_versions.py",
        "case when record_sha = winner_sha then 'duplicate' else 'superseded' end",
        "case when record_sha <> winner_sha then 'duplicate' else 'superseded' end",
        _VERSIONS,
    ),
    Mutation(
        "a date alone is the beginning of its day",
        "pipelines/warehouse/written.py",
        "(cast({date} + 1 as timestamp) - interval 1 microsecond)",
        "cast({date} as timestamp)",
        _TYPING,
    ),
    Mutation(
        "noon is midnight",
        "pipelines/warehouse/written.py",
        "when 'A' then case when {hour} = 12 then interval (-12) hour",
        "when 'A' then case when {hour} = 12 then interval 0 hour",
        _TYPING,
    ),
    Mutation(
        "offsets are added, not taken off",
        "pipelines/warehouse/written.py",
        "case {offset}[1] when '-' then -1 else 1 end",
        "case {offset}[1] when '-' then 1 else -1 end",
        _TYPING,
    ),
    Mutation(
        "a file that contradicts itself has an order of day and month",
        "pipelines/warehouse/instants.py",
        "if bool(only_dmy) != bool(only_mdy):",
        "if only_dmy or only_mdy:",
        _INSTANTS,
    ),
    Mutation(
        "dates that look swapped warn from half of them on",
        "pipelines/warehouse/instants.py",
        "3 * elsewhere >= ambiguous",
        "2 * elsewhere > ambiguous",
        _INSTANTS,
    ),
    Mutation(
        "addresses of customers differ by their capitals",
        "pipelines/privacy/identity.py",
        "return address.lower() if re.fullmatch",
        "return address if re.fullmatch",
        ("tests/privacy",),
    ),
    Mutation(
        "card numbers stay where the check digit is wrong or right",
        "pipelines/privacy/redaction/cards.py",
        "return number[0] in issuers and luhn.is_valid(number)",
        "return number[0] in issuers and not luhn.is_valid(number)",
        ("tests/privacy",),
    ),
    Mutation(
        "an address spelled with at is left in a text",
        "pipelines/privacy/redaction/emails.py",
        '    if sign != "at":\n        return True\n',
        '    if sign == "at":\n        return False\n',
        ("tests/privacy",),
    ),
    Mutation(
        "yes is no in complaints",
        "pipelines/sources/cfpb.py",
        '{"Yes": "true", "No": "false"}',
        '{"Yes": "false", "No": "true"}',
        ("tests/sources/test_cfpb.py",),
    ),
    Mutation(
        "one snapshot fewer is kept than asked for",
        "pipelines/snapshot.py",
        "len(others) - (keep - (current is not None))",
        "len(others) - (keep - 1 - (current is not None))",
        _SNAPSHOTS,
    ),
    Mutation(
        "a torn file counts as whole",
        "pipelines/snapshot.py",
        "if file.bytes is not None and found.st_size != file.bytes:",
        "if file.bytes is not None and found.st_size > file.bytes:",
        _SNAPSHOTS,
    ),
    Mutation(
        "what a run leaves behind forgets when one last succeeded",
        "pipelines/snapshot.py",
        "succeeded or (former.succeeded_at if former else None)",
        "succeeded",
        (*_SNAPSHOTS, "tests/commands/test_a_blocked_first_night.py", "tests/dashboards/test_application.py"),
    ),
    Mutation(
        "a key may stand twice",
        "pipelines/quality/rules.py",
        "group by {columns} having count(*) > 1",
        "group by {columns} having count(*) > 2",
        _CHECKS,
    ),
    Mutation(
        "limits of wide tables are turned round",
        "pipelines/quality/rules.py",
        'for sign, limit in (("<", column.minimum), (">", column.maximum))',
        'for sign, limit in ((">", column.minimum), ("<", column.maximum))',
        _CHECKS,
    ),
    Mutation(
        "a column of a wide table may be null",
        "pipelines/quality/rules.py",
        '"required": [f"{column} is null" for column in required],',
        '"required": [f"{column} is not null" for column in required],',
        _CHECKS,
    ),
)

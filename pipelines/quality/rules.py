"""The checks of every warehouse table: those that follow from contract and configuration, and those of ``sql/checks``.

Adding a check is adding a file there, or to the contract; nothing else needs to know.
"""

from dataclasses import dataclass
from typing import Literal

from pipelines.config import Settings
from pipelines.contract import ANALYSIS_TABLES, CANONICAL_TABLES, HANDOFF_TABLES, PUBLISHED_TABLES
from pipelines.contract.notices import GATES, NoticeKind
from pipelines.contract.published_model import PublishedKind
from pipelines.quality.linkage import linkage_parameters
from pipelines.quality.sql_checks import sql_checks

Severity = Literal["blocking", "warning"]
Kind = Literal["not_null", "in_set", "between", "no_rows"]

#: Dagster shows the checks of a table by severity, and names these groups; ``data_quality`` lists each one.
GROUPS: dict[str, Severity] = {
    "keys": "blocking",
    "required": "blocking",
    "allowed_values": "blocking",
    "ranges": "blocking",
    "reconciliation": "blocking",
    "input_gates": "blocking",
    "references": "warning",
    "input_warnings": "warning",
    "freshness": "warning",
    "survey_links": "warning",
    "customer_ids": "warning",
}


#: Tables checked by one rule a group of checks, for they are wide: statistics, and what is counted up from other tables.
GROUPED_TABLES = frozenset((*ANALYSIS_TABLES, *HANDOFF_TABLES, "kpi_daily", "kpi_weekly"))


@dataclass(frozen=True)
class Rule:
    """One check. ``no_rows`` runs ``query``, which returns the rows that break it, keys first; it may take ``{batch}``.

    ``says``: what such a row means, with its columns in braces; without it their number is said.
    """

    table: str
    name: str
    group: str
    kind: Kind
    expected: str
    column: str = ""
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    query: str = ""
    says: str = ""

    @property
    def severity(self) -> Severity:
        return GROUPS[self.group]


def rules_for(table: str, settings: Settings, as_of_sql: str) -> list[Rule]:
    """All checks of one warehouse table. ``as_of_sql`` is the run's as_of as a SQL literal."""
    rules: list[Rule] = []
    if table in GROUPED_TABLES:
        rules += _grouped_rules(table)
    elif table in PUBLISHED_TABLES and table not in {"data_quality", "quarantine"}:
        rules += _published_rules(table)
    if table.startswith("stg_"):
        rules += [*_staging_rules(table), *_references(table)]
    if table == "kpi_weekly":
        rules.append(_weekly_rule())
    rules += _from_sql(table, settings)
    if table == "ingest_ledger":
        rules += [*_input_rules(), *_freshness(settings, as_of_sql)]
    return rules


def groups_for(table: str, settings: Settings) -> list[str]:
    """Names of the check groups that ``table`` has."""
    present = {rule.group for rule in rules_for(table, settings, "timestamp '2000-01-01'")}
    return [group for group in GROUPS if group in present]


def _unique(table: str, key: tuple[str, ...]) -> Rule:
    columns = ", ".join(key)
    query = f"select {columns}, count(*) as copies from {{batch}} group by {columns} having count(*) > 1"
    return Rule(table, "key_unique", "keys", "no_rows", f"({columns}) occurs once", query=query)


def _allowed(table: str, column: str, values: tuple[str, ...]) -> Rule:
    expected = f"one of {', '.join(values)}"
    return Rule(table, f"allowed:{column}", "allowed_values", "in_set", expected, column, values)


def _published_rules(name: str) -> list[Rule]:
    table = PUBLISHED_TABLES[name]
    rules = [_unique(name, table.key)] if table.key else []
    for column in table.columns:
        if not column.nullable:
            rules.append(Rule(name, f"required:{column.name}", "required", "not_null", "never null", column.name))
        if column.allowed:
            rules.append(_allowed(name, column.name, column.allowed))
        if column.minimum is not None or column.maximum is not None:
            rules.append(_between(name, column.name, column.minimum, column.maximum))
    return rules


def _grouped_rules(name: str) -> list[Rule]:
    """One rule a group rather than one a column: these tables are wide, and a rule costs more than most of their rows."""
    table = PUBLISHED_TABLES[name]
    key = ", ".join(table.key) or "*"
    required = [column.name for column in table.columns if not column.nullable]
    allowed = [column for column in table.columns if column.allowed]
    limited = [column for column in table.columns if column.minimum is not None or column.maximum is not None]
    broken = {
        "required": [f"{column} is null" for column in required],
        "allowed_values": [
            f"{column.name} not in ({', '.join(_quoted(value) for value in column.allowed)})" for column in allowed
        ],
        "ranges": [
            f"{column.name} {sign} {limit!r}"
            for column in limited
            for sign, limit in (("<", column.minimum), (">", column.maximum))
            if limit is not None
        ],
    }
    expected = {
        "required": f"{', '.join(required)} never null",
        "allowed_values": f"{', '.join(column.name for column in allowed)} within the values of the contract",
        "ranges": f"{', '.join(column.name for column in limited)} within the limits of the contract",
    }
    rules = [_unique(name, table.key)] if table.key else []
    return rules + [
        Rule(
            name,
            group,
            group,
            "no_rows",
            expected[group],
            query=f"select {key} from {{batch}} where {' or '.join(parts)}",
        )
        for group, parts in broken.items()
        if parts
    ]


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _staging_rules(name: str) -> list[Rule]:
    table = CANONICAL_TABLES[name.removeprefix("stg_")]
    rules = [_unique(name, ("system", *table.key))]
    for column in table.columns:
        if column.required:
            rules.append(Rule(name, f"required:{column.name}", "required", "not_null", "never null", column.name))
        if column.allowed:
            rules.append(_allowed(name, column.name, column.allowed))
    return rules


def _between(table: str, column: str, minimum: float | None, maximum: float | None) -> Rule:
    limits = [f"at least {minimum:g}"] if minimum is not None else []
    limits += [f"at most {maximum:g}"] if maximum is not None else []
    return Rule(
        table, f"range:{column}", "ranges", "between", " and ".join(limits), column, minimum=minimum, maximum=maximum
    )


def _from_sql(table: str, settings: Settings) -> list[Rule]:
    """The checks of ``sql/checks`` on ``table``."""
    checks = [check for check in sql_checks() if check.table == table]
    parameters = linkage_parameters(settings) if checks else {}
    return [
        Rule(
            check.table,
            check.name,
            check.group,
            "no_rows",
            check.expected_with(parameters),
            query=f"{check.query_with(parameters)}\n/* of {{batch}} */",
            says=check.says,
        )
        for check in checks
    ]


def _weekly_rule() -> Rule:
    """Every count of kpi_weekly, added up, is that of kpi_daily; sums of measures depend on the order of their rows."""
    counts = [column.name for column in PUBLISHED_TABLES["kpi_weekly"].columns if column.kind is PublishedKind.COUNT]
    sums = f"[{', '.join(f'coalesce(sum({name}), 0)' for name in counts)}]"
    days, weeks = f"select {sums} from kpi_daily", f"select {sums} from kpi_weekly"
    query = f"select ({days}) as expected, ({weeks}) as actual from (select 1) where ({days}) is distinct from ({weeks}) /* of {{batch}} */"
    expected = "every count of all weeks = that of all days"
    return Rule("kpi_weekly", "sums_conserved", "reconciliation", "no_rows", expected, query=query)


def _references(name: str) -> list[Rule]:
    """Whether the contact that a staged record names is there. It is a warning: the contact may land later."""
    table = CANONICAL_TABLES[name.removeprefix("stg_")]
    if not any(column.name == "contact_id" and column.references == "contacts.contact_id" for column in table.columns):
        return []
    query = (
        f"select system, {table.key[-1]}, contact_id from (select * from {{batch}}) as child where contact_id is not null "
        "and not exists (select 1 from int_legs as leg where leg.system = child.system and leg.leg_id = child.contact_id)"
    )
    expected = "contact_id names a contact that is there (it may land later)"
    return [Rule(name, "contact_known", "references", "no_rows", expected, query=query)]


_INPUT_RULES = {
    NoticeKind.QUARANTINED_SHARE: "at most quality.max_quarantined_share of a source's records quarantined, in the files that lie there now",
    NoticeKind.BAD_VALUE_SHARE: "at most quality.max_bad_value_share of a column's values left out, in the files that lie there now",
    NoticeKind.UNREAD_SHARE: "at most quality.max_unread_share of a source, in bytes or files, not read yet",
    NoticeKind.REPLACED: "a rewritten file holds at least half of its earlier records, or its source says what rewriting means",
    NoticeKind.UNREAD: "every file that lies there is read",
    NoticeKind.WAITING: "no file is still being written",
    NoticeKind.NO_FILE: "what a path names is a file",
    NoticeKind.NO_FOLDER: "the folder of every source exists",
    NoticeKind.NO_FILES: "every source has a file",
    NoticeKind.GONE: "what was read at the last run still lies there",
    NoticeKind.UNKNOWN_COLUMN: "every column of a file is one that the contract knows",
    NoticeKind.ABSENT_COLUMN: "every file has the columns that its mapping reads",
    NoticeKind.ALL_FILTERED: "the filter of a source leaves records in it",
    NoticeKind.ROW_IDS: "records have ids of their own, or ones made of their content",
    NoticeKind.SHARED_IDS: "ids are those of one source, or of one system",
    NoticeKind.UNMATCHED: "no record waits for what is joined to it",
    NoticeKind.SWAPPED_DATES: "the order of day and month that a file settles fits its dates",
}


def _input_rules() -> list[Rule]:
    """One rule a kind of notice: what the run found of its input (``warehouse/notices.py``) and could not let pass unsaid."""
    return [
        Rule(
            "ingest_ledger", kind.value, "input_gates" if kind in GATES else "input_warnings", "no_rows", expected,
            query=f"select source, file, column_name, rule, count, total, share from ingest_notices where kind = '{kind.value}' /* of {{batch}} */",
        )
        for kind, expected in _INPUT_RULES.items()
    ]  # fmt: skip


def _freshness(settings: Settings, as_of_sql: str) -> list[Rule]:
    """One warning for each source whose newest record is too old; turns and other timeless tables have no newest record."""
    rules = []
    for source in settings.sources:
        # What is joined to records of another source is as old as they are.
        table = CANONICAL_TABLES[source.reader.fills[0]] if source.reader.fills else None
        if table is None or not table.event_time:
            continue
        name = source.name.replace("'", "''")
        query = f"""select '{name}' as source, max(landed.{table.event_time}) as newest from landing_{table.name} as landed
            inner join landing_files as file on file.file_id = landed._file_id
            where file.source = '{name}' and landed.{table.event_time} <= {as_of_sql}
            having coalesce(max(landed.{table.event_time}) < {as_of_sql} - interval '{settings.metrics.stale_after_days * 24:.0f}' hour, true) /* of {{batch}} */"""
        expected = f"a record of the last {settings.metrics.stale_after_days:g} days before as_of"
        rules.append(Rule("ingest_ledger", f"fresh:{source.name}", "freshness", "no_rows", expected, query=query))
    return rules

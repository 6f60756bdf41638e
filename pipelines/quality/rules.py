"""The checks of every warehouse table. Adding a check is adding a rule here; nothing else needs to know."""

from dataclasses import dataclass
from typing import Literal

from pipelines.config import Settings
from pipelines.contract import ANALYSIS_TABLES, CANONICAL_TABLES, PUBLISHED_TABLES, SEAM_TABLES
from pipelines.contract.notices import GATES, NoticeKind
from pipelines.contract.published_model import PublishedKind
from pipelines.quality import linkage

Severity = Literal["blocking", "warning"]
Kind = Literal["not_null", "in_set", "between", "no_rows"]

#: Checks are shown in Dagster by these groups; ``data_quality`` lists each one.
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
GROUPED_TABLES = frozenset((*ANALYSIS_TABLES, *SEAM_TABLES, "kpi_daily", "kpi_weekly"))


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
        rules += _staging_rules(table)
    rules += [rule for rule in _reconciliations(settings) if rule.table == table]
    rules += [rule for rule in _references() if rule.table == table]
    rules += [rule for rule in _linkage(settings) if rule.table == table]
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


def _equal(table: str, name: str, expected: str, left: str, right: str) -> Rule:
    """Both queries give one number; the rule returns a row when they differ. It names {batch} so that it runs on its table."""
    query = f"select ({left}) as expected, ({right}) as actual from (select 1) where ({left}) is distinct from ({right}) /* of {{batch}} */"
    return Rule(table, name, "reconciliation", "no_rows", expected, query=query)


def _reconciliations(settings: Settings) -> list[Rule]:
    del settings
    balance = "rows_in = accepted + duplicates + superseded + quarantined"
    return [
        Rule(
            "ingest_ledger", "ledger_balances", "reconciliation", "no_rows", f"{balance}, none negative",
            query=f"select source, file, rows_in, accepted, duplicates, superseded, quarantined from {{batch}} "
            f"where not ({balance}) or least(rows_in, accepted, duplicates, superseded, quarantined) < 0",
        ),
        _equal("int_contacts", "legs_conserved", "legs of all contacts = legs staged", "select coalesce(sum(legs), 0) from int_contacts", "select count(*) from stg_contacts"),
        _equal("contact_outcomes", "eligible_conserved", "one outcome for each eligible contact", "select count(*) from int_contacts where is_eligible", "select count(*) from contact_outcomes"),
        _equal("complaints", "complaints_conserved", "one row for each staged complaint", "select count(*) from stg_complaints", "select count(*) from complaints"),
        _equal("kpi_daily", "contacts_conserved", "contacts of all days = contacts", "select count(*) from int_contacts", "select coalesce(sum(contacts), 0) from kpi_daily"),
        _equal("kpi_daily", "eligible_conserved", "eligible of all days = outcomes", "select count(*) from contact_outcomes", "select coalesce(sum(eligible), 0) from kpi_daily"),
        _equal("kpi_daily", "complaints_conserved", "complaints of all days = complaints", "select count(*) from complaints", "select coalesce(sum(complaints), 0) from kpi_daily"),
        _equal("kpi_weekly", "sums_conserved", "every count of all weeks = that of all days", f"select {_weekly_sums()} from kpi_daily", f"select {_weekly_sums()} from kpi_weekly"),
        Rule(
            "contact_outcomes", "time_runs_forward", "reconciliation", "no_rows", "started_at ≤ ended_at, and no next contact before the start",
            query="select system, contact_id, started_at, ended_at, next_contact_at from {batch} where ended_at < started_at or next_contact_at < started_at or next_same_issue_at < next_contact_at",
        ),
        _equal("handoff_quality", "handoffs_conserved", "one row for each handoff from an AI to a person", "select count(*) from int_ai_handoffs", "select count(*) from handoff_quality"),
        _equal("commitments", "recorded_promises_conserved", "one row for each recorded promise of a known contact", "select count(*) from stg_commitments as promise inner join int_legs as leg on promise.system = leg.system and promise.contact_id = leg.leg_id", "select count(*) from commitments where source = 'recorded'"),
        Rule(
            "commitments", "one_event_keeps_one_promise", "reconciliation", "no_rows", "no event keeps two promises",
            query="select event_system, event_id, count(*) as promises from {batch} where event_id is not null group by event_system, event_id having count(*) > 1",
        ),
        Rule(
            "commitments", "kept_by_an_event", "reconciliation", "no_rows", "kept if and only if an event kept it",
            query="select system, commitment_id, status, event_id from {batch} where (status in ('kept_on_time', 'kept_late')) <> (event_id is not null)",
        ),
        _equal("dispositions", "dispositions_conserved", "one row for each staged verdict", "select count(*) from stg_dispositions", "select count(*) from dispositions"),
        _equal("mode_mix", "eligible_conserved", "eligible of all days = eligible contacts", "select count(*) from int_contacts where is_eligible", "select coalesce(sum(eligible), 0) from mode_mix"),
        _equal("int_survey_links", "surveys_conserved", "one link for each staged response", "select count(*) from stg_surveys", "select count(*) from int_survey_links"),
        _equal("int_text_sentiment", "texts_conserved", "one row for each text in a customer's own words", "select count(*) from int_customer_texts", "select count(*) from int_text_sentiment"),
        Rule(
            "int_text_sentiment", "every_text_is_settled", "reconciliation", "no_rows", "a score, or the reason why there is none",
            query="select kind, system, owner_id, position, status from {batch} where status = 'not_scored' or (status = 'scored') <> (score is not null)",
        ),
        Rule(
            "contact_outcomes", "sentiment_has_a_source", "reconciliation", "no_rows", "a post-call sentiment if and only if a source",
            query="select system, contact_id, post_call_sentiment, sentiment_source from {batch} where (post_call_sentiment is null) <> (sentiment_source is null)",
        ),
        Rule(
            "contact_outcomes", "maturity_is_ordered", "reconciliation", "no_rows", "mature(30) ⇒ mature(7) ⇒ mature(1)",
            query="select system, contact_id from {batch} where (mature_30d and not mature_7d) or (mature_7d and not mature_1d)",
        ),
    ]  # fmt: skip


def _weekly_sums() -> str:
    """All counts of kpi_weekly as one list of sums; sums of measures depend on the order of their rows."""
    counts = [column.name for column in PUBLISHED_TABLES["kpi_weekly"].columns if column.kind is PublishedKind.COUNT]
    return f"[{', '.join(f'coalesce(sum({name}), 0)' for name in counts)}]"


def _references() -> list[Rule]:
    return [
        Rule(
            table, "contact_known", "references", "no_rows", "contact_id names a contact that is there (it may land later)",
            query=f"select system, {key}, contact_id from (select * from {{batch}}) as child where contact_id is not null "
            "and not exists (select 1 from int_legs as leg where leg.system = child.system and leg.leg_id = child.contact_id)",
        )
        for table, key in (("stg_ai_claims", "claim_id"), ("stg_handoffs", "handoff_id"), ("stg_turns", "turn_index"), ("stg_surveys", "response_id"), ("stg_crm_events", "event_id"), ("stg_complaints", "complaint_id"), ("stg_commitments", "commitment_id"), ("stg_suggestions", "suggestion_id"), ("stg_dispositions", "disposition_id"))
    ]  # fmt: skip


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


def _linkage(settings: Settings) -> list[Rule]:
    return [
        Rule(
            "survey_answers", "answers_linked", "survey_links", "no_rows", "every finished survey answer is about an eligible contact",
            query=linkage.unlinked_answers(),
            says="{responses:,} of {of_all:,} survey answers are {why}",
        ),
        Rule(
            "identity_links", "customers_met_elsewhere", "customer_ids", "no_rows",
            f"sources of {linkage.MIN_CUSTOMERS} customers and more have some in common with the others",
            query=linkage.unlike_customers(settings),
            says="source {source}: {unmet:,} of its {customers:,} customers ({unmet_percent:g}%) are met in no other source; "
            "if they are the same people, its ids are written in another way: make them alike, or join them by a source of identities",
        ),
    ]  # fmt: skip


def _freshness(settings: Settings, as_of_sql: str) -> list[Rule]:
    """One warning for each source whose newest record is too old; turns and other timeless tables have no newest record."""
    from pipelines.sources.registry import reader_for  # noqa: PLC0415

    rules = []
    for source in settings.sources:
        table = CANONICAL_TABLES[reader_for(source.format, source.table).fills[0]]
        if not table.event_time:
            continue
        name = source.name.replace("'", "''")
        query = f"""select '{name}' as source, max(landed.{table.event_time}) as newest from landing_{table.name} as landed
            inner join landing_files as file on file.file_id = landed._file_id
            where file.source = '{name}' and landed.{table.event_time} <= {as_of_sql}
            having coalesce(max(landed.{table.event_time}) < {as_of_sql} - interval '{settings.metrics.stale_after_days * 24:.0f}' hour, true) /* of {{batch}} */"""
        expected = f"a record of the last {settings.metrics.stale_after_days:g} days before as_of"
        rules.append(Rule("ingest_ledger", f"fresh:{source.name}", "freshness", "no_rows", expected, query=query))
    return rules

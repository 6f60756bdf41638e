"""A published snapshot of a year, made by DuckDB: the input of the dashboards' benchmark. The same size gives the same rows."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from benchmarks.published_seams import SEAMS
from pipelines.contract import PUBLISHED_TABLES
from pipelines.snapshot import (
    CheckTotals,
    LedgerTotals,
    Manifest,
    Presentation,
    SnapshotStore,
    TableFile,
    TableManifest,
)
from pipelines.warehouse.models import SQL_DIR

FIRST = date(2025, 11, 3)
DAYS = 364
AS_OF = datetime(2026, 11, 2, tzinfo=UTC)

#: An operation of 8 workflows with 5 issues each, their queues in two languages, 12 regions, two models beside people.
_CONTACTS = f"""create table contacts as
    with drawn as (
        select i, hash(i) as h, hash(i, 1) as h1, hash(i, 2) as h2, hash(i, 3) as h3 from range($contacts) as r(i)
    )
    select
        'C' || lpad(i::varchar, 9, '0') as contact_id,
        date '{FIRST}' + cast(i * {DAYS} // $contacts as integer) as day,
        (h % 20)::integer as place,
        ['ai_primary', 'human_primary', 'joint'][1 + (h1 % 3)::integer] as mode,
        ['voice', 'chat', 'email'][1 + (h2 % 3)::integer] as channel,
        'workflow_' || (h % 8)::varchar as workflow,
        'workflow_' || (h % 8)::varchar || case when h3 % 10 = 0 then '_es' else '' end as queue,
        case when h3 % 30 <> 1 then 'issue_' || (5 * (h % 8) + h2 % 5)::varchar end as issue,
        'product_' || (h2 % 4)::varchar as product,
        'region_' || (h3 % 12)::varchar as region,
        case when h3 % 10 = 0 then 'es' else 'en' end as language,
        case when h1 % 3 <> 1 then 'aria-2.' || (h2 % 2)::varchar end as ai_model,
        60 + (h2 % 900)::double as seconds,
        h % 10 < 8 as claimed,
        h3 % 100 < 30 as came_back,
        h3 % 100 < 20 as same_issue,
        (h2 % 200)::double / 100 - 1 as feeling,
        h1 % 11 = 0 as rated,
        date '{FIRST}' + cast(i * {DAYS} // $contacts as integer) < date '{AS_OF.date()}' - 31 as mature
    from drawn"""

_VALUES = {
    "contact_outcomes": {
        "system": "'default'",
        "customer_key": "md5(contact_id)",
        "started_at": "day + interval 9 hour",
        "ended_at": "day + interval 10 hour",
        "hour_of_day": "9",
        "legs": "1",
        "transfer_count": "0",
        "handle_seconds": "seconds",
        "resolved_claimed": "claimed",
        "mature_1d": "true",
        "mature_7d": "true",
        "mature_30d": "mature",
        "repeat_any_30d": "case when mature then came_back end",
        "resolved_outcome": "case when mature then not same_issue end",
        "resolution_scope": "'same_issue'",
        "resolution_parts": "'repeat+complaint+reopening'",
        "opening_sentiment": "feeling",
        "closing_sentiment": "feeling",
        "closing_sentiment_calibrated": "feeling / 2",
        "has_survey": "rated",
    },
    "kpi_daily": {
        "contacts": "1",
        "served": "1",
        "served_inbound": "1",
        "known_customer": "1",
        "eligible": "1",
        "handle_seconds_sum": "seconds",
        "handle_seconds_n": "1",
        "claimed_n": "1",
        "claimed_yes": "claimed::integer",
        "cohort_n": "mature::integer",
        "cohort_claimed_yes": "(mature and claimed)::integer",
        "cohort_outcome_yes": "(mature and not same_issue)::integer",
        "cohort_claimed_yes_outcome_no": "(mature and claimed and same_issue)::integer",
        "ai_contacts": "(ai_model is not null)::integer",
        **{f"mature_{days}d": "mature::integer" for days in (1, 7, 30)},
        **{f"mature_with_issue_{days}d": "(mature and issue is not null)::integer" for days in (1, 7, 30)},
        **{f"repeat_any_{days}d": "(mature and came_back)::integer" for days in (1, 7, 30)},
        **{f"repeat_issue_{days}d": "(mature and same_issue)::integer" for days in (1, 7, 30)},
        "complaints": "(place = 0)::integer",
        "complaints_linked": "(place = 0)::integer",
        "surveys": "rated::integer",
        "sentiment_survey_csat_n": "rated::integer",
        "sentiment_survey_csat_negative": "(rated and feeling < -0.25)::integer",
        "sentiment_closing_turns_n": "(not rated)::integer",
        "sentiment_closing_turns_negative": "(not rated and feeling < -0.25)::integer",
        "opening_closing_n": "1",
        "opening_sentiment_sum": "feeling",
        "closing_sentiment_sum": "feeling",
        "transcripts": "1",
        "transcripts_scored": "1",
    },
}
_GROUPS = """with groups as (
    select '{}' as "grouping" union all select distinct json_object('mode', mode)::varchar from contacts
    union all select distinct json_object('workflow', workflow)::varchar from contacts
    union all select distinct json_object('queue', queue)::varchar from contacts
    union all select distinct json_object('issue', issue)::varchar from contacts where issue is not null
    union all select distinct json_object('region', region)::varchar from contacts
    union all select distinct json_object('ai_model', ai_model)::varchar from contacts where ai_model is not null
)"""
_STATED = "(0.5 + step / 100.0) as confidence, 0.45 + step / 100.0 as estimate"


def write_snapshot(folder: Path, contacts: int) -> Path:
    """A ``data_dir`` below ``folder``; made once for each size."""
    data_dir = folder / f"published-{contacts}"
    store = SnapshotStore(data_dir)
    if store.current_id() is not None:
        return data_dir
    with duckdb.connect(config={"memory_limit": "8GB", "temp_directory": str(folder / "spill")}) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(_CONTACTS, {"contacts": contacts})
        for name, values in _VALUES.items():
            connection.execute(f"create view {name} as {_padded(name, values, 'contacts')}")
        for name in ("kpi_weekly", "slice_clusters"):
            connection.execute(f"create table {name} as " + (SQL_DIR / "marts" / f"{name}.sql").read_text("utf-8"))
        _write_others(connection)
        tables = {name: _write(connection, store, name) for name in PUBLISHED_TABLES}
    manifest = Manifest(
        snapshot_id="benchmark",
        as_of=AS_OF,
        run_id="benchmark",
        published_at=AS_OF,
        code_version="benchmark",
        presentation=Presentation(name="Benchmark", time_zone="UTC", min_n=30, currency="USD"),
        ledger=LedgerTotals(),
        checks=CheckTotals(),
        tables=tables,
    )
    store.commit(manifest)
    return data_dir


def _padded(name: str, values: dict[str, str], source: str) -> str:
    """A SELECT of all published columns: ``values`` by name, else the column of ``source``, else 0 or null."""
    own = {
        "contact_id",
        "day",
        "mode",
        "channel",
        "queue",
        "workflow",
        "issue",
        "product",
        "region",
        "language",
        "ai_model",
    }
    parts = []
    for column in PUBLISHED_TABLES[name].columns:
        nothing = "0" if column.kind in ("count", "measure") and not column.nullable else "null"
        taken = column.name if source.startswith("contacts") and column.name in own else nothing
        value = values.get(column.name, taken)
        parts.append(f"cast({value} as {column.kind.duckdb_type}) as {column.name}")
    return f"select {', '.join(parts)} from {source}"


def _write_others(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create view complaints as "
        + _padded(
            "complaints",
            {
                "system": "'default'", "complaint_id": "contact_id", "regulator": "'R'", "received_at": "day + interval 12 day",
                "received_day": "day + 12", "contact_system": "'default'", "link_rule": "'contact_id'",
                "days_to_complaint": "12.0", "within_30d": "true",
            },
            "contacts",
        )
        + f" where place = 0 and day < date '{AS_OF.date()}' - 13"
    )  # fmt: skip
    connection.execute(
        "create view case_flags as "
        + _padded(
            "case_flags",
            {
                "system": "'default'", "rule": "'claimed_resolved_came_back'", "code": "'D1'", "severity": "1 + place % 3",
                "known_at": "day + interval 20 day", "customer_key": "md5(contact_id)", "evidence": "'{}'", "evidence_hash": "''",
            },
            "contacts",
        )
        + " where mature and claimed and same_issue"
    )  # fmt: skip
    connection.execute(
        f"""create table survival_source as {_GROUPS} select "grouping", scope, date '{FIRST}' + cast(7 * week as integer) as week, day
        from groups, (values ('any'), ('same_issue')) as s(scope), range({DAYS // 7}) as w(week), range(31) as d(day)"""
    )
    connection.execute(
        "create view repeat_survival as "
        + _padded(
            "repeat_survival",
            {
                "grouping": '"grouping"', "scope": "scope", "week": "week", "day": "day", "n": "5000", "customers": "4000",
                "at_risk": "5000 - 40 * day", "repeat_probability": "0.01 * day", "lower": "0.009 * day", "upper": "0.011 * day",
                "window_share": "1", "is_provisional": "false", "mature_n": "5000", "mature_repeated": "1500",
            },
            "survival_source",
        )
    )  # fmt: skip
    connection.execute(
        f"""create table claims_source as {_GROUPS} select "grouping", source,
        case when month = 0 then null else '2026-' || lpad(month::varchar, 2, '0') end as period
        from groups, (values ('outcome'), ('reviewed')) as s(source), range(11) as m(month)"""
    )
    connection.execute(
        f"create table points_source as select claims_source.*, step, {_STATED} from claims_source, range(50) as s(step)"
    )
    group = {"grouping": '"grouping"', "label_source": "source", "period": "period"}
    for name, source, values in (
        ("calibration_summary", "claims_source", {"is_headline": "true", "n": "9000", "mean_confidence": "0.8", "accuracy": "0.7", "bias": "0.1", "lower": "0.08", "upper": "0.12", "q_value": "0.01"}),
        ("calibration_curve", "points_source", {"confidence": "confidence", "estimate": "estimate", "lower": "estimate - 0.02", "upper": "estimate + 0.02", "consistency_lower": "confidence - 0.02", "consistency_upper": "confidence + 0.02"}),
        ("confidence_histogram", "points_source where step % 5 = 0", {"bar_from": "confidence", "bar_to": "confidence + 0.05", "claims": "900"}),
        ("recalibration", "points_source where period is null", {"stated": "confidence", "calibrated": "estimate", "kind": "'isotonic'", "fitted_on": "4000", "judged_on": "5000", "gain": "0.01", "helps": "true"}),
    ):  # fmt: skip
        connection.execute(f"create view {name} as {_padded(name, group | values, source)}")
    connection.execute(
        """create table segments_source as select distinct json_object('queue', a.queue, 'region', a.region)::varchar as segment,
            hash(a.queue, a.region) % 100 as place from contacts as a using sample 200000 rows
        union all select json_object('issue', 'issue_' || (i % 40)::varchar, 'hour_of_day', (i // 40)::varchar), i % 100 from range(9000) as r(i)"""
    )
    moved = {
        f"{measure}_{end}": f"(place - 50) / {scale}"
        for measure, scale in (("handle_seconds", 1), ("repeat", 500))
        for end in ("change", "lower", "upper", "baseline", "period")
    }
    connection.execute(
        "create view segment_divergence as "
        + _padded(
            "segment_divergence",
            {
                "segment": "segment", "period": "'2026-09-01/2026-09-28'", "baseline": "'2026-06-09/2026-08-31'", "customers": "900",
                "verdict": "case when place > 98 then 'diverging' else 'aligned' end", "q": "place / 100.0",
                "lead_proxy": "case when place > 98 then 'handle_seconds' end", "lead_outcome": "case when place > 98 then 'repeat' end",
                **moved,
            },
            "segments_source",
        )
    )  # fmt: skip
    for name, (source, values) in SEAMS.items():
        connection.execute(f"create view {name} as {_padded(name, values, source)}")
    made = {row[0] for row in connection.execute("select view_name from duckdb_views() where not internal union all select table_name from duckdb_tables()").fetchall()}  # fmt: skip
    for name in PUBLISHED_TABLES.keys() - made:
        connection.execute(f"create view {name} as {_padded(name, {}, '(select 1)')} where false")


def _write(connection: duckdb.DuckDBPyConnection, store: SnapshotStore, name: str) -> TableManifest:
    """The table's files, one a day where it is cut by days."""
    partition = PUBLISHED_TABLES[name].partition
    folder = store.tables_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    rows = connection.execute(f"select count(*) from {name}").fetchone()
    total = int(rows[0]) if rows else 0
    if partition and total:
        connection.execute(
            f"copy (select *, {partition}::varchar as part from {name}) to '{folder}' (format parquet, partition_by (part), overwrite_or_ignore)"
        )
        paths = sorted(folder.glob("part=*/*.parquet"))
        files = [
            TableFile(part=path.parent.name.removeprefix("part="), path=str(path.relative_to(store.tables_dir)), rows=0, fingerprint="f")
            for path in paths
        ]  # fmt: skip
    else:
        connection.execute(f"copy {name} to '{folder}/all.parquet' (format parquet)")
        files = [TableFile(part="all", path=f"{name}/all.parquet", rows=total, fingerprint="f")]
    return TableManifest(rows=total, files=tuple(files))


if __name__ == "__main__":
    import sys

    print(json.dumps(str(write_snapshot(Path(sys.argv[2]), int(sys.argv[1])))))

"""What the nightly run is measured against: bare DuckDB doing the same work, and pandas doing the core of it."""

import shutil
from pathlib import Path

import duckdb

from pipelines.config import Settings
from pipelines.contract import CANONICAL_TABLES, PUBLISHED_TABLES
from pipelines.contract.model import Kind
from pipelines.warehouse.database import configure
from pipelines.warehouse.models import all_models, run_model
from pipelines.warehouse.publication import published_select

_RESULTS = ("contact_outcomes", "kpi_daily", "complaints", "design_effects", "case_flags")


def bare_duckdb(settings: Settings, parameters: dict[str, object], folder: Path) -> None:
    """Read the same files, run the same SELECTs, write the same Parquet: no typing, winners, pseudonyms, ledger or checks."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    connection = duckdb.connect(str(folder / "bare.duckdb"))
    configure(connection, "4GB", 2, folder / "spill")
    files = {source.table: str(settings.base_dir / source.path) for source in settings.sources}
    for name, table in CANONICAL_TABLES.items():
        columns = []
        present = set()
        if name in files:
            present = {
                str(row[0])
                for row in connection.execute(f"describe select * from read_parquet('{files[name]}')").fetchall()
            }
        for column in table.columns:
            if column.name not in present:
                columns.append(f"cast(null as {column.kind.duckdb_type}) as {column.name}")
            elif column.kind is Kind.INSTANT:
                columns.append(f"timezone('UTC', {column.name}) as {column.name}")
            else:
                columns.append(f"cast({column.name} as {column.kind.duckdb_type}) as {column.name}")
        source = f"read_parquet('{files[name]}')" if name in files else "(select 1) where false"
        connection.execute(
            f"create table landing_{name} as select 1 as _file_id, 0::bigint as _row, 0::bigint as _record, 'default' as system, {', '.join(columns)} from {source}"
        )
    connection.execute("create table landing_losers (table_name varchar, file_id integer, row_number bigint)")
    connection.execute("create table settings_lists (list varchar, value varchar)")
    run_models(connection, parameters)
    for name in _RESULTS:
        partition = (
            f", partition_by ({PUBLISHED_TABLES[name].partition}), write_partition_columns true"
            if PUBLISHED_TABLES[name].partition
            else ""
        )
        target = folder / name if partition else folder / f"{name}.parquet"
        connection.execute(
            f"copy ({published_select(PUBLISHED_TABLES[name])}) to '{target}' (format parquet, compression zstd{partition})"
        )
    connection.close()


def run_models(connection: duckdb.DuckDBPyConnection, parameters: dict[str, object]) -> None:
    """The SELECTs of ``sql/``, one after the other, as bare statements."""
    for model in all_models():
        run_model(connection, model, parameters)


def pandas_outcomes(folder: Path, as_of: str) -> int:
    """M1 to M3 and M5 as an analyst writes them in pandas; returns the eligible contacts."""
    import pandas as pd  # noqa: PLC0415

    moment = pd.Timestamp(as_of, tz="UTC")
    legs = pd.read_parquet(folder / "landing" / "contacts")
    legs = legs.sort_values(["started_at", "contact_id"])
    legs["root"] = legs["root_contact_id"].fillna(legs["contact_id"])
    last = [
        "mode",
        "channel",
        "queue",
        "workflow",
        "issue",
        "product",
        "region",
        "language",
        "agent_id",
        "ai_model",
        "ai_confidence",
        "resolved_claimed",
        "case_id",
    ]
    grouped = legs.groupby("root", sort=False)
    contacts = grouped.agg(
        customer_id=("customer_id", "first"), direction=("direction", "first"), started_at=("started_at", "min"), ended_at=("ended_at", "max"),
        handle_seconds=("handle_seconds", "sum"), served=("served", "max"), legs=("contact_id", "size"), **{name: (name, "last") for name in last},
    ).reset_index(names="contact_id")  # fmt: skip
    eligible = contacts[
        (contacts["direction"] == "inbound") & contacts["served"] & contacts["customer_id"].notna()
    ].sort_values(["started_at", "contact_id"])
    longest = pd.Timedelta(days=30)
    for name, key in (("any", ["customer_id"]), ("issue", ["customer_id", "issue"])):
        following = eligible.groupby(key, sort=False)["started_at"].shift(-1)
        eligible[f"next_{name}"] = following.where(following <= eligible["ended_at"] + longest)
        for days in (1, 7, 30):
            window = pd.Timedelta(days=days)
            mature = eligible["ended_at"] + window <= moment
            eligible[f"repeat_{name}_{days}d"] = (eligible[f"next_{name}"] <= eligible["ended_at"] + window).where(
                mature
            )
    complaints = pd.read_parquet(folder / "landing" / "complaints")
    pairs = complaints.merge(
        eligible[["contact_id", "customer_id", "issue", "product", "started_at", "ended_at"]],
        on="customer_id",
        suffixes=("_complaint", ""),
    )
    pairs = pairs[
        (pairs["ended_at"] <= pairs["received_at"])
        & (pairs["ended_at"] >= pairs["received_at"] - pd.Timedelta(days=90))
    ]
    pairs["tier"] = 3
    pairs.loc[pairs["product"] == pairs["product_complaint"], "tier"] = 2
    pairs.loc[pairs["issue"] == pairs["issue_complaint"], "tier"] = 1
    links = pairs.sort_values(
        ["complaint_id", "tier", "ended_at", "started_at", "contact_id"], ascending=[True, True, False, False, False]
    ).drop_duplicates("complaint_id")
    complained = links[links["received_at"] <= links["ended_at"] + longest]["contact_id"]
    events = pd.read_parquet(folder / "landing" / "crm_events")
    reopened = events[events["event_type"] == "case_reopened"].merge(
        eligible[["contact_id", "case_id", "started_at", "ended_at"]], on="case_id"
    )
    reopened = (
        reopened[reopened["ended_at"] <= reopened["occurred_at"]]
        .sort_values(["event_id", "ended_at", "started_at", "contact_id"])
        .drop_duplicates("event_id", keep="last")
    )
    reopened = reopened[reopened["occurred_at"] <= reopened["ended_at"] + longest]["contact_id"]
    repeat = eligible["repeat_issue_30d"].where(eligible["issue"].notna(), eligible["repeat_any_30d"])
    outcome = ~(
        repeat.fillna(value=False).astype(bool)
        | eligible["contact_id"].isin(complained)
        | eligible["contact_id"].isin(reopened)
    )
    eligible["resolved_outcome"] = outcome.where(eligible["ended_at"] + longest <= moment)
    return len(eligible)

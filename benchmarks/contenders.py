"""What the nightly run is measured against: bare DuckDB doing the same work, and pandas doing the core of it."""

import shutil
from pathlib import Path

import duckdb

from benchmarks.product_night import run_context
from pipelines.config import Settings
from pipelines.contract import CANONICAL_TABLES, PUBLISHED_TABLES
from pipelines.contract.model import CanonicalTable, Kind
from pipelines.warehouse.database import configure
from pipelines.warehouse.models import all_models, run_model
from pipelines.warehouse.parts import published_select
from pipelines.warehouse.segment_spellings import write_segment_spellings

_RESULTS = ("contact_outcomes", "kpi_daily", "complaints", "design_effects", "case_flags")


def bare_duckdb(settings: Settings, parameters: dict[str, object], folder: Path) -> None:
    """Read the same files, run the same SELECTs, write the same Parquet: no typing, versions, pseudonyms, ledger or checks."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    connection = duckdb.connect(str(folder / "bare.duckdb"))
    configure(connection, "4GB", 2, folder / "spill")
    # Whatever a model reads besides landed records is there, empty: no list of such tables to keep here.
    run_context(settings, connection).write_settings_lists()
    files = {source.table: str(settings.base_dir / source.path) for source in settings.sources}
    for table in CANONICAL_TABLES.values():
        if table.name in files:
            _land(connection, table, files[table.name])
    write_segment_spellings(connection)
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


def _land(connection: duckdb.DuckDBPyConnection, table: CanonicalTable, files: str) -> None:
    """The files as they are, columns cast to the contract's types; those that they lack are null."""
    held = f"read_parquet('{files}')"
    present = {str(row[0]) for row in connection.execute(f"describe select * from {held}").fetchall()}
    columns = []
    for column in table.columns:
        if column.name not in present:
            columns.append(f"cast(null as {column.kind.duckdb_type}) as {column.name}")
        elif column.kind is Kind.INSTANT:
            columns.append(f"timezone('UTC', {column.name}) as {column.name}")
        else:
            columns.append(f"cast({column.name} as {column.kind.duckdb_type}) as {column.name}")
    # Reading gives file and row at no cost; staging numbers its rows by them.
    connection.execute(
        f"""create or replace table landing_{table.name} as
        select file_index::integer as _file_id, file_row_number::bigint as _row, 0::bigint as _record,
            'default' as system, {", ".join(columns)} from {held}"""
    )


def run_models(connection: duckdb.DuckDBPyConnection, parameters: dict[str, object]) -> None:
    """The SELECTs of ``sql/``, one after the other, as bare statements."""
    for model in all_models():
        run_model(connection, model, parameters)


def run_core(connection: duckdb.DuckDBPyConnection, parameters: dict[str, object]) -> None:
    """The models that lead to ``contact_outcomes``, and itself: M1 to M3 and M5."""
    models = {model.name: model for model in all_models()}
    needed = {"contact_outcomes"}
    while further := {read for name in needed for read in models[name].reads if read in models} - needed:
        needed |= further
    for name, model in models.items():
        if name in needed:
            run_model(connection, model, parameters)


def write_core(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """The stored ``contact_outcomes`` as one Parquet file, columns as published."""
    select = published_select(PUBLISHED_TABLES["contact_outcomes"])
    connection.execute(f"copy ({select}) to '{target}' (format parquet, compression zstd)")


def pandas_outcomes(folder: Path, as_of: str, time_zone: str, target: Path | None = None) -> dict[str, int]:
    """M1 to M3 and M5 as an analyst writes them in pandas, vectorised throughout, and kept in memory.

    With ``target``, the result is written there with the columns that the product publishes.
    Returns counts of the result, which the benchmark compares with the product's: a contender that computes
    something else proves nothing.
    """
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    moment = pd.Timestamp(as_of)
    legs = pd.read_parquet(folder / "landing" / "contacts").sort_values(["started_at", "contact_id"])
    legs["root"] = legs["root_contact_id"].fillna(legs["contact_id"])
    legs["place"] = legs.groupby("root", sort=False).cumcount()
    is_ai = (legs["mode"] == "ai_primary") | (legs["ai_model"].notna() & legs["agent_id"].isna())
    is_human = ~is_ai & ((legs["mode"] == "human_primary") | legs["agent_id"].notna())
    inferred = pd.Series(
        np.where(is_ai, "ai_primary", np.where(legs["agent_id"].notna(), "human_primary", None)), index=legs.index
    )
    legs["mode"] = legs["mode"].fillna(inferred)
    legs["ai_place"] = legs["place"].where(is_ai)
    legs["human_place"] = legs["place"].where(is_human)
    legs["ended_at"] = legs["ended_at"].fillna(legs["started_at"])
    last = ["mode", "channel", "queue", "workflow", "issue", "product", "region", "language", "agent_id", "ai_model"]
    last += ["ai_confidence", "resolved_claimed", "case_id"]
    contacts = legs.groupby("root", sort=False).agg(
        customer_id=("customer_id", "first"), started_at=("started_at", "min"), ended_at=("ended_at", "max"),
        served=("served", "max"), legs=("contact_id", "size"), first_ai=("ai_place", "min"), last_human=("human_place", "max"),
        **{name: (name, "last") for name in last},
    )  # fmt: skip
    contacts["handle_seconds"] = legs.groupby("root", sort=False)["handle_seconds"].sum(min_count=1)
    contacts["direction"] = legs[legs["place"] == 0].set_index("root")["direction"].fillna("inbound")
    contacts["mode"] = contacts["mode"].where(~(contacts["first_ai"] < contacts["last_human"]), "joint")
    contacts["transfer_count"] = contacts["legs"] - 1
    local = contacts["started_at"].dt.tz_convert(time_zone)
    contacts["day"], contacts["hour_of_day"] = local.dt.normalize(), local.dt.hour
    contacts = contacts.reset_index(names="contact_id")
    known = contacts["served"] & contacts["customer_id"].notna()
    eligible = contacts[(contacts["direction"] == "inbound") & known].sort_values(["started_at", "contact_id"]).copy()
    longest = pd.Timedelta(days=30)
    for name, key in (("any", ["customer_id"]), ("issue", ["customer_id", "issue"])):
        following = eligible.groupby(key, sort=False)[["started_at", "contact_id"]].shift(-1)
        within = following["started_at"] <= eligible["ended_at"] + longest
        eligible[f"next_{name}_at"] = following["started_at"].where(within)
        eligible[f"next_{name}_id"] = following["contact_id"].where(within)
        for days in (1, 7, 30):
            window = pd.Timedelta(days=days)
            eligible[f"mature_{days}d"] = eligible["ended_at"] + window <= moment
            back = eligible[f"next_{name}_at"] <= eligible["ended_at"] + window
            eligible[f"repeat_{name}_{days}d"] = back.astype("boolean").where(eligible[f"mature_{days}d"])
    root_of = legs.set_index("contact_id")["root"]
    ends = eligible[["contact_id", "customer_id", "case_id", "issue", "product", "started_at", "ended_at"]]
    complaints = pd.read_parquet(folder / "landing" / "complaints")
    pairs = complaints.merge(ends, on="customer_id", suffixes=("_complaint", ""))
    before = pairs["ended_at"] <= pairs["received_at"]
    pairs = pairs[before & (pairs["ended_at"] >= pairs["received_at"] - pd.Timedelta(days=90))].copy()
    pairs["tier"] = 3
    pairs.loc[pairs["product"] == pairs["product_complaint"], "tier"] = 2
    pairs.loc[pairs["issue"] == pairs["issue_complaint"], "tier"] = 1
    order = ["complaint_id", "tier", "ended_at", "started_at", "contact_id"]
    links = pairs.sort_values(order, ascending=[True, True, False, False, False]).drop_duplicates("complaint_id")
    complained = links[links["received_at"] <= links["ended_at"] + longest]["contact_id"]
    events = pd.read_parquet(folder / "landing" / "crm_events")
    if "contact_id" in events:
        events["contact_id"] = events["contact_id"].map(root_of)
    reopened = events[events["event_type"] == "case_reopened"].merge(ends.dropna(subset=["case_id"]), on="case_id")
    reopened = reopened[reopened["ended_at"] <= reopened["occurred_at"]]
    reopened = reopened.sort_values(["event_id", "ended_at", "started_at", "contact_id"]).drop_duplicates(
        "event_id", keep="last"
    )
    reopened = reopened[reopened["occurred_at"] <= reopened["ended_at"] + longest]["contact_id"]
    closed = (
        events[events["event_type"] == "account_closed"][["customer_id", "occurred_at"]]
        .dropna()
        .merge(ends, on="customer_id")
    )
    closed = closed[
        (closed["ended_at"] <= closed["occurred_at"]) & (closed["occurred_at"] <= closed["ended_at"] + longest)
    ]
    mature = eligible["mature_30d"]
    for name, ids in (
        ("complaint_within_30d", complained),
        ("reopened_within_30d", reopened),
        ("closed_account_within_30d", closed["contact_id"]),
    ):
        eligible[name] = eligible["contact_id"].isin(ids).astype("boolean").where(mature)
    repeat = eligible["repeat_issue_30d"].where(eligible["issue"].notna(), eligible["repeat_any_30d"])
    eligible["resolved_outcome"] = ~(repeat | eligible["complaint_within_30d"] | eligible["reopened_within_30d"])
    eligible["contained"] = eligible["agent_id"].isna().where(eligible["mode"] == "ai_primary")
    if target is not None:
        renamed = eligible.rename(
            columns={
                "customer_id": "customer_key",
                "next_any_at": "next_contact_at",
                "next_any_id": "next_contact_id",
                "next_issue_at": "next_same_issue_at",
                "next_issue_id": "next_same_issue_id",
            }
        )
        renamed["system"] = "default"
        renamed["resolution_scope"] = np.where(renamed["issue"].notna(), "same_issue", "any")
        renamed["resolution_parts"] = "repeat+complaint+reopening"
        # Columns that neither side computes here are null on both.
        published = list(PUBLISHED_TABLES["contact_outcomes"].column_names)
        renamed.reindex(columns=published).to_parquet(target, compression="zstd", index=False)
    names = [name for name in eligible.columns if name.startswith("repeat_") or name.endswith("_within_30d")]
    return {"rows": len(eligible), **{name: int(eligible[name].sum()) for name in [*names, "resolved_outcome"]}}


def product_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The same counts of the product's ``contact_outcomes``."""
    names = [f"repeat_{scope}_{days}d" for scope in ("any", "issue") for days in (1, 7, 30)]
    names += ["complaint_within_30d", "reopened_within_30d", "closed_account_within_30d", "resolved_outcome"]
    row = connection.execute(
        f"select count(*), {', '.join(f'count(*) filter (where {name})' for name in names)} from contact_outcomes"
    ).fetchone()
    return {name: int(value) for name, value in zip(["rows", *names], row or (), strict=True)}

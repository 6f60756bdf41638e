"""Reads simulated landing files the way the contract says: winners of redelivery and correction, legs as contacts."""

from pathlib import Path

import polars as pl


def files(out: Path, table: str) -> list[Path]:
    return sorted(path for path in (out / "landing" / table).rglob("*") if path.is_file())


def read_file(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".jsonl":
        return pl.read_ndjson(path, infer_schema_length=None)
    return pl.read_csv(path, infer_schema=False)


def read_table(out: Path, table: str) -> pl.DataFrame:
    """Every delivered row; all columns as text where the format has no types."""
    return pl.concat([read_file(path) for path in files(out, table)], how="vertical_relaxed")


def last_versions(contacts: pl.DataFrame) -> pl.DataFrame:
    """The current version of each leg, without the withdrawn."""
    newest = contacts.sort("contact_id", "updated_at").unique("contact_id", keep="last", maintain_order=True)
    return newest.filter(pl.col("deleted_at").is_null())


def eligible(contacts: pl.DataFrame) -> pl.DataFrame:
    """M1 and the next contacts of M2, in as few words as possible: one row per eligible contact."""
    legs = last_versions(contacts).with_columns(
        pl.col("root_contact_id").fill_null(pl.col("contact_id")).alias("root"),
        pl.col("ended_at").fill_null(pl.col("started_at")),
    )
    whole = legs.group_by("root").agg(
        pl.col("customer_id").drop_nulls().first(),
        pl.col("issue").drop_nulls().last(),
        pl.col("started_at").min(),
        pl.col("ended_at").max(),
        pl.col("direction").fill_null("inbound").first(),
        pl.col("served").fill_null(True).any(),
    )
    chosen = whole.filter(
        (pl.col("direction") == "inbound") & pl.col("served") & ~pl.col("customer_id").fill_null("").is_in(["", "?"])
    ).sort("customer_id", "started_at", "root")
    return chosen.with_columns(
        pl.col("started_at").shift(-1).over("customer_id").alias("next_any"),
        pl.when(pl.col("issue").is_not_null())
        .then(pl.col("started_at").shift(-1).over("customer_id", "issue"))
        .alias("next_issue"),
    )

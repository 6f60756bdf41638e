"""The contract agrees with itself, and with what is made of it."""

import duckdb
import pytest

from pipelines.contract import (
    CANONICAL_TABLES,
    CHANGE_COLUMNS,
    PUBLISHED_TABLES,
    SEGMENT_DIMENSIONS,
    CanonicalTable,
    Column,
    Kind,
    Privacy,
)
from pipelines.contract.canonical import LARGEST_AMOUNT
from pipelines.contract.published_model import PublishedKind
from pipelines.sources.mapping.joins import JOIN_KEY
from pipelines.warehouse.landing import ORIGIN_COLUMNS, create_landing, record_tables
from pipelines.warehouse.models import column_types
from pipelines.warehouse.parts import published_select

CANONICAL_COLUMNS = [(table, column) for table in CANONICAL_TABLES.values() for column in table.columns]
PUBLISHED_COLUMNS = [(table, column) for table in PUBLISHED_TABLES.values() for column in table.columns]


def test_a_column_stated_twice_and_a_key_that_may_be_empty_are_refused() -> None:
    with pytest.raises(ValueError, match="states a column twice"):
        CanonicalTable("t", "", ("a",), "", (Column("a", required=True), Column("a")))
    with pytest.raises(ValueError, match=r"t\.a must be required"):
        CanonicalTable("t", "", ("a",), "", (Column("a"),))
    with pytest.raises(KeyError, match=r"contacts\.nonsense"):
        CANONICAL_TABLES["contacts"].column("nonsense")


@pytest.mark.parametrize("table", CANONICAL_TABLES.values(), ids=lambda table: table.name)
def test_a_canonical_table_is_complete(table: CanonicalTable) -> None:
    assert table.columns[-2:] == CHANGE_COLUMNS
    assert not set(table.column_names) & (ORIGIN_COLUMNS.keys() | {"system"})
    if table.event_time:
        assert table.column(table.event_time).kind is Kind.INSTANT
    for column in table.columns:
        assert column.description
        if column.not_before:
            assert table.column(column.not_before).kind is column.kind is Kind.INSTANT
        if column.references:
            referred, name = column.references.split(".")
            assert CANONICAL_TABLES[referred].key == (name,)
        if column.allowed:
            assert column.kind is Kind.TEXT
            assert all(value == value.lower() for value in column.allowed), "values are compared in lower case"
        if column.minimum is not None or column.maximum is not None:
            assert column.kind in {Kind.INTEGER, Kind.NUMBER}


def test_every_column_that_names_or_quotes_a_person_is_protected() -> None:
    protected = {(table.name, column.name): column.privacy for table, column in CANONICAL_COLUMNS}
    for (_, name), privacy in protected.items():
        if name in {"customer_id", "alias"}:
            assert privacy is Privacy.PSEUDONYM
        if name in {"agent_id", "verified_by", "decided_by"}:
            assert privacy is Privacy.IDENTIFIER
        if name in {"text", "narrative", "verbatim", "claimed_value"}:
            assert privacy is Privacy.FREE_TEXT


def test_no_text_is_kept_unseen() -> None:
    """What a source may write as it likes is redacted or may be a pseudonym; only words of a fixed list are kept as they are."""
    tables = [*CANONICAL_TABLES.values(), *record_tables().values()]
    unseen = [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if column.kind is Kind.TEXT
        and column.privacy is Privacy.NONE
        and not column.allowed
        # Made by a keyed hash before it lands.
        and column.name != JOIN_KEY
    ]
    assert unseen == []
    bounded = [column for table, column in CANONICAL_COLUMNS if column.unit == "currency"]
    assert [column.maximum for column in bounded] == [LARGEST_AMOUNT, LARGEST_AMOUNT]


def test_the_landing_area_has_every_column_in_its_type() -> None:
    with duckdb.connect() as connection:
        create_landing(connection)
        create_landing(connection)  # on every run
        for table in record_tables().values():
            expected = [*ORIGIN_COLUMNS.items(), *((column.name, column.kind.duckdb_type) for column in table.columns)]
            assert column_types(connection, f"landing_{table.name}") == expected


@pytest.mark.parametrize("table", PUBLISHED_TABLES.values(), ids=lambda table: table.name)
def test_a_published_table_is_complete(table: CanonicalTable) -> None:
    names = table.column_names
    assert len(names) == len(set(names))
    assert set(table.key) <= set(names)
    for column in table.columns:
        assert column.description
        assert not column.name.startswith("__")
    if table.partition:
        partition = PUBLISHED_TABLES[table.name].column(table.partition)
        assert (partition.kind, partition.nullable) == (PublishedKind.DAY, False)


def test_numbers_have_a_unit_and_segments_all_dimensions() -> None:
    for table, column in PUBLISHED_COLUMNS:
        if column.kind in {PublishedKind.INSTANT, PublishedKind.DAY}:
            assert column.unit, f"{table.name}.{column.name}"
    for name in ("contact_outcomes", "kpi_daily", "case_flags"):
        assert set(SEGMENT_DIMENSIONS) <= set(PUBLISHED_TABLES[name].column_names)
    assert set(SEGMENT_DIMENSIONS) <= set(CANONICAL_TABLES["contacts"].column_names)


@pytest.mark.parametrize("table", PUBLISHED_TABLES.values(), ids=lambda table: table.name)
def test_publication_casts_every_column_to_its_published_type(table: CanonicalTable) -> None:
    published = PUBLISHED_TABLES[table.name]
    with duckdb.connect() as connection:
        connection.execute(
            f"create table {published.name} as select {', '.join(f'null as {name}' for name in published.column_names)}"
        )
        connection.execute("create table shown_files (file varchar, shown varchar)")
        described = connection.execute(f"describe {published_select(published)}").fetchall()
    types = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    assert [(row[0], row[1]) for row in described] == [
        (column.name, types.get(column.kind.duckdb_type, column.kind.duckdb_type)) for column in published.columns
    ]

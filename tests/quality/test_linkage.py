"""The warnings on records that do not find each other: each names what it is about, and is silent where all is well."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from pipelines.config import Settings, load_settings
from pipelines.quality.auditor import Auditor, CheckResult
from pipelines.quality.linkage import TABLES_WITH_CUSTOMERS
from pipelines.quality.rules import rules_for

MODEL = {
    "contacts": "int_contact_legs",
    "surveys": "int_surveys",
    "complaints": "int_complaints",
    "crm_events": "int_crm_events",
}
#: source → (canonical table, first and last number of its customers, how their ids are written)
Sources = Mapping[str, tuple[str, range, str]]
ALL = range(300)
PLAIN, ZEROS = "{}", "{:08d}"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create table landing_files (file_id integer, source varchar)")
        connection.execute("create table identity_links (kind varchar)")
        for model in TABLES_WITH_CUSTOMERS:
            connection.execute(f"create table {model} (file_id integer, customer_key varchar)")
        yield connection


def settings(folder: Path, sources: Mapping[str, str]) -> Settings:
    lines = ['[project]\ndata_dir = "data"']
    lines += [
        f'[[sources]]\nname = "{name}"\nformat = "canonical"\ntable = "{table}"\npath = "x"'
        for name, table in sources.items()
    ]
    path = folder / "aftercall.toml"
    path.write_text("\n".join(lines), "utf-8")
    return load_settings(path)


def finding(connection: duckdb.DuckDBPyConnection, folder: Path, sources: Sources) -> CheckResult:
    for number, (name, (table, customers, written)) in enumerate(sources.items()):
        connection.execute("insert into landing_files values (?, ?)", [number, name])
        keys = [*(written.format(customer) for customer in [*customers, *customers[:3]]), None]
        connection.execute(f"insert into {MODEL[table]} select ?, unnest(?::varchar[])", [number, keys])
    configured = settings(folder, {name: table for name, (table, *_) in sources.items()})
    rules = [r for r in rules_for("identity_links", configured, "now()") if r.name == "customers_met_elsewhere"]
    (found,) = Auditor(connection, "run").audit(rules)
    assert found.rule.severity == "warning"
    return found


@pytest.mark.parametrize(
    ("sources", "named"),
    [
        # Written in another way: nobody is met.
        ({"calls": ("contacts", ALL, PLAIN), "asked": ("surveys", ALL, ZEROS)}, ["asked"]),
        ({"calls": ("contacts", ALL, PLAIN), "crm": ("crm_events", ALL, PLAIN), "cfpb": ("complaints", ALL, ZEROS)}, ["cfpb"]),
        # The contacts are the odd ones: those of the others meet each other.
        ({"calls": ("contacts", ALL, ZEROS), "crm": ("crm_events", ALL, PLAIN), "asked": ("surveys", ALL, PLAIN)}, ["calls"]),
        # A second system of contacts that nobody else knows, beside one that is known.
        (
            {"calls": ("contacts", ALL, PLAIN), "asked": ("surveys", range(150), PLAIN), "chats": ("contacts", ALL, ZEROS)},
            ["chats"],
        ),
        # 1 of 100 is met: a share of exactly .99.
        ({"calls": ("contacts", ALL, PLAIN), "asked": ("surveys", range(299, 399), PLAIN)}, ["asked"]),
        ({"calls": ("contacts", ALL, PLAIN), "asked": ("surveys", range(298, 398), PLAIN)}, []),
        # Fewer than 100 say nothing, on either side.
        ({"calls": ("contacts", ALL, PLAIN), "asked": ("surveys", range(99), ZEROS)}, []),
        ({"calls": ("contacts", range(99), PLAIN), "asked": ("surveys", ALL, ZEROS)}, []),
        # One source alone; two companies' contacts; a CRM with the whole customer base, of whom few call.
        ({"calls": ("contacts", ALL, PLAIN)}, []),
        ({"calls": ("contacts", ALL, PLAIN), "chats": ("contacts", ALL, ZEROS)}, []),
        ({"calls": ("contacts", range(120), PLAIN), "crm": ("crm_events", range(20_000), PLAIN)}, []),
        # Customers of complaints are mostly, not wholly, unknown.
        ({"calls": ("contacts", ALL, PLAIN), "cfpb": ("complaints", range(290, 490), PLAIN)}, []),
    ],
)  # fmt: skip
def test_a_source_whose_customers_nobody_else_knows_is_named(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, sources: Sources, named: list[str]
) -> None:
    found = finding(connection, tmp_path, sources)
    assert found.passed is not bool(named)
    assert [name for name in sources if f"source {name}:" in found.actual] == named


def test_the_warning_says_how_many_and_no_id(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    sources = {"calls": ("contacts", ALL, PLAIN), "it's [new]": ("surveys", range(299, 399), PLAIN)}
    found = finding(connection, tmp_path, sources)
    assert found.actual.startswith("source it's [new]: 99 of its 100 customers (99%) are met in no other source; ")
    assert '"customers": 100, "unmet": 99, "compared_with": 300' in found.examples


def test_answers_that_link_to_nothing_are_named_by_reason(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    connection.execute("create table survey_answers (fate varchar, is_linked boolean, responses bigint)")
    configured = settings(tmp_path, {"calls": "contacts"})
    rules = [rule for rule in rules_for("survey_answers", configured, "now()") if rule.group == "survey_links"]
    auditor = Auditor(connection, "run")
    connection.execute(
        "insert into survey_answers values ('counted', true, 1200), ('later_response', true, 30), ('unfinished', false, 9)"
    )
    (found,) = auditor.audit(rules)
    assert (found.passed, found.rule.severity, found.actual) == (True, "warning", "holds")
    connection.execute(
        "insert into survey_answers values ('unlinked_no_customer', false, 2), ('before_the_end', false, 1)"
    )
    (found,) = auditor.audit(rules)
    assert not found.passed
    assert found.actual == (
        "1 of 1,233 survey answers are given before the contact had ended; "
        "2 of 1,233 survey answers are without a contact or a known customer"
    )

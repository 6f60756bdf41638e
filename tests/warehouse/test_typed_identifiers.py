"""Ids of customers, agents, contacts and cases: one spelling, one pseudonym, and what is no id."""

import hashlib
import hmac
import math
import re

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders.examples import examples
from builders.landed import KEY, Landed
from builders.landed_values import START, one_row, value_of, values_of
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contract import CANONICAL_TABLES
from pipelines.warehouse.typing import RawRelation

_SENTINELS = ["?", "0", "0.0", "-", "--", "N/A", "n/a", " Unknown ", "ANONYMOUS", "null", "None", "nan", "NaN", "<NA>", "\\N",
     "Private", "withheld", "RESTRICTED", "sip:anonymous@anonymous.invalid"]  # fmt: skip


def test_sentinels_mean_that_nobody_knows_the_customer(landing: Landed) -> None:
    assert values_of(landing, "customer_id", _SENTINELS) == [None] * len(_SENTINELS)
    assert landing.quarantine() == []


def test_sentinels_of_the_configuration_replace_the_default(landing: Landed) -> None:
    landing.source("contacts.csv")
    landing.put("contacts.csv", f"contact_id,started_at,customer_id\na,{START},house\nb,{START},n/a\n")
    landing.metrics["customer_sentinels"] = ["House"]
    landing.night()
    assert [row["contact_id"] for row in landing.surviving() if "customer_id" in row] == ["b"]


def test_customers_are_their_keyed_hash(landing: Landed) -> None:
    expected = hmac.new(KEY.encode(), b"Cust-7", hashlib.sha256).hexdigest()
    assert value_of(landing, "customer_id", " Cust-7 ") == expected


def _pseudonym(text: str) -> str:
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


PHONE = ("+1 202 555 0147", "+12025550147", "001 202 555 0147", "tel:+1-202-555-0147", "sip:+12025550147@pbx.example;user=phone",
         "+1 (202) 555-0147")  # fmt: skip


ADDRESS = (
    "lou@pbx.example",
    "Lou@PBX.example",
    "mailto:lou@pbx.example",
    "sip:lou@pbx.example:5060;transport=tcp",
    "Lou Lee <lou@PBX.example>",
)


@pytest.mark.parametrize("column", ["customer_id", "agent_id"])
def test_every_spelling_of_a_phone_or_an_address_is_one_person(landing: Landed, column: str) -> None:
    found = values_of(landing, column, [*PHONE, *ADDRESS])
    assert found == [_pseudonym("+12025550147")] * len(PHONE) + [_pseudonym("lou@pbx.example")] * len(ADDRESS)


def test_an_agents_phone_in_national_form_is_no_staff_number(landing: Landed) -> None:
    for number, written in enumerate(("(202) 555-0147", "202-555-0147", "202.555.0147")):
        landing.source(f"{number}.csv").put(
            f"{number}.csv", f"contact_id,started_at,agent_id\n{number},{START},{written}\n"
        )
    landing.night()
    assert {row["agent_id"] for row in landing.surviving()} == {_pseudonym("+12025550147")}


def test_a_column_that_is_declared_to_hold_phones(landing: Landed) -> None:
    landing.source("a.csv", phone_columns=["customer_id"])
    landing.put(
        "a.csv",
        f"contact_id,started_at,customer_id\n1,{START},2025550147\n2,{START},(202) 555-0147\n3,{START},2025550147.0\n4,{START},k-7\n5,{START},12\n",
    )
    landing.source("b.csv").put(
        "b.csv", f"contact_id,started_at,customer_id\n6,{START},2025550147\n7,{START},+12025550147\n"
    )
    landing.night()
    phone = _pseudonym("+12025550147")
    found = {row["contact_id"]: row["customer_id"] for row in landing.surviving()}
    assert found == {
        "1": phone,
        "2": phone,
        "3": phone,
        "4": _pseudonym("k-7"),
        "5": _pseudonym("12"),
        "6": _pseudonym("2025550147"),
        "7": phone,
    }


def test_an_agents_staff_number_stays(landing: Landed) -> None:
    agents = ["agent-0147", "0147", "2025550147", "000123456789", "+42", "ext. 12", "2026-01-05"]
    assert values_of(landing, "agent_id", agents) == agents


def test_identifiers_stay_text(landing: Landed) -> None:
    row = one_row(landing, "contacts", {"contact_id": "00123", "started_at": START, "region": "02134"})
    assert (row["contact_id"], row["region"]) == ("00123", "02134")


@pytest.mark.parametrize("column", ["contact_id", "case_id", "customer_id"])
def test_an_id_has_one_spelling(landing: Landed, column: str) -> None:
    written = {
        "5001": "5001",
        " 5001.0 ": "5001",
        "5001.00": "5001",
        "\u00a05001\u200b": "5001",
        "-7.0": "-7",
        "0.0": "0",
        "007": "007",
        "007.0": "007.0",
        "5001.5": "5001.5",
        "1.0.0": "1.0.0",
        "v1.0": "v1.0",
        "1e3": "1e3",  # an id like any other
        "1e+05": "100000",  # as statistics programs write it
        "5.001e+03": "5001",
        "9007199254740991.0": "9007199254740991",
        "9007199254740993": "9007199254740993",  # text is exact
        "cafe\u0301": "caf\u00e9",
    }
    if column == "contact_id":
        # Every contact for itself: those that have one spelling are one contact.
        lines = [f'"{value}",2026-01-05T10:00:{number:02}Z' for number, value in enumerate(written)]
        landing.source("one.csv").put("one.csv", "\n".join(["contact_id,started_at", *lines, ""]))
        landing.night()
        found = landing.query("select contact_id from landing_contacts order by started_at")
        assert [row["contact_id"] for row in found] == list(written.values())
    else:
        expected = list(written.values())
        if column == "customer_id":
            expected = [None if one == "0" else _pseudonym(one) for one in expected]
        assert values_of(landing, column, written) == expected
    assert landing.quarantine() == []


def test_a_rounded_number_is_no_id(landing: Landed) -> None:
    rounded = ["9007199254740992.0", "1.2345678901234568e+16", "1.23457E+12"]
    assert values_of(landing, "case_id", rounded) == [None] * 3
    faults = landing.faults()
    assert [(fault["position"], fault["rule"]) for fault in faults] == [(each, "rounded_id") for each in "123"]
    assert all(fault["reason"].endswith("deliver ids as text or integers; the value is left out") for fault in faults)


def _ids(types: dict[str, pa.DataType], values: list[object]) -> dict[str, list[str | None]]:
    """name → the ids that a Parquet column of that type gives, through the SQL of typing."""
    found = {}
    with duckdb.connect() as connection:
        for name, kind in types.items():
            connection.register("t", pa.table({"case_id": pa.array(values, kind)}))
            duckdb_type = connection.execute("describe t").fetchall()[0][1]
            raw = RawRelation(
                CANONICAL_TABLES["contacts"], "t", {"case_id": "case_id"}, {"case_id": duckdb_type}, "1", "1", "1"
            )
            column = raw.table.column("case_id")
            rows = connection.execute(
                f"select {raw.id_of(column, 'v')} from (select {raw.value(column)} as v from t)"
            ).fetchall()
            found[name] = [row[0] for row in rows]
    return found


@settings(max_examples=examples(15, 60))
@given(numbers=st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=8))
def test_one_number_is_one_id_in_every_type(numbers: list[int]) -> None:
    types = {"int32": pa.int32(), "int64": pa.int64(), "double": pa.float64(), "decimal": pa.decimal128(20, 2)}
    found = _ids(types, list(numbers))
    texts = {
        "plain": _ids({"t": pa.string()}, [str(number) for number in numbers])["t"],
        "point": _ids({"t": pa.string()}, [f" {number}.0" for number in numbers])["t"],
        "bytes": _ids({"t": pa.binary()}, [str(number).encode() for number in numbers])["t"],
    }
    expected = [str(number) for number in numbers]
    assert {**found, **texts} == dict.fromkeys([*types, *texts], expected)


@settings(max_examples=examples(30, 100))
@given(
    ids=st.lists(
        st.text("ab01.+- e", min_size=1, max_size=7).map(str.strip).filter(bool), min_size=2, max_size=12, unique=True
    )
)
def test_two_ids_stay_two(ids: list[str]) -> None:
    """Unless they are one number: then the digits are the id of both."""
    found = _ids({"t": pa.string()}, list(ids))["t"]
    for written, one in zip(ids, found, strict=True):
        if one is not None and one != written:
            assert float(written) == float(one)
            assert re.fullmatch(r"-?\d+", one)
    kept = [one for one in found if one is not None]
    assert len({*kept}) == len({re.sub(r"^-?0$", "0", one) for one in kept})


def test_ids_that_turned_into_floats_are_the_ids_that_they_were(landing: Landed) -> None:
    start = pa.array([START] * 3)
    monday = {"contact_id": pa.array([101, 102, 103]), "started_at": start, "customer_id": pa.array([5001, 5002, 5003])}
    tuesday = {
        "contact_id": pa.array([104, 105, 106]),
        "started_at": start,
        "customer_id": pa.array([5001.0, None, math.nan]),
    }
    pq.write_table(pa.table(monday), landing.folder / "monday.parquet")
    pq.write_table(pa.table(tuesday), landing.folder / "tuesday.parquet")
    landing.source("*.parquet").night()
    found = {row["contact_id"]: row.get("customer_id") for row in landing.surviving()}
    assert found == {"101": _pseudonym("5001"), "102": _pseudonym("5002"), "103": _pseudonym("5003"),
                     "104": _pseudonym("5001"), "105": None, "106": None}  # fmt: skip
    assert landing.quarantine() == []

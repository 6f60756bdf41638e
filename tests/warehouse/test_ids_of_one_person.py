"""Which customer an id stands for: tiny cases by hand, then any pairs in any order against the definition in words."""

from collections.abc import Iterable, Iterator, Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.warehouse.models import all_models, run_model

MODELS = {model.name: model for model in all_models()}
Pair = tuple[str, str]
IDS = st.sampled_from("abcde")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def customers(connection: duckdb.DuckDBPyConnection, pairs: Iterable[Pair]) -> dict[str, str]:
    """alias → customer, of the model."""
    connection.execute(
        "create or replace table stg_identities (system varchar, customer_id varchar, alias varchar, kind varchar)"
    )
    for customer, alias in pairs:
        connection.execute("insert into stg_identities values ('s', ?, ?, null)", [customer, alias])
    run_model(connection, MODELS["int_customer_keys"], {})
    rows = connection.execute("select alias_key, customer_key from int_customer_keys").fetchall()
    assert len(rows) == len({alias for alias, _ in rows}), "an alias stands for one customer or for none"
    return dict(rows)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], {}),
        ([("ann", "phone")], {"phone": "ann"}),
        ([("ann", "phone"), ("ann", "mail")], {"phone": "ann", "mail": "ann"}),
        ([("ann", "phone"), ("bob", "phone"), ("bob", "mail")], {"mail": "bob"}),
        ([("ann", "ann")], {}),
        ([("ann", "ann"), ("bob", "ann")], {}),
        # One step, whatever is said of the customer.
        ([("ann", "bob"), ("bob", "phone")], {"bob": "ann", "phone": "bob"}),
        # Pairs listed both ways: the lesser of two stands for both; of three the one in the middle, whom two name.
        ([("phone", "ann"), ("ann", "phone")], {"phone": "ann"}),
        ([("ann", "phone"), ("phone", "ann"), ("ann", "mail"), ("mail", "ann")], {"phone": "ann", "mail": "ann"}),
        ([("ann", "bob"), ("bob", "cid"), ("cid", "ann")], {"bob": "ann", "cid": "bob", "ann": "cid"}),
    ],
)
def test_whom_an_alias_stands_for(
    connection: duckdb.DuckDBPyConnection, pairs: Sequence[Pair], expected: dict[str, str]
) -> None:
    assert customers(connection, pairs) == expected
    assert customers(connection, pairs[::-1]) == expected


@settings(deadline=None)
@given(st.lists(st.tuples(IDS, IDS), max_size=8), st.randoms())
def test_any_pairs_in_any_order_and_repeated(
    connection: duckdb.DuckDBPyConnection, pairs: list[Pair], shuffle: object
) -> None:
    found = customers(connection, pairs)
    again = [*pairs, *pairs[:2]]
    shuffle.shuffle(again)  # type: ignore[attr-defined]
    assert customers(connection, again) == found
    named = {alias: {customer for customer, other in pairs if other == alias} for _, alias in pairs}
    for alias, those in named.items():
        if len(those) > 1 or those == {alias}:
            assert alias not in found
            continue
        (customer,) = those
        if named.get(customer) == {alias}:
            assert found.get(alias, alias) == found.get(customer, customer) == min(alias, customer)
        else:
            assert found[alias] == customer
    assert found.keys() <= named.keys()

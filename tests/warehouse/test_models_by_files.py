"""SQL models by small files: ``models/<model>/<case>`` holds a CSV of rows for each table that the model reads, and ``expect.csv``.

A column that a file leaves out is null, and a table without a file is empty. ``parameters.json`` gives the model's
parameters by name, where it takes any. Of the result the columns of ``expect.csv``
are compared, in any order of rows. An empty cell is null. What a case is about stands in its README.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from pipelines.documentation import warehouse_schema
from pipelines.warehouse.models import all_models, run_model

MODELS = {model.name: model for model in all_models()}
CASES = sorted(path.parent for path in (Path(__file__).parent / "models").glob("*/*/expect.csv"))


@pytest.fixture(scope="module")
def schema() -> Mapping[str, Mapping[str, str]]:
    return warehouse_schema()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_model_makes_of_its_input_what_is_expected(case: Path, schema: Mapping[str, Mapping[str, str]]) -> None:
    model = MODELS[case.parent.name]
    given = {path.stem: path for path in case.glob("*.csv") if path.stem != "expect"}
    assert given.keys() <= model.reads, "a file that the model does not read says nothing"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for table in model.reads:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in schema[table].items())
            connection.execute(f"create table {table} ({columns})")
            if table in given:
                connection.execute(
                    f"insert into {table} by name select * from read_csv('{given[table]}', all_varchar = true)"
                )
        parameters = case / "parameters.json"
        run_model(connection, model, json.loads(parameters.read_text("utf-8")) if parameters.exists() else {})
        expected = connection.read_csv(case / "expect.csv", all_varchar=True)
        names = ", ".join(f"cast({name} as varchar)" for name in expected.columns)
        found = connection.execute(f"select {names} from {model.name}").fetchall()
        assert sorted(found, key=repr) == sorted(expected.fetchall(), key=repr)

"""The files of ``sql/checks``: each is a check, and says what it is for."""

from pathlib import Path

import duckdb
import pytest

from pipelines.quality.rules import GROUPS
from pipelines.quality.sql_checks import CHECKS_DIR, SqlCheck, SqlCheckError, parse_check, sql_checks

HEADER = "-- Guards: a row that is lost\n-- Table: t\n-- Group: keys\n-- Expected: at most $most rows\n"


def check_in(folder: Path, text: str, name: str = "t__few") -> SqlCheck:
    path = folder / f"{name}.sql"
    path.write_text(text, "utf-8")
    return parse_check(path)


def test_every_file_is_a_check_of_a_known_group() -> None:
    checks = sql_checks()
    assert {path.name for path in CHECKS_DIR.iterdir()} == {f"{check.table}__{check.name}.sql" for check in checks}
    assert {check.group for check in checks} <= GROUPS.keys()
    # A check is run once its table is made; which ids of which customers are joined is known with identity_links.
    elsewhere = {check.name for check in checks if check.table not in check.reads}
    assert elsewhere == {"customers_met_elsewhere"}
    assert min(len(check.guards) for check in checks) > 20


def test_a_check_takes_its_parameters_by_name(tmp_path: Path) -> None:
    found = check_in(
        tmp_path,
        f"{HEADER}-- Says: {{a}} is $not_taken\nwith few as (select a from t) -- of them\n"
        "select a from few where a > $most and $words[a::varchar] = $name and list_contains($names, 'x') ",
    )
    assert (found.table, found.name, found.group, found.guards) == ("t", "few", "keys", "a row that is lost")
    assert (found.says, found.reads) == ("{a} is $not_taken", {"t"})
    parameters = {"most": 1, "name": "it's", "words": {"2": "it's", "3": "y"}, "names": ["x", "y"]}
    assert found.expected_with(parameters) == "at most 1 rows"
    with duckdb.connect() as connection:
        connection.execute("create table t as select unnest([1, 2, 3]) as a")
        assert connection.execute(f"select * from ({found.query_with(parameters)}\n)").fetchall() == [(2,)]
    with pytest.raises(KeyError, match="most"):
        found.query_with({})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("t__few", HEADER.replace("-- Group: keys\n", "") + "select a from t", "lacks a line '-- Group"),
        (
            "t__few",
            HEADER.replace("Guards: a row that is lost", "Guards:") + "select a from t",
            "lacks a line '-- Guards",
        ),
        ("other__few", f"{HEADER}select a from t", "must be t__<check>.sql"),
        ("t", f"{HEADER}select a from t", "must be t__<check>.sql"),
        ("t__few", f"{HEADER}select a from t; drop table t", "semicolon"),
        ("t__few", f"{HEADER}drop table t", "not a single SELECT"),
        ("t__few", f"{HEADER}select from where (", "can be parsed"),
    ],
)
def test_a_broken_check_is_named_with_its_fault(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(SqlCheckError, match=words) as caught:
        check_in(tmp_path, text, name)
    assert str(tmp_path / f"{name}.sql") in str(caught.value)


def test_an_installation_without_checks_is_no_clean_bill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.quality.sql_checks.CHECKS_DIR", tmp_path)
    with pytest.raises(SqlCheckError, match=r"holds no \.sql file"):
        sql_checks.__wrapped__()

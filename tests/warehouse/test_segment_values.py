"""Segment values that differ by letter case or blanks alone: one key in all tables, the most frequent spelling as label."""

import random
import unicodedata
from pathlib import Path

import pytest
from builders.landed import KEY, Landed, naive_utc
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contract.segments import SPELT_COLUMNS, segment_key
from pipelines.run_context import RunContext, RunOptions
from pipelines.warehouse.models import all_models, run_model
from pipelines.warehouse.segment_spellings import write_segment_spellings

MODELS = {model.name: model for model in all_models()}
STAGING = ("stg_contacts", "stg_complaints", "stg_crm_events", "segment_labels")


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("Tech", "tech"),
        (" TECH\t", "tech"),
        ("Tech\u00a0 Support", "tech support"),
        ("tech\n\u3000support", "tech support"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("CRÉDIT", "cr\u00e9dit"),
        ("cre\u0301dit", "cr\u00e9dit"),
        ("Tech-Support", "tech-support"),  # other differences stay
        ("9001", "9001"),
    ],
)
def test_the_key_of_a_spelling(spelling: str, key: str) -> None:
    assert segment_key(spelling) == key


@given(st.text(max_size=20))
def test_a_key_is_its_own_key_and_no_case_blank_or_form_changes_it(text: str) -> None:
    key = segment_key(text)
    assert segment_key(key) == key
    assert segment_key(f" {text}\u2003") == key
    assert segment_key(unicodedata.normalize("NFD", text)) == key
    assert segment_key(text.replace(" ", "  ")) == key


def test_spelt_columns_are_those_of_the_contract() -> None:
    assert SPELT_COLUMNS == {
        "contacts": ("channel", "queue", "workflow", "issue", "product", "region", "language", "ai_model"),
        "complaints": ("issue", "product", "region"),
        "crm_events": ("issue",),
    }


def landed(folder: Path, order: list[int]) -> RunContext:
    """Five files of contacts, read in this order, one of complaints and one of events."""
    landing = Landed(folder).source("contacts/*.csv").source("complaints.csv", "complaints").source("events.csv", "crm_events")  # fmt: skip
    files = [
        "a,2026-01-05T10:00:00Z,Tech,Billing",
        "b,2026-01-05T11:00:00Z,tech ,billing",
        "c,2026-01-05T12:00:00Z,TECH,billing",
        "d,2026-01-05T13:00:00Z,Tech,BILLING",
        # After as_of: it does not count.
        "e,2026-03-01T13:00:00Z,TECH,BILLING",
    ]
    for place, number in enumerate(order):
        landing.put(f"contacts/{place}.csv", f"contact_id,started_at,queue,issue\n{files[number]}\n")
    landing.put("complaints.csv", "complaint_id,regulator,received_at,issue,region\np,R,2026-01-09T00:00:00Z,BILLING,North\n")  # fmt: skip
    landing.put("events.csv", "event_id,event_type,occurred_at,issue\nx,case_opened,2026-01-09T00:00:00Z,BILLING\n")
    landing.night()
    night = RunContext(landing.settings(), landing.connection, KEY.encode(), RunOptions(), "run")
    night.begin_recompute(naive_utc("2026-02-01"))
    write_segment_spellings(night.connection)
    for name in STAGING:
        run_model(night.connection, MODELS[name], night.parameters())
    return night


def test_tables_hold_keys_and_landing_what_came(tmp_path: Path) -> None:
    connection = landed(tmp_path, [0, 1, 2, 3, 4]).connection
    assert connection.execute("select distinct queue, issue from stg_contacts").fetchall() == [("tech", "billing")]
    assert connection.execute("select issue, region from stg_complaints").fetchall() == [("billing", "north")]
    assert connection.execute("select issue from stg_crm_events").fetchall() == [("billing",)]
    came = connection.execute("select distinct queue from landing_contacts order by all").fetchall()
    assert came == [("TECH",), ("Tech",), ("tech",)]


@pytest.mark.parametrize("seed", range(4))
def test_the_label_is_the_most_frequent_spelling_in_any_order_of_files(seed: int, tmp_path: Path) -> None:
    order = random.Random(seed).sample(range(5), 5)  # noqa: S311
    rows = landed(tmp_path, order).connection.execute("from segment_labels order by all").fetchall()
    # Queue: Tech 2, TECH 1, tech 1 of those that count. Issue: billing 2, Billing 1, BILLING 1 of contacts, and one
    # complaint and one event: BILLING 3. Region: once.
    assert rows == [("issue", "billing", "BILLING"), ("queue", "tech", "Tech"), ("region", "north", "North")]


def test_of_equally_frequent_spellings_the_least_is_shown(tmp_path: Path) -> None:
    landing = Landed(tmp_path).source("*.csv")
    rows = "".join(f"{i},2026-01-05T10:00:00Z,{queue}\n" for i, queue in enumerate(("tech", "Tech", "tECH")))
    landing.put("a.csv", f"contact_id,started_at,queue\n{rows}")
    landing.night()
    night = RunContext(landing.settings(), landing.connection, KEY.encode(), RunOptions(), "run")
    night.begin_recompute(naive_utc("2026-02-01"))
    assert write_segment_spellings(night.connection) == 2
    for name in STAGING:
        run_model(night.connection, MODELS[name], night.parameters())
    assert night.connection.execute("from segment_labels").fetchall() == [("queue", "tech", "Tech")]

"""Keys stand in tables and addresses; pages, menus, figures and the report show the spelling that most records have."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import cases, handoff_tables, season
from builders.snapshots import publish
from builders.texts import texts
from builders.views import rendered, view_of
from dash.development.base_component import Component

from dashboards.casebook.case import find_case
from dashboards.casebook.flag_evidence import laid_out
from dashboards.casebook.flags import flags_of_contact
from dashboards.casebook.key import CaseKey
from dashboards.pages import PAGES
from dashboards.pages.cases.facts import facts
from dashboards.report import write_report
from dashboards.wording.labels import shown_value
from pipelines.config.presentation import Owner
from pipelines.contract.segments import SPELT_DIMENSIONS
from pipelines.snapshot import Snapshot

#: Values of the made-up data that are words of ours, too.
_OURS = {"other", "en", "es", "card", "refund", "null"}


def values_in(found: Any) -> Iterator[tuple[str, str]]:
    """Dimension and value wherever a row names one, in JSON, too."""
    if isinstance(found, str) and found[:1] in "{[":
        try:
            found = json.loads(found)
        except ValueError:
            return
    if isinstance(found, dict):
        if found.get("kind") == "queue":
            yield "queue", found["name"]
        for name, value in found.items():
            if name in SPELT_DIMENSIONS and isinstance(value, str):
                yield name, value
            else:
                yield from values_in(value)
    elif isinstance(found, list):
        for each in found:
            yield from values_in(each)


@pytest.fixture(scope="module")
def tables() -> dict[str, list[dict[str, Any]]]:
    """Rows of every table; what statistics say in words is left out, for they say it in labels already."""
    made = {**season.tables(), **handoff_tables.tables(season.AS_OF.date())}
    for name, rows in cases.case_tables().items():
        made[name] = [*made.get(name, []), *rows]
    quoting = cases.flag("C9", "claimed_resolved_came_back", evidence={"issue": "refund", "hours_until_next": 2.5})
    made["case_flags"] = [*made["case_flags"], quoting]
    made["contact_outcomes"] = [*made["contact_outcomes"], cases.outcome("C9")]
    for name, rows in made.items():
        made[name] = [row | {"sentence": "Said."} if row.get("sentence") else row for row in rows]
    return made


@pytest.fixture(scope="module")
def labels(tables: dict[str, list[dict[str, Any]]]) -> dict[tuple[str, str], str]:
    found = {pair for rows in tables.values() for row in rows for pair in values_in(row)}
    return {(dimension, key): f"L{place}·{dimension}" for place, (dimension, key) in enumerate(sorted(found)) if key}


@pytest.fixture(scope="module")
def made(
    tables: dict[str, list[dict[str, Any]]],
    labels: dict[tuple[str, str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Snapshot:
    rows = [{"dimension": dimension, "key": key, "label": label} for (dimension, key), label in labels.items()]
    data_dir = tmp_path_factory.mktemp("labels")
    return publish(data_dir, {**tables, "segment_labels": rows}, as_of=season.AS_OF, ledger=season.LEDGER)


@pytest.fixture(scope="module")
def keys(labels: dict[tuple[str, str], str]) -> re.Pattern[str]:
    found = sorted({key for _, key in labels} - _OURS, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, found))})(?![\w-])")


def shown_in(page: list[Component]) -> list[str]:
    """Every text of the page and its figures, addresses apart."""
    parts = [each for part in page for each in [part, *part._traverse()]]
    drawn = [each.figure.to_json() for each in parts if type(each).__name__ == "Graph"]
    strings = [json.loads(f'"{text}"') for figure in drawn for text in re.findall(r'"((?:[^"\\]|\\.)*)"', figure)]
    return [*texts(page), *(text for text in strings if not text.startswith("/"))]


@pytest.mark.parametrize(
    ("path", "query"),
    [(path, None) for path in PAGES if path not in ("/case", "/review", "/audit")]
    + [
        ("/", "?queue=joint-0&issue=billing"),
        ("/repeats", "?by=queue"),
        ("/complaints", "?by=workflow"),
        ("/calibration", "?by=model-workflow"),
        ("/handoffs", "?by=workflow"),
        ("/people", "?cut=workflow"),
        ("/divergence", '?segment={"region": "north"}'),
        ("/cases", '?segment={"region": "north"}'),
    ],
)
def test_no_page_shows_a_key(path: str, query: str | None, made: Snapshot, keys: re.Pattern[str]) -> None:
    assert [text for text in shown_in(rendered(made, query, path)) if keys.search(text)] == []


def test_a_menu_shows_labels_and_its_boxes_carry_keys(made: Snapshot, labels: dict[tuple[str, str], str]) -> None:
    from dashboards.components.shell import filter_bar  # noqa: PLC0415

    bar = filter_bar(PAGES["/"], view_of(made))
    (queues,) = [part for part in bar._traverse() if getattr(part, "id", None) == "filter-queue"]
    assert {"label": labels["queue", "joint-0"], "value": "joint-0"} in queues.options


def test_a_link_with_another_spelling_finds_its_value_and_a_wrong_one_is_answered_in_labels(
    made: Snapshot, labels: dict[tuple[str, str], str]
) -> None:
    assert view_of(made, "?queue=JOINT-0+").filters.chosen == (("queue", ("joint-0",)),)
    said = view_of(made, "?queue=nowhere").selection.unknown[0].text
    assert labels["queue", "joint-0"] in said


def test_a_case_and_its_flags_show_labels(made: Snapshot, labels: dict[tuple[str, str], str]) -> None:
    view = view_of(made, path="/case")
    refund = labels["issue", "refund"]
    flag = flags_of_contact(view.queries, CaseKey("default", "C9", cases.LAST_DAY))[0]
    assert flag.sentence == f'Claimed resolved, yet the customer came back about "{refund}" 3 h later.'
    assert laid_out(flag.evidence, "UTC")[0].value == refund
    case = find_case(view.queries, "default", "C9", cases.LAST_DAY)
    assert case is not None
    shown = replace(case, contact=replace(case.contact, issue="refund"))
    assert refund in texts([facts(shown)])


def test_the_report_and_its_json_show_labels(made: Snapshot, keys: re.Pattern[str], tmp_path: Path) -> None:
    page = write_report(made, None, None, tmp_path)
    html = re.sub(r"<script.*?</script>", "", page.read_text("utf-8"), flags=re.DOTALL)
    assert [text for text in re.sub(r"<[^>]+>", "\n", html).split("\n") if keys.search(text)] == []
    document = json.loads(page.with_suffix(".json").read_text("utf-8"))
    shown = document["findings"]["divergence"]["shown"][0]["group"]
    # Parts are keys, to join with exported tables by; the words beside them are what people read.
    assert [shown_value(*part) in shown["words"] for part in shown["parts"]] == [True] * len(shown["parts"])


def test_a_snapshot_without_the_table_shows_its_values(tmp_path: Path) -> None:
    bare = publish(tmp_path, season.tables(), as_of=season.AS_OF, without=["segment_labels"])
    view = view_of(bare, "?queue=joint-0")
    assert (view.filters.words, view.frames.missing) == ("contacts in queue joint-0", ())


def test_owners_and_costs_name_segments_in_any_spelling() -> None:
    assert Owner(segment={"queue": " Tech  Support", "mode": "Joint"}, name="Mira").segment == {
        "queue": "tech support",
        "mode": "joint",
    }

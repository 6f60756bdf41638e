"""The list of faults does not go stale: each can still be made, and the tests that are to find it are there."""

from collections import Counter

import pytest

from mutations.faults import MUTATIONS
from mutations.mutation import ROOT, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_fault_can_be_made_and_its_tests_are_there(mutation: Mutation) -> None:
    assert mutation.applied(ROOT) != (ROOT / mutation.file).read_text("utf-8")
    paths = [test for test in mutation.tests if test.startswith("tests/")]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_there_are_faults_of_every_kind() -> None:
    assert len(MUTATIONS) >= 60
    assert max(Counter(mutation.name for mutation in MUTATIONS).values()) == 1
    rooms = {"/".join(mutation.file.split("/")[:2]) for mutation in MUTATIONS}
    assert {
        "sql/marts",
        "pipelines/statistics",
        "pipelines/warehouse",
        "pipelines/privacy",
        "pipelines/quality",
    } <= rooms
    assert {"dashboards/access", "dashboards/results", "dashboards/report"} <= rooms

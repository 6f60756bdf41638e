"""Segments of the same contacts stand once, their other names below them, and none is lost or counted twice."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import polars as pl
from builders.diverging import contact, diverging, snapshot_of
from builders.snapshots import table_frame
from builders.views import rendered
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.findings.divergence import baseline_words
from dashboards.findings.overlap import SharedContacts, read_days, shared_contacts, told_once
from dashboards.report.content import weekly_report
from dashboards.snapshot.groups import Group, read_group
from dashboards.snapshot.queries import Queries
from pipelines.snapshot import Snapshot

DAY = date(2026, 9, 10)
HOSTILE = "<b>' or 1=1 --\u202e"


def texts(part: Any) -> list[str]:
    """Every text of ``part``, in whole strings."""
    parts = [part, *part._traverse()] if isinstance(part, Component) else [part]
    return [each if isinstance(each, str) else each.children for each in parts if isinstance(_own(each), str)]


def _own(part: Any) -> Any:
    return part if isinstance(part, str) else getattr(part, "children", None)


def entries(snapshot: Snapshot) -> list[Component]:
    """The entries of the list of diverging segments: those that stand open, and those one click away."""
    page = rendered(snapshot, "", "/divergence")
    head = next(i for i, part in enumerate(page) if "Diverging: figures improved, outcomes worsened" in texts(part))
    first, *rest = page[head + 2 :]
    more = [rest[0].children[1]] if rest and isinstance(rest[0], html.Details) else []
    return [entry for listed in (first, *more) for entry in listed.children]


def below(entry: Component) -> list[Component]:
    """The entries below this one."""
    found = [each for each in entry._traverse() if isinstance(each, html.Details)]
    return [each for details in found for each in details._traverse() if isinstance(each, html.Li)]


def segment_links(part: Component) -> list[str]:
    return [each.href for each in part._traverse() if isinstance(each, dcc.Link) and each.children == "Details"]


def test_another_name_of_the_same_contacts_stands_below_it(tmp_path: Path) -> None:
    """Of ten contacts of queue b all are billing; of region north six of ten are, so it stands."""
    contacts = [contact(i, region="north" if i < 6 else "south", issue=HOSTILE) for i in range(10)]
    contacts += [contact(10 + i, workflow="sales", queue="s", region="north", issue="x") for i in range(4)]
    found = [
        diverging(0.0001, workflow="billing"),
        diverging(0.001, queue="b"),
        diverging(0.002, issue=HOSTILE),
        diverging(0.01, region="north"),
    ]
    snapshot = snapshot_of(tmp_path, segment_divergence=found, contact_outcomes=contacts)
    first, second = entries(snapshot)
    assert "Also: contacts in queue b and contacts about <b>' or 1=1 --" in texts(first), (
        "and nothing that turns what follows"
    )
    assert len(below(first)) == 2
    assert below(second) == []
    # Each of the four segments is there with its own way on, once.
    links = [*segment_links(first), *segment_links(second)]
    assert len(links) == len(set(links)) == 4
    said = [text for part in rendered(snapshot, "", "/divergence") for text in texts(part)]
    assert "Reported figures improved and outcomes worsened in 4 of 4 segments." in said
    (about,) = {text for text in said if "Strongest evidence first" in text}
    assert about.endswith("2 of 4 segments cover nearly the same contacts as another and are listed under it.")
    # Where nothing is known of the contacts each stands alone.
    alone = entries(snapshot_of(tmp_path / "b", segment_divergence=found, contact_outcomes=[contact(1, workflow="x")]))
    assert [len(below(each)) for each in alone] == [0] * 4


def test_of_many_segments_each_stands_somewhere_or_is_counted(tmp_path: Path) -> None:
    """Thirty queues, each of them a workflow of its own: the first fifty names are of 25 troubles, as many as are listed."""
    contacts = [contact(i, queue=f"q{i % 32}", workflow=f"w{i % 32}") for i in range(96)]
    found = [
        diverging(0.0001 * (2 * i + second), customers=400 - i, **{name: f"{name[0]}{i}"})
        for i in range(32)
        for second, name in enumerate(("queue", "workflow"))
    ]
    snapshot = snapshot_of(tmp_path, segment_divergence=found, contact_outcomes=contacts)
    listed = entries(snapshot)
    assert len(listed) == 25
    assert [len(below(each)) for each in listed] == [1] * 25
    links = [link for each in listed for link in segment_links(each)]
    assert len(set(links)) == 50
    said = {text for part in rendered(snapshot, "", "/divergence") for text in texts(part)}
    (about,) = (text for text in said if text.startswith("Strongest evidence first"))
    assert "25 of 64 segments cover nearly the same contacts" in about
    assert about.endswith("14 more are not listed.")


def test_shared_contacts_are_those_counted_one_by_one() -> None:
    random = np.random.default_rng(11)
    values = {"queue": ("a", "b", None), "workflow": ("a", HOSTILE, "null"), "issue": ("x", None)}
    rows = [
        contact(i, **{name: random.choice(np.array(given, dtype=object)) for name, given in values.items()})
        | {"day": DAY + timedelta(days=int(random.integers(-2, 3)))}
        for i in range(400)
    ]
    segments = [
        Group((("queue", "a"),)),
        Group((("queue", "null"),)),
        Group((("queue", "a"), ("workflow", HOSTILE))),
        Group((("issue", "x"), ("queue", "b"))),
        Group((("queue", "nowhere"),)),
        Group(()),
        Group((("day", "2026-09-10"),)),
        Group((("", "no JSON"),)),
    ]
    days = (DAY - timedelta(days=1), DAY + timedelta(days=1))
    found = shared_contacts(segments, days, table_frame("contact_outcomes", rows).lazy())
    known = [row for row in rows if days[0] <= row["day"] <= days[1]]

    def holds(group: Group, row: dict[str, Any]) -> bool:
        if not group.parts or not set(group.dimensions) <= set(values):
            return False
        return all(row[name] == (None if value == "null" else value) for name, value in group.parts)

    expected = tuple(tuple(sum(holds(a, row) and holds(b, row) for row in known) for b in segments) for a in segments)
    assert found == SharedContacts(tuple(expected[i][i] for i in range(len(segments))), expected)
    assert [size > 0 for size in found.sizes] == [True, True, True, True, False, False, False, False]
    for nothing in (shared_contacts(segments, None, pl.LazyFrame()), shared_contacts((), days, pl.LazyFrame())):
        assert sum(nothing.sizes) == 0


def test_days_of_a_period_and_of_what_is_none() -> None:
    assert read_days("2026-08-04/2026-08-31") == (date(2026, 8, 4), date(2026, 8, 31))
    assert [read_days(text) for text in (None, "", "2026-08-04", "a/b", HOSTILE)] == [None] * 5


def test_the_name_with_more_customers_stands_in_the_place_of_the_first() -> None:
    """The second lies wholly in the first and is nearly all of it; the third is another trouble; the fourth a part of it."""
    both = ((100, 90, 0, 0), (90, 90, 0, 0), (0, 0, 50, 10), (0, 0, 10, 10))
    shared = SharedContacts((100, 90, 50, 10), both)
    assert told_once((80, 70, 40, 9), shared) == ((0, (1,)), (2, (3,)))
    assert told_once((70, 80, 40, 9), shared) == ((1, (0,)), (2, (3,)))
    assert told_once((), SharedContacts((), ())) == ()


def test_pages_and_report_name_the_same_segments_and_counts(tmp_path: Path) -> None:
    """Six verdicts are four troubles: two are other names of the first. Three lead; one more stands."""
    contacts = [contact(i, queue="b", workflow="billing", issue="i", region="r", channel="c") for i in range(10)]
    for number, (name, value) in enumerate((("region", "north"), ("channel", "chat"), ("language", "es"))):
        contacts += [
            contact(100 * (number + 1) + i, **{"queue": "s", "workflow": "sales", "issue": "x", name: value})
            for i in range(10)
        ]
    found = [
        diverging(0.0001, workflow="billing"),
        diverging(0.0002, queue="b"),
        diverging(0.0003, issue="i"),
        diverging(0.001, region="north"),
        diverging(0.002, channel="chat"),
        diverging(0.003, language="es"),
    ]
    snapshot = snapshot_of(tmp_path, segment_divergence=found, contact_outcomes=contacts)
    lead = ["billing contacts", "contacts in region North", "chat contacts"]
    report = weekly_report(Queries(snapshot), None, None)
    assert [each.group.words for each in report.findings.divergence.shown] == lead
    assert [each.name for each in report.summary.segments] == [f"{each[:1].upper()}{each[1:]}" for each in lead]
    assert report.summary.segments[0].also == ("contacts in queue b", "contacts about i")
    assert report.summary.segments_more == "1 more diverges, with partly the same contacts: contacts in Spanish."
    statement = report.statements[0]
    assert len(statement.lines) == 3
    assert "1 more is independent of these and 2 segments repeat one of them" in statement.sentence
    overview = [text for part in rendered(snapshot, "", "/") for text in texts(part)]
    assert [each.sentence in overview for each in report.findings.divergence.shown] == [True] * 3
    assert "1 more segment that diverge" in overview
    page = entries(snapshot)
    heads = [read_group(parse_qs(urlsplit(segment_links(each)[0]).query)["segment"][0]).words for each in page]
    assert heads == [*lead, "contacts in Spanish"]
    assert [len(below(each)) for each in page] == [2, 0, 0, 0]


def test_a_baseline_is_told_from_its_first_day_with_data() -> None:
    assert baseline_words("2026-06-09/2026-08-31", 84, 84) == "9 Jun – 31 Aug 2026"
    assert baseline_words("2026-08-20/2026-08-31", 84, 11) == "20–31 Aug 2026 (11 of 84 days have data)"
    # Of an earlier snapshot this is not known.
    assert baseline_words("2026-06-09/2026-08-31", None, None) == "9 Jun – 31 Aug 2026"
    assert baseline_words(None, 84, 0) == ""

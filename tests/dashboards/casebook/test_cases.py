"""Cases by sums and stretches: pages partition what was asked for, in order; filters leave what they say; CSV cannot run."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from builders.cases import AS_OF, CUSTOMER, HOSTILE, KEY, LAST_DAY, case_tables, flag, outcome, published
from builders.snapshots import kpi_row
from builders.views import view_of
from dash import html
from plotly.utils import PlotlyJSONEncoder

from dashboards.casebook.case_query import SORTS, CaseQuery
from dashboards.casebook.customers import SearchError, contacts_of_customer, contacts_of_id, customer_key
from dashboards.casebook.flags import PAGE_ROWS, FlaggedContact, flag_page, flag_rows, with_sentences
from dashboards.casebook.key import CaseKey
from dashboards.casebook.review_log import ReviewLog
from dashboards.casebook.verdicts import Recorded, recorded_since
from dashboards.components.links import case_link, cases_link
from dashboards.components.view import AddressError
from dashboards.pages import PAGES
from dashboards.pages.cases.address import read_case_query
from dashboards.report.content import weekly_report
from dashboards.results.top_flags import review_queue
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import Week
from pipelines.contract import CASE_RULES
from pipelines.privacy.pseudonyms import Pseudonymiser

NOBODY = Recorded(())


def many_flags(count: int, seed: int = 3) -> list[dict[str, Any]]:
    """Flags of forty days with every rule and severity; several contacts of a name in two systems."""
    dice = np.random.default_rng(seed)
    rules = list(CASE_RULES)
    flags = [
        flag(
            f"C{dice.integers(count // 2):04d}",
            rules[dice.integers(len(rules))],
            day=LAST_DAY - timedelta(days=int(dice.integers(40))),
            severity=int(dice.integers(1, 4)),
            system=("default", "other")[dice.integers(2)],
            queue=("billing", "tech", None)[dice.integers(3)],
        )
        for _ in range(count)
    ]
    return list({(row["system"], row["contact_id"], row["rule"]): row for row in flags}.values())


@pytest.fixture(scope="module")
def flags() -> list[dict[str, Any]]:
    return many_flags(1_100)


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory, flags: list[dict[str, Any]]) -> Queries:
    tables = case_tables() | {"case_flags": flags}
    tables["kpi_daily"] = [kpi_row(LAST_DAY, queue=queue) for queue in ("billing", "tech", None)]
    return Queries(published(tmp_path_factory.mktemp("many"), tables))


def _order(sort: str, row: dict[str, Any]) -> tuple[Any, ...]:
    severity, day = -row["severity"], row["day"].toordinal()
    first = {
        "severity": (severity, -day, row["code"]),
        "newest": (-day, severity, row["code"]),
        "oldest": (day, severity, row["code"]),
        "rule": (row["code"], severity, -day),
    }
    return (*first[sort], row["system"], row["contact_id"])


def _names(rows: Any) -> list[tuple[str, str, str]]:
    return [(row["system"], row["contact_id"], row["rule"]) for row in rows]


def _names_of(rows: tuple[FlaggedContact, ...]) -> list[tuple[str, str, str]]:
    return [(row.system, row.contact_id, row.rule) for row in rows]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("cut", [{}, {"severity": 2}, {"first": LAST_DAY - timedelta(days=11)}], ids=str)
def test_pages_partition_the_selection_in_order(
    sort: str, cut: dict[str, Any], queries: Queries, flags: list[dict[str, Any]]
) -> None:
    asked = CaseQuery(sort=sort, **cut)
    kept = [
        row
        for row in flags
        if row["severity"] == cut.get("severity", row["severity"]) and row["day"] >= cut.get("first", date.min)
    ]
    expected = _names(sorted(kept, key=lambda row: _order(sort, row)))
    first = flag_page(queries, asked, NOBODY, 1)
    assert (first.total, first.pages) == (len(kept), -(-len(kept) // PAGE_ROWS))
    assert first.pages > 3
    shown = [name for n in range(1, first.pages + 1) for name in _names_of(flag_page(queries, asked, NOBODY, n).rows)]
    assert shown == expected
    assert dict(first.by_rule) == {rule: sum(row["rule"] == rule for row in kept) for rule in CASE_RULES}
    # A page beyond the last is the last.
    assert _names_of(flag_page(queries, asked, NOBODY, 10_000).rows) == expected[(first.pages - 1) * PAGE_ROWS :]
    # Any stretch, however it lies to the pages.
    dice = np.random.default_rng(5)
    for _ in range(12):
        skip, take = int(dice.integers(len(kept))), int(dice.integers(1, 130))
        rows = flag_rows(queries, asked, NOBODY, skip, take)
        assert _names(rows.iter_rows(named=True)) == expected[skip : skip + take]


def test_filters_and_segments_leave_what_they_say(queries: Queries, flags: list[dict[str, Any]]) -> None:
    def total(asked: CaseQuery) -> int:
        return flag_page(queries, asked, NOBODY, 1).total

    none = sum(row["queue"] is None for row in flags)
    assert none > 100
    assert total(CaseQuery(filters=Filters.of({"queue": None}))) == none
    assert total(CaseQuery(segment=(("queue", None),))) == none
    tech = [row for row in flags if row["queue"] == "tech" and row["rule"] == "promise_broken"]
    assert total(CaseQuery(filters=Filters.of({"queue": "tech"}), rule="promise_broken")) == len(tech) > 0
    assert total(CaseQuery(filters=Filters.of({"queue": "tech"}), segment=(("queue", "billing"),))) == 0
    assert total(CaseQuery(contact="C0001")) == sum(row["contact_id"] == "C0001" for row in flags)
    assert total(CaseQuery(customer=CUSTOMER)) == len(flags)
    assert total(CaseQuery(customer="0" * 64)) == 0
    assert flag_page(queries, CaseQuery(customer="0" * 64), NOBODY, 7).rows == ()


def test_a_verdict_in_force_is_on_the_evidence_as_it_stands(tmp_path: Path) -> None:
    tables = case_tables()
    tables["case_flags"] = [flag(f"C{n}") for n in range(1, 7)]
    judged = {
        "system": "default",
        "rule": "fast_but_unhappy",
        "decided_at": AS_OF,
        "verdict": "dismissed",
        "code": "D2",
    }
    tables["dispositions"] = [
        judged | {"disposition_id": "1", "contact_id": "C1", "is_latest": True},
        judged | {"disposition_id": "2", "contact_id": "C2", "is_latest": True, "stale_reason": "evidence_changed"},
        judged | {"disposition_id": "3", "contact_id": "C3", "is_latest": False, "verdict": "confirmed"},
        judged | {"disposition_id": "4", "contact_id": "C3", "is_latest": True, "verdict": "explained"},
    ]
    queries = Queries(published(tmp_path, tables))
    log = ReviewLog(tmp_path)
    for minute, (contact, verdict, seen) in enumerate(
        [
            ("C4", "dismissed", "hash-C4-fast_but_unhappy"),
            ("C4", "confirmed", "hash-C4-fast_but_unhappy"),
            ("C1", "confirmed", "hash-C1-fast_but_unhappy"),
            ("C5", "confirmed", "what it was before"),
        ],
        start=1,
    ):
        log.judge_flag(
            CaseKey("default", contact, LAST_DAY),
            rule="fast_but_unhappy",
            verdict=verdict,  # type: ignore[arg-type]
            reason="",
            evidence_hash=seen,
            by="anna",
            at=AS_OF + timedelta(minutes=minute),
        )
    recorded = recorded_since(tmp_path, AS_OF)
    page = flag_page(queries, CaseQuery(sort="oldest"), recorded, 1)
    assert {row.contact_id: row.verdict for row in page.rows} == {
        "C1": "confirmed", "C2": None, "C3": "explained", "C4": "confirmed", "C5": None, "C6": None,
    }  # fmt: skip
    by_state = {
        state: [row.contact_id for row in flag_page(queries, CaseQuery(verdict=state), recorded, 1).rows]
        for state in ("open", "confirmed", "explained", "dismissed")
    }
    assert by_state == {"open": ["C2", "C5", "C6"], "confirmed": ["C1", "C4"], "explained": ["C3"], "dismissed": []}
    assert [row.verdict for row in flag_page(queries, CaseQuery(contact="C1"), NOBODY, 1).rows] == ["dismissed"]


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("?rule=nonsense", "rule"), ("?severity=4", "severity"), ("?severity=-1", "severity"), ("?verdict=x", "verdict"),
        ("?sort=queue", "sort"), ("?page=0", "page"), ("?page=1e9", "page"), ("?day=yesterday", "day"),
        ("?week=2026-W60", "week"), ("?from=2026-13-01", "from"), ("?to=1", "to"), ("?from=2026-02-02&to=2026-02-01", "no day"),
        ("?segment=[]", "JSON"), ("?segment=%7B%22hour_of_day%22%3A%228%22%7D", "hour of day"),
        ("?segment=%7B%22queue%22%3A1%7D", "JSON"), ("?segment=" + "[" * 3000, "JSON"), ("?segment=%7B%22queue%22%3A%22%5Cud800%22%7D", "JSON"),
        ("?customer=customer-4711", "pseudonym"), ("?customer=" + "A" * 64, "pseudonym"), ("?contact=" + "x" * 1_001, "characters"),
    ],
)  # fmt: skip
def test_what_means_nothing_in_the_address_is_said(query: str, fault: str, tmp_path: Path) -> None:
    view = view_of(published(tmp_path), query, "/cases")
    with pytest.raises(AddressError, match=fault):
        (read_case_query(view), view.number("page", 1))


def test_links_to_cases_are_read_as_they_are_written(tmp_path: Path) -> None:
    snapshot = published(tmp_path)
    view = view_of(snapshot, "?queue=billing", "/")
    week = Week(LAST_DAY - timedelta(days=LAST_DAY.weekday()))
    address = cases_link(
        view, week=week, segment=json.dumps({"ai_model": "null", "queue": "a&b"}), rule="promise_broken"
    )
    assert address is not None
    asked = read_case_query(view_of(snapshot, address.removeprefix("/cases"), "/cases"))
    assert (asked.first, asked.last, asked.rule) == (week.monday, week.sunday, "promise_broken")
    assert asked.filters == Filters.of({"queue": "billing"})
    assert asked.segment == (("ai_model", None), ("queue", "a&b"))
    day = read_case_query(view_of(snapshot, str(cases_link(view, day=LAST_DAY)).removeprefix("/cases"), "/cases"))
    assert day.first == day.last == LAST_DAY
    key = CaseKey("a&b", "C=1?&#/\u202e", LAST_DAY)
    opened = view_of(snapshot, case_link(view, key).removeprefix("/case"), "/case").selection
    assert (opened.argument("system"), opened.argument("contact")) == (key.system, key.contact_id)


def test_contacts_of_a_customer_and_of_an_id(tmp_path: Path) -> None:
    tables = case_tables()
    tables["contact_outcomes"] += [
        outcome("C1", system="other", customer_key="0" * 64),
        outcome("C9", customer_key="0" * 64),
    ]
    queries = Queries(published(tmp_path, tables))
    found = contacts_of_customer(queries, CUSTOMER)
    assert [(each.contact_id, each.flags) for each in found] == [("C1", 1), ("C0", 0), ("C2", 0)]
    assert [(each.system, each.flags) for each in contacts_of_id(queries, "C1")] == [("default", 1), ("other", 0)]
    assert contacts_of_id(queries, "' or 1=1 --") == ()
    assert contacts_of_customer(queries, "f" * 64) == ()
    tables["contact_outcomes"].append(outcome("C-old", day=AS_OF.date() - timedelta(days=366)))
    queries = Queries(published(tmp_path, tables, snapshot_id="s2"))
    assert contacts_of_customer(queries, CUSTOMER) == found
    assert [each.contact_id for each in contacts_of_customer(queries, CUSTOMER, earlier=True)] == [
        "C1",
        "C0",
        "C2",
        "C-old",
    ]


def test_the_pseudonym_of_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", KEY)
    assert customer_key(" \ufeffcustomer-4711\t\u00a0") == CUSTOMER
    assert customer_key("Customer-4711") == Pseudonymiser(KEY).of("Customer-4711") != CUSTOMER
    # As the nightly run writes ids: an address in lower case, a phone in E.164, a number in digits.
    assert customer_key("Ana.Lo@Example.org") == Pseudonymiser(KEY).of("ana.lo@example.org")
    assert customer_key("+1 (202) 555-0147") == Pseudonymiser(KEY).of("+12025550147")
    assert customer_key("5001.0") == Pseudonymiser(KEY).of("5001")
    for typed, code in (("", "empty"), (" \t", "empty"), ("x" * 513, "long")):
        with pytest.raises(SearchError) as caught:
            customer_key(typed)
        assert caught.value.code == code
    for key in ("", "short"):
        monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", key)
        with pytest.raises(SearchError, match="AFTERCALL_PSEUDONYM_KEY") as caught:
            customer_key("customer-4711")
        assert "4711" not in str(caught.value)


def test_no_cell_of_a_download_is_a_formula(tmp_path: Path) -> None:
    from dashboards.pages.cases.routes import _download  # noqa: PLC0415

    texts = [*HOSTILE.values(), "=1+1", "+1", "-1", "@x", "\t=1", "\n=1", " =1", "'=1", '"=1', "＝1", "=1,2;3", 'a";=1']
    tables = case_tables() | {
        "case_flags": [
            flag(f"C{n:02d}", evidence={"csat": text}, queue=text, agent_id=text) for n, text in enumerate(texts)
        ]
    }
    queries = Queries(published(tmp_path, tables))
    rows = flag_rows(queries, CaseQuery(), NOBODY, 0, 1_000)
    assert rows.height == len(texts)
    raw = _download(with_sentences(rows, "UTC")).get_data()
    assert raw.startswith(b"\xef\xbb\xbf")
    read = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [row["contact_id"] for row in read] == [f"C{n:02d}" for n in range(len(texts))]
    for row, text in zip(read, texts, strict=True):
        for cell in row.values():
            if re.fullmatch(r"[+-]?\d+", cell):
                continue
            # White space, quotes and unseen marks do not keep a spreadsheet from it.
            start = cell.lstrip(' \t\r\n"`\ufeff\u200b\u200e\u200f')[:1]
            assert start not in tuple("=+-@＝＋－＠"), cell
        assert row["queue"] in (text, f"'{text}")
    assert pl.read_csv(raw)["severity"].to_list() == [2] * len(texts), "numbers stay numbers"


def test_the_queue_of_the_cases_page_is_that_of_overview_and_report(tmp_path: Path) -> None:
    """And a verdict given since is counted beside it, so that the number of the night stays the same all day."""
    dice = np.random.default_rng(11)
    rows = [
        row | {"known_at": AS_OF - timedelta(hours=int(dice.integers(1, 400)))} for row in many_flags(1_500, seed=8)
    ]
    tables = case_tables() | {"case_flags": rows}
    tables["dispositions"] = [
        {
            "system": row["system"], "disposition_id": str(n), "contact_id": row["contact_id"], "rule": row["rule"],
            "code": row["code"], "verdict": "dismissed", "decided_at": AS_OF, "is_latest": True,
        }
        for n, row in enumerate(rows[::5])
    ]  # fmt: skip
    tables["kpi_daily"] = [kpi_row(LAST_DAY, queue=queue) for queue in ("billing", "tech", None)]
    snapshot = published(tmp_path, tables)
    queries = Queries(snapshot)
    unjudged = [row for n, row in enumerate(rows) if n % 5]
    fresh = [row for row in unjudged if row["known_at"] > AS_OF - timedelta(days=7)]
    assert len(fresh) > 250
    order = sorted(
        fresh, key=lambda row: (-row["severity"], row["known_at"], row["system"], row["contact_id"], row["code"])
    )
    overview = review_queue(queries.frames)
    assert (overview.total, overview.backlog, overview.flags) == (200, len(unjudged) - 200, len(rows))
    every = flag_page(queries, CaseQuery(), NOBODY, 1)
    today = [flag_page(queries, CaseQuery(today=True), NOBODY, number) for number in range(1, 5)]
    assert (every.today, today[0].total, today[0].pages) == (200, 200, 4)
    assert [name for page in today for name in _names_of(page.rows)] == _names(order[:200])
    assert _names(flag_rows(queries, CaseQuery(today=True), NOBODY, 190, 50).iter_rows(named=True)) == _names(
        order[190:200]
    )

    # What else is asked for narrows the queue of the chosen contacts.
    tech = [row for row in order if row["queue"] == "tech"]
    narrowed = CaseQuery(filters=Filters.of({"queue": "tech"}), rule="promise_broken", today=True)
    expected = [row for row in tech[:200] if row["rule"] == "promise_broken"]
    assert _names_of(flag_page(queries, narrowed, NOBODY, 1).rows) == _names(expected)
    none = flag_page(queries, CaseQuery(today=True, last=date(2020, 1, 1)), NOBODY, 1)
    assert (none.total, none.rows) == (0, ())

    first = order[0]
    ReviewLog(tmp_path).judge_flag(
        CaseKey(first["system"], first["contact_id"], first["day"]),
        rule=first["rule"], verdict="confirmed", reason="", evidence_hash=first["evidence_hash"], by="anna",
        at=AS_OF + timedelta(minutes=1),
    )  # fmt: skip
    since = flag_page(queries, CaseQuery(today=True), recorded_since(tmp_path, AS_OF), 1)
    assert (since.total, since.today, since.judged_since) == (200, 200, 1)
    assert since.rows[0].verdict == "confirmed"
    left = flag_page(queries, CaseQuery(today=True, verdict="open"), recorded_since(tmp_path, AS_OF), 1)
    assert (left.total, left.today) == (199, 200)

    def shown(path: str, query: str = "") -> str:
        view = replace(view_of(snapshot, query, path), data_dir=tmp_path)
        return json.dumps(html.Div(PAGES[path].render(view)), cls=PlotlyJSONEncoder, ensure_ascii=False)

    assert f"{len(rows):,} flags, 200 of them to look at today." in shown("/cases", "?show=all")
    assert f"{overview.words} Judged since: 1." in shown("/cases", "?show=all")
    assert "200 flags to look at today." in shown("/cases", "?show=today")
    assert ": 200 flags to look at today" in shown("/")
    assert weekly_report(queries, None, None).flags.words == overview.words

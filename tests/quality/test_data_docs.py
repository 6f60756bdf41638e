"""Data Docs: what an audit found, as pages in which nothing runs, nothing is fetched and nothing gets lost."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser

from pipelines.quality import data_docs
from pipelines.quality.auditor import Auditor, CheckResult
from pipelines.quality.data_docs import DataDocs
from pipelines.quality.rules import Rule

#: Everything that means something to HTML, to its attributes, or to a template on the way there.
HOSTILE = (
    "</td><script>alert(1)</script><img src=x onerror=alert(2)><a href='javascript:alert(3)'>x</a> "
    '&lt;b&gt; &amp; "quoted" it\'s $name ${name} $$5 `tick` \\n {{7*7}} {% raw %} PARAMETER $PARAMETER 👩‍👧 مرحبا'
)
ALLOWED = {
    "a", "body", "div", "h1", "head", "header", "html", "link", "main", "meta", "p", "style", "table", "tbody", "td", "th",
    "thead", "title", "tr",
}  # fmt: skip
RULES = {
    "calls": [
        Rule(
            "calls", "key_unique", "keys", "no_rows", "(call_id) occurs once",
            query="select call_id, count(*) as copies from {batch} group by call_id having count(*) > 1",
        ),
        Rule("calls", "required:agent", "required", "not_null", "never null", "agent"),
        Rule("calls", "allowed:call_id", "allowed_values", "in_set", f"one of {HOSTILE}", "call_id", (f"{HOSTILE}!", "it's $ok")),
        Rule("calls", "range:seconds", "ranges", "between", "at least 0", "seconds", minimum=0),
        Rule("calls", f"fresh:{HOSTILE}", "freshness", "no_rows", "fresh", query="select 1 from {batch} where '<' = '>'"),
    ],
    "days": [Rule("days", "known", "references", "no_rows", "a day", query="select * from {batch} where day < 0")],
    "weeks": [Rule("weeks", "required:week", "required", "not_null", "never null", "week")],
}  # fmt: skip


class Elements(HTMLParser):
    """Tags with their attributes, and the texts, of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(" ".join(data.split()))


class Audits:
    """Three audited tables: calls break their rules with hostile rows, days break a warning, weeks break nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data_docs"
        self.connection = duckdb.connect()
        self.connection.execute("create table calls (call_id varchar, agent varchar, seconds bigint)")
        self.connection.execute(
            "insert into calls values ($hostile, 'a', 1), ($hostile, 'b', 2), ($long, null, 3), ('it''s $ok', 'c', 4)",
            {"hostile": HOSTILE, "long": "x" * 100_000},
        )
        self.connection.execute("create table days as select -1 as day")
        self.connection.execute("create table weeks as select 1 as week")
        self.found = self.audit(*RULES)

    def audit(self, *tables: str) -> list[CheckResult]:
        rules = [rule for table in tables for rule in RULES[table]]
        return Auditor(self.connection, f"run of {HOSTILE}", DataDocs(self.folder)).audit(rules)

    def page(self, name: str) -> str:
        return (self.folder / f"{name}.html").read_text("utf-8")


@pytest.fixture(scope="module")
def audits(tmp_path_factory: pytest.TempPathFactory) -> Audits:
    return Audits(tmp_path_factory.mktemp("docs"))


@pytest.mark.parametrize("name", ["calls", "days", "weeks", "index"])
def test_pages_run_nothing_and_fetch_nothing(name: str, audits: Audits) -> None:
    tags = Elements(audits.page(name)).tags
    assert {tag for tag, _ in tags} <= ALLOWED
    attributes = [(key, value or "") for _, attributes in tags for key, value in attributes.items()]
    assert not [key for key, _ in attributes if key.startswith("on") or key in {"src", "srcset", "action"}]
    pages = {f"{each}.html" for each in ("index", *RULES)}
    assert {value for key, value in attributes if key == "href"} <= pages | {"data:,"}
    assert not [value for key, value in attributes if key == "style" and "url" in value]
    policy = next(each for _, each in tags if "http-equiv" in each)
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert "url(" not in audits.page(name)
    assert "@import" not in audits.page(name)


def test_hostile_rows_are_shown_letter_by_letter(audits: Audits) -> None:
    texts = Elements(audits.page("calls")).texts
    shown = " ".join(HOSTILE.split())
    # Both rows of that id break allowed:call_id, and key_unique names it once.
    assert texts.count(shown) == 3
    assert {f"one of {shown}", f"fresh:{shown}"} <= set(texts)
    assert any(
        text.endswith(f"by run run of {shown}. Of the rows that break a check up to five are shown.") for text in texts
    )
    assert {"copies", "2", "1 row breaks it"} <= set(texts)


def test_a_long_value_is_cut_and_says_so(audits: Audits) -> None:
    page = audits.page("calls")
    assert len(page) < 60_000
    assert f"{'x' * 1000} … (100,000 characters)" in page
    assert "x" * 1001 not in page


def test_what_failed_stands_first_and_what_blocks_before_what_warns(audits: Audits) -> None:
    rows = [
        Rule("calls", "old", "freshness", "no_rows", "none", query="select 1 as one"),
        *RULES["calls"],
    ]
    Auditor(audits.connection, "run", DataDocs(audits.folder / "again")).audit(rows)
    page = (audits.folder / "again" / "calls.html").read_text("utf-8")
    said = [text for text in Elements(page).texts if text[0] in "✓✗"]
    assert said == ["✗ blocks publication"] * 3 + ["✗ warning"] + ["✓ holds"] * 2
    audits.audit("calls")


def test_the_result_is_kept_as_great_expectations_has_it(audits: Audits) -> None:
    kept: dict[str, Any] = json.loads((audits.folder / "calls.json").read_text("utf-8"))
    assert kept["success"] is False
    assert kept["statistics"]["evaluated_expectations"] == len(RULES["calls"])
    assert (
        kept["statistics"]["unsuccessful_expectations"]
        == sum(not each.passed for each in audits.found if each.rule.table == "calls")
        == 3
    )
    by_index = {each["expectation_config"]["meta"]["index"]: each for each in kept["results"]}
    assert by_index[0]["result"]["details"]["unexpected_rows"] == [{"call_id": HOSTILE, "copies": 2}]
    assert json.loads(audits.found[0].examples) == [{"call_id": HOSTILE, "copies": 2}]
    assert [by_index[index]["expectation_config"]["severity"] for index in (0, 4)] == ["critical", "warning"]


def test_the_index_begins_with_what_blocks(audits: Audits) -> None:
    page = Elements(audits.page("index"))
    assert [each["href"] for tag, each in page.tags if tag == "a"] == ["calls.html", "days.html", "weeks.html"]
    rows = page.texts[page.texts.index("calls") :]
    assert [rows[rows.index(table) + 1 :][:3] for table in RULES] == [
        ["✗ blocks publication", "5", "3"],
        ["✗ warning", "1", "1"],
        ["✓ holds", "1", "0"],
    ]


def test_a_table_that_is_not_audited_keeps_its_page(tmp_path: Path) -> None:
    audits = Audits(tmp_path)
    before = {name: (audits.page(name), (audits.folder / f"{name}.json").read_bytes()) for name in RULES}
    audits.connection.execute("update days set day = 1")
    assert all(finding.passed for finding in audits.audit("days"))
    for name in ("calls", "weeks"):
        assert (audits.page(name), (audits.folder / f"{name}.json").read_bytes()) == before[name]
    assert audits.page("days") != before["days"][0]
    assert "✗ warning" not in audits.page("index")
    assert [path.name for path in audits.folder.iterdir() if path.name.startswith(".")] == []


def test_a_page_that_cannot_be_made_stops_nothing_and_leaves_no_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audits = Audits(tmp_path)

    def broken(*_: object) -> str:
        raise ZeroDivisionError("planted by the test")

    monkeypatch.setattr(data_docs, "table_page", broken)
    assert [finding.passed for finding in audits.audit("days")] == [False]
    assert not (audits.folder / "days.html").exists()
    assert "calls.html" in audits.page("index")
    assert "days.html" not in audits.page("index")
    # Nor does a folder that cannot be made.
    (tmp_path / "file").write_text("in the way")
    docs = DataDocs(tmp_path / "file" / "data_docs")
    assert Auditor(audits.connection, "run", docs).audit(RULES["weeks"])[0].passed


def test_characters_that_no_page_can_show_are_marked(tmp_path: Path) -> None:
    audits = Audits(tmp_path)
    audits.connection.execute("create table signs as select chr(27) || chr(155) || 'x' as sign")
    rule = Rule("signs", "none", "references", "no_rows", "none", query="select * from {batch}")
    Auditor(audits.connection, "run", DataDocs(audits.folder)).audit([rule])
    assert "��x" in Elements(audits.page("signs")).texts


def test_each_rule_counts_as_if_it_stood_alone(audits: Audits) -> None:
    """Rules of one row share a query; braces, colons and quotes mean nothing to what runs it."""
    rules = [
        *RULES["calls"],
        Rule("calls", 'odd "name": {x}', "ranges", "between", "2 to 3", "seconds", minimum=2, maximum=3),
        Rule("calls", "braces", "references", "no_rows", "none", query="select * from {batch} where agent = '{a}:b'"),
        Rule(
            "calls",
            "mapped",
            "references",
            "no_rows",
            "none",
            query="select {'a': call_id} as it, call_id::varchar as id from {batch}",
        ),
    ]
    together = Auditor(audits.connection, "run").audit(rules)
    alone = [Auditor(audits.connection, "run").audit([rule])[0] for rule in rules]
    assert [each.unexpected for each in together] == [each.unexpected for each in alone] == [1, 1, 3, 0, 0, 2, 0, 4]


def test_pages_in_a_browser(audits: Audits, browser: Browser) -> None:
    """Nothing runs, is fetched, or stands out of the page; what is too wide for a phone can be reached by keyboard."""
    addresses = [(audits.folder / f"{name}.html").as_uri() for name in ("index", "calls")]
    page = browser.new_page(viewport={"width": 390, "height": 900})
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    for address in addresses:
        page.goto(address)
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(over) == 0
    assert HOSTILE in page.locator("td td").all_text_contents()
    assert page.locator(".broken").first.text_content() == "✗ blocks publication"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "wide"
    assert (asked, faults) == (addresses, [])
    page.close()

"""One page of Data Docs, by Great Expectations' own renderers. Importing this costs the seconds that importing Great Expectations does.

Its templates escape some of what they show and not the rest: the values of broken rows go into the page as they are. So
every text is shielded before it is rendered and uncovered in the finished page: the characters that mean something to
HTML or to its templates are replaced by letters that mean nothing to either, and these at the end by HTML entities.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from great_expectations.core.expectation_validation_result import (
    ExpectationValidationResult,
    expectationSuiteValidationResultSchema,
)
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render.components import CollapseContent, LegacyDiagnosticRendererType, RenderedTableContent
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.renderer.renderer import renderer
from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, DictLoader

from pipelines.quality.data_docs_look import PAGE, STYLE

_SPECIAL = "&<>\"'$`\\"
#: Stand-ins for the special characters: letters of Linear A, which nobody writes and every formatter leaves alone.
_SHIELDS = [chr(0x10600 + index) for index in range(len(_SPECIAL))]
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_CONTROLS = {code: _UNREADABLE for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
_SHIELD = str.maketrans(
    {**_CONTROLS, **dict.fromkeys(_SHIELDS, _UNREADABLE), **dict(zip(_SPECIAL, _SHIELDS, strict=True))}
)
_UNCOVER = str.maketrans({shield: f"&#{ord(special)};" for special, shield in zip(_SPECIAL, _SHIELDS, strict=True)})
#: Of a value of a broken row; a turn of a megabyte is no help on a page.
_LONGEST = 1_000
#: How Great Expectations calls the section of checks that are not of one column.
_WHOLE_TABLE = "Table-Level Expectations"


class NoRowsExpectation(UnexpectedRowsExpectation):
    """A query that returns the rows that break a rule, and must return none; Data Docs show the first of them.

    ``result["details"]["unexpected_rows"]`` may hold these, as Great Expectations itself has them in complete results.
    """

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)
    def _diagnostic_unexpected_table_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,  # noqa: ARG003
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG003
    ) -> list[RenderedTableContent | CollapseContent] | None:
        rows = ((result.result if result else None) or {}).get("details", {}).get("unexpected_rows")
        if not rows:
            return None
        columns = list(rows[0])
        cells = [["null" if row.get(name) is None else str(row[name]) for name in columns] for row in rows]
        styling = {"body": {"classes": ["table-bordered", "table-sm", "mt-3"]}}
        return [RenderedTableContent(content_block_type="table", table=cells, header_row=columns, styling=styling)]

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.OBSERVED_VALUE)
    def _diagnostic_observed_value_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,  # noqa: ARG003
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG003
    ) -> str:
        broken = ((result.result if result else None) or {}).get("observed_value")
        return "1 row" if broken == 1 else f"{broken:,} rows" if isinstance(broken, int) else "--"


class _View(DefaultJinjaPageView):
    """Great Expectations' templates inside a page of ours."""

    _template = "data_docs_page.j2"

    def __init__(self) -> None:
        super().__init__()
        theirs = [self.env.loader] if self.env.loader else []
        self.env.loader = ChoiceLoader([DictLoader({self._template: PAGE}), *theirs])
        self.env.auto_reload = False


def page_of(table: str, result: Mapping[str, Any], checked_at: datetime, run_id: str) -> str:
    """The page of ``table`` as HTML without a script and without a request to anywhere.

    ``result`` is a validation result of a suite as Great Expectations writes it to JSON; its texts may hold anything.
    ``checked_at`` is in UTC. What failed stands first.
    """
    shielded = {
        **_shielded(dict(result)),
        "results": [
            {**_shielded(each), "result": _shielded(each.get("result") or {}, _LONGEST)} for each in result["results"]
        ],
    }
    document = _renderer().render(expectationSuiteValidationResultSchema.load(shielded))
    overview, *sections, _run_info = document.sections
    # Its first block leads to pages of suites, which there are not; the last section names parts of its own machinery.
    overview.content_blocks = overview.content_blocks[1:]
    failed = {
        each["expectation_config"]["kwargs"].get("column", _WHOLE_TABLE)
        for each in shielded["results"]
        if not each["success"]
    }
    document.sections = [overview, *sorted(sections, key=lambda section: section.section_name not in failed)]
    document.page_title = _shielded(table)
    said = f"Audited {checked_at:%Y-%m-%d %H:%M} UTC by run {_shielded(run_id)}. Of the rows that break a check up to five are shown."
    page: str = _view().render(document, style=STYLE, said=said)  # type: ignore[no-untyped-call]
    # Every text is still shielded, so these marks are Great Expectations' own: its headings begin at the fifth level.
    for its, ours in (("h5", "h2"), ("h6", "h3")):
        page = page.replace(f"<{its}", f"<{ours}").replace(f"</{its}>", f"</{ours}>")
    # What is wider than a phone is scrolled, by keyboard too.
    page = page.replace('table-responsive"', 'table-responsive" tabindex="0"')
    return "\n".join(line for line in page.translate(_UNCOVER).splitlines() if line.strip())


@cache
def _renderer() -> ValidationResultsPageRenderer:
    return ValidationResultsPageRenderer(run_info_at_end=True)


@cache
def _view() -> _View:
    return _View()


def _shielded(value: Any, longest: int | None = None) -> Any:
    """``value`` with all texts in it, names of keys included, shielded and cut to ``longest`` characters."""
    if isinstance(value, str):
        cut = value if longest is None or len(value) <= longest else f"{value[:longest]} … ({len(value):,} characters)"
        return cut.translate(_SHIELD)
    if isinstance(value, Mapping):
        return {_shielded(key, longest): _shielded(each, longest) for key, each in value.items()}
    return [_shielded(each, longest) for each in value] if isinstance(value, list) else value

"""Excel workbooks put together by hand: every kind of cell that an export holds, and what no writer would write."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
#: Style numbers of ``styles.xml``: plain, a date, an instant, a duration.
PLAIN, DATE, INSTANT, DURATION, CLOCK = range(5)
_STYLES = f"""<styleSheet xmlns="{_SPREADSHEET}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/>
<numFmt numFmtId="165" formatCode="[h]:mm:ss"/></numFmts><cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>
<xf numFmtId="165"/><xf numFmtId="21"/></cellXfs></styleSheet>"""


@dataclass(frozen=True)
class Cell:
    """A cell as the file writes it: ``kind`` is its ``t`` attribute, ``style`` a number of the styles above."""

    value: str
    kind: str = ""
    style: int = PLAIN
    formula: str = ""

    def xml(self, place: str) -> str:
        kind = f' t="{self.kind}"' if self.kind else ""
        if self.kind == "inlineStr":
            return f'<c r="{place}"{kind}><is><t>{escape(self.value)}</t></is></c>'
        formula = f"<f>{escape(self.formula)}</f>" if self.formula else ""
        return f'<c r="{place}"{kind} s="{self.style}">{formula}<v>{escape(self.value)}</v></c>'


Row = Sequence[Cell | str | float | None]


def column(place: int) -> str:
    """The letters of a column, from 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def workbook(
    sheets: Mapping[str, Sequence[Row]], *, hidden: Sequence[str] = (), merged: Sequence[str] = (), since_1904: bool = False,
    extra: Mapping[str, bytes] | None = None,
) -> bytes:  # fmt: skip
    """The bytes of a workbook. Texts of cells are shared strings; ``merged`` are ranges of the first sheet; ``extra`` members replace."""
    strings: dict[str, int] = {}
    members: dict[str, bytes] = {}
    for number, rows in enumerate(sheets.values(), 1):
        lines = []
        for at, row in enumerate(rows, 1):
            cells = []
            for place, value in enumerate(row):
                if value is None:
                    continue
                cell = value if isinstance(value, Cell) else Cell(str(value))
                if isinstance(value, str):
                    cell = Cell(str(strings.setdefault(value, len(strings))), "s")
                cells.append(cell.xml(f"{column(place)}{at}"))
            if cells:
                lines.append(f'<row r="{at}">{"".join(cells)}</row>')
        merges = "".join(f'<mergeCell ref="{each}"/>' for each in merged) if number == 1 and merged else ""
        merges = f"<mergeCells>{merges}</mergeCells>" if merges else ""
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_SPREADSHEET}"><sheetData>{"".join(lines)}</sheetData>{merges}</worksheet>'.encode()
        )
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
        for number, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    links += f'<Relationship Id="rIdS" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rIdT" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    system = '<workbookPr date1904="1"/>' if since_1904 else "<workbookPr/>"
    shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    members |= {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>'.encode(),
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
        "xl/workbook.xml": f'<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_OFFICE}">{system}<sheets>{listed}</sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'.encode(),
        "xl/sharedStrings.xml": f'<sst xmlns="{_SPREADSHEET}">{shared}</sst>'.encode(),
        "xl/styles.xml": _STYLES.encode(),
        **(extra or {}),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()

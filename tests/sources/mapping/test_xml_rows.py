"""XML files through a mapping: paths, attributes, repeated elements, and what is refused."""

from pathlib import Path

import pytest
from builders.mapped import accounted, declared, read, rows

from pipelines.sources.limits import LONGEST_RECORD_BYTES
from pipelines.sources.mapping.reader import MappingReader
from pipelines.sources.reading import PATH, ReadOptions, UncountedRecordsError, UnreadableFileError

BLOCK = """table = "complaints"
rows = "export/complaints/complaint"
[sources.columns]
complaint_id = "@id"
received_at = "received"
customer_id = "party/ref"
product = "product.@code"
narrative = "text"
issue = "tags.tag[1]"
regulator = "export/@authority"
company = "complaints/source"
updated_at = { template = "{_index}" }
"""
EXPORT = """<?xml version="1.0" encoding="{encoding}"?>
<x:export xmlns:x="urn:x" authority="FCA">
  <complaints><source>web</source>
    <complaint id="c1"><received>2026-01-05</received><party><ref>a</ref></party><product code="card"/>
      <text>No <b>answer</b> &amp; <![CDATA[<again>]]></text><tags><tag>fee</tag><tag>late</tag></tags></complaint>
    <complaint id="c2"><received> 2026-01-06 </received><text>größer</text><tags><tag>fee</tag></tags></complaint>
  </complaints>
  <complaints><complaint id="c3"><received>2026-01-07</received><x:text/></complaint></complaints>
</x:export>
"""


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_elements_attributes_and_parents(tmp_path: Path, encoding: str) -> None:
    reading = read(tmp_path / "a.xml", EXPORT.replace("{encoding}", encoding).encode(encoding), BLOCK)
    assert rows(reading, "complaints") == [
        {"complaint_id": "c1", "received_at": "2026-01-05", "customer_id": "a", "product": "card", "issue": "late",
         "narrative": "No answer & <again>", "regulator": "FCA", "company": "web", "updated_at": "0"},
        {"complaint_id": "c2", "received_at": "2026-01-06", "narrative": "größer", "regulator": "FCA", "company": "web", "updated_at": "1"},
        {"complaint_id": "c3", "received_at": "2026-01-07", "regulator": "FCA", "updated_at": "0"},
    ]  # fmt: skip
    assert accounted(reading)


def test_parts_of_a_record_and_their_places(tmp_path: Path) -> None:
    block = """[[sources.tables]]
table = "contacts"
rows = "/calls/call"
columns = { contact_id = "id", started_at = "at" }
[[sources.tables]]
table = "turns"
rows = "calls/call/turns/turn"
columns = { contact_id = "call.id", turn_index = "_index", speaker = "@who", text = "#text" }
"""
    content = """<calls><other><call><id>no</id></call></other><call><id>1</id><at>2026-01-05</at><turns><turn who="customer">hello</turn>
        <turn who="ai">good day</turn></turns></call><call><id>2</id><at>2026-01-05</at></call></calls>"""
    reading = read(tmp_path / "a.xml", content, block)
    assert [row["contact_id"] for row in rows(reading)] == ["1", "2"]
    assert rows(reading, "turns") == [
        {"contact_id": "1", "turn_index": "0", "speaker": "customer", "text": "hello"},
        {"contact_id": "1", "turn_index": "1", "speaker": "ai", "text": "good day"},
    ]
    assert reading.tables["turns"][PATH].to_list()[1] == "/calls[1]/call[1].turns[0].turn[1]"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><export><complaints>&x;</complaints></export>', "declares a document type"),
        ('<!DOCTYPE a SYSTEM "http://localhost/a.dtd"><export/>', "declares a document type"),
        ('<export><complaints><complaint id="1"><received>2026-01-05', "not well-formed at line 1"),
        ("<export><complaints>&x;</complaints></export>", "not well-formed"),
        ('<?xml version="1.0" encoding="x-foo"?><export/>', "encoding that is unknown, not supported"),
        ('<?xml version="1.0" encoding="shift_jis"?><export/>', "encoding that is unknown, not supported"),
        ('<?xml version="1.0" encoding="utf-16"?><export/>', "set `encoding` on the source, or deliver it in UTF-8"),
        ("<a>" * 150 + "</a>" * 150, "nested deeper"),
        ("<other/>", "the file has no element that rows"),
        ("<export><complaints><complaint><x/></complaint></complaints></export>", "no record has any of the fields"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        read(tmp_path / "a.xml", content, BLOCK)


def test_a_cut_file_counts_as_unread(tmp_path: Path) -> None:
    with pytest.raises(UncountedRecordsError):
        read(tmp_path / "a.xml", EXPORT.replace("{encoding}", "utf-8")[:-30], BLOCK)


def test_a_record_beyond_the_bounds_is_rejected_alone(tmp_path: Path) -> None:
    long = "<text>" + "x" * (LONGEST_RECORD_BYTES + 1) + "</text>"
    content = EXPORT.replace("{encoding}", "utf-8").replace("<text>größer</text>", long)
    reading = read(tmp_path / "a.xml", content, BLOCK)
    assert [row["complaint_id"] for row in rows(reading, "complaints")] == ["c1", "c3"]
    (reject,) = reading.rejects
    assert (reject.record, reject.path) == (2, "/export[1]/complaints[1]/complaint[2]")
    assert accounted(reading)


def test_an_encoding_that_the_file_does_not_name_is_set_on_the_source(tmp_path: Path) -> None:
    content = EXPORT.partition("\n")[2].encode("cp1252")
    with pytest.raises(UnreadableFileError, match="set `encoding` on the source"):
        read(tmp_path / "a.xml", content, BLOCK)
    reading = MappingReader(declared(BLOCK)).read(tmp_path / "a.xml", ReadOptions(encoding="cp1252"))
    assert rows(reading, "complaints")[1]["narrative"] == "größer"


def test_rows_have_to_be_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="does not say which elements are records"):
        read(tmp_path / "a.xml", "<a/>", 'table = "contacts"\ncolumns = { contact_id = "a", started_at = "b" }')

"""vCon containers: as the drafts have them, as they drift, and those that are refused."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.contract import CANONICAL_TABLES
from pipelines.sources.reading import PATH, RECORD, Reading, ReadOptions, UnreadableFileError
from pipelines.sources.vcon import VconReader
from pipelines.sources.vcon.messages import without_quotes

READER = VconReader()
START = "2024-03-16T16:00:00+00:00"


def _vcon(**more: Any) -> dict[str, Any]:
    """A call of a minute, in which the customer (party 1) called an agent (party 0)."""
    return {
        "uuid": "u1",
        "parties": [
            {"tel": "+1 (572) 256-8385", "mailto": "mailto:Lou@Shop.example", "name": "Lou", "meta": {"role": "agent"}},
            {
                "tel": "tel:+1-202-555-0147",
                "email": "olivia@example.com",
                "name": "Olivia",
                "meta": {"role": "customer"},
            },
        ],
        "dialog": [
            {"type": "recording", "start": START, "duration": 60, "parties": [1, 0], "meta": {"direction": "in"}}
        ],
        **more,
    }


def _transcript(body: object, **more: Any) -> dict[str, Any]:
    return {"type": "transcript", "dialog": 0, "encoding": "none", "body": body, **more}


def _read(tmp_path: Path, content: object) -> Reading:
    path = tmp_path / "a.vcon"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return READER.read(path, ReadOptions())


def _contact(tmp_path: Path, content: object) -> dict[str, Any]:
    (row,) = _read(tmp_path, content).tables["contacts"].to_dicts()
    return row


def _turns(tmp_path: Path, content: object) -> list[dict[str, Any]]:
    return _read(tmp_path, content).tables["turns"].to_dicts()


def test_a_call_by_hand(tmp_path: Path) -> None:
    reading = _read(tmp_path, _vcon(updated_at="2024-03-17T00:00:00Z", subject="Olivia's bill"))
    assert (reading.rows_in, reading.rejects) == (1, ())
    (row,) = reading.tables["contacts"].to_dicts()
    assert {name: value for name, value in row.items() if value is not None} == {
        "contact_id": "u1",
        "customer_id": "+12025550147",
        "channel": "voice",
        "direction": "inbound",
        "started_at": START,
        "ended_at": "2024-03-16T16:01:00+00:00",
        "mode": "human_primary",
        "agent_id": "lou@shop.example",
        "updated_at": "2024-03-17T00:00:00+00:00",
        RECORD: 1,
        PATH: "$",
    }
    for table, frame in reading.tables.items():
        assert set(frame.columns) == {*frame.columns} & {*CANONICAL_TABLES[table].column_names, RECORD, PATH}


def test_an_instant_without_a_zone_stays_without(tmp_path: Path) -> None:
    row = _contact(
        tmp_path, _vcon(dialog=[{"type": "recording", "start": "2024-03-16T16:09:20.701736", "duration": "57.168"}])
    )
    assert (row["started_at"], row["ended_at"]) == ("2024-03-16T16:09:20.701736", "2024-03-16T16:10:17.869736")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("Fri, 23 Sep 2022 21:44:25 +0000", "2022-09-23T21:44:25+00:00"),
        (1663969465, "2022-09-23T21:44:25+00:00"),
        ("2022-09-23", "2022-09-23"),
        ("soon", "soon"),
        (None, None),
    ],
)
def test_other_starts(tmp_path: Path, start: object, expected: str | None) -> None:
    assert _contact(tmp_path, _vcon(dialog=[{"type": "recording", "start": start}]))["started_at"] == expected


@pytest.mark.parametrize(
    ("parties", "dialog", "expected"),
    [
        # No roles: the originator, who is the first party unless ``originator`` says otherwise.
        ([{"tel": "+12025550147"}, {"tel": "+12025550148"}], {"parties": [0, 1]}, "+12025550147"),
        ([{"tel": "+12025550147"}, {"tel": "+12025550148"}], {"parties": [0, 1], "originator": 1}, "+12025550148"),
        ([{"tel": "+12025550147"}, {"tel": "+12025550148"}], {"parties": [0, 1], "direction": "out"}, "+12025550148"),
        # Whoever is neither agent nor machine.
        ([{"tel": "+12025550147", "role": "agent"}, {"email": " A@B.example "}], {"parties": [0, 1]}, "a@b.example"),
        (
            [{"role": "Virtual_Agent"}, {"sip": "sips:Anna@Pbx.example;tag=1"}],
            {"parties": [0, 1]},
            "sip:anna@pbx.example",
        ),
        ([{"role": "agent", "name": "Lou"}, {"sip": "sip:+12025550147@pbx;user=phone"}], {}, "+12025550147"),
        ([{"role": "customer", "name": " Anna  LEE "}], {}, "name:anna lee"),
        ([{"role": "customer", "tel": "anonymous", "name": "Anonymous"}], {}, None),
        ([{"role": "customer", "tel": "202 555 0147"}], {}, "2025550147"),
        ([{"role": "agent", "tel": "+12025550147"}], {}, None),
        ([], {}, None),
    ],
)
def test_who_the_customer_is(
    tmp_path: Path, parties: list[object], dialog: dict[str, Any], expected: str | None
) -> None:
    content = {"uuid": "u1", "parties": parties, "dialog": [{"type": "recording", "start": START, **dialog}]}
    assert _contact(tmp_path, content)["customer_id"] == expected


def test_a_bare_name_is_never_an_agent_id(tmp_path: Path) -> None:
    row = _contact(tmp_path, _vcon(parties=[{"name": "Lou", "role": "agent"}, {"name": "Olivia", "role": "customer"}]))
    assert (row["agent_id"], row["mode"], row["customer_id"]) == (None, "human_primary", "name:olivia")


@pytest.mark.parametrize(
    ("dialogs", "served", "reason"),
    [
        ([{"type": "incomplete", "disposition": "no-answer"}], False, "no_answer"),
        ([{"type": "recording", "meta": {"disposition": "NO ANSWER"}}], False, "no_answer"),
        ([{"type": "recording", "meta": {"disposition": "ANSWERED"}}], True, None),
        ([{"type": "incomplete", "disposition": "busy"}, {"type": "recording"}], None, "busy"),
        ([{"type": "recording"}], None, None),
    ],
)
def test_served(tmp_path: Path, dialogs: list[dict[str, Any]], served: bool | None, reason: str | None) -> None:
    row = _contact(tmp_path, _vcon(dialog=[{**dialog, "start": START} for dialog in dialogs]))
    assert (row["served"], row["disconnect_reason"]) == (served, reason)


def test_a_redacted_copy_is_one_contact_with_its_original(tmp_path: Path) -> None:
    row = _contact(
        tmp_path, _vcon(redacted={"uuid": "u0", "type": "PII"}, parties=[{"name": "Alice"}, {"name": "Bob"}])
    )
    assert (row["contact_id"], row["root_contact_id"], row["customer_id"]) == ("u1", "u0", None)


LIST_BODY = [
    {"speaker": "Agent", "message": "Hello"},
    {"speaker": "Customer", "message": "Hi"},
    {"speaker": "Bot", "message": "Bye"},
]


@pytest.mark.parametrize(
    "analysis",
    [
        _transcript(LIST_BODY),
        _transcript(json.dumps(LIST_BODY), encoding="json"),
        _transcript(
            base64.urlsafe_b64encode(json.dumps(LIST_BODY).encode()).decode().rstrip("="), encoding="base64url"
        ),
        _transcript("Agent: Hello\nCustomer: Hi\nBot: Bye"),
        _transcript(
            {"segments": [{"speaker": turn["speaker"], "text": turn["message"]} for turn in LIST_BODY]},
            type="wtf_transcription",
        ),
    ],
)
def test_speakers_by_label(tmp_path: Path, analysis: dict[str, Any]) -> None:
    turns = _turns(tmp_path, _vcon(analysis=[{"type": "summary", "body": "Hello"}, analysis]))
    assert [(turn["turn_index"], turn["speaker"], turn["text"]) for turn in turns] == [
        (0, "agent", "Hello"),
        (1, "customer", "Hi"),
        (2, "ai", "Bye"),
    ]
    assert turns[0][PATH].startswith("$.analysis[1].body")


def test_speakers_by_party_and_name_with_times(tmp_path: Path) -> None:
    body = [
        {"parties": 1, "start": "2024-03-16T16:00:01.5+00:00", "duration": 2, "text": "Hi"},
        {"speaker": "LOU", "start": 4, "end": 5.5, "confidence": "0.9", "text": "Hello"},
    ]
    first, second = _turns(tmp_path, _vcon(analysis=[_transcript(body)]))
    assert (first["speaker"], first["offset_seconds"], first["duration_seconds"]) == ("customer", 1.5, 2.0)
    assert (second["speaker"], second["offset_seconds"], second["duration_seconds"], second["asr_confidence"]) == (
        "agent",
        4.0,
        1.5,
        0.9,
    )
    assert second[PATH] == "$.analysis[0].body[1]"


def _word(word: str, start: float, speaker: int, confidence: float) -> dict[str, Any]:
    return {
        "word": word,
        "punctuated_word": word,
        "start": start,
        "end": start + 0.5,
        "speaker": speaker,
        "confidence": confidence,
    }


def test_deepgram_words_and_two_voices(tmp_path: Path) -> None:
    # The customer called, so the agent picks up and speaks first. The 0.0 on the comma counts nowhere.
    words = [_word("Hello", 1, 0, 0.8), _word(",", 1.5, 0, 0.0), _word("there", 2, 0, 1.0), _word("Hi", 3, 1, 0.6)]
    body = {"results": {"channels": [{"detected_language": "en", "alternatives": [{"words": words}]}]}}
    first, second = _turns(tmp_path, _vcon(analysis=[_transcript(body, encoding="json")]))
    assert (first["speaker"], first["text"], first["offset_seconds"], first["duration_seconds"]) == (
        "agent",
        "Hello , there",
        1.0,
        1.5,
    )
    assert first["asr_confidence"] == pytest.approx(0.9)
    assert (first["language"], first[PATH]) == ("en", "$.analysis[0].body.results.channels[0].alternatives[0].words[0]")
    assert (second["speaker"], second["asr_confidence"]) == ("customer", 0.6)


def test_deepgram_channels_are_parties_in_order(tmp_path: Path) -> None:
    channels = [
        {"alternatives": [{"words": [_word("Hi", 3, 0, 0.5)]}]},
        {"alternatives": [{"words": [_word("Hello", 1, 0, 0.5)]}]},
    ]
    turns = _turns(tmp_path, _vcon(analysis=[_transcript({"results": {"channels": channels}})]))
    assert [(turn["speaker"], turn["text"]) for turn in turns] == [("agent", "Hello"), ("customer", "Hi")]


def test_voices_that_cannot_be_told_are_nobodys(tmp_path: Path) -> None:
    reading = _read(tmp_path, _vcon(analysis=[_transcript("One long text.")]))
    assert reading.tables["turns"]["speaker"].to_list() == ["system"]
    (reject,) = reading.rejects
    assert (reject.scope, reject.rule, reject.path, reject.column) == (
        "value",
        "unknown_speaker",
        "$.analysis[0]",
        "speaker",
    )


def test_of_several_transcripts_of_a_dialog_one_is_read(tmp_path: Path) -> None:
    redacted, plain = (
        _transcript([{"speaker": "Agent", "text": "{{NAME}}"}], type="transcript-redacted"),
        _transcript(LIST_BODY),
    )
    assert len(_turns(tmp_path, _vcon(analysis=[redacted, plain, plain]))) == 3


def test_mail_thread_in_order_of_time(tmp_path: Path) -> None:
    mail = "Thanks.\r\n\r\nOn Friday, Lou <l@x.example> wrote:\r\n\r\n> Hello"
    part = f"Content-Type: text/plain; charset=UTF-8\r\n\r\n{mail}"
    multipart = f"--b\r\n{part}\r\n--b--\r\n"
    dialogs = [
        {
            "type": "text",
            "start": "2024-03-16T16:10:00Z",
            "parties": [1, 0],
            "mediatype": 'multipart/mixed;\n\tboundary="b"',
            "body": multipart,
        },
        {
            "type": "text",
            "start": "2024-03-16T16:00:00Z",
            "parties": [0, 1],
            "mimetype": "text/html",
            "body": "<p>Hello &amp;<br>bye</p>",
        },
    ]
    content = _vcon(
        dialog=dialogs, parties=[{"mailto": "lou@shop.example", "role": "agent"}, {"mailto": "o@x.example"}]
    )
    reading = _read(tmp_path, content)
    assert reading.tables["contacts"]["channel"].to_list() == ["email"]
    turns = reading.tables["turns"].to_dicts()
    assert [(t["speaker"], t["text"], t["offset_seconds"]) for t in turns] == [
        ("agent", "Hello &\nbye", 0.0),
        ("customer", "Thanks.", 600.0),
    ]


@pytest.mark.parametrize(
    ("mail", "own"),
    [
        ("Yes.\n\n-----Original Message-----\nFrom: a", "Yes."),
        ("Ja.\nAm 3. Mai 2024 um 10:00 schrieb Lou <l@x>:\n> Hallo", "Ja."),
        ("Oui.\nFrom: Lou\nSent: Monday\nTo: me\n\nHello", "Oui."),
        ("Sure\n> quoted\n\n> more\n", "Sure"),
        ("> quoted\nmy answer between\n> quoted\nand after", "> quoted\nmy answer between\n> quoted\nand after"),
        ("On Friday, Lou wrote:\nall that there is", "On Friday, Lou wrote:\nall that there is"),
        ("On Friday I wrote: a letter", "On Friday I wrote: a letter"),
    ],
)
def test_quotes(mail: str, own: str) -> None:
    assert without_quotes(mail).strip() == own


def test_transfers_are_handoffs(tmp_path: Path) -> None:
    call = {"type": "recording", "start": START, "parties": [1, 0]}
    transfer = {
        "type": "transfer",
        "transferee": 1,
        "transferor": 0,
        "transfer-target": 2,
        "original": 0,
        "target-dialog": 2,
    }
    later = {"type": "recording", "start": "2024-03-16T16:05:00+00:00", "duration": 60, "parties": [1, 2]}
    parties = [{"role": "bot"}, {"role": "customer", "tel": "+12025550147"}, {"role": "agent", "mailto": "a@x.example"}]
    reading = _read(tmp_path, _vcon(dialog=[call, transfer, later], parties=parties))
    (handoff,) = reading.tables["handoffs"].to_dicts()
    assert handoff == {
        "handoff_id": "u1:transfer:1",
        "contact_id": "u1",
        "occurred_at": "2024-03-16T16:05:00+00:00",
        "from_party": "ai",
        "to_party": "agent",
        RECORD: 1,
        PATH: "$.dialog[1]",
    }
    assert reading.tables["contacts"]["mode"].to_list() == ["joint"]
    assert _read(tmp_path, _vcon(dialog=[transfer], parties=parties)).rejects[0].rule == "missing_value"


def test_lists_and_lines(tmp_path: Path) -> None:
    signed = {"payload": "e30", "signatures": []}
    for text in (
        json.dumps([_vcon(), signed, _vcon(uuid="u3")]),
        "\n".join(map(json.dumps, [_vcon(), signed, _vcon(uuid="u3")])),
    ):
        reading = _read(tmp_path, text)
        assert reading.rows_in == 3
        assert reading.tables["contacts"].select("contact_id", RECORD).rows() == [("u1", 1), ("u3", 3)]
        (reject,) = reading.rejects
        assert (reject.record, reject.scope, "signed" in reject.reason) == (2, "row", True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"payload": "e30", "signatures": []}, r"signed vCon \(JWS\)"),
        ({"protected": "e30", "ciphertext": "x", "iv": "y"}, r"encrypted vCon \(JWE\)"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", r"signed vCon \(JWS\)"),
        ("eyJhbGciOiJSU0EifQ.a.b.c.d", r"encrypted vCon \(JWE\)"),
        ({"openapi": "3.0"}, "not a vCon"),
        ('{"uuid": "u1", "parties": [', "truncated"),
        ("just text", "not a vCon"),
        ("3", "not a vCon"),
    ],
)
def test_refused(tmp_path: Path, content: object, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        _read(tmp_path, content)


@pytest.mark.parametrize(
    "damage",
    [
        {"parties": None, "dialog": "x", "analysis": 3},
        {"parties": [None, "x"], "dialog": [None, {"parties": [[0, 1], 7, -1, "a"], "duration": "NaN", "start": {}}]},
        {
            "analysis": [
                None,
                {"type": "transcript"},
                _transcript([None, {}, {"text": ["a"]}]),
                _transcript({"results": {"channels": [3]}}),
            ]
        },
        {"dialog": [{"type": "text", "start": START, "mediatype": "multipart/mixed", "body": "no boundary"}]},
        {"dialog": [{"type": "text", "start": START, "parties": 9, "body": "\ud800 half a pair"}]},
        {"dialog": [{"type": "recording", "start": "9999-12-31T23:59:59", "duration": 1e7}], "updated_at": 1e300},
    ],
)
def test_damage_is_no_reason_to_stop(tmp_path: Path, damage: dict[str, Any]) -> None:
    assert _read(tmp_path, _vcon(**damage)).tables["contacts"].height == 1


def test_real_files_of_the_ietf(fixtures_dir: Path) -> None:
    folder = fixtures_dir / "vcon-ietf"
    refused = {"LICENSE.md": "not a vCon", "SOURCE.txt": "not a vCon", "vcon.cddl": "not a vCon"}
    refused |= {"ab_call_ext_rec_signed.vcon": "JWS", "ab_call_ext_rec_encrypted.vcon": "JWE"}
    for name, reason in refused.items():
        with pytest.raises(UnreadableFileError, match=reason):
            READER.read(folder / name, ReadOptions())
    read = {path.stem: READER.read(path, ReadOptions()) for path in folder.glob("*.vcon") if path.name not in refused}
    assert {name: reading.tables["turns"].height for name, reading in read.items()} == {
        "ab_call_ext_rec": 0,
        "ab_call_ext_rec_analysis": 4,
        "ab_call_ext_rec_redacted": 4,
        "ab_email_acct_prob_thread": 2,
        "ab_email_prob_followup_text_thread": 3,
    }
    assert read["ab_email_acct_prob_thread"].tables["turns"]["text"].to_list() == [
        "Alice:Please find the image attached.\n\nRegards,Bob",
        "Hi Bob:Got it. Thanks.",
    ]
    assert read["ab_email_prob_followup_text_thread"].tables["turns"]["text"].to_list()[2] == "Awesome!"
    assert read["ab_call_ext_rec_analysis"].tables["turns"]["asr_confidence"].min() > 0.9  # type: ignore[operator]


def test_real_files_that_drifted(fixtures_dir: Path) -> None:
    readings = [
        READER.read(path, ReadOptions()) for path in sorted((fixtures_dir / "vcon-dev-synthetic").glob("*.json"))
    ]
    contacts = [row for reading in readings for row in reading.tables["contacts"].to_dicts()]
    turns = [row for reading in readings for row in reading.tables["turns"].to_dicts()]
    assert (len(contacts), len(turns), sum(len(reading.rejects) for reading in readings)) == (42, 508, 0)
    assert all(row["customer_id"].startswith("+1") and "@" in row["agent_id"] and row["served"] for row in contacts)
    assert {row["direction"] for row in contacts} == {"inbound"}
    assert [sum(row["speaker"] == speaker for row in turns) for speaker in ("agent", "customer")] == [281, 227]

"""The real conversations that labels point at; they are no part of the repository."""

import json
import os
from pathlib import Path

import pytest

from pipelines.sources.reading import ReadOptions, UnreadableFileError
from pipelines.sources.vcon import VconReader

from .reading import RealTurn


@pytest.fixture(scope="session")
def real_turns() -> dict[RealTurn, tuple[str, str]]:
    """Speaker and text of every turn of the files that were labelled, as this project's reader numbers them."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "fixtures"
    folder = Path(os.environ.get("AFTERCALL_FIXTURES", beside))
    if not folder.is_dir():
        pytest.skip(f"no folder of real exports at {folder}; AFTERCALL_FIXTURES may name another")
    turns = {}
    for source, pattern in (("vcon-dev-synthetic", "*.vcon.json"), ("vcon-ietf", "*.vcon")):
        for path in sorted((folder / source).glob(pattern)):
            try:
                read = VconReader().read(path, ReadOptions()).tables["turns"].to_dicts()
            except UnreadableFileError:
                continue
            turns |= {RealTurn(source, path.name, row["turn_index"]): (row["speaker"], row["text"]) for row in read}
    name, call = "aws-transcribe-call-analytics", "example-call.json"
    transcript = json.loads((folder / name / call).read_text(encoding="utf-8"))["Transcript"]
    speakers = {"AGENT": "agent", "CUSTOMER": "customer"}
    return turns | {
        RealTurn(name, call, index): (speakers[turn["ParticipantRole"]], turn["Content"])
        for index, turn in enumerate(transcript)
    }

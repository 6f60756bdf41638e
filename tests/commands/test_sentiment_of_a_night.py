"""Whole nights with words in them: the same scores whatever the order of files; models that cannot be had."""

import csv
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders.command_line import Command, Said
from polars.testing import assert_frame_equal

CONFIG = """
[project]
data_dir = "data"
threads = 2

[metrics]
min_n = 20

[[sources]]
format = "canonical"
table = "contacts"
path = "landing/contacts/*.csv"

[[sources]]
format = "canonical"
table = "turns"
path = "landing/turns/*.jsonl"

[[sources]]
format = "canonical"
table = "surveys"
path = "landing/surveys/*.jsonl"
"""
OPENINGS = ("hello", "good morning", "excuse me", "listen", "right", "look", "sorry", "well")
MATTERS = (
    "I was charged twice for one month",
    "nobody called me back as promised",
    "the new router works very well",
    "your agent was kind and quick",
    "my parcel never came, this is terrible",
    "I only want to know my balance",
)
CLOSINGS = ("thanks a lot", "that is not good enough", "please fix it today", "I am leaving you", "all fine now")
Rows = list[dict[str, Any]]


def season(seed: int = 5, contacts: int = 240) -> dict[str, Rows]:
    """Contacts of four months with conversations of many lengths, and answers to some of them."""
    draw = random.Random(seed)  # noqa: S311
    rows: dict[str, Rows] = {"contacts": [], "turns": [], "surveys": []}
    for number in range(contacts):
        start = f"2026-{number // 60 + 1:02d}-{number % 28 + 1:02d}T{number % 12 + 8:02d}:00:00"
        rows["contacts"].append(
            {
                "contact_id": f"c{number:04d}",
                "customer_id": f"customer-{number % 31}",
                "started_at": f"{start}+00:00",
                "ended_at": f"{start[:-5]}40:00+00:00",
                "handle_seconds": str(100 + number * 13 % 300),
                "channel": "voice",
                "language": ("en", "en-GB", "", "es")[number % 4],
            }
        )
        for turn in range(number % 9):
            parts = [draw.choice(OPENINGS), *draw.sample(MATTERS, draw.randint(1, 3)), draw.choice(CLOSINGS)]
            speaker = ("customer", "agent")[turn % 2] if number % 5 else "customer"
            rows["turns"].append(
                {"contact_id": f"c{number:04d}", "turn_index": turn, "speaker": speaker, "text": ", ".join(parts)}
            )
        if number % 3 == 0:
            rows["surveys"].append(
                {
                    "response_id": f"r{number}",
                    "responded_at": f"{start[:-5]}50:00+00:00",
                    "contact_id": f"c{number:04d}",
                    "csat": (1, 2, None, 5)[number % 4],
                    "verbatim": draw.choice(MATTERS),
                }
            )
    return rows


def deliver(folder: Path, table: str, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    path = folder / "landing" / table / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if table != "contacts":
        path.with_suffix(".jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return
    with path.with_suffix(".csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def night_on(folder: Path, aftercall: Command, extra: str = "") -> Said:
    (folder / "aftercall.toml").write_text(CONFIG + extra, "utf-8")
    return aftercall("run", "--config", folder / "aftercall.toml", "--as-of", "2026-05-15")


def exported(folder: Path, aftercall: Command, table: str) -> pl.DataFrame:
    assert aftercall("export", "--config", folder / "aftercall.toml", "--out", folder / "out", "--force").code == 0
    return pl.read_parquet(folder / "out" / f"{table}.parquet")


@pytest.mark.wide
def test_scores_do_not_depend_on_how_the_words_came_in(tmp_path: Path, aftercall: Command) -> None:
    rows = season()
    at_once, by_and_by = tmp_path / "at once", tmp_path / "by and by"
    for table, own in rows.items():
        deliver(at_once, table, "all", own)
    assert night_on(at_once, aftercall).code == 0
    draw = random.Random(6)  # noqa: S311
    shuffled = {table: draw.sample(own, len(own)) for table, own in rows.items()}
    for part in range(2):
        for table, own in shuffled.items():
            deliver(by_and_by, table, f"part-{9 - part}", own[part::2])
        assert night_on(by_and_by, aftercall).code == 0
    # The tables agree to the last bit, sums over a day aside, which add up in another order.
    for table, key in (("contact_outcomes", ["system", "contact_id"]), ("case_flags", ["contact_id", "rule"])):
        left, right = (exported(folder, aftercall, table).sort(key) for folder in (at_once, by_and_by))
        assert_frame_equal(left, right, check_exact=True)
        assert left.height > 0
    outcomes = exported(at_once, aftercall, "contact_outcomes")
    assert outcomes["closing_sentiment"].n_unique() > 50
    assert set(outcomes["sentiment_source"].unique()) == {"survey_csat", "survey_verbatim", "closing_turns", None}
    assert {"scored", "unsupported_language", None} <= set(outcomes["transcript_scoring"].unique())
    assert outcomes.filter(pl.col("transcript_scoring") != "scored")["closing_sentiment"].null_count() > 0
    flags = exported(at_once, aftercall, "case_flags")
    assert (flags["code"] == "D2").sum() > 0
    # And nothing that can be counted is lost on the way to the daily table.
    daily = exported(at_once, aftercall, "kpi_daily")
    for source in ("survey_csat", "survey_verbatim", "closing_turns"):
        own = outcomes.filter(pl.col("sentiment_source") == source)["post_call_sentiment"]
        assert daily[f"sentiment_{source}_n"].sum() == own.len()
        assert daily[f"sentiment_{source}_sum"].sum() == pytest.approx(own.sum())
        assert daily[f"sentiment_{source}_negative"].sum() == (own <= -0.25).sum()
    assert daily["surveys"].sum() == outcomes["has_survey"].sum() > 0
    assert daily["transcripts"].sum() == outcomes["transcript_scoring"].count()


def test_without_surveys_nobody_is_said_not_to_have_answered(tmp_path: Path, aftercall: Command) -> None:
    rows = season(contacts=12)
    for table in ("contacts", "turns"):
        deliver(tmp_path, table, "all", rows[table])
    (tmp_path / "aftercall.toml").write_text(CONFIG[: CONFIG.rindex("[[sources]]")], "utf-8")
    assert aftercall("run", "--config", tmp_path / "aftercall.toml").code == 0
    assert exported(tmp_path, aftercall, "contact_outcomes")["has_survey"].to_list() == [None] * 12


# --- Models that cannot be had ------------------------------------------------------------------------------------


@pytest.fixture
def without_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model hub that cannot be reached."""

    def unreachable(*_arguments: object, **_options: object) -> str:
        raise ConnectionError("no route")

    monkeypatch.setattr("huggingface_hub.snapshot_download", unreachable)


BAD_MODELS: dict[str, tuple[str, tuple[str, ...]]] = {
    "missing folder": ('model = "./nowhere"', ("sentiment.model = './nowhere'", "no such folder", "leave the key out")),
    "missing absolute folder": ('model = "/nowhere/at/all"', ("sentiment.model = '/nowhere/at/all'", "no such folder")),
    "unknown name": ('model = "nobody/nothing"', ("sentiment.model = 'nobody/nothing'", "no such folder", "hub")),
    "folder without languages": ('model = "folder"', ("sentiment.model", "folder'", "sentiment.languages", '["en"]')),
    "no language code": (
        'model = "folder"\nlanguages = ["English"]',
        ("sentiment.languages", "'English'", "ISO 639-1", "write 'en'"),
    ),
}


@pytest.mark.usefixtures("without_hub")
@pytest.mark.parametrize(("lines", "words"), BAD_MODELS.values(), ids=BAD_MODELS.keys())
@pytest.mark.parametrize("command", ["run", "doctor"])
def test_a_model_that_cannot_be_had_is_one_message(
    command: str, lines: str, words: tuple[str, ...], aftercall: Command, tmp_path: Path
) -> None:
    deliver(tmp_path, "contacts", "all", season(contacts=3)["contacts"])
    (tmp_path / "folder").mkdir()
    (tmp_path / "aftercall.toml").write_text(f"{CONFIG}\n[sentiment]\n{lines}\n", "utf-8")
    said = aftercall(command, "--config", tmp_path / "aftercall.toml")
    assert said.code == 2
    message = said.one_message()
    for word in words:
        assert word in message
    assert not (tmp_path / "data" / "snapshots").exists()


def test_a_folder_is_looked_for_beside_the_configuration(
    tmp_path: Path, aftercall: Command, monkeypatch: pytest.MonkeyPatch, configured: Callable[[str], Path]
) -> None:
    from pipelines.config import load_settings  # noqa: PLC0415

    (tmp_path / "folder").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    path = configured(f'{CONFIG}\n[sentiment]\nmodel = "folder"\nlanguages = ["en"]\n')
    assert Path(load_settings(path).text_model) == tmp_path / "folder"


def test_doctor_says_which_model(tmp_path: Path, aftercall: Command, configured: Callable[[str], Path]) -> None:
    deliver(tmp_path, "contacts", "all", season(contacts=3)["contacts"])
    said = aftercall("doctor", "--config", configured(CONFIG))
    assert "text model" in said.out
    assert "the embedded one, for en" in said.out

"""The scoring stage: each distinct text once per model, kept in the warehouse, picked up again after a stop."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders.analysis_warehouse import ancestors
from builders.landed import KEY, Landed, naive_utc

from pipelines.run_context import RunContext, RunOptions
from pipelines.scoring.identity import TextModelIdentity, language_detector_fingerprint
from pipelines.scoring.languages import Language, detect_languages
from pipelines.scoring.text_model import Progress, Scores, TextModel
from pipelines.scoring.windows import LONGEST_CHARACTERS
from pipelines.warehouse import text_scores as stage
from pipelines.warehouse.models import all_models, run_model
from pipelines.warehouse.text_scores import Scored, detect_new_languages, score_new_texts

POINTS = {"great": 2.0, "thanks": 1.0, "wrong": -1.0, "terrible": -2.0}
ENGLISH = "I have been charged twice for the same invoice and nobody could tell me why"
SPANISH = "El servicio es muy malo y nadie me contesta desde hace tres semanas"
#: What the scores go into.
_MODELS = ancestors("int_contact_sentiment") | ancestors("int_text_sentiment")


@dataclass
class Lexicon:
    """A text model that knows four words, and remembers what it was asked."""

    fingerprint: str = "lexicon-1"
    languages: frozenset[str] = frozenset({"en"})
    name: str = "lexicon"
    stops_after: int = 10**9
    asked: list[list[str]] = field(default_factory=list)

    def score(self, texts: Sequence[str], progress: Progress | None = None) -> Scores:
        if len(self.asked) == self.stops_after:
            raise KeyboardInterrupt
        self.asked.append(list(texts))
        rows, reasons = [], []
        for text in texts:
            points = sum(POINTS.get(word, 0) for word in text.lower().split())
            share = 1 / (1 + np.exp(-points))
            known = any(character.isalpha() for character in text)
            rows.append([0.9 * (1 - share), 0.1, 0.9 * share] if known else [np.nan] * 3)
            reasons.append(None if known else "no_words")
        if progress is not None:
            progress(len(texts))
        return Scores(np.array(rows, dtype=np.float64), tuple(reasons))

    @property
    def seen(self) -> list[str]:
        return [text for texts in self.asked for text in texts]


class Operation:
    """One warehouse and its nights; the models run in their order, the stage in its place."""

    def __init__(self, landing: Landed) -> None:
        self.landing = landing
        for table in ("contacts", "turns", "surveys", "complaints"):
            landing.source(f"{table}/*.jsonl", table)
        self.files = 0
        self.loads = 0
        self.shares: list[float] = []

    def deliver(self, table: str, *rows: Mapping[str, Any]) -> None:
        self.files += 1
        self.landing.put(f"{table}/{self.files:03d}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def contact(self, contact_id: str, *texts: str, language: str | None = "en") -> None:
        """A contact whose customer says these texts."""
        self.deliver("contacts", {"contact_id": contact_id, "started_at": "2026-01-05T10:00:00Z", "language": language})
        turns = [
            {"contact_id": contact_id, "turn_index": number, "speaker": "customer", "text": text}
            for number, text in enumerate(texts)
        ]
        self.deliver("turns", *turns)

    def night(self, model: TextModel) -> Scored:
        settings = self.landing.settings()
        self.landing.night()
        night = RunContext(settings, self.landing.connection, KEY.encode(), RunOptions(), "run")
        night.text_model = TextModelIdentity(model.name, model.fingerprint, model.languages)
        night.write_settings_lists()
        night.begin_recompute(naive_utc("2026-02-01"))
        scored = Scored(-1, -1)

        def load() -> TextModel:
            self.loads += 1
            return model

        for sql in all_models():
            if sql.name not in _MODELS:
                continue
            if sql.name == "int_text_sentiment":
                detector = language_detector_fingerprint()
                detect_new_languages(night.connection, detector)
                scored = score_new_texts(
                    night.connection, night.text_model, detector, load, progress=self.shares.append
                )
            run_model(night.connection, sql, night.parameters())
        return scored

    def fates(self) -> list[tuple[str, str, str | None]]:
        """(text, status, language) of every text in a customer's words, in order."""
        rows = self.landing.connection.execute(
            """select text.text, scored.status, scored.language, scored.score
            from int_text_sentiment as scored inner join int_customer_texts as text using (kind, system, owner_id, position)
            order by kind, owner_id, position"""
        ).fetchall()
        for _, status, _, score in rows:
            assert (status == "scored") == (score is not None)
        return [row[:3] for row in rows]

    def cached(self, table: str = "text_scores") -> list[tuple[Any, ...]]:
        return self.landing.connection.execute(f"select * from {table} order by all").fetchall()


@pytest.fixture
def operation(landing: Landed) -> Operation:
    return Operation(landing)


def test_a_text_is_scored_once_however_often_it_is_said(operation: Operation) -> None:
    operation.contact("a", "thanks a lot", "thanks a lot", "wrong again you see")
    operation.contact("b", "thanks a lot")
    operation.deliver(
        "surveys",
        {
            "response_id": "r",
            "responded_at": "2026-01-06T10:00:00Z",
            "contact_id": "a",
            "verbatim": "thanks a lot",
            "language": "EN_gb",
        },
    )
    model = Lexicon()
    assert operation.night(model) == Scored(new=2, known=0)
    assert sorted(model.seen) == ["thanks a lot", "wrong again you see"]
    assert [fate[1] for fate in operation.fates()] == ["scored"] * 5


def test_a_second_night_scores_what_is_new_and_loads_no_model_for_nothing(operation: Operation) -> None:
    operation.contact("a", "thanks a lot", "it is terrible")
    operation.night(Lexicon())
    before = operation.cached()
    model = Lexicon()
    assert operation.night(model) == Scored(new=0, known=2)
    assert (model.asked, operation.loads) == ([], 1)
    operation.contact("b", "it is terrible", "great you did it")
    assert operation.night(model) == Scored(new=1, known=2)
    assert model.seen == ["great you did it"]
    assert set(before) < set(operation.cached())


def test_without_a_text_no_model_is_loaded(operation: Operation) -> None:
    operation.contact("a", SPANISH, language="es")
    operation.contact("b")
    assert operation.night(Lexicon()) == Scored(new=0, known=0)
    assert operation.loads == 0


def test_another_model_scores_anew_and_the_old_scores_stay(operation: Operation) -> None:
    operation.contact("a", "thanks a lot", "it is terrible")
    first, second = Lexicon(), Lexicon("lexicon-2")
    operation.night(first)
    old = operation.cached()
    assert operation.night(second) == Scored(new=2, known=0)
    assert sorted(second.seen) == sorted(first.seen)
    assert set(old) < set(operation.cached())
    assert len(operation.cached()) == 4
    assert operation.night(first) == Scored(new=0, known=2), "the way back costs nothing"


def test_more_languages_of_the_same_model_add_their_texts_only(operation: Operation) -> None:
    operation.contact("a", "thanks a lot")
    operation.contact("b", SPANISH, language="es-MX")
    operation.night(Lexicon())
    both = Lexicon(languages=frozenset({"en", "es"}))
    assert operation.night(both) == Scored(new=1, known=1)
    assert both.seen == [SPANISH]
    assert operation.night(Lexicon()) == Scored(new=0, known=1)
    assert operation.fates() == [("thanks a lot", "scored", "en"), (SPANISH, "unsupported_language", "es")]


def test_a_killed_night_is_taken_up_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_CHUNK", 3)
    texts = [f"thanks number {'x' * number}" for number in range(8)]
    first = Operation(Landed(tmp_path, str(tmp_path / "warehouse.duckdb")))
    first.contact("a", *texts)
    with pytest.raises(KeyboardInterrupt):
        first.night(Lexicon(stops_after=1))
    first.landing.connection.close()

    again = Operation(Landed(tmp_path, str(tmp_path / "warehouse.duckdb")))
    assert len(again.cached()) == 3, "what was scored before the stop is kept"
    model = Lexicon()
    assert again.night(model) == Scored(new=5, known=3)
    assert [len(asked) for asked in model.asked] == [3, 2]
    hashes = [row[1] for row in again.cached()]
    assert len(hashes) == len(set(hashes)) == 8
    assert [fate[1] for fate in again.fates()] == ["scored"] * 8
    again.landing.connection.close()


def test_chunks_are_bounded_and_progress_runs_to_the_end(operation: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_CHUNK", 10)
    operation.contact("a", *(f"great {'word ' * (number * 7 % 43)}{number}" for number in range(43)))
    model = Lexicon()
    operation.night(model)
    assert [len(asked) for asked in model.asked] == [10, 10, 10, 10, 3]
    lengths = [len(text) for text in model.seen]
    assert lengths == sorted(lengths), "texts of like length come together"
    assert operation.shares == sorted(operation.shares)
    assert operation.shares[-1] == pytest.approx(1)


def test_what_the_model_does_not_know_is_never_scored(operation: Operation) -> None:
    operation.contact("a", SPANISH, language="spa")
    operation.contact("b", "Sie haben schon wieder falsch gerechnet", language="German")
    operation.contact("c", "ok so so", language="und")
    operation.contact("d", SPANISH, language=None)
    operation.contact("e", "hm", ENGLISH, language=None)
    model = Lexicon()
    operation.night(model)
    assert sorted(model.seen) == sorted(["hm", ENGLISH])
    detected = detect_languages(["ok so so"])[0].code
    assert operation.fates() == [
        (SPANISH, "unsupported_language", "es"),
        ("Sie haben schon wieder falsch gerechnet", "unsupported_language", "de"),
        ("ok so so", "unsupported_language" if detected else "unknown_language", detected),
        (SPANISH, "unsupported_language", "es"),
        ("hm", "scored", "en"),
        (ENGLISH, "scored", "en"),
    ]


@pytest.mark.parametrize("name", ["en", "EN", "en-US", "EN_gb", "English", " eng "])
def test_a_language_goes_by_many_names(name: str, operation: Operation) -> None:
    operation.contact("a", "thanks a lot", language=name)
    operation.night(Lexicon())
    assert operation.fates() == [("thanks a lot", "scored", "en")]


def test_what_says_nothing_leaves_the_word_to_the_contact(operation: Operation) -> None:
    operation.contact("a", language="en")
    operation.deliver(
        "turns",
        *(
            {"contact_id": "a", "turn_index": n, "speaker": "customer", "text": "thanks a lot", "language": language}
            for n, language in enumerate(("und", "", None, "de", "N/A"))
        ),
    )
    operation.night(Lexicon())
    assert [fate[2] for fate in operation.fates()] == ["en", "en", "en", "de", "en"]


def test_one_text_in_two_languages_is_scored_for_the_one_that_is_known(operation: Operation) -> None:
    operation.contact("a", "no no no", language="en")
    operation.contact("b", "no no no", language="es")
    model = Lexicon()
    assert operation.night(model) == Scored(new=1, known=0)
    assert operation.fates() == [("no no no", "scored", "en"), ("no no no", "unsupported_language", "es")]


def test_only_the_customer_is_heard(operation: Operation) -> None:
    operation.contact("a")
    said = {"contact_id": "a", "turn_index": 1, "text": "it is terrible"}
    operation.deliver(
        "turns", *({**said, "speaker": who, "turn_index": n} for n, who in enumerate(("ai", "agent", "system")))
    )
    operation.deliver("turns", {**said, "contact_id": "nobody", "speaker": "customer"})
    operation.night(Lexicon())
    assert operation.fates() == []
    assert operation.loads == 0


ODD = {
    "NUL": "great\x00 it works",
    "quotes": "'; drop table text_scores; -- \"great\" `x` ''",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 great \U0001f44d\U0001f3fd",
    "only emoji": "\U0001f44d \U0001f44d \U0001f44d",
    "right to left": "\u202eעברית וعربي\u202c",
    "formula": '=HYPERLINK("http://x","great")',
    "lines": "it\r\nis\n\ngreat\t.",
    "very long": "great " * 200_000,
    "backslashes": "C:\\great\\x00 \\n $text_model $1 ?",
}


def test_any_text_reaches_the_model_as_it_was_written(operation: Operation) -> None:
    operation.contact("a", *ODD.values())
    model = Lexicon()
    operation.night(model)
    # What lies beyond the longest reading is not carried to a model that would not read it.
    assert sorted(model.seen) == sorted(text[:LONGEST_CHARACTERS] for text in ODD.values())
    fates = {text: status for text, status, _ in operation.fates()}
    assert {name: fates[text] for name, text in ODD.items()} == dict.fromkeys(ODD, "scored") | {
        "only emoji": "no_words"
    }


def test_the_caches_hold_no_text(operation: Operation) -> None:
    operation.contact("a", ENGLISH, language=None)
    operation.night(Lexicon())
    for table in ("text_scores", "text_languages"):
        rows = operation.cached(table)
        assert len(rows) == 1
        assert not any(word in str(rows) for word in ENGLISH.split() if len(word) > 4)


def test_a_language_is_looked_for_once_in_the_longest_text_of_a_contact(
    operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def detect(texts: Sequence[str]) -> list[Language]:
        asked.extend(texts)
        return detect_languages(texts)

    monkeypatch.setattr(stage, "detect_languages", detect)
    operation.contact("a", "hm", ENGLISH, "thanks a lot", language=None)
    operation.contact("b", "hm", ENGLISH, language="UND")
    operation.contact("c", "thanks a lot", language="en")
    operation.night(Lexicon())
    assert asked == [ENGLISH]
    operation.contact("d", ENGLISH, language=None)
    operation.night(Lexicon())
    assert asked == [ENGLISH]
    assert {fate[2] for fate in operation.fates()} == {"en"}


def test_a_withdrawn_turn_is_heard_no_more_and_a_corrected_one_as_corrected(operation: Operation) -> None:
    operation.contact("a", "it is terrible", "thanks a lot")
    operation.night(Lexicon())
    turn = {"contact_id": "a", "speaker": "customer", "updated_at": "2026-01-07T10:00:00Z"}
    operation.deliver(
        "turns",
        {**turn, "turn_index": 0, "deleted_at": "2026-01-07T10:00:00Z"},
        {**turn, "turn_index": 1, "text": "great you did it"},
    )
    model = Lexicon()
    operation.night(model)
    assert operation.fates() == [("great you did it", "scored", "en")]
    assert model.seen == ["great you did it"]


def test_scores_are_what_the_model_said(operation: Operation) -> None:
    texts = ["thanks a lot", "it is terrible", "so so then"]
    operation.contact("a", *texts)
    model = Lexicon()
    operation.night(model)
    (row,) = operation.landing.query("select * from int_contact_sentiment")
    # Of three turns the opening has the first, the closing the other two.
    opening, *closing = Lexicon().score(texts).polarity
    assert row["opening_sentiment"] == pytest.approx(float(opening), abs=1e-12)
    assert row["closing_sentiment"] == pytest.approx(float(np.mean(closing)), abs=1e-12)
    for _, _, negative, neutral, positive, polarity, reason in operation.cached():
        assert negative + neutral + positive == pytest.approx(1)
        assert (polarity, reason) == (positive - negative, None)

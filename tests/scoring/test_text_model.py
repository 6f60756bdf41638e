"""The embedded text model: the same score in any company, a score or a reason for every text, the card's figures."""

import random
from pathlib import Path

import numpy as np
import pytest
from builders.examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from pipelines.scoring.evaluation import model_figures
from pipelines.scoring.model_folder import EMBEDDED_FOLDER, MANIFEST, read_manifest
from pipelines.scoring.text_model import TextModel, load_text_model
from pipelines.scoring.training_data import read_named_rows, read_test_rows
from pipelines.scoring.windows import TokenizerFile, TransformersTokenizer, WindowReader

SERVICE_TEXTS = Path(__file__).with_name("service_texts.tsv")
EDGES = {
    "": "empty",
    " \t\n\u00a0 ": "empty",
    "\x00\x01\x7f\x9f": "empty",
    "\ud800": "empty",
    "!!! ...": "no_words",
    "\U0001f44d\U0001f44d": "no_words",
    "a" * 1_000_000: "no_words",
    "no": None,
    "12": None,
    "great\x00service": None,
    "\ud83d\ude00 great": None,
    "half \udc80 a pair": None,
    "word " * 10_000: None,
    "<p class='x'>It <b>broke</b> &amp; nobody cares</p>": None,
    "def close(self):\n    return None  # TODO": None,
    "\u202eעברית وعربي\u202c": None,
    "é" * 300: "no_words",
}


@pytest.fixture(scope="module")
def corpus() -> list[str]:
    """Texts of 1 to some 300 tokens, many of equal length, some twice, some without a score."""
    sentences = [row.text for row in read_named_rows(SERVICE_TEXTS)]
    draw = random.Random(11)  # noqa: S311
    longer = [" ".join(draw.sample(sentences, draw.randint(2, 30))) for _ in range(40)]
    return [*sentences, *sentences[:20], *(" ".join(s.split()[:1]) for s in sentences[:40]), *longer, "", "?!"]


def test_scores_do_not_depend_on_order_or_company(embedded: TextModel, corpus: list[str]) -> None:
    together = embedded.score(corpus)
    assert len({row.tobytes() for row in together.probabilities}) > 150, "texts of many different scores"
    draw = random.Random(12)  # noqa: S311
    for _ in range(4):
        order = draw.sample(range(len(corpus)), len(corpus))
        size = draw.choice([1, 7, 33, 200])
        parts = [order[start : start + size] for start in range(0, len(order), size)]
        for part in parts[:40]:
            scores = embedded.score([corpus[row] for row in part])
            assert scores.probabilities.tobytes() == together.probabilities[part].tobytes()
            assert scores.reasons == tuple(together.reasons[row] for row in part)


def test_scores_do_not_depend_on_threads(embedded: TextModel, corpus: list[str]) -> None:
    alone = load_text_model(None, threads=1).score(corpus)
    assert alone.probabilities.tobytes() == embedded.score(corpus).probabilities.tobytes()


def test_probabilities(embedded: TextModel, corpus: list[str]) -> None:
    scores = embedded.score(corpus)
    scored = ~np.isnan(scores.polarity)
    assert scored.tolist() == [reason is None for reason in scores.reasons]
    assert scores.probabilities[scored].sum(axis=1) == pytest.approx(1)
    assert (np.abs(scores.polarity[scored]) < 1).all()


@pytest.mark.parametrize(
    ("text", "sign"),
    [("Thank you so much, you fixed it!", 1), ("Your agent hung up on me, this is terrible.", -1)],
)
def test_the_sign_of_plain_words(embedded: TextModel, text: str, sign: int) -> None:
    assert sign * embedded.score([text]).polarity[0] > 0.5


def test_edges_have_a_score_or_a_reason(embedded: TextModel) -> None:
    scores = embedded.score(list(EDGES))
    assert dict(zip(EDGES, scores.reasons, strict=True)) == EDGES
    assert np.isnan(scores.polarity).tolist() == [reason is not None for reason in EDGES.values()]


def test_nothing_to_score(embedded: TextModel) -> None:
    assert embedded.score([]).probabilities.shape == (0, 3)


@settings(max_examples=examples(25, 60))
@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_has_a_score_or_a_reason(text: str) -> None:
    scores = load_text_model_once().score([text])
    assert np.isnan(scores.polarity[0]) == (scores.reasons[0] is not None)


_LOADED: list[TextModel] = []


def load_text_model_once() -> TextModel:
    if not _LOADED:
        _LOADED.append(load_text_model(None, threads=1))
    return _LOADED[0]


def test_windows_are_those_of_transformers(corpus: list[str]) -> None:
    """The embedded tokenizer is read without transformers, which takes longer to import than a small run's texts to score."""
    theirs = AutoTokenizer.from_pretrained(EMBEDDED_FOLDER, local_files_only=True)
    texts = [*corpus, *EDGES, "[MASK] [CLS] [UNK] ##ing", "naïve café ñ 你好 " * 200]
    ours = WindowReader(TokenizerFile(EMBEDDED_FOLDER / "tokenizer.json"), theirs.model_max_length)
    assert list(ours.read(texts)) == list(WindowReader(TransformersTokenizer(theirs), 128).read(texts))


def test_a_long_text_is_the_mean_of_its_windows(embedded: TextModel) -> None:
    # Each word is one token; a window holds 126 of them between two special ones: 128 and 52 tokens.
    first, second = "good " * 126, "bad " * 50
    parts = embedded.score([first, second]).probabilities
    whole = embedded.score([first + second]).probabilities[0]
    assert whole == pytest.approx((128 * parts[0] + 52 * parts[1]) / 180, abs=1e-12)


def test_of_an_endless_text_the_beginning_counts(embedded: TextModel) -> None:
    # 128 windows of 126 words are read.
    read = "fine " * (128 * 126)
    scores = embedded.score([read, read + "terrible " * 500]).probabilities
    assert scores[0].tolist() == scores[1].tolist()


def test_progress_counts_every_text(embedded: TextModel) -> None:
    seen: list[int] = []
    embedded.score(["good", "", "bad"], seen.append)
    assert sum(seen) == 3


def test_what_the_embedded_model_says_of_itself(embedded: TextModel) -> None:
    assert embedded.languages == {"en"}
    assert len(embedded.fingerprint) == 64
    assert embedded.name


def test_the_cards_figures_hold(embedded: TextModel, labelled_texts: Path) -> None:
    manifest = read_manifest(EMBEDDED_FOLDER)
    assert manifest
    stated = manifest.figures["GoEmotions test"]["int8"]
    found = model_figures(embedded, read_test_rows(labelled_texts))
    assert found.rows == stated.rows
    assert found.accuracy == pytest.approx(stated.accuracy, abs=0.003)
    assert found.macro_f1 == pytest.approx(stated.macro_f1, abs=0.003)
    assert found.auc == pytest.approx(stated.auc, abs=0.002)


def test_it_is_no_worse_than_the_issue_asks(embedded: TextModel) -> None:
    manifest = read_manifest(EMBEDDED_FOLDER)
    assert manifest
    stated = manifest.figures["GoEmotions test"]["int8"]
    assert round(stated.accuracy, 3) >= 0.759
    assert round(stated.macro_f1, 3) >= 0.749
    assert round(stated.auc, 3) >= 0.966
    assert model_figures(embedded, read_named_rows(SERVICE_TEXTS)).auc > 0.95


def test_vader_is_beaten_on_the_same_rows() -> None:
    manifest = read_manifest(EMBEDDED_FOLDER)
    assert manifest
    for figures in manifest.figures.values():
        assert figures["int8"].auc > figures["vader"].auc


def test_the_card_is_written_from_the_manifest() -> None:
    from pipelines.scoring.model_card import model_card  # noqa: PLC0415

    manifest = read_manifest(EMBEDDED_FOLDER)
    assert manifest
    assert (EMBEDDED_FOLDER / "MODEL_CARD.md").read_text("utf-8") == model_card(manifest)
    assert MANIFEST not in manifest.files

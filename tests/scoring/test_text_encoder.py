"""The text encoder: the same embedding in any company, a direction for every text with words, the card's figures."""

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from builders.examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.config import ConfigError
from pipelines.scoring.encoder_card import encoder_card
from pipelines.scoring.encoding import agreement, paraphrase_ranks
from pipelines.scoring.model_folder import MANIFEST, file_hash
from pipelines.scoring.text_encoder import (
    ENCODER_FOLDER,
    WIDTH,
    TextEncoder,
    identify_text_encoder,
    load_text_encoder,
    read_encoder_manifest,
)

PARAPHRASES = Path(__file__).with_name("paraphrases.tsv")
WORDLESS = ("", " \t\n\u00a0 ", "\x00\x01\x7f", "\ud800", "!!! ...", "\U0001f44d\U0001f44d", "a" * 1_000_000, "é" * 300)
WORDED = ("no", "12", "great\x00service", "\ud83d\ude00 great", "half \udc80 a pair", "<b>It broke</b> &amp; so on")


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return load_text_encoder(threads=2)


@pytest.fixture(scope="module")
def pairs() -> list[list[str]]:
    return [line.split("\t") for line in PARAPHRASES.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def corpus(pairs: list[list[str]]) -> list[str]:
    """Texts of 1 to some 400 tokens, many of equal length, some twice, some without an embedding."""
    sentences = [sentence for pair in pairs for sentence in pair]
    draw = random.Random(21)  # noqa: S311
    longer = [" ".join(draw.sample(sentences, draw.randint(2, 30))) for _ in range(30)]
    return [*sentences, *sentences[:20], *(" ".join(s.split()[:2]) for s in sentences[:40]), *longer, "", "?!"]


def test_embeddings_do_not_depend_on_order_or_company(encoder: TextEncoder, corpus: list[str]) -> None:
    together = encoder.encode(corpus)
    assert len({row.tobytes() for row in together}) > 150, "texts of many different embeddings"
    draw = random.Random(22)  # noqa: S311
    for size in (1, 7, 33, 200):
        order = draw.sample(range(len(corpus)), len(corpus))
        for start in range(0, min(len(order), 40 * size), size):
            part = order[start : start + size]
            assert encoder.encode([corpus[row] for row in part]).tobytes() == together[part].tobytes()


def test_embeddings_do_not_depend_on_threads(encoder: TextEncoder, corpus: list[str]) -> None:
    assert load_text_encoder(threads=1).encode(corpus).tobytes() == encoder.encode(corpus).tobytes()


def test_a_text_with_words_has_a_direction_and_another_none(encoder: TextEncoder) -> None:
    embeddings = encoder.encode([*WORDED, *WORDLESS])
    assert embeddings.shape == (len(WORDED) + len(WORDLESS), WIDTH)
    assert embeddings.dtype == np.float32
    assert np.linalg.norm(embeddings[: len(WORDED)], axis=1) == pytest.approx(1, abs=1e-6)
    assert np.isnan(embeddings[len(WORDED) :]).all()


def test_nothing_to_embed(encoder: TextEncoder) -> None:
    assert encoder.encode([]).shape == (0, WIDTH)


@settings(max_examples=examples(20, 40))
@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_has_a_direction_or_none(text: str) -> None:
    (row,) = _encoder_once().encode([text])
    assert np.isnan(row).all() or np.linalg.norm(row) == pytest.approx(1, abs=1e-6)


_LOADED: list[TextEncoder] = []


def _encoder_once() -> TextEncoder:
    if not _LOADED:
        _LOADED.append(load_text_encoder(threads=1))
    return _LOADED[0]


def test_a_long_text_is_the_mean_of_its_windows_by_tokens(encoder: TextEncoder) -> None:
    # Each word is one token; a window holds 126 of them between two special ones. Of windows equally long the mean of
    # the whole lies in the plane of theirs, and half way between them if they are equal in length before they are scaled.
    first, second = "bill " * 126, "parcel " * 126
    one, two, whole = encoder.encode([first, second, first + second]).astype(np.float64)
    plane = np.linalg.lstsq(np.stack([one, two], axis=1), whole, rcond=None)
    shares, residual = plane[0], np.linalg.norm(whole - np.stack([one, two], axis=1) @ plane[0])
    assert residual < 1e-5
    assert (shares > 0.2).all(), "both windows count"
    assert encoder.encode([second + first]).tobytes() == encoder.encode([first + second]).tobytes(), "in any order"


def test_a_short_last_window_counts_for_its_tokens(encoder: TextEncoder) -> None:
    first = "bill " * 126
    one, more, much_more = encoder.encode([first, first + "parcel " * 5, first + "parcel " * 120])
    assert 1 > one @ more > one @ much_more


def test_of_an_endless_text_the_beginning_counts(encoder: TextEncoder) -> None:
    # 128 windows of 126 words are read.
    read = "fine " * (128 * 126)
    embeddings = encoder.encode([read, read + "parcel " * 500])
    assert embeddings[0].tobytes() == embeddings[1].tobytes()


def test_progress_counts_every_text(encoder: TextEncoder) -> None:
    seen: list[int] = []
    encoder.encode(["good", "", "bad"], seen.append)
    assert sum(seen) == 3


def test_like_meaning_is_near_and_another_is_far(encoder: TextEncoder) -> None:
    asked, again, other = encoder.encode(
        ["My parcel never arrived.", "The package didn't come.", "How do I change my password?"]
    )
    assert asked @ again > asked @ other + 0.25


def test_who_the_encoder_is_is_known_without_loading_it(encoder: TextEncoder) -> None:
    identity = identify_text_encoder()
    assert (identity.name, identity.fingerprint, identity.languages) == (encoder.name, encoder.fingerprint, {"en"})
    code = (
        "import sys; from pipelines.scoring.text_encoder import identify_text_encoder as f; print(f().fingerprint);"
        "assert not {'transformers', 'onnxruntime'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == encoder.fingerprint


def test_another_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    folder.mkdir()
    with pytest.raises(ConfigError, match="missing from"):
        read_encoder_manifest(folder)
    weights, tokenizer = folder / "model.onnx", tmp_path / "tokenizer.json"
    weights.write_bytes(b"weights")
    tokenizer.write_bytes(b"words")
    stated = json.loads((ENCODER_FOLDER / MANIFEST).read_text("utf-8"))
    stated["files"] = {"model.onnx": file_hash(weights), "../tokenizer.json": file_hash(tokenizer)}
    (folder / MANIFEST).write_text(json.dumps(stated), "utf-8")
    assert read_encoder_manifest(folder).files == stated["files"]
    tokenizer.write_bytes(b"other words")
    with pytest.raises(ConfigError, match=r"tokenizer\.json has sha256"):
        read_encoder_manifest(folder)
    tokenizer.unlink()
    with pytest.raises(ConfigError, match=r"tokenizer\.json is missing"):
        read_encoder_manifest(folder)
    (folder / MANIFEST).write_text("{}", "utf-8")
    with pytest.raises(ConfigError, match="not a description"):
        read_encoder_manifest(folder)


def test_the_cards_figures_hold(encoder: TextEncoder, pairs: list[list[str]]) -> None:
    figures = read_encoder_manifest(ENCODER_FOLDER).figures
    found = paraphrase_ranks(*(encoder.encode(side) for side in zip(*pairs, strict=True)))
    for name, value in found.items():
        assert value == pytest.approx(figures[f"int8_{name}"], abs=0.021), "two of 100 may differ on another processor"
        assert value >= figures[f"float32_{name}"] - 0.03
    assert figures["cosine_to_float32_mean"] > 0.99
    assert figures["pair_difference_mean"] < 0.01


def test_the_card_is_written_from_the_manifest() -> None:
    manifest = read_encoder_manifest(ENCODER_FOLDER)
    assert (ENCODER_FOLDER / "MODEL_CARD.md").read_text("utf-8") == encoder_card(manifest)


def test_agreement_by_hand() -> None:
    ours = np.array([[1, 0], [0.6, 0.8], [0, 1]], dtype=np.float32)
    theirs = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    # Cosines of pairs 0–1, 0–2, 1–2: .6, 0, .8 and .8, 0, .6. Text 1 is nearest to 2 in one and to 0 in the other.
    assert agreement(ours, theirs) == pytest.approx(
        {
            "cosine_to_float32_mean": (1 + 0.96 + 1) / 3,
            "cosine_to_float32_least": 0.96,
            "pair_difference_mean": 0.4 / 3,
            "pair_difference_largest": 0.2,
            "same_nearest": 2 / 3,
        },
        abs=1e-6,
    )


def test_paraphrase_ranks_by_hand() -> None:
    left = np.array([[1, 0], [0.6, 0.8]], dtype=np.float32)
    right = np.array([[0.6, 0.8], [1, 0]], dtype=np.float32)
    # Cosines: .6 and 1 in the first row, 1 and .6 in the second: each own paraphrase comes second from either side.
    assert paraphrase_ranks(left, right) == {"paraphrase_first": 0.0, "paraphrase_reciprocal_rank": 0.5}

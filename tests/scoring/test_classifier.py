"""Sequence classifiers run by PyTorch: tiny ones, made here. Skipped without the extra ``torch``."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.config import ConfigError
from pipelines.scoring.text_model import load_text_model

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "thing", "service", "very"]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast  # noqa: PLC0415

    torch.manual_seed(3)
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(vocab={word: place for place, word in enumerate(WORDS)}, model_max_length=16).save_pretrained(
        tmp_path
    )
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=96,
        max_position_embeddings=16,
        initializer_range=0.5,
        id2label={0: "POSITIVE", 1: "NEGATIVE"},
        label2id={"POSITIVE": 0, "NEGATIVE": 1},
    )
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    return tmp_path


def test_labels_in_the_models_own_order(checkpoint: Path) -> None:
    from transformers import pipeline  # noqa: PLC0415

    scores = load_text_model(str(checkpoint), threads=1, languages=["en"]).score(["very good service"])
    classify: Any = pipeline("text-classification", model=str(checkpoint), top_k=None, device="cpu")
    expected = {entry["label"]: entry["score"] for entry in classify(["very good service"])[0]}
    assert scores.probabilities[0] == pytest.approx([expected["NEGATIVE"], 0, expected["POSITIVE"]], abs=1e-6)


def test_scores_do_not_depend_on_company(checkpoint: Path) -> None:
    model = load_text_model(str(checkpoint), threads=2, languages=["en"])
    texts = ["good", "bad", "very bad service", "good thing " * 30, "", *["very good thing"] * 40]
    together = model.score(texts).probabilities
    alone = np.concatenate([model.score([text]).probabilities for text in texts])
    assert together.tobytes() == alone.tobytes()


def test_a_random_head_is_refused(checkpoint: Path) -> None:
    from safetensors.torch import load_file, save_file  # noqa: PLC0415

    weights = load_file(checkpoint / "model.safetensors")
    save_file(
        {key: value for key, value in weights.items() if "classifier" not in key}, checkpoint / "model.safetensors"
    )
    with pytest.raises(ConfigError, match=r"lacks classifier\.bias, classifier\.weight"):
        load_text_model(str(checkpoint), threads=1, languages=["en"])


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot load a sequence classifier"):
        load_text_model(str(tmp_path), threads=1, languages=["en"])


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ConfigError, match=r"download the model once, copy its folder here and name that folder"):
        load_text_model("nobody/no-such-model", threads=1, languages=["en"])

"""Which model is loaded, what is checked about it, and what is said when it cannot be had."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.config import ConfigError
from pipelines.scoring import text_model
from pipelines.scoring.model_folder import EMBEDDED_FOLDER, MANIFEST, WEIGHTS
from pipelines.scoring.text_model import TextModel, load_text_model
from pipelines.scoring.training import checked_encoder


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The embedded model as somebody's folder."""
    return Path(shutil.copytree(EMBEDDED_FOLDER, tmp_path / "model"))


def _changed(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def test_a_folder_is_run_as_the_embedded_model_is(embedded: TextModel, copied: Path) -> None:
    model = load_text_model(str(copied), threads=1)
    texts = ["Thank you, that was quick.", "Nobody called me back.", "x " * 300]
    assert model.score(texts).probabilities.tobytes() == embedded.score(texts).probabilities.tobytes()
    assert model.fingerprint == embedded.fingerprint, "the same files score the same, wherever they lie"


@pytest.mark.parametrize("name", [WEIGHTS, "tokenizer.json", "config.json"])
def test_a_damaged_file_is_named(copied: Path, name: str) -> None:
    _changed(copied / name, lambda content: content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ConfigError, match=rf"{name} has sha256 .*copy the folder again"):
        load_text_model(str(copied), threads=1)


def test_an_absent_file_is_named(copied: Path) -> None:
    (copied / "tokenizer.json").unlink()
    with pytest.raises(ConfigError, match=r"tokenizer\.json is missing"):
        load_text_model(str(copied), threads=1)


def test_a_package_without_its_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(text_model, "EMBEDDED_FOLDER", tmp_path)
    with pytest.raises(ConfigError, match="reinstall aftercall"):
        load_text_model(None, threads=1)


def test_a_model_that_names_no_language(copied: Path) -> None:
    (copied / MANIFEST).unlink()
    with pytest.raises(ConfigError, match=r"sentiment\.languages"):
        load_text_model(str(copied), threads=1)
    assert load_text_model(str(copied), threads=1, languages=["en", "fr"]).languages == {"en", "fr"}


def test_labels_that_say_nothing(copied: Path) -> None:
    (copied / MANIFEST).unlink()
    config = json.loads((copied / "config.json").read_text())
    config["id2label"] = {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}
    config["label2id"] = {f"LABEL_{number}": number for number in range(3)}
    (copied / "config.json").write_text(json.dumps(config))
    with pytest.raises(ConfigError, match=r"sentiment\.model = .*'LABEL_0'.*id2label"):
        load_text_model(str(copied), threads=1, languages=["en"])


def test_the_order_of_labels_is_the_configs(embedded: TextModel, copied: Path) -> None:
    (copied / MANIFEST).unlink()
    config = json.loads((copied / "config.json").read_text())
    config["id2label"] = {"0": "positive", "1": "neutral", "2": "negative"}
    (copied / "config.json").write_text(json.dumps(config))
    turned = load_text_model(str(copied), threads=1, languages=["en"])
    text = ["Thank you, that was quick."]
    assert turned.score(text).polarity[0] == -embedded.score(text).polarity[0]
    assert turned.fingerprint != embedded.fingerprint


def test_every_file_that_scores_is_in_the_fingerprint(embedded: TextModel, copied: Path) -> None:
    (copied / MANIFEST).unlink()
    (copied / "MODEL_CARD.md").write_text("another card")
    assert load_text_model(str(copied), threads=1, languages=["en"]).fingerprint == embedded.fingerprint
    _changed(copied / "tokenizer_config.json", lambda content: content + b"\n")
    assert load_text_model(str(copied), threads=1, languages=["en"]).fingerprint != embedded.fingerprint


def test_a_new_scoring_version_is_another_fingerprint(monkeypatch: pytest.MonkeyPatch, embedded: TextModel) -> None:
    monkeypatch.setattr(text_model, "SCORING_VERSION", text_model.SCORING_VERSION + 1)
    assert load_text_model(None, threads=1).fingerprint != embedded.fingerprint


def test_weights_that_are_no_model(copied: Path) -> None:
    (copied / MANIFEST).unlink()
    (copied / WEIGHTS).write_bytes(b"not a model")
    with pytest.raises(ConfigError, match=r"model\.onnx cannot be run"):
        load_text_model(str(copied), threads=1, languages=["en"])


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such folder"):
        load_text_model(str(tmp_path / "nowhere"), threads=1)


def test_a_classifier_without_pytorch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigError, match=r"sentiment\.model = .*pip install 'aftercall\[torch\]'"):
        load_text_model(str(tmp_path), threads=1)


def test_another_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no model\.safetensors"):
        checked_encoder(tmp_path)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "model.safetensors").write_bytes(b"weights")
    with pytest.raises(ValueError, match="another encoder"):
        checked_encoder(tmp_path)

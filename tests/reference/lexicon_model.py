"""A text model that anybody can check by hand: the logits of a text are the sums of its words' logits.

It is a real model folder (``model.onnx``, ``tokenizer.json``, ``config.json``), written byte by byte, for the setting
``sentiment.model``. Its scores are decisive, so that thresholds are crossed, and they do not change when the embedded
model is trained anew.
"""

import json
import struct
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

#: Word → how much it speaks for negative, neutral and positive.
WEIGHTS: dict[str, tuple[float, float, float]] = {
    "terrible": (3.0, 0.0, 0.0),
    "angry": (2.0, 0.0, 0.0),
    "wrong": (0.5, 0.0, 0.0),
    "terrible!": (4.0, 0.0, 0.0),
    "fine": (0.0, 1.0, 0.0),
    "invoice": (0.0, 0.5, 0.0),
    "thanks": (0.0, 0.0, 1.5),
    "great": (0.0, 0.0, 3.0),
    "gracias": (0.0, 0.0, 2.5),
    "malo": (2.0, 0.0, 0.0),
    "a": (0.0, 0.1, 0.0),
    "the": (0.0, 0.1, 0.0),
    "email": (0.0, 0.3, 0.0),
}
_INT64, _FLOAT = 7, 1


def write_lexicon_model(folder: Path, weights: dict[str, tuple[float, float, float]] | None = None) -> Path:
    """A model folder without ``model.json``: which languages it knows has to stand in ``sentiment.languages``."""
    weights = WEIGHTS if weights is None else weights
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {"[UNK]": 0, "[PAD]": 1} | {word: number for number, word in enumerate(weights, 2)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "model_max_length": 64,
                "unk_token": "[UNK]",
                "pad_token": "[PAD]",
            }
        )
    )
    labels = {"0": "negative", "1": "neutral", "2": "positive"}
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "id2label": labels}))
    rows = [(0.0, 0.2, 0.0), (0.0, 0.0, 0.0), *weights.values()]
    (folder / "model.onnx").write_bytes(_model(rows))
    return folder


# --- Protocol buffers, as far as they go here ---------------------------------------------------------------------


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    content = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _tensor(name: str, kind: int, dims: Sequence[int], raw: bytes) -> bytes:
    return b"".join(_number(1, dim) for dim in dims) + _number(2, kind) + _bytes(8, name) + _bytes(9, raw)


def _value(name: str, kind: int, dims: Sequence[str | int]) -> bytes:
    shape = b"".join(_bytes(1, _bytes(2, dim) if isinstance(dim, str) else _number(1, dim)) for dim in dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def _node(kind: str, inputs: Sequence[str], output: str, **attributes: int) -> bytes:
    parts = [_bytes(1, name) for name in inputs] + [_bytes(2, output), _bytes(4, kind)]
    parts += [_bytes(5, _bytes(1, name) + _number(3, value) + _number(20, 2)) for name, value in attributes.items()]
    return b"".join(parts)


def _model(rows: Sequence[Sequence[float]]) -> bytes:
    table = b"".join(struct.pack("<3f", *row) for row in rows)
    graph = b"".join(
        (
            _bytes(1, _node("Gather", ["table", "input_ids"], "words")),
            _bytes(1, _node("ReduceSum", ["words", "over_words"], "logits", keepdims=0)),
            _bytes(2, "lexicon"),
            _bytes(5, _tensor("table", _FLOAT, (len(rows), 3), table)),
            _bytes(5, _tensor("over_words", _INT64, (1,), struct.pack("<q", 1))),
            _bytes(11, _value("input_ids", _INT64, ("texts", "tokens"))),
            _bytes(12, _value("logits", _FLOAT, ("texts", 3))),
        )
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))

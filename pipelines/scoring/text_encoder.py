"""Sentence embeddings of texts: of like meaning, near to each other; the same text has the same one, bit for bit, in any company.

The encoder is the folder ``encoder/`` beside this module, which onnxruntime runs (no PyTorch). It is not the sentiment
model: that one was trained to tell moods apart and has forgotten what a text is about. What holds there holds here, for
the same reasons (``pipelines.scoring.text_model``): windows are never padded, only windows of equal length are put
together, the large products are of whole numbers with scales fixed when the file was made, and what is left in float32
is computed row by row or text by text. ``tests/scoring`` holds that.

The tokenizer is the sentiment model's, byte for byte, and is read from its folder rather than shipped twice.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.config import ConfigError
from pipelines.scoring.model_folder import EMBEDDED_FOLDER, MANIFEST, WEIGHTS, file_hash
from pipelines.scoring.onnx_sessions import open_session
from pipelines.scoring.windows import LONGEST_CHARACTERS, LONGEST_WINDOWS, TokenizerFile, WindowReader, Windows

ENCODER_FOLDER = Path(__file__).resolve().parent / "encoder"
#: Numbers of an embedding.
WIDTH = 384
#: Tokens in a window, special ones included: what the encoder was trained on.
LONGEST_WINDOW = 128
#: Part of every fingerprint. Raise it when this code makes another embedding of the same weights.
ENCODING_VERSION = 1
_BATCH = 32
_REMEDY = "reinstall aftercall, whose package carries the encoder"

#: Token numbers (windows, tokens), of windows equally long, to the last layer's states (windows, tokens, ``WIDTH``).
Runner = Callable[[NDArray[np.int64]], NDArray[np.float32]]
Progress = Callable[[int], None]


class EncoderManifest(BaseModel):
    """``model.json`` of the encoder: what it was made from, and what every file must be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    languages: tuple[str, ...]
    #: Path from the folder → sha256 in hexadecimal digits; the tokenizer's files lie in the sentiment model's folder.
    files: dict[str, str]
    #: Where the encoder came from.
    encoder: dict[str, str]
    #: Files of the calibration texts → sha256.
    calibration_files: dict[str, str]
    recipe: dict[str, int]
    #: What was measured → number; the card says how.
    figures: dict[str, float]


@dataclass(frozen=True)
class TextEncoderIdentity:
    """What decides embeddings.

    Attributes:
        name: what reports call the encoder.
        fingerprint: sha256 over weights, tokenizer and encoding version: another one means other embeddings.
        languages: ISO 639-1 codes of the languages that it knows.
    """

    name: str
    fingerprint: str
    languages: frozenset[str]


class TextEncoder:
    """A tokenizer and something that turns token numbers into states."""

    def __init__(self, identity: TextEncoderIdentity, reader: WindowReader, runner: Runner) -> None:
        self.name = identity.name
        self.fingerprint = identity.fingerprint
        self.languages = identity.languages
        self._reader = reader
        self._run = runner

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Embed each text on its own, in whatever batches are fastest.

        An embedding is the mean over all tokens of a text, brought to length 1. A text longer than ``LONGEST_WINDOW`` is
        read in consecutive windows; of one beyond ``LONGEST_WINDOWS`` windows or ``LONGEST_CHARACTERS`` characters only the
        beginning is read.

        Args:
            texts: any strings.
            progress: called now and then with the number of texts newly done.

        Returns:
            (texts, ``WIDTH``): rows of length 1, so that the product of two is the cosine of their angle; a row of NaN
            for a text without words.
        """
        parts: list[NDArray[np.float32]] = []
        for together in self._reader.read(texts):
            parts.append(self._embeddings(together))
            if progress is not None:
                progress(len(together))
        return np.concatenate(parts) if parts else np.empty((0, WIDTH), dtype=np.float32)

    def _embeddings(self, together: list[Windows]) -> NDArray[np.float32]:
        """(texts, ``WIDTH``): the sums over all tokens of each text, brought to length 1."""
        by_length: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for text, windows in enumerate(together):
            for place, tokens in enumerate(windows.tokens):
                by_length[len(tokens)].append((text, place))
        sums = [[np.zeros(WIDTH)] * len(windows.tokens) for windows in together]
        for places in by_length.values():
            for start in range(0, len(places), _BATCH):
                batch = places[start : start + _BATCH]
                numbers = np.array([together[text].tokens[place] for text, place in batch], dtype=np.int64)
                for (text, place), states in zip(batch, self._run(numbers), strict=True):
                    sums[text][place] = states.astype(np.float64).sum(axis=0)
        rows = np.full((len(together), WIDTH), np.nan, dtype=np.float32)
        for text, of_windows in enumerate(sums):
            if of_windows:
                # One window after the other and one text after the other, so that the rounding is the text's own.
                whole = sum(of_windows[1:], start=of_windows[0])
                rows[text] = whole / np.sqrt((whole * whole).sum())
        return rows


def identify_text_encoder() -> TextEncoderIdentity:
    """Which encoder a run uses, found without loading it.

    Raises:
        ConfigError: the encoder is missing from the installation, or damaged.
    """
    manifest = read_encoder_manifest(ENCODER_FOLDER)
    parts = [ENCODING_VERSION, LONGEST_WINDOW, LONGEST_WINDOWS, LONGEST_CHARACTERS, sorted(manifest.files.items())]
    fingerprint = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return TextEncoderIdentity(manifest.name, fingerprint, frozenset(manifest.languages))


def load_text_encoder(*, threads: int) -> TextEncoder:
    """Load the encoder.

    Args:
        threads: processor cores that it may use.

    Raises:
        ConfigError: the encoder is missing from the installation, or damaged.
    """
    identity = identify_text_encoder()
    return TextEncoder(identity, encoder_reader(), onnx_runner(ENCODER_FOLDER / WEIGHTS, threads))


def read_encoder_manifest(folder: Path) -> EncoderManifest:
    """What ``model.json`` in ``folder`` says, once every file that it names has the hash that it names.

    Raises:
        ConfigError: the file is missing or is not such a manifest, or a file that it names is missing or another one.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ConfigError(f"the text encoder is missing from {folder}; {_REMEDY}")
    try:
        manifest = EncoderManifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ConfigError(
            f"{path}: not a description of a text encoder: {error.errors()[0]['msg']}; {_REMEDY}"
        ) from error
    for name, expected in manifest.files.items():
        file = (folder / name).resolve()
        if not file.is_file():
            raise ConfigError(f"{file} is missing though {path} names it; {_REMEDY}")
        found = file_hash(file)
        if found != expected:
            raise ConfigError(
                f"{file} has sha256 {found}, not {expected} as {path} says: it is damaged or replaced; {_REMEDY}"
            )
    return manifest


def encoder_reader() -> WindowReader:
    """Cuts texts into the encoder's windows."""
    return WindowReader(TokenizerFile(EMBEDDED_FOLDER / "tokenizer.json"), LONGEST_WINDOW)


def onnx_runner(path: Path, threads: int) -> Runner:
    """Runs what ``pipelines.scoring.encoding`` wrote, or the float32 file that it was made from."""
    session = open_session(path, threads)

    def run(tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        states: NDArray[np.float32] = session.run(None, {"input_ids": tokens})[0]
        return states

    return run

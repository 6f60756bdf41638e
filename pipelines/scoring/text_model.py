"""Sentiment of texts: load a model, score texts; the same text has the same score, bit for bit, whatever stands beside it.

Three kinds of model, chosen by the setting ``sentiment.model``:

- none: the embedded model, which onnxruntime runs (no PyTorch);
- a folder with ``model.onnx``: onnxruntime runs it too;
- any other folder, or a hub name: a sequence classifier of ``transformers`` (``pipelines.scoring.classifier``; needs the
  extra ``torch``).

Why scores do not depend on their neighbours. Windows are never padded: only windows of equal length are put together.
In the embedded model all large products are of whole numbers with scales fixed when it was made, hence exact in any
order, and what is left in float32 is computed row by row or text by text; ``tests/scoring`` holds that. Of any other
model nothing is known (dynamic quantisation scales over the batch; float32 products of PyTorch change in their last
bits with its size), so its windows are run one by one, which is slower and needs no promise.
"""

import hashlib
import json
import math
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.config import ConfigError
from pipelines.scoring.labels import CLASSES, NEGATIVE, POSITIVE, class_matrix
from pipelines.scoring.model_folder import EMBEDDED_FOLDER, WEIGHTS, fetched, folder_hash, read_manifest
from pipelines.scoring.onnx_sessions import open_session
from pipelines.scoring.windows import (
    LONGEST_CHARACTERS,
    LONGEST_WINDOWS,
    Reason,
    TokenizerFile,
    TransformersTokenizer,
    WindowReader,
    Windows,
)

#: Part of every fingerprint. Raise it when this code makes another score of the same weights.
SCORING_VERSION = 1
#: Windows of equal length that are run together in a model whose scores are known not to depend on it.
_BATCH = 32
#: Longest window of a model that does not say how much it reads.
_LONGEST_WINDOW = 512

#: Token numbers (windows, tokens), of windows equally long, to logits (windows, labels).
Runner = Callable[[NDArray[np.int64]], NDArray[np.float32]]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Scores:
    """Class probabilities of texts.

    Attributes:
        probabilities: (texts, 3), in order negative, neutral, positive; rows sum to 1; a row of NaN has no score.
        reasons: for each text None, or why it has no score.
    """

    probabilities: NDArray[np.float64]
    reasons: tuple[Reason | None, ...]

    @property
    def polarity(self) -> NDArray[np.float64]:
        """(texts,): P(positive) − P(negative), in [-1, 1] (M7)."""
        return self.probabilities[:, POSITIVE] - self.probabilities[:, NEGATIVE]


class TextModel(Protocol):
    """What the scoring stage needs of a model."""

    @property
    def name(self) -> str:
        """What reports call it."""

    @property
    def fingerprint(self) -> str:
        """sha256 over weights, tokenizer, configuration and scoring version: another one means other scores."""

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of the languages that it knows."""

    def score(self, texts: Sequence[str], progress: Progress | None = None) -> Scores:
        """Score texts; see ``WindowedModel.score``."""


class WindowedModel:
    """A model with a tokenizer, a class mapping and something that turns token numbers into logits."""

    def __init__(
        self,
        *,
        name: str,
        fingerprint: str,
        languages: frozenset[str],
        reader: WindowReader,
        classes: NDArray[np.float64],
        runner: Runner,
        batch: int,
    ) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.languages = languages
        self._reader = reader
        self._classes = classes
        self._run = runner
        self._batch = batch

    def score(self, texts: Sequence[str], progress: Progress | None = None) -> Scores:
        """Score each text on its own, in whatever batches are fastest.

        A text longer than the model's window is read in consecutive windows, whose probabilities are averaged by their
        numbers of tokens; of a text beyond ``LONGEST_WINDOWS`` windows or ``LONGEST_CHARACTERS`` characters only the
        beginning is read. A text without words has no score but a reason.

        Args:
            texts: any strings.
            progress: called now and then with the number of texts newly done.
        """
        rows: list[NDArray[np.float64]] = []
        reasons: list[Reason | None] = []
        for together in self._reader.read(texts):
            rows.append(self._probabilities(together))
            reasons.extend(windows.reason for windows in together)
            if progress is not None:
                progress(len(together))
        probabilities = np.concatenate(rows) if rows else np.empty((0, len(CLASSES)))
        return Scores(probabilities, tuple(reasons))

    def _probabilities(self, together: list[Windows]) -> NDArray[np.float64]:
        """(texts, 3): the means over each text's windows, weighted by tokens; NaN where there are none."""
        by_length: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for text, windows in enumerate(together):
            for place, tokens in enumerate(windows.tokens):
                by_length[len(tokens)].append((text, place))
        weighted = [[np.zeros(len(CLASSES))] * len(windows.tokens) for windows in together]
        for length, places in by_length.items():
            for batch in _batches(places, self._batch):
                numbers = np.array([together[text].tokens[place] for text, place in batch], dtype=np.int64)
                for (text, place), logits in zip(batch, self._run(numbers), strict=True):
                    weighted[text][place] = length * (_softmax(logits) @ self._classes)
        rows = np.full((len(together), len(CLASSES)), np.nan)
        for text, (windows, parts) in enumerate(zip(together, weighted, strict=True)):
            if parts:
                # One window after the other, so that the sum's rounding is the text's own.
                rows[text] = sum(parts) / sum(len(tokens) for tokens in windows.tokens)
        return rows


def load_text_model(name: str | None, *, threads: int, languages: Collection[str] = ()) -> TextModel:
    """Load the model that the setting ``sentiment.model`` names.

    Args:
        name: None or "" for the embedded model, else a folder or the name of a model on the hub.
        threads: processor cores that it may use.
        languages: ISO 639-1 codes that the model knows; needed where it brings no ``model.json`` that says so.

    Raises:
        ConfigError: the model cannot be had, is damaged, is no sentiment classifier, or says too little of itself. The
            message names the setting, its value and the remedy.
    """
    folder = model_folder_of(name)
    if (folder / WEIGHTS).is_file() or folder == EMBEDDED_FOLDER:
        return _onnx_model(folder, threads, languages, _BATCH if folder == EMBEDDED_FOLDER else 1)
    from pipelines.scoring.classifier import load_classifier  # noqa: PLC0415  (looks for PyTorch)

    classifier = load_classifier(str(name), folder, threads)
    return WindowedModel(
        name=str(name),
        fingerprint=scoring_fingerprint(folder),
        languages=model_languages(str(name), folder, languages),
        reader=WindowReader(TransformersTokenizer(classifier.tokenizer), _longest(classifier.tokenizer)),
        classes=_classes(str(name), classifier.config),
        runner=classifier.run,
        batch=1,
    )


def model_folder_of(name: str | None) -> Path:
    """The folder of the model that the setting names; a hub's model is fetched into the local cache where it is not yet.

    Raises:
        ConfigError: there is no such folder, or the hub did not give the model.
    """
    if not name:
        if not EMBEDDED_FOLDER.is_dir():
            raise ConfigError(
                f"the embedded text model is missing from {EMBEDDED_FOLDER}: reinstall aftercall, whose package carries it"
            )
        return EMBEDDED_FOLDER
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")):
        raise ConfigError(
            f"sentiment.model = {name!r}: there is no such folder; name one that holds a model, or leave the key out for the embedded model"
        )
    return fetched(name)


def _onnx_model(folder: Path, threads: int, languages: Collection[str], batch: int) -> TextModel:
    manifest = read_manifest(folder)
    name = manifest.name if manifest else str(folder)
    if folder == EMBEDDED_FOLDER and manifest is None:
        raise ConfigError(
            f"the embedded text model is missing from {folder}: reinstall aftercall, whose package carries it"
        )
    if folder == EMBEDDED_FOLDER:
        reader, classes = _embedded_reader(), _embedded_classes()
    else:
        config, tokenizer = _config_and_tokenizer(folder)
        reader = WindowReader(TransformersTokenizer(tokenizer), _longest(tokenizer))
        classes = _classes(str(folder), config)
    return WindowedModel(
        name=name,
        fingerprint=scoring_fingerprint(folder),
        languages=model_languages(str(folder), folder, languages),
        reader=reader,
        classes=classes,
        runner=_onnx_runner(folder / WEIGHTS, threads),
        batch=batch,
    )


def _embedded_reader() -> WindowReader:
    """Reads what transformers would, without it; ``tests/scoring`` holds the two beside each other."""
    settings = json.loads((EMBEDDED_FOLDER / "tokenizer_config.json").read_bytes())
    return WindowReader(TokenizerFile(EMBEDDED_FOLDER / "tokenizer.json"), settings["model_max_length"])


def _embedded_classes() -> NDArray[np.float64]:
    names = json.loads((EMBEDDED_FOLDER / "config.json").read_bytes())["id2label"]
    return class_matrix({int(number): name for number, name in names.items()})


def _config_and_tokenizer(folder: Path) -> tuple[Any, Any]:
    # Without it transformers prints, at every start, that it found no PyTorch, which is as it should be.
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    from transformers import AutoConfig, AutoTokenizer  # noqa: PLC0415  (takes a second, and only scoring needs it)

    try:
        return (
            AutoConfig.from_pretrained(folder, local_files_only=True),
            AutoTokenizer.from_pretrained(folder, local_files_only=True),
        )
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"sentiment.model = {str(folder)!r}: its tokenizer or config cannot be read: {error}; the folder needs config.json and the tokenizer's files beside {WEIGHTS}"
        ) from error


def _onnx_runner(path: Path, threads: int) -> Runner:
    try:
        session = open_session(path, threads)
    except Exception as error:  # onnxruntime raises classes of its own, which have no common base but this
        raise ConfigError(f"sentiment.model: {path} cannot be run: {error}; export the model to ONNX again") from error
    inputs = [entry.name for entry in session.get_inputs()]
    unknown = set(inputs) - {"input_ids", "attention_mask", "token_type_ids"}
    if unknown or "input_ids" not in inputs:
        raise ConfigError(
            f"sentiment.model: {path} wants the inputs {', '.join(inputs)}, but a text classifier takes input_ids, attention_mask and token_type_ids; export it as one"
        )

    def run(tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        feeds = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
        logits: NDArray[np.float32] = session.run(None, {key: feeds[key] for key in inputs})[0]
        return logits

    return run


def scoring_fingerprint(folder: Path) -> str:
    """``TextModel.fingerprint`` of the model in ``folder``, without loading it."""
    limits = [SCORING_VERSION, LONGEST_WINDOWS, LONGEST_CHARACTERS]
    return hashlib.sha256(json.dumps([*limits, folder_hash(folder)]).encode()).hexdigest()


def model_languages(name: str, folder: Path, given: Collection[str]) -> frozenset[str]:
    """Languages that the model in ``folder`` knows: those ``given``, else those that its ``model.json`` names.

    Raises:
        ConfigError: neither says it, or ``model.json`` does not fit the folder.
    """
    if given:
        return frozenset(given)
    manifest = read_manifest(folder)
    if manifest is None:
        raise ConfigError(
            f'sentiment.model = {name!r} does not say which languages it knows; write them in sentiment.languages, e.g. ["en"]'
        )
    return frozenset(manifest.languages)


def _classes(name: str, config: Any) -> NDArray[np.float64]:
    if getattr(config, "problem_type", None) in {"multi_label_classification", "regression"}:
        raise ConfigError(
            f"sentiment.model = {name!r} is a {config.problem_type} model; name one that chooses one of its classes"
        )
    try:
        return class_matrix(config.id2label)
    except ValueError as error:
        raise ConfigError(
            f"sentiment.model = {name!r}: {error}; write id2label in its config.json with the names negative, neutral, positive (or 1 star … 5 stars)"
        ) from error


def _longest(tokenizer: Any) -> int:
    """Tokens in a window. Tokenizers that know no limit say so with an absurdly large number."""
    return int(min(tokenizer.model_max_length, _LONGEST_WINDOW))


def _batches(places: list[tuple[int, int]], size: int) -> Iterator[list[tuple[int, int]]]:
    for start in range(0, len(places), size):
        yield places[start : start + size]


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities of one window. Number by number: an array's exponentials may depend on where in it they stand."""
    values = [float(value) for value in logits]
    highest = max(values)
    powers = [math.exp(value - highest) for value in values]
    total = math.fsum(powers)
    return np.array([power / total for power in powers])

